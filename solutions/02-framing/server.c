/*
 * A server that answers frames on a stream socket.
 *
 *     server [-t TIMEOUT_MS] [PATH]
 *
 * A frame is a length of four bytes, the most significant first, and as many
 * bytes of payload. Each frame is answered by one with the payload reversed.
 * Connections are served one after another, and every peer has a time limit, so
 * that none of them holds the others up for ever. SIGTERM or SIGINT ends the
 * server: it removes its socket file and exits with 0.
 *
 * No call blocks but poll(2), in stop_wait(), where the signals are seen.
 *
 * Functions return -1 with errno set and print nothing; run() speaks of the
 * server, and accept_one() of its peers. Three values of errno are ours:
 * ETIMEDOUT for a peer that is too slow, ENODATA for a truncated frame, and
 * EMSGSIZE for one that is too long. ECANCELED says that we are to end.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

enum {
    HEADER = 4,
    PAYLOAD_MAX = 65536,
    BACKLOG = 128,
    RETRY_MS = 100,
    TIMEOUT_MS = 1000,
    TIMEOUT_MS_MAX = 86400000,
};

static const char default_path[] = "./uds_socket3.txt";

/* All the memory that frames ever need: the longest one fits, and a longer one
 * is refused before anything is done for it. */
struct frame {
    uint32_t length;
    unsigned char bytes[HEADER + PAYLOAD_MAX];
};

struct server {
    int stop;
    int timeout_ms;
    struct listening listening;
};

/*
 * Waits between two attempts to receive or to send. Returns -1 when there is
 * to be no other: with ETIMEDOUT where the last one was made after the
 * deadline, with ECANCELED where the server is to end.
 *
 * So there is always one attempt after the deadline. What has come by then
 * counts, however late we look at it: the server itself may have been slow. And
 * there is only one, or a peer with always one more byte would never be late.
 */
static int wait_for(const struct server *s, int connection, short events,
                    int64_t deadline, bool late)
{
    if (late) {
        errno = ETIMEDOUT;
        return -1;
    }
    int ready = stop_wait(s->stop, connection, events, deadline);
    if (ready == 0 && deadline_left(deadline) > 0) {
        errno = ECANCELED;
        return -1;
    }
    return ready == -1 ? -1 : 0;
}

/* Nothing was there after all; the next attempt may find it. */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR;
}

/*
 * Receives `length` bytes, in as many pieces as they come, and not one byte
 * more: the next frame stays in the socket until it is its turn. Returns their
 * number, which is less at the end of file only.
 */
static ssize_t receive(const struct server *s, int connection,
                       unsigned char *bytes, size_t length, int64_t deadline)
{
    size_t done = 0;
    while (done < length) {
        bool late = deadline_left(deadline) == 0;
        ssize_t got =
            recv(connection, bytes + done, length - done, MSG_DONTWAIT);
        if (got == 0)
            break;
        if (got > 0)
            done += (size_t)got;
        else if (!is_passing(errno))
            return -1;
        if (done < length &&
            wait_for(s, connection, POLLIN, deadline, late) == -1)
            return -1;
    }
    return (ssize_t)done;
}

/*
 * Sends all of it. It tries first and waits then: poll(2) announces room only
 * when three quarters of the buffer are free, which is more than most answers
 * need. Without MSG_NOSIGNAL a peer that has gone would kill the server by
 * SIGPIPE (send(2)).
 */
static int send_all(const struct server *s, int connection,
                    const unsigned char *bytes, size_t length, int64_t deadline)
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
            wait_for(s, connection, POLLOUT, deadline, late) == -1)
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

/* An empty payload is complete at once: nothing is received for it. To ask
 * recv(2) for 0 bytes would look like an end of file. */
static int receive_payload(const struct server *s, int connection,
                           struct frame *f, int64_t deadline)
{
    f->length = decode_length(f->bytes);
    if (f->length > PAYLOAD_MAX) {
        errno = EMSGSIZE;
        return -1;
    }
    ssize_t got =
        receive(s, connection, f->bytes + HEADER, f->length, deadline);
    if (got >= 0 && (size_t)got < f->length) {
        errno = ENODATA;
        return -1;
    }
    return got == -1 ? -1 : 1;
}

/*
 * Receives a frame: 1 when there is one, 0 when there are to be no more, which
 * is the end of file between two frames, silence there, or our own end.
 *
 * Silence has a limit of its own. The frame's begins with its first byte and is
 * one for the whole frame: one that began anew with each byte would let a peer
 * keep us busy for 18 hours at a byte a second.
 */
static int receive_frame(const struct server *s, int connection,
                         struct frame *f)
{
    int ready =
        stop_wait(s->stop, connection, POLLIN, deadline_in(s->timeout_ms));
    if (ready != 1)
        return ready;

    int64_t deadline = deadline_in(s->timeout_ms);
    ssize_t got = receive(s, connection, f->bytes, HEADER, deadline);
    if (got == HEADER)
        return receive_payload(s, connection, f, deadline);
    if (got > 0) {
        errno = ENODATA;
        return -1;
    }
    return (int)got;
}

static void reverse(unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length / 2; i++) {
        unsigned char kept = bytes[i];
        bytes[i] = bytes[length - 1 - i];
        bytes[length - 1 - i] = kept;
    }
}

/*
 * Answers frames until there are no more. An answer has the length of its
 * frame, so the header stays as it came. It is sent before the next frame is
 * looked at: what is due at an end of file has been sent by then, and no peer
 * makes us keep more than one answer.
 */
static int serve_connection(const struct server *s, int connection,
                            struct frame *f)
{
    for (;;) {
        int found = receive_frame(s, connection, f);
        if (found != 1)
            return found;
        reverse(f->bytes + HEADER, f->length);
        if (send_all(s, connection, f->bytes, HEADER + f->length,
                     deadline_in(s->timeout_ms)) == -1)
            return -1;
    }
}

/* Why a connection was given up: a word on stderr, and the next one please. */
static void report(const struct server *s, const struct frame *f)
{
    if (errno == ETIMEDOUT)
        fprintf(stderr, "server: peer took longer than %d ms\n", s->timeout_ms);
    else if (errno == EMSGSIZE)
        fprintf(stderr, "server: frame of %" PRIu32 " bytes refused\n",
                f->length);
    else if (errno == ENODATA)
        fputs("server: truncated frame\n", stderr);
    else if (errno != ECANCELED)
        fprintf(stderr, "server: peer: %s\n", strerror(errno));
}

/* The system has run out of something for now: the connection stays in the
 * backlog, and poll() would report it again at once. */
static bool is_shortage(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOMEM ||
           reason == ENOBUFS;
}

static int accept_one(const struct server *s, struct frame *f)
{
    int connection = accept4(s->listening.descriptor, NULL, NULL, SOCK_CLOEXEC);
    if (connection != -1) {
        if (serve_connection(s, connection, f) == -1)
            report(s, f);
        close(connection);
        return 0;
    }
    if (is_shortage(errno)) {
        int64_t retry = deadline_in(RETRY_MS);
        return stop_wait(s->stop, -1, 0, retry) == -1 ? -1 : 0;
    }
    /* The connection itself came to nothing (accept(2)). */
    return is_passing(errno) || errno == ECONNABORTED ? 0 : -1;
}

/* Returns 0 when it is told to end. */
static int serve(const struct server *s)
{
    struct frame f;
    for (;;) {
        int ready =
            stop_wait(s->stop, s->listening.descriptor, POLLIN, DEADLINE_NONE);
        if (ready != 1)
            return ready;
        if (accept_one(s, &f) == -1)
            return -1;
    }
}

static int fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

/* The end of the process closes every descriptor. */
static int run(const char *path, int timeout_ms)
{
    struct server s = { .stop = -1,
                        .timeout_ms = timeout_ms,
                        .listening = { .descriptor = -1 } };
    s.stop = stop_open();
    if (s.stop == -1)
        return fail("signals");
    if (listening_bind(&s.listening, path, SOCK_STREAM) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);

    int status = 0;
    if (listen(s.listening.descriptor, BACKLOG) == -1 || serve(&s) == -1)
        status = fail(path);
    listening_remove(&s.listening);
    return status;
}

static int usage(void)
{
    fputs("usage: server [-t TIMEOUT_MS] [PATH]\n", stderr);
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
