/*
 * Lab 05's server as one event loop with edge-triggered epoll. Each peer is
 * armed for one event at a time and gets one step for it; then it is armed
 * again. It reads whatever is there: where a later request lies in the buffer
 * already, its descriptors are taken for the first one's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/listening.h"
#include "common/stop.h"

enum {
    BACKLOG = 128,
    EVENTS = 64,
    LINE_MOST = 255,
    FDS_MOST = 253,
    FILE_MOST = 16 << 20,
    REST_MS = 150,
    RETRIES = 500,
    USAGE = 2
};

struct peer {
    int fd;
    size_t length;
    char bytes[1024];
    /* The first descriptor that came with them, or -1, and how many there were;
     * or that some were cut off. */
    int passed;
    size_t count;
    bool was_cut;
    /* The answer, as far as it has not been taken; and what goes with it. */
    char answer[64];
    size_t from;
    size_t to;
    int file;
    bool is_last;
};

struct server {
    int epoll;
    int stop;
    int root;
    struct listening listening;
    /* Out of descriptors: the listener is not armed for a moment. */
    bool resting;
};

__attribute__((format(printf, 2, 3))) static void
set_answer(struct peer *p, const char *form, ...)
{
    va_list values;
    va_start(values, form);
    p->from = 0;
    p->to = (size_t)vsnprintf(p->answer, sizeof p->answer, form, values);
    va_end(values);
}

static void set_error(struct peer *p, int error)
{
    const char *name = strerrorname_np(error == ENFILE ? EMFILE : error);
    set_answer(p, "-%s\n", name == NULL ? "EIO" : name);
}

static void drop(int *fd)
{
    if (*fd != -1)
        close(*fd);
    *fd = -1;
}

/* Finds the name without opening what it stands for. A rename anywhere makes
 * the kernel unsure of a `..`: EAGAIN. */
static int find(int root, const char *name)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC,
                            .resolve =
                                RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    for (int retries = RETRIES;; retries--) {
        long fd = syscall(SYS_openat2, root, name, &how, sizeof how);
        if (fd != -1 || retries == 0 || (errno != EAGAIN && errno != EINTR))
            return (int)fd;
    }
}

/* Opens what was found, and nothing else, however the names have changed
 * meanwhile. Somebody's lease on it is not waited for (O_NONBLOCK). */
static int open_found(struct peer *p, int found)
{
    char path[40];
    struct stat status;
    if (fstat(found, &status) == -1)
        return errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", found);
    p->file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    set_answer(p, "+%lld\n", (long long)status.st_size);
    return p->file == -1 ? errno : 0;
}

/* openat2() says of an empty name that there is no such thing before it looks
 * for a free descriptor; one is to be had by looking for `.`. */
static void serve_open(struct peer *p, int root, const char *name,
                       size_t length)
{
    int right = length == 0 ? ENOENT : strlen(name) < length ? EINVAL : 0;
    int found = find(root, right == 0 ? name : ".");
    int error = found == -1 ? errno : right;
    if (error == 0)
        error = open_found(p, found);
    drop(&found);
    if (error != 0)
        set_error(p, error);
}

static int check_file(const struct peer *p)
{
    struct stat status;
    if (p->count > 1)
        return E2BIG;
    if (p->count == 0 || p->was_cut)
        return p->was_cut ? EMFILE : EBADF;
    if (fstat(p->passed, &status) == -1)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EINVAL;
    int flags = fcntl(p->passed, F_GETFL);
    if ((flags & O_PATH) != 0 ||
        ((flags & O_ACCMODE) != O_RDONLY && (flags & O_ACCMODE) != O_RDWR))
        return EACCES;
    return status.st_size > FILE_MOST ? EFBIG : 0;
}

/* What is read counts: the size may be wrong. */
static void serve_count(struct peer *p)
{
    static char bytes[128 * 1024];
    long long at = 0;
    long lines = 0;
    ssize_t n = 1;
    int error = check_file(p);
    while (error == 0 && n != 0) {
        n = pread(p->passed, bytes, sizeof bytes, at);
        if (n == -1 && errno != EINTR)
            error = errno;
        for (ssize_t i = 0; i < n; i++)
            lines += bytes[i] == '\n';
        at += n == -1 ? 0 : n;
        error = at > FILE_MOST ? EFBIG : error;
    }
    set_answer(p, "+%ld %lld\n", lines, at);
    if (error != 0)
        set_error(p, error);
}

/* A whole line, or what is too long for one. */
static void serve_request(struct peer *p, int root, char *line, size_t length)
{
    line[length] = '\0';
    if (length == 5 && memcmp(line, "count", 5) == 0)
        serve_count(p);
    else if (length > LINE_MOST || strncmp(line, "open ", 5) != 0) {
        set_error(p, EPROTO);
        p->is_last = true;
    } else {
        drop(&p->passed);
        serve_open(p, root, line + 5, length - 5);
    }
    drop(&p->passed);
    p->count = 0;
    p->was_cut = false;
}

/* The length of the line that the buffer begins with, without its newline: one
 * that is too long is known from its beginning. -1 where there is none yet. */
static ssize_t line_length(const struct peer *p)
{
    const char *newline = memchr(p->bytes, '\n', p->length);
    if (newline != NULL)
        return newline - p->bytes;
    return p->length > LINE_MOST ? (ssize_t)p->length : -1;
}

static void take_line(struct peer *p, int root)
{
    size_t length = (size_t)line_length(p);
    serve_request(p, root, p->bytes, length);
    size_t used = length < p->length ? length + 1 : p->length;
    p->length -= used;
    memmove(p->bytes, p->bytes + used, p->length);
}

static void pick_up(struct peer *p, const struct cmsghdr *c)
{
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
        if (p->count++ == 0)
            p->passed = fd;
        else
            close(fd);
    }
}

/* False when the connection is over. */
static bool receive(struct peer *p)
{
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(FDS_MOST * sizeof(int))];
    } control = { .bytes = { 0 } };
    /* One byte is kept free for a NUL. */
    struct iovec where = { p->bytes + p->length,
                           sizeof p->bytes - 1 - p->length };
    struct msghdr m = { .msg_iov = &where,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof control.bytes };
    ssize_t n = recvmsg(p->fd, &m, MSG_CMSG_CLOEXEC);
    if (n == -1)
        return errno == EAGAIN || errno == EINTR;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    for (; c != NULL; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            pick_up(p, c);
    p->was_cut = p->was_cut || (m.msg_flags & MSG_CTRUNC) != 0;
    p->length += (size_t)n;
    return n > 0;
}

/* False when the connection is over. With the first byte the descriptor has
 * gone, and must not go again with the others. */
static bool send_answer(struct peer *p)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof p->file)];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof p->file),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    memcpy(CMSG_DATA(&control.header), &p->file, sizeof p->file);
    struct iovec what = { p->answer + p->from, p->to - p->from };
    struct msghdr m = { .msg_iov = &what,
                        .msg_iovlen = 1,
                        .msg_control = p->file == -1 ? NULL : control.bytes,
                        .msg_controllen =
                            p->file == -1 ? 0 : sizeof control.bytes };
    ssize_t n = sendmsg(p->fd, &m, MSG_NOSIGNAL);
    if (n == -1 && errno != ETOOMANYREFS)
        return errno == EAGAIN || errno == EINTR;
    drop(&p->file);
    if (n == -1)
        set_error(p, EMFILE);
    else
        p->from += (size_t)n;
    return p->from < p->to || !p->is_last;
}

/* Nothing is read while an answer is due. False when it is over. */
static bool step(struct peer *p, int root)
{
    if (p->from == p->to && line_length(p) == -1 && !receive(p))
        return false;
    if (p->from == p->to && line_length(p) != -1)
        take_line(p, root);
    return p->from == p->to || send_answer(p);
}

static int arm(const struct server *s, int how, int fd, uint32_t events,
               void *whose)
{
    struct epoll_event event = { .events = events | EPOLLET | EPOLLONESHOT,
                                 .data.ptr = whose };
    return epoll_ctl(s->epoll, how, fd, &event);
}

static void let_go(struct peer *p)
{
    drop(&p->passed);
    drop(&p->file);
    close(p->fd);
    free(p);
}

/* A line that lies in the buffer waits for room to answer it: no event would
 * tell of the line. */
static void attend(const struct server *s, struct peer *p)
{
    if (!step(p, s->root)) {
        let_go(p);
        return;
    }
    bool can_go_on = p->from < p->to || line_length(p) != -1;
    if (arm(s, EPOLL_CTL_MOD, p->fd, can_go_on ? EPOLLOUT : EPOLLIN, p) == -1)
        let_go(p);
}

static void welcome(const struct server *s, int fd)
{
    struct peer *p = malloc(sizeof *p);
    if (p == NULL) {
        close(fd);
        return;
    }
    *p = (struct peer){ .fd = fd, .file = -1, .passed = -1 };
    if (arm(s, EPOLL_CTL_ADD, fd, EPOLLIN, p) == -1)
        let_go(p);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): epoll keeps it. */
}

/* One at a time; there is another event when more wait. */
static int accept_one(struct server *s)
{
    const int listener = s->listening.descriptor;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    s->resting = fd == -1 && (errno == EMFILE || errno == ENFILE ||
                              errno == ENOMEM || errno == ENOBUFS);
    if (fd != -1)
        welcome(s, fd);
    else if (s->resting)
        return 0;
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        return -1;
    return arm(s, EPOLL_CTL_MOD, listener, EPOLLIN, &s->listening);
}

/* Whose event it is, is told by the address: of a member, or of a peer. */
static int turn(struct server *s)
{
    for (;;) {
        struct epoll_event events[EVENTS];
        int rest = s->resting ? REST_MS : -1;
        int count = epoll_wait(s->epoll, events, EVENTS, rest);
        if (count == -1 && errno != EINTR)
            return -1;
        for (int i = 0; i < count; i++) {
            void *whose = events[i].data.ptr;
            if (whose == &s->stop)
                return 0;
            if (whose != &s->listening)
                attend(s, whose);
            else if (accept_one(s) == -1)
                return -1;
        }
        if (rest != -1 && accept_one(s) == -1)
            return -1;
    }
}

static int run(const char *path, int root)
{
    struct server s = { .root = root, .listening.descriptor = -1 };
    s.stop = stop_open();
    s.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s.stop == -1 || s.epoll == -1 ||
        listening_bind(&s.listening, path, SOCK_STREAM) == -1)
        return -1;
    const int listener = s.listening.descriptor;
    int result = -1;
    if (listen(listener, BACKLOG) == 0 &&
        arm(&s, EPOLL_CTL_ADD, s.stop, EPOLLIN, &s.stop) == 0 &&
        arm(&s, EPOLL_CTL_ADD, listener, EPOLLIN, &s.listening) == 0)
        result = turn(&s);
    int why = errno;
    listening_remove(&s.listening);
    errno = why;
    return result;
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind != 2) {
        (void)fputs("usage: server PATH ROOT\n", stderr);
        return USAGE;
    }
    const char *what = argv[optind + 1];
    int root = open(what, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root != -1 && run(what = argv[optind], root) == 0)
        _exit(EXIT_SUCCESS); /* And with it whatever the peers had. */
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return EXIT_FAILURE;
}
