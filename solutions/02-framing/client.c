/*
 * A client that sends frames over a stream socket.
 *
 *     client [-t TIMEOUT_MS] [PATH]
 *
 * A frame is a length of four bytes, the most significant first, and as many
 * bytes of payload. Each line of standard input becomes a frame, all of them on
 * one connection, and the answer to each is printed before the next line is
 * read. It waits for nobody longer than the time limit.
 *
 * Functions return -1 with errno set and print nothing but replies; run() and
 * what it calls for that purpose speak. Three values of errno are ours:
 * ETIMEDOUT when the time is over, ENODATA for an answer that is cut short or
 * missing, and EMSGSIZE for one that is too long.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/address.h"
#include "common/deadline.h"
#include "common/lines.h"
#include "common/options.h"

enum {
    HEADER = 4,
    PAYLOAD_MAX = 65536,
    TIMEOUT_MS = 2000,
    TIMEOUT_MS_MAX = 86400000,
};

static const char default_path[] = "./uds_socket3.txt";

/* A line becomes a frame in here, and the answer takes its place. */
struct frame {
    uint32_t length;
    unsigned char bytes[HEADER + PAYLOAD_MAX];
};

struct client {
    const char *path;
    int timeout_ms;
    int connection;
};

/*
 * Connects, with a limit to the wait for room in the server's backlog. It is
 * the socket's own limit (SO_SNDTIMEO, socket(7)), as poll(2) is of no use
 * here: on a socket that is not connected yet it says "writable" at once. When
 * the limit has passed, connect(2) says EAGAIN.
 *
 * One that was interrupted may be made again, for the time that is left: a UNIX
 * domain socket is either connected or not, there is no handshake that would go
 * on meanwhile.
 */
static int connect_before(int connection, const struct sockaddr_un *address,
                          int64_t deadline)
{
    for (;;) {
        int left = deadline_left(deadline);
        if (left == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        struct timeval limit = { .tv_sec = left / 1000,
                                 .tv_usec = left % 1000 * 1000L };
        if (setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit,
                       sizeof limit) == -1)
            return -1;
        if (connect(connection, (const struct sockaddr *)address,
                    sizeof *address) == 0)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            return -1;
    }
}

/* The end of the process closes the connection, on a failure too. */
static int open_connection(struct client *c, const struct sockaddr_un *address)
{
    c->connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->connection == -1)
        return -1;
    return connect_before(c->connection, address, deadline_in(c->timeout_ms));
}

/*
 * Waits between two attempts to receive or to send. Returns -1 with ETIMEDOUT
 * when the last one was made after the deadline: there is always one then, for
 * what has come by the deadline counts, and never a second, or a server with
 * always one more byte would never be late. An interrupted wait is only a
 * short one.
 */
static int wait_for(int connection, short events, int64_t deadline, bool late)
{
    if (late) {
        errno = ETIMEDOUT;
        return -1;
    }
    struct pollfd watched = { .fd = connection, .events = events };
    if (poll(&watched, 1, deadline_left(deadline)) == -1 && errno != EINTR)
        return -1;
    return 0;
}

/* Nothing was there after all; the next attempt may find it. */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR;
}

/* Receives `length` bytes, in as many pieces as they come, and not one byte
 * more. An end of file before that is ENODATA. */
static int receive(int connection, unsigned char *bytes, size_t length,
                   int64_t deadline)
{
    size_t done = 0;
    while (done < length) {
        bool late = deadline_left(deadline) == 0;
        ssize_t got =
            recv(connection, bytes + done, length - done, MSG_DONTWAIT);
        if (got == 0) {
            errno = ENODATA;
            return -1;
        }
        if (got > 0)
            done += (size_t)got;
        else if (!is_passing(errno))
            return -1;
        if (done < length && wait_for(connection, POLLIN, deadline, late) == -1)
            return -1;
    }
    return 0;
}

/* Sends all of it. Without MSG_NOSIGNAL a server that has gone would kill us by
 * SIGPIPE (send(2)), and nobody would hear why. */
static int send_all(int connection, const unsigned char *bytes, size_t length,
                    int64_t deadline)
{
    size_t done = 0;
    while (done < length) {
        bool late = deadline_left(deadline) == 0;
        ssize_t taken = send(connection, bytes + done, length - done,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken >= 0)
            done += (size_t)taken;
        else if (!is_passing(errno))
            return -1;
        if (done < length &&
            wait_for(connection, POLLOUT, deadline, late) == -1)
            return -1;
    }
    return 0;
}

/* By shifting, so that the machine's own byte order does not matter; and
 * unsigned, so that no length is below zero. */
static uint32_t decode_length(const unsigned char header[HEADER])
{
    return (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 |
           (uint32_t)header[2] << 8 | (uint32_t)header[3];
}

static void encode_length(unsigned char header[HEADER], uint32_t length)
{
    header[0] = (unsigned char)(length >> 24);
    header[1] = (unsigned char)(length >> 16);
    header[2] = (unsigned char)(length >> 8);
    header[3] = (unsigned char)length;
}

/* The length decides before anything is received for it: it is the server's
 * word, and the room is ours. */
static int receive_frame(int connection, struct frame *f, int64_t deadline)
{
    if (receive(connection, f->bytes, HEADER, deadline) == -1)
        return -1;
    f->length = decode_length(f->bytes);
    if (f->length > PAYLOAD_MAX) {
        errno = EMSGSIZE;
        return -1;
    }
    return receive(connection, f->bytes + HEADER, f->length, deadline);
}

/* Sends the frame and receives the answer in its place. Each has the whole
 * time: the answer's begins at the end of sending. */
static int exchange(const struct client *c, struct frame *f)
{
    encode_length(f->bytes, f->length);
    if (send_all(c->connection, f->bytes, HEADER + f->length,
                 deadline_in(c->timeout_ms)) == -1)
        return -1;
    return receive_frame(c->connection, f, deadline_in(c->timeout_ms));
}

/* By its length: a reply may hold NUL bytes. Flushed, so that a reader at the
 * other end of a pipe has it before the next line is read. */
static int print_reply(const struct frame *f)
{
    fputs("reply: ", stdout);
    fwrite(f->bytes + HEADER, 1, f->length, stdout);
    putchar('\n');
    return fflush(stdout) == EOF ? -1 : 0;
}

/*
 * Says that no more frames will come, and waits for the server to close, as it
 * may still have something to do. Whatever it sends is received and thrown
 * away; one that sends without an end is not waited for beyond the limit.
 */
static void finish(const struct client *c, struct frame *f)
{
    int64_t deadline = deadline_in(c->timeout_ms);
    shutdown(c->connection, SHUT_WR);
    while (deadline_left(deadline) > 0 &&
           receive(c->connection, f->bytes, sizeof f->bytes, deadline) == 0)
        continue;
}

static int fail(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return 1;
}

/* What went wrong between the server and us; `length` is the answer's. */
static int fail_exchange(const struct client *c, uint32_t length)
{
    if (errno == ETIMEDOUT)
        fprintf(stderr, "client: no reply within %d ms\n", c->timeout_ms);
    else if (errno == EMSGSIZE)
        fprintf(stderr, "client: %s: answer of %" PRIu32 " bytes refused\n",
                c->path, length);
    else if (errno == ENODATA)
        fprintf(stderr, "client: %s: connection ended before the answer did\n",
                c->path);
    else
        return fail(c->path);
    return 1;
}

static int talk(const struct client *c, struct frame *f)
{
    if (exchange(c, f) == -1)
        return fail_exchange(c, f->length);
    return print_reply(f) == -1 ? fail("standard output") : 0;
}

/* A line that is too long is refused here, so that the server need not. */
static int talk_all(const struct client *c, struct frame *f)
{
    int status = 0;
    for (;;) {
        size_t length;
        int found = lines_read((char *)f->bytes + HEADER, PAYLOAD_MAX, &length);
        if (found == -1)
            return fail("standard input");
        if (found == 0)
            break;
        f->length = (uint32_t)length;
        if (length > PAYLOAD_MAX) {
            fprintf(stderr, "client: line of %zu bytes: longer than %d bytes\n",
                    length, PAYLOAD_MAX);
            status = 1;
        } else if (talk(c, f) != 0)
            return 1;
    }
    finish(c, f);
    return status;
}

static int run(const char *path, int timeout_ms)
{
    struct client c = { .path = path,
                        .timeout_ms = timeout_ms,
                        .connection = -1 };
    struct frame f;
    struct sockaddr_un address;
    if (address_make(&address, path) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);
    if (open_connection(&c, &address) == -1)
        return fail_exchange(&c, 0);
    return talk_all(&c, &f);
}

static int usage(void)
{
    fputs("usage: client [-t TIMEOUT_MS] [PATH]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    long timeout_ms = TIMEOUT_MS;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1) {
        if (option != 't')
            return usage();
        timeout_ms = options_number(optarg, 1, TIMEOUT_MS_MAX);
        if (timeout_ms == -1)
            return usage();
    }
    if (argc - optind > 1)
        return usage();
    return run(optind < argc ? argv[optind] : default_path, (int)timeout_ms);
}
