/**
 * @file sandbox.h
 * What this machine can do to keep a program within bounds, found by probing
 * and never assumed, and the means themselves. The level that reports print is
 * computed from the probe: `basic` and what is missing, until every means that
 * `strong` needs is in place.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "bytes.h"

#include <stdbool.h>
#include <sys/types.h>

/** What the probe found. Tests force lower rungs by clearing fields. */
struct sandbox_probe {
    /** Landlock's ABI, 0 where the kernel has none; 6 has the signal scope. */
    int landlock_abi;
    /** A process can be made unable to signal beyond its own descendants. */
    bool signal_scope;
    /** pidfd_getfd(2) works: socket time-outs of the program can be read. */
    bool pidfd_getfd;
    /** /proc/PID/task/TID/children is there (else /proc is walked). */
    bool proc_children;
    /** /proc/PID/task/TID/syscall and schedstat can be read: the program can
     *  be known to be blocked for ever. */
    bool proc_syscall;
    /** A child can be traced (hold it before a call). */
    bool ptrace;
    /** A child can have a pid namespace of its own, and be looked at there. */
    bool pid_namespace;
    /** The harness is root and can become others: programs get a user of their
     *  own. */
    bool root;
    /** Root can give a new process the number of one that has gone. */
    bool numbers;
    /** Root can send another process's credentials for its own. */
    bool claims;
};

/** How everything that a case started is ended, the best rung first. */
enum sandbox_kill {
    /** kill(-1) within a Landlock signal scope: atomic. */
    SANDBOX_KILL_SCOPE,
    /** kill(-1) as a user that owns nothing else: atomic. */
    SANDBOX_KILL_USER,
    /** Stop all descendants until no new one appears, then kill: best effort.
     */
    SANDBOX_KILL_SWEEP
};

/** Finds out what this machine can do, by doing it in children. Blocks for
 *  some milliseconds. Never fails: what cannot be probed is missing. */
void sandbox_probe(struct sandbox_probe *probe);

/** The rung of the ladder for this probe. */
enum sandbox_kill sandbox_kill_rung(const struct sandbox_probe *probe);

/** Its name, for reports: "landlock scope", "user", "sweep". */
const char *sandbox_kill_name(enum sandbox_kill rung);

/** Appends what is missing for `strong`, separated by ", "; nothing is
 *  appended where nothing is missing. -1 and ENOMEM. */
int sandbox_missing(const struct sandbox_probe *probe, struct bytes *out);

/** Makes the calling process, which is root's, another user's for good, without
 *  groups but the one with the user's number. -1 and errno. */
int sandbox_become(uid_t user);

/** fork(2) with the number that the child is to have, 0 for any: -1 and EEXIST
 *  where somebody has it, EPERM where the caller may not choose. The child must
 *  do with little, for the C library has not been asked. */
pid_t sandbox_fork(pid_t number);

/**
 * Gives the calling process no_new_privs and, where the probe has it, a signal
 * scope of its own: from now on neither it nor what it starts can signal
 * anything that it did not start. -1 and errno where the kernel refuses;
 * EOPNOTSUPP: the probe promises what its ABI does not have.
 */
int sandbox_scope_signals(const struct sandbox_probe *probe);

/**
 * As fork(2); the child is process 1 of a pid namespace of its own, and in a
 * user namespace of its own, in which it is nobody until sandbox_map_apart: it
 * must wait for that. The C library is not told of this fork, and takes the
 * child's thread for the parent's: it should soon execute something.
 *
 * @return as fork(2); EPERM, ENOSPC or ENOSYS where the machine forbids it.
 */
pid_t sandbox_fork_apart(void);

/** Has the calling process's effective user and group be the same in such a
 *  child's namespace, and no others. The child must be dumpable (prctl(2)), or
 *  it is EACCES. -1 and errno. */
int sandbox_map_apart(pid_t child);

/** Limits of the program under test. Zero leaves a limit as it is. */
struct sandbox_limits {
    /** Seconds of CPU; SIGKILL one second later. */
    unsigned cpu_seconds;
    /** Bytes a file may grow to. */
    size_t file_size;
    /** Open descriptors. */
    unsigned descriptors;
};

/** Sets the limits (and no core file) for the calling process, between fork
 *  and exec. -1 and errno. */
int sandbox_limit(const struct sandbox_limits *limits);

#endif
