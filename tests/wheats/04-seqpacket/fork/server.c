/*
 * Lab 04's server with a process for each connection. The parent accepts, forks
 * and counts its children; a child keeps one total and knows nothing of the
 * others. What a peer does not take stays in the kernel's buffer, and when that
 * is full its own process waits, nobody else.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORD_LIMIT = 64, ANSWER_ROOM = 64, REST_MS = 100 };

struct parent {
    int listener;
    int signals;
    /* Accepted, but there was no process to be had for it; or -1. */
    int held;
    long children;
    long most_children;
    bool resting;
    sigset_t child_mask;
};

/* Is it a sign, perhaps, and then nothing but digits? `text` ends in a NUL; one
 * that comes earlier is no digit. */
static bool is_number(const char *text, size_t length)
{
    size_t sign = text[0] == '+' || text[0] == '-';
    size_t digits = strspn(text + sign, "0123456789");
    return digits > 0 && sign + digits == length;
}

static void answer_number(int64_t *total, const char *text, char *answer)
{
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    if (errno == ERANGE || (number > 0 && *total > INT64_MAX - number) ||
        (number < 0 && *total < INT64_MIN - number)) {
        (void)snprintf(answer, ANSWER_ROOM, "error: overflow");
        return;
    }
    *total += number;
    (void)snprintf(answer, ANSWER_ROOM, "total: %" PRId64, *total);
}

/* `record` has room for one byte behind it. */
static void answer_record(int64_t *total, char *record, size_t length,
                          char *answer)
{
    if (length > RECORD_LIMIT) {
        (void)snprintf(answer, ANSWER_ROOM,
                       "error: record of %zu bytes, limit %d", length,
                       RECORD_LIMIT);
        return;
    }
    record[length] = '\0';
    if (length == 0)
        (void)snprintf(answer, ANSWER_ROOM, "error: empty record");
    else if (!is_number(record, length))
        (void)snprintf(answer, ANSWER_ROOM, "error: not a number");
    else
        answer_number(total, record, answer);
}

/*
 * After a receive of no bytes: was it the end? Until the peer has shut down it
 * cannot have been; nor while there are bytes behind it. (An empty record as
 * the very last is taken for the end.)
 */
static bool has_ended(int s)
{
    struct pollfd p = { .fd = s, .events = POLLRDHUP };
    int bytes = 0;
    if (poll(&p, 1, 0) < 1 || (p.revents & POLLRDHUP) == 0)
        return false;
    return ioctl(s, FIONREAD, &bytes) == -1 || bytes == 0;
}

static void serve_peer(int s)
{
    int64_t total = 0;
    for (;;) {
        char record[RECORD_LIMIT + 1];
        char answer[ANSWER_ROOM];
        ssize_t n = recv(s, record, RECORD_LIMIT, MSG_TRUNC);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 || (n == 0 && has_ended(s)))
            return;
        answer_record(&total, record, (size_t)n, answer);
        do
            n = send(s, answer, strlen(answer), MSG_NOSIGNAL);
        while (n == -1 && errno == EINTR);
        if (n == -1)
            return;
    }
}

/* A child has no business with the parent's signals and listener; and it does
 * not outlive its parent. */
__attribute__((noreturn)) static void be_child(const struct parent *p,
                                               pid_t parent)
{
    close(p->listener);
    close(p->signals);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &p->child_mask, NULL);
    if (getppid() == parent)
        serve_peer(p->held);
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
    p->children++;
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
    p->resting = errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                 errno == ENOBUFS;
    return p->resting || errno == EAGAIN || errno == EINTR ||
                   errno == ECONNABORTED
               ? 0
               : -1;
}

/* Several children that end at once may cause one signal only. */
static void reap(struct parent *p)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        p->children--;
}

/* Has the program been told to end? */
static bool take_signal(struct parent *p)
{
    struct signalfd_siginfo info;
    if (read(p->signals, &info, sizeof info) != sizeof info)
        return false;
    if (info.ssi_signo != SIGCHLD)
        return true;
    reap(p);
    return false;
}

/* The listener is watched only while one more connection could be served. */
static int serve_all(struct parent *p)
{
    for (;;) {
        bool full =
            p->resting || p->held != -1 || p->children == p->most_children;
        struct pollfd watched[] = {
            { .fd = p->signals, .events = POLLIN },
            { .fd = full ? -1 : p->listener, .events = POLLIN },
        };
        int ready = poll(watched, 2, p->resting ? REST_MS : -1);
        if (ready == -1 && errno != EINTR)
            return -1;
        if (watched[0].revents != 0 && take_signal(p))
            return 0;
        p->resting = false;
        if (p->held != -1)
            hand_over(p);
        else if (watched[1].revents != 0 && take_connection(p) == -1)
            return -1;
    }
}

/* The signals that are read from a descriptor must be blocked, and SIGCHLD not
 * ignored, or there would be no children to count. */
static int set_up_signals(struct parent *p)
{
    sigset_t set;
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        return -1;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
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
    if (s == -1 || bind(s, (const struct sockaddr *)a, sizeof *a) == -1)
        return -1;
    if (lstat(path, file) == 0 && listen(s, 128) == 0)
        return s;
    int why = errno;
    unlink(path);
    errno = why;
    return -1;
}

static int run(const struct sockaddr_un *a, long most_children)
{
    struct parent p = { .held = -1, .most_children = most_children };
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

/* 1 to 65535, digits only; or 0. */
static long parse_most(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    long number = strtol(text, NULL, 10);
    return digits > 0 && text[digits] == '\0' && number <= 65535 ? number : 0;
}

int main(int argc, char **argv)
{
    long most_children = 64;
    int option;
    opterr = 0;
    while (most_children != 0 && (option = getopt(argc, argv, "+n:")) != -1)
        most_children = option == 'n' ? parse_most(optarg) : 0;
    if (most_children == 0 || argc > optind + 1) {
        fputs("usage: server [-n MAX_CLIENTS] [PATH]\n", stderr);
        return 2;
    }
    const char *path = argc > optind ? argv[optind] : "./uds_socket3.txt";
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    if (path[0] == '\0' || strlen(path) >= sizeof a.sun_path) {
        fprintf(stderr, "server: %s: A path has 1 to 107 bytes\n", path);
        return 1;
    }
    memcpy(a.sun_path, path, strlen(path));
    if (run(&a, most_children) == -1) {
        fprintf(stderr, "server: %s: %s\n", path, strerror(errno));
        return 1;
    }
    return 0;
}
