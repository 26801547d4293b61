#include "warden.h"

#include "clock.h"
#include "descendants.h"
#include "witness.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    /** Collected at once before the next strike: they may multiply. */
    AT_ONCE = 1000,
    /** Until the next strike, where nothing ends meanwhile. */
    STRIKE_US = 10 * 1000,
    /** So many looks in a row that find nobody new. */
    QUIET = 2
};

/* ---- the interlock */

/* The witness is outside, and of the same user: only a scope that is really
 * there can put it out of reach. */
static int arm_scope(struct warden *w)
{
    struct witness outside;
    bool reached;

    if (witness_start(&outside) < 0)
        return -1;
    reached = witness_reaches(outside.pid);
    if (sandbox_scope_signals(&w->probe) < 0) {
        witness_end(&outside);
        return -1;
    }
    w->armed =
        reached && !witness_reaches(outside.pid) && !witness_reaches(w->parent);
    witness_end(&outside);
    return 0;
}

static int arm_user(struct warden *w)
{
    if (sandbox_scope_signals(&w->probe) < 0)
        return -1;
    w->armed = w->probe.root && geteuid() != 0 && !witness_reaches(w->parent);
    return 0;
}

static int arm_sweep(struct warden *w)
{
    return sandbox_scope_signals(&w->probe);
}

static int arm(struct warden *w)
{
    static int (*const rungs[])(struct warden * w) = {
        [SANDBOX_KILL_SCOPE] = arm_scope,
        [SANDBOX_KILL_USER] = arm_user,
        [SANDBOX_KILL_SWEEP] = arm_sweep,
    };

    if (rungs[w->rung](w) < 0)
        return -1;
    if (!w->armed && w->rung != SANDBOX_KILL_SWEEP) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

/* A session and a subreaper of its own, with SIGCHLD as it was meant: where it
 * is ignored, the kernel collects children by itself. */
static int stand_apart(void)
{
    if (setsid() < 0 && getsid(0) != getpid())
        return -1;
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        return -1;
    return prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
}

/* Comes after the change of user, which would undo both. */
static int end_with(pid_t parent)
{
    /* What it starts can be looked at again once it is executed. */
    if (prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) < 0 ||
        prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L) < 0)
        return -1;
    if (getppid() != parent) {
        errno = ESRCH;
        return -1;
    }
    return 0;
}

int warden_enter(struct warden *w, const struct sandbox_probe *probe,
                 uid_t user)
{
    *w = (struct warden){ .probe = *probe,
                          .rung = sandbox_kill_rung(probe),
                          .parent = getppid() };
    if (stand_apart() < 0)
        return -1;
    if (user != 0 && probe->root && sandbox_become(user) < 0)
        return -1;
    if (end_with(w->parent) < 0)
        return -1;
    return arm(w);
}

/* ---- the end */

/* Whether kill(-1) reaches nobody but descendants. What was proven may not hold
 * any more, and is looked at again. */
static bool may_kill_all(const struct warden *w)
{
    return w->armed && !witness_reaches(w->parent) &&
           (w->rung == SANDBOX_KILL_SCOPE || geteuid() != 0);
}

static bool listed(const struct descendants *d, pid_t pid)
{
    for (size_t n = 0; n < d->count; n++)
        if (d->pid[n] == pid)
            return true;
    return false;
}

static bool nobody_new(const struct descendants *now,
                       const struct descendants *before)
{
    for (size_t n = 0; n < now->count; n++)
        if (!listed(before, now->pid[n]))
            return false;
    return true;
}

/* Collects who has ended, and counts those that were killed. False: there is
 * nobody left. */
static bool collect(int *killed)
{
    for (int n = 0; n < AT_ONCE; n++) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);

        if (pid == 0)
            return true;
        if (pid < 0 && errno == ECHILD)
            return false;
        if (pid > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
            ++*killed;
    }
    return true;
}

/* Stops all, so that nobody can start another one, and then kills them. Who has
 * ended is collected between the looks: the list of a process that goes on by
 * forking and exiting would else grow faster than it is read. */
static void sweep(const struct warden *w, int64_t deadline, int *killed)
{
    struct descendants now = { .pid = NULL };
    struct descendants before = { .pid = NULL };
    int quiet = 0;

    do {
        descendants_free(&before);
        before = now;
        now = (struct descendants){ .pid = NULL };
        if (!collect(killed) || descendants_list(&now, getpid(), &w->probe) < 0)
            break;
        descendants_signal(&now, SIGSTOP);
        quiet = nobody_new(&now, &before) ? quiet + 1 : 0;
    } while (quiet < QUIET && clock_now() < deadline);
    /* Listed after the last was collected: no number means another process. */
    descendants_signal(&now, SIGKILL);
    descendants_free(&before);
    descendants_free(&now);
}

static void strike(const struct warden *w, int64_t deadline, int *killed)
{
    if (may_kill_all(w))
        (void)kill(-1, SIGKILL);
    else
        sweep(w, deadline, killed);
}

/* SIGCHLD is blocked meanwhile, and so none is lost between a look and a
 * wait. */
static int end_all(const struct warden *w, int64_t deadline,
                   const sigset_t *child)
{
    int killed = 0;

    if (!collect(&killed))
        return 0;
    killed = 0;
    for (;;) {
        int64_t next = clock_now() + STRIKE_US;
        struct timespec left;

        strike(w, deadline, &killed);
        if (!collect(&killed))
            return killed;
        if (clock_now() >= deadline) {
            errno = ETIMEDOUT;
            return -1;
        }
        left = clock_left(next < deadline ? next : deadline);
        (void)sigtimedwait(child, NULL, &left);
    }
}

int warden_finish(struct warden *w, int milliseconds)
{
    const int64_t deadline = clock_now() + (int64_t)milliseconds * 1000;
    sigset_t child;
    sigset_t before;
    int result;
    int saved;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &child, &before) < 0)
        return -1;
    result = end_all(w, deadline, &child);
    saved = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return result;
}
