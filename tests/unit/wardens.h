/**
 * @file wardens.h
 * What the tests of the warden share. A mistake here could end everything on
 * the machine: no test calls kill(-1) itself, each runs in a child, as a user
 * that owns nothing else where root can give it one, and wherever kill(-1) must
 * not be used the kernel is told to end the process that does.
 */
#ifndef WARDENS_H
#define WARDENS_H

#include "child.h"
#include "filter.h"
#include "users.h"
#include "warden.h"
#include "witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** What this machine can do, and two users that own nothing; where the tests
 *  do not run as root there are none. */
struct wardens {
    struct sandbox_probe machine;
    struct users_lock user;
    struct users_lock other;
};

enum {
    /** The last resort of a test. */
    WARDENS_WAIT_MS = 20 * 1000
};

static struct wardens wardens;

static int wardens_setup(void **state)
{
    (void)state;
    wardens.user.fd = -1;
    wardens.other.fd = -1;
    sandbox_probe(&wardens.machine);
    if (!wardens.machine.root)
        return 0;
    if (users_lock(&wardens.user, USERS_FIRST) < 0)
        return -1;
    return users_lock(&wardens.other, wardens.user.uid + 1);
}

static int wardens_teardown(void **state)
{
    (void)state;
    users_unlock(&wardens.other);
    users_unlock(&wardens.user);
    return 0;
}

/** Gives root up, where there is root. */
static inline int wardens_become_ordinary(void)
{
    return geteuid() == 0 ? sandbox_become(wardens.user.uid) : 0;
}

/** From now on kill(-1) ends the process that calls it, and nobody else. */
static inline int wardens_forbid_kill_all(void)
{
    return filter_call(SYS_kill, 0, UINT32_MAX, SECCOMP_RET_KILL_PROCESS);
}

/** warden_finish, by somebody who does not believe the warden. */
static inline int wardens_finish(struct warden *w, int milliseconds)
{
    if (w->armed ? witness_reaches(getppid()) : wardens_forbid_kill_all() < 0)
        _exit(1);
    return warden_finish(w, milliseconds);
}

static inline void wardens_skip_unless(int present, const char *what)
{
    if (present)
        return;
    print_message("skipped: this needs %s\n", what);
    skip();
}

/** This machine, as one that has the lowest rung only. */
static inline struct sandbox_probe wardens_sweeping(void)
{
    struct sandbox_probe probe = wardens.machine;

    probe.signal_scope = false;
    probe.root = false;
    return probe;
}

/** Runs `run` in a child of a child that is an ordinary user: its parent is one
 *  of the same user, which is what the interlock must look at. */
static inline int wardens_run_below(void *run)
{
    int (*const *function)(void *) = run;

    CHECK(wardens_become_ordinary() == 0);
    return child_run(*function, NULL);
}

static inline void wardens_expect_success(int (*run)(void *data))
{
    assert_int_equal(child_run(wardens_run_below, &run), 0);
}

#endif
