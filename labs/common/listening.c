#include "listening.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

/*
 * Tries to connect to a socket file: 0 when somebody has it, else -1, with
 * ECONNREFUSED when nobody does.
 *
 * It must not block: a server that is busy, with its backlog full, would hold
 * us up. EAGAIN says just that, EPROTOTYPE that the socket there is of another
 * type, EPERM that it is a datagram socket which hears only one peer: each time
 * it has an owner.
 */
static int probe(const struct sockaddr_un *address, int type)
{
    int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor == -1)
        return -1;
    int result =
        connect(descriptor, (const struct sockaddr *)address, sizeof *address);
    int reason = errno;
    close(descriptor);
    if (result == 0 || reason == EAGAIN || reason == EPROTOTYPE ||
        reason == EPERM)
        return 0;
    errno = reason;
    return -1;
}

/*
 * Makes room at the path. connect(2) refuses a regular file with the same
 * ECONNREFUSED as a stale socket, hence the look at it first; and lstat(2), as
 * stat(2) would follow a symbolic link, and unlink(2) would then remove the
 * link.
 */
static int clear_path(const char *path, const struct sockaddr_un *address,
                      int type)
{
    struct stat there;
    if (lstat(path, &there) == -1)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISSOCK(there.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    if (probe(address, type) == 0) {
        errno = EADDRINUSE;
        return -1;
    }
    if (errno != ECONNREFUSED)
        return -1;
    return unlink(path);
}

int listening_bind(struct listening *l, const char *path, int type)
{
    struct sockaddr_un address;
    if (address_make(&address, path) == -1 ||
        clear_path(path, &address, type) == -1)
        return -1;
    int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor == -1)
        return -1;
    bool bound = bind(descriptor, (const struct sockaddr *)&address,
                      sizeof address) == 0;
    if (bound && lstat(path, &l->file) == 0) {
        l->path = path;
        l->descriptor = descriptor;
        return 0;
    }
    int reason = errno;
    if (bound)
        unlink(path);
    close(descriptor);
    errno = reason;
    return -1;
}

void listening_remove(const struct listening *l)
{
    struct stat there;
    if (lstat(l->path, &there) == 0 && there.st_dev == l->file.st_dev &&
        there.st_ino == l->file.st_ino)
        unlink(l->path);
}
