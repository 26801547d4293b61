#include "verbs.h"

#include "clock.h"

#include <poll.h>
#include <unistd.h>

enum {
    /** Between two looks at a traced program where no event comes. */
    HOLD_PATIENCE_MS = 2
};

/* A task in a stop of the tracer's looks asleep, so a look counts only if there
 * was no stop to be handled before it and none behind it. */
static bool never_sends(struct play *p, unsigned long stops)
{
    struct quiescence q;

    if (p->tracer.stops != stops || p->program.feed.length > 0)
        return false;
    quiescence_look(getpid(), &p->config->probe, &q);
    if (q.state != QUIESCENCE_FOREVER ||
        tracer_step(&p->tracer, p->program.pid, &p->program.status) !=
            TRACER_NOTHING ||
        p->tracer.stops != stops)
        return false;
    bytes_printf(&p->because, "the %s waits for ever in %s()", play_role(p),
                 q.call);
    return true;
}

static const char *point_name(const struct play *p)
{
    return p->tracer.point == TRACER_SEND ? "sends anything" : "connects";
}

/* While a tracer is active only it may wait for children, so this wait is its
 * own loop. Returns 1 once the program is held, 0 as long as it is not. */
static int await_held(struct play *p)
{
    struct pollfd fds[2] = { { .fd = p->signal_fd, .events = POLLIN },
                             { .fd = p->program.err.fd, .events = POLLIN } };
    unsigned long stops = p->tracer.stops;

    if (play_pump(p) < 0)
        return play_trouble(p, "the case was interrupted");
    poll(fds, 2, HOLD_PATIENCE_MS);
    switch (tracer_step(&p->tracer, p->program.pid, &p->program.status)) {
    case TRACER_HELD:
        return 1;
    case TRACER_ENDED:
        p->program.ended = true;
        play_describe_end(p, &p->because);
        return play_fail(p, "the %s never %s", play_role(p), point_name(p));
    case TRACER_NOTHING:
        break;
    }
    return never_sends(p, stops)
               ? play_fail(p, "the %s never %s", play_role(p), point_name(p))
               : 0;
}

static int wait_until_held(struct play *p)
{
    int64_t deadline = clock_now() + RUNNER_CLOCK_US;
    struct quiescence q;
    int held;

    bytes_drop(&p->because, p->because.length);
    do
        held = await_held(p);
    while (held == 0 && clock_now() < deadline);
    if (held != 0)
        return held < 0 ? -1 : play_pump(p);
    quiescence_look(getpid(), &p->config->probe, &q);
    if (q.state == QUIESCENCE_UNKNOWN) {
        outcome_judge(
            &p->outcome, VERDICT_SKIP,
            "which calls this %s makes cannot be seen here (io_uring?), so "
            "it cannot be held",
            play_role(p));
        return -1;
    }
    return play_fail(p, "the %s %s nothing in %d s", play_role(p),
                     p->tracer.point == TRACER_SEND ? "has sent"
                                                    : "has connected to",
                     RUNNER_CLOCK_US / 1000000);
}

static int hold_at(struct play *p, enum tracer_point point)
{
    if (!p->config->probe.ptrace) {
        outcome_judge(&p->outcome, VERDICT_SKIP,
                      "this machine does not let a program be held before a "
                      "call (ptrace)");
        return -1;
    }
    if (verbs_start(p, true) < 0)
        return -1;
    if (tracer_begin(&p->tracer, p->program.pid, point) < 0)
        return play_trouble(p, "the program cannot be traced");
    return wait_until_held(p);
}

int verb_hold_at_send(struct play *p, const struct step *s)
{
    (void)s;
    return hold_at(p, TRACER_SEND);
}

int verb_hold_at_connect(struct play *p, const struct step *s)
{
    (void)s;
    return hold_at(p, TRACER_CONNECT);
}

int verb_release(struct play *p, const struct step *s)
{
    (void)s;
    tracer_release(&p->tracer);
    return 0;
}
