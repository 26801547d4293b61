/**
 * @file silence.h
 * Things to wait on that stay silent, and waits for them.
 */
#ifndef SILENCE_H
#define SILENCE_H

#include "stage.h"

#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>

enum { LONG_S = 40, BEYOND_S = 1000, SHORT_MS = 12 };

static const struct timespec long_time = { .tv_sec = LONG_S };
static const struct timespec beyond_time = { .tv_sec = BEYOND_S };
static const struct timespec short_time = { .tv_nsec = SHORT_MS * 1000000L };

/* ---- things to wait on; nobody else has the other ends */

static inline int silent_pipe(void)
{
    int fd[2];

    must(pipe(fd) == 0);
    return fd[0];
}

static inline int silent_socket(int type)
{
    int fd[2];

    must(socketpair(AF_UNIX, type, 0, fd) == 0);
    return fd[0];
}

/* An address of the calling process's own, in the abstract space. */
static inline socklen_t own_address(struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int length = snprintf(address->sun_path + 1, 64, "quiescence-%d", getpid());

    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       (size_t)length);
}

static inline int silent_listener(void)
{
    struct sockaddr_un address;
    socklen_t length = own_address(&address);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    must(bind(fd, (struct sockaddr *)&address, length) == 0);
    must(listen(fd, 0) == 0);
    return fd;
}

static inline void fill(int fd)
{
    static const char bytes[65536];
    int flags = fcntl(fd, F_GETFL);

    must(fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
    while (write(fd, bytes, sizeof bytes) > 0)
        continue;
    while (write(fd, bytes, 1) > 0)
        continue;
    must(fcntl(fd, F_SETFL, flags) == 0);
}

static inline void hold_signal(int number, sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, number);
    must(sigprocmask(SIG_BLOCK, set, NULL) == 0);
}

static inline int armed_timer(const struct timespec *time)
{
    const struct itimerspec spec = { .it_value = *time };
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);

    must(timerfd_settime(fd, 0, &spec, NULL) == 0);
    return fd;
}

static inline void ignore_call(int number)
{
    (void)number;
}

static inline void catch_signal(int number)
{
    must(sigaction(number, &(struct sigaction){ .sa_handler = ignore_call },
                   NULL) == 0);
}

static inline void wait_on_epoll(int fd, int milliseconds)
{
    struct epoll_event event = { .events = EPOLLIN };
    int epoll = epoll_create1(0);

    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    must(epoll_wait(epoll, &event, 1, milliseconds) >= 0);
}

static inline void read_one(int fd)
{
    char byte;

    must(read(fd, &byte, 1) >= 0);
}

static inline void read_socket(void)
{
    read_one(silent_socket(SOCK_STREAM));
}

static inline void read_pipe(void)
{
    read_one(silent_pipe());
}

static inline void accept_nobody(void)
{
    must(accept4(silent_listener(), NULL, NULL, SOCK_CLOEXEC) >= 0);
}

#endif
