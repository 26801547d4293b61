#include "waits.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfs.h"

static enum waits worse(enum waits a, enum waits b)
{
    return a > b ? a : b;
}

static bool holds(uint64_t set, int signal)
{
    return (set >> (signal - 1) & 1) != 0;
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
    const char *value = strstr(info, "it_value: (");

    if (value == NULL)
        return WAITS_UNKNOWN;
    value += strlen("it_value: (");
    if (strncmp(value, "0, 0)", strlen("0, 0)")) == 0)
        return WAITS_DORMANT;
    return strtoll(value, NULL, 10) >= WAITS_LONG_S ? WAITS_LONG : WAITS_TIMED;
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
