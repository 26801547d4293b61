#include "peer.h"

#include <errno.h>
#include <string.h>

enum {
    /* More than any message that fits into a socket's default buffer. */
    MESSAGE_ROOM = 256 * 1024,
    PIECE = 16 * 1024
};

static bool is_stream(const struct peer *p)
{
    return p->type == SOCK_STREAM;
}

size_t peer_owes(const struct peer *p)
{
    return p->out.length + p->out_lengths.length;
}

bool peer_holds(const struct peer *p)
{
    return p->in.length > 0 || p->message;
}

bool peer_matches(const struct peer *p, const struct bytes *wanted)
{
    return (is_stream(p) || p->message) && p->in.length == wanted->length &&
           bytes_common(&p->in, wanted) == wanted->length;
}

/* What came with bytes goes with them. */
void peer_drop(struct peer *p, size_t length)
{
    parcel_empty(&p->got);
    bytes_drop(&p->in, p->message ? p->in.length : length);
    p->message = false;
}

/* Of what is queued: all of it on a stream, else the first message. */
static size_t next_length(const struct peer *p)
{
    size_t length = p->out.length;

    if (!is_stream(p))
        memcpy(&length, p->out_lengths.data, sizeof length);
    return length;
}

/* Descriptors travel with the first byte, so what is left goes without. */
static void sent(struct peer *p, size_t length)
{
    parcel_empty(&p->attached);
    bytes_drop(&p->out, length);
    if (!is_stream(p))
        bytes_drop(&p->out_lengths, sizeof length);
}

static void fail(struct peer *p, int error)
{
    p->send_error = error;
    bytes_drop(&p->out, p->out.length);
    bytes_drop(&p->out_lengths, p->out_lengths.length);
}

static ssize_t send_next(struct peer *p, size_t length)
{
    _Alignas(struct cmsghdr) char control[PARCEL_ROOM];
    struct peer_name *to = p->to.length > 0 ? &p->to : &p->heard;
    bool named = p->kind == PEER_DATAGRAM && to->length > 0;
    struct iovec piece = { .iov_base = p->out.data, .iov_len = length };
    struct msghdr message = { .msg_name = named ? &to->address : NULL,
                              .msg_namelen = named ? to->length : 0,
                              .msg_iov = &piece,
                              .msg_iovlen = 1 };

    parcel_attach(&p->attached, &message, control);
    return sendmsg(p->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A datagram that cannot be sent says nothing of the next one. */
void peer_flush(struct peer *p)
{
    if (p->type == SOCK_DGRAM)
        p->send_error = 0;
    while (peer_owes(p) > 0 && p->send_error == 0) {
        ssize_t n = send_next(p, next_length(p));

        if (n >= 0)
            sent(p, (size_t)n);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            fail(p, errno);
    }
}

int peer_send(struct peer *p, const void *data, size_t length)
{
    /* After a failure nothing is kept: nobody would ever take it. */
    if (p->send_error != 0 && p->type != SOCK_DGRAM)
        return 0;
    if (!is_stream(p) &&
        bytes_append(&p->out_lengths, &length, sizeof length) < 0)
        return -1;
    if (bytes_append(&p->out, data, length) < 0)
        return -1;
    peer_flush(p);
    return 0;
}

int peer_send_to(struct peer *p, const struct peer_name *to, const void *data,
                 size_t length)
{
    const struct peer_name own = p->to;
    int result;

    p->to = *to;
    result = peer_send(p, data, length);
    /* There is no second try: by then it would go to the wrong address. */
    if (peer_owes(p) > 0)
        fail(p, EAGAIN);
    p->to = own;
    return result;
}

/* The end of a connection, by `errno` where it is no end of file. */
static void end(struct peer *p, int error)
{
    p->receive_error = error;
    p->ended = true;
}

/* Receives into `room`, with whatever comes along. */
static ssize_t receive(struct peer *p, struct iovec room,
                       struct peer_name *from, bool *controlled)
{
    _Alignas(struct cmsghdr) char control[PARCEL_ROOM];
    struct msghdr message = { .msg_name = &from->address,
                              .msg_namelen = sizeof from->address,
                              .msg_iov = &room,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof control };
    ssize_t n = recvmsg(p->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (n < 0)
        return -1;
    from->length = peer_name_fits(message.msg_namelen);
    *controlled = message.msg_controllen > 0;
    return parcel_collect(&p->got, &message, p->in.length) < 0 ? -1 : n;
}

/* The first byte alone: so it shows whether a descriptor came with it or with a
 * later one. Returns 1 where there may be more, 0 where there is not, -1 and
 * ENOMEM. */
static int take_bytes(struct peer *p, size_t most)
{
    char buffer[PIECE];
    size_t room = p->in.length == 0 ? 1 : most - p->in.length;
    struct iovec piece = { buffer, room < PIECE ? room : PIECE };
    struct peer_name from;
    bool controlled;
    ssize_t n = receive(p, piece, &from, &controlled);

    if (n > 0) {
        p->received += (uint64_t)n;
        return bytes_append(&p->in, buffer, (size_t)n) < 0 ? -1 : 1;
    }
    if (n < 0 && errno == EINTR)
        return 1;
    if (n < 0 && errno == EAGAIN)
        return 0;
    end(p, n < 0 ? errno : 0);
    return 0;
}

static int take_message(struct peer *p)
{
    static char buffer[MESSAGE_ROOM];
    struct peer_name from = { .length = 0 };
    bool controlled = false;
    ssize_t n =
        receive(p, (struct iovec){ buffer, sizeof buffer }, &from, &controlled);

    if (n < 0 && errno == EINTR)
        return 1;
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n < 0 && p->type == SOCK_DGRAM) {
        p->receive_error = errno;
        return 0;
    }
    if (n < 0 || (n == 0 && p->type != SOCK_DGRAM && !controlled)) {
        end(p, n < 0 ? errno : 0);
        return 0;
    }
    if (p->kind == PEER_DATAGRAM)
        p->heard = from;
    p->message = true;
    p->received++;
    return bytes_append(&p->in, buffer, (size_t)n);
}

int peer_take_up_to(struct peer *p, size_t most)
{
    int more = 1;

    while (more > 0 && p->fd >= 0 && !p->ended && !p->message &&
           (p->kind == PEER_CONNECTION || p->kind == PEER_DATAGRAM) &&
           p->in.length < most)
        more = is_stream(p) ? take_bytes(p, most) : take_message(p);
    return more;
}

int peer_take(struct peer *p)
{
    return peer_take_up_to(p, SIZE_MAX);
}
