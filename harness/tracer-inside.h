/**
 * @file tracer-inside.h
 * What the tracer's files share. Internal to them.
 */
#ifndef TRACER_INSIDE_H
#define TRACER_INSIDE_H

#include "tracer.h"

#include <stdint.h>
#include <sys/ptrace.h>

/** One traced task. */
struct tracer_task {
    pid_t id;
    /** It stands at a call, and has been waited for. */
    bool stands;
    /** It is in a call behind which it is to stand. */
    bool inside;
};

/** What every traced task is traced with. */
enum {
    TRACER_OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL
};

/** A call at which a task may be held. */
struct tracer_call {
    uint64_t number;
    enum tracer_point point;
    /** Which argument is the socket. */
    unsigned socket;
    /** Whether it is a call that counts. */
    bool (*counts)(pid_t task, const uint64_t *argument, unsigned socket);
    /** Whether to hold behind it. */
    bool behind;
};

/** The call that counts which a task is about to make, or NULL. */
const struct tracer_call *
tracer_find_call(pid_t task, enum tracer_point point,
                 const struct __ptrace_syscall_info *info);

/** Enters a task in the list. A new one may stop before its parent's own stop
 *  tells of it, or after. -1 and ENOMEM. */
int tracer_add(struct tracer *t, pid_t id);

/** Waits until a task has stopped or ended. Returns the stop as of waitpid(2),
 *  consumed; 0 for an end, which is left to be waited for. */
int tracer_await(pid_t id);

#endif
