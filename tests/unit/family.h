/**
 * @file family.h
 * Children for tests: whatever they have become, all have ended when a test
 * ends. Include cmocka.h first.
 */
#ifndef FAMILY_H
#define FAMILY_H

#include "clock.h"
#include "descendants.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAMILY_PATIENCE_US = 10 * 1000 * 1000 };

/** Orphans come to the test. Call it once, before any test. */
static inline void family_begin(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1L);
    signal(SIGPIPE, SIG_IGN);
}

/** Runs a function in a child, which dies with the test. */
static inline pid_t family_fork(void (*run)(void *data), void *data)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(data);
        _exit(0);
    }
    assert_true(pid > 0);
    return pid;
}

/** Kills all descendants and waits for them; a teardown function. */
static inline int family_end(void **state)
{
    const struct sandbox_probe probe = { .proc_children = true };
    struct descendants all = { 0 };

    (void)state;
    do {
        if (descendants_list(&all, getpid(), &probe) < 0)
            return -1;
        descendants_signal(&all, SIGKILL);
    } while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR);
    descendants_free(&all);
    return 0;
}

/** Waits until the process is in the state with this letter. */
static inline void family_await(pid_t pid, char letter)
{
    int64_t began = clock_now();

    while (descendants_state(pid) != letter) {
        assert_true(clock_now() - began < FAMILY_PATIENCE_US);
        sched_yield();
    }
}

#endif
