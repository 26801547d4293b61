/**
 * @file verdict.h
 * Pure scoring: outcomes of cases -> the document that all reports are made
 * from. Nothing here runs or prints anything.
 *
 * The document: {kit, version, seed, sandbox:{level, missing[], kill}, points,
 * max, provisional, labs:[{lab, title, points, max, rules:{number: text},
 * scenarios:[{name, title, role, rules[], verdict, points, max, ms, cpu_ms,
 * peak_kib, reason, expected, actual, observed, hint, man[], command,
 * waits_for, transcript:[{t_us, who, what}]}]}]}. `waits_for` stands only where
 * a prerequisite did not pass, and names the first of the chain.
 *
 * `points` and `max` count as follows: pass scores the scenario's points; fail,
 * unknown and a skip after a failed prerequisite score 0 and stay in `max`; a
 * skip for something that this machine cannot do leaves `max`. Any `unknown`
 * makes the total `provisional`, and so does a run with nothing to be graded.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "sandbox.h"
#include "schedule.h"

#include <jansson.h>
#include <stdint.h>

/** What is said of the run as a whole. */
struct verdict_run {
    /** Below 2^63, which is where JSON's integers end. */
    uint64_t seed;
    const struct sandbox_probe *probe;
    /** How the programs were given, for the command that runs one case alone:
     *  " --from DIR", " --server CMD", or "". */
    const char *programs;
};

/**
 * Scores the cases, which stand in catalogue order, lab by lab. A scenario
 * whose `after` did not pass becomes a skip, whatever came of it; a skip for
 * something that this machine cannot do stays one. An `after` that is not among
 * the cases counts for nothing.
 *
 * @return a new document, NULL without memory.
 */
json_t *verdict_document(const struct verdict_run *run,
                         const struct schedule_case *cases, size_t count);

/** The exit status for the document: 0 all points, 1 points lost, 3 where the
 *  total is provisional. */
int verdict_exit_status(const json_t *document);

#endif
