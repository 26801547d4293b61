#include "descendants.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "procfs.h"

/* Of the whole process, like the children it is about. */
static pid_t left_out;

void descendants_leave_out(pid_t pid)
{
    left_out = pid;
}

static int list_add(struct descendants *d, pid_t pid)
{
    if (d->count == d->capacity) {
        size_t capacity = d->capacity == 0 ? 16 : 2 * d->capacity;
        pid_t *grown = realloc(d->pid, capacity * sizeof *grown);

        if (grown == NULL)
            return -1;
        d->pid = grown;
        d->capacity = capacity;
    }
    d->pid[d->count++] = pid;
    return 0;
}

/** A process whose children are being listed. */
struct family {
    struct descendants *list;
    pid_t parent;
    /** Where its children begin in the list, and those of the task read. */
    size_t from;
    size_t own;
    /** A file that is not there is an error: the parent cannot have gone. */
    bool strict;
};

/** A child may be met twice: when a thread ends, its children go to another
 *  thread of the process, which may not have been read yet. */
static int family_add(struct family *f, pid_t child)
{
    if (child == left_out)
        return 0;
    for (size_t i = f->from; i < f->own; i++)
        if (f->list->pid[i] == child)
            return 0;
    return list_add(f->list, child);
}

/** Numbers with a blank behind each, in one line that may be of any length. */
static int family_read(struct family *f, int fd)
{
    char text[1024];
    pid_t child = 0;

    for (;;) {
        ssize_t length = read(fd, text, sizeof text);

        if (length < 0 && errno != ESRCH)
            return -1;
        if (length <= 0)
            return 0;
        for (ssize_t i = 0; i < length; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                child = child * 10 + (text[i] - '0');
                continue;
            }
            if (child != 0 && family_add(f, child) < 0)
                return -1;
            child = 0;
        }
    }
}

static int family_task(long task, void *context)
{
    struct family *f = context;
    char path[PROCFS_PATH];

    snprintf(path, sizeof path, "/proc/%d/task/%ld/children", f->parent, task);

    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return f->strict || (errno != ENOENT && errno != ESRCH) ? -1 : 0;

    f->own = f->list->count;

    int result = family_read(f, fd);
    int kept = errno;

    close(fd);
    errno = kept;
    return result;
}

static int list_children(struct descendants *d, pid_t parent, bool strict)
{
    struct family family = {
        .list = d, .parent = parent, .from = d->count, .strict = strict
    };
    char path[PROCFS_PATH];

    snprintf(path, sizeof path, "/proc/%d/task", parent);
    if (procfs_numbers(path, family_task, &family) == 0)
        return 0;
    return !strict && (errno == ENOENT || errno == ESRCH) ? 0 : -1;
}

static int list_by_children(struct descendants *d, pid_t root)
{
    if (list_children(d, root, root == getpid()) < 0)
        return -1;
    for (size_t i = 0; i < d->count; i++)
        if (list_children(d, d->pid[i], false) < 0)
            return -1;
    return 0;
}

/** Every process of the machine, and the parents in the same order. */
struct population {
    struct descendants process;
    struct descendants parent;
};

static int population_add(long number, void *context)
{
    struct population *p = context;
    char stat[PROCFS_STAT];

    if (procfs_read(stat, sizeof stat, "/proc/%ld/stat", number) < 0)
        return errno == ENOENT || errno == ESRCH ? 0 : -1;

    const char *state = procfs_state(stat);

    if (state == NULL)
        return 0;
    if (list_add(&p->process, (pid_t)number) < 0)
        return -1;
    return list_add(&p->parent, (pid_t)strtol(state + 1, NULL, 10));
}

static int list_by_parent(struct descendants *d, const struct population *p,
                          pid_t parent)
{
    for (size_t i = 0; i < p->process.count; i++)
        if (p->parent.pid[i] == parent && p->process.pid[i] != left_out &&
            list_add(d, p->process.pid[i]) < 0)
            return -1;
    return 0;
}

static int list_by_parents(struct descendants *d, pid_t root)
{
    struct population all = { 0 };
    int result = procfs_numbers("/proc", population_add, &all);

    if (result == 0)
        result = list_by_parent(d, &all, root);
    for (size_t i = 0; result == 0 && i < d->count; i++)
        result = list_by_parent(d, &all, d->pid[i]);

    int kept = errno;

    descendants_free(&all.process);
    descendants_free(&all.parent);
    errno = kept;
    return result;
}

int descendants_list(struct descendants *d, pid_t root,
                     const struct sandbox_probe *probe)
{
    d->count = 0;
    return probe->proc_children ? list_by_children(d, root)
                                : list_by_parents(d, root);
}

void descendants_free(struct descendants *d)
{
    free(d->pid);
    *d = (struct descendants){ 0 };
}

void descendants_signal(const struct descendants *d, int signal)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->pid[i] > 1)
            kill(d->pid[i], signal);
}

char descendants_state(pid_t pid)
{
    char stat[PROCFS_STAT];

    if (procfs_read(stat, sizeof stat, "/proc/%d/stat", pid) <= 0)
        return 0;

    const char *state = procfs_state(stat);

    return state == NULL ? '\0' : *state;
}
