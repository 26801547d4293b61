/**
 * @file catalogue.h
 * The list of labs. A new lab is one table in labs/ and one line in
 * catalogue.c.
 */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include "bytes.h"
#include "scenario.h"

#include <stddef.h>

enum { CATALOGUE_ARGS = SCENARIO_ARGS + LAB_OPERANDS };

/** The labs in the order in which they are taken, NULL behind the last. */
extern const struct lab *const catalogue_labs[];

/** The lab of this name ("01-stream"), or of this number ("01"), or NULL. */
const struct lab *catalogue_find(const char *name);

/** How many scenarios the lab has. */
size_t catalogue_count(const struct lab *lab);

/** The lab's scenario at `index` < catalogue_count(), over all its groups. */
const struct scenario *catalogue_at(const struct lab *lab, size_t index);

/** The lab's scenario of this name, or NULL. */
const struct scenario *catalogue_scenario(const struct lab *lab,
                                          const char *name);

/** The next word of a list that is separated by blanks, as a scenario's rules
 *  and man pages are: its length, and `*rest` behind it; NULL at the end. */
const char *catalogue_word(const char **rest, size_t *length);

/** The rule of this number, of the lab or common to all labs, or NULL.
 *  `length` bytes of `id` count, so that a list can be walked in place. */
const struct rule *catalogue_rule(const struct lab *lab, const char *id,
                                  size_t length);

/** What the scenario's program is given: templates, the lab's operands in their
 *  place, NULL behind the last. Returns how many. */
size_t catalogue_args(const struct lab *lab, const struct scenario *s,
                      const char *args[CATALOGUE_ARGS + 1]);

/** Appends the scenario's command line, by hand, with what the lab's programs
 *  must be given. -1 and ENOMEM. */
int catalogue_by_hand(const struct lab *lab, const struct scenario *s,
                      struct bytes *out);

#endif
