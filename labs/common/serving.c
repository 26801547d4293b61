#include "serving.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "stop.h"

enum { BACKLOG = 128, EVENTS_MAX = 64, RETRY_MS = 100 };

struct member {
    int connection;
    /* What we wait for: EPOLLIN or EPOLLOUT. */
    int events;
    struct member *next;
    struct member *previous;
    _Alignas(max_align_t) char peer[];
};

struct crowd {
    const struct serving *serving;
    int epoll;
    struct member *members;
    /* When to try again, after we have run out of something. */
    int64_t retry;
};

static int watch(const struct crowd *c, int operation, struct member *m,
                 int events)
{
    struct epoll_event wanted = {
        .events = (uint32_t)events,
        .data.ptr = m,
    };
    int descriptor = m == NULL ? c->serving->listener : m->connection;
    return epoll_ctl(c->epoll, operation, descriptor, &wanted);
}

/* A connection that we cannot take would be announced again at once, and we
 * would spin. */
static int pause_accepting(struct crowd *c)
{
    c->retry = deadline_in(RETRY_MS);
    return watch(c, EPOLL_CTL_MOD, NULL, 0);
}

static int resume_accepting(struct crowd *c)
{
    c->retry = DEADLINE_NONE;
    return watch(c, EPOLL_CTL_MOD, NULL, EPOLLIN);
}

/* The system has run out of something for now; ENOSPC is epoll_ctl(2)'s word
 * for it. */
static bool is_shortage(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOMEM ||
           reason == ENOBUFS || reason == ENOSPC;
}

/* The connection, or the wait for it, came to nothing (accept(2)). */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR || reason == ECONNABORTED;
}

static int admit(struct crowd *c, struct member *m)
{
    m->connection =
        accept4(c->serving->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (m->connection == -1)
        return -1;
    if (watch(c, EPOLL_CTL_ADD, m, EPOLLIN) == -1) {
        int reason = errno;
        close(m->connection);
        errno = reason;
        return -1;
    }
    memcpy(m->peer, c->serving->fresh, c->serving->size);
    m->events = EPOLLIN;
    m->next = c->members;
    if (m->next != NULL)
        m->next->previous = m;
    c->members = m;
    return 0;
}

/* The memory first: without it the connection had better stay in the backlog,
 * where it is when anything else runs short, too. */
static int accept_one(struct crowd *c)
{
    struct member *m = calloc(1, sizeof *m + c->serving->size);
    if (m == NULL)
        return pause_accepting(c);
    if (admit(c, m) == 0)
        return 0;
    int reason = errno;
    free(m);
    errno = reason;
    if (is_shortage(reason))
        return pause_accepting(c);
    return is_passing(reason) ? 0 : -1;
}

static void release(const struct serving *s, struct member *m)
{
    s->end(s->context, m->peer);
    close(m->connection);
    free(m);
}

/* close(2) also ends the watch, as nobody else has the descriptor (epoll(7)).
 * There is a free descriptor now. */
static int dismiss(struct crowd *c, struct member *m)
{
    if (m->next != NULL)
        m->next->previous = m->previous;
    if (m->previous != NULL)
        m->previous->next = m->next;
    else
        c->members = m->next;
    release(c->serving, m);
    return resume_accepting(c);
}

/* An event may also be an error; then the step finds out which. */
static int step_one(struct crowd *c, struct member *m)
{
    const struct serving *s = c->serving;
    int events = s->step(s->context, m->peer, m->connection);
    if (events == -1)
        return dismiss(c, m);
    if (events == m->events)
        return 0;
    m->events = events;
    return watch(c, EPOLL_CTL_MOD, m, events);
}

/*
 * Everybody who has something to do gets one step, and nobody a second one
 * before the others had theirs. Each has one event here at most, and nobody
 * but itself ends it: so no event is for one that has gone.
 */
static int step_all(struct crowd *c)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(c->epoll, events, EVENTS_MAX, 0);
    if (count == -1)
        return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) {
        struct member *m = events[i].data.ptr;
        int result = m == NULL ? accept_one(c) : step_one(c, m);
        if (result == -1)
            return -1;
    }
    return 0;
}

/*
 * The wait is for the epoll descriptor, which is readable while there is an
 * event, because stop_wait() sees the signals too. Whether it is time to try
 * again has to be asked after every wait: among busy peers none lasts until the
 * deadline.
 */
static int serve(struct crowd *c)
{
    for (;;) {
        int ready = stop_wait(c->serving->stop, c->epoll, POLLIN, c->retry);
        if (ready == -1)
            return -1;
        bool due = deadline_left(c->retry) == 0;
        if (ready == 0 && !due)
            return 0;
        if (due && resume_accepting(c) == -1)
            return -1;
        if (step_all(c) == -1)
            return -1;
    }
}

int serving_run(const struct serving *s)
{
    struct crowd c = { .serving = s, .epoll = -1, .retry = DEADLINE_NONE };
    c.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (c.epoll == -1)
        return -1;
    int result = -1;
    if (listen(s->listener, BACKLOG) == 0 &&
        watch(&c, EPOLL_CTL_ADD, NULL, EPOLLIN) == 0)
        result = serve(&c);
    int reason = errno;
    while (c.members != NULL) {
        struct member *m = c.members;
        c.members = m->next;
        release(s, m);
    }
    close(c.epoll);
    errno = reason;
    return result;
}
