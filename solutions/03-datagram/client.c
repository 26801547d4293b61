/*
 * A client of the datagram server: one datagram per line.
 *
 *     client [-t MS] [PATH]
 *
 * Each line of standard input is sent as one datagram, and the answer is
 * printed. Where none comes within the time limit it says so and goes on with
 * the next line.
 *
 * Every line has a socket of its own, with an address of its own. An answer
 * that comes too late, or one that comes twice, finds that address gone, and
 * cannot be taken for the answer to a later line: nothing in a datagram says
 * which line it answers.
 *
 * Functions return -1 with errno set and print nothing but answers; main() and
 * what it calls for that purpose speak.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/address.h"
#include "common/deadline.h"
#include "common/lines.h"
#include "common/options.h"
#include "common/stop.h"

enum {
    DATAGRAM_MAX = 65536,
    LIMIT_MS = 1000,
    LIMIT_MOST_MS = 86400000,
};

static const char default_path[] = "./uds_socket3.txt";

struct client {
    const char *path;
    struct sockaddr_un address;
    int limit_ms;
};

/*
 * An address that is nothing but its family lets the kernel choose a name that
 * is free: an abstract one, so there is no file that anybody would have to
 * remove (unix(7), "Autobind feature").
 */
static int bind_anywhere(int descriptor)
{
    const struct sockaddr anywhere = { .sa_family = AF_UNIX };
    return bind(descriptor, &anywhere, sizeof anywhere.sa_family);
}

/*
 * A socket that is connected to the server: the kernel refuses what anybody
 * else sends to it. But it does not take away what is in the queue already, so
 * the name comes last: before it has one, nobody can send to it.
 */
static int open_socket(const struct sockaddr_un *address)
{
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor == -1)
        return -1;
    if (connect(descriptor, (const struct sockaddr *)address,
                sizeof *address) == 0 &&
        bind_anywhere(descriptor) == 0)
        return descriptor;
    int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}

/*
 * Waits for one of `events`. A wait that was too long is a failure like others,
 * with ETIMEDOUT. A client ends at the end of its input: it has no signals to
 * look for, hence the -1.
 */
static int wait_for(int descriptor, short events, int64_t deadline)
{
    int ready = stop_wait(-1, descriptor, events, deadline);
    if (ready == 0)
        errno = ETIMEDOUT;
    return ready == 1 ? 0 : -1;
}

/*
 * Sends the line, an empty one too; where the server's queue is full it waits
 * for room. For a connected socket poll(2) looks at the server's queue; for
 * another one it would not, and this loop would spin.
 */
static int send_line(const struct client *c, int descriptor, const char *line,
                     size_t length)
{
    int64_t deadline = deadline_in(c->limit_ms);
    while (send(descriptor, line, length, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
        if ((errno != EAGAIN && errno != EINTR) ||
            wait_for(descriptor, POLLOUT, deadline) == -1)
            return -1;
    return 0;
}

/* The socket has nothing for us just now, or only the news that a server which
 * had connected to us has turned to somebody else: its answer may be in the
 * queue, or still come. */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR || reason == ECONNRESET;
}

/* Receives the answer: its length, which may be 0 (a datagram socket has no end
 * of file), or -1. */
static ssize_t receive_answer(const struct client *c, int descriptor,
                              char answer[DATAGRAM_MAX])
{
    int64_t deadline = deadline_in(c->limit_ms);
    while (wait_for(descriptor, POLLIN, deadline) == 0) {
        ssize_t got = recv(descriptor, answer, DATAGRAM_MAX, MSG_DONTWAIT);
        if (got != -1 || !is_passing(errno))
            return got;
    }
    return -1;
}

static ssize_t exchange(const struct client *c, const char *line, size_t length,
                        char answer[DATAGRAM_MAX])
{
    int descriptor = open_socket(&c->address);
    if (descriptor == -1)
        return -1;
    ssize_t got = -1;
    if (send_line(c, descriptor, line, length) == 0)
        got = receive_answer(c, descriptor, answer);
    int reason = errno;
    close(descriptor);
    errno = reason;
    return got;
}

/* By its length: an answer may hold NUL bytes. Flushed, so that a reader at the
 * other end of a pipe has it before the next line is read. */
static int print_answer(const char *answer, size_t length)
{
    if (length > 0 && answer[length - 1] == '\n')
        length--;
    fputs("reply: ", stdout);
    fwrite(answer, 1, length, stdout);
    putchar('\n');
    return fflush(stdout) == EOF ? -1 : 0;
}

static int fail(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return -1;
}

/* What became of a line: 0 when it was answered, 1 when it was not, -1 when it
 * is the last one. */
static int talk(const struct client *c, const char *line, size_t length)
{
    char answer[DATAGRAM_MAX];
    if (length > DATAGRAM_MAX) {
        fprintf(stderr, "client: line of %zu bytes: longer than %d bytes\n",
                length, DATAGRAM_MAX);
        return 1;
    }
    ssize_t got = exchange(c, line, length, answer);
    if (got == -1 && errno == ETIMEDOUT) {
        fprintf(stderr, "client: no reply within %d ms\n", c->limit_ms);
        return 1;
    }
    if (got == -1)
        return fail(c->path);
    if (print_answer(answer, (size_t)got) == -1)
        return fail("standard output");
    return 0;
}

static int talk_all(const struct client *c)
{
    char line[DATAGRAM_MAX];
    size_t length;
    int status = 0;
    for (;;) {
        int found = lines_read(line, sizeof line, &length);
        if (found == -1)
            return fail("standard input");
        if (found == 0)
            return status;
        int result = talk(c, line, length);
        if (result == -1)
            return -1;
        status |= result;
    }
}

/* Returns -1 where the command line is not as it should be. */
static int parse(struct client *c, int argc, char **argv)
{
    int option;
    opterr = 0;
    /* The "+" ends the options at the first operand, as POSIX has it. */
    while ((option = getopt(argc, argv, "+t:")) != -1) {
        if (option != 't')
            return -1;
        c->limit_ms = (int)options_number(optarg, 1, LIMIT_MOST_MS);
        if (c->limit_ms == -1)
            return -1;
    }
    if (argc - optind > 1)
        return -1;
    if (optind < argc)
        c->path = argv[optind];
    return 0;
}

int main(int argc, char **argv)
{
    struct client c = { .path = default_path, .limit_ms = LIMIT_MS };
    if (parse(&c, argc, argv) == -1) {
        fputs("usage: client [-t MS] [PATH]\n", stderr);
        return 2;
    }
    int status = address_make(&c.address, c.path) == -1
                     ? fail(c.path[0] == '\0' ? "empty path" : c.path)
                     : talk_all(&c);
    return status == 0 ? 0 : 1;
}
