#include "peer.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

void peer_init(struct peer *p)
{
    *p = (struct peer){ .fd = -1, .kept = -1 };
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

/* Records come with control data then, and an end of file without: nothing else
 * tells it from an empty record. Connections inherit it from their listener. */
static int open_socket(int type)
{
    const int on = 1;
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || type != SOCK_SEQPACKET ||
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0)
        return fd;
    return close_keeping_errno(fd);
}

/* With the family alone bind(2) picks an abstract address (unix(7)). */
static int autobind(int fd)
{
    const struct sockaddr_un address = { .sun_family = AF_UNIX };

    return bind(fd, (const struct sockaddr *)&address,
                sizeof address.sun_family);
}

static void adopt(struct peer *p, int fd, enum peer_kind kind, int type)
{
    peer_close(p);
    p->fd = fd;
    p->kind = kind;
    p->type = type;
}

void peer_adopt(struct peer *p, int fd, int type)
{
    adopt(p, fd, PEER_CONNECTION, type);
}

int peer_connect(struct peer *p, int type, const char *path)
{
    struct sockaddr_un address;
    int fd;

    if (peer_address(&address, path) < 0)
        return -1;
    fd = open_socket(type);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        (type == SOCK_DGRAM && autobind(fd) < 0))
        return close_keeping_errno(fd);
    adopt(p, fd, PEER_CONNECTION, type);
    return 0;
}

/* With a mode that lets a program of another user connect. Before listen(), so
 * that nobody ever meets the narrower one. */
static int bind_path(int fd, const char *path)
{
    struct sockaddr_un address;

    if (peer_address(&address, path) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return -1;
    return chmod(path, 0777);
}

/* The abstract namespace is the whole machine's, and payloads are drawn from a
 * seed: the same name may be drawn elsewhere at this moment. */
static int make_abstract(struct sockaddr_un *address, size_t length)
{
    enum { UNIQUE = 8 };

    address->sun_path[0] = '\0';
    if (length < 1 + UNIQUE)
        return 0;
    return getrandom(address->sun_path + 1, UNIQUE, 0) == UNIQUE ? 0 : -1;
}

/* A path of 108 bytes leaves no room for a NUL: the length alone ends it. An
 * '@' stands for the NUL before a name in the abstract namespace (unix(7)). */
static int bind_name(int fd, const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(name);

    if (length == 0 || length > sizeof address.sun_path) {
        errno = length == 0 ? EINVAL : ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, name, length);
    if (name[0] == '@' && make_abstract(&address, length) < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
        return -1;
    return name[0] == '@' ? 0 : chmod(name, 0777);
}

int peer_open(struct peer *p, enum peer_naming naming, const char *path,
              const char *to)
{
    struct peer_name name = { .length = sizeof name.address };
    int fd;

    if (peer_address(&name.address, to) < 0)
        return -1;
    fd = open_socket(SOCK_DGRAM);
    if (fd < 0)
        return -1;
    if ((naming == PEER_PATH && bind_name(fd, path) < 0) ||
        (naming == PEER_AUTOBOUND && autobind(fd) < 0))
        return close_keeping_errno(fd);
    adopt(p, fd, PEER_DATAGRAM, SOCK_DGRAM);
    p->to = name;
    return 0;
}

int peer_bind(struct peer *p, int type, const char *path, int backlog)
{
    int fd = open_socket(type);
    bool listens = backlog >= 0 && type != SOCK_DGRAM;

    if (fd < 0)
        return -1;
    if (bind_path(fd, path) < 0 || (listens && listen(fd, backlog) < 0))
        return close_keeping_errno(fd);
    adopt(p, fd,
          type == SOCK_DGRAM && backlog >= 0 ? PEER_DATAGRAM
          : listens                          ? PEER_LISTENER
                                             : PEER_BOUND,
          type);
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
    adopt(p, fd, PEER_CONNECTION, listener->type);
    return 0;
}

bool peer_readable(const struct peer *p)
{
    struct pollfd pollfd = { .fd = p->fd, .events = POLLIN };

    return peer_holds(p) || p->ended || poll(&pollfd, 1, 0) > 0;
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
    return peer_owes(p) == 0 &&
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
    bytes_free(&p->out_lengths);
    parcel_empty(&p->got);
    parcel_empty(&p->attached);
    if (p->kept >= 0)
        close(p->kept);
    peer_init(p);
}
