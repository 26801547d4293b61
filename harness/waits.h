/**
 * @file waits.h
 * How a sleeping task waits: for ever, or until a time that the program itself
 * has set. One table says it for each system call.
 */
#ifndef WAITS_H
#define WAITS_H

#include "sandbox.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { WAITS_LONG_S = 50 };

/** The worse an answer is, the higher: the highest of all tasks counts. */
enum waits {
    /** Only somebody else can wake it. */
    WAITS_EVER,
    /** It wakes by itself, but the limit it has set is WAITS_LONG_S or more
     *  from the beginning of the wait (of a timer descriptor: from now). */
    WAITS_LONG,
    /** A timer descriptor of its process wakes it within a moment, or never:
     *  which of both does not show. */
    WAITS_DORMANT,
    /** It wakes by itself. */
    WAITS_TIMED,
    /** It cannot be told, or cannot be read. */
    WAITS_UNKNOWN
};

/** A task, and the system call that it sleeps in. */
struct waits_task {
    pid_t process;
    pid_t task;
    /** -1 where it sleeps in none. */
    long call;
    uint64_t argument[6];
};

/** The call's name, such as "accept4"; "" where the table lacks it. */
const char *waits_name(long call);

/** The call that restart_syscall(2) goes on with, behind a stop, with the
 *  arguments that the task shows still; restart_syscall where it cannot be
 * told. Does not block. */
long waits_restarted(const struct waits_task *t);

/** Judges the call that a task sleeps in, by its arguments and, where it is on
 *  a socket, by that socket's time-outs. Does not block. */
enum waits waits_judge(const struct waits_task *t,
                       const struct sandbox_probe *probe);

/** Judges what else can wake the task's process: timer descriptors, POSIX
 *  timers, a handler for alarms, an io_uring. Does not block. */
enum waits waits_judge_process(const struct waits_task *t);

#endif
