#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

#include "deadline.h"

/* A blocked signal stays pending until somebody takes it: here, until the
 * descriptor is read. */
int stop_open(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC);
}

/*
 * The signal goes first, or peers that are always ready would keep the program
 * from ending. poll(2) passes over a descriptor of -1. Here no signal has a
 * handler, and Linux starts poll(2) anew after a stop and a continue; whoever
 * adds a handler finds that it may be interrupted.
 */
int stop_wait(int stop, int descriptor, short events, int64_t deadline)
{
    struct pollfd watched[] = {
        { .fd = stop, .events = POLLIN },
        { .fd = descriptor, .events = events },
    };
    int ready;
    do
        ready = poll(watched, 2, deadline_left(deadline));
    while (ready == -1 && errno == EINTR);

    if (ready == -1)
        return -1;
    return watched[0].revents == 0 && watched[1].revents != 0;
}
