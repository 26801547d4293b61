#include "verbs.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* A task in a stop of the tracer's looks asleep, too. */
bool verbs_sleeps(struct play *p, unsigned long stops)
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

/* What the program should have done, where it never does and where it has not
 * in time. */
static const struct {
    const char *never;
    const char *late;
} points[] = {
    [TRACER_SEND] = { "sends anything", "has sent nothing" },
    [TRACER_CONNECT] = { "connects", "has connected to nothing" },
    [TRACER_BOUND] = { "binds a socket to a path",
                       "has bound no socket to a path" },
    [TRACER_LISTEN] = { "listens", "has not listened" },
};

static int cannot_see(struct play *p)
{
    outcome_judge(&p->outcome, VERDICT_SKIP,
                  "which calls this %s makes cannot be seen here (io_uring?), "
                  "so it cannot be held",
                  play_role(p));
    return -1;
}

/* Who can be connected to has bound and listened, whatever calls were seen. */
static bool is_reached(const struct play *p)
{
    struct peer visitor;
    bool reached;

    if (p->tracer.point != TRACER_BOUND && p->tracer.point != TRACER_LISTEN)
        return false;
    peer_init(&visitor);
    reached =
        peer_connect(&visitor, p->lab->socket_type, p->address.data) == 0 ||
        errno == EAGAIN;
    peer_close(&visitor);
    return reached;
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
    poll(fds, 2, VERBS_LOOK_MS);
    switch (tracer_step(&p->tracer, p->program.pid, &p->program.status)) {
    case TRACER_HELD:
        return 1;
    case TRACER_ENDED:
        p->program.ended = true;
        play_describe_end(p, &p->because);
        return play_fail(p, "the %s never %s", play_role(p),
                         points[p->tracer.point].never);
    case TRACER_NOTHING:
        break;
    }
    if (!verbs_sleeps(p, stops))
        return 0;
    return is_reached(p) ? cannot_see(p)
                         : play_fail(p, "the %s never %s", play_role(p),
                                     points[p->tracer.point].never);
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
    if (q.state == QUIESCENCE_UNKNOWN || is_reached(p))
        return cannot_see(p);
    return play_fail(p, "the %s %s in %d s", play_role(p),
                     points[p->tracer.point].late, RUNNER_CLOCK_US / 1000000);
}

static int hold_at(struct play *p, enum tracer_point point)
{
    if (verbs_start(p, (struct verbs_way){ .traced = true }) < 0)
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

int verb_hold_after_bind(struct play *p, const struct step *s)
{
    (void)s;
    return hold_at(p, TRACER_BOUND);
}

int verb_hold_at_listen(struct play *p, const struct step *s)
{
    (void)s;
    return hold_at(p, TRACER_LISTEN);
}

int verb_release(struct play *p, const struct step *s)
{
    (void)s;
    tracer_release(&p->tracer);
    return 0;
}
