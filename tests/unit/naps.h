/**
 * @file naps.h
 * Programs that wait until a time, each in its own way.
 */
#ifndef NAPS_H
#define NAPS_H

#include "silence.h"

#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>

/* It is long where nothing is to happen. */
static const struct timespec *nap = &long_time;

static inline struct timeval nap_timeval(void)
{
    return (struct timeval){ .tv_sec = nap->tv_sec,
                             .tv_usec = nap->tv_nsec / 1000 };
}

static inline int nap_ms(void)
{
    return (int)(nap->tv_sec * 1000 + nap->tv_nsec / 1000000);
}

static inline void set_timeout(int fd, int option)
{
    const struct timeval timeout = nap_timeval();

    must(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout) == 0);
}

static inline void arm_alarm(void)
{
    const struct itimerval timer = { .it_value = nap_timeval() };

    must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static inline void arm_posix_timer(int number, const struct timespec *time)
{
    const struct itimerspec spec = { .it_value = *time };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = number };
    timer_t timer;

    must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    must(timer_settime(timer, 0, &spec, NULL) == 0);
}

static inline void sleep_until(void)
{
    clock_nanosleep(CLOCK_MONOTONIC, 0, nap, NULL);
}

static inline void poll_until(void)
{
    poll(NULL, 0, nap_ms());
}

static inline void ppoll_until(void)
{
    ppoll(NULL, 0, nap, NULL);
}

static inline void select_until(void)
{
    pselect(0, NULL, NULL, NULL, nap, NULL);
}

static inline void epoll_until(void)
{
    wait_on_epoll(silent_pipe(), nap_ms());
}

static inline void receive_until(void)
{
    char byte;
    int fd = silent_socket(SOCK_STREAM);

    set_timeout(fd, SO_RCVTIMEO);
    recv(fd, &byte, 1, 0);
}

static inline void receive_many_until(void)
{
    struct timespec time = *nap;
    struct mmsghdr message = { 0 };
    int fd = silent_socket(SOCK_DGRAM);

    set_timeout(fd, SO_RCVTIMEO);
    recvmmsg(fd, &message, 1, 0, &time);
}

static inline void accept_until(void)
{
    int fd = silent_listener();

    set_timeout(fd, SO_RCVTIMEO);
    accept(fd, NULL, NULL);
}

static inline void send_until(void)
{
    int fd = silent_socket(SOCK_STREAM);

    fill(fd);
    set_timeout(fd, SO_SNDTIMEO);
    send(fd, "", 1, MSG_NOSIGNAL);
}

static inline void epoll_timer(void)
{
    wait_on_epoll(armed_timer(nap), -1);
}

static inline void read_timer(void)
{
    uint64_t value;

    must(read(armed_timer(nap), &value, sizeof value) > 0);
}

static inline void pause_until_alarm(void)
{
    catch_signal(SIGALRM);
    arm_alarm();
    pause();
}

static inline void await_alarm(void)
{
    sigset_t set;
    int number;

    hold_signal(SIGALRM, &set);
    arm_alarm();
    must(sigwait(&set, &number) == 0);
}

static inline void read_alarm(void)
{
    struct signalfd_siginfo info;
    sigset_t set;

    hold_signal(SIGALRM, &set);
    int fd = signalfd(-1, &set, 0);

    arm_alarm();
    must(read(fd, &info, sizeof info) > 0);
}

static inline void await_posix_timer(void)
{
    sigset_t set;

    hold_signal(SIGRTMIN, &set);
    arm_posix_timer(SIGRTMIN, nap);
    must(sigwaitinfo(&set, NULL) > 0);
}

static inline void read_until_posix_timer(void)
{
    char byte;

    catch_signal(SIGUSR1);
    arm_posix_timer(SIGUSR1, nap);
    must(read(silent_pipe(), &byte, 1) < 0);
}

static inline void await_signal_until(void)
{
    sigset_t set;

    hold_signal(SIGTERM, &set);
    sigtimedwait(&set, NULL, nap);
}

static inline void condition_until(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += nap->tv_sec;
    time.tv_nsec += nap->tv_nsec;
    if (time.tv_nsec >= 1000000000L) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&mutex);
    pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &time);
}

static inline void *pause_in_thread(void *data)
{
    block();
    return data;
}

static inline void sleep_beside_thread(void)
{
    pthread_t thread;

    must(pthread_create(&thread, NULL, pause_in_thread, NULL) == 0);
    sleep_until();
}

static inline void wait_for_sleeping_child(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        sleep_until();
        _exit(0);
    }
    must(waitpid(pid, NULL, 0) == pid);
}

#endif
