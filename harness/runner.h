/**
 * @file runner.h
 * One case: scenario + program + peers -> outcome. The only part that knows
 * program and peers both. It runs in a process of its own and may block there.
 *
 * When it waits for something that does not come, it asks quiescence.h: blocked
 * for ever ends the wait at once; a program that sleeps with a time limit, or
 * in a way that cannot be told, has until the step's clock ends; one that
 * computes has RUNNER_CPU_US of its own CPU time; and where wall time alone has
 * passed (RUNNER_WALL_US), the verdict is `unknown`.
 */
#ifndef RUNNER_H
#define RUNNER_H

#include "sandbox.h"
#include "scenario.h"

#include <stdint.h>

enum {
    /** How long a program may sleep with a time limit where no rule has a
     *  clock: twenty times the second that C7 and S8's timers are about. */
    RUNNER_CLOCK_US = 20 * 1000 * 1000,
    RUNNER_CPU_US = 2 * 1000 * 1000,
    RUNNER_WALL_US = 120 * 1000 * 1000
};

/** How the program was built decides what it is allowed. */
enum runner_build {
    RUNNER_PLAIN,
    RUNNER_SANITIZER,
    /** SIGTERM, and a wait, before SIGKILL; counters are written. */
    RUNNER_COVERAGE
};

/** What all cases of a run share. */
struct runner_config {
    uint64_t seed;
    /** All clocks are multiplied by this. */
    double timeout_scale;
    /** argv of each role's program, NULL where there is none; argv[0] is
     *  absolute and can be executed by the slots' users. */
    char *const *argv[ROLE_COUNT];
    /** Why there is none: "labs/01-stream/server.c does not compile". */
    const char *missing[ROLE_COUNT];
    enum runner_build build;
    /** A directory that anyone may write to, for coverage; else NULL. */
    const char *counters;
    struct sandbox_probe probe;
    /** The run's directory; cases make theirs below it. */
    const char *directory;
};

/** Writes the path of the directory of a case that runs in this slot. The case
 *  makes it and empties it; only the owner of the run's directory, the caller
 *  of runner_play's process, can remove it. -1 and ENAMETOOLONG. */
int runner_directory(const struct runner_config *config, const struct lab *lab,
                     const struct scenario *scenario, int slot, char *path,
                     size_t size);

/**
 * Plays the scenario as the calling process, which must be a fresh fork: it
 * becomes the warden of the program, and the slot's user where `user` is not 0.
 * Writes the outcome as JSON to `result_fd`.
 *
 * @return the exit status for the process: 0 where an outcome was written and
 * nothing survived, 3 otherwise.
 */
int runner_play(const struct runner_config *config, const struct lab *lab,
                const struct scenario *scenario, uid_t user, int slot,
                int result_fd);

#endif
