/*
 * Lab 05's server with a process for each connection, in which every call
 * blocks. A child looks at what has come (MSG_PEEK) before it takes it, and
 * takes no byte behind the newline: nothing is left over between requests, and
 * a descriptor that comes later is not touched by an earlier one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/stop.h"

enum {
    LINE_LIMIT = 255,
    FILE_LIMIT = 16 * 1024 * 1024,
    PIECE = 64 * 1024,
    MOST_PASSED = 253,
    TRIES = 1000,
    REST_MS = 100
};

struct request {
    char line[LINE_LIMIT + 1];
    size_t length;
    /* The first descriptor that came, or -1, and how many there were: at least
     * two where the kernel had to leave some out. */
    int passed;
    size_t count;
};

/* Keeps the first descriptor of a request and closes all others at once. */
static void keep_first(struct request *r, const struct cmsghdr *c)
{
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
        if (r->count++ == 0)
            r->passed = fd;
        else
            close(fd);
    }
}

/* Takes `size` bytes, or fewer, and every descriptor that comes with them. */
static ssize_t take(int s, struct request *r, size_t size)
{
    union {
        struct cmsghdr alignment;
        char room[CMSG_SPACE(MOST_PASSED * sizeof(int))];
    } control = { .room = { 0 } };
    struct iovec v = { .iov_base = r->line + r->length, .iov_len = size };
    struct msghdr m = { .msg_iov = &v,
                        .msg_iovlen = 1,
                        .msg_control = control.room,
                        .msg_controllen = sizeof control.room };
    ssize_t n;
    do
        n = recvmsg(s, &m, MSG_CMSG_CLOEXEC);
    while (n == -1 && errno == EINTR);
    if (n == -1)
        return -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    for (; c != NULL; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            keep_first(r, c);
    if ((m.msg_flags & MSG_CTRUNC) != 0)
        r->count += 2;
    return n;
}

/*
 * True when there is a request: a line, its newline taken off, or what is too
 * long to be one. Looking without room for control data takes no descriptor.
 */
static bool receive_request(int s, struct request *r)
{
    while (r->length < sizeof r->line) {
        char *to = r->line + r->length;
        ssize_t n = recv(s, to, sizeof r->line - r->length, MSG_PEEK);
        if (n == -1 && errno == EINTR)
            continue;
        if (n < 1)
            return false;
        const char *newline = memchr(to, '\n', (size_t)n);
        size_t wanted =
            newline == NULL ? (size_t)n : (size_t)(newline - to) + 1;
        n = take(s, r, wanted);
        if (n < 1)
            return false;
        r->length += (size_t)n;
        if (newline != NULL && (size_t)n == wanted) {
            r->line[--r->length] = '\0';
            return true;
        }
    }
    return true;
}

/* Sends a whole line; the descriptor, unless it is -1, with its first byte. */
static int send_line(int s, char *line, int fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof fd)];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof fd),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    struct iovec v = { .iov_base = line, .iov_len = strlen(line) };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    if (fd != -1) {
        m.msg_control = control.room;
        m.msg_controllen = sizeof control.room;
    }
    while (v.iov_len > 0) {
        ssize_t n = sendmsg(s, &m, MSG_NOSIGNAL);
        if (n == -1 && errno != EINTR)
            return errno;
        if (n > 0) {
            m.msg_control = NULL;
            m.msg_controllen = 0;
            v.iov_base = line += n;
            v.iov_len -= (size_t)n;
        }
    }
    return 0;
}

static int send_error(int s, int number)
{
    char line[32];
    /* The system's table of open files may be full as well as one's own. */
    const char *name = strerrorname_np(number == ENFILE ? EMFILE : number);
    (void)snprintf(line, sizeof line, "-%s\n", name == NULL ? "EIO" : name);
    return send_line(s, line, -1);
}

/* EAGAIN says that something was renamed meanwhile, anywhere: then the kernel
 * will not vouch for a `..`. */
static int open_below(int root, const char *name, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH,
    };
    for (int try = 1;; try++) {
        long fd = syscall(SYS_openat2, root, name, &how, sizeof how);
        if (fd != -1 || try == TRIES || (errno != EAGAIN && errno != EINTR))
            return (int)fd;
    }
}

/* 0 for a regular file, else the error that such a thing is answered with. */
static int check_kind(int fd, struct stat *found)
{
    if (fstat(fd, found) == -1)
        return errno;
    if (S_ISDIR(found->st_mode))
        return EISDIR;
    return S_ISREG(found->st_mode) ? 0 : EINVAL;
}

/* What open() says of a socket or of a device is of no use to the peer: the
 * kind is. What says why it cannot be looked at either, stays. */
static int explain_failure(int root, const char *name, int number)
{
    struct stat found;
    if (number == ENOENT || number == EACCES || number == ENOTDIR ||
        number == ELOOP || number == EXDEV || number == EMFILE)
        return number;
    int fd = open_below(root, name, O_PATH);
    if (fd == -1)
        return number;
    int kind = check_kind(fd, &found);
    close(fd);
    return kind == 0 ? number : kind;
}

/*
 * Opens at once and asks afterwards what it is: so the error for something that
 * may not be read is EACCES, whatever its kind. O_NONBLOCK never waits for a
 * FIFO's other end. Returns 0 or an error.
 */
static int open_file(int root, const char *name, int *fd, struct stat *found)
{
    *fd = open_below(root, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (*fd == -1)
        return explain_failure(root, name, errno);
    int number = check_kind(*fd, found);
    if (number != 0)
        close(*fd);
    return number;
}

/* Whatever the name is, even none, it wants a descriptor first. */
static int answer_open(int s, int root, const struct request *r)
{
    const char *name = r->line + strlen("open ");
    struct stat found = { 0 };
    char line[32];
    int fd = fcntl(root, F_DUPFD_CLOEXEC, 0);
    if (fd == -1)
        return send_error(s, EMFILE);
    close(fd);
    if (strlen(r->line) != r->length)
        return send_error(s, EINVAL);
    int number = open_file(root, name, &fd, &found);
    if (number != 0)
        return send_error(s, number);
    (void)snprintf(line, sizeof line, "+%lld\n", (long long)found.st_size);
    number = send_line(s, line, fd);
    close(fd);
    return number == ETOOMANYREFS ? send_error(s, EMFILE) : number;
}

/* Files may grow while they are read, and what they say of their size need not
 * be true: what is read decides. The buffer is aligned for O_DIRECT. */
static int count_bytes(int fd, char *line, size_t room)
{
    static _Alignas(4096) char piece[PIECE];
    off_t bytes = 0;
    long lines = 0;
    for (;;) {
        ssize_t n = pread(fd, piece, sizeof piece, bytes);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return errno;
        if (n == 0)
            break;
        bytes += n;
        if (bytes > FILE_LIMIT)
            return EFBIG;
        for (ssize_t i = 0; i < n; i++)
            lines += piece[i] == '\n';
    }
    (void)snprintf(line, room, "+%ld %lld\n", lines, (long long)bytes);
    return 0;
}

static int count_file(const struct request *r, char *line, size_t room)
{
    struct stat found;
    if (r->count != 1)
        return r->count == 0 ? EBADF : E2BIG;
    if (fstat(r->passed, &found) == -1)
        return errno;
    if (!S_ISREG(found.st_mode))
        return EINVAL;
    int flags = fcntl(r->passed, F_GETFL);
    int mode = flags & O_ACCMODE;
    if (flags == -1 || (flags & O_PATH) != 0 ||
        (mode != O_RDONLY && mode != O_RDWR))
        return EACCES;
    if (found.st_size > FILE_LIMIT)
        return EFBIG;
    return count_bytes(r->passed, line, room);
}

static void drop_passed(struct request *r)
{
    if (r->passed != -1)
        close(r->passed);
    r->passed = -1;
}

static int answer_count(int s, struct request *r)
{
    char line[64];
    int number = count_file(r, line, sizeof line);
    drop_passed(r);
    return number == 0 ? send_line(s, line, -1) : send_error(s, number);
}

static bool begins(const struct request *r, const char *word, size_t length)
{
    return r->length <= LINE_LIMIT && r->length >= length &&
           memcmp(r->line, word, length) == 0;
}

/* False when the connection is over. */
static bool answer_request(int s, int root, struct request *r)
{
    if (r->length == 5 && begins(r, "count", 5))
        return answer_count(s, r) == 0;
    drop_passed(r);
    if (begins(r, "open ", 5))
        return answer_open(s, root, r) == 0;
    (void)send_error(s, EPROTO); /* The connection ends anyway. */
    return false;
}

static void serve_peer(int s, int root)
{
    for (;;) {
        struct request r = { .passed = -1 };
        if (!receive_request(s, &r) || !answer_request(s, root, &r))
            return;
    }
}

/* False when there is no process to be had. A child ends by the signals that
 * its parent reads from a descriptor, and does not outlive it. */
static bool hand_over(int s, int root, const struct listening *l, int stop)
{
    sigset_t none;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0)
        return child != -1;
    close(l->descriptor);
    close(stop);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() == parent)
        serve_peer(s, root);
    _exit(0);
}

static bool is_lasting(int number)
{
    return number != EAGAIN && number != EINTR && number != ECONNABORTED &&
           number != EMFILE && number != ENFILE && number != ENOMEM &&
           number != ENOBUFS;
}

/* What is short may be there in a moment. Until then a connection waits, in the
 * backlog, or accepted already where there was no process for it. */
static int serve_all(const struct listening *l, int stop, int root)
{
    int held = -1;
    for (;;) {
        if (held == -1) {
            int ready = stop_wait(stop, l->descriptor, POLLIN, DEADLINE_NONE);
            if (ready != 1)
                return ready;
            held = accept4(l->descriptor, NULL, NULL, SOCK_CLOEXEC);
            if (held == -1 && is_lasting(errno))
                return -1;
        }
        if (held != -1 && hand_over(held, root, l, stop)) {
            close(held);
            held = -1;
        } else if (stop_wait(-1, stop, POLLIN, deadline_in(REST_MS)) == 1)
            return 0;
    }
}

static int complain(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    struct listening l = { .descriptor = -1 };
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc != optind + 2) {
        fputs("usage: server PATH ROOT\n", stderr);
        return 2;
    }
    const char *path = argv[optind];
    int root = open(argv[optind + 1], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root == -1)
        return complain(argv[optind + 1]);
    /* Ignored, children leave nothing behind that would have to be reaped. */
    signal(SIGCHLD, SIG_IGN);
    int stop = stop_open();
    if (stop == -1 || listening_bind(&l, path, SOCK_STREAM) == -1)
        return complain(path);
    int result = listen(l.descriptor, 128);
    if (result == 0)
        result = serve_all(&l, stop, root);
    result = result == 0 ? 0 : complain(path);
    listening_remove(&l);
    return result;
}
