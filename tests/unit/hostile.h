/**
 * @file hostile.h
 * What hostile programs leave behind. Each holds the read end of a leash, and
 * ends by itself once nobody holds the other end: a test that fails must not
 * leave them on the machine.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    HOSTILE_DAEMONS = 8,
    /** Until it counts as at work; and in all. */
    HOSTILE_HOPS = 20,
    HOSTILE_HOPS_IN_ALL = 600,
    /** Of the bomb: at once; and in all until it counts as at work. */
    HOSTILE_LIVING = 24,
    HOSTILE_FORKS = 100,
    HOSTILE_FORKS_IN_ALL = 5000
};

/** What a hostile program gets; shared by all its processes. */
struct hostile {
    int leash;
    /** One byte for everything that is at work; all hold it open. */
    int ready;
    atomic_int living;
    atomic_int leaving;
    atomic_int forks;
};

static bool hostile_leash_gone(const struct hostile *h, int milliseconds)
{
    struct pollfd leash = { .fd = h->leash };

    return poll(&leash, 1, milliseconds) == 1;
}

static void hostile_at_work(const struct hostile *h)
{
    (void)!write(h->ready, "w", 1);
}

static _Noreturn void hostile_stay(const struct hostile *h)
{
    bool gone;

    for (int n = 1; n < NSIG; n++)
        (void)signal(n, SIG_IGN);
    hostile_at_work(h);
    do
        gone = hostile_leash_gone(h, -1);
    while (!gone);
    _exit(0);
}

/* Counts forks, of which there must be an end. */
static int hostile_count(struct hostile *h)
{
    int before = atomic_fetch_add(&h->forks, 1);

    if (before >= HOSTILE_FORKS_IN_ALL)
        (void)hostile_leash_gone(h, -1);
    return before;
}

/* Parents that leave at once, sessions of their own, deaf to signals. */
static void hostile_daemons(struct hostile *h)
{
    for (int n = 0; n < HOSTILE_DAEMONS; n++) {
        if (fork() != 0)
            continue;
        (void)setsid();
        if (fork() == 0)
            hostile_stay(h);
        _exit(0);
    }
}

/* Never there for long: forks, and leaves. What has left stays on the machine
 * until it is collected: there must be an end to it. */
static void hostile_hop(const struct hostile *h)
{
    for (int n = 0; !hostile_leash_gone(h, n < HOSTILE_HOPS_IN_ALL ? 0 : -1);
         n++) {
        (void)setsid();
        if (n == HOSTILE_HOPS)
            hostile_at_work(h);
        if (fork() > 0)
            _exit(0);
    }
}

static void hostile_one_hop(struct hostile *h)
{
    hostile_hop(h);
}

static void hostile_hops(struct hostile *h)
{
    for (int n = 1; n < HOSTILE_DAEMONS; n++)
        if (fork() == 0)
            break;
    hostile_hop(h);
}

/* Asleep where no signal but one gets through, and a parent as well. */
static void hostile_stopped(struct hostile *h)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)kill(getpid(), SIGSTOP);
        _exit(0);
    }
    (void)waitpid(pid, NULL, WUNTRACED);
    hostile_at_work(h);
    (void)kill(getpid(), SIGSTOP);
}

/* Two wake each other, whoever stops them. */
static void hostile_wakers(struct hostile *h)
{
    pid_t parent = getpid();
    pid_t child = fork();
    pid_t other = child == 0 ? parent : child;

    hostile_at_work(h);
    while (child >= 0 && !hostile_leash_gone(h, 0))
        (void)kill(other, SIGCONT);
}

/* A reaper of its own between the warden and daemons. */
static void hostile_shadow(struct hostile *h)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
    hostile_daemons(h);
    hostile_stay(h);
}

static void *hostile_fork_in_thread(void *data)
{
    struct hostile *h = data;

    if (fork() == 0)
        hostile_stay(h);
    (void)hostile_leash_gone(h, -1);
    return NULL;
}

/* A child of a thread that is not the first. */
static void hostile_threads(struct hostile *h)
{
    pthread_t thread;

    (void)pthread_create(&thread, NULL, hostile_fork_in_thread, h);
    hostile_stay(h);
}

/* The few at the most that are too many: half of them may go at a time, so
 * that it never comes to its own end. */
static void hostile_make_room(struct hostile *h)
{
    bool leave = atomic_fetch_add(&h->leaving, 1) < HOSTILE_LIVING / 2 - 1;

    if (leave)
        atomic_fetch_sub(&h->living, 1);
    atomic_fetch_sub(&h->leaving, 1);
    if (leave)
        _exit(0);
    (void)sched_yield();
}

/* Forks as fast as it can, never more than a few at once: it must not take the
 * machine with it. */
static void hostile_bomb(struct hostile *h)
{
    (void)signal(SIGCHLD, SIG_IGN);
    while (!hostile_leash_gone(h, 0)) {
        if (atomic_fetch_add(&h->living, 1) >= HOSTILE_LIVING) {
            atomic_fetch_sub(&h->living, 1);
            hostile_make_room(h);
            continue;
        }
        if (hostile_count(h) == HOSTILE_FORKS)
            hostile_at_work(h);
        (void)!fork();
    }
}

static const struct {
    const char *name;
    void (*run)(struct hostile *h);
    /** So many are at work, and so many must be killed at the least. */
    int at_work;
    int killed;
} hostile_kinds[] = {
    { "daemons", hostile_daemons, HOSTILE_DAEMONS, HOSTILE_DAEMONS },
    { "hop", hostile_one_hop, 1, 1 },
    { "hops", hostile_hops, HOSTILE_DAEMONS, HOSTILE_DAEMONS },
    { "stopped", hostile_stopped, 1, 2 },
    { "wakers", hostile_wakers, 2, 2 },
    /* Who ignores SIGCHLD has its children collected while it dies itself. */
    { "shadow", hostile_shadow, HOSTILE_DAEMONS + 1, 1 },
    { "threads", hostile_threads, 2, 1 },
    { "bomb", hostile_bomb, 1, 1 },
};

enum { HOSTILE_KINDS = sizeof hostile_kinds / sizeof *hostile_kinds };

#endif
