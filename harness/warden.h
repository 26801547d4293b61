/**
 * @file warden.h
 * Nothing that a case started survives it, and nothing else is touched.
 *
 * The case process calls warden_enter once, before it starts anything, and
 * warden_finish once, at its end.
 */
#ifndef WARDEN_H
#define WARDEN_H

#include "sandbox.h"

#include <sys/types.h>

struct warden {
    struct sandbox_probe probe;
    enum sandbox_kill rung;
    /** The harness's process, which must be out of reach. */
    pid_t parent;
    /** kill(-1) has been shown to be harmless. */
    bool armed;
};

/**
 * Makes the calling process the warden of all it will start: a session and a
 * subreaper of its own, dead when its parent dies, the slot's user where
 * `user` is not 0 (and the harness is root), limited in whom it can signal,
 * and closed to the eyes of others (PR_SET_DUMPABLE). The last holds for its
 * children too until they execute something or set it themselves. SIGCHLD gets
 * its default disposition.
 *
 * On the rung SANDBOX_KILL_USER nothing else may run as `user`. Whoever was
 * forked before is out of reach, and must have ended before warden_finish.
 *
 * Then the interlock: kill(2) with signal 0 must be refused (EPERM) for the
 * parent, and, within a signal scope, for a process of the same user outside;
 * otherwise `armed` stays false and kill(-1) is never used.
 *
 * @return -1 and errno: the means that the probe promised is refused; nothing
 * must be started then. EPERM: the interlock found the parent within reach on a
 * rung that needs kill(-1).
 */
int warden_enter(struct warden *w, const struct sandbox_probe *probe,
                 uid_t user);

/**
 * Kills all descendants and waits until the kernel says that there are none
 * (ECHILD). Blocks until then, for `milliseconds` at the most.
 *
 * @return how many had to be killed (0 where all had ended), -1 and ETIMEDOUT
 * where some could not be ended. Works, by sweeping, also where warden_enter
 * was refused or `w` is all zero.
 */
int warden_finish(struct warden *w, int milliseconds);

#endif
