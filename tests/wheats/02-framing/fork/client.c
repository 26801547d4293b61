/*
 * Lab 02's client with a process for each line. The parent makes the connection
 * and reads the lines; a child, which inherits the connection, does one
 * exchange, and tells by its exit status how it went.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/address.h"
#include "common/deadline.h"
#include "common/lines.h"
#include "common/options.h"

enum { HEAD = 4, LIMIT = 65536, RETRY_MS = 10 };

struct client {
    int connection;
    int timeout_ms;
    size_t length;
    char line[LIMIT];
};

static int complain(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return 1;
}

static int give_up(const struct client *c)
{
    if (errno != ETIMEDOUT)
        return complain("answer");
    fprintf(stderr, "client: no reply within %d ms\n", c->timeout_ms);
    return 1;
}

/* 0 when the call may be tried again, after waiting where that helps. */
static int recover(int descriptor, short events, int64_t deadline)
{
    if (errno == EINTR)
        return 0;
    if (errno != EAGAIN)
        return -1;
    int left = deadline_left(deadline);
    if (left == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    struct pollfd p = { .fd = descriptor, .events = events };
    /* Interrupted or not: the call that comes next will tell. */
    (void)poll(&p, 1, descriptor == -1 && left > RETRY_MS ? RETRY_MS : left);
    return 0;
}

/* Nothing tells when there is room in a full backlog: poll() would call the
 * socket writable. So it is tried again and again. */
static int open_connection(struct client *c, const char *path)
{
    struct sockaddr_un address;
    if (address_make(&address, path) == -1)
        return -1;
    int64_t deadline = deadline_in(c->timeout_ms);
    c->connection =
        socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->connection == -1)
        return -1;
    while (connect(c->connection, (const struct sockaddr *)&address,
                   sizeof address) == -1)
        if (recover(-1, 0, deadline) == -1)
            return -1;
    return 0;
}

/* Head and line in one call, as long as nothing of them has gone. A server that
 * is gone may have left an answer: that is no failure yet. */
static int send_frame(struct client *c)
{
    unsigned char head[HEAD];
    int64_t deadline = deadline_in(c->timeout_ms);
    for (int i = 0; i < HEAD; i++)
        head[i] = (unsigned char)(c->length >> (8 * (HEAD - 1 - i)));
    for (size_t sent = 0; sent < HEAD + c->length;) {
        size_t of_head = sent < HEAD ? sent : HEAD;
        size_t of_line = sent - of_head;
        struct iovec parts[] = {
            { head + of_head, HEAD - of_head },
            { c->line + of_line, c->length - of_line },
        };
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
        ssize_t n = sendmsg(c->connection, &message, MSG_NOSIGNAL);
        if (n >= 0)
            sent += (size_t)n;
        else if (recover(c->connection, POLLOUT, deadline) == -1)
            return errno == ETIMEDOUT ? -1 : 0;
    }
    return 0;
}

/* Not a byte more than the frame: the next line's child could not have it. */
static int receive(struct client *c, void *to, size_t count, int64_t deadline)
{
    unsigned char *next = to;
    while (count > 0) {
        ssize_t n = recv(c->connection, next, count, 0);
        if (n == 0) {
            errno = ENODATA;
            return -1;
        }
        if (n == -1 && recover(c->connection, POLLIN, deadline) == -1)
            return -1;
        if (n > 0) {
            next += n;
            count -= (size_t)n;
        }
    }
    return 0;
}

/* The answer takes the line's place. */
static int receive_frame(struct client *c)
{
    unsigned char head[HEAD];
    int64_t deadline = deadline_in(c->timeout_ms);
    if (receive(c, head, sizeof head, deadline) == -1)
        return -1;
    c->length = 0;
    for (int i = 0; i < HEAD; i++)
        c->length = c->length << 8 | head[i];
    if (c->length > LIMIT) {
        errno = EMSGSIZE;
        return -1;
    }
    return receive(c, c->line, c->length, deadline);
}

/* The child's work, and its exit status. */
static int exchange(struct client *c)
{
    if (send_frame(c) == -1 || receive_frame(c) == -1)
        return give_up(c);
    fputs("reply: ", stdout);
    fwrite(c->line, 1, c->length, stdout);
    putchar('\n');
    return fflush(stdout) == 0 ? 0 : complain("stdout");
}

/* Only _exit() in the child: exit() would set the file offset of stdin, which
 * both have, back to what stdio has not yet handed out. */
static int exchange_in_child(struct client *c)
{
    int status;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == -1)
        return complain("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(getppid() == parent ? exchange(c) : 1);
    }
    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            return complain("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Until the server closes, or has had time enough to. */
static void part(struct client *c)
{
    int64_t deadline = deadline_in(c->timeout_ms);
    shutdown(c->connection, SHUT_WR);
    while (deadline_left(deadline) > 0) {
        ssize_t n = recv(c->connection, c->line, sizeof c->line, 0);
        if (n == 0 ||
            (n == -1 && recover(c->connection, POLLIN, deadline) == -1))
            return;
    }
}

static int converse(struct client *c)
{
    int status = 0;
    int more;
    while ((more = lines_read(c->line, LIMIT, &c->length)) == 1) {
        if (c->length > LIMIT) {
            fprintf(stderr, "client: line of %zu bytes refused\n", c->length);
            status = 1;
        } else if (exchange_in_child(c) != 0)
            return 1;
    }
    if (more == -1)
        return complain("stdin");
    part(c);
    return status;
}

int main(int argc, char **argv)
{
    static struct client c = { .connection = -1, .timeout_ms = 2000 };
    opterr = 0;
    signal(SIGCHLD, SIG_DFL);
    int option;
    while ((option = getopt(argc, argv, "+t:")) == 't' && c.timeout_ms != -1)
        c.timeout_ms = (int)options_number(optarg, 1, 86400000);
    if (option != -1 || c.timeout_ms == -1 || argc > optind + 1) {
        fputs("usage: client [-t TIMEOUT_MS] [PATH]\n", stderr);
        return 2;
    }
    const char *path = argc > optind ? argv[optind] : "./uds_socket3.txt";
    if (open_connection(&c, path) == -1)
        return errno == ETIMEDOUT ? give_up(&c)
                                  : complain(*path == '\0' ? "address" : path);
    return converse(&c);
}
