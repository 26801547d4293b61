#include "play.h"

#include "clock.h"
#include "waits.h"

#include <poll.h>
#include <unistd.h>

/* How much the harness still has to give, and how much it has been given. While
 * either changes, the program's sleep means nothing: it may be waiting for just
 * this, for more input or for room in a pipe that was full. */
struct balance {
    uint64_t owed;
    uint64_t got;
};

static uint64_t printed(const struct program_stream *stream)
{
    return stream->kept.length + stream->dropped;
}

static struct balance balance(const struct play *p)
{
    struct balance b = {
        .owed = p->program.feed.length + (p->program.stdin_fd >= 0),
        .got = printed(&p->program.out) + printed(&p->program.err),
    };

    for (int i = 0; i < p->peer_count; i++) {
        b.owed += peer_owes(&p->peers[i]);
        b.got += p->peers[i].received;
    }
    return b;
}

static bool is_same(struct balance a, struct balance b)
{
    return a.owed == b.owed && a.got == b.got;
}

/* What a wait has seen so far. */
struct watch {
    int64_t started;
    int64_t patience_us;
    int64_t cpu_base;
    bool looked;
    /** For how long looks have found the program asleep, and when the latest
     *  did; -1 where it did not. */
    int64_t slept_us;
    int64_t asleep_at;
    /** When a look first found the program dormant, and its CPU time then; -1
     *  where the latest look did not. */
    int64_t dormant_since;
    int64_t dormant_cpu;
};

enum { PATIENCE_FIRST_US = 200, PATIENCE_MOST_US = 5000 };

static size_t add_fd(struct pollfd *fds, size_t n, int fd, short events)
{
    if (fd < 0 || events == 0)
        return n;
    fds[n] = (struct pollfd){ .fd = fd, .events = events };
    return n + 1;
}

/* A datagram socket that is not connected always has room: what is full is the
 * receiver's queue, and that wakes nobody. */
static short room_wanted(const struct peer *peer)
{
    return peer_owes(peer) > 0 && peer->kind != PEER_DATAGRAM ? POLLOUT : 0;
}

/* Sleeps until something happens, or for the watch's patience. */
static void watch_wait(struct play *p, const struct watch *w, int fd,
                       short events)
{
    struct pollfd fds[SCENARIO_PEERS + 5];
    struct timespec patience = { .tv_nsec = (long)(w->patience_us * 1000) };
    size_t n = 0;

    n = add_fd(fds, n, p->signal_fd, POLLIN);
    n = add_fd(fds, n, p->program.out.fd, POLLIN);
    n = add_fd(fds, n, p->program.err.fd, POLLIN);
    n = add_fd(fds, n, p->program.stdin_fd,
               p->program.feed.length > 0 ? POLLOUT : 0);
    n = add_fd(fds, n, fd, events);
    for (int i = 0; i < p->peer_count; i++)
        n = add_fd(fds, n, p->peers[i].fd, room_wanted(&p->peers[i]));
    ppoll(fds, n, &patience, NULL);
}

static void explain_sleep(struct play *p, const struct quiescence *q,
                          const char *how)
{
    if (q->call[0] == '\0')
        bytes_printf(&p->because, "the %s %s", play_role(p), how);
    else
        bytes_printf(&p->because, "the %s %s in %s()", play_role(p), how,
                     q->call);
    const struct bytes said = program_said(&p->program);
    if (said.length > 0) {
        bytes_printf(&p->because, ", having said ");
        bytes_show(&p->because, said.data, said.length, 0);
    }
}

static int64_t scaled(const struct play *p, int64_t us)
{
    return (int64_t)((double)us * p->config->timeout_scale);
}

static bool busy_too_long(struct play *p, const struct watch *w,
                          const struct quiescence *q)
{
    if (q->cpu_us - w->cpu_base > scaled(p, RUNNER_CPU_US)) {
        bytes_printf(&p->because,
                     "the %s spins: it used %d s of CPU time meanwhile",
                     play_role(p), RUNNER_CPU_US / 1000000);
        return true;
    }
    if (clock_now() - w->started > scaled(p, RUNNER_WALL_US)) {
        bytes_printf(&p->because,
                     "the %s got too little of the machine to tell",
                     play_role(p));
        p->unknown = true;
        return true;
    }
    return false;
}

/* The clock of a rule, where one runs, ends a wait earlier. */
static int64_t longest_sleep(const struct play *p)
{
    enum { LAST_RESORT = 20 };

    return scaled(p, p->clock_ms > 0 ? p->clock_ms * 1000 * LAST_RESORT
                                     : RUNNER_CLOCK_US);
}

static bool slept_too_long(struct play *p, const struct watch *w,
                           const struct quiescence *q)
{
    int64_t clock = longest_sleep(p);

    if (w->slept_us < clock)
        return false;
    explain_sleep(p, q, "still sleeps");
    bytes_printf(&p->because, " after %d s", (int)(clock / 1000000));
    return true;
}

/* Its limit lies behind the end of any wait, from wherever in this case it was
 * set: the wait would end as it does now. */
static bool sleeps_beyond(struct play *p, const struct watch *w,
                          const struct quiescence *q)
{
    int64_t age = clock_now() - p->outcome.started_us;

    if (age + longest_sleep(p) > (int64_t)WAITS_LONG_S * 1000000)
        return slept_too_long(p, w, q);
    explain_sleep(p, q, "waits, with a time limit far away,");
    return true;
}

/* A timer that is due rings within microseconds, on a machine that is stolen
 * from within some milliseconds; one that has not rung for DORMANT_US was not
 * set. */
static bool is_dormant(struct play *p, struct watch *w,
                       const struct quiescence *q)
{
    enum { DORMANT_US = 1000 * 1000 };
    int64_t now = clock_now();

    if (w->dormant_since < 0 || w->dormant_cpu != q->cpu_us) {
        w->dormant_since = now;
        w->dormant_cpu = q->cpu_us;
    }
    if (now - w->dormant_since < scaled(p, DORMANT_US))
        return false;
    explain_sleep(p, q, "waits for ever");
    return true;
}

/* Time in which the program was busy, or had to wait for a processor, is no
 * time in which it slept. */
static void count_sleep(struct watch *w, const struct quiescence *q)
{
    int64_t now = clock_now();

    if (w->asleep_at >= 0)
        w->slept_us += now - w->asleep_at;
    w->asleep_at = q->state == QUIESCENCE_BUSY ? -1 : now;
}

/* Looks whether waiting on makes sense. */
static bool watch_hopeless(struct play *p, struct watch *w,
                           struct quiescence *q)
{
    quiescence_look(getpid(), &p->config->probe, q);
    p->state = q->state;
    if (!w->looked) {
        w->looked = true;
        w->cpu_base = q->cpu_us;
    }
    if (q->state != QUIESCENCE_DORMANT)
        w->dormant_since = -1;
    count_sleep(w, q);
    switch (q->state) {
    case QUIESCENCE_BUSY:
        return busy_too_long(p, w, q);
    case QUIESCENCE_LONG:
        return sleeps_beyond(p, w, q);
    case QUIESCENCE_DORMANT:
        return is_dormant(p, w, q) || slept_too_long(p, w, q);
    case QUIESCENCE_TIMED:
    case QUIESCENCE_UNKNOWN:
        return slept_too_long(p, w, q);
    case QUIESCENCE_FOREVER:
        explain_sleep(p, q, "waits for ever");
        return true;
    case QUIESCENCE_GONE:
        break;
    }
    if (p->program.started && !p->program.ended)
        return false;
    play_describe_end(p, &p->because);
    return true;
}

int play_until(struct play *p, play_condition *met, const struct step *s,
               int fd, short events)
{
    struct watch w = { .started = clock_now(),
                       .patience_us = PATIENCE_FIRST_US,
                       .asleep_at = -1,
                       .dormant_since = -1 };
    bool last_chance = false;

    p->state = QUIESCENCE_BUSY;

    bytes_drop(&p->because, p->because.length);
    for (;;) {
        struct quiescence q;
        struct balance before = balance(p);

        if (play_pump(p) < 0)
            return play_trouble(p, "the case was interrupted");
        if (met(p, s)) {
            bytes_drop(&p->because, p->because.length);
            return 0;
        }
        /* Asleep at one moment, nothing of what was done before it has met
         * the condition, and nothing was given or taken since: nothing will. */
        if (last_chance && is_same(before, balance(p)))
            return -1;
        bytes_drop(&p->because, p->because.length);
        watch_wait(p, &w, fd, events);
        last_chance = watch_hopeless(p, &w, &q);
        if (w.patience_us < PATIENCE_MOST_US)
            w.patience_us += w.patience_us / 2;
    }
}

static bool is_rest(const struct play *p, const struct quiescence *q)
{
    if (q->state == QUIESCENCE_GONE)
        return p->program.ended || !p->program.started;
    return q->state != QUIESCENCE_BUSY;
}

int play_settle(struct play *p)
{
    struct watch w = { .started = clock_now(),
                       .patience_us = PATIENCE_FIRST_US,
                       .asleep_at = -1,
                       .dormant_since = -1 };
    struct quiescence q;

    bytes_drop(&p->because, p->because.length);
    for (;;) {
        struct balance before;
        bool hopeless;

        if (play_pump(p) < 0)
            return play_trouble(p, "the case was interrupted");
        hopeless = watch_hopeless(p, &w, &q);
        before = balance(p);
        if (is_rest(p, &q)) {
            bytes_drop(&p->because, p->because.length);
            if (play_pump(p) < 0)
                return play_trouble(p, "the case was interrupted");
            if (is_same(before, balance(p)))
                return 0;
        } else if (hopeless) {
            return -1;
        }
        watch_wait(p, &w, -1, 0);
        if (w.patience_us < PATIENCE_MOST_US)
            w.patience_us += w.patience_us / 2;
    }
}
