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

void peer_drop(struct peer *p, size_t length)
{
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

static void sent(struct peer *p, size_t length)
{
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

static ssize_t send_next(const struct peer *p, size_t length)
{
    const struct peer_name *to = p->to.length > 0 ? &p->to : &p->heard;
    bool named = p->kind == PEER_DATAGRAM && to->length > 0;

    return sendto(p->fd, p->out.data, length, MSG_NOSIGNAL | MSG_DONTWAIT,
                  named ? (const struct sockaddr *)&to->address : NULL,
                  named ? to->length : 0);
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

/* Returns 1 where there may be more, 0 where there is not, -1 and ENOMEM. */
static int take_bytes(struct peer *p, size_t most)
{
    char buffer[PIECE];
    size_t room = most - p->in.length;
    ssize_t n = recv(p->fd, buffer, room < PIECE ? room : PIECE, MSG_DONTWAIT);

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
    char control[CMSG_SPACE(sizeof(struct ucred)) + 64];
    struct iovec piece = { .iov_base = buffer, .iov_len = sizeof buffer };
    struct peer_name from = { .length = 0 };
    struct msghdr message = { .msg_name = &from.address,
                              .msg_namelen = sizeof from.address,
                              .msg_iov = &piece,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof control };
    ssize_t n = recvmsg(p->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (n < 0 && errno == EINTR)
        return 1;
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n < 0 && p->type == SOCK_DGRAM) {
        p->receive_error = errno;
        return 0;
    }
    if (n < 0 ||
        (n == 0 && p->type != SOCK_DGRAM && message.msg_controllen == 0)) {
        end(p, n < 0 ? errno : 0);
        return 0;
    }
    if (p->kind == PEER_DATAGRAM) {
        p->heard = from;
        p->heard.length = peer_name_fits(message.msg_namelen);
    }
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
