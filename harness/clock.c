#include "clock.h"

enum { US_PER_S = 1000000, NS_PER_US = 1000 };

int64_t clock_now(void)
{
    struct timespec now;

    /* Cannot fail: Linux always has this clock. */
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / NS_PER_US;
}

struct timespec clock_left(int64_t deadline)
{
    int64_t left = deadline - clock_now();

    if (left < 0)
        left = 0;
    return (struct timespec){ .tv_sec = left / US_PER_S,
                              .tv_nsec = left % US_PER_S * NS_PER_US };
}
