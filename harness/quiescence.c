#include "quiescence.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descendants.h"
#include "procfs.h"
#include "waits.h"

/** One task that is not a zombie, as a look found it. */
struct task {
    char state;
    uint64_t run_ns;
    uint64_t slices;
    struct waits_task waits;
};

/** All tasks of all descendants. */
struct snapshot {
    const struct sandbox_probe *probe;
    struct descendants list;
    struct task *task;
    size_t count;
    size_t capacity;
    /** A task ran, or vanished while it was looked at. */
    bool busy;
    /** Something about a task that lives cannot be read. */
    bool unreadable;
    /** The process whose tasks are being read. */
    pid_t process;
};

static struct task *snapshot_add(struct snapshot *s)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity == 0 ? 16 : 2 * s->capacity;
        struct task *grown = realloc(s->task, capacity * sizeof *grown);

        if (grown == NULL)
            return NULL;
        s->task = grown;
        s->capacity = capacity;
    }
    s->task[s->count] = (struct task){ .waits = { .call = -1 } };
    return &s->task[s->count++];
}

static void snapshot_free(struct snapshot *s)
{
    descendants_free(&s->list);
    free(s->task);
}

/** A file of a task could not be read: it has gone, or it is not ours. */
static void note_unread(struct snapshot *s)
{
    if (errno == ENOENT || errno == ESRCH)
        s->busy = true;
    else
        s->unreadable = true;
}

/** A number behind the state letter of a stat file; `field` as in proc(5). */
static uint64_t stat_field(const char *state, int field)
{
    const char *at = state;

    for (int i = 3; i < field && at != NULL; i++) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/** Where the scheduler's own figures cannot be read, clock ticks must do. */
static void read_ticks(struct task *t, const char *state)
{
    enum { USER_TIME = 14, SYSTEM_TIME = 15 };
    uint64_t ticks =
        stat_field(state, USER_TIME) + stat_field(state, SYSTEM_TIME);

    t->run_ns = ticks * (1000000000U / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void read_schedule(struct snapshot *s, struct task *t, const char *state)
{
    char text[PROCFS_STAT];
    char *end = NULL;

    if (procfs_read(text, sizeof text, "/proc/%d/task/%d/schedstat",
                    t->waits.process, t->waits.task) <= 0) {
        note_unread(s);
        read_ticks(t, state);
        return;
    }
    t->run_ns = strtoull(text, &end, 10);
    strtoull(end, &end, 10);
    t->slices = strtoull(end, &end, 10);
}

/** A 32-bit program's calls have other numbers. Its stack is below 4 GiB. */
static bool is_foreign(uint64_t stack)
{
    return sizeof(long) == 8 && stack >> 32 == 0;
}

/** "running", or a number, six arguments, stack and instruction pointer; a
 *  number of -1 has no arguments. The kernel waits until the task is off its
 *  processor before it answers with numbers: that is what makes the letter S
 *  trustworthy. */
static void read_call(struct snapshot *s, struct task *t)
{
    char text[PROCFS_STAT];
    char *at = NULL;

    if (procfs_read(text, sizeof text, "/proc/%d/task/%d/syscall",
                    t->waits.process, t->waits.task) <= 0) {
        note_unread(s);
        return;
    }
    if (strncmp(text, "running", strlen("running")) == 0) {
        s->busy = true;
        return;
    }
    t->waits.call = strtol(text, &at, 10);
    if (t->waits.call < 0)
        return;
    for (size_t i = 0; i < 6; i++)
        t->waits.argument[i] = strtoull(at, &at, 16);
    if (is_foreign(strtoull(at, &at, 16)))
        t->waits.call = -1;
    else if (t->waits.call == SYS_restart_syscall)
        t->waits.call = waits_restarted(&t->waits);
}

/** A tracee of ours whose stop nobody has taken note of yet will be sent on. */
static bool awaits_tracer(pid_t task)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)task, &info,
                  WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0 &&
           info.si_pid == task;
}

static void read_task(struct snapshot *s, struct task *t, const char *state)
{
    t->state = *state;
    if (t->state == 'S' && s->probe->proc_syscall)
        read_call(s, t);
    else if (t->state == 't')
        s->busy |= awaits_tracer(t->waits.task);
    else if (t->state != 'S' && t->state != 'T')
        s->busy = true;
    read_schedule(s, t, state);
}

static int snapshot_task(long number, void *context)
{
    struct snapshot *s = context;
    char text[PROCFS_STAT];

    if (procfs_read(text, sizeof text, "/proc/%d/task/%ld/stat", s->process,
                    number) <= 0) {
        note_unread(s);
        return 0;
    }

    const char *state = procfs_state(text);

    if (state == NULL) {
        s->unreadable = true;
        return 0;
    }
    if (*state == 'Z' || *state == 'X')
        return 0;

    struct task *t = snapshot_add(s);

    if (t == NULL)
        return -1;
    t->waits.process = s->process;
    t->waits.task = (pid_t)number;
    read_task(s, t, state);
    return 0;
}

static int snapshot_take(struct snapshot *s, pid_t root)
{
    if (descendants_list(&s->list, root, s->probe) < 0)
        return -1;
    for (size_t i = 0; i < s->list.count; i++) {
        char path[PROCFS_PATH];

        s->process = s->list.pid[i];
        snprintf(path, sizeof path, "/proc/%d/task", s->process);
        if (procfs_numbers(path, snapshot_task, s) == 0)
            continue;
        if (errno == ENOMEM)
            return -1;
        note_unread(s);
    }
    return 0;
}

static bool task_same(const struct task *a, const struct task *b)
{
    return a->state == b->state && a->run_ns == b->run_ns &&
           a->slices == b->slices && a->waits.process == b->waits.process &&
           a->waits.task == b->waits.task && a->waits.call == b->waits.call &&
           memcmp(a->waits.argument, b->waits.argument,
                  sizeof a->waits.argument) == 0;
}

/** Zombies count here: an orphan on its way to its new parent may be missed
 *  once, but then the process that left it has ended meanwhile. */
static bool snapshot_same(const struct snapshot *a, const struct snapshot *b)
{
    if (a->count != b->count || a->list.count != b->list.count)
        return false;
    for (size_t i = 0; i < a->list.count; i++)
        if (a->list.pid[i] != b->list.pid[i])
            return false;
    for (size_t i = 0; i < a->count; i++)
        if (!task_same(&a->task[i], &b->task[i]))
            return false;
    return true;
}

/** A task that is stopped does not wake, whatever it was in; what wakes a
 *  process is of no use to a stopped one. */
static enum waits judge_task(const struct snapshot *s, size_t i)
{
    const struct task *t = &s->task[i];

    if (t->state != 'S')
        return WAITS_EVER;

    enum waits call = waits_judge(&t->waits, s->probe);

    if (call > WAITS_LONG)
        return call;
    if (i > 0 && s->task[i - 1].state == 'S' &&
        s->task[i - 1].waits.process == t->waits.process)
        return call;

    enum waits process = waits_judge_process(&t->waits);

    return process > call ? process : call;
}

static enum quiescence_state judge(const struct snapshot *s)
{
    static const enum quiescence_state state[] = {
        [WAITS_EVER] = QUIESCENCE_FOREVER,    [WAITS_LONG] = QUIESCENCE_LONG,
        [WAITS_DORMANT] = QUIESCENCE_DORMANT, [WAITS_TIMED] = QUIESCENCE_TIMED,
        [WAITS_UNKNOWN] = QUIESCENCE_UNKNOWN,
    };
    enum waits worst = WAITS_EVER;

    if (s->unreadable)
        return QUIESCENCE_UNKNOWN;
    if (s->count == 0)
        return QUIESCENCE_GONE;
    if (!s->probe->proc_syscall)
        return QUIESCENCE_UNKNOWN;
    for (size_t i = 0; i < s->count; i++) {
        enum waits waits = judge_task(s, i);

        worst = waits > worst ? waits : worst;
    }
    return state[worst];
}

static void describe(struct quiescence *result, const struct snapshot *s)
{
    uint64_t run_ns = 0;

    for (size_t i = 0; i < s->count; i++)
        run_ns += s->task[i].run_ns;
    result->cpu_us = (int64_t)(run_ns / 1000);
    if (s->count > 0)
        snprintf(result->call, sizeof result->call, "%s",
                 waits_name(s->task[0].waits.call));
}

void quiescence_look(pid_t root, const struct sandbox_probe *probe,
                     struct quiescence *result)
{
    struct snapshot first = { .probe = probe };
    struct snapshot second = { .probe = probe };

    *result = (struct quiescence){ .state = QUIESCENCE_UNKNOWN };
    if (snapshot_take(&first, root) < 0)
        goto out;
    describe(result, &first);
    result->state = QUIESCENCE_BUSY;
    if (first.busy)
        goto out;

    /* Judged between the looks: if both agree, nothing has moved meanwhile. */
    enum quiescence_state state = judge(&first);

    if (snapshot_take(&second, root) < 0)
        result->state = QUIESCENCE_UNKNOWN;
    else if (!second.busy && snapshot_same(&first, &second))
        result->state = second.unreadable ? QUIESCENCE_UNKNOWN : state;
out:
    snapshot_free(&first);
    snapshot_free(&second);
}
