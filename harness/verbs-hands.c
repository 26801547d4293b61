#include "verbs.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Others than the program's user come in here then, and no further. */
int verbs_prepare_hands(struct play *p)
{
    if (!hands_are_used(p->scenario))
        return 0;
    if (chmod("..", 0711) < 0 || chmod(".", 0711) < 0 ||
        hands_open(&p->hands) < 0)
        return play_trouble(p, "hands cannot be had");
    return 0;
}

static void note_hand(struct play *p, int hand)
{
    const long *id = p->hands.process[hand].id;

    outcome_note(&p->outcome, OUTCOME_PEER,
                 "it is process %ld, effective user %ld and group %ld, real "
                 "user %ld and group %ld",
                 id[BYTES_PID], id[BYTES_UID], id[BYTES_GID], id[BYTES_RUID],
                 id[BYTES_RGID]);
}

/* HAND, HAND_TAKES_NUMBER */
int verb_hand(struct play *p, const struct step *s)
{
    bool takes = s->verb == VERB_HAND_TAKES_NUMBER;
    long pid = takes ? p->hands.process[s->size].id[BYTES_PID] : 0;

    if (hands_start(&p->hands, (int)s->number, (pid_t)pid) < 0)
        return play_trouble(p, "a hand cannot be started");
    note_hand(p, (int)s->number);
    return 0;
}

/* HAND_ENDS, HAND_ENDS_UNREAPED */
int verb_hand_ends(struct play *p, const struct step *s)
{
    if (hands_end(&p->hands, (int)s->number,
                  s->verb == VERB_HAND_ENDS_UNREAPED) < 0)
        return play_trouble(p, "a hand cannot be ended");
    return 0;
}

int verbs_connect_as(struct play *p, const struct step *s, struct peer *peer)
{
    int fd = hands_connect(&p->hands, (int)s->number, p->lab->socket_type,
                           &p->address);

    if (fd < 0)
        return -1;
    peer_adopt(peer, fd, p->lab->socket_type);
    return 0;
}

/* What the peer has sent before goes first. Of a stream the rest goes later
 * where there is no room. */
static bool handed_over(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];
    int claims = s->verb == VERB_FORGE_AS ? (int)s->size : -1;
    ssize_t n;

    if (peer_owes(peer) > 0 && peer->send_error == 0)
        return false;
    n = hands_send(&p->hands, (int)s->number, peer->fd, claims, &p->wanted);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n < 0) {
        p->send_error = errno;
        return true;
    }
    if (p->lab->socket_type != SOCK_STREAM)
        return true;
    bytes_drop(&p->wanted, (size_t)n);
    return p->wanted.length == 0;
}

/* Whether a send still succeeds depends on who was faster, and forging is no
 * fault of the program: it is noted, and what can be read decides. */
static int hand_over(struct play *p, const struct step *s)
{
    p->send_error = 0;
    if (play_until(p, handed_over, s, p->peers[s->peer].fd, POLLOUT) < 0)
        return play_fail(p,
                         "%s cannot send all it has: the %s does not take it",
                         play_peer_name(s->peer), play_role(p));
    errno = p->send_error;
    if (p->hands.lost)
        return play_trouble(p, "a hand does not answer");
    if (p->send_error != 0)
        outcome_note(&p->outcome, OUTCOME_PEER, "its send fails: %s",
                     strerror(p->send_error));
    return 0;
}

/* SEND_AS, FORGE_AS */
int verb_send_as(struct play *p, const struct step *s)
{
    int result = play_expand(p, &p->wanted, s->text, s->length);

    if (result == 0)
        result = hand_over(p, s);
    bytes_free(&p->wanted);
    return result;
}
