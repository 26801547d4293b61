#include "verbs.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

/* Adds the step's text as the copy of this number. */
static int expand_copy(struct play *p, const struct step *s, long number,
                       struct bytes *out)
{
    long outer = p->n;
    int result;

    p->n = number;
    result = play_expand(p, out, s->text, s->length);
    p->n = outer;
    return result;
}

static int send_messages(struct play *p, const struct step *s)
{
    int result = 0;

    for (long n = 0; n < s->number && result == 0; n++) {
        struct bytes text = { 0 };

        result = expand_copy(p, s, n, &text);
        if (result == 0)
            result = verbs_send(p, s->peer, text.data, text.length);
        bytes_free(&text);
    }
    return result;
}

int verb_send_times(struct play *p, const struct step *s)
{
    struct bytes text = { 0 };
    int result = 0;

    if (p->peers[s->peer].type != SOCK_STREAM)
        return send_messages(p, s);
    for (long n = 0; n < s->number && result == 0; n++)
        result = expand_copy(p, s, n, &text);
    if (result == 0)
        result = verbs_send(p, s->peer, text.data, text.length);
    bytes_free(&text);
    return result;
}

int verb_expect_times(struct play *p, const struct step *s)
{
    int result = 0;

    for (long n = 0; n < s->number && result == 0; n++) {
        result = expand_copy(p, s, n, &p->wanted);
        if (result == 0)
            result = verbs_expect_wanted(p, s, s->peer);
        bytes_free(&p->wanted);
    }
    return result;
}

static bool has_room(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];

    return peer_owes(peer) == 0 || peer->send_error != 0;
}

/* Returns 1 where nobody takes any more. A message that found no room was
 * never sent; of a stream's copy a part may have been, and the rest follows as
 * soon as there is room. */
static int flood_once(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];
    struct bytes text = { 0 };
    int result = expand_copy(p, s, peer->copies, &text);

    if (result == 0)
        result = verbs_send(p, s->peer, text.data, text.length);
    bytes_free(&text);
    if (result < 0)
        return -1;
    peer->copies++;
    if (play_until(p, has_room, s, -1, 0) == 0)
        return peer->send_error != 0;
    if (p->unknown)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    if (peer->type != SOCK_STREAM) {
        bytes_drop(&peer->out, peer->out.length);
        bytes_drop(&peer->out_lengths, peer->out_lengths.length);
        peer->copies--;
    }
    return 1;
}

/* A program that sleeps with a time limit is not waited for as long as
 * elsewhere: what it would still have taken is just not sent. */
static int flood_all(struct play *p, const struct step *s)
{
    const int64_t clock_ms = p->clock_ms;
    const struct peer *peer = &p->peers[s->peer];
    int full = 0;

    if (clock_ms == 0)
        p->clock_ms = VERBS_SHORT_CLOCK_MS;
    while (full == 0 && peer->copies < labs(s->number))
        full = flood_once(p, s);
    p->clock_ms = clock_ms;
    return full;
}

int verb_flood(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];
    int full;

    peer->copies = 0;
    full = flood_all(p, s);
    if (full < 0)
        return -1;
    outcome_note(&p->outcome, OUTCOME_PEER, "it has sent %ld of them",
                 peer->copies);
    if (full > 0 || s->number > 0)
        return 0;
    return play_fail(p,
                     "%s has sent %ld and read no answer, and the %s still "
                     "takes more: it keeps them all, or loses some",
                     play_peer_name(s->peer), peer->copies, play_role(p));
}

/* So far the connection has given what was wanted, and has ended. */
static bool is_cut(const struct play *p, const struct peer *peer)
{
    return peer->ended && !peer->message &&
           bytes_common(&peer->in, &p->wanted) == peer->in.length;
}

static bool copy_decided(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];

    peer_take(peer);
    return peer->ended || peer->message ||
           (peer->type == SOCK_STREAM && peer->in.length >= p->wanted.length);
}

/* Returns 1 where the connection has ended before. */
static int expect_copy(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];

    play_until(p, copy_decided, s, peer->fd, POLLIN);
    if (is_cut(p, peer) && peer->in.length < p->wanted.length)
        return 1;
    return verbs_expect_wanted(p, s, s->peer);
}

int verb_expect_flood(struct play *p, const struct step *s)
{
    long copies = p->peers[s->peer].copies;
    int result = 0;

    for (long n = 0; n < copies && result == 0; n++) {
        result = expand_copy(p, s, n, &p->wanted);
        if (result == 0)
            result = expect_copy(p, s);
        bytes_free(&p->wanted);
        if (result > 0)
            outcome_note(&p->outcome, OUTCOME_PEER,
                         "it got %ld, then the connection was closed", n);
    }
    return result < 0 ? -1 : 0;
}
