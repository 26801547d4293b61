#include "peer.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

void peer_init(struct peer *p)
{
    *p = (struct peer){ .fd = -1 };
}

int peer_address(struct sockaddr_un *address, const char *path)
{
    size_t length = strlen(path);

    if (length == 0) {
        errno = EINVAL;
        return -1;
    }
    if (length >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(address->sun_path, path, length);
    return 0;
}

static int close_keeping_errno(int fd)
{
    int saved = errno;

    close(fd);
    errno = saved;
    return -1;
}

int peer_connect(struct peer *p, int type, const char *path)
{
    struct sockaddr_un address;
    int fd;

    if (peer_address(&address, path) < 0)
        return -1;
    fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return close_keeping_errno(fd);
    peer_close(p);
    p->fd = fd;
    p->kind = PEER_CONNECTION;
    return 0;
}

int peer_bind(struct peer *p, int type, const char *path, int backlog)
{
    struct sockaddr_un address;
    int fd;

    if (peer_address(&address, path) < 0)
        return -1;
    fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* Before listen(), so that nobody ever meets the narrower mode. */
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        chmod(path, 0777) < 0 || (backlog >= 0 && listen(fd, backlog) < 0))
        return close_keeping_errno(fd);
    peer_close(p);
    p->fd = fd;
    p->kind = backlog >= 0 ? PEER_LISTENER : PEER_BOUND;
    return 0;
}

/* A fork elsewhere keeps a copy of a descriptor alive for a moment, so what
 * counts is what connect(2) says. */
static int wait_until_refused(int type, const char *path)
{
    struct peer probe;

    peer_init(&probe);
    while (peer_connect(&probe, type, path) == 0)
        peer_close(&probe);
    return errno == ECONNREFUSED ? 0 : -1;
}

int peer_plant_stale(int type, const char *path)
{
    struct peer owner;

    peer_init(&owner);
    if (peer_bind(&owner, type, path, -1) < 0)
        return -1;
    peer_close(&owner);
    return wait_until_refused(type, path);
}

int peer_accept(struct peer *p, const struct peer *listener)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return -1;
    peer_close(p);
    p->fd = fd;
    p->kind = PEER_CONNECTION;
    return 0;
}

void peer_flush(struct peer *p)
{
    while (p->out.length > 0 && p->send_error == 0) {
        ssize_t n = send(p->fd, p->out.data, p->out.length,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0) {
            bytes_drop(&p->out, (size_t)n);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            p->send_error = errno;
            bytes_drop(&p->out, p->out.length);
        }
    }
}

int peer_send(struct peer *p, const void *data, size_t length)
{
    if (bytes_append(&p->out, data, length) < 0)
        return -1;
    peer_flush(p);
    return 0;
}

int peer_take(struct peer *p)
{
    char buffer[16384];

    while (p->fd >= 0 && p->kind == PEER_CONNECTION && !p->ended) {
        ssize_t n = recv(p->fd, buffer, sizeof buffer, MSG_DONTWAIT);

        if (n > 0) {
            if (bytes_append(&p->in, buffer, (size_t)n) < 0)
                return -1;
        } else if (n == 0) {
            p->ended = true;
        } else if (errno == EAGAIN) {
            return 0;
        } else if (errno != EINTR) {
            p->receive_error = errno;
            p->ended = true;
        }
    }
    return 0;
}

bool peer_readable(const struct peer *p)
{
    struct pollfd pollfd = { .fd = p->fd, .events = POLLIN };

    return p->in.length > 0 || p->ended || poll(&pollfd, 1, 0) > 0;
}

bool peer_closed(const struct peer *p)
{
    struct pollfd pollfd = { .fd = p->fd };

    /* Shut down in one direction only, a socket reports no hang-up. */
    return p->fd < 0 || (poll(&pollfd, 1, 0) > 0 && pollfd.revents & POLLHUP);
}

bool peer_consumed(const struct peer *p)
{
    int pending = 0;

    /* The kernel counts what the receiver has not taken yet, in units of its
     * own; only zero means the same to us. */
    return p->out.length == 0 &&
           (p->fd < 0 || ioctl(p->fd, SIOCOUTQ, &pending) < 0 || pending == 0);
}

int peer_send_buffer(struct peer *p, int size)
{
    return setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

int peer_half_close(struct peer *p)
{
    return shutdown(p->fd, SHUT_WR);
}

void peer_close(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    bytes_free(&p->in);
    bytes_free(&p->out);
    peer_init(p);
}
