/**
 * @file outcome.h
 * What one case came to, and its transcript: made by the runner, handed on as
 * JSON.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "bytes.h"

#include <jansson.h>
#include <stdint.h>

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_SKIP, VERDICT_UNKNOWN };

/** "pass", "fail", "skip", "unknown". */
const char *outcome_verdict_name(enum verdict verdict);

enum {
    /** Entries kept of a transcript: the first third, and the latest. */
    OUTCOME_ENTRIES = 120
};

enum outcome_who { OUTCOME_PEER, OUTCOME_PROGRAM };

struct outcome_entry {
    int64_t at_us;
    enum outcome_who who;
    char *what;
};

struct outcome {
    enum verdict verdict;
    /** One sentence of cause; set where the verdict is not pass. */
    struct bytes reason;
    /** Printable; empty where there is nothing to compare. */
    struct bytes expected;
    struct bytes actual;
    /** What an observation saw; empty elsewhere. */
    struct bytes observed;
    int64_t started_us;
    int64_t ended_us;
    /** Of the program. */
    int64_t cpu_us;
    long peak_kib;
    struct outcome_entry entries[OUTCOME_ENTRIES];
    int count;
    /** How many entries were left out in the middle. */
    int left_out;
};

/** Starts the clock; the verdict is pass until something says otherwise. */
void outcome_begin(struct outcome *o);

/** Adds a line to the transcript. Memory that runs out loses lines, never the
 *  verdict. */
void outcome_note(struct outcome *o, enum outcome_who who, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/** Sets verdict and reason, once: the first cause stands. */
void outcome_judge(struct outcome *o, enum verdict verdict, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));

/** The outcome as the JSON object that schedule.h hands on; NULL without
 *  memory. */
json_t *outcome_json(const struct outcome *o);

/** Gives the memory back. */
void outcome_free(struct outcome *o);

#endif
