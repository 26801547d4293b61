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
        if (peer->in.length > 0)
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

int verb_no_connection(struct play *p, const struct step *s)
{
    struct peer visitor;
    int result = 0;

    if (play_settle(p) < 0)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    peer_init(&visitor);
    while (result == 0 && peer_accept(&visitor, &p->peers[s->peer]) == 0) {
        peer_take(&visitor);
        if (visitor.in.length > 0)
            result = play_differs(p, &(struct bytes){ 0 }, visitor.in.data,
                                  visitor.in.length,
                                  "the %s sent something that it should not "
                                  "have sent",
                                  play_role(p));
        else if (!visitor.ended)
            result = play_fail(p,
                               "the %s keeps a connection that it has no "
                               "use for",
                               play_role(p));
    }
    peer_close(&visitor);
    return result;
}

/* Nobody has listened yet, or nobody accepts: both may change. */
static bool may_change(const struct play *p)
{
    if (p->connect_error == EAGAIN)
        return true;
    return !p->ready && p->program.started && !p->program.ended &&
           p->scenario->role == ROLE_SERVER &&
           (p->connect_error == ENOENT || p->connect_error == ECONNREFUSED);
}

static bool connected(struct play *p, const struct step *s)
{
    (void)s;
    p->connect_error = 0;
    if (peer_connect(peer_of(p, p->subject), p->lab->socket_type,
                     p->address.data) == 0) {
        p->ready = p->program.started;
        return true;
    }
    p->connect_error = errno;
    return !may_change(p);
}

static int cannot_connect(struct play *p)
{
    const char *error = strerror(p->connect_error);

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
    }
    return 0;
}

int verb_refused(struct play *p, const struct step *s)
{
    if (peer_connect(peer_of(p, s->peer), p->lab->socket_type,
                     p->address.data) < 0)
        return 0;
    return play_fail(p, "%s could still connect to %s", play_peer_name(s->peer),
                     p->address.data);
}

static bool flushed(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];

    return peer->out.length == 0 || peer->send_error != 0;
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
