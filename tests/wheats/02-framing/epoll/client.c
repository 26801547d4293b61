/*
 * Lab 02's client with a socket that never blocks: all waiting for the server
 * is done in epoll_wait(), for the socket and a timer. It sends and receives at
 * the same time, so that it gets an answer also from a server that does not
 * wait for the end of the question.
 */
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEAD = 4, MOST = 65536, FRAME = HEAD + MOST, RETRY_MS = 10 };

struct frame {
    size_t at;
    size_t end;
    char bytes[FRAME];
};

struct client {
    int epoll;
    int timer;
    int fd;
    int limit_ms;
    bool late;
    /* Why nothing can be sent any more, and nothing received: 0, an errno, or
     * ENODATA for the end of the stream. */
    int deaf;
    int ended;
    struct frame out;
    struct frame in;
};

/* Standard input in portions. */
static struct {
    size_t at;
    size_t end;
    char bytes[8192];
} input;

static int explain(const char *what, const char *why)
{
    fprintf(stderr, "client: %s: %s\n", what, why);
    return 1;
}

static int set_timer(struct client *c)
{
    const struct itimerspec limit = {
        .it_value.tv_sec = c->limit_ms / 1000,
        .it_value.tv_nsec = c->limit_ms % 1000 * 1000000L,
    };
    c->late = false;
    return timerfd_settime(c->timer, 0, &limit, NULL);
}

/* A timer that has been set anew since it ran out has nothing to read. */
static int sleep_for(struct client *c, int ms)
{
    struct epoll_event events[2];
    uint64_t times;
    int count = epoll_wait(c->epoll, events, 2, ms);
    if (count == -1)
        return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++)
        if (events[i].data.fd == c->timer &&
            read(c->timer, &times, sizeof times) == sizeof times)
            c->late = true;
    return 0;
}

static int watch(const struct client *c, int how, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.fd = fd };
    return epoll_ctl(c->epoll, how, fd, &event);
}

static int wait_for(struct client *c, uint32_t events)
{
    if (watch(c, EPOLL_CTL_MOD, c->fd, events) == -1)
        return -1;
    return sleep_for(c, -1);
}

static void push(struct client *c)
{
    struct frame *f = &c->out;
    while (f->at < f->end && c->deaf == 0) {
        ssize_t n = send(c->fd, f->bytes + f->at, f->end - f->at, MSG_NOSIGNAL);
        if (n >= 0)
            f->at += (size_t)n;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            c->deaf = errno;
    }
}

static void pull(struct client *c)
{
    struct frame *f = &c->in;
    while (f->end < FRAME && c->ended == 0) {
        ssize_t n = recv(c->fd, f->bytes + f->end, FRAME - f->end, 0);
        if (n > 0)
            f->end += (size_t)n;
        else if (n == 0)
            c->ended = ENODATA;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            c->ended = errno;
    }
}

/* 1 when a whole answer is here, 0 when not yet, -1 when there will be none. */
static int look(const struct client *c, uint32_t *length)
{
    if (c->in.end >= HEAD) {
        memcpy(length, c->in.bytes, HEAD);
        *length = be32toh(*length);
        if (*length > MOST)
            return -1;
        if (c->in.end >= HEAD + (size_t)*length)
            return 1;
    }
    return c->ended == 0 ? 0 : -1;
}

/* What came behind the answer is kept for the next one. */
static void print_answer(struct client *c, uint32_t length)
{
    size_t size = HEAD + (size_t)length;
    (void)fwrite("reply: ", 7, 1, stdout);
    (void)fwrite(c->in.bytes + HEAD, 1, length, stdout);
    (void)fwrite("\n", 1, 1, stdout);
    (void)fflush(stdout);
    c->in.end -= size;
    memmove(c->in.bytes, c->in.bytes + size, c->in.end);
}

static int no_reply(const struct client *c)
{
    fprintf(stderr, "client: no reply within %d ms\n", c->limit_ms);
    return 1;
}

static int no_answer(const struct client *c)
{
    if (c->ended == 0)
        return explain("answer", "Longer than 65536 bytes");
    return explain("answer", c->ended == ENODATA ? "End of file in place of it"
                                                 : strerror(c->ended));
}

/* The exit status that this exchange leads to. The timer is set when sending
 * begins, and again when it has come to its end. */
static int exchange(struct client *c)
{
    bool sending = true;
    uint32_t length = 0;
    int result = set_timer(c);
    while (result == 0) {
        push(c);
        pull(c);
        bool unsent = c->out.at < c->out.end && c->deaf == 0;
        int answer = look(c, &length);
        if (answer == -1)
            return no_answer(c);
        if (answer == 1 && !unsent) {
            print_answer(c, length);
            return 0;
        }
        if (sending && !unsent) {
            sending = false;
            result = set_timer(c);
        }
        if (c->late)
            return no_reply(c);
        bool full = c->ended != 0 || c->in.end == FRAME;
        if (result == 0)
            result = wait_for(c, (full ? 0 : (uint32_t)EPOLLIN) |
                                     (unsent ? (uint32_t)EPOLLOUT : 0));
    }
    return explain("epoll", strerror(errno));
}

static void part(struct client *c)
{
    shutdown(c->fd, SHUT_WR);
    int result = set_timer(c);
    while (result == 0 && c->ended == 0 && !c->late) {
        c->in.end = 0;
        pull(c);
        if (c->ended == 0)
            result = wait_for(c, EPOLLIN);
    }
}

static int next_byte(void)
{
    if (input.at == input.end) {
        ssize_t n;
        do
            n = read(STDIN_FILENO, input.bytes, sizeof input.bytes);
        while (n == -1 && errno == EINTR);
        if (n <= 0)
            return n == 0 ? EOF : -2;
        input.at = 0;
        input.end = (size_t)n;
    }
    return (unsigned char)input.bytes[input.at++];
}

/* Puts a line into a frame, as far as it fits: 1 when there is one, 0 at the
 * end, -1 on failure. */
static int next_line(struct frame *f, size_t *length)
{
    if (isatty(STDIN_FILENO))
        (void)write(STDOUT_FILENO, "$ ", 2);
    *length = 0;
    int byte = next_byte();
    if (byte == EOF)
        return 0;
    for (; byte >= 0 && byte != '\n'; byte = next_byte())
        if ((*length)++ < MOST)
            f->bytes[HEAD + *length - 1] = (char)byte;
    uint32_t head = htobe32((uint32_t)*length);
    memcpy(f->bytes, &head, HEAD);
    f->at = 0;
    f->end = HEAD + *length;
    return byte == -2 ? -1 : 1;
}

static int converse(struct client *c)
{
    int status = 0;
    size_t length;
    int more;
    while ((more = next_line(&c->out, &length)) == 1) {
        if (length > MOST) {
            fprintf(stderr, "client: %zu bytes are too long a line\n", length);
            status = 1;
        } else if (exchange(c) != 0)
            return 1;
    }
    if (more == -1)
        return explain("stdin", strerror(errno));
    part(c);
    return status;
}

/* A full backlog sends no event when it has room, hence the short sleep. */
static int reach(struct client *c, const struct sockaddr_un *name)
{
    while (connect(c->fd, (const struct sockaddr *)name, sizeof *name) == -1) {
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return explain(name->sun_path, strerror(errno));
        if (c->late)
            return no_reply(c);
        if (sleep_for(c, RETRY_MS) == -1)
            return explain("epoll", strerror(errno));
    }
    return 0;
}

static int run(struct client *c, const char *path)
{
    size_t length = strlen(path);
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    if (length == 0 || length > sizeof name.sun_path - 1)
        return explain(length == 0 ? "PATH" : path,
                       strerror(length == 0 ? EINVAL : ENAMETOOLONG));
    memcpy(name.sun_path, path, length);
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->epoll == -1 || c->timer == -1 || c->fd == -1 || set_timer(c) == -1 ||
        watch(c, EPOLL_CTL_ADD, c->timer, EPOLLIN) == -1)
        return explain("set-up", strerror(errno));
    if (reach(c, &name) != 0)
        return 1;
    if (watch(c, EPOLL_CTL_ADD, c->fd, EPOLLIN) == -1)
        return explain("epoll", strerror(errno));
    return converse(c);
}

static int number(const char *text)
{
    unsigned long value = 0;
    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (unsigned long)(*text - '0');
        if (value > 86400000)
            return -1;
    }
    return value == 0 ? -1 : (int)value;
}

int main(int argc, char **argv)
{
    static struct client c = { .limit_ms = 2000 };
    bool wrong = false;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1) {
        c.limit_ms = option == 't' ? number(optarg) : -1;
        wrong = wrong || c.limit_ms == -1;
    }
    if (wrong || argc - optind >= 2) {
        (void)fputs("usage: client [-t TIMEOUT_MS] [PATH]\n", stderr);
        return 2;
    }
    return run(&c, optind == argc ? "./uds_socket3.txt" : argv[optind]);
}
