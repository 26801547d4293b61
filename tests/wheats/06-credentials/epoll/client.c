/*
 * Lab 06's client as an event loop that does not wait for one answer before it
 * sends the next record: up to eight may be under way. The kernel keeps records
 * apart and in order, so that is all there is to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/deadline.h"
#include "common/options.h"

enum { WINDOW = 8, ANSWER_MOST = 255, PIECE = 4096, USAGE = 2, ANY_USER = -2 };

struct input {
    char *bytes;
    size_t room;
    size_t count;
    /* How far it has been searched for a newline, in vain. */
    size_t searched;
    /* A regular file, which epoll does not take and which is always ready. */
    bool is_file;
    bool is_ready;
    bool has_ended;
};

struct client {
    int epoll;
    int fd;
    int limit_ms;
    /* For the next answer, or for room to send while none is due. */
    int64_t deadline;
    int due;
    bool can_read;
    bool can_write;
    /* Why nothing more can be sent, an errno: what is due is awaited still. */
    int broken;
    bool was_reset;
    struct input in;
};

static int explain(const char *what, const char *why)
{
    fprintf(stderr, "client: %s: %s\n", what, why);
    return 1;
}

static int give_up(const struct client *c)
{
    fprintf(stderr, "client: no reply within %d ms\n", c->limit_ms);
    return 1;
}

/* Sets an errno: ETIMEDOUT when the time is up. A connect that waits for room
 * in the backlog ends by the socket's own limit with EAGAIN. */
static int reach(const struct client *c, const struct sockaddr_un *server)
{
    int64_t end = deadline_in(c->limit_ms);
    for (;;) {
        int left = deadline_left(end);
        const struct timeval limit = { left / 1000, left % 1000 * 1000L };
        errno = ETIMEDOUT;
        if (left == 0 || setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
                                    sizeof limit) == -1)
            return -1;
        if (connect(c->fd, (const struct sockaddr *)server, sizeof *server) ==
            0)
            return fcntl(c->fd, F_SETFL, O_NONBLOCK);
        if (errno != EAGAIN && errno != EINTR)
            return -1;
    }
}

/* Is it the one the user wants to talk to? Whoever made the socket listen, was
 * that user then. */
static bool is_wanted(const struct client *c, long user)
{
    struct ucred server = { .uid = (uid_t)-1 };
    socklen_t size = sizeof server;
    if (user == ANY_USER)
        return true;
    (void)getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &server, &size);
    if ((uid_t)user == server.uid)
        return true;
    fprintf(stderr, "client: server runs as user %u, not %ld\n", server.uid,
            user);
    return false;
}

/* The first whole line's length, with the newline where there is one; 0 where
 * there is none yet. */
static size_t next_line(struct input *in)
{
    const char *from = in->bytes + in->searched;
    const char *newline = NULL;
    if (in->count > in->searched)
        newline = memchr(from, '\n', in->count - in->searched);
    if (newline != NULL)
        return (size_t)(newline - in->bytes) + 1;
    in->searched = in->count;
    return in->has_ended ? in->count : 0;
}

static void drop_line(struct input *in, size_t length)
{
    in->count -= length;
    in->searched = 0;
    memmove(in->bytes, in->bytes + length, in->count);
}

static int read_input(struct input *in)
{
    if (in->room - in->count < PIECE) {
        size_t room = 2 * in->room + PIECE;
        char *bytes = realloc(in->bytes, room);
        if (bytes == NULL)
            return -1;
        in->bytes = bytes;
        in->room = room;
    }
    ssize_t n = read(STDIN_FILENO, in->bytes + in->count, in->room - in->count);
    in->is_ready = in->is_file;
    if (n == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    in->count += (size_t)n;
    in->has_ended = n == 0;
    return 0;
}

/* One record, unless there is no room for it at present. */
static void send_line(struct client *c, size_t length)
{
    const char *line = c->in.bytes;
    size_t bytes = length - (line[length - 1] == '\n');
    if (send(c->fd, line, bytes, MSG_NOSIGNAL) != -1) {
        drop_line(&c->in, length);
        if (c->due++ == 0)
            c->deadline = deadline_in(c->limit_ms);
    } else if (errno == EAGAIN) {
        c->can_write = false;
        if (c->due == 0 && c->deadline == DEADLINE_NONE)
            c->deadline = deadline_in(c->limit_ms);
    } else if (errno != EINTR)
        c->broken = errno;
}

/* 1 when there is an answer of that length, 0 when there is none yet, -1 when
 * there will be none; then errno, or 0 for an end of file. */
static int receive(struct client *c, void *answer, size_t *length)
{
    char control[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec where = { answer, ANSWER_MOST };
    struct msghdr m = {
        .msg_iov = &where,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t n = recvmsg(c->fd, &m, MSG_TRUNC | MSG_CMSG_CLOEXEC);
    /* The sender's credentials stand on a record, and on no end of file. */
    if (n > 0 || (n == 0 && m.msg_controllen > 0)) {
        *length = (size_t)n;
        return 1;
    }
    if (n == 0) {
        errno = c->was_reset ? ECONNRESET : 0;
        return -1;
    }
    if (errno == EAGAIN)
        c->can_read = false;
    else if (errno == ECONNRESET)
        c->was_reset = true; /* What had come before it is still there. */
    else if (errno != EINTR)
        return -1;
    return 0;
}

static int take_answer(struct client *c)
{
    char answer[ANSWER_MOST];
    size_t length;
    int got = receive(c, answer, &length);
    if (got == -1)
        return explain("answer", errno == 0 ? "End of file" : strerror(errno));
    if (got == 0)
        return 0;
    if (length > ANSWER_MOST) {
        fprintf(stderr, "client: answer of %zu bytes refused\n", length);
        return 1;
    }
    (void)fwrite(answer, 1, length, stdout);
    (void)fputc('\n', stdout);
    (void)fflush(stdout);
    /* A record that waits for room has a limit too. */
    c->deadline = --c->due == 0 && c->can_write ? DEADLINE_NONE
                                                : deadline_in(c->limit_ms);
    return 0;
}

static bool wants_input(const struct client *c)
{
    return c->broken == 0 && c->due < WINDOW && !c->in.has_ended &&
           c->in.searched == c->in.count;
}

/* Watched for one event at a time: an end of file would be told for ever. */
static int watch_input(struct client *c, int how)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLONESHOT,
        .data.fd = STDIN_FILENO,
    };
    if (epoll_ctl(c->epoll, how, STDIN_FILENO, &event) == 0)
        return 0;
    c->in.is_file = errno == EPERM;
    c->in.is_ready = c->in.is_file;
    return c->in.is_file ? 0 : -1;
}

/* 1 when something has happened, 0 when the time is up, -1 on failure. */
static int await_events(struct client *c)
{
    struct epoll_event events[2];
    if (wants_input(c) && !c->in.is_file && watch_input(c, EPOLL_CTL_MOD) == -1)
        return -1;
    int count = epoll_wait(c->epoll, events, 2, deadline_left(c->deadline));
    if (count == -1)
        return errno == EINTR ? 1 : -1;
    for (int i = 0; i < count; i++)
        if (events[i].data.fd == STDIN_FILENO)
            c->in.is_ready = true;
        else {
            c->can_read = true;
            c->can_write = true;
        }
    return count > 0 || deadline_left(c->deadline) != 0;
}

/* What can be done at once: 1 if something was, 0 if nothing can be, -1 with
 * the exit status when it is over. */
static int step(struct client *c, int *status)
{
    size_t length = c->broken == 0 && c->due < WINDOW ? next_line(&c->in) : 0;
    *status = 0;
    if (c->due > 0 && c->can_read)
        *status = take_answer(c);
    else if (length > 0 && c->can_write)
        send_line(c, length);
    else if (c->in.is_ready && wants_input(c)) {
        if (read_input(&c->in) == -1)
            *status = explain("stdin", strerror(errno));
    } else if (c->due == 0 && c->broken != 0)
        *status = explain("send", strerror(c->broken));
    else if (c->due == 0 && c->in.has_ended && c->in.count == 0)
        return -1;
    else
        return 0;
    return *status == 0 ? 1 : -1;
}

static int converse(struct client *c)
{
    for (;;) {
        int status;
        int done = step(c, &status);
        if (done == -1)
            return status;
        int events = done == 0 ? await_events(c) : 1;
        if (events == -1)
            return explain("epoll", strerror(errno));
        if (events == 0)
            return give_up(c);
    }
}

static int set_up(struct client *c)
{
    const int yes = 1;
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (c->epoll == -1 || c->fd == -1)
        return -1;
    return setsockopt(c->fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
}

static int watch_both(struct client *c)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.fd = c->fd,
    };
    c->can_write = true;
    if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->fd, &event) == -1)
        return -1;
    return watch_input(c, EPOLL_CTL_ADD);
}

static int run(const char *path, int limit_ms, long user)
{
    struct client c = { .limit_ms = limit_ms, .deadline = DEADLINE_NONE };
    struct sockaddr_un server;
    if (address_make(&server, path) == -1)
        return explain(path, strerror(errno));
    if (set_up(&c) == -1)
        return explain("socket", strerror(errno));
    if (reach(&c, &server) == -1)
        return errno == ETIMEDOUT ? give_up(&c)
                                  : explain(path, strerror(errno));
    if (!is_wanted(&c, user))
        return EXIT_FAILURE;
    if (watch_both(&c) == -1)
        return explain("epoll", strerror(errno));
    int status = converse(&c);
    free(c.in.bytes);
    return status;
}

int main(int argc, char **argv)
{
    long limit_ms = 2000;
    long user = ANY_USER;
    bool wrong = false;
    opterr = 0;
    for (int o; (o = getopt(argc, argv, "+t:")) != -1;) {
        limit_ms = o == 't' ? options_number(optarg, 1, 86400000) : -1;
        wrong = wrong || limit_ms == -1;
    }
    if (argc - optind == 2)
        user = options_number(argv[optind + 1], 0, 4294967294);
    if (wrong || user == -1 || argc <= optind || argc - optind > 2) {
        (void)fputs("usage: client [-t TIMEOUT_MS] PATH [SERVER_UID]\n",
                    stderr);
        return USAGE;
    }
    return run(argv[optind], (int)limit_ms, user);
}
