/*
 * Lab 03's client with a socket that never blocks: all waiting is done in
 * epoll_wait(), for the socket or for a timer that runs for the whole line.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/address.h"
#include "common/lines.h"
#include "common/options.h"

enum { MOST = 65536, DAY_MS = 86400000, MS_PER_S = 1000, NS_PER_MS = 1000000 };

struct client {
    const char *path;
    struct sockaddr_un server;
    int limit_ms;
    int epoll;
    int timer;
    int fd;
    /* A late answer may still come to this socket: the next line needs another
     * one. */
    bool is_spoilt;
};

/* Connected before it is given a name (bind(2) with nothing but the family, see
 * unix(7)): strangers are refused from its first moment. */
static int open_socket(const struct client *c)
{
    const struct sockaddr_un any = { .sun_family = AF_UNIX };
    struct epoll_event event = { .data.u64 = 0 };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    event.data.fd = fd;
    if (connect(fd, (const struct sockaddr *)&c->server, sizeof c->server) ==
            0 &&
        bind(fd, (const struct sockaddr *)&any, sizeof any.sun_family) == 0 &&
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* The old socket is closed after the new one has its name, so that the two
 * names differ for sure. */
static int renew(struct client *c)
{
    int fd = open_socket(c);
    if (fd == -1)
        return -1;
    if (c->fd != -1)
        close(c->fd);
    c->fd = fd;
    c->is_spoilt = false;
    return 0;
}

static int start_timer(const struct client *c)
{
    const struct itimerspec end = {
        .it_value = { .tv_sec = c->limit_ms / MS_PER_S,
                      .tv_nsec = (long)(c->limit_ms % MS_PER_S) * NS_PER_MS }
    };
    return timerfd_settime(c->timer, 0, &end, NULL);
}

/* 1 when the socket is ready, 0 when the time is up. */
static int sleep_until(const struct client *c, uint32_t wanted)
{
    struct epoll_event event = { .events = wanted, .data.fd = c->fd };
    if (epoll_ctl(c->epoll, EPOLL_CTL_MOD, c->fd, &event) == -1)
        return -1;
    struct epoll_event ready[2];
    int count;
    do
        count = epoll_wait(c->epoll, ready, 2, -1);
    while (count == -1 && errno == EINTR);

    event.events = 0;
    if (count == -1 || epoll_ctl(c->epoll, EPOLL_CTL_MOD, c->fd, &event) == -1)
        return -1;
    for (int i = 0; i < count; i++)
        if (ready[i].data.fd == c->fd)
            return 1;
    return 0;
}

/* A socket whose server has gone stays without one: a new server at the same
 * path needs a new socket. */
static bool has_lost_server(void)
{
    return errno == ECONNREFUSED || errno == ENOTCONN;
}

/* 1 when the line has gone, 0 when there was no room for it in time. */
static int speak(struct client *c, const char *line, size_t bytes)
{
    bool is_renewed = false;
    int ready = 1;
    while (ready == 1) {
        if (send(c->fd, line, bytes, MSG_NOSIGNAL) != -1)
            return 1;
        if (errno == EAGAIN)
            ready = sleep_until(c, EPOLLOUT);
        else if (has_lost_server() && !is_renewed) {
            is_renewed = true;
            if (renew(c) == -1)
                return -1;
        } else if (errno != EINTR)
            return -1;
    }
    return ready;
}

/* 1 when there is an answer, 0 when there is none in time. */
static int hear(const struct client *c, char *answer, size_t *length)
{
    int ready = 1;
    while (ready == 1) {
        ssize_t n = recv(c->fd, answer, MOST, MSG_TRUNC);
        if (n != -1) {
            *length = (size_t)n;
            return 1;
        }
        if (errno == EAGAIN)
            ready = sleep_until(c, EPOLLIN);
        else if (errno != EINTR)
            return -1;
    }
    return ready;
}

static int exchange(struct client *c, const char *line, size_t bytes,
                    char *answer, size_t *length)
{
    if (c->is_spoilt && renew(c) == -1)
        return -1;
    if (start_timer(c) == -1)
        return -1;
    int result = speak(c, line, bytes);
    if (result == 1)
        result = hear(c, answer, length);
    return result;
}

static void print_answer(const char *answer, size_t length)
{
    if (length > 0 && answer[length - 1] == '\n')
        length--;
    (void)fwrite("reply: ", 7, 1, stdout);
    (void)fwrite(answer, 1, length, stdout);
    (void)fwrite("\n", 1, 1, stdout);
    (void)fflush(stdout);
}

static int explain(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return 1;
}

/* The exit status that this line leads to. With -1 it ends the program. */
static int handle(struct client *c, const char *line, size_t bytes)
{
    static char answer[MOST];
    size_t length = 0;
    int result = exchange(c, line, bytes, answer, &length);
    if (result == 1 && length > MOST) {
        result = -1;
        errno = EMSGSIZE;
    }
    if (result == -1) {
        explain(c->path);
        return -1;
    }
    if (result == 1) {
        print_answer(answer, length);
        return 0;
    }
    fprintf(stderr, "client: no reply within %d ms\n", c->limit_ms);
    c->is_spoilt = true;
    return 1;
}

static int handle_all(struct client *c)
{
    static char line[MOST];
    size_t length;
    int status = 0;
    int more;
    while ((more = lines_read(line, sizeof line, &length)) == 1) {
        if (length > sizeof line) {
            fprintf(stderr, "client: stdin: Line of %zu bytes, limit %d\n",
                    length, MOST);
            status = 1;
            continue;
        }
        int result = handle(c, line, length);
        if (result == -1)
            return 1;
        status |= result;
    }
    return more == -1 ? explain("stdin") : status;
}

static int set_up(struct client *c)
{
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = c->timer };
    if (c->epoll == -1 || c->timer == -1 ||
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->timer, &event) == -1)
        return -1;
    return renew(c);
}

int main(int argc, char **argv)
{
    struct client c = { .limit_ms = 1000, .epoll = -1, .timer = -1, .fd = -1 };
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) == 't' && c.limit_ms != -1)
        c.limit_ms = (int)options_number(optarg, 1, DAY_MS);
    if (option != -1 || c.limit_ms == -1 || argc - optind >= 2) {
        (void)fputs("usage: client [-t MS] [PATH]\n", stderr);
        return 2;
    }
    c.path = optind == argc ? "./uds_socket3.txt" : argv[optind];
    if (address_make(&c.server, c.path) == -1)
        return explain(*c.path == '\0' ? "PATH" : c.path);
    if (set_up(&c) == -1)
        return explain(c.path);
    return handle_all(&c);
}
