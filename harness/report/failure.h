/**
 * @file failure.h
 * The block of the text report that tells why one scenario did not pass.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include "print.h"

/** Prints the block: title, steps with the failing one marked, reason, expected
 *  and actual, hint, rules, man pages, and how to run it alone. */
void failure_print(const struct print *p, const json_t *lab,
                   const json_t *scenario);

#endif
