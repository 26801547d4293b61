/**
 * @file descendants.h
 * The processes that a process has started, and theirs, as /proc shows them.
 */
#ifndef DESCENDANTS_H
#define DESCENDANTS_H

#include "sandbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** A list of processes. Starts as { 0 }; the owner calls descendants_free. */
struct descendants {
    pid_t *pid;
    size_t count;
    size_t capacity;
};

/** Lists all descendants of `root` without `root`, parents first, zombies
 *  too. -1 and errno (ENOMEM, or /proc cannot be read). */
int descendants_list(struct descendants *d, pid_t root,
                     const struct sandbox_probe *probe);

/** From now on this process and its descendants are no descendants of anybody:
 *  a helper of the case, which the program knows nothing of. One at a time; 0
 *  is none. */
void descendants_leave_out(pid_t pid);

/** Gives the memory back. */
void descendants_free(struct descendants *d);

/** Signals each. Processes that have gone meanwhile are passed over. */
void descendants_signal(const struct descendants *d, int signal);

/** The letter of /proc/PID/stat: R S D T t Z X; 0 where the process is gone. */
char descendants_state(pid_t pid);

/** What the descendants of a process hold. */
struct census {
    /** Processes, without zombies; and zombies. */
    int processes;
    int zombies;
    /** Open descriptors of all of them. */
    int descriptors;
    /** KiB of anonymous memory in use by all of them; and the most address
     *  space that one of them ever had. */
    long memory_kib;
    long peak_kib;
    /** Descriptors above 2 without close-on-exec; the first one's number and
     *  what it is, such as "socket:[4711]". */
    int inheritable;
    int inheritable_number;
    char inheritable_what[64];
};

/** Counts for all descendants of `root`. -1 and errno where /proc of one of
 *  them cannot be read though it lives (EACCES). */
int census_take(struct census *c, pid_t root,
                const struct sandbox_probe *probe);

/** Sets the soft limit of open files of every descendant: to its lowest free
 *  number and `descriptors` more, so that none can get another one but these;
 *  or back to `descriptors`. The hard limit stays. -1 and errno. */
int census_limit(pid_t root, const struct sandbox_probe *probe, bool limit,
                 unsigned descriptors);

#endif
