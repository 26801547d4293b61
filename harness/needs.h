/**
 * @file needs.h
 * What a scenario asks of the machine, derived from its steps alone: where the
 * machine does not have it, the scenario is skipped whatever the program, and
 * `doctor` says so.
 */
#ifndef NEEDS_H
#define NEEDS_H

#include "bytes.h"
#include "sandbox.h"

enum need {
    /** Peers of other users. */
    NEED_USERS,
    /** A process with the number of one that has gone. */
    NEED_NUMBERS,
    /** Root may send the credentials of another process. */
    NEED_CLAIMS,
    /** The program may be process 1 of a namespace of its own. */
    NEED_NAMESPACE,
    /** Nobody else's program runs as the program's user. */
    NEED_ACCOUNT,
    /** A program can be held at a system call. */
    NEED_HOLDING,
    /** The program's sockets can be looked at. */
    NEED_SIGHT,
    /** A datagram queue that can be filled: where it is hundreds, a sender's
     *  own buffer is full before. */
    NEED_QUEUE,
    NEED_COUNT
};

/** Its name, for `doctor`: "other users". */
const char *needs_name(enum need need);

/** The machine that was probed has it. */
bool needs_are_met(enum need need, const struct sandbox_probe *probe);

/** A step of the scenario asks for it. */
bool needs_has(const struct scenario *s, enum need need);

/** Why the scenario cannot be played on this machine: the first reason, or
 *  NULL. */
const char *needs_lack(const struct scenario *s,
                       const struct sandbox_probe *probe);

/** Appends what the machine has, or what it lacks and which scenarios of these
 *  labs (NULL behind the last) are skipped for that. -1 and ENOMEM. */
int needs_tell(struct bytes *out, enum need need,
               const struct sandbox_probe *probe,
               const struct lab *const *labs);

#endif
