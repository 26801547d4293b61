/*
 * Lab 06's server with a process for each connection. The parent accepts and
 * forks, and knows of no peer more than its descriptor; who it is that has
 * connected, the child finds out as the first thing it does.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

enum {
    RECORD_LIMIT = 64,
    ANSWER_ROOM = 256,
    REST_MS = 100,
    MOST_DESCRIPTORS = 253 /* in one record (unix(7)) */
};

/* What is on the command line. The users have been looked at: digits all. */
struct rules {
    const char *secret;
    char **users;
    uid_t own;
};

struct caller {
    int s;
    /* A pidfd; or -1, where the process was gone before there was one. */
    int process;
    struct ucred who;
};

struct record {
    char text[RECORD_LIMIT];
    size_t length;
    /* Process 0 where the kernel has not told. */
    struct ucred sender;
};

struct parent {
    const struct rules *rules;
    int listener;
    int signals;
    /* Accepted, but there was no process to be had for it; or -1. */
    int held;
    bool resting;
    sigset_t child_mask;
};

static bool is_allowed(const struct rules *r, const struct ucred *u)
{
    if (u->pid == 0)
        return false;
    if (r->users[0] == NULL)
        return u->uid == r->own;
    for (char **user = r->users; *user != NULL; user++)
        if (strtoul(*user, NULL, 10) == u->uid)
            return true;
    return false;
}

/* From its exit on a process is ready to be waited for, and its pidfd readable,
 * whether somebody has waited for it by now or not. */
static bool is_running(int process)
{
    struct pollfd p = { .fd = process, .events = POLLIN };
    return process != -1 && poll(&p, 1, 0) == 0;
}

static void describe(const struct ucred *u, char *answer)
{
    (void)snprintf(answer, ANSWER_ROOM, "pid=%d uid=%u gid=%u", u->pid, u->uid,
                   u->gid);
}

static bool says(const struct record *r, const char *word)
{
    return r->length == strlen(word) && memcmp(r->text, word, r->length) == 0;
}

static void answer_record(const struct rules *rules, const struct caller *c,
                          const struct record *r, char *answer)
{
    const char *text = "error: unknown request";
    if (r->sender.pid == 0)
        text = "denied";
    else if (says(r, "whoami")) {
        describe(&c->who, answer);
        return;
    } else if (says(r, "sender")) {
        describe(&r->sender, answer);
        return;
    } else if (says(r, "secret"))
        text = is_allowed(rules, &c->who) && is_allowed(rules, &r->sender)
                   ? rules->secret
                   : "denied";
    else if (says(r, "alive"))
        text = is_running(c->process) ? "yes" : "no";
    (void)snprintf(answer, ANSWER_ROOM, "%s", text);
}

static void close_all(const struct cmsghdr *c)
{
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int descriptor;
        memcpy(&descriptor, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
        close(descriptor);
    }
}

/*
 * Receives one record: 1, or 0 at the end of the connection. There is room for
 * all that a record can carry; what the kernel has not passed on for want of
 * descriptor numbers it has closed itself. An end of file carries nothing.
 */
static int receive(int s, struct record *r)
{
    union {
        struct cmsghdr alignment;
        char room[CMSG_SPACE(sizeof(struct ucred)) +
                  CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
    } control;
    struct iovec v = { .iov_base = r->text, .iov_len = RECORD_LIMIT };
    struct msghdr m;
    ssize_t n;
    do {
        m = (struct msghdr){ .msg_iov = &v,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room };
        n = recvmsg(s, &m, MSG_TRUNC | MSG_CMSG_CLOEXEC);
    } while (n == -1 && errno == EINTR);
    if (n == -1 || (n == 0 && m.msg_controllen == 0))
        return 0;

    r->length = (size_t)n;
    r->sender = (struct ucred){ .pid = 0 };
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL;
         c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            close_all(c);
        else if (c->cmsg_level == SOL_SOCKET &&
                 c->cmsg_type == SCM_CREDENTIALS &&
                 c->cmsg_len == CMSG_LEN(sizeof r->sender))
            memcpy(&r->sender, CMSG_DATA(c), sizeof r->sender);
    return 1;
}

static bool is_short_of_something(void)
{
    return errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
           errno == ENOBUFS;
}

/* A kernel that has SO_PEERPIDFD means the very process that connected,
 * whoever has its number now. */
static int open_process(const struct caller *c)
{
    int process;
    socklen_t size = sizeof process;
    if (getsockopt(c->s, SOL_SOCKET, SO_PEERPIDFD, &process, &size) == 0)
        return process;
    return errno == ENOPROTOOPT ? pidfd_open(c->who.pid, 0) : -1;
}

/* Who is there? 0 when that is known; -1 when nobody is there any more. */
static int meet(struct caller *c)
{
    socklen_t size = sizeof c->who;
    if (getsockopt(c->s, SOL_SOCKET, SO_PEERCRED, &c->who, &size) == -1)
        return -1;
    while ((c->process = open_process(c)) == -1 && is_short_of_something()) {
        struct pollfd p = { .fd = c->s };
        if (poll(&p, 1, REST_MS) == 1)
            return -1;
    }
    return 0;
}

static void serve_peer(const struct rules *rules, int s)
{
    struct caller c = { .s = s };
    struct record r = { .length = 0 };
    if (meet(&c) == -1)
        return;
    while (receive(s, &r) == 1) {
        char answer[ANSWER_ROOM];
        ssize_t n;
        answer_record(rules, &c, &r, answer);
        do
            n = send(s, answer, strlen(answer), MSG_NOSIGNAL);
        while (n == -1 && errno == EINTR);
        if (n == -1)
            return;
    }
}

/* Without the parent's descriptors there are numbers free, the pidfd's at
 * least; and a child does not outlive its parent. */
__attribute__((noreturn)) static void be_child(const struct parent *p,
                                               pid_t parent)
{
    close(p->listener);
    close(p->signals);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &p->child_mask, NULL);
    if (getppid() == parent)
        serve_peer(p->rules, p->held);
    _exit(0);
}

static void hand_over(struct parent *p)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0)
        be_child(p, parent);
    p->resting = child == -1;
    if (p->resting)
        return;
    close(p->held);
    p->held = -1;
}

static int take_connection(struct parent *p)
{
    p->held = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    if (p->held != -1) {
        hand_over(p);
        return 0;
    }
    p->resting = is_short_of_something();
    return p->resting || errno == EAGAIN || errno == EINTR ||
                   errno == ECONNABORTED
               ? 0
               : -1;
}

static int serve_all(struct parent *p)
{
    for (;;) {
        bool busy = p->resting || p->held != -1;
        struct pollfd watched[] = {
            { .fd = p->signals, .events = POLLIN },
            { .fd = busy ? -1 : p->listener, .events = POLLIN },
        };
        int ready = poll(watched, 2, p->resting ? REST_MS : -1);
        if (ready == -1 && errno != EINTR)
            return -1;
        if (watched[0].revents != 0)
            return 0;
        p->resting = false;
        if (p->held != -1)
            hand_over(p);
        else if (watched[1].revents != 0 && take_connection(p) == -1)
            return -1;
    }
}

/* Where SIGCHLD is ignored, no child has to be waited for. */
static int set_up_signals(struct parent *p)
{
    sigset_t set;
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
        return -1;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, &p->child_mask);
    sigdelset(&p->child_mask, SIGTERM);
    sigdelset(&p->child_mask, SIGINT);
    p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return p->signals == -1 ? -1 : 0;
}

static int make_socket(void)
{
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* 0 when nobody uses the socket file, -1 with errno when somebody does. */
static int check_unused(const struct sockaddr_un *a)
{
    int s = make_socket();
    if (s == -1)
        return -1;
    int why = 0;
    if (connect(s, (const struct sockaddr *)a, sizeof *a) == -1)
        why = errno;
    close(s);
    if (why == ECONNREFUSED)
        return 0;
    errno = why == 0 || why == EAGAIN || why == EPROTOTYPE ? EADDRINUSE : why;
    return -1;
}

/* bind(2) gives the file the mode that the socket has, less the umask. */
static int bind_for_all(int s, const struct sockaddr_un *a)
{
    const int yes = 1;
    umask(0);
    if (fchmod(s, 0666) == -1 ||
        setsockopt(s, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == -1)
        return -1;
    return bind(s, (const struct sockaddr *)a, sizeof *a);
}

static int listen_there(const struct sockaddr_un *a, struct stat *file)
{
    const char *path = a->sun_path;
    if (lstat(path, file) == 0) {
        errno = ENOTSOCK;
        if (!S_ISSOCK(file->st_mode) || check_unused(a) == -1 ||
            unlink(path) == -1)
            return -1;
    } else if (errno != ENOENT)
        return -1;

    int s = make_socket();
    if (s == -1 || bind_for_all(s, a) == -1)
        return -1;
    if (lstat(path, file) == 0 && listen(s, 128) == 0)
        return s;
    int why = errno;
    unlink(path);
    errno = why;
    return -1;
}

static int run(const struct sockaddr_un *a, const struct rules *rules)
{
    struct parent p = { .rules = rules, .held = -1 };
    struct stat mine;
    struct stat there;
    if (set_up_signals(&p) == -1)
        return -1;
    p.listener = listen_there(a, &mine);
    if (p.listener == -1)
        return -1;
    int result = serve_all(&p);
    int why = errno;
    if (lstat(a->sun_path, &there) == 0 && there.st_ino == mine.st_ino &&
        there.st_dev == mine.st_dev)
        unlink(a->sun_path);
    errno = why;
    return result;
}

static bool are_users(char **texts)
{
    for (; *texts != NULL; texts++) {
        size_t digits = strspn(*texts, "0123456789");
        if (digits == 0 || (*texts)[digits] != '\0' ||
            strtoul(*texts, NULL, 10) > 4294967294)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind < 2 ||
        argv[optind + 1][0] == '\0' || strlen(argv[optind + 1]) > 255 ||
        !are_users(argv + optind + 2)) {
        fputs("usage: server PATH SECRET [UID...]\n", stderr);
        return 2;
    }
    const char *path = argv[optind];
    const struct rules rules = {
        .secret = argv[optind + 1],
        .users = argv + optind + 2,
        .own = geteuid(),
    };
    errno = path[0] == '\0' ? EINVAL : ENAMETOOLONG;
    if (path[0] != '\0' && strlen(path) < sizeof a.sun_path) {
        memcpy(a.sun_path, path, strlen(path));
        if (run(&a, &rules) == 0)
            return 0;
    }
    fprintf(stderr, "server: %s: %s\n", path, strerror(errno));
    return 1;
}
