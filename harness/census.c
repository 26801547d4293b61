#include "descendants.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "procfs.h"

static char task_state(pid_t process, long task)
{
    char stat[PROCFS_STAT];

    if (procfs_read(stat, sizeof stat, "/proc/%d/task/%ld/stat", process,
                    task) <= 0)
        return 0;

    const char *state = procfs_state(stat);

    return state == NULL ? '\0' : *state;
}

/** The first task of a process that still runs. */
struct living {
    pid_t process;
    long task;
};

static int living_task(long task, void *context)
{
    struct living *l = context;
    char state = task_state(l->process, task);

    if (state == 0 || state == 'Z' || state == 'X')
        return 0;
    l->task = task;
    return 1;
}

/** A process whose first thread has left it lives on in the others; only they
 *  still show its descriptors. 0 where none lives. */
static long living_find(pid_t process)
{
    struct living living = { .process = process };
    char path[PROCFS_PATH];

    snprintf(path, sizeof path, "/proc/%d/task", process);
    procfs_numbers(path, living_task, &living);
    return living.task;
}

/** Calls `each` for every descriptor of a process.
 *  0 too where the process has ended meanwhile. */
static int descriptors_each(pid_t process, long task,
                            int (*each)(long number, void *context),
                            void *context)
{
    char path[PROCFS_PATH];

    snprintf(path, sizeof path, "/proc/%d/task/%ld/fd", process, task);
    if (procfs_numbers(path, each, context) == 0)
        return 0;

    int kept = errno;

    if (kept == ENOENT || kept == ESRCH || living_find(process) == 0)
        return 0;
    errno = kept;
    return -1;
}

/** One process under census. */
struct subject {
    struct census *census;
    pid_t process;
    long task;
};

/** Whether the descriptor would survive an exec, from its fdinfo. */
static bool inheritable(const struct subject *s, long number)
{
    char info[PROCFS_STAT];

    if (procfs_read(info, sizeof info, "/proc/%d/task/%ld/fdinfo/%ld",
                    s->process, s->task, number) <= 0)
        return false;

    const char *flags = strstr(info, "flags:");

    return flags != NULL &&
           (strtoul(flags + strlen("flags:"), NULL, 8) & O_CLOEXEC) == 0;
}

static int subject_count(long number, void *context)
{
    const struct subject *s = context;
    struct census *c = s->census;

    c->descriptors++;
    if (number <= 2 || !inheritable(s, number))
        return 0;
    if (c->inheritable++ == 0) {
        c->inheritable_number = (int)number;
        procfs_link(c->inheritable_what, sizeof c->inheritable_what,
                    "/proc/%d/task/%ld/fd/%ld", s->process, s->task, number);
    }
    return 0;
}

/** A line of a status file: `NAME:  4711 kB`. 0 where there is none. */
static long status_kib(const char *status, const char *name)
{
    const char *line = strstr(status, name);

    return line == NULL ? 0 : strtol(line + strlen(name), NULL, 10);
}

static void census_memory(struct census *c, pid_t process)
{
    char status[PROCFS_STATUS];
    long peak;

    if (procfs_read(status, sizeof status, "/proc/%d/status", process) <= 0)
        return;
    c->memory_kib += status_kib(status, "RssAnon:");
    peak = status_kib(status, "VmPeak:");
    if (peak > c->peak_kib)
        c->peak_kib = peak;
}

static int census_add(struct census *c, pid_t process)
{
    struct subject subject = { .census = c,
                               .process = process,
                               .task = living_find(process) };

    if (subject.task == 0) {
        c->zombies += descendants_state(process) == 'Z';
        return 0;
    }
    c->processes++;
    census_memory(c, process);
    return descriptors_each(process, subject.task, subject_count, &subject);
}

int census_take(struct census *c, pid_t root, const struct sandbox_probe *probe)
{
    struct descendants all = { 0 };
    struct census found = { 0 };
    int result = descendants_list(&all, root, probe);

    for (size_t i = 0; result == 0 && i < all.count; i++)
        result = census_add(&found, all.pid[i]);
    if (result == 0)
        *c = found;

    int kept = errno;

    descendants_free(&all);
    errno = kept;
    return result;
}

/** Descriptors come in ascending order: the first gap ends the walk. */
static int lowest_free(long number, void *context)
{
    long *lowest = context;

    if (number > *lowest)
        return 1;
    *lowest = number + 1;
    return 0;
}

static int limit_set(pid_t process, bool limit, unsigned descriptors)
{
    struct rlimit limits;
    long task = living_find(process);
    long lowest = 0;

    if (task == 0)
        return 0;
    if (limit) {
        char path[PROCFS_PATH];

        snprintf(path, sizeof path, "/proc/%d/task/%ld/fd", process, task);
        if (procfs_numbers(path, lowest_free, &lowest) < 0)
            return errno == ENOENT || errno == ESRCH ? 0 : -1;
    }
    if (prlimit(process, RLIMIT_NOFILE, NULL, &limits) < 0)
        return errno == ESRCH ? 0 : -1;
    limits.rlim_cur = descriptors + (limit ? (rlim_t)lowest : 0);
    if (limits.rlim_cur > limits.rlim_max)
        limits.rlim_cur = limits.rlim_max;
    if (prlimit(process, RLIMIT_NOFILE, &limits, NULL) < 0)
        return errno == ESRCH ? 0 : -1;
    return 0;
}

int census_limit(pid_t root, const struct sandbox_probe *probe, bool limit,
                 unsigned descriptors)
{
    struct descendants all = { 0 };
    int result = descendants_list(&all, root, probe);

    for (size_t i = 0; result == 0 && i < all.count; i++)
        result = limit_set(all.pid[i], limit, descriptors);

    int kept = errno;

    descendants_free(&all);
    errno = kept;
    return result;
}
