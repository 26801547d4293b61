/*
 * A server on SOCK_SEQPACKET that asks the kernel who is asking.
 *
 *     server PATH SECRET [UID...]
 *
 * Each record is a request. Two processes matter: the one that connected, and
 * the one that sent this record, for a connected socket can be handed on. The
 * kernel tells both; what a record says of its sender counts for nothing.
 *
 * One process serves all connections at once: epoll(7) tells which of them have
 * something to do, and each of these gets one step. No step ever waits. While a
 * peer's answer waits for room in the socket, no more is read from that peer.
 *
 * Functions return -1 with errno set and print nothing; main() speaks.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

/* Since Linux 6.5; older headers do not have it. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

enum {
    REQUEST_MAX = 64,
    SECRET_MAX = 255,
    /* For a sender, and 253 descriptors: no more come with one record. */
    CONTROL_ROOM =
        CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(253 * sizeof(int)),
    BACKLOG = 128,
    RETRY_MS = 100,
    EVENTS_MAX = 64,
    /* More than the usual limit of open files lets in. */
    PEERS_MAX = 1024,
};

/* One less than (uid_t)-1, which is no user: it stands for "none". */
static const long user_most = 4294967294;

/* Who sends, unless the kernel says otherwise: user 0 would be root. */
static const struct ucred nobody = { .uid = (uid_t)-1, .gid = (gid_t)-1 };

struct peer {
    bool seated;
    int descriptor;
    /* The process that connected: who it was then, and a descriptor of it
     * (pidfd_open(2)), -1 where it had gone before we could have one. */
    struct ucred connector;
    int process;
    /* The answer that is to be sent, or NULL. It may stand in `who`. */
    const char *answer;
    char who[64];
};

struct server {
    struct listening listening;
    int stop;
    int epoll;
    const char *secret;
    /* The users on the command line, NULL behind the last one. */
    char *const *users;
    struct peer seats[PEERS_MAX];
    /* Accepted, but not a peer yet (-1: none). */
    int newcomer;
    /* When to try again, after we have run out of something. */
    int64_t retry;
};

struct request {
    char text[REQUEST_MAX];
    size_t length;
    struct ucred sender;
};

/* Where the kernel has nothing to say of a process, it says process 0. One that
 * is outside our pid namespace has that number too. */
static bool is_known(const struct ucred *who)
{
    return who->pid != 0 && who->uid != (uid_t)-1 && who->gid != (gid_t)-1;
}

static bool is_allowed(const struct server *s, const struct ucred *who)
{
    if (!is_known(who))
        return false;
    if (s->users[0] == NULL)
        return who->uid == geteuid();
    for (char *const *user = s->users; *user != NULL; user++)
        if (options_number(*user, 0, user_most) == (long)who->uid)
            return true;
    return false;
}

/* A process descriptor is readable once its process has exited, reaped or not,
 * and stands for that process alone, whoever gets its number next. */
static bool is_alive(int process)
{
    struct pollfd exited = { .fd = process, .events = POLLIN };
    return process != -1 && poll(&exited, 1, 0) == 0;
}

/* By the length, which may be more than is here: a record is no string, and
 * "secret" with a NUL behind it is another one. */
static bool is_request(const struct request *r, const char *name)
{
    return r->length == strlen(name) && memcmp(r->text, name, r->length) == 0;
}

static const char *tell_who(struct peer *p, const struct ucred *who)
{
    snprintf(p->who, sizeof p->who, "pid=%d uid=%u gid=%u", who->pid, who->uid,
             who->gid);
    return p->who;
}

static const char *make_answer(const struct server *s, struct peer *p,
                               const struct request *r)
{
    if (!is_known(&r->sender))
        return "denied";
    if (is_request(r, "whoami"))
        return tell_who(p, &p->connector);
    if (is_request(r, "sender"))
        return tell_who(p, &r->sender);
    if (is_request(r, "alive"))
        return is_alive(p->process) ? "yes" : "no";
    if (!is_request(r, "secret"))
        return "error: unknown request";
    bool both = is_allowed(s, &p->connector) && is_allowed(s, &r->sender);
    return both ? s->secret : "denied";
}

/* Not now, perhaps later; or it came to nothing (accept(2)). */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR || reason == ECONNABORTED;
}

/* We have run out of something for now. */
static bool is_shortage(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOMEM ||
           reason == ENOBUFS;
}

static void close_descriptors(const struct cmsghdr *header)
{
    for (size_t at = CMSG_LEN(0); at < header->cmsg_len; at += sizeof(int)) {
        int descriptor;
        memcpy(&descriptor, (const char *)header + at, sizeof descriptor);
        close(descriptor);
    }
}

/* Credentials count if they are whole. Their length tells, not MSG_CTRUNC: that
 * is also set where there was no number for a descriptor beside them. */
static void take_control(struct msghdr *message, struct ucred *sender)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET)
            continue;
        if (header->cmsg_type == SCM_RIGHTS)
            close_descriptors(header);
        if (header->cmsg_type == SCM_CREDENTIALS &&
            header->cmsg_len == CMSG_LEN(sizeof *sender))
            memcpy(sender, CMSG_DATA(header), sizeof *sender);
    }
}

/* Takes one record: 1 when there is one, 0 when there is none yet, -1 when
 * there will be none any more. Its length is the true one (MSG_TRUNC, recv(2)).
 * Credentials come with each record, also with an empty one: so what comes with
 * nothing is the end of file. */
static int receive(int connection, struct request *r)
{
    _Alignas(struct cmsghdr) char control[CONTROL_ROOM];
    struct iovec room = { .iov_base = r->text, .iov_len = sizeof r->text };
    struct msghdr message = {
        .msg_iov = &room,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t got = recvmsg(connection, &message, MSG_TRUNC | MSG_CMSG_CLOEXEC);
    if (got == -1)
        return is_passing(errno) ? 0 : -1;
    if (got == 0 && message.msg_controllen == 0)
        return -1;
    r->length = (size_t)got;
    take_control(&message, &r->sender);
    return 1;
}

/* Watches a peer, or the listener where `p` is NULL. */
static int watch(const struct server *s, int operation, uint32_t events,
                 struct peer *p)
{
    struct epoll_event wanted = { .events = events, .data.ptr = p };
    int descriptor = p == NULL ? s->listening.descriptor : p->descriptor;
    return epoll_ctl(s->epoll, operation, descriptor, &wanted);
}

/* One step: one record in, one answer out; or the answer that waits for room.
 * -1 when the peer has ended or gone. */
static int serve_peer(const struct server *s, struct peer *p)
{
    if (p->answer == NULL) {
        struct request r = { .sender = nobody };
        int got = receive(p->descriptor, &r);
        if (got != 1)
            return got;
        p->answer = make_answer(s, p, &r);
    }
    if (send(p->descriptor, p->answer, strlen(p->answer), MSG_NOSIGNAL) == -1)
        return is_passing(errno) ? watch(s, EPOLL_CTL_MOD, EPOLLOUT, p) : -1;
    p->answer = NULL;
    return watch(s, EPOLL_CTL_MOD, EPOLLIN, p);
}

/* A descriptor of the process that connected, which the kernel has kept in mind
 * since. Before Linux 6.5 it is to be had by number only, so at once: somebody
 * else may get that number. */
static int open_process(int connection, pid_t pid)
{
    int process;
    socklen_t size = sizeof process;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERPIDFD, &process, &size) == 0)
        return process;
    return errno == ENOPROTOOPT ? pidfd_open(pid, 0) : -1;
}

static struct peer *find_seat(struct server *s)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (!s->seats[i].seated)
            return &s->seats[i];
    errno = EMFILE;
    return NULL;
}

/* close(2) also ends the watch, as nobody else has the descriptor (epoll(7)).
 * There is room now: a newcomer need not wait for the retry. */
static void dismiss(struct server *s, struct peer *p)
{
    close(p->descriptor);
    if (p->process != -1)
        close(p->process);
    p->seated = false;
    if (s->retry != DEADLINE_NONE)
        s->retry = deadline_in(0);
}

/* Gives the newcomer a seat, or leaves it as it is. That its process has gone
 * is no failure; but a shortage says nothing about the process. */
static int admit(struct server *s)
{
    struct peer *p = find_seat(s);
    socklen_t size = sizeof p->connector;
    if (p == NULL)
        return -1;
    *p = (struct peer){ .descriptor = s->newcomer };
    if (getsockopt(p->descriptor, SOL_SOCKET, SO_PEERCRED, &p->connector,
                   &size) == -1)
        return -1;
    p->process = open_process(p->descriptor, p->connector.pid);
    if (p->process == -1 && is_shortage(errno))
        return -1;
    p->seated = true;
    s->newcomer = -1;
    /* The user's watches are used up: long after the descriptors. */
    if (watch(s, EPOLL_CTL_ADD, EPOLLIN, p) == -1)
        dismiss(s, p);
    return 0;
}

/* A connection takes two descriptors, its own and its process's, and there may
 * be only one. Then it waits as a newcomer, as it would in the backlog, and the
 * listener is watched for nothing, or we would spin. */
static int accept_one(struct server *s)
{
    s->retry = DEADLINE_NONE;
    uint32_t events = EPOLLIN;
    if (s->newcomer == -1)
        s->newcomer = accept4(s->listening.descriptor, NULL, NULL,
                              SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (s->newcomer == -1 || admit(s) == -1) {
        if (is_shortage(errno)) {
            s->retry = deadline_in(RETRY_MS);
            events = 0;
        } else if (!is_passing(errno))
            return -1;
    }
    return watch(s, EPOLL_CTL_MOD, events, NULL);
}

/* One step for everybody who has something to do. An event may also be an
 * error; then the step finds out which. */
static int step_all(struct server *s)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(s->epoll, events, EVENTS_MAX, 0);
    if (count == -1)
        return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) {
        struct peer *p = events[i].data.ptr;
        if (p == NULL && accept_one(s) == -1)
            return -1;
        if (p != NULL && serve_peer(s, p) == -1)
            dismiss(s, p);
    }
    return 0;
}

/* Returns 0 when it is told to end. The wait is for the epoll descriptor, which
 * is readable while there is an event: stop_wait() sees the signals too. */
static int serve(struct server *s)
{
    for (;;) {
        int ready = stop_wait(s->stop, s->epoll, POLLIN, s->retry);
        if (ready == -1)
            return -1;
        bool due = deadline_left(s->retry) == 0;
        if (ready == 0 && !due)
            return 0;
        if ((due && accept_one(s) == -1) || step_all(s) == -1)
            return -1;
    }
}

static int fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

/*
 * The mode of the socket file is 0777 without what the umask takes away: so it
 * is right from the first moment, and chmod(2) would come after that moment.
 * Connections take SO_PASSCRED over from the listener; set any later, it would
 * miss the records that had come by then.
 */
static int run(struct server *s, const char *path)
{
    s->stop = stop_open();
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->stop == -1 || s->epoll == -1)
        return fail("preparations");
    umask(0111);
    if (listening_bind(&s->listening, path, SOCK_SEQPACKET) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);
    int listener = s->listening.descriptor;
    const int on = 1;
    int status = 0;
    if (setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == -1 ||
        listen(listener, BACKLOG) == -1 ||
        watch(s, EPOLL_CTL_ADD, EPOLLIN, NULL) == -1 || serve(s) == -1)
        status = fail(path);
    listening_remove(&s->listening);
    return status;
}

static int usage(void)
{
    fputs("usage: server PATH SECRET [UID...]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind < 2)
        return usage();
    for (int i = optind + 2; i < argc; i++)
        if (options_number(argv[i], 0, user_most) == -1)
            return usage();
    /* Zeroed, and too large for some stacks. */
    static struct server s = { .newcomer = -1, .retry = DEADLINE_NONE };
    s.secret = argv[optind + 1];
    s.users = &argv[optind + 2];
    if (s.secret[0] == '\0' || strlen(s.secret) > SECRET_MAX)
        return usage();
    return run(&s, argv[optind]);
}
