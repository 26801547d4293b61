#include "tracer-inside.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ptrace.h>

#include "procfs.h"

/* A task that ends meanwhile is none of ours any more. */
static int seize(long task, void *context)
{
    struct tracer *t = context;
    pid_t id = (pid_t)task;

    if (ptrace(PTRACE_SEIZE, id, NULL, (long)TRACER_OPTIONS) < 0)
        return errno == ESRCH ? 0 : -1;
    if (tracer_add(t, id) < 0)
        return -1;
    if (ptrace(PTRACE_INTERRUPT, id, NULL, NULL) == 0 && tracer_await(id) != 0)
        ptrace(PTRACE_SYSCALL, id, NULL, 0L);
    return 0;
}

int tracer_watch(struct tracer *t, pid_t program, const pid_t *process,
                 size_t count, enum tracer_point point,
                 void (*visit)(void *context), void *context)
{
    *t = (struct tracer){ .program = program,
                          .point = point,
                          .visit = visit,
                          .context = context,
                          .active = true };
    for (size_t i = 0; i < count; i++) {
        char path[PROCFS_PATH];

        snprintf(path, sizeof path, "/proc/%d/task", process[i]);
        if (procfs_numbers(path, seize, t) < 0 && errno != ENOENT) {
            int kept = errno;

            tracer_release(t);
            errno = kept;
            return -1;
        }
    }
    return 0;
}
