/**
 * @file schedule.h
 * Many cases at once, each in a process and a slot of its own; a case waits
 * until its prerequisite has passed. The order in which they end never changes
 * a verdict.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "runner.h"

#include <jansson.h>
#include <signal.h>
#include <stddef.h>

/** One case to be run, and what came of it. */
struct schedule_case {
    const struct lab *lab;
    const struct scenario *scenario;
    /** outcome_json's object, owned by the caller; set by schedule_run. */
    json_t *outcome;
};

struct schedule {
    const struct runner_config *config;
    /** How many cases run at once; 0 is four times the processors. */
    int jobs;
    /** Called in the caller's process after each case, in the order in which
     *  they end; may be NULL. */
    void (*progress)(const struct schedule_case *ended, size_t done,
                     size_t total, void *data);
    void *data;
    /** Becomes non-zero, by a signal, when the run is to be given up; may be
     *  NULL. */
    const volatile sig_atomic_t *stop;
};

/**
 * Runs all cases. Blocks until all have ended. A case whose process dies
 * without an outcome, or does not end at all, gets the verdict unknown.
 *
 * A case whose prerequisite (turns.h) has not passed is not played: it is
 * `unknown`, or `skip` where this machine could not play it anyhow, and
 * verdict.h tells what it waits for.
 *
 * As root every slot has a user of its own, held for the time of the call; a
 * user that owns processes, or that another run holds, is passed over.
 *
 * @return -1 and errno where no case could be started at all; -1 and EINTR
 * where it was stopped: the cases that ran have been ended.
 */
int schedule_run(const struct schedule *s, struct schedule_case *cases,
                 size_t count);

#endif
