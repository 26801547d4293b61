/**
 * @file quiescence.h
 * Is the program blocked for ever? Every task of every descendant is looked at
 * twice; only if all were asleep both times, and none has run in between, they
 * were all asleep at one moment; and only if none of them waits with a time
 * limit can nothing but the harness wake them.
 *
 * Whatever cannot be read is not known, and never taken for "for ever". What no
 * file shows at all: an alarm(2) whose signal is neither caught nor waited for,
 * which would end the program; and what is under way to a task in poll(2) or
 * its like from outside the tree, such as packets of a network.
 *
 * A stopped task is asleep for ever. So is one that the caller traces and
 * holds; one whose stop the caller has yet to wait for is busy.
 */
#ifndef QUIESCENCE_H
#define QUIESCENCE_H

#include "sandbox.h"

#include <stdint.h>
#include <sys/types.h>

enum quiescence_state {
    /** Something runs, or ran between the two looks, or is in disk wait. */
    QUIESCENCE_BUSY,
    /** All asleep; one of them has set a time at which it wakes by itself. */
    QUIESCENCE_TIMED,
    /** The same, and each such time was WAITS_LONG_S or more away when its
     *  wait began. */
    QUIESCENCE_LONG,
    /** All asleep; a timer descriptor wakes them within a moment, or nothing
     *  but the harness does. */
    QUIESCENCE_DORMANT,
    /** All asleep; how one of them waits cannot be told. */
    QUIESCENCE_UNKNOWN,
    /** All asleep, and only the harness can wake them. */
    QUIESCENCE_FOREVER,
    /** No descendant is left but zombies, or none at all. */
    QUIESCENCE_GONE
};

/** What a look found. */
struct quiescence {
    enum quiescence_state state;
    /** CPU time of all tasks seen, in microseconds. */
    int64_t cpu_us;
    /** The call that the first process's first task sleeps in, such as
     *  "accept4" or "recvfrom"; "" where it cannot be told. */
    char call[24];
};

/**
 * Looks at all descendants of `root`, without `root` itself: orphans that came
 * to a subreaper are among them. Does not block; some tens of microseconds a
 * task.
 */
void quiescence_look(pid_t root, const struct sandbox_probe *probe,
                     struct quiescence *result);

#endif
