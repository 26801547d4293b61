/*
 * A client that asks the kernel who the server is.
 *
 *     client [-t TIMEOUT_MS] PATH [SERVER_UID]
 *
 * Each line of standard input is sent as one record, an empty line as an empty
 * one, and the answer is printed. With SERVER_UID, a server that another user
 * runs gets none.
 *
 * Functions return -1 with errno set and print nothing but answers; main() and
 * what it calls for that purpose speak. Two failures have no errno of their
 * own: no answer in time is ETIMEDOUT, and the end of file is 0.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/connecting.h"
#include "common/deadline.h"
#include "common/lines.h"
#include "common/options.h"
#include "common/stop.h"

enum {
    ANSWER_MAX = 255,
    TIMEOUT_MS = 2000,
    TIMEOUT_MOST = 86400000,
    ANYBODY = -1,
};

/* One less than (uid_t)-1, which is no user: it stands for "none". */
static const long user_most = 4294967294;

/* With SO_PASSCRED every record comes with its sender's credentials: receive()
 * says what for. */
static int open_connection(const char *path, int limit_ms)
{
    const int on = 1;
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection == -1)
        return -1;
    if (setsockopt(connection, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
        connecting_until(connection, path, deadline_in(limit_ms)) == 0)
        return connection;

    int reason = errno;
    close(connection);
    errno = reason;
    return -1;
}

/* Not now, perhaps later. */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR;
}

/* There is no descriptor for signals (-1): they end a client as they end most
 * programs. */
static int wait_until(int connection, short events, int64_t deadline)
{
    int ready = stop_wait(-1, connection, events, deadline);
    if (ready == 0)
        errno = ETIMEDOUT;
    return ready == 1 ? 0 : -1;
}

/*
 * A record is sent whole or not at all. A server that never reads lets the
 * socket's buffer fill up, hence the deadline. Without MSG_NOSIGNAL a server
 * that has gone could kill us by SIGPIPE: Linux does not do so on this type of
 * socket, other systems do (send(2)).
 */
static int send_record(int connection, const char *record, size_t length,
                       int64_t deadline)
{
    while (send(connection, record, length, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
        if (!is_passing(errno) ||
            wait_until(connection, POLLOUT, deadline) == -1)
            return -1;
    return 0;
}

/*
 * Takes one record and returns its true length (MSG_TRUNC, recv(2)).
 *
 * An empty record and the end of file both have 0 bytes. But a record comes
 * with its sender's credentials, and the end of file with nothing. There is
 * room for credentials only: a descriptor that is sent along finds none, and
 * the kernel drops it.
 */
static ssize_t receive(int connection, void *answer, size_t size)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec room = { .iov_base = answer, .iov_len = size };
    struct msghdr message = {
        .msg_iov = &room,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t got = recvmsg(connection, &message, MSG_TRUNC | MSG_DONTWAIT);
    if (got == 0 && message.msg_controllen == 0) {
        errno = 0;
        return -1;
    }
    return got;
}

/*
 * Waits for the answer. A server that closes before it has read everything
 * resets the connection, and on this type of socket the reset is reported first
 * and the records that were there before it afterwards. So there is a second
 * look behind it; if that finds the end of file, the reset was what happened.
 */
static ssize_t receive_answer(int connection, char answer[ANSWER_MAX],
                              int64_t deadline)
{
    bool reset = false;
    for (;;) {
        if (wait_until(connection, POLLIN, deadline) == -1)
            return -1;
        ssize_t got = receive(connection, answer, ANSWER_MAX);
        if (got >= 0)
            return got;
        if (reset) {
            errno = ECONNRESET;
            return -1;
        }
        if (errno == ECONNRESET)
            reset = true;
        else if (!is_passing(errno))
            return -1;
    }
}

static ssize_t exchange(int connection, const char *record, size_t length,
                        int limit_ms, char answer[ANSWER_MAX])
{
    int64_t deadline = deadline_in(limit_ms);
    if (send_record(connection, record, length, deadline) == -1)
        return -1;
    return receive_answer(connection, answer, deadline);
}

/* By its length: an answer may hold NUL bytes. Flushed, so that a reader at the
 * other end of a pipe has it before the next line is read. */
static int print_answer(const char *answer, size_t length)
{
    fwrite(answer, 1, length, stdout);
    putchar('\n');
    return fflush(stdout) == EOF ? -1 : 0;
}

static int fail(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return 1;
}

static int fail_connection(const char *path, int limit_ms)
{
    if (errno == ETIMEDOUT)
        fprintf(stderr, "client: no reply within %d ms\n", limit_ms);
    else if (errno == 0)
        fprintf(stderr, "client: %s: the server has ended the connection\n",
                path);
    else
        fail(path);
    return 1;
}

struct client {
    const char *path;
    int limit_ms;
    int connection;
    /* Room for the longest record that the socket can take. */
    char *line;
    size_t room;
};

/* What became of a line: true when the next one may be read. */
static bool talk(const struct client *c, size_t length)
{
    char answer[ANSWER_MAX];
    ssize_t got = exchange(c->connection, c->line, length, c->limit_ms, answer);
    if (got == -1)
        fail_connection(c->path, c->limit_ms);
    else if (got > ANSWER_MAX)
        fprintf(stderr, "client: answer of %zd bytes refused\n", got);
    else if (print_answer(answer, (size_t)got) == -1)
        fail("standard output");
    else
        return true;
    return false;
}

static int talk_all(const struct client *c)
{
    for (;;) {
        size_t length;
        int found = lines_read(c->line, c->room, &length);
        if (found == -1)
            return fail("standard input");
        if (found == 0)
            return 0;
        if (length > c->room) {
            errno = EMSGSIZE;
            return fail(c->path);
        }
        if (!talk(c, length))
            return 1;
    }
}

/* No record can be longer than the socket's buffer; whether one that is a
 * little shorter fits is for send(2) to say. */
static int make_room(struct client *c)
{
    int size;
    socklen_t length = sizeof size;
    if (getsockopt(c->connection, SOL_SOCKET, SO_SNDBUF, &size, &length) == -1)
        return -1;
    c->room = (size_t)size;
    c->line = malloc(c->room);
    return c->line == NULL ? -1 : 0;
}

/*
 * Is the server run by the right user? The kernel tells who called listen(2).
 * The address tells nothing: whoever may write to its directory can put a
 * socket there.
 */
static int check_server(const struct client *c, long user)
{
    struct ucred server;
    socklen_t size = sizeof server;
    if (user == ANYBODY)
        return 0;
    if (getsockopt(c->connection, SOL_SOCKET, SO_PEERCRED, &server, &size) ==
        -1)
        return fail(c->path);
    if (server.uid == (uid_t)user)
        return 0;
    fprintf(stderr, "client: server runs as user %u, not %ld\n", server.uid,
            user);
    return 1;
}

/* The end of the process closes the connection. */
static int run(const char *path, long user, int limit_ms)
{
    struct client c = { .path = path, .limit_ms = limit_ms, .connection = -1 };
    c.connection = open_connection(path, limit_ms);
    if (c.connection == -1)
        return fail_connection(path[0] == '\0' ? "empty path" : path, limit_ms);
    if (check_server(&c, user) != 0)
        return 1;
    int status = make_room(&c) == -1 ? fail("room for a line") : talk_all(&c);
    free(c.line);
    return status;
}

static int usage(void)
{
    fputs("usage: client [-t TIMEOUT_MS] PATH [SERVER_UID]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    long limit_ms = TIMEOUT_MS;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1) {
        if (option == 't')
            limit_ms = options_number(optarg, 1, TIMEOUT_MOST);
        if (option != 't' || limit_ms == -1)
            return usage();
    }
    if (argc - optind < 1 || argc - optind > 2)
        return usage();
    long user = ANYBODY;
    if (argc - optind == 2) {
        user = options_number(argv[optind + 1], 0, user_most);
        if (user == -1)
            return usage();
    }
    return run(argv[optind], user, (int)limit_ms);
}
