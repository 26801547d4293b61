/**
 * @file selection.h
 * Which scenarios are meant: `LAB`, `LAB/SCENARIO`, or nothing for all.
 */
#ifndef SELECTION_H
#define SELECTION_H

#include "schedule.h"

#include <stdbool.h>

/** What one argument names. */
struct selection_name {
    const struct lab *lab;
    /** NULL where the whole lab is meant. */
    const struct scenario *scenario;
};

/** Finds what `LAB` or `LAB/SCENARIO` names. -1 and EINVAL: there is none, and
 *  `problem` says what there is, the nearest names first; -1 and ENOMEM. */
int selection_find(struct selection_name *name, const char *argument,
                   struct bytes *problem);

/** Cases in catalogue order, each once. The owner calls selection_free. */
struct selection {
    struct schedule_case *cases;
    size_t count;
};

/** Makes the cases for the arguments; all there are for none. Errors as
 *  selection_find's. */
int selection_make(struct selection *s, char *const *arguments, size_t count,
                   struct bytes *problem);

/** Leaves only one role's scenarios. */
void selection_keep_role(struct selection *s, enum role role);

/** All cases are of one lab, and there is one. */
bool selection_is_one_lab(const struct selection *s);

/** Frees the outcomes, too. */
void selection_free(struct selection *s);

#endif
