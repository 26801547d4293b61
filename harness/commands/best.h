/**
 * @file best.h
 * The best results so far, kept in `build/progress.json`:
 * {LAB: {points, scenarios: {NAME: points}}}.
 */
#ifndef BEST_H
#define BEST_H

#include <jansson.h>

/** What is kept: an object, empty where nothing is, or where it cannot be
 *  read. NULL without memory. */
json_t *best_load(void);

/** The best points for a scenario, -1 where it has not been graded. */
int best_scenario(const json_t *best, const char *lab, const char *scenario);

/** The best points for a whole lab, -1 where it has not been graded whole. */
int best_lab(const json_t *best, const char *lab);

/** Adds a document's results and saves them, all at once. Makes `build` where
 *  it is missing. -1 and errno. */
int best_record(const json_t *document);

#endif
