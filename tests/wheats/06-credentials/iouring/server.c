/*
 * Lab 06's server with io_uring(7): one call hands over what is to be done and
 * waits for what has been done. A peer has one thing under way: a receive, a
 * send, or the question whether its process has exited, which is a poll with a
 * time limit of nothing at all. So one answer at most is kept for it.
 */
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

enum { PEER_PIDFD = 77 }; /* SO_PEERPIDFD, Linux 6.5 */

enum {
    ENTRIES = 128,
    COMPLETIONS = 4096,
    BACKLOG = 128,
    RECORD_MAX = 64,
    SECRET_MAX = 255
};

static const long user_max = 4294967294;

/* Short of descriptors or memory: when to look again. */
static struct __kernel_timespec pause_time = { .tv_nsec = 200000000 };
static struct __kernel_timespec no_time;

enum stage { RECEIVING, ASKING, SENDING };

struct peer {
    LIST_ENTRY(peer) others;
    int socket;
    /* A pidfd, -1 for a process that is not to be had any more. */
    int process;
    enum stage stage;
    struct ucred connector;
    struct ucred sender;
    struct iovec part;
    struct msghdr message;
    char record[RECORD_MAX];
    char answer[SECRET_MAX + 1];
    char control[CMSG_SPACE(sizeof(struct ucred))];
};

/*
 * It may have a poll for a signal, a poll for callers and a timeout under way;
 * their completions are known by the addresses of `stop`, `callers` and
 * `pause_time`, and those that nobody wants by that of `no_time`.
 *
 * The ring must not have the listener itself: it lets go of its descriptors
 * some milliseconds after the process has been killed, and until then the
 * address would be in use. `callers` is an epoll descriptor, readable while
 * somebody calls, which keeps nothing alive.
 */
struct server {
    struct io_uring ring;
    struct listening listening;
    int stop;
    int callers;
    LIST_HEAD(peers, peer) peers;
    /* The next peer. He may lack a pidfd yet, for want of a descriptor. */
    struct peer *newcomer;
    const char *secret;
    char **users;
    int user_count;
};

/* So many entries in a row, which are handed over together. */
static struct io_uring_sqe *new_entry(struct server *s, unsigned count)
{
    while (io_uring_sq_space_left(&s->ring) < count)
        (void)io_uring_submit(&s->ring);
    return io_uring_get_sqe(&s->ring);
}

static void begin_receive(struct server *s, struct peer *p)
{
    struct io_uring_sqe *e = new_entry(s, 1);
    p->stage = RECEIVING;
    p->part = (struct iovec){ p->record, RECORD_MAX };
    p->message = (struct msghdr){
        .msg_iov = &p->part,
        .msg_iovlen = 1,
        .msg_control = p->control,
        .msg_controllen = sizeof p->control,
    };
    io_uring_prep_recvmsg(e, p->socket, &p->message,
                          MSG_TRUNC | MSG_CMSG_CLOEXEC);
    io_uring_sqe_set_data(e, p);
}

static void begin_send(struct server *s, struct peer *p)
{
    struct io_uring_sqe *e = new_entry(s, 1);
    p->stage = SENDING;
    io_uring_prep_send(e, p->socket, p->answer, strlen(p->answer),
                       MSG_NOSIGNAL);
    io_uring_sqe_set_data(e, p);
}

/* A poll that finds something is done before its limit is so much as set. */
static void begin_asking(struct server *s, struct peer *p)
{
    struct io_uring_sqe *e = new_entry(s, 2);
    p->stage = ASKING;
    io_uring_prep_poll_add(e, p->process, POLLIN);
    io_uring_sqe_set_data(e, p);
    e->flags |= IOSQE_IO_LINK;
    e = new_entry(s, 1);
    io_uring_prep_link_timeout(e, &no_time, 0);
    io_uring_sqe_set_data(e, &no_time);
}

/* The completion is known by the address of the descriptor's number. */
static void begin_watching(struct server *s, int *descriptor)
{
    struct io_uring_sqe *e = new_entry(s, 1);
    io_uring_prep_poll_add(e, *descriptor, POLLIN);
    io_uring_sqe_set_data(e, descriptor);
}

static void begin_pause(struct server *s)
{
    struct io_uring_sqe *e = new_entry(s, 1);
    io_uring_prep_timeout(e, &pause_time, 0, 0);
    io_uring_sqe_set_data(e, &pause_time);
}

/* Process 0 where the kernel has not said who it was. There is no room behind
 * the credentials: descriptors that come along get no further than the kernel,
 * and MSG_CTRUNC tells of nothing else. */
static void find_sender(struct peer *p)
{
    const struct cmsghdr *c = CMSG_FIRSTHDR(&p->message);
    p->sender.pid = 0;
    if (c != NULL && c->cmsg_level == SOL_SOCKET &&
        c->cmsg_type == SCM_CREDENTIALS &&
        c->cmsg_len >= CMSG_LEN(sizeof p->sender))
        memcpy(&p->sender, CMSG_DATA(c), sizeof p->sender);
}

static bool may_know(const struct server *s, const struct ucred *who)
{
    bool is_listed = s->user_count == 0 && who->uid == geteuid();
    for (int i = 0; i < s->user_count; i++)
        if (options_number(s->users[i], 0, user_max) == (long)who->uid)
            is_listed = true;
    return is_listed && who->pid != 0;
}

static bool is(const struct peer *p, size_t length, const char *text)
{
    return length == strlen(text) && memcmp(p->record, text, length) == 0;
}

static void write_ids(struct peer *p, const struct ucred *who)
{
    (void)snprintf(p->answer, sizeof p->answer, "pid=%d uid=%u gid=%u",
                   who->pid, who->uid, who->gid);
}

static void begin_answer(struct server *s, struct peer *p, size_t length)
{
    const char *text = "error: unknown request";
    find_sender(p);
    if (p->sender.pid == 0)
        text = "denied";
    else if (is(p, length, "secret"))
        text = may_know(s, &p->connector) && may_know(s, &p->sender) ? s->secret
                                                                     : "denied";
    else if (is(p, length, "alive"))
        text = "no";
    (void)snprintf(p->answer, sizeof p->answer, "%s", text);

    if (p->sender.pid != 0 && is(p, length, "whoami"))
        write_ids(p, &p->connector);
    else if (p->sender.pid != 0 && is(p, length, "sender"))
        write_ids(p, &p->sender);
    if (p->sender.pid != 0 && is(p, length, "alive") && p->process != -1)
        begin_asking(s, p);
    else
        begin_send(s, p);
}

static void dismiss(struct peer *p)
{
    LIST_REMOVE(p, others);
    if (p->process != -1)
        close(p->process);
    close(p->socket);
    free(p);
}

static void (*const begin[])(struct server *, struct peer *) = {
    [RECEIVING] = begin_receive,
    [ASKING] = begin_asking,
    [SENDING] = begin_send,
};

static bool is_to_repeat(int result)
{
    return result == -EINTR || result == -EAGAIN;
}

/* A receive of no bytes with credentials is an empty record, without them it is
 * the end of file. A poll that is over by its limit has found a process that
 * runs. */
static void on_peer(struct server *s, struct peer *p, int result)
{
    if (p->stage == ASKING && result == -ECANCELED) {
        memcpy(p->answer, "yes", sizeof "yes");
        begin_send(s, p);
    } else if (is_to_repeat(result))
        begin[p->stage](s, p);
    else if (result < 0 || (p->stage == RECEIVING && result == 0 &&
                            p->message.msg_controllen == 0))
        dismiss(p);
    else if (p->stage == RECEIVING)
        begin_answer(s, p, (size_t)result);
    else if (p->stage == SENDING)
        begin_receive(s, p);
    else
        begin_send(s, p);
}

static bool is_short(void)
{
    return errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
           errno == ENOBUFS;
}

/* Who it was that connected, an older kernel knows by number only. */
static int find_process(struct peer *p)
{
    socklen_t size = sizeof p->process;
    if (getsockopt(p->socket, SOL_SOCKET, PEER_PIDFD, &p->process, &size) == 0)
        return 0;
    p->process = errno == ENOPROTOOPT ? pidfd_open(p->connector.pid, 0) : -1;
    return p->process == -1 && is_short() ? -1 : 0;
}

/* Goes on with what is not done yet: memory, a connection, a pidfd. */
static int complete_newcomer(struct server *s)
{
    struct peer *p = s->newcomer;
    socklen_t size = sizeof p->connector;
    if (p == NULL) {
        p = s->newcomer = calloc(1, sizeof *p);
        if (p == NULL)
            return -1;
        p->socket = -1;
    }
    if (p->socket == -1)
        p->socket = accept4(s->listening.descriptor, NULL, NULL, SOCK_CLOEXEC);
    if (p->socket == -1 || getsockopt(p->socket, SOL_SOCKET, SO_PEERCRED,
                                      &p->connector, &size) == -1)
        return -1;
    return find_process(p);
}

/* 0, or -1 with errno when there will be no more. */
static int take_caller(struct server *s)
{
    if (complete_newcomer(s) == 0) {
        LIST_INSERT_HEAD(&s->peers, s->newcomer, others);
        begin_receive(s, s->newcomer);
        s->newcomer = NULL;
    } else if (is_short()) {
        begin_pause(s);
        return 0;
    } else if (!is_to_repeat(-errno) && errno != ECONNABORTED)
        return -1;
    begin_watching(s, &s->callers);
    return 0;
}

/* 1: go on. 0: the program is to end. -1: failure. */
static int on_completion(struct server *s, void *whose, int result)
{
    if (whose == &s->stop) {
        if (result > 0)
            return 0;
        begin_watching(s, &s->stop);
    } else if (whose == &s->callers || whose == &pause_time) {
        if (take_caller(s) == -1)
            return -1;
    } else if (whose != &no_time)
        on_peer(s, whose, result);
    return 1;
}

static int serve(struct server *s)
{
    begin_watching(s, &s->stop);
    begin_watching(s, &s->callers);
    for (;;) {
        struct io_uring_cqe *c;
        int result = io_uring_submit_and_wait(&s->ring, 1);
        if (result < 0 && !is_to_repeat(result) && result != -EBUSY) {
            errno = -result;
            return -1;
        }
        while (io_uring_peek_cqe(&s->ring, &c) == 0) {
            void *whose = io_uring_cqe_get_data(c);
            result = c->res;
            io_uring_cqe_seen(&s->ring, c);
            result = on_completion(s, whose, result);
            if (result != 1)
                return result;
        }
    }
}

static int open_ring(struct server *s)
{
    struct io_uring_params how = {
        .flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
        .cq_entries = COMPLETIONS,
    };
    int result = io_uring_queue_init_params(ENTRIES, &s->ring, &how);
    if (result == 0)
        return 0;
    errno = -result;
    return -1;
}

static int open_listener(struct server *s, const char *path)
{
    const int yes = 1;
    umask(S_IXUSR | S_IXGRP | S_IXOTH);
    if (listening_bind(&s->listening, path, SOCK_SEQPACKET) == -1)
        return -1;
    const int fd = s->listening.descriptor;
    struct epoll_event event = { .events = EPOLLIN };
    s->callers = epoll_create1(EPOLL_CLOEXEC);
    if (s->callers == -1 ||
        epoll_ctl(s->callers, EPOLL_CTL_ADD, fd, &event) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == -1)
        return -1;
    return listen(fd, BACKLOG);
}

/* The ring and the peers are left as they are: until the process ends the
 * kernel may be at work on them. */
static int run(struct server *s, const char *path)
{
    s->stop = stop_open();
    if (s->stop == -1 || open_ring(s) == -1)
        return -1;
    int result = open_listener(s, path);
    if (result == 0)
        result = serve(s);
    int why = errno;
    if (s->listening.descriptor != -1)
        listening_remove(&s->listening);
    errno = why;
    return result;
}

static bool are_users(char **texts)
{
    while (*texts != NULL && options_number(*texts, 0, user_max) != -1)
        texts++;
    return *texts == NULL;
}

int main(int argc, char **argv)
{
    static struct server s = { .listening.descriptor = -1 };
    opterr = 0;
    int option = getopt(argc, argv, "+");
    char **operand = argv + optind;
    const char *secret = argc - optind >= 2 ? operand[1] : "";
    if (option != -1 || secret[0] == '\0' || strlen(secret) > SECRET_MAX ||
        !are_users(operand + 2)) {
        (void)fputs("usage: server PATH SECRET [UID...]\n", stderr);
        return 2;
    }
    s.secret = secret;
    s.users = operand + 2;
    s.user_count = argc - optind - 2;
    if (run(&s, operand[0]) == -1) {
        fprintf(stderr, "server: %s: %s\n", operand[0], strerror(errno));
        return 1;
    }
    return 0;
}
