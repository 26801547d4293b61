/*
 * A server on a datagram socket: messages without a connection.
 *
 *     server [PATH]
 *
 * It receives one datagram after another from whoever sends one, prints it and
 * thanks its sender. SIGTERM or SIGINT ends it: it says what became of the
 * datagrams, removes its socket file and exits with 0.
 *
 * It waits in one place only, for the next datagram or a signal
 * (common/stop.h). It never waits for a receiver: one that does not read its
 * answers would hold up everybody else.
 *
 * Functions return -1 with errno set and print nothing; main() and what it
 * calls for that purpose speak.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/stop.h"

enum { MESSAGE_MAX = 1024, ANSWER_MAX = 80 };

/* What became of a datagram's answer. */
enum outcome { ANSWERED, UNANSWERABLE, DROPPED, OUTCOMES };

static const char default_path[] = "./uds_socket3.txt";

struct server {
    struct listening listening;
    int stop;
    unsigned long count[OUTCOMES];
};

struct datagram {
    char bytes[MESSAGE_MAX];
    /* The true length: of a longer one only the first bytes are here. */
    size_t length;
    struct sockaddr_un sender;
    socklen_t sender_length;
};

/*
 * Receives one datagram. What does not fit is lost; MSG_TRUNC in the call makes
 * recvfrom(2) return the true length all the same. A length of 0 is an empty
 * datagram: a datagram socket has no end of file.
 *
 * The length of the sender's name is the room for it before the call and its
 * true length after it. That may be one more than the room: a name of 108 bytes
 * has no space for its NUL, and the kernel counts one (unix(7)). It is whole
 * without.
 */
static int receive(int descriptor, struct datagram *d)
{
    d->sender_length = sizeof d->sender;
    ssize_t length =
        recvfrom(descriptor, d->bytes, MESSAGE_MAX, MSG_DONTWAIT | MSG_TRUNC,
                 (struct sockaddr *)&d->sender, &d->sender_length);
    if (length == -1)
        return -1;
    d->length = (size_t)length;
    if (d->sender_length > sizeof d->sender)
        d->sender_length = sizeof d->sender;
    return 0;
}

/* By its length, not as a string: a message may hold NUL bytes. */
static void print_message(const struct datagram *d)
{
    fputs("received: ", stdout);
    fwrite(d->bytes, 1, d->length, stdout);
    putchar('\n');
    /* A pipe would get it only when stdio's buffer is full. Whether somebody
     * takes our output or not, the senders are served. */
    (void)fflush(stdout);
}

/* A socket that was never bound has no name, and nobody can send to it. The
 * length says so: recvfrom(2) leaves the address itself as it was then. */
static bool has_sender(const struct datagram *d)
{
    return d->sender_length > offsetof(struct sockaddr_un, sun_path);
}

/*
 * A name is only a string, and it is looked up in the server's directory: a
 * sender that has bound the server's own relative path elsewhere would have it
 * answer itself, and then answer that answer, and so on for ever. Our path is
 * shorter than sun_path and not empty, so this is right for a name without a
 * NUL and for an abstract one too.
 */
static bool is_own_name(const struct server *s, const struct datagram *d)
{
    return strncmp(d->sender.sun_path, s->listening.path,
                   sizeof d->sender.sun_path) == 0;
}

static int make_answer(char answer[ANSWER_MAX], size_t length)
{
    if (length > MESSAGE_MAX)
        return snprintf(answer, ANSWER_MAX, "too long (%zu bytes, limit %d)\n",
                        length, MESSAGE_MAX);
    return snprintf(answer, ANSWER_MAX, "thank you! (%zu bytes)\n", length);
}

/*
 * Answers at once or not at all. Whatever the reason of a failure is (the
 * sender's queue is full, it has gone, its file has been removed), it is the
 * sender's, and none of the next one's.
 */
static enum outcome answer(const struct server *s, const struct datagram *d)
{
    if (!has_sender(d))
        return UNANSWERABLE;
    if (is_own_name(s, d))
        return DROPPED;
    char text[ANSWER_MAX];
    int length = make_answer(text, d->length);
    ssize_t sent =
        sendto(s->listening.descriptor, text, (size_t)length,
               MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&d->sender,
               d->sender_length);
    return sent == -1 ? DROPPED : ANSWERED;
}

static int serve_one(struct server *s)
{
    struct datagram d;
    if (receive(s->listening.descriptor, &d) == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (d.length <= MESSAGE_MAX)
        print_message(&d);
    s->count[answer(s, &d)]++;
    return 0;
}

/* Returns 0 when it is told to end. */
static int serve(struct server *s)
{
    for (;;) {
        int ready =
            stop_wait(s->stop, s->listening.descriptor, POLLIN, DEADLINE_NONE);
        if (ready != 1)
            return ready;
        if (serve_one(s) == -1)
            return -1;
    }
}

static void print_counts(const struct server *s)
{
    const unsigned long *count = s->count;
    printf("served %lu datagrams: %lu answered, %lu unanswerable, "
           "%lu dropped\n",
           count[ANSWERED] + count[UNANSWERABLE] + count[DROPPED],
           count[ANSWERED], count[UNANSWERABLE], count[DROPPED]);
    (void)fflush(stdout);
}

static int fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

/* The end of the process closes every descriptor. */
static int run(const char *path)
{
    struct server s = { .listening = { .descriptor = -1 }, .stop = -1 };
    s.stop = stop_open();
    if (s.stop == -1)
        return fail("signals");
    if (listening_bind(&s.listening, path, SOCK_DGRAM) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);

    int status = serve(&s) == -1 ? fail(path) : 0;
    listening_remove(&s.listening);
    if (status == 0)
        print_counts(&s);
    return status;
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind > 1) {
        fputs("usage: server [PATH]\n", stderr);
        return 2;
    }
    return run(optind < argc ? argv[optind] : default_path);
}
