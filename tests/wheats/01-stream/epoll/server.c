/*
 * Lab 01's server as one event loop: nothing blocks but epoll_wait(). What is
 * to be done stands in the event's 64 bits: which kind of descriptor it is,
 * the descriptor, and how much of the answer has gone.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

enum kind { KIND_SIGNAL, KIND_LISTENER, KIND_TIMER, KIND_TALKER, KIND_TAKER };
enum { EVENTS = 64, REST_NS = 100 * 1000 * 1000 };

static const char thanks[] = "thank you!\n";

struct loop {
    int epoll;
    int signals;
    int timer;
    int listener;
    /* Accepted, but epoll had no memory left for it; or -1. */
    int waiting;
};

static uint64_t tag(enum kind kind, int fd, size_t sent)
{
    return (uint64_t)kind << 56 | (uint64_t)sent << 32 | (uint32_t)fd;
}

static int watch(const struct loop *l, int how, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };
    return epoll_ctl(l->epoll, how, (int)(uint32_t)data, &event);
}

/* From now on nobody is accepted, until the timer has run out. */
static int rest(const struct loop *l)
{
    const struct itimerspec soon = { .it_value.tv_nsec = REST_NS };
    if (watch(l, EPOLL_CTL_MOD, 0, tag(KIND_LISTENER, l->listener, 0)) == -1)
        return -1;
    return timerfd_settime(l->timer, 0, &soon, NULL);
}

static int admit(struct loop *l, int fd)
{
    if (watch(l, EPOLL_CTL_ADD, EPOLLIN, tag(KIND_TALKER, fd, 0)) == 0)
        return 0;
    l->waiting = fd;
    return rest(l);
}

static int on_timer(struct loop *l)
{
    uint64_t times;
    if (read(l->timer, &times, sizeof times) == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (watch(l, EPOLL_CTL_MOD, EPOLLIN, tag(KIND_LISTENER, l->listener, 0)) ==
        -1)
        return -1;
    int fd = l->waiting;
    l->waiting = -1;
    return fd == -1 ? 0 : admit(l, fd);
}

static int on_listener(struct loop *l)
{
    int fd = accept4(l->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd != -1)
        return admit(l, fd);
    switch (errno) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
        return 0;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
        return rest(l);
    default:
        return -1;
    }
}

/* How much has gone when it can go no further; -1 when the peer has. */
static ssize_t push(int fd, size_t sent)
{
    while (sent < strlen(thanks)) {
        ssize_t n =
            send(fd, thanks + sent, strlen(thanks) - sent, MSG_NOSIGNAL);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return errno == EAGAIN ? (ssize_t)sent : -1;
        sent += (size_t)n;
    }
    return (ssize_t)sent;
}

static void print(const char *message, size_t length)
{
    (void)fwrite("received: ", 10, 1, stdout);
    (void)fwrite(message, length, 1, stdout);
    (void)fwrite("\n", 1, 1, stdout);
    (void)fflush(stdout);
}

static void answer(const struct loop *l, int fd, size_t sent)
{
    ssize_t gone = push(fd, sent);
    bool whole = gone == -1 || (size_t)gone == strlen(thanks);
    if (whole || watch(l, EPOLL_CTL_MOD, EPOLLOUT,
                       tag(KIND_TAKER, fd, (size_t)gone)) == -1)
        close(fd);
}

static void on_message(const struct loop *l, int fd)
{
    char message[1024];
    ssize_t n = recv(fd, message, sizeof message, 0);
    if (n > 0) {
        print(message, (size_t)n);
        answer(l, fd, 0);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        close(fd);
}

/* 1: go on. 0: a signal has come. -1: failure. */
static int dispatch(struct loop *l, const struct epoll_event *event)
{
    int fd = (int)(uint32_t)event->data.u64;
    switch ((enum kind)(event->data.u64 >> 56)) {
    case KIND_SIGNAL:
        return 0;
    case KIND_LISTENER:
        return on_listener(l) == -1 ? -1 : 1;
    case KIND_TIMER:
        return on_timer(l) == -1 ? -1 : 1;
    case KIND_TALKER:
        on_message(l, fd);
        return 1;
    case KIND_TAKER:
        answer(l, fd, event->data.u64 >> 32 & 0xffffff);
        return 1;
    }
    return 1;
}

static int turn(struct loop *l)
{
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(l->epoll, events, EVENTS, -1);
        if (count == -1 && errno != EINTR)
            return -1;
        for (int i = 0; i < count; i++) {
            int state = dispatch(l, &events[i]);
            if (state != 1)
                return state;
        }
    }
}

static int make_loop(struct loop *l)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    l->listener =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    l->waiting = -1;
    if (l->epoll == -1 || l->signals == -1 || l->timer == -1 ||
        l->listener == -1)
        return -1;
    if (watch(l, EPOLL_CTL_ADD, EPOLLIN, tag(KIND_SIGNAL, l->signals, 0)) ||
        watch(l, EPOLL_CTL_ADD, EPOLLIN, tag(KIND_TIMER, l->timer, 0)))
        return -1;
    return 0;
}

static int fill_in(struct sockaddr_un *name, const char *path)
{
    size_t length = strlen(path);
    *name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    errno = length == 0 ? ENOENT : ENAMETOOLONG;
    if (length == 0 || length > 107)
        return -1;
    memcpy(name->sun_path, path, length);
    return 0;
}

/* 0 when there is room at the path now, -1 and errno when there is none. */
static int evict_the_dead(const struct sockaddr_un *name)
{
    struct stat found;
    if (lstat(name->sun_path, &found) == -1)
        return errno == ENOENT ? 0 : -1;
    if ((found.st_mode & S_IFMT) != S_IFSOCK) {
        errno = ENOTSOCK;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return -1;
    int why = 0;
    if (connect(fd, (const struct sockaddr *)name, sizeof *name) == -1)
        why = errno;
    close(fd);
    if (why == ECONNREFUSED)
        return unlink(name->sun_path);
    errno = why == 0 || why == EAGAIN || why == EPROTOTYPE ? EADDRINUSE : why;
    return -1;
}

static int serve(struct loop *l, const struct sockaddr_un *name)
{
    struct stat ours = { 0 };
    struct stat now;
    if (bind(l->listener, (const struct sockaddr *)name, sizeof *name) == -1)
        return -1;
    int result = lstat(name->sun_path, &ours);
    if (result == 0)
        result = listen(l->listener, 128);
    if (result == 0)
        result = watch(l, EPOLL_CTL_ADD, EPOLLIN,
                       tag(KIND_LISTENER, l->listener, 0));
    if (result == 0)
        result = turn(l);
    int why = errno;
    if (lstat(name->sun_path, &now) == 0 && now.st_dev == ours.st_dev &&
        now.st_ino == ours.st_ino)
        (void)unlink(name->sun_path);
    errno = why;
    return result;
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind >= 2) {
        (void)fputs("usage: server [PATH]\n", stderr);
        return 2;
    }
    const char *path = optind == argc ? "./uds_socket3.txt" : argv[optind];
    struct sockaddr_un name;
    struct loop l;
    if (fill_in(&name, path) == -1 || evict_the_dead(&name) == -1 ||
        make_loop(&l) == -1 || serve(&l, &name) == -1) {
        fprintf(stderr, "server: %s: %s\n", *path ? path : "PATH",
                strerror(errno));
        return 1;
    }
    return 0;
}
