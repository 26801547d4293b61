/*
 * Lab 04's server as one event loop with edge-triggered epoll. An edge only
 * says that something can be done from now on; what can be done is remembered
 * in the peer, and peers with something to do stand in a line and get a few
 * steps each in turn. Up to eight answers wait in each peer's ring.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

enum {
    BACKLOG = 128,
    EVENTS = 64,
    RECORD_MOST = 64,
    RING = 8,
    STEPS = 16,
    REST_MS = 150,
    USAGE = 2
};

struct answer {
    size_t length;
    char text[64];
};

struct peer {
    int fd;
    bool can_read;
    bool can_write;
    bool has_ended;
    bool in_line;
    int64_t total;
    size_t oldest;
    size_t waiting;
    struct answer ring[RING];
    /* The next one in the line, or among the unused. */
    struct peer *next;
};

struct line {
    struct peer *first;
    struct peer **end;
};

struct server {
    int epoll;
    int stop;
    struct listening listening;
    bool can_accept;
    /* Out of descriptors: nobody is accepted until then. */
    int64_t rest_until;
    /* Room for MAX_CLIENTS peers: those that were in use once and are not
     * now are in a list, those from `fresh` on have never been touched. */
    struct peer *peers;
    struct peer *unused;
    size_t fresh;
    size_t most;
    struct line line;
};

static bool has_work(const struct peer *p)
{
    return (p->can_write && p->waiting > 0) ||
           (p->can_read && p->waiting < RING) ||
           (p->has_ended && p->waiting == 0);
}

static void stand_in_line(struct line *l, struct peer *p)
{
    if (p->in_line || !has_work(p))
        return;
    p->in_line = true;
    p->next = NULL;
    *l->end = p;
    l->end = &p->next;
}

/* The magnitude is kept apart from the sign, and may be one larger below zero.
 * 1 for a number, 0 for none, -1 for one that does not fit. */
static int read_number(const char *text, size_t length, int64_t *number)
{
    bool minus = *text == '-';
    const uint64_t most = (uint64_t)INT64_MAX + minus;
    const char *end = text + length;
    uint64_t size = 0;
    bool fits = true;
    if (minus || *text == '+')
        text++;
    if (text == end)
        return 0;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        const uint64_t digit = (uint64_t)(*text - '0');
        fits = fits && size <= (most - digit) / 10;
        size = size * 10 + digit;
    }
    /* All unsigned: -2^63 has no positive counterpart to be made from. */
    *number = (int64_t)(minus ? 0 - size : size);
    return fits ? 1 : -1;
}

static void give_total(struct peer *p, struct answer *a, const char *text,
                       size_t length)
{
    int64_t number;
    int kind = read_number(text, length, &number);
    const char *error = NULL;
    if (kind == 0)
        error = "not a number";
    else if (kind == -1 || __builtin_add_overflow(p->total, number, &number))
        error = "overflow";
    int n;
    if (error != NULL)
        n = snprintf(a->text, sizeof a->text, "error: %s", error);
    else {
        p->total = number;
        n = snprintf(a->text, sizeof a->text, "total: %" PRId64, number);
    }
    a->length = (size_t)n;
}

/* There must be room in the ring. */
static void give_answer(struct peer *p, const char *record, size_t length)
{
    struct answer *a = &p->ring[(p->oldest + p->waiting++) % RING];
    if (length > 0 && length <= RECORD_MOST)
        give_total(p, a, record, length);
    else if (length == 0)
        a->length =
            (size_t)snprintf(a->text, sizeof a->text, "error: empty record");
    else
        a->length = (size_t)snprintf(a->text, sizeof a->text,
                                     "error: record of %zu bytes, limit %d",
                                     length, RECORD_MOST);
}

/* Reads one record. An end of file comes without credentials, a record never;
 * there is room for just these, so that no descriptor fits in behind. */
static void take_record(struct peer *p)
{
    char record[RECORD_MOST];
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec where = { record, sizeof record };
    struct msghdr m = {
        .msg_iov = &where,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t n = recvmsg(p->fd, &m, MSG_TRUNC | MSG_CMSG_CLOEXEC);
    if (n > 0 || (n == 0 && m.msg_controllen > 0))
        give_answer(p, record, (size_t)n);
    else if (n == 0) {
        p->has_ended = true;
        p->can_read = false;
    } else if (errno == EAGAIN)
        p->can_read = false;
    else if (errno != EINTR) {
        /* Nobody is left to take what waits. */
        p->has_ended = true;
        p->can_read = false;
        p->waiting = 0;
    }
}

static void send_answer(struct peer *p)
{
    const struct answer *a = &p->ring[p->oldest];
    if (send(p->fd, a->text, a->length, MSG_NOSIGNAL) != -1) {
        p->oldest = (p->oldest + 1) % RING;
        p->waiting--;
    } else if (errno == EAGAIN)
        p->can_write = false;
    else if (errno != EINTR) {
        p->has_ended = true;
        p->can_read = false;
        p->waiting = 0;
    }
}

/* Its descriptor may be the one that a newcomer waits for. */
static void let_go(struct server *s, struct peer *p)
{
    close(p->fd);
    p->next = s->unused;
    s->unused = p;
    s->rest_until = DEADLINE_NONE;
}

/* A few steps for one peer, then the others'. Where there is nothing more to
 * come the peer is let go. */
static void work_for(struct server *s, struct peer *p)
{
    for (int step = 0; step < STEPS && has_work(p); step++) {
        if (p->has_ended && p->waiting == 0) {
            let_go(s, p);
            return;
        }
        if (p->can_write && p->waiting > 0)
            send_answer(p);
        if (p->can_read && p->waiting < RING)
            take_record(p);
    }
    stand_in_line(&s->line, p);
}

/* Everybody who stands in line now; who has still more to do then stands in
 * the next one. */
static void work_through_line(struct server *s)
{
    struct peer *p = s->line.first;
    s->line = (struct line){ .end = &s->line.first };
    while (p != NULL) {
        struct peer *next = p->next;
        p->in_line = false;
        work_for(s, p);
        p = next;
    }
}

static int watch(const struct server *s, int fd, uint32_t events, void *whose)
{
    struct epoll_event event = { .events = events, .data.ptr = whose };
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void welcome(struct server *s, int fd)
{
    struct peer *p = s->unused;
    if (p != NULL)
        s->unused = p->next;
    else
        p = &s->peers[s->fresh++];
    *p = (struct peer){ .fd = fd };
    /* Without memory for the watch this peer could not be served. */
    if (watch(s, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, p) == -1)
        let_go(s, p);
}

static bool may_accept(const struct server *s)
{
    return s->can_accept && s->rest_until == DEADLINE_NONE &&
           (s->unused != NULL || s->fresh < s->most);
}

static int accept_some(struct server *s)
{
    for (int step = 0; step < STEPS && may_accept(s); step++) {
        int fd = accept4(s->listening.descriptor, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd != -1)
            welcome(s, fd);
        else if (errno == EAGAIN)
            s->can_accept = false;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                 errno == ENOBUFS)
            s->rest_until = deadline_in(REST_MS);
        else if (errno != EINTR && errno != ECONNABORTED)
            return -1;
    }
    return 0;
}

/* Whose edge it is, is told by the address: of a member, or of a peer. */
static bool note(struct server *s, const struct epoll_event *event)
{
    if (event->data.ptr == &s->stop)
        return false;
    if (event->data.ptr == &s->listening) {
        s->can_accept = true;
        return true;
    }
    struct peer *p = event->data.ptr;
    if ((event->events & ~(uint32_t)EPOLLOUT) != 0 && !p->has_ended)
        p->can_read = true;
    if ((event->events & ~(uint32_t)(EPOLLIN | EPOLLRDHUP)) != 0)
        p->can_write = true;
    stand_in_line(&s->line, p);
    return true;
}

static int waiting_time(const struct server *s)
{
    if (s->line.first != NULL || may_accept(s))
        return 0;
    return deadline_left(s->rest_until);
}

static int turn(struct server *s)
{
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(s->epoll, events, EVENTS, waiting_time(s));
        if (count == -1 && errno != EINTR)
            return -1;
        for (int i = 0; i < count; i++)
            if (!note(s, &events[i]))
                return 0;
        work_through_line(s);
        if (deadline_left(s->rest_until) == 0)
            s->rest_until = DEADLINE_NONE;
        if (accept_some(s) == -1)
            return -1;
    }
}

static int open_for_service(struct server *s, const char *path)
{
    const int yes = 1;
    s->stop = stop_open();
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->stop == -1 || s->epoll == -1 ||
        listening_bind(&s->listening, path, SOCK_SEQPACKET) == -1)
        return -1;
    const int fd = s->listening.descriptor;
    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0 &&
        listen(fd, BACKLOG) == 0 && watch(s, s->stop, EPOLLIN, &s->stop) == 0)
        return watch(s, fd, EPOLLIN | EPOLLET, &s->listening);
    return -1;
}

static int run(const char *path, size_t most)
{
    struct server s = {
        .listening.descriptor = -1,
        .rest_until = DEADLINE_NONE,
        .line.end = &s.line.first,
        .peers = calloc(most, sizeof *s.peers),
        .most = most,
    };
    if (s.peers == NULL)
        return -1;
    int result = open_for_service(&s, path);
    if (result == 0)
        result = turn(&s);
    int why = errno;
    if (s.listening.descriptor != -1)
        listening_remove(&s.listening);
    free(s.peers);
    errno = why;
    return result;
}

int main(int argc, char **argv)
{
    long most = 64;
    bool wrong = false;
    opterr = 0;
    for (int c; (c = getopt(argc, argv, "+n:")) != -1;) {
        most = c == 'n' ? options_number(optarg, 1, 65535) : -1;
        wrong = wrong || most == -1;
    }
    if (wrong || argc - optind >= 2) {
        (void)fputs("usage: server [-n MAX_CLIENTS] [PATH]\n", stderr);
        return USAGE;
    }
    const char *path = optind == argc ? "./uds_socket3.txt" : argv[optind];
    if (run(path, (size_t)most) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "server: %s: %s\n", path, strerror(errno));
    return EXIT_FAILURE;
}
