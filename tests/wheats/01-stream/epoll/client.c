/*
 * Lab 01's client with a socket that never blocks: all waiting is done in
 * epoll_wait(), for the socket or for a timer.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 1024, AGAIN_NS = 10 * 1000 * 1000 };

struct call {
    int epoll;
    int timer;
    int fd;
    const char *unsent;
    size_t unsent_bytes;
    char reply[MOST];
    size_t reply_bytes;
};

/* Sleeps until one descriptor is ready for these events. */
static int sleep_until(const struct call *c, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events };
    if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        return -1;
    int count;
    do
        count = epoll_wait(c->epoll, &event, 1, -1);
    while (count == -1 && errno == EINTR);
    if (epoll_ctl(c->epoll, EPOLL_CTL_DEL, fd, NULL) == -1)
        return -1;
    return count == -1 ? -1 : 0;
}

static int sleep_a_little(const struct call *c)
{
    const struct itimerspec soon = { .it_value.tv_nsec = AGAIN_NS };
    uint64_t times;
    if (timerfd_settime(c->timer, 0, &soon, NULL) == -1 ||
        sleep_until(c, c->timer, EPOLLIN) == -1)
        return -1;
    return read(c->timer, &times, sizeof times) == -1 ? -1 : 0;
}

/*
 * EAGAIN: the backlog is full. No event will tell when there is room: epoll
 * calls a socket that is not connected writable. So it is tried again.
 */
static int reach(const struct call *c, const struct sockaddr_un *name)
{
    while (connect(c->fd, (const struct sockaddr *)name, sizeof *name) == -1) {
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN || sleep_a_little(c) == -1)
            return -1;
    }
    return 0;
}

/* 0 when all has gone or nothing more can; -1 only where waiting fails. */
static int speak(struct call *c)
{
    while (c->unsent_bytes > 0) {
        ssize_t n = send(c->fd, c->unsent, c->unsent_bytes, MSG_NOSIGNAL);
        if (n >= 0) {
            c->unsent += n;
            c->unsent_bytes -= (size_t)n;
        } else if (errno == EAGAIN) {
            if (sleep_until(c, c->fd, EPOLLOUT) == -1)
                return -1;
        } else if (errno != EINTR)
            return 0;
    }
    return 0;
}

static bool is_complete(const struct call *c)
{
    return c->reply_bytes == MOST ||
           memchr(c->reply, '\n', c->reply_bytes) != NULL;
}

static int hear(struct call *c)
{
    while (!is_complete(c)) {
        ssize_t n =
            recv(c->fd, c->reply + c->reply_bytes, MOST - c->reply_bytes, 0);
        if (n == 0 || (n == -1 && errno == ECONNRESET))
            break;
        if (n > 0)
            c->reply_bytes += (size_t)n;
        else if (errno == EAGAIN) {
            if (sleep_until(c, c->fd, EPOLLIN) == -1)
                return -1;
        } else if (errno != EINTR)
            return -1;
    }
    return 0;
}

static int converse(struct call *c, const struct sockaddr_un *name)
{
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd == -1)
        return -1;
    int result = reach(c, name);
    if (result == 0)
        result = speak(c);
    if (result == 0)
        result = hear(c);
    int why = errno;
    close(c->fd);
    errno = why;
    return result;
}

static void print_reply(const struct call *c)
{
    const char *newline = memchr(c->reply, '\n', c->reply_bytes);
    size_t bytes =
        newline == NULL ? c->reply_bytes : (size_t)(newline - c->reply);
    (void)fwrite("reply: ", 7, 1, stdout);
    (void)fwrite(c->reply, 1, bytes, stdout);
    (void)fwrite("\n", 1, 1, stdout);
    (void)fflush(stdout);
}

static int explain(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return 1;
}

/* The exit status that this line leads to, 0 if the next one is to be read. */
static int handle(struct call *c, const struct sockaddr_un *name,
                  const char *line, size_t bytes)
{
    c->unsent = line;
    c->unsent_bytes = bytes;
    c->reply_bytes = 0;
    if (converse(c, name) == -1)
        return explain(name->sun_path);
    if (c->reply_bytes == 0) {
        (void)fputs("client: no reply\n", stderr);
        return 1;
    }
    print_reply(c);
    return 0;
}

static int handle_all(struct call *c, const struct sockaddr_un *name)
{
    char *line = NULL;
    size_t room = 0;
    int status = 0;
    int stop = 0;
    ssize_t n;
    while (stop == 0 && (n = getline(&line, &room, stdin)) > 0) {
        size_t bytes = (size_t)n;
        if (line[bytes - 1] == '\n')
            bytes--;
        if (bytes > MOST) {
            fprintf(stderr, "client: stdin: Line of %zu bytes, limit %d\n",
                    bytes, MOST);
            status = 1;
        } else if (bytes > 0)
            stop = handle(c, name, line, bytes);
    }
    free(line);
    if (ferror(stdin))
        return explain("stdin");
    return stop != 0 ? stop : status;
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind >= 2) {
        (void)fputs("usage: client [PATH]\n", stderr);
        return 2;
    }
    const char *path = optind == argc ? "./uds_socket3.txt" : argv[optind];
    size_t length = strlen(path);
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    errno = length == 0 ? ENOENT : ENAMETOOLONG;
    if (length == 0 || length > 107)
        return explain(length == 0 ? "PATH" : path);
    memcpy(name.sun_path, path, length);

    struct call c = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
    c.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (c.epoll == -1 || c.timer == -1)
        return explain("epoll");
    return handle_all(&c, &name);
}
