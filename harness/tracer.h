/**
 * @file tracer.h
 * Holds a program right before one of its system calls, or right after it, so
 * that a peer can act at a moment that is otherwise a matter of luck.
 */
#ifndef TRACER_H
#define TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** What tracer_step found. */
enum tracer_event {
    /** Nothing yet: wait for SIGCHLD. */
    TRACER_NOTHING,
    /** The program stands at the call. */
    TRACER_HELD,
    /** The program has ended without it. */
    TRACER_ENDED
};

/** The calls at which a program can be held: before them, but for one. */
enum tracer_point {
    /** Any that sends on a socket whose other end this process has made. */
    TRACER_SEND,
    /** connect(2) of a socket of the UNIX domain. */
    TRACER_CONNECT,
    /** Right after bind(2) has given a socket of the UNIX domain a path. */
    TRACER_BOUND,
    /** listen(2) of a socket of the UNIX domain. */
    TRACER_LISTEN,
    /** Any that is given the name of a file. */
    TRACER_NAMES
};

/** Starts as { 0 }; tracer_release gives back what it holds. */
struct tracer {
    /** The task that is held, or 0. */
    pid_t held;
    bool active;
    enum tracer_point point;
    /** How many stops have been handled: while it grows the program runs,
     *  however it looks. */
    unsigned long stops;
    /** What is done at such a call in place of holding the task; or NULL. */
    void (*visit)(void *context);
    void *context;
    pid_t program;
    /** All traced tasks, the newest last. */
    struct tracer_task *task;
    size_t count;
    size_t capacity;
};

/**
 * Takes over a program that was started with `traced` (it stands in the ptrace
 * stop of its exec, see program_start), and lets it run, with all that it
 * starts, until a task comes to such a call. Any other task that comes to that
 * point later stands still there too.
 *
 * Signals reach the program as ever. While a tracer is active its tasks stand
 * still again and again until tracer_step sends them on: call it at each
 * SIGCHLD.
 *
 * @return -1 and errno: ENOMEM, or ESRCH where the program does not stand as it
 * should. Nothing is traced then.
 */
int tracer_begin(struct tracer *t, pid_t program, enum tracer_point point);

/**
 * Takes over programs that run, with all their threads and with all that they
 * start from now on: before each call that comes to the point `visit` is
 * called, and the task goes on. Each task is interrupted for a moment first, as
 * by tracer_release. All of them should be asleep: one that is just being
 * started is missed.
 *
 * @return -1 and errno, where one cannot be traced: then nothing is.
 */
int tracer_watch(struct tracer *t, pid_t program, const pid_t *process,
                 size_t count, enum tracer_point point,
                 void (*visit)(void *context), void *context);

/** Handles what the traced tasks have come to since; does not block. While a
 *  tracer is active nothing else may wait for children. `status` is set, once,
 *  when the program has ended. */
enum tracer_event tracer_step(struct tracer *t, pid_t program, int *status);

/**
 * Lets go of all tasks: the program runs on as if it had never been traced. A
 * task that stands before a call carries it out, one that stands behind it gets
 * its result. One that runs is interrupted
 * for a moment first, which it notices as it would notice SIGSTOP and SIGCONT:
 * not at all, but that epoll_wait(2) may return EINTR.
 *
 * The program's end, if it comes meanwhile, is left for program_reap. Blocks
 * until each task has come to a stop: some tens of microseconds.
 */
void tracer_release(struct tracer *t);

#endif
