#include "verbs.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>

/* Runs `act` for each peer of the step, with {i} counting them where there are
 * several. */
static int each_peer(struct play *p, const struct step *s,
                     int (*act)(struct play *p, const struct step *s,
                                int number))
{
    long outer = p->i;
    int result = 0;

    for (int n = s->peer; n < play_last_peer(s) && result == 0; n++) {
        if (s->count > 1)
            p->i = n - s->peer;
        result = act(p, s, n);
    }
    p->i = outer;
    return result;
}

int verb_send_buffer(struct play *p, const struct step *s)
{
    if (peer_send_buffer(&p->peers[s->peer], (int)s->number) < 0)
        return play_trouble(p, "the send buffer cannot be set");
    return 0;
}

/* Whether a send still succeeds depends on who was faster: it is noted, and
 * what can be read decides. */
int verbs_send(struct play *p, int number, const void *data, size_t length)
{
    struct peer *peer = &p->peers[number];
    int before = peer->send_error;

    if (peer_send(peer, data, length) < 0)
        return play_trouble(p, "the peer cannot send");
    if (peer->send_error != 0 && before == 0)
        outcome_note(&p->outcome, OUTCOME_PEER, "its send fails: %s",
                     strerror(peer->send_error));
    return 0;
}

static int send_one(struct play *p, const struct step *s, int number)
{
    struct bytes text = { 0 };
    int result = play_expand(p, &text, s->text, s->length);

    if (result == 0)
        result = verbs_send(p, number, text.data, text.length);
    bytes_free(&text);
    return result;
}

int verb_send(struct play *p, const struct step *s)
{
    return each_peer(p, s, send_one);
}

static bool taken(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];

    return peer->send_error != 0 || peer_consumed(peer);
}

/* Sends up to `size` bytes from `*at` on, and waits until they are taken.
 * Returns 1 where they are not. */
static int send_piece(struct play *p, const struct step *s,
                      const struct bytes *text, size_t *at, size_t size)
{
    size_t left = text->length - *at;
    size_t n = left < size ? left : size;

    if (verbs_send(p, s->peer, text->data + *at, n) < 0)
        return -1;
    *at += n;
    return play_until(p, taken, s, -1, 0) < 0;
}

/* In pieces of `size`, from the first on one of `first` bytes. A piece that is
 * not taken, or cannot be sent, is no verdict: the program may look at it
 * without taking it. The rest goes at once. */
static int send_pieces(struct play *p, const struct step *s, size_t first,
                       size_t size)
{
    struct bytes text = { 0 };
    size_t at = 0;
    int result = play_expand(p, &text, s->text, s->length);

    if (result == 0)
        result = send_piece(p, s, &text, &at, first);
    while (result == 0 && at < text.length)
        result = send_piece(p, s, &text, &at, size);
    if (result > 0 && at < text.length)
        result = send_piece(p, s, &text, &at, text.length);
    bytes_free(&text);
    return result < 0 ? -1 : 0;
}

int verb_send_pieces(struct play *p, const struct step *s)
{
    return send_pieces(p, s, (size_t)s->number, (size_t)s->number);
}

int verb_send_split(struct play *p, const struct step *s)
{
    long first = s->number == SPLIT_HERE ? p->n + 1 : s->number;

    return send_pieces(p, s, (size_t)first, SIZE_MAX);
}

static bool readable(struct play *p, const struct step *s)
{
    return peer_readable(&p->peers[s->peer]);
}

int verb_await(struct play *p, const struct step *s)
{
    if (play_until(p, readable, s, p->peers[s->peer].fd, POLLIN) < 0)
        return play_fail(p, "%s waited for something to read, and nothing came",
                         play_peer_name(s->peer));
    return 0;
}

static bool decided(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[p->subject];
    size_t n;

    (void)s;
    peer_take(peer);
    /* An empty message is something to wait for, no bytes at all are not. */
    if (peer->ended || peer->type != SOCK_STREAM)
        return peer->ended || peer->message;
    n = peer->in.length < p->wanted.length ? peer->in.length : p->wanted.length;
    return n == p->wanted.length || bytes_common(&peer->in, &p->wanted) < n;
}

/* A message is compared whole, a stream as far as is expected. */
static bool is_wanted(const struct peer *peer, const struct bytes *wanted)
{
    if (peer->type != SOCK_STREAM)
        return peer_matches(peer, wanted);
    return peer->in.length >= wanted->length &&
           bytes_common(&peer->in, wanted) == wanted->length;
}

/* What one message is called on this type of socket. */
static const char *unit(const struct peer *peer)
{
    return peer->type == SOCK_DGRAM ? "datagram" : "record";
}

static int wrong_message(struct play *p, const struct peer *peer)
{
    const char *name = play_peer_name(p->subject);
    const char *what = unit(peer);

    if (peer->message)
        return play_differs(p, &p->wanted, peer->in.data, peer->in.length,
                            "%s got another %s than it expected", name, what);
    if (peer->ended || peer->receive_error)
        play_blame(p);
    if (peer->receive_error)
        return play_fail(p, "%s expected a %s and got an error: %s", name, what,
                         strerror(peer->receive_error));
    if (peer->ended)
        return play_fail(p,
                         "%s expected a %s, and the %s closed the "
                         "connection",
                         name, what, play_role(p));
    return play_fail(p, "%s expected a %s, and none came", name, what);
}

static int wrong_bytes(struct play *p, const struct peer *peer)
{
    const char *name = play_peer_name(p->subject);
    size_t same = bytes_common(&peer->in, &p->wanted);

    if (peer->type != SOCK_STREAM)
        return wrong_message(p, peer);
    if (peer->ended)
        play_blame(p);
    if (same < peer->in.length && same < p->wanted.length)
        return play_differs(p, &p->wanted, peer->in.data, peer->in.length,
                            "%s got other bytes than it expected, from byte "
                            "%zu on",
                            name, same);
    if (peer->receive_error)
        return play_differs(p, &p->wanted, peer->in.data, peer->in.length,
                            "%s got %zu of %zu bytes, then %s", name,
                            peer->in.length, p->wanted.length,
                            strerror(peer->receive_error));
    if (peer->ended)
        return play_differs(p, &p->wanted, peer->in.data, peer->in.length,
                            "%s got %zu of %zu bytes, then the %s closed the "
                            "connection",
                            name, peer->in.length, p->wanted.length,
                            play_role(p));
    return play_differs(p, &p->wanted, peer->in.data, peer->in.length,
                        "%s got %zu of the %zu bytes it expected", name,
                        peer->in.length, p->wanted.length);
}

int verbs_expect_wanted(struct play *p, const struct step *s, int number)
{
    struct peer *peer = &p->peers[number];

    p->subject = number;
    play_until(p, decided, s, peer->fd, POLLIN);
    if (!is_wanted(peer, &p->wanted))
        return wrong_bytes(p, peer);
    if (verbs_refuse_descriptors(p, number) < 0)
        return -1;
    peer_drop(peer, p->wanted.length);
    return 0;
}

static int expect_one(struct play *p, const struct step *s, int number)
{
    int result = play_expand(p, &p->wanted, s->text, s->length);

    if (result == 0)
        result = verbs_expect_wanted(p, s, number);
    bytes_free(&p->wanted);
    return result;
}

int verb_expect(struct play *p, const struct step *s)
{
    return each_peer(p, s, expect_one);
}

static bool ended_or_more(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[p->subject];

    (void)s;
    peer_take(peer);
    return peer->ended || peer_holds(peer);
}

static int expect_end_one(struct play *p, const struct step *s, int number)
{
    struct peer *peer = &p->peers[number];
    bool met;

    p->subject = number;
    met = play_until(p, ended_or_more, s, peer->fd, POLLIN) == 0;
    if (peer_holds(peer))
        return play_differs(p, &(struct bytes){ 0 }, peer->in.data,
                            peer->in.length,
                            "%s expected the end of the connection and got "
                            "%s",
                            play_peer_name(number),
                            peer->message ? "one more message" : "more bytes");
    if (!met)
        return play_fail(p,
                         "%s expected the end of the connection, and the %s "
                         "keeps it open",
                         play_peer_name(number), play_role(p));
    if (!peer->receive_error || s->verb != VERB_EXPECT_END)
        return 0;
    play_blame(p);
    return play_fail(p, "%s expected an end of file and got an error: %s%s",
                     play_peer_name(number), strerror(peer->receive_error),
                     peer->receive_error == ECONNRESET
                         ? " (the other end was closed before it had read all "
                           "that was sent)"
                         : "");
}

int verb_expect_end(struct play *p, const struct step *s)
{
    return each_peer(p, s, expect_end_one);
}

int verb_expect_closed(struct play *p, const struct step *s)
{
    return each_peer(p, s, expect_end_one);
}

/* Silence is proven, not waited for: the program has taken all there was, or
 * sleeps for ever without, and nothing has come. What one that sleeps with a
 * time limit does not take for a while it does not answer either. */
int verb_expect_silence(struct play *p, const struct step *s)
{
    const int64_t clock_ms = p->clock_ms;
    struct peer *peer = &p->peers[s->peer];

    if (clock_ms == 0)
        p->clock_ms = VERBS_SHORT_CLOCK_MS;
    play_until(p, taken, s, -1, 0);
    p->clock_ms = clock_ms;
    if (p->unknown || play_settle(p) < 0)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    peer_take(peer);
    if (peer_holds(peer))
        return play_differs(p, &(struct bytes){ 0 }, peer->in.data,
                            peer->in.length, "%s expected silence, and %s came",
                            play_peer_name(s->peer),
                            peer->message ? "a message" : "bytes");
    /* A program that has nothing more to send may shut down that side. */
    if (!peer->ended || (!peer->receive_error && !peer_closed(peer)))
        return 0;
    play_blame(p);
    return play_fail(p,
                     "%s expected silence, and the %s closed the "
                     "connection",
                     play_peer_name(s->peer), play_role(p));
}
