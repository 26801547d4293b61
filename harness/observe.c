#include "observe.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "procfs.h"

static const char path[] = "./observed";

enum {
    /** More than any backlog that is tried. */
    CONNECTIONS = 64,
    DATAGRAMS = 20000
};

/* ---- how many connections listen(n) holds */

/* Connects until nobody has room, and counts. */
static int fill(struct peer *connections, int *error)
{
    int n = 0;

    while (n < CONNECTIONS &&
           peer_connect(&connections[n], SOCK_STREAM, path) == 0)
        n++;
    *error = n < CONNECTIONS ? errno : 0;
    return n;
}

static int hold(int backlog, int *held, int *error)
{
    struct peer connections[CONNECTIONS];
    struct peer listener;
    int result;

    peer_init(&listener);
    for (int i = 0; i < CONNECTIONS; i++)
        peer_init(&connections[i]);
    result = peer_bind(&listener, SOCK_STREAM, path, backlog);
    if (result == 0)
        *held = fill(connections, error);
    for (int i = 0; i < CONNECTIONS; i++)
        peer_close(&connections[i]);
    peer_close(&listener);
    unlink(path);
    return result;
}

static int observe_backlog(struct bytes *seen)
{
    static const int backlogs[] = { 0, 1, 5, 10 };
    int held = 0;
    int error = 0;

    for (size_t i = 0; i < sizeof backlogs / sizeof *backlogs; i++) {
        if (hold(backlogs[i], &held, &error) < 0 ||
            bytes_printf(seen, "%slisten(%d) held %d", i > 0 ? ", " : "",
                         backlogs[i], held) < 0)
            return -1;
    }
    return bytes_printf(seen,
                        " connections that nobody had accepted; the next "
                        "connect() said %s. Each of them was established at "
                        "once: there is no handshake, and nothing half-open "
                        "to be counted.",
                        strerrorname_np(error));
}

/* ---- datagrams in order */

static int receive_number(struct peer *receiver, uint32_t *number)
{
    if (peer_take(receiver) < 0)
        return -1;
    if (receiver->in.length != sizeof *number) {
        errno = receiver->message ? EBADMSG : EAGAIN;
        return -1;
    }
    memcpy(number, receiver->in.data, sizeof *number);
    peer_drop(receiver, sizeof *number);
    return 0;
}

/* What came of the datagrams that were sent. */
struct flow {
    uint32_t sent;
    uint32_t received;
    uint32_t out_of_order;
    uint32_t waits;
};

/* Takes one, and compares its number with the one that is due. */
static int take_one(struct flow *f, struct peer *receiver)
{
    uint32_t number;

    if (receive_number(receiver, &number) < 0)
        return -1;
    f->out_of_order += number != f->received;
    f->received++;
    return 0;
}

/* Sends one; where there is no room the receiver takes one first, as it would
 * while a blocking sender sleeps. */
static int send_one(struct flow *f, struct peer *sender, struct peer *receiver)
{
    while (send(sender->fd, &f->sent, sizeof f->sent, MSG_DONTWAIT) < 0) {
        if (errno != EAGAIN)
            return -1;
        f->waits++;
        if (take_one(f, receiver) < 0)
            return -1;
    }
    f->sent++;
    return 0;
}

/* The conclusion is drawn from the figures, or not at all. */
static int tell_order(struct bytes *seen, const struct flow *f)
{
    bool reliable = f->received == f->sent && f->out_of_order == 0;

    return bytes_printf(seen,
                        "%u datagrams sent, %u received, %u of them out of "
                        "order. %u times the queue was full and the sender had "
                        "to wait%s",
                        f->sent, f->received, f->out_of_order, f->waits,
                        reliable
                            ? ": that is what keeps it from losing any. As "
                              "long as both ends live and the sender waits, "
                              "UNIX datagrams are reliable and in order."
                            : ".");
}

static int observe_order(struct bytes *seen)
{
    struct flow f = { .sent = 0 };
    struct peer sender;
    struct peer receiver;
    int result;

    peer_init(&sender);
    peer_init(&receiver);
    result = peer_bind(&receiver, SOCK_DGRAM, path, 0);
    if (result == 0)
        result = peer_connect(&sender, SOCK_DGRAM, path);
    while (result == 0 && f.sent < DATAGRAMS)
        result = send_one(&f, &sender, &receiver);
    while (result == 0 && take_one(&f, &receiver) == 0)
        continue;
    peer_close(&sender);
    peer_close(&receiver);
    unlink(path);
    if (result < 0)
        return -1;
    return tell_order(seen, &f);
}

/* ---- datagrams refused, and lost */

static int tell_errno(struct bytes *seen, const char *what, ssize_t result)
{
    return bytes_printf(seen, "%s: %s", what,
                        result < 0 ? strerrorname_np(errno) : "taken");
}

/* Fills the queue of a receiver that does not read. */
static int observe_full(struct bytes *seen, struct peer *sender)
{
    long n = 0;

    while (send(sender->fd, "x", 1, MSG_DONTWAIT) == 1)
        n++;
    return bytes_printf(seen,
                        "A receiver that does not read has room for %ld "
                        "(max_dgram_qlen is %ld); the next send: %s. ",
                        n, procfs_number("/proc/sys/net/unix/max_dgram_qlen"),
                        strerrorname_np(errno));
}

static int observe_long(struct bytes *seen, struct peer *sender)
{
    enum { TOO_MUCH = 8 * 1024 * 1024 };
    char *data = calloc(1, TOO_MUCH);
    int result;

    if (data == NULL)
        return -1;
    result = tell_errno(seen, "One that is longer than the send buffer",
                        send(sender->fd, data, TOO_MUCH, MSG_DONTWAIT));
    free(data);
    return result;
}

/* The first in the queue, which has one byte, goes; then one of ten is sent. */
static int observe_cut(struct bytes *seen, struct peer *sender,
                       const struct peer *receiver)
{
    static const char ten[] = "0123456789";
    char buffer[4];
    ssize_t got;

    while (recv(receiver->fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        continue;
    if (send(sender->fd, ten, strlen(ten), MSG_DONTWAIT) < 0 ||
        send(sender->fd, "x", 1, MSG_DONTWAIT) < 0)
        return -1;
    got = recv(receiver->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (bytes_printf(seen,
                     ". Of one of %zu bytes a receiver with room for %zu got "
                     "%zd; ",
                     strlen(ten), sizeof buffer, got) < 0)
        return -1;
    got = recv(receiver->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    return bytes_printf(seen,
                        "what it got next was the next datagram (%zd byte), "
                        "and the rest of the first is lost. ",
                        got);
}

/* One more is sent and never received. */
static int observe_closed(struct bytes *seen, struct peer *sender,
                          struct peer *receiver)
{
    int error = 0;
    socklen_t length = sizeof error;

    if (send(sender->fd, "x", 1, MSG_DONTWAIT) < 0)
        return -1;
    peer_close(receiver);
    getsockopt(sender->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (bytes_printf(seen,
                     "One that waits in the queue of a receiver that closes "
                     "is lost, though its send had succeeded (the sender's "
                     "SO_ERROR is %d); ",
                     error) < 0)
        return -1;
    return tell_errno(seen, "the next send",
                      send(sender->fd, "x", 1, MSG_DONTWAIT));
}

static int observe_losses(struct bytes *seen)
{
    struct peer sender;
    struct peer receiver;
    int result = -1;

    peer_init(&sender);
    peer_init(&receiver);
    if (peer_bind(&receiver, SOCK_DGRAM, path, 0) == 0 &&
        peer_connect(&sender, SOCK_DGRAM, path) == 0 &&
        observe_full(seen, &sender) == 0 && observe_long(seen, &sender) == 0 &&
        observe_cut(seen, &sender, &receiver) == 0 &&
        observe_closed(seen, &sender, &receiver) == 0)
        result = bytes_printf(seen, ".");
    peer_close(&sender);
    peer_close(&receiver);
    unlink(path);
    return result;
}

/* ---- SOCK_RAW */

static int observe_raw(struct bytes *seen)
{
    int fd = socket(AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0);
    int type = 0;
    socklen_t length = sizeof type;

    if (fd < 0)
        return bytes_printf(seen, "socket(AF_UNIX, SOCK_RAW, 0) said %s.",
                            strerrorname_np(errno));
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
    close(fd);
    return bytes_printf(seen,
                        "socket(AF_UNIX, SOCK_RAW, 0) succeeded, and SO_TYPE "
                        "says %s: %s.",
                        type == SOCK_DGRAM ? "SOCK_DGRAM" : "another type",
                        type == SOCK_DGRAM
                            ? "the kernel made a datagram socket of it"
                            : "it is no datagram socket here");
}

int observe(enum observation what, struct bytes *seen)
{
    static int (*const observations[OBSERVE_COUNT])(struct bytes * seen) = {
        [OBSERVE_BACKLOG] = observe_backlog,
        [OBSERVE_ORDER] = observe_order,
        [OBSERVE_LOSSES] = observe_losses,
        [OBSERVE_RAW] = observe_raw,
    };

    return observations[what](seen);
}
