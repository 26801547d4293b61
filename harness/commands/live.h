/**
 * @file live.h
 * What is shown while a run goes on.
 */
#ifndef LIVE_H
#define LIVE_H

#include "report/report.h"
#include "verdict.h"

struct live {
    FILE *out;
    const struct report_style *style;
    const struct verdict_run *run;
    /** All cases of the run, in catalogue order. */
    const struct schedule_case *cases;
    /** How many of them have been dealt with. */
    size_t printed;
    /** As schedule.h's: what ends because of it is not shown. */
    const volatile sig_atomic_t *stop;
};

/** Prints a line for each case that has ended with all that stand before it, in
 *  catalogue order, so that a prerequisite always comes first: as schedule.h's
 *  `progress`, with a struct live as `data`. */
void live_line(const struct schedule_case *ended, size_t done, size_t total,
               void *data);

#endif
