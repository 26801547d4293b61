#include "connecting.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "address.h"
#include "deadline.h"

/* Never 0, which would mean no limit at all (socket(7)). */
static int limit_sending(int descriptor, int64_t deadline)
{
    int left = deadline_left(deadline);
    if (left == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    struct timeval limit = {
        .tv_sec = left / 1000,
        .tv_usec = left % 1000 * 1000L,
    };
    return setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit,
                      sizeof limit);
}

/*
 * This is the one wait that poll(2) is of no use for: a socket that is not
 * connected counts as writable, whether there is room or not. But a connect()
 * that blocks keeps to the limit for sending, and says EAGAIN when it is over.
 * One that was interrupted may simply be made again.
 */
int connecting_until(int descriptor, const char *path, int64_t deadline)
{
    struct sockaddr_un address;
    if (address_make(&address, path) == -1)
        return -1;
    int result;
    do {
        if (limit_sending(descriptor, deadline) == -1)
            return -1;
        result = connect(descriptor, (const struct sockaddr *)&address,
                         sizeof address);
    } while (result == -1 && (errno == EAGAIN || errno == EINTR));
    return result;
}
