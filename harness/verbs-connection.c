#include "verbs.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

static struct peer *peer_of(struct play *p, int number)
{
    if (p->peer_count <= number)
        p->peer_count = number + 1;
    return &p->peers[number];
}

int verb_listen(struct play *p, const struct step *s)
{
    struct bytes path = { 0 };
    int result;

    if (play_path(p, s, &path) < 0)
        return -1;
    if (peer_bind(peer_of(p, s->peer), p->lab->socket_type, path.data,
                  (int)s->number) < 0)
        result = play_trouble(p, "the peer cannot listen");
    else
        result = verbs_remember(p, &path);
    bytes_free(&path);
    return result;
}

static bool accepted(struct play *p, const struct step *s)
{
    return peer_accept(peer_of(p, s->peer), &p->peers[s->number]) == 0;
}

int verb_accept(struct play *p, const struct step *s)
{
    if (play_until(p, accepted, s, p->peers[s->number].fd, POLLIN) < 0)
        return play_fail(p, "%s waited for the %s to connect, and it does not",
                         play_peer_name(s->peer), play_role(p));
    return 0;
}

static bool talks(struct play *p, const struct step *s)
{
    struct peer *peer = peer_of(p, s->peer);

    for (;;) {
        if (peer->fd < 0 && !accepted(p, s))
            return false;
        peer_take(peer);
        if (peer_holds(peer))
            return true;
        if (!peer->ended)
            return false;
        peer_close(peer);
    }
}

int verb_accept_talker(struct play *p, const struct step *s)
{
    if (play_until(p, talks, s, p->peers[s->number].fd, POLLIN) < 0)
        return play_fail(p,
                         "%s waited for bytes on a connection, and none came",
                         play_peer_name(s->peer));
    return 0;
}

static int unwelcome(struct play *p, const struct peer *peer)
{
    return play_differs(p, &(struct bytes){ 0 }, peer->in.data, peer->in.length,
                        "the %s sent something that it should not have sent",
                        play_role(p));
}

static int judge_visitor(struct play *p, struct peer *visitor)
{
    peer_take(visitor);
    if (peer_holds(visitor))
        return unwelcome(p, visitor);
    if (visitor->ended)
        return 0;
    return play_fail(p, "the %s keeps a connection that it has no use for",
                     play_role(p));
}

int verb_no_connection(struct play *p, const struct step *s)
{
    struct peer *listener = &p->peers[s->peer];
    struct peer visitor;
    int result = 0;

    if (play_settle(p) < 0)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    if (listener->kind == PEER_DATAGRAM) {
        peer_take(listener);
        return peer_holds(listener) ? unwelcome(p, listener) : 0;
    }
    peer_init(&visitor);
    while (result == 0 && peer_accept(&visitor, listener) == 0)
        result = judge_visitor(p, &visitor);
    peer_close(&visitor);
    return result;
}

/* Nobody has listened yet, the socket's mode is not set yet, or nobody accepts:
 * all may change. */
static bool may_change(const struct play *p)
{
    if (p->connect_error == EAGAIN)
        return true;
    return !p->ready && p->program.started && !p->program.ended &&
           p->scenario->role == ROLE_SERVER &&
           (p->connect_error == ENOENT || p->connect_error == ECONNREFUSED ||
            p->connect_error == EACCES);
}

/* A datagram socket of its own comes into being once the server is there. */
static int open_datagram(struct play *p, const struct step *s,
                         struct peer *peer)
{
    struct bytes path = { 0 };
    enum peer_naming naming = s->verb == VERB_BIND       ? PEER_PATH
                              : s->verb == VERB_AUTOBIND ? PEER_AUTOBOUND
                                                         : PEER_UNNAMED;
    int result = play_path(p, s, &path);

    if (result == 0 && peer_open(peer, naming, path.data, p->address.data) < 0)
        result = play_trouble(p, "the peer has no socket");
    else if (result == 0 && s->verb == VERB_BIND && path.data[0] != '@')
        result = verbs_remember(p, &path);
    bytes_free(&path);
    return result;
}

static int try_to_connect(struct play *p, const struct step *s)
{
    struct peer *peer = peer_of(p, p->subject);

    if (s->verb == VERB_CONNECT_AS)
        return verbs_connect_as(p, s, peer);
    return peer_connect(peer, p->lab->socket_type, p->address.data);
}

static bool connected(struct play *p, const struct step *s)
{
    p->connect_error = 0;
    if (try_to_connect(p, s) == 0) {
        p->ready = p->program.started;
        return true;
    }
    p->connect_error = errno;
    return !may_change(p);
}

static int cannot_connect(struct play *p)
{
    const char *error = strerror(p->connect_error);

    if (p->hands.lost) {
        errno = p->connect_error;
        return play_trouble(p, "a hand does not answer");
    }
    if (p->connect_error == EAGAIN)
        return play_fail(p,
                         "%s cannot connect: the backlog is full and nobody "
                         "accepts",
                         play_peer_name(p->subject));
    if (p->because.length == 0)
        play_blame(p);
    if (!p->ready)
        return play_fail(p, "%s cannot connect to %s: %s",
                         play_peer_name(p->subject), p->address.data, error);
    return play_fail(p,
                     "%s cannot connect to %s: %s, though others could "
                     "before",
                     play_peer_name(p->subject), p->address.data, error);
}

int verb_connect(struct play *p, const struct step *s)
{
    for (p->subject = s->peer; p->subject < play_last_peer(s); p->subject++) {
        if (play_until(p, connected, s, -1, 0) < 0 || p->connect_error != 0)
            return cannot_connect(p);
        if (s->verb != VERB_CONNECT && s->verb != VERB_CONNECT_AS &&
            open_datagram(p, s, &p->peers[p->subject]) < 0)
            return -1;
    }
    return 0;
}

int verb_open(struct play *p, const struct step *s)
{
    return verb_connect(p, s);
}

int verb_refused(struct play *p, const struct step *s)
{
    if (peer_connect(peer_of(p, s->peer), p->lab->socket_type,
                     p->address.data) < 0)
        return 0;
    return play_fail(p, "%s could still connect to %s", play_peer_name(s->peer),
                     p->address.data);
}

/* The harness is at both ends: what is sent is there at once. A connection that
 * says nothing was a probe; whatever else spoke first was not untouched. */
static bool hears(struct peer *listener, const struct bytes *text)
{
    struct peer guest;
    bool heard;

    if (listener->kind == PEER_DATAGRAM) {
        peer_take(listener);
        heard = peer_matches(listener, text);
        peer_drop(listener, listener->in.length);
        return heard;
    }
    peer_init(&guest);
    while (!peer_holds(&guest) && peer_accept(&guest, listener) == 0)
        peer_take(&guest);
    heard = peer_matches(&guest, text);
    peer_close(&guest);
    return heard;
}

int verb_reachable(struct play *p, const struct step *s)
{
    struct bytes text = { 0 };
    struct peer visitor;
    bool heard = false;

    peer_init(&visitor);
    if (bytes_printf(&text, "a visitor") < 0)
        return play_trouble(p, "a visitor cannot be sent");
    if (peer_connect(&visitor, p->lab->socket_type, p->address.data) == 0 &&
        peer_send(&visitor, text.data, text.length) == 0)
        heard = hears(&p->peers[s->peer], &text);
    peer_close(&visitor);
    bytes_free(&text);
    if (heard)
        return 0;
    return play_fail(p,
                     "%s owns the address %s, and a visitor does not reach it "
                     "there, or is not the first to speak",
                     play_peer_name(s->peer), p->address.data);
}

static bool flushed(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];

    return peer_owes(peer) == 0 || peer->send_error != 0;
}

int verb_half_close(struct play *p, const struct step *s)
{
    if (play_until(p, flushed, s, -1, 0) < 0)
        return play_fail(p,
                         "%s cannot send all it has: the %s does not take it",
                         play_peer_name(s->peer), play_role(p));
    /* The program may be gone, with the connection: what can be read decides.
     */
    peer_half_close(&p->peers[s->peer]);
    return 0;
}

int verb_close(struct play *p, const struct step *s)
{
    for (int i = s->peer; i < play_last_peer(s); i++)
        peer_close(peer_of(p, i));
    return 0;
}
