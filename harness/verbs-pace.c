#include "verbs.h"

#include "clock.h"

#include <poll.h>

enum {
    /* A clock that counts whole milliseconds may lose one at each end. */
    GRAIN_US = 2000,
    LAST_RESORT = 20
};

int verb_clock(struct play *p, const struct step *s)
{
    p->clock_at = clock_now();
    p->clock_ms = s->number;
    return 0;
}

int verb_not_before(struct play *p, const struct step *s)
{
    int64_t passed = clock_now() - p->clock_at;

    (void)s;
    if (passed + GRAIN_US >= p->clock_ms * 1000)
        return 0;
    bytes_drop(&p->because, p->because.length);
    return play_fail(p,
                     "that came after %lld ms, and the %s has to give it %lld "
                     "ms",
                     (long long)passed / 1000, play_role(p),
                     (long long)p->clock_ms);
}

/* One beat: waits for the connection's end, so many milliseconds at most. */
static int pace_beat(struct play *p, const struct peer *peer, int ms)
{
    struct pollfd end = { .fd = peer->fd };

    poll(&end, 1, ms);
    return play_pump(p) < 0 ? play_trouble(p, "the case was interrupted") : 0;
}

/* Whether the time in which the program has to act is over: it sleeps, and its
 * last resort has passed. */
static bool pace_over(struct play *p, int64_t started)
{
    double last =
        (double)p->clock_ms * 1000 * LAST_RESORT * p->config->timeout_scale;

    return (double)(clock_now() - started) > last && play_settle(p) == 0;
}

/* Calls `act` at each beat until the connection has ended. */
static int pace(struct play *p, const struct step *s,
                int (*act)(struct play *p, const struct step *s, size_t beat),
                const char *complaint)
{
    const struct peer *peer = &p->peers[s->peer];
    int64_t started = clock_now();

    for (size_t beat = 0;; beat++) {
        if (act(p, s, beat) < 0)
            return -1;
        if (peer->ended || peer->send_error != 0 || peer_closed(peer))
            return 0;
        if (pace_over(p, started) && !peer_closed(peer))
            return play_fail(p, "%s %s for %lld ms, and the %s still lets it",
                             play_peer_name(s->peer), complaint,
                             (long long)(clock_now() - started) / 1000,
                             play_role(p));
        if (pace_beat(p, peer, (int)s->number) < 0)
            return -1;
    }
}

static int drip_byte(struct play *p, const struct step *s, size_t beat)
{
    struct bytes text = { 0 };
    int result = play_expand(p, &text, s->text, s->length);

    if (result == 0 && beat < text.length)
        result = verbs_send(p, s->peer, text.data + beat, 1);
    bytes_free(&text);
    return result;
}

int verb_drip(struct play *p, const struct step *s)
{
    return pace(p, s, drip_byte, "has sent single bytes");
}

static int sip_some(struct play *p, const struct step *s, size_t beat)
{
    struct peer *peer = &p->peers[s->peer];

    (void)beat;
    if (peer_take_up_to(peer, (size_t)s->size) < 0)
        return play_trouble(p, "the peer cannot read");
    peer_drop(peer, peer->in.length);
    return 0;
}

int verb_sip(struct play *p, const struct step *s)
{
    return pace(p, s, sip_some, "has read a little at a time");
}

static bool sipped(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];
    size_t size = (size_t)s->number;
    size_t most = (peer->in.length / size + 1) * size;

    if (most > p->wanted.length)
        most = p->wanted.length;
    peer_take_up_to(peer, most);
    return peer->ended || peer->in.length >= most;
}

/* The next expectation of the same bytes decides; this one only takes time. */
int verb_expect_pieces(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];
    int result = play_expand(p, &p->wanted, s->text, s->length);

    while (result == 0 && peer->in.length < p->wanted.length && !peer->ended)
        if (play_until(p, sipped, s, peer->fd, POLLIN) < 0 ||
            play_settle(p) < 0)
            break;
    if (result == 0)
        result = verbs_expect_wanted(p, s, s->peer);
    bytes_free(&p->wanted);
    return result;
}

static bool dropped(struct play *p, const struct step *s)
{
    return peer_closed(&p->peers[s->peer]);
}

int verb_expect_dropped(struct play *p, const struct step *s)
{
    if (play_until(p, dropped, s, p->peers[s->peer].fd, POLLHUP) == 0)
        return 0;
    return play_fail(p, "%s should have been disconnected and is not",
                     play_peer_name(s->peer));
}

int verb_drain(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];

    do {
        peer_drop(peer, peer->in.length);
        if (peer_take(peer) < 0)
            return play_trouble(p, "the peer cannot read");
    } while (peer_holds(peer));
    return 0;
}

/* Who waits for room may look for it now and then only: its message may come
 * long after all others. */
static bool drained_to(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];

    for (;;) {
        bool found;

        if (peer_take(peer) < 0 || !peer->message)
            return false;
        found = peer_matches(peer, &p->wanted);
        peer_drop(peer, peer->in.length);
        if (found)
            return true;
    }
}

int verb_drain_to(struct play *p, const struct step *s)
{
    int result = play_expand(p, &p->wanted, s->text, s->length);

    if (result == 0 &&
        play_until(p, drained_to, s, p->peers[s->peer].fd, POLLIN) < 0)
        result = play_fail(p, "%s read all that came, and this was not in it",
                           play_peer_name(s->peer));
    bytes_free(&p->wanted);
    return result;
}

static bool readable_or_ended(struct play *p, const struct step *s)
{
    return peer_readable(&p->peers[s->peer]) || p->program.ended;
}

int verb_or_exit(struct play *p, const struct step *s)
{
    if (play_until(p, readable_or_ended, s, p->peers[s->peer].fd, POLLIN) < 0)
        return play_fail(p,
                         "the %s should have gone on or ended, and does "
                         "neither",
                         play_role(p));
    /* One that has ended since may have sent something before. */
    if (peer_readable(&p->peers[s->peer]))
        return 0;
    p->skip = s->size;
    return verb_exit(p, s);
}
