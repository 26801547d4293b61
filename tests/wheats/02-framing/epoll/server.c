/*
 * Lab 02's server as one event loop: all connections at once, and nothing
 * blocks but epoll_wait(). Each connection has one buffer, in which a frame
 * becomes its answer.
 *
 * One timer serves all. It is never set back when somebody was in time, so
 * frames cost no call for it: it goes off at the earliest deadline that was
 * known when it was set, and then it is seen who is really late.
 */
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

enum { HEAD = 4, MOST = 65536, EVENTS = 64, REST_MS = 100 };

enum state { OPEN, DONE, TORN, ENORMOUS, TOO_SLOW, BROKEN };

struct connection {
    struct connection *next;
    struct connection **link;
    int fd;
    uint32_t events;
    int64_t deadline;
    /* Until when a frame has time whose first byte came with the last read. */
    int64_t read_deadline;
    size_t at;
    size_t end;
    /* What has still to go of the answer that stands at `at`. */
    size_t owed;
    unsigned char bytes[HEAD + MOST];
};

struct loop {
    struct listening place;
    struct connection *all;
    int epoll;
    int stop;
    int timer;
    int limit_ms;
    int64_t timer_at;
    /* Until then nobody is accepted. */
    int64_t rest_until;
};

static int watch(const struct loop *l, int how, uint32_t events, int fd,
                 void *what)
{
    struct epoll_event event = { .events = events, .data.ptr = what };
    return epoll_ctl(l->epoll, how, fd, &event);
}

static void need_timer(struct loop *l, int64_t at)
{
    if (at >= l->timer_at)
        return;
    /* A time of 0 would switch it off. */
    int left = deadline_left(at);
    const struct itimerspec when = {
        .it_value.tv_sec = left / 1000,
        .it_value.tv_nsec = left == 0 ? 1 : left % 1000 * 1000000L,
    };
    l->timer_at = at;
    (void)timerfd_settime(l->timer, 0, &when, NULL);
}

static void expect_by(struct loop *l, struct connection *c, int64_t deadline)
{
    c->deadline = deadline;
    need_timer(l, deadline);
}

static void await(const struct loop *l, struct connection *c, uint32_t events)
{
    if (c->events != events && watch(l, EPOLL_CTL_MOD, events, c->fd, c) == 0)
        c->events = events;
}

static uint32_t frame_length(const struct connection *c)
{
    uint32_t length;
    memcpy(&length, c->bytes + c->at, sizeof length);
    return be32toh(length);
}

/* Turns the frame round, if it is here as a whole. */
static enum state find_frame(struct connection *c)
{
    size_t here = c->end - c->at;
    if (here < HEAD)
        return OPEN;
    size_t length = frame_length(c);
    if (length > MOST)
        return ENORMOUS;
    if (here < HEAD + length)
        return OPEN;
    unsigned char *payload = c->bytes + c->at + HEAD;
    for (size_t i = 0; i < length / 2; i++) {
        unsigned char kept = payload[i];
        payload[i] = payload[length - 1 - i];
        payload[length - 1 - i] = kept;
    }
    c->owed = HEAD + length;
    return OPEN;
}

static enum state push(struct connection *c)
{
    while (c->owed > 0) {
        ssize_t n = send(c->fd, c->bytes + c->at, c->owed, MSG_NOSIGNAL);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return errno == EAGAIN ? OPEN : BROKEN;
        c->at += (size_t)n;
        c->owed -= (size_t)n;
    }
    return OPEN;
}

/* Answers what is here. Then it waits for room for an answer, for the rest of a
 * frame whose clock runs since it was read, or for a new one. */
static enum state answer_all(struct loop *l, struct connection *c)
{
    for (;;) {
        if (c->owed == 0) {
            enum state state = find_frame(c);
            if (state != OPEN)
                return state;
            if (c->owed == 0)
                break;
            expect_by(l, c, deadline_in(l->limit_ms));
        }
        if (push(c) != OPEN)
            return BROKEN;
        if (c->owed > 0) {
            await(l, c, EPOLLOUT);
            return OPEN;
        }
        expect_by(l, c,
                  c->at < c->end ? c->read_deadline : deadline_in(l->limit_ms));
    }
    await(l, c, EPOLLIN);
    return OPEN;
}

/* One read for each event: a peer that always has more must not keep the others
 * waiting. */
static enum state pull(struct loop *l, struct connection *c)
{
    bool silent = c->at == c->end;
    memmove(c->bytes, c->bytes + c->at, c->end - c->at);
    c->end -= c->at;
    c->at = 0;
    ssize_t n = recv(c->fd, c->bytes + c->end, sizeof c->bytes - c->end, 0);
    if (n == -1)
        return errno == EAGAIN || errno == EINTR ? OPEN : BROKEN;
    if (n == 0)
        return silent ? DONE : TORN;
    c->end += (size_t)n;
    c->read_deadline = deadline_in(l->limit_ms);
    if (silent)
        expect_by(l, c, c->read_deadline);
    return OPEN;
}

static void drop(struct connection *c, enum state state)
{
    static const char *const words[] = {
        [TORN] = "truncated frame",
        [TOO_SLOW] = "peer is too slow",
        [BROKEN] = "connection lost",
    };
    if (state == ENORMOUS)
        fprintf(stderr, "server: frame of %lu bytes refused\n",
                (unsigned long)frame_length(c));
    else if (state != DONE)
        fprintf(stderr, "server: %s\n", words[state]);
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    close(c->fd);
    free(c);
}

/* Goes on with a connection as far as that is possible without waiting. Whoever
 * seems to be late gets a last look at what has come meanwhile. */
static void advance(struct loop *l, struct connection *c)
{
    bool answering = c->owed > 0;
    enum state state = OPEN;
    if (answering)
        state = answer_all(l, c);
    bool late = deadline_left(c->deadline) == 0;
    if (state == OPEN && (!answering || (late && c->owed == 0))) {
        state = pull(l, c);
        if (state == OPEN)
            state = answer_all(l, c);
    }
    if (state == OPEN && deadline_left(c->deadline) == 0)
        state = c->owed == 0 && c->at == c->end ? DONE : TOO_SLOW;
    if (state != OPEN)
        drop(c, state);
}

static int rest(struct loop *l)
{
    l->rest_until = deadline_in(REST_MS);
    need_timer(l, l->rest_until);
    return watch(l, EPOLL_CTL_MOD, 0, l->place.descriptor, &l->place);
}

/* Memory first: a connection that is accepted can be served, too. */
static int admit(struct loop *l)
{
    struct connection *c = malloc(sizeof *c);
    if (c == NULL)
        return rest(l);
    int fd =
        accept4(l->place.descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd == -1) {
        int why = errno;
        free(c);
        errno = why;
        if (why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOBUFS)
            return rest(l);
        return why == EAGAIN || why == EINTR || why == ECONNABORTED ? 0 : -1;
    }
    c->fd = fd;
    c->events = EPOLLIN;
    c->at = c->end = c->owed = 0;
    c->next = l->all;
    c->link = &l->all;
    if (c->next != NULL)
        c->next->link = &c->next;
    l->all = c;
    expect_by(l, c, deadline_in(l->limit_ms));
    if (watch(l, EPOLL_CTL_ADD, EPOLLIN, fd, c) == -1)
        drop(c, BROKEN);
    return 0;
}

static int on_timer(struct loop *l)
{
    struct connection *next;
    uint64_t times;
    (void)read(l->timer, &times, sizeof times);
    l->timer_at = DEADLINE_NONE;
    for (struct connection *c = l->all; c != NULL; c = next) {
        next = c->next;
        if (deadline_left(c->deadline) == 0)
            advance(l, c);
        else
            need_timer(l, c->deadline);
    }
    if (l->rest_until == DEADLINE_NONE)
        return 0;
    if (deadline_left(l->rest_until) > 0) {
        need_timer(l, l->rest_until);
        return 0;
    }
    l->rest_until = DEADLINE_NONE;
    return watch(l, EPOLL_CTL_MOD, EPOLLIN, l->place.descriptor, &l->place);
}

/* 1: go on. 0: a signal has come. -1: failure. The timer's turn is last: it may
 * free connections that other events point to. */
static int turn(struct loop *l)
{
    struct epoll_event events[EVENTS];
    bool timer = false;
    int count = epoll_wait(l->epoll, events, EVENTS, -1);
    if (count == -1)
        return errno == EINTR ? 1 : -1;
    for (int i = 0; i < count; i++) {
        void *what = events[i].data.ptr;
        if (what == &l->stop)
            return 0;
        if (what == &l->timer)
            timer = true;
        else if (what != &l->place)
            advance(l, what);
        else if (admit(l) == -1)
            return -1;
    }
    return timer && on_timer(l) == -1 ? -1 : 1;
}

static int make_loop(struct loop *l)
{
    l->stop = stop_open();
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (l->stop == -1 || l->epoll == -1 || l->timer == -1 ||
        watch(l, EPOLL_CTL_ADD, EPOLLIN, l->stop, &l->stop) == -1)
        return -1;
    return watch(l, EPOLL_CTL_ADD, EPOLLIN, l->timer, &l->timer);
}

static int serve(struct loop *l)
{
    int listener = l->place.descriptor;
    int state = 1;
    if (listen(listener, 128) == -1 ||
        watch(l, EPOLL_CTL_ADD, EPOLLIN, listener, &l->place) == -1)
        return -1;
    while (state == 1)
        state = turn(l);
    return state;
}

static int explain(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

static int run(struct loop *l, const char *path)
{
    if (make_loop(l) == -1)
        return explain("epoll");
    if (listening_bind(&l->place, path, SOCK_STREAM) == -1)
        return explain(*path == '\0' ? "PATH" : path);
    int status = serve(l) == -1 ? explain(path) : 0;
    listening_remove(&l->place);
    return status;
}

int main(int argc, char **argv)
{
    static struct loop l = {
        .place.descriptor = -1,
        .limit_ms = 1000,
        .timer_at = DEADLINE_NONE,
        .rest_until = DEADLINE_NONE,
    };
    bool wrong = false;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1) {
        l.limit_ms =
            option == 't' ? (int)options_number(optarg, 1, 86400000) : -1;
        wrong = wrong || l.limit_ms == -1;
    }
    if (wrong || argc - optind >= 2) {
        (void)fputs("usage: server [-t TIMEOUT_MS] [PATH]\n", stderr);
        return 2;
    }
    return run(&l, optind == argc ? "./uds_socket3.txt" : argv[optind]);
}
