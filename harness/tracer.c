#include "tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "procfs.h"
#include "tracer-inside.h"

static struct tracer_task *task_find(const struct tracer *t, pid_t id)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->task[i].id == id)
            return &t->task[i];
    return NULL;
}

int tracer_add(struct tracer *t, pid_t id)
{
    if (task_find(t, id) != NULL)
        return 0;
    if (t->count == t->capacity) {
        size_t capacity = t->capacity == 0 ? 8 : 2 * t->capacity;
        struct tracer_task *grown = realloc(t->task, capacity * sizeof *grown);

        if (grown == NULL)
            return -1;
        t->task = grown;
        t->capacity = capacity;
    }
    t->task[t->count++] = (struct tracer_task){ .id = id };
    return 0;
}

static void task_remove(struct tracer *t, pid_t id)
{
    struct tracer_task *task = task_find(t, id);

    if (task == NULL)
        return;

    size_t behind = t->count - (size_t)(task - t->task) - 1;

    memmove(task, task + 1, behind * sizeof *task);
    t->count--;
    if (t->held == id)
        t->held = 0;
}

/** Sends a task on to its next stop. Where it has been killed meanwhile, there
 *  is nothing to send on: its end will be reported. */
static void task_resume(pid_t id, int signal)
{
    ptrace(PTRACE_SYSCALL, id, NULL, (long)signal);
}

int tracer_begin(struct tracer *t, pid_t program, enum tracer_point point)
{
    *t = (struct tracer){ 0 };
    if (tracer_add(t, program) < 0)
        return -1;
    if (ptrace(PTRACE_SETOPTIONS, program, NULL, (long)TRACER_OPTIONS) < 0 ||
        ptrace(PTRACE_SYSCALL, program, NULL, 0L) < 0) {
        int kept = errno;

        free(t->task);
        *t = (struct tracer){ 0 };
        errno = kept;
        return -1;
    }
    t->program = program;
    t->point = point;
    t->active = true;
    return 0;
}

/** Whether a task at a system call stop is where it is to be held: before the
 *  call, or behind it where it has succeeded. */
static bool is_at_point(struct tracer_task *task, enum tracer_point point)
{
    struct __ptrace_syscall_info info;
    bool inside = task->inside;

    task->inside = false;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->id, sizeof info, &info) <= 0)
        return false;
    if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        return inside && !info.exit.is_error;
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;

    const struct tracer_call *call = tracer_find_call(task->id, point, &info);

    task->inside = call != NULL && call->behind;
    return call != NULL && !call->behind;
}

static void handle_call(struct tracer *t, pid_t id)
{
    struct tracer_task *task = task_find(t, id);

    if (task == NULL || !is_at_point(task, t->point)) {
        task_resume(id, 0);
        return;
    }
    if (t->visit != NULL) {
        t->visit(t->context);
        task_resume(id, 0);
        return;
    }
    task->stands = true;
    if (t->held == 0)
        t->held = id;
}

/** A thread that calls exec takes over the number of the process; the task that
 *  it was is gone without a word. */
static void handle_exec(struct tracer *t, pid_t id)
{
    unsigned long former = 0;

    if (ptrace(PTRACE_GETEVENTMSG, id, NULL, &former) == 0 &&
        (pid_t)former != id)
        task_remove(t, (pid_t)former);
}

/** Should memory run out here, the child is met again at its first stop. */
static void handle_birth(struct tracer *t, pid_t id)
{
    unsigned long child = 0;

    if (ptrace(PTRACE_GETEVENTMSG, id, NULL, &child) == 0 && child != 0)
        (void)tracer_add(t, (pid_t)child);
}

static bool is_birth(int event)
{
    return event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
           event == PTRACE_EVENT_CLONE;
}

/** `stop` as of waitpid(2). A program that was stopped by a signal stays so:
 *  that is what PTRACE_LISTEN is for. */
static void handle_stop(struct tracer *t, pid_t id, int stop)
{
    int signal = WSTOPSIG(stop);
    int event = stop >> 16;

    if (signal == (SIGTRAP | 0x80)) {
        handle_call(t, id);
        return;
    }
    if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
        ptrace(PTRACE_LISTEN, id, NULL, NULL);
        return;
    }
    if (event == PTRACE_EVENT_EXEC)
        handle_exec(t, id);
    else if (is_birth(event))
        handle_birth(t, id);
    task_resume(id, event == 0 ? signal : 0);
}

/** A task that cannot be entered in the list could never be let go of; it is
 *  sent on its way untraced. */
static void handle(struct tracer *t, pid_t id, int stop)
{
    t->stops++;
    if (!WIFSTOPPED(stop))
        task_remove(t, id);
    else if (tracer_add(t, id) < 0)
        ptrace(PTRACE_DETACH, id, NULL, NULL);
    else
        handle_stop(t, id, stop);
}

enum tracer_event tracer_step(struct tracer *t, pid_t program, int *status)
{
    for (;;) {
        int found;
        pid_t id = waitpid(-1, &found, WNOHANG | __WALL);

        if (id < 0 && errno == EINTR)
            continue;
        if (id < 0)
            return TRACER_ENDED;
        if (id == 0)
            return t->held == 0 ? TRACER_NOTHING : TRACER_HELD;
        handle(t, id, found);
        if (id == program && !WIFSTOPPED(found)) {
            *status = found;
            return TRACER_ENDED;
        }
    }
}

int tracer_await(pid_t id)
{
    siginfo_t info;
    int stop = 0;

    while (waitid(P_PID, (id_t)id, &info,
                  WEXITED | WSTOPPED | WNOWAIT | __WALL) < 0)
        if (errno != EINTR)
            return 0;
    if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
        return 0;
    waitpid(id, &stop, WNOHANG | __WALL);
    return WIFSTOPPED(stop) ? stop : 0;
}

static char task_state(pid_t id)
{
    char stat[PROCFS_STAT];
    const char *state = NULL;

    if (procfs_read(stat, sizeof stat, "/proc/%d/stat", id) > 0)
        state = procfs_state(stat);
    return state == NULL ? 'X' : *state;
}

/** Stops a task that runs, to let go of it. Returns the signal that it was
 *  about to get, or 0; -1 where it has ended. A first thread that has left its
 *  process has ended, but is not reported while others live. */
static int release_stop(struct tracer *t, pid_t id)
{
    char state = task_state(id);

    if (state == 'Z' || state == 'X')
        return -1;
    ptrace(PTRACE_INTERRUPT, id, NULL, NULL);

    int stop = tracer_await(id);

    if (stop == 0)
        return -1;
    if (is_birth(stop >> 16))
        handle_birth(t, id);
    else if (stop >> 16 == PTRACE_EVENT_EXEC)
        handle_exec(t, id);
    return stop >> 16 == 0 && WSTOPSIG(stop) != (SIGTRAP | 0x80)
               ? WSTOPSIG(stop)
               : 0;
}

/** The newest first: one that waits for its vfork(2) child cannot be stopped
 *  before that runs free. The end of a thread must be waited for, or that of
 *  its process is never reported; so must a grandchild's, or its own parent
 *  does not hear of it. */
void tracer_release(struct tracer *t)
{
    while (t->count > 0) {
        struct tracer_task task = t->task[--t->count];
        int signal = task.stands ? 0 : release_stop(t, task.id);

        if (signal >= 0)
            ptrace(PTRACE_DETACH, task.id, NULL, (long)signal);
        else if (task.id != t->program)
            waitpid(task.id, NULL, WNOHANG | __WALL);
    }
    free(t->task);
    *t = (struct tracer){ 0 };
}
