/*
 * A moment by which something must have happened.
 */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdint.h>

/* A deadline that never comes. */
#define DEADLINE_NONE INT64_MAX

/* The moment that is this many milliseconds away. */
int64_t deadline_in(int limit_ms);

/* Milliseconds left until then, rounded up; 0 when it has passed, -1 where it
 * never comes. Made for poll(2), whose limit counts from the call and not from
 * the beginning of what is waited for. */
int deadline_left(int64_t deadline);

#endif
