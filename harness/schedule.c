#include "schedule.h"

#include "clock.h"
#include "needs.h"
#include "outcome.h"
#include "turns.h"
#include "users.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    /** Cases wait more than they compute, so more of them than processors. */
    JOBS_PER_PROCESSOR = 4,
    MOST_JOBS = 64,
    /** Nothing that a case waits for takes as long, all its steps together. */
    CASE_SECONDS = 1800,
    GRACE_SECONDS = 120
};

/* A place in which one case runs at a time. */
struct slot {
    struct schedule_case *running;
    pid_t pid;
    int fd;
    struct bytes json;
    int64_t deadline;
    /** The deadline has passed once, and the case been asked to end. */
    bool warned;
    struct users_lock user;
};

struct pool {
    const struct schedule *schedule;
    struct slot slots[MOST_JOBS];
    int count;
    struct schedule_case *cases;
    struct turns turns;
    size_t done;
    size_t total;
};

/* The outcome of a case that no process has told of. */
static json_t *untold(enum verdict verdict, const char *reason)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:[]}", "verdict",
                     outcome_verdict_name(verdict), "reason", reason,
                     "expected", "", "actual", "", "ms", 0, "cpu_ms", 0,
                     "peak_kib", 0, "transcript");
}

static json_t *trouble(const char *reason)
{
    return untold(VERDICT_UNKNOWN, reason);
}

/* The fresh process of a case; does not return. */
static void run_case(const struct pool *pool, const struct slot *slot,
                     const struct schedule_case *c, int fd)
{
    int number = (int)(slot - pool->slots);

    assert(c);
    for (int i = 0; i < pool->count; i++)
        if (pool->slots[i].fd >= 0)
            close(pool->slots[i].fd);
    _exit(runner_play(pool->schedule->config, c->lab, c->scenario,
                      slot->user.uid, number, fd));
}

static int slot_start(struct pool *pool, struct slot *slot, size_t index)
{
    int pipes[2];

    if (pipe2(pipes, O_CLOEXEC) < 0)
        return -1;
    slot->pid = fork();
    if (slot->pid == 0)
        run_case(pool, slot, &pool->cases[index], pipes[1]);
    close(pipes[1]);
    if (slot->pid < 0) {
        close(pipes[0]);
        return -1;
    }
    slot->running = &pool->cases[index];
    slot->fd = pipes[0];
    slot->warned = false;
    slot->deadline =
        clock_now() + (int64_t)((double)CASE_SECONDS * 1000000 *
                                pool->schedule->config->timeout_scale);
    pool->turns.turn[index].taken = true;
    return 0;
}

/* As root, the case's own user could empty it, not remove it. */
static void remove_directory(const struct pool *pool, const struct slot *slot,
                             const struct schedule_case *ended)
{
    char path[4096];

    if (runner_directory(pool->schedule->config, ended->lab, ended->scenario,
                         (int)(slot - pool->slots), path, sizeof path) == 0)
        rmdir(path);
}

static void count_ended(struct pool *pool, const struct schedule_case *ended)
{
    pool->done++;
    if (pool->schedule->progress)
        pool->schedule->progress(ended, pool->done, pool->total,
                                 pool->schedule->data);
}

static void slot_end(struct pool *pool, struct slot *slot, const char *reason)
{
    struct schedule_case *ended = slot->running;
    int status = 0;

    while (waitpid(slot->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!reason && slot->json.length > 0)
        ended->outcome =
            json_loadb(slot->json.data, slot->json.length, 0, NULL);
    if (!ended->outcome)
        ended->outcome =
            trouble(reason ? reason
                           : "the harness is in trouble: the process of this "
                             "case ended without an outcome");
    remove_directory(pool, slot, ended);
    close(slot->fd);
    bytes_free(&slot->json);
    slot->fd = -1;
    slot->running = NULL;
    count_ended(pool, ended);
}

/* Reads what a case has to say. Its end of file is the end of the case. */
static void slot_read(struct pool *pool, struct slot *slot)
{
    char buffer[65536];
    ssize_t n = read(slot->fd, buffer, sizeof buffer);

    if (n > 0 && bytes_append(&slot->json, buffer, (size_t)n) == 0)
        return;
    if (n < 0 && errno == EINTR)
        return;
    slot_end(pool, slot, n > 0 ? "the harness is out of memory" : NULL);
}

/* Asked first, so that the case's warden can end what it started; only a case
 * that does not hear is killed. */
static void slot_check_deadline(struct pool *pool, struct slot *slot)
{
    if (clock_now() < slot->deadline)
        return;
    if (!slot->warned) {
        kill(slot->pid, SIGTERM);
        slot->warned = true;
        slot->deadline = clock_now() + (int64_t)GRACE_SECONDS * 1000000;
        return;
    }
    kill(slot->pid, SIGKILL);
    slot_end(pool, slot,
             "the harness is in trouble: the case did not end by itself");
}

static void pool_wait(struct pool *pool)
{
    struct pollfd fds[MOST_JOBS];

    for (int i = 0; i < pool->count; i++)
        fds[i] = (struct pollfd){ .fd = pool->slots[i].fd, .events = POLLIN };
    if (poll(fds, (nfds_t)pool->count, 1000) < 0)
        return;
    for (int i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];

        if (slot->running && fds[i].revents)
            slot_read(pool, slot);
        else if (slot->running)
            slot_check_deadline(pool, slot);
    }
}

static int running(const struct pool *pool)
{
    int n = 0;

    for (int i = 0; i < pool->count; i++)
        n += pool->slots[i].running != NULL;
    return n;
}

static int pool_fill(struct pool *pool)
{
    for (int i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        size_t next = turns_next(&pool->turns);

        if (next == pool->total)
            return 0;
        if (!slot->running && slot_start(pool, slot, next) < 0 &&
            running(pool) == 0)
            return -1;
    }
    return 0;
}

/* It counts as what it would have been here with any program: what the machine
 * cannot do is no point to be lost. */
static json_t *not_played(const struct pool *pool, size_t index)
{
    const struct schedule_case *c = &pool->cases[index];
    const char *lack = needs_lack(c->scenario, &pool->schedule->config->probe);
    char reason[256];

    if (lack)
        return untold(VERDICT_SKIP, lack);
    snprintf(reason, sizeof reason, "not played: %s did not pass",
             c->scenario->after);
    return untold(VERDICT_UNKNOWN, reason);
}

/* In one go through whole chains: what waits stands behind what it waits for.
 */
static void pool_drop_lost(struct pool *pool)
{
    for (size_t i = 0; i < pool->total; i++) {
        if (!turns_is_lost(&pool->turns, i))
            continue;
        pool->turns.turn[i].taken = true;
        pool->cases[i].outcome = not_played(pool, i);
        count_ended(pool, &pool->cases[i]);
    }
}

static int jobs_of(const struct schedule *s, size_t count)
{
    long jobs = s->jobs;

    if (jobs <= 0)
        jobs = sysconf(_SC_NPROCESSORS_ONLN) * JOBS_PER_PROCESSOR;
    if (jobs > MOST_JOBS)
        jobs = MOST_JOBS;
    if ((size_t)jobs > count)
        jobs = (long)count;
    return jobs < 1 ? 1 : (int)jobs;
}

static int pool_open(struct pool *pool)
{
    uid_t from = USERS_FIRST;

    for (int i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];

        *slot = (struct slot){ .fd = -1, .user = { .fd = -1 } };
        if (!pool->schedule->config->probe.root)
            continue;
        if (users_lock(&slot->user, from) < 0)
            return -1;
        from = slot->user.uid + 1;
    }
    return 0;
}

static void pool_close(struct pool *pool)
{
    for (int i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];

        if (slot->running) {
            kill(slot->pid, SIGTERM);
            slot_end(pool, slot, "the run was given up");
        }
        users_unlock(&slot->user);
    }
}

static bool is_stopped(const struct schedule *s)
{
    return s->stop && *s->stop;
}

int schedule_run(const struct schedule *s, struct schedule_case *cases,
                 size_t count)
{
    struct pool pool = { .schedule = s,
                         .count = jobs_of(s, count),
                         .cases = cases,
                         .total = count };
    int result = -1;
    int saved;

    if (!cases || count == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        cases[i].outcome = NULL;
    if (turns_open(&pool.turns, cases, count) < 0)
        return -1;
    if (pool_open(&pool) < 0)
        goto out;
    while (pool.done < pool.total) {
        if (is_stopped(s)) {
            errno = EINTR;
            goto out;
        }
        if (pool_fill(&pool) < 0)
            goto out;
        pool_wait(&pool);
        pool_drop_lost(&pool);
    }
    result = 0;
out:
    saved = errno;
    pool_close(&pool);
    turns_free(&pool.turns);
    errno = saved;
    return result;
}
