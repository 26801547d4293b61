/*
 * Lab 06's server as one event loop with two epoll sets: in one are those who
 * may ask something, in the other the pidfds of those who have connected. Each
 * exit is taken note of once, and its pidfd closed; before an answer about a
 * process, whatever exits there have been by then are taken note of first.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

enum {
    BACKLOG = 128,
    EVENTS = 64,
    RECORD_MOST = 64,
    SECRET_MOST = 255,
    REST_MS = 150,
    USAGE = 2
};

struct peer {
    LIST_ENTRY(peer) neighbours;
    int fd;
    /* -1 when the process has exited. */
    int process;
    struct ucred connector;
    /* An answer that waits for room: nothing is read meanwhile. */
    size_t waiting;
    char answer[SECRET_MOST + 1];
};

struct server {
    int epoll;
    int exits;
    int stop;
    struct listening listening;
    const char *secret;
    /* Both may be none: then it is the server's own user. */
    char **users;
    int user_count;
    LIST_HEAD(peers, peer) peers;
    /* Somebody who has no pidfd yet, for want of a descriptor. */
    struct peer *at_the_door;
    /* Out of descriptors: the door stays shut until then. */
    int64_t rest_until;
};

static bool is_user(const struct server *s, const struct ucred *who)
{
    if (who->pid == 0)
        return false;
    for (int i = 0; i < s->user_count; i++)
        if (options_number(s->users[i], 0, UINT32_MAX - 1) == (long)who->uid)
            return true;
    return s->user_count == 0 && who->uid == geteuid();
}

static int watch(int epoll, int how, int fd, uint32_t events, void *whose)
{
    struct epoll_event event = { .events = events, .data.ptr = whose };
    return epoll_ctl(epoll, how, fd, &event);
}

/* Until there are none left. A closed pidfd is in no set any more. */
static void note_exits(const struct server *s)
{
    struct epoll_event exits[EVENTS];
    int count;
    do {
        count = epoll_wait(s->exits, exits, EVENTS, 0);
        for (int i = 0; i < count; i++) {
            struct peer *p = exits[i].data.ptr;
            close(p->process);
            p->process = -1;
        }
    } while (count > 0 || (count == -1 && errno == EINTR));
}

static int tell_ids(char *answer, size_t room, const struct ucred *u)
{
    return snprintf(answer, room, "pid=%d uid=%u gid=%u", u->pid, u->uid,
                    u->gid);
}

enum request { WHOAMI, SENDER, SECRET, ALIVE, UNKNOWN };

static enum request read_request(const char *record, size_t length)
{
    static const char *const words[UNKNOWN] = { "whoami", "sender", "secret",
                                                "alive" };
    enum request r = WHOAMI;
    while (r < UNKNOWN && (strlen(words[r]) != length ||
                           memcmp(words[r], record, length) != 0))
        r++;
    return r;
}

static void give_answer(const struct server *s, struct peer *p,
                        enum request asked, const struct ucred *sender)
{
    const size_t room = sizeof p->answer;
    const char *text = "denied";
    int length = -1;
    if (sender->pid != 0 && asked == WHOAMI)
        length = tell_ids(p->answer, room, &p->connector);
    else if (sender->pid != 0 && asked == SENDER)
        length = tell_ids(p->answer, room, sender);
    else if (sender->pid != 0 && asked == ALIVE) {
        note_exits(s);
        text = p->process != -1 ? "yes" : "no";
    } else if (sender->pid != 0 && asked == UNKNOWN)
        text = "error: unknown request";
    else if (is_user(s, sender) && is_user(s, &p->connector))
        text = s->secret;
    if (length == -1)
        length = snprintf(p->answer, room, "%s", text);
    p->waiting = (size_t)length;
}

/*
 * There is room for credentials and for nothing behind them. Of descriptors
 * nothing comes in, then, but MSG_CTRUNC; and that alone is no reason to doubt
 * credentials of the length they must have.
 */
static struct ucred find_sender(struct msghdr *m)
{
    struct ucred sender = { .pid = 0 };
    const struct cmsghdr *c = CMSG_FIRSTHDR(m);
    if (c != NULL && c->cmsg_level == SOL_SOCKET &&
        c->cmsg_type == SCM_CREDENTIALS &&
        c->cmsg_len == CMSG_LEN(sizeof sender))
        memcpy(&sender, CMSG_DATA(c), sizeof sender);
    return sender;
}

/* Reads one record and puts the answer in its place; -1 at the end, and when
 * there is nobody left who could take an answer. */
static int take_record(const struct server *s, struct peer *p)
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
    if (n == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0 && m.msg_controllen == 0 && (m.msg_flags & MSG_CTRUNC) == 0)
        return -1;
    const struct ucred sender = find_sender(&m);
    give_answer(s, p, read_request(record, (size_t)n), &sender);
    return 0;
}

static int send_answer(struct peer *p)
{
    if (send(p->fd, p->answer, p->waiting, MSG_NOSIGNAL) == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    p->waiting = 0;
    return 0;
}

/* What it leaves may be just what somebody waits for. */
static void let_go(struct server *s, struct peer *p)
{
    LIST_REMOVE(p, neighbours);
    if (p->process != -1)
        close(p->process);
    close(p->fd);
    free(p);
    if (s->rest_until != DEADLINE_NONE)
        s->rest_until = deadline_in(0);
}

/* One record, or one answer that had to wait. */
static void serve(struct server *s, struct peer *p)
{
    const bool had_to_wait = p->waiting > 0;
    int result = had_to_wait ? 0 : take_record(s, p);
    if (result == 0 && p->waiting > 0)
        result = send_answer(p);
    const bool must_wait = p->waiting > 0;
    if (result == 0 && must_wait != had_to_wait)
        result = watch(s->epoll, EPOLL_CTL_MOD, p->fd,
                       must_wait ? EPOLLOUT : EPOLLIN, p);
    if (result == -1)
        let_go(s, p);
}

static bool is_shortage(int why)
{
    return why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOBUFS ||
           why == ENOSPC;
}

/* Shuts the door for a while, where that may help. */
static int rest(struct server *s)
{
    if (!is_shortage(errno))
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ? 0
                                                                          : -1;
    s->rest_until = deadline_in(REST_MS);
    return watch(s->epoll, EPOLL_CTL_MOD, s->listening.descriptor, 0,
                 &s->listening);
}

/* The memory first: whoever has been accepted is not turned away. */
static int accept_one(struct server *s)
{
    struct peer *p = calloc(1, sizeof *p);
    socklen_t size = sizeof p->connector;
    if (p == NULL)
        return rest(s);
    p->process = -1;
    p->fd = accept4(s->listening.descriptor, NULL, NULL,
                    SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (p->fd == -1) {
        int why = errno;
        free(p);
        errno = why;
        return rest(s);
    }
    LIST_INSERT_HEAD(&s->peers, p, neighbours);
    s->at_the_door = p;
    return getsockopt(p->fd, SOL_SOCKET, SO_PEERCRED, &p->connector, &size);
}

/* A pidfd of the very process that connected, where the kernel still knows it;
 * without one, the process must have gone. -1 for want of something. */
static int find_process(struct peer *p)
{
    socklen_t size = sizeof p->process;
    int result =
        getsockopt(p->fd, SOL_SOCKET, SO_PEERPIDFD, &p->process, &size);
    if (result == -1 && errno == ENOPROTOOPT)
        result = p->process = pidfd_open(p->connector.pid, 0);
    if (result != -1)
        return 0;
    p->process = -1;
    return is_shortage(errno) ? -1 : 0;
}

static int let_in(struct server *s)
{
    struct peer *p = s->at_the_door;
    if (p->process == -1 && find_process(p) == -1)
        return rest(s);
    if (watch(s->epoll, EPOLL_CTL_ADD, p->fd, EPOLLIN, p) == -1)
        return rest(s);
    s->at_the_door = NULL;
    if (p->process == -1 ||
        watch(s->exits, EPOLL_CTL_ADD, p->process, EPOLLIN, p) == 0)
        return 0;
    let_go(s, p);
    return 0;
}

static int receive_visitors(struct server *s)
{
    if (s->at_the_door == NULL && accept_one(s) == -1)
        return -1;
    return s->at_the_door == NULL ? 0 : let_in(s);
}

static int open_the_door(struct server *s)
{
    s->rest_until = DEADLINE_NONE;
    if (watch(s->epoll, EPOLL_CTL_MOD, s->listening.descriptor, EPOLLIN,
              &s->listening) == -1)
        return -1;
    return s->at_the_door == NULL ? 0 : let_in(s);
}

/* 1 when it is time to end. */
static int handle(struct server *s, void *whose)
{
    if (whose == &s->stop)
        return 1;
    if (whose == &s->listening)
        return receive_visitors(s);
    if (whose == &s->exits)
        note_exits(s);
    else
        serve(s, whose);
    return 0;
}

static int turn(struct server *s)
{
    for (;;) {
        struct epoll_event events[EVENTS];
        int limit = deadline_left(s->rest_until);
        int count = epoll_wait(s->epoll, events, EVENTS, limit);
        int result = 0;
        if (count == -1 && errno != EINTR)
            return -1;
        for (int i = 0; i < count && result == 0; i++)
            result = handle(s, events[i].data.ptr);
        if (result == 0 && deadline_left(s->rest_until) == 0)
            result = open_the_door(s);
        if (result != 0)
            return result == 1 ? 0 : -1;
    }
}

/* bind(2) takes 0777 and leaves out what the umask says: 0666 at once. */
static int open_for_service(struct server *s, const char *path)
{
    const int yes = 1;
    s->stop = stop_open();
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->exits = epoll_create1(EPOLL_CLOEXEC);
    umask(0111);
    if (s->stop == -1 || s->epoll == -1 || s->exits == -1 ||
        listening_bind(&s->listening, path, SOCK_SEQPACKET) == -1)
        return -1;
    const int fd = s->listening.descriptor;
    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == -1 ||
        listen(fd, BACKLOG) == -1 ||
        watch(s->epoll, EPOLL_CTL_ADD, s->stop, EPOLLIN, &s->stop) == -1 ||
        watch(s->epoll, EPOLL_CTL_ADD, s->exits, EPOLLIN, &s->exits) == -1)
        return -1;
    return watch(s->epoll, EPOLL_CTL_ADD, fd, EPOLLIN, &s->listening);
}

static int run(struct server *s, const char *path)
{
    int result = open_for_service(s, path);
    if (result == 0)
        result = turn(s);
    const int why = errno;
    if (s->listening.descriptor != -1)
        listening_remove(&s->listening);
    errno = why;
    return result;
}

static bool are_users(char **texts, int count)
{
    for (int i = 0; i < count; i++)
        if (options_number(texts[i], 0, UINT32_MAX - 1) == -1)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    static struct server s = {
        .listening.descriptor = -1,
        .rest_until = DEADLINE_NONE,
    };
    opterr = 0;
    const bool has_option = getopt(argc, argv, "+") != -1;
    char **operands = argv + optind;
    const int count = argc - optind;
    const size_t length = count < 2 ? 0 : strlen(operands[1]);
    if (has_option || length == 0 || length > SECRET_MOST ||
        !are_users(operands + 2, count - 2)) {
        (void)fputs("usage: server PATH SECRET [UID...]\n", stderr);
        return USAGE;
    }
    s.secret = operands[1];
    s.users = operands + 2;
    s.user_count = count - 2;
    if (run(&s, operands[0]) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "server: %s: %s\n", operands[0], strerror(errno));
    return EXIT_FAILURE;
}
