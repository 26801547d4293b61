/*
 * Lab 05's client as an event loop: the socket, and a timer (timerfd) that runs
 * from the beginning to the answer. What was sent in vain is no matter while
 * there is an answer to be read. A file goes out by sendfile(), which copies
 * from a position of its own, where standard output takes that.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/connecting.h"
#include "common/deadline.h"
#include "common/options.h"

enum { LINE_MOST = 255, FDS_MOST = 253, CHUNK = 1 << 20, USAGE = 2 };

struct client {
    int fd;
    int timer;
    int epoll;
    long limit_ms;
    const char *path;
    const char *verb;
    const char *operand;
    /* What is passed along, or -1. */
    int file;
    /* Why the request could not be sent: an errno. */
    int unsent;
    char line[512];
    size_t length;
    /* The first descriptor that came, or -1, and how many there were. */
    int passed;
    size_t count;
    bool was_cut;
};

static int explain(const char *what, const char *why)
{
    fprintf(stderr, "client: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

static int give_up(const struct client *c)
{
    fprintf(stderr, "client: no reply within %ld ms\n", c->limit_ms);
    return EXIT_FAILURE;
}

static int protest(void)
{
    (void)fputs("client: protocol error\n", stderr);
    return EXIT_FAILURE;
}

static void pick_up(struct client *c, const struct cmsghdr *header)
{
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
        if (c->count++ == 0)
            c->passed = fd;
        else
            close(fd);
    }
}

static ssize_t receive(struct client *c)
{
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(FDS_MOST * sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec where = { c->line + c->length,
                           sizeof c->line - 1 - c->length };
    struct msghdr m = { .msg_iov = &where,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof control.bytes };
    ssize_t n = recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC);
    if (n == -1)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&m);
    for (; header != NULL; header = CMSG_NXTHDR(&m, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            pick_up(c, header);
    c->was_cut = c->was_cut || (m.msg_flags & MSG_CTRUNC) != 0;
    c->length += (size_t)n;
    return n;
}

/* What stands behind the newline is not the answer's. */
static bool cut_line(struct client *c)
{
    char *newline = memchr(c->line, '\n', c->length);
    if (newline == NULL)
        return c->length > LINE_MOST;
    *newline = '\0';
    c->length = (size_t)(newline - c->line);
    return true;
}

/* 1 when there is an answer, 0 when the time is up, -1 when there will be none:
 * then errno, or 0 at an end of file. */
static int await_answer(struct client *c)
{
    for (;;) {
        struct epoll_event event;
        int ready = epoll_wait(c->epoll, &event, 1, -1);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            return -1;
        if (event.data.fd == c->timer)
            return 0;
        ssize_t n = receive(c);
        if (n > 0 && cut_line(c))
            return 1;
        if (n == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n == 0)
            errno = c->unsent;
        if (n < 1)
            return -1;
    }
}

/* Standard output may be non-blocking, by somebody else's doing. */
static int await_output(void)
{
    struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };
    if (errno == EINTR)
        return 0;
    if (errno != EAGAIN)
        return -1;
    return poll(&output, 1, -1) == -1 && errno != EINTR ? -1 : 0;
}

static int put(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, size);
        if (n == -1 && await_output() == -1)
            return -1;
        bytes += n == -1 ? 0 : n;
        size -= n == -1 ? 0 : (size_t)n;
    }
    return 0;
}

static int put_by_hand(int fd, off_t at)
{
    static char bytes[64 * 1024];
    for (;;) {
        ssize_t n = pread(fd, bytes, sizeof bytes, at);
        if (n == -1 && errno != EINTR)
            return -1;
        if (n == 0)
            return 0;
        if (n > 0 && put(bytes, (size_t)n) == -1)
            return -1;
        at += n == -1 ? 0 : n;
    }
}

/* A file that is open for appending takes nothing from sendfile(), and not
 * every file can be given to it. */
static int put_file(int fd)
{
    off_t at = 0;
    for (;;) {
        ssize_t n = sendfile(STDOUT_FILENO, fd, &at, CHUNK);
        if (n == 0)
            return put_by_hand(fd, at);
        if (n == -1 && (errno == EINVAL || errno == ENOSYS))
            return put_by_hand(fd, at);
        if (n == -1 && await_output() == -1)
            return -1;
    }
}

static bool is_readable_file(int fd)
{
    struct stat status;
    if (fstat(fd, &status) == -1 || !S_ISREG(status.st_mode))
        return false;
    int flags = fcntl(fd, F_GETFL);
    return flags != -1 && (flags & O_PATH) == 0 &&
           ((flags & O_ACCMODE) == O_RDONLY || (flags & O_ACCMODE) == O_RDWR);
}

/* Digits, and then this character; what stands behind it, or NULL. */
static const char *skip_number(const char *text, char end)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && text[digits] == end ? text + digits + 1 : NULL;
}

static int tell_refusal(const struct client *c)
{
    const char *name = c->line + 1;
    const char *words = name;
    if (c->count > 0 || *name == '\0' || strpbrk(name, " \t\r") != NULL)
        return protest();
    for (int error = 1; error < 134; error++) {
        const char *known = strerrorname_np(error);
        if (known != NULL && strcmp(known, name) == 0)
            words = strerror(error);
    }
    fprintf(stderr, "client: %s %s: %s\n", c->verb, c->operand, words);
    return EXIT_FAILURE;
}

static int take_file(const struct client *c)
{
    if (c->count != 1 || skip_number(c->line + 1, '\0') == NULL ||
        !is_readable_file(c->passed))
        return protest();
    return put_file(c->passed) == -1 ? explain(c->operand, strerror(errno))
                                     : EXIT_SUCCESS;
}

static int take_numbers(struct client *c)
{
    const char *second = skip_number(c->line + 1, ' ');
    if (c->count > 0 || second == NULL || skip_number(second, '\0') == NULL)
        return protest();
    c->line[c->length] = '\n';
    return put(c->line + 1, c->length) == -1
               ? explain("stdout", strerror(errno))
               : EXIT_SUCCESS;
}

static int judge(struct client *c)
{
    if (c->was_cut || c->length > LINE_MOST || strlen(c->line) < c->length)
        return protest();
    if (c->line[0] == '-')
        return tell_refusal(c);
    if (c->line[0] != '+')
        return protest();
    return c->file == -1 ? take_file(c) : take_numbers(c);
}

static ssize_t send_request(const struct client *c)
{
    char line[LINE_MOST + 2] = "count\n";
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof c->file)];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof c->file),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    memcpy(CMSG_DATA(&control.header), &c->file, sizeof c->file);
    struct msghdr m = { .msg_iovlen = 1 };
    if (c->file == -1)
        (void)snprintf(line, sizeof line, "open %s\n", c->operand);
    else {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
    }
    struct iovec what = { line, strlen(line) };
    m.msg_iov = &what;
    return TEMP_FAILURE_RETRY(sendmsg(c->fd, &m, MSG_NOSIGNAL));
}

static int watch(const struct client *c, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int start_timer(struct client *c)
{
    const struct itimerspec limit = {
        .it_value = { .tv_sec = c->limit_ms / 1000,
                      .tv_nsec = c->limit_ms % 1000 * 1000000 },
    };
    c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    return c->timer == -1 ? -1 : timerfd_settime(c->timer, 0, &limit, NULL);
}

/* The request is far smaller than the socket's buffer. */
static int converse(struct client *c)
{
    int64_t end = deadline_in((int)c->limit_ms);
    if (connecting_until(c->fd, c->path, end) == -1)
        return errno == ETIMEDOUT ? give_up(c)
                                  : explain(c->path, strerror(errno));
    if (send_request(c) == -1) {
        c->unsent = errno;
        if (errno != EPIPE && errno != ECONNRESET)
            return explain("send", strerror(errno));
    }
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1 || watch(c, c->timer) == -1 ||
        watch(c, c->fd) == -1)
        return explain("epoll", strerror(errno));
    int got = await_answer(c);
    if (got == 0)
        return give_up(c);
    if (got == -1)
        return explain("answer", errno == 0 ? "End of file" : strerror(errno));
    return judge(c);
}

static int run(struct client *c)
{
    bool is_open = strcmp(c->verb, "open") == 0;
    if (is_open && (strlen(c->operand) > LINE_MOST - strlen("open ") ||
                    strchr(c->operand, '\n') != NULL))
        return explain("NAME", strerror(EINVAL));
    if (!is_open) {
        const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        c->file = open(c->operand, flags);
        if (c->file == -1)
            return explain(c->operand, strerror(errno));
    }
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (c->fd == -1 || c->epoll == -1 || start_timer(c) == -1)
        return explain("start", strerror(errno));
    int status = converse(c);
    if (c->passed != -1)
        close(c->passed);
    return status;
}

int main(int argc, char **argv)
{
    struct client c = { .limit_ms = 2000, .file = -1, .passed = -1 };
    bool wrong = false;
    opterr = 0;
    for (int o; (o = getopt(argc, argv, "+t:")) != -1;) {
        c.limit_ms = o == 't' ? options_number(optarg, 1, 86400000) : -1;
        wrong = wrong || c.limit_ms == -1;
    }
    if (!wrong && argc - optind == 3) {
        c.path = argv[optind];
        c.verb = argv[optind + 1];
        c.operand = argv[optind + 2];
        if (strcmp(c.verb, "open") == 0 || strcmp(c.verb, "count") == 0)
            return run(&c);
    }
    (void)fputs("usage: client [-t TIMEOUT_MS] PATH open NAME | count FILE\n",
                stderr);
    return USAGE;
}
