/**
 * @file turns.h
 * Whose turn it is: a case is played once its prerequisite has passed. Pure:
 * nothing here starts anything.
 */
#ifndef TURNS_H
#define TURNS_H

#include "schedule.h"

#include <stdbool.h>
#include <stddef.h>

struct turn {
    bool taken;
    /** The index of its prerequisite; its own where it has none. */
    size_t after;
    /** Milliseconds of clocks in it and in what waits for it. */
    long weight;
};

/** The owner calls turns_free. */
struct turns {
    const struct schedule_case *cases;
    size_t count;
    struct turn *turn;
};

/** The index of the case that must pass before this one: the one of the same
 *  lab, earlier among the cases, that `after` names. `index` where there is
 *  none. */
size_t turns_prerequisite(const struct schedule_case *cases, size_t index);

/** Keeps `cases`, whose outcomes are read as they come. -1 and ENOMEM. */
int turns_open(struct turns *t, const struct schedule_case *cases,
               size_t count);

/**
 * The case to be started next; the caller sets its `taken` once it is. Of those
 * that wait for nothing more it is the one with the most clocks behind it, so
 * that no long wait is left for the end; the earlier one where there are as
 * many.
 *
 * @return its index; `count` while there is none.
 */
size_t turns_next(const struct turns *t);

/** The prerequisite has ended, and has not passed. */
bool turns_is_lost(const struct turns *t, size_t index);

/** Gives the memory back. */
void turns_free(struct turns *t);

#endif
