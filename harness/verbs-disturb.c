#include "verbs.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static bool answered(const struct play *p, const struct step *s)
{
    return peer_readable(&p->peers[s->peer]);
}

static int no_answer(struct play *p, const struct step *s)
{
    return play_fail(p, "%s waited for an answer, and none came",
                     play_peer_name(s->peer));
}

static int send_request(struct play *p, const struct step *s)
{
    struct bytes text = { 0 };
    int result = play_expand(p, &text, s->text, s->length);

    if (result == 0)
        result = verbs_send(p, s->peer, text.data, text.length);
    bytes_free(&text);
    return result;
}

/* The program may run in the middle of a turn, too; each ends as it began. */
static int resize_once(const struct play *p, const struct step *s)
{
    int fd = p->peers[s->peer].kept;

    if (ftruncate(fd, 0) < 0)
        return -1;
    sched_yield();
    return ftruncate(fd, s->number);
}

/* A while of it; the wait looks at the program in between. */
static bool resized(struct play *p, const struct step *s)
{
    enum { WHILE_US = 20 * 1000 };
    int64_t end = clock_now() + WHILE_US;

    while (!answered(p, s) && clock_now() < end && resize_once(p, s) == 0)
        sched_yield();
    return answered(p, s);
}

int verb_resize(struct play *p, const struct step *s)
{
    if (resize_once(p, s) < 0)
        return play_trouble(p, "what is attached cannot change its size");
    if (send_request(p, s) < 0)
        return -1;
    return play_until(p, resized, s, -1, 0) < 0 ? no_answer(p, s) : 0;
}

/* Two names, and whether each stands for the other now. */
struct swap {
    struct bytes path;
    struct bytes other;
    uint64_t draws;
    bool swapped;
};

static int swap_now(struct swap *w)
{
    if (renameat2(AT_FDCWD, w->path.data, AT_FDCWD, w->other.data,
                  RENAME_EXCHANGE) < 0)
        return -1;
    w->swapped = !w->swapped;
    return 0;
}

/* At every call or every other call a program could be lucky: it may look once
 * or twice before it opens. */
static void swap_perhaps(void *context)
{
    struct swap *w = context;

    w->draws = w->draws * UINT64_C(6364136223846793005) + 1442695040888963407;
    if (w->draws >> 63)
        swap_now(w);
}

/* While a tracer is active only it may wait for children. Returns 1 once there
 * is an answer, 0 as long as there is none. */
static int await_answer(struct play *p, const struct step *s)
{
    struct pollfd fds[2] = {
        { .fd = p->signal_fd, .events = POLLIN },
        { .fd = p->peers[s->peer].fd, .events = POLLIN },
    };
    unsigned long stops = p->tracer.stops;

    if (play_pump(p) < 0)
        return play_trouble(p, "the case was interrupted");
    if (answered(p, s))
        return 1;
    poll(fds, 2, VERBS_LOOK_MS);
    if (tracer_step(&p->tracer, p->program.pid, &p->program.status) ==
        TRACER_ENDED) {
        p->program.ended = true;
        play_describe_end(p, &p->because);
        return no_answer(p, s);
    }
    return !answered(p, s) && verbs_sleeps(p, stops) ? no_answer(p, s) : 0;
}

/* Stepped through its calls, with the names drawn anew before each: so a
 * program that looks at a name and then opens it meets another file, and not by
 * luck. */
static int request_while_swapping(struct play *p, const struct step *s,
                                  struct swap *w)
{
    int64_t deadline = clock_now() + RUNNER_CLOCK_US;
    struct descendants d = { 0 };
    int result;

    if (play_settle(p) < 0)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    if (descendants_list(&d, getpid(), &p->config->probe) < 0 ||
        tracer_watch(&p->tracer, p->program.pid, d.pid, d.count, TRACER_NAMES,
                     swap_perhaps, w) < 0) {
        descendants_free(&d);
        return play_trouble(p, "the program cannot be traced");
    }
    descendants_free(&d);
    result = send_request(p, s);
    while (result == 0 && clock_now() < deadline)
        result = await_answer(p, s);
    tracer_release(&p->tracer);
    if (result == 0)
        return no_answer(p, s);
    return result < 0 ? -1 : 0;
}

int verb_swap(struct play *p, const struct step *s)
{
    struct swap w = { .draws = p->config->seed + (uint64_t)p->n };
    int result = play_path(p, s, &w.path);

    bytes_drop(&p->because, p->because.length);
    if (result == 0 && bytes_printf(&w.other, "%s.other", w.path.data) < 0)
        result = play_trouble(p, "two files cannot change places");
    if (result == 0)
        result = request_while_swapping(p, s, &w);
    if (w.swapped && swap_now(&w) < 0 && result == 0)
        result = play_trouble(p, "two files cannot change places");
    bytes_free(&w.path);
    bytes_free(&w.other);
    return result;
}
