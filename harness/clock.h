/**
 * @file clock.h
 * Monotonic time, in microseconds. Wall time alone never fails a program; see
 * runner.h for what a deadline means.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

/** Microseconds since some moment in the past, never going back. */
int64_t clock_now(void);

/** What is left until `deadline` (as of clock_now), never below 0, in the form
 *  that ppoll(2) takes. */
struct timespec clock_left(int64_t deadline);

#endif
