/**
 * @file labs.h
 * The labs' tables, and the rules that all labs share.
 */
#ifndef LABS_LABS_H
#define LABS_LABS_H

#include "scenario.h"

extern const struct lab lab_01_stream;

/** Rules that lab 01 cannot show, separated by blanks: C10 is about times, and
 *  no rule of lab 01 names one. */
extern const char lab_01_stream_not_shown[];

/** The rules C1 to C12 and A1 to A6. */
extern const struct rule rules_common[];
extern const size_t rules_common_count;

#endif
