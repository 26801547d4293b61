#include "waits.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "procfs.h"

/** What ends a call's sleep by itself. */
enum limit {
    /** Nothing. */
    LIMIT_NONE,
    /** A time limit, always. */
    LIMIT_ALWAYS,
    /** `argument` is an int: milliseconds, for ever below 0. */
    LIMIT_INT,
    /** `argument` is a pointer: for ever where it is NULL. */
    LIMIT_POINTER,
    /** Nothing where it is a FIFO that is to be opened: a lease ends. */
    LIMIT_FIFO,
    /** It cannot be told from the arguments. */
    LIMIT_UNKNOWN
};

/** What else is to be looked at. */
enum source {
    SOURCE_NONE,
    /** Argument 0 is a descriptor, on which something is to arrive. */
    SOURCE_INPUT,
    /** Argument 0 is a descriptor, in which there is to be room. */
    SOURCE_OUTPUT,
    /** Argument 0 points to a set of signals. */
    SOURCE_SIGNALS
};

struct call {
    long number;
    const char *name;
    enum limit limit;
    unsigned argument;
    enum source source;
};

/** Calls that are not here are not known. Newer architectures lack those that
 *  stand under #ifdef. */
static const struct call calls[] = {
    { SYS_read, "read", LIMIT_NONE, 0, SOURCE_INPUT },
    { SYS_readv, "readv", LIMIT_NONE, 0, SOURCE_INPUT },
    { SYS_recvfrom, "recvfrom", LIMIT_NONE, 0, SOURCE_INPUT },
    { SYS_recvmsg, "recvmsg", LIMIT_NONE, 0, SOURCE_INPUT },
    { SYS_recvmmsg, "recvmmsg", LIMIT_POINTER, 4, SOURCE_INPUT },
    { SYS_accept, "accept", LIMIT_NONE, 0, SOURCE_INPUT },
    { SYS_accept4, "accept4", LIMIT_NONE, 0, SOURCE_INPUT },
    { SYS_write, "write", LIMIT_NONE, 0, SOURCE_OUTPUT },
    { SYS_writev, "writev", LIMIT_NONE, 0, SOURCE_OUTPUT },
    { SYS_sendto, "sendto", LIMIT_NONE, 0, SOURCE_OUTPUT },
    { SYS_sendmsg, "sendmsg", LIMIT_NONE, 0, SOURCE_OUTPUT },
    { SYS_sendmmsg, "sendmmsg", LIMIT_NONE, 0, SOURCE_OUTPUT },
    { SYS_connect, "connect", LIMIT_NONE, 0, SOURCE_OUTPUT },
    { SYS_ppoll, "ppoll", LIMIT_POINTER, 2, SOURCE_NONE },
    { SYS_pselect6, "pselect6", LIMIT_POINTER, 4, SOURCE_NONE },
    { SYS_epoll_pwait, "epoll_pwait", LIMIT_INT, 3, SOURCE_NONE },
    { SYS_epoll_pwait2, "epoll_pwait2", LIMIT_POINTER, 3, SOURCE_NONE },
#ifdef SYS_poll
    { SYS_poll, "poll", LIMIT_INT, 2, SOURCE_NONE },
    { SYS_select, "select", LIMIT_POINTER, 4, SOURCE_NONE },
    { SYS_epoll_wait, "epoll_wait", LIMIT_INT, 3, SOURCE_NONE },
    { SYS_pause, "pause", LIMIT_NONE, 0, SOURCE_NONE },
    { SYS_open, "open", LIMIT_FIFO, 0, SOURCE_NONE },
#endif
    { SYS_futex, "futex", LIMIT_POINTER, 3, SOURCE_NONE },
    { SYS_futex_waitv, "futex_waitv", LIMIT_POINTER, 3, SOURCE_NONE },
    { SYS_wait4, "wait4", LIMIT_NONE, 0, SOURCE_NONE },
    { SYS_waitid, "waitid", LIMIT_NONE, 0, SOURCE_NONE },
    { SYS_rt_sigsuspend, "rt_sigsuspend", LIMIT_NONE, 0, SOURCE_NONE },
    { SYS_rt_sigtimedwait, "rt_sigtimedwait", LIMIT_POINTER, 2,
      SOURCE_SIGNALS },
    { SYS_flock, "flock", LIMIT_NONE, 0, SOURCE_NONE },
    { SYS_nanosleep, "nanosleep", LIMIT_ALWAYS, 0, SOURCE_NONE },
    { SYS_clock_nanosleep, "clock_nanosleep", LIMIT_ALWAYS, 0, SOURCE_NONE },
    { SYS_restart_syscall, "restart_syscall", LIMIT_ALWAYS, 0, SOURCE_NONE },
    { SYS_openat, "openat", LIMIT_FIFO, 0, SOURCE_NONE },
    { SYS_openat2, "openat2", LIMIT_FIFO, 0, SOURCE_NONE },
    { SYS_io_uring_enter, "io_uring_enter", LIMIT_UNKNOWN, 0, SOURCE_NONE },
};

static const struct call *find(long number)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}

const char *waits_name(long call)
{
    const struct call *c = find(call);

    return c == NULL ? "" : c->name;
}

/** Whether the task sleeps in one of these functions of the kernel, NULL behind
 *  the last, by the beginning of its name. */
static bool sleeps_in(const struct waits_task *t, const char *const *functions)
{
    char name[64] = "";

    (void)procfs_read(name, sizeof name, "/proc/%d/task/%d/wchan", t->process,
                      t->task);
    for (; *functions != NULL; functions++)
        if (strncmp(name, *functions, strlen(*functions)) == 0)
            return true;
    return false;
}

/** The number hides which call goes on. select(2) and ppoll(2) sleep in the
 * same place as poll(2), but are called anew. */
long waits_restarted(const struct waits_task *t)
{
#ifdef SYS_poll
    static const char *const polling[] = { "poll_schedule_timeout", "do_poll",
                                           "do_sys_poll", NULL };

    if (sleeps_in(t, polling))
        return SYS_poll;
#else
    (void)t;
#endif
    return SYS_restart_syscall;
}

static enum waits judge_open(const struct waits_task *t)
{
    static const char *const opening[] = { "wait_for_partner", "fifo_open",
                                           NULL };

    return sleeps_in(t, opening) ? WAITS_EVER : WAITS_UNKNOWN;
}

/** Reads from the memory of a task that sleeps. */
static int read_memory(const struct waits_task *t, uint64_t at, void *data,
                       size_t length)
{
    char path[PROCFS_PATH];
    ssize_t got;

    snprintf(path, sizeof path, "/proc/%d/task/%d/mem", t->process, t->task);

    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    got = pread(fd, data, length, (off_t)at);
    close(fd);
    return got == (ssize_t)length ? 0 : -1;
}

static enum waits judge_seconds(int64_t seconds)
{
    return seconds >= WAITS_LONG_S ? WAITS_LONG : WAITS_TIMED;
}

/** A futex's limit is a moment, and not a span, in all but its first form. */
static int64_t futex_seconds(const struct waits_task *t, int64_t seconds)
{
    enum { OPERATION = 0x7f, WAIT = 0, REALTIME = 0x100 };
    uint64_t operation = t->argument[1];
    struct timespec now;

    if ((operation & OPERATION) == WAIT)
        return seconds;
    clock_gettime(operation & REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC,
                  &now);
    return seconds - now.tv_sec;
}

/** Where the limit is given in memory, its seconds come first, in each of the
 *  structures. */
static enum waits judge_memory(const struct waits_task *t, uint64_t at)
{
    int64_t seconds = 0;

    if (at == 0)
        return WAITS_EVER;
    if (t->call == SYS_futex_waitv ||
        read_memory(t, at, &seconds, sizeof seconds) < 0)
        return WAITS_TIMED;
    return judge_seconds(t->call == SYS_futex ? futex_seconds(t, seconds)
                                              : seconds);
}

static enum waits judge_limit(const struct waits_task *t, const struct call *c)
{
    int32_t ms = (int32_t)(uint32_t)t->argument[c->argument];

    switch (c->limit) {
    case LIMIT_NONE:
        return WAITS_EVER;
    case LIMIT_ALWAYS:
        return WAITS_TIMED;
    case LIMIT_INT:
        return ms < 0 ? WAITS_EVER : judge_seconds(ms / 1000);
    case LIMIT_POINTER:
        return judge_memory(t, t->argument[c->argument]);
    case LIMIT_FIFO:
        return judge_open(t);
    case LIMIT_UNKNOWN:
        break;
    }
    return WAITS_UNKNOWN;
}

/** Only local sockets: others have time-outs of their own (retransmission,
 *  keep-alive). */
static enum waits judge_socket(int fd, int option)
{
    struct timeval timeout = { 0 };
    socklen_t length = sizeof timeout;
    int domain = 0;
    socklen_t domain_length = sizeof domain;

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_length) < 0 ||
        domain != AF_UNIX ||
        getsockopt(fd, SOL_SOCKET, option, &timeout, &length) < 0)
        return WAITS_UNKNOWN;
    return timeout.tv_sec != 0 || timeout.tv_usec != 0
               ? judge_seconds(timeout.tv_sec)
               : WAITS_EVER;
}

static bool is_anonymous(const struct waits_task *t, int number)
{
    char target[64];

    return procfs_link(target, sizeof target, "/proc/%d/task/%d/fd/%d",
                       t->process, t->task, number) > 0 &&
           strncmp(target, "anon_inode:", strlen("anon_inode:")) == 0;
}

/** A regular file or a disk wakes the task by itself, and a terminal hands on
 *  what was written to it some time later; pipes, sockets and their like wake
 *  it only, and at once, when somebody does something. */
static enum waits judge_descriptor(const struct waits_task *t, int option,
                                   const struct sandbox_probe *probe)
{
    int number = (int)(uint32_t)t->argument[0];
    char path[PROCFS_PATH];
    struct stat status;

    snprintf(path, sizeof path, "/proc/%d/task/%d/fd/%d", t->process, t->task,
             number);
    if (stat(path, &status) < 0)
        return WAITS_UNKNOWN;
    if (!S_ISSOCK(status.st_mode))
        return S_ISFIFO(status.st_mode) || is_anonymous(t, number)
                   ? WAITS_EVER
                   : WAITS_UNKNOWN;
    if (!probe->pidfd_getfd)
        return WAITS_UNKNOWN;

    int fd = procfs_borrow(t->process, number);

    if (fd < 0)
        return WAITS_UNKNOWN;

    enum waits result = judge_socket(fd, option);

    close(fd);
    return result;
}

/** The set is in the task's memory: while it waits, the signals it waits for
 *  are missing from the mask that /proc shows. */
static enum waits judge_signals(const struct waits_task *t)
{
    uint64_t set = 0;

    if (read_memory(t, t->argument[0], &set, sizeof set) < 0)
        return WAITS_UNKNOWN;
    return set >> (SIGALRM - 1) & 1 ? WAITS_TIMED : WAITS_EVER;
}

enum waits waits_judge(const struct waits_task *t,
                       const struct sandbox_probe *probe)
{
    const struct call *c = find(t->call);

    if (c == NULL)
        return WAITS_UNKNOWN;

    enum waits limit = judge_limit(t, c);

    if (limit != WAITS_EVER)
        return limit;
    switch (c->source) {
    case SOURCE_INPUT:
        return judge_descriptor(t, SO_RCVTIMEO, probe);
    case SOURCE_OUTPUT:
        return judge_descriptor(t, SO_SNDTIMEO, probe);
    case SOURCE_SIGNALS:
        return judge_signals(t);
    case SOURCE_NONE:
        break;
    }
    return WAITS_EVER;
}
