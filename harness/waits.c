#include "waits.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
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
    { SYS_open, "open", LIMIT_UNKNOWN, 0, SOURCE_NONE },
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
    { SYS_openat, "openat", LIMIT_UNKNOWN, 0, SOURCE_NONE },
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

static enum waits worse(enum waits a, enum waits b)
{
    return a > b ? a : b;
}

static enum waits judge_limit(const struct waits_task *t, const struct call *c)
{
    switch (c->limit) {
    case LIMIT_NONE:
        return WAITS_EVER;
    case LIMIT_ALWAYS:
        return WAITS_TIMED;
    case LIMIT_INT:
        return (int32_t)(uint32_t)t->argument[c->argument] < 0 ? WAITS_EVER
                                                               : WAITS_TIMED;
    case LIMIT_POINTER:
        return t->argument[c->argument] == 0 ? WAITS_EVER : WAITS_TIMED;
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
    return timeout.tv_sec != 0 || timeout.tv_usec != 0 ? WAITS_TIMED
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

static bool holds(uint64_t set, int signal)
{
    return (set >> (signal - 1) & 1) != 0;
}

/** The set is in the task's memory: while it waits, the signals it waits for
 *  are missing from the mask that /proc shows. */
static enum waits judge_signals(const struct waits_task *t)
{
    char path[PROCFS_PATH];
    uint64_t set = 0;

    snprintf(path, sizeof path, "/proc/%d/task/%d/mem", t->process, t->task);

    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return WAITS_UNKNOWN;

    ssize_t length = pread(fd, &set, sizeof set, (off_t)t->argument[0]);

    close(fd);
    if (length != sizeof set)
        return WAITS_UNKNOWN;
    return holds(set, SIGALRM) ? WAITS_TIMED : WAITS_EVER;
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

/** The descriptors of a task, as far as they have been judged. */
struct holdings {
    const struct waits_task *task;
    /** /proc/PID/task/TID/fd: a program may have many descriptors, and paths
     *  through /proc are slow. */
    int directory;
    enum waits worst;
};

/** A timer that is due reads as (0, 0) until its interrupt comes, just like one
 *  that was never set. */
static enum waits judge_timerfd(const char *info)
{
    const char *value = strstr(info, "it_value:");

    return value == NULL || strstr(value, "it_value: (0, 0)") == value
               ? WAITS_UNKNOWN
               : WAITS_TIMED;
}

static enum waits judge_signalfd(const char *info)
{
    const char *mask = strstr(info, "sigmask:");

    if (mask == NULL)
        return WAITS_UNKNOWN;
    return holds(strtoull(mask + strlen("sigmask:"), NULL, 16), SIGALRM)
               ? WAITS_TIMED
               : WAITS_EVER;
}

/** A ring may hold a request with a time-out of its own; nothing shows it. */
static enum waits judge_ring(const char *info)
{
    (void)info;
    return WAITS_UNKNOWN;
}

static const struct {
    const char *link;
    enum waits (*judge)(const char *info);
} alarm_clocks[] = {
    { "anon_inode:[timerfd]", judge_timerfd },
    { "anon_inode:[signalfd]", judge_signalfd },
    { "anon_inode:[io_uring]", judge_ring },
};

static enum waits judge_alarm_clock(const struct waits_task *t, long number,
                                    const char *link)
{
    char info[PROCFS_STAT];

    for (size_t i = 0; i < sizeof alarm_clocks / sizeof *alarm_clocks; i++) {
        if (strcmp(link, alarm_clocks[i].link) != 0)
            continue;
        if (procfs_read(info, sizeof info, "/proc/%d/task/%d/fdinfo/%ld",
                        t->process, t->task, number) < 0)
            return WAITS_UNKNOWN;
        return alarm_clocks[i].judge(info);
    }
    return WAITS_EVER;
}

static int judge_holding(long number, void *context)
{
    struct holdings *h = context;
    char name[24];
    char link[64];

    snprintf(name, sizeof name, "%ld", number);

    ssize_t length = readlinkat(h->directory, name, link, sizeof link - 1);

    if (length < 0) {
        h->worst = WAITS_UNKNOWN;
        return 0;
    }
    link[length] = '\0';
    h->worst = worse(h->worst, judge_alarm_clock(h->task, number, link));
    return 0;
}

static enum waits judge_holdings(const struct waits_task *t)
{
    struct holdings holdings = { .task = t, .worst = WAITS_EVER };
    char path[PROCFS_PATH];

    snprintf(path, sizeof path, "/proc/%d/task/%d/fd", t->process, t->task);
    holdings.directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (holdings.directory < 0)
        return WAITS_UNKNOWN;
    if (procfs_numbers(path, judge_holding, &holdings) < 0)
        holdings.worst = WAITS_UNKNOWN;
    close(holdings.directory);
    return holdings.worst;
}

static enum waits judge_timers(const struct waits_task *t)
{
    char text[16];
    ssize_t length =
        procfs_read(text, sizeof text, "/proc/%d/timers", t->process);

    if (length < 0)
        return WAITS_UNKNOWN;
    return length == 0 ? WAITS_EVER : WAITS_TIMED;
}

/** Whether alarm(2) is set shows nowhere; that the program has a handler for
 *  it does. */
static enum waits judge_handlers(const struct waits_task *t)
{
    char status[PROCFS_STATUS];

    if (procfs_read(status, sizeof status, "/proc/%d/task/%d/status",
                    t->process, t->task) < 0)
        return WAITS_UNKNOWN;

    const char *caught = strstr(status, "SigCgt:");

    if (caught == NULL)
        return WAITS_UNKNOWN;

    uint64_t set = strtoull(caught + strlen("SigCgt:"), NULL, 16);

    return holds(set, SIGALRM) || holds(set, SIGVTALRM) ? WAITS_TIMED
                                                        : WAITS_EVER;
}

enum waits waits_judge_process(const struct waits_task *t)
{
    return worse(judge_holdings(t), worse(judge_timers(t), judge_handlers(t)));
}
