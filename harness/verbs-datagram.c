#include "verbs.h"

#include "procfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int send_to(struct play *p, int number, const struct peer_name *to,
                   const struct bytes *text)
{
    struct peer *peer = &p->peers[number];

    if (peer_send_to(peer, to, text->data, text->length) < 0)
        return play_trouble(p, "the peer cannot send");
    if (peer->send_error != 0)
        outcome_note(&p->outcome, OUTCOME_PEER, "its send fails: %s",
                     strerror(peer->send_error));
    return 0;
}

int verb_send_to(struct play *p, const struct step *s)
{
    struct bytes text = { 0 };
    int result = play_expand(p, &text, s->text, s->length);

    if (result == 0)
        result = send_to(p, s->peer, &p->peers[s->number].heard, &text);
    bytes_free(&text);
    return result;
}

/* What an intruder sends, and where it looks for an address. */
struct intrusion {
    struct play *play;
    int peer;
    const struct bytes *text;
    pid_t process;
    int found;
};

/* The name of a datagram socket; length 0 where it is none, or has none. */
static struct peer_name name_of(int fd)
{
    struct peer_name name = { .length = sizeof name.address };
    int type = 0;
    socklen_t length = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 ||
        type != SOCK_DGRAM ||
        getsockname(fd, (struct sockaddr *)&name.address, &name.length) < 0 ||
        name.address.sun_family != AF_UNIX ||
        name.length <= sizeof name.address.sun_family)
        name.length = 0;
    name.length = peer_name_fits(name.length);
    return name;
}

static int intrude_at(long number, void *context)
{
    struct intrusion *in = context;
    int fd = procfs_borrow(in->process, (int)number);
    struct peer_name name;

    if (fd < 0)
        return 0;
    name = name_of(fd);
    close(fd);
    if (name.length == 0)
        return 0;
    in->found++;
    return send_to(in->play, in->peer, &name, in->text);
}

static int intrude_all(struct intrusion *in, const struct descendants *list)
{
    char path[PROCFS_PATH];

    for (size_t i = 0; i < list->count; i++) {
        in->process = list->pid[i];
        snprintf(path, sizeof path, "/proc/%d/fd", in->process);
        if (procfs_numbers(path, intrude_at, in) < 0 &&
            in->play->outcome.verdict != VERDICT_PASS)
            return -1;
    }
    return 0;
}

int verb_intrude(struct play *p, const struct step *s)
{
    struct bytes text = { 0 };
    struct descendants list = { 0 };
    struct intrusion in = { .play = p, .peer = s->peer, .text = &text };
    int result;

    if (descendants_list(&list, getpid(), &p->config->probe) < 0)
        return play_trouble(p, "the processes cannot be listed");
    result = play_expand(p, &text, s->text, s->length);
    if (result == 0)
        result = intrude_all(&in, &list);
    if (result == 0 && in.found == 0)
        outcome_note(&p->outcome, OUTCOME_PEER,
                     "the program has no address yet, so nobody can send to "
                     "it");
    descendants_free(&list);
    bytes_free(&text);
    return result;
}
