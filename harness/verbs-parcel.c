#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

/* What `|` separates in p->wanted: the next of them, NULL behind the last. */
static const char *next_choice(const struct play *p, const char *at,
                               size_t *length)
{
    if (!p->wanted.data)
        return NULL;

    const char *end = p->wanted.data + p->wanted.length;

    if (at > end)
        return NULL;

    const char *bar = memchr(at, '|', (size_t)(end - at));

    *length = (size_t)((bar ? bar : end) - at);
    return at;
}

/* Whether what has come is one of the choices; or, on a stream, may become
 * one. */
static bool is_choice(const struct play *p, const struct peer *peer, bool may)
{
    const char *at = p->wanted.data;
    size_t length;

    for (; (at = next_choice(p, at, &length)) != NULL; at += length + 1) {
        if (may ? peer->in.length >= length : peer->in.length != length)
            continue;
        if (memcmp(peer->in.data ? peer->in.data : "", at, peer->in.length) ==
            0)
            return true;
    }
    return false;
}

static bool decided(struct play *p, const struct step *s)
{
    struct peer *peer = &p->peers[s->peer];

    peer_take(peer);
    if (peer->type != SOCK_STREAM)
        return peer->ended || peer->message;
    return peer->ended || !is_choice(p, peer, true);
}

static int differs_from_choices(struct play *p, const struct peer *peer,
                                const char *name)
{
    bytes_show_choices(&p->outcome.expected, p->wanted.data, p->wanted.length);
    bytes_show(&p->outcome.actual, peer->in.data, peer->in.length, 0);
    return play_fail(p, "%s got another answer than it expected", name);
}

static int differs(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];
    const char *name = play_peer_name(s->peer);

    if (peer->ended)
        play_blame(p);
    if (peer_holds(peer))
        return differs_from_choices(p, peer, name);
    if (peer->ended)
        return play_fail(p,
                         "%s expected an answer, and the %s closed the "
                         "connection",
                         name, play_role(p));
    return play_fail(p, "%s expected an answer, and none came", name);
}

/* Waits for one of the choices in p->wanted. Fails where it is none. */
static int await_choice(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];

    play_until(p, decided, s, peer->fd, POLLIN);
    if (peer_holds(peer) && is_choice(p, peer, false))
        return 0;
    return differs(p, s);
}

/* Descriptors that the harness itself had no room for say nothing of the
 * program. */
static int check_cut(struct play *p, const struct peer *peer)
{
    if (!peer->got.cut)
        return 0;
    errno = EMFILE;
    return play_trouble(p, "descriptors that were sent are lost");
}

int verbs_refuse_descriptors(struct play *p, int number)
{
    const struct parcel *got = &p->peers[number].got;

    if (got->count == 0)
        return check_cut(p, &p->peers[number]);
    return play_fail(p,
                     "%s got what it expected, and with it %zu %s that the %s "
                     "should not have sent",
                     play_peer_name(number), got->count,
                     got->count == 1 ? "descriptor" : "descriptors",
                     play_role(p));
}

int verb_expect_either(struct play *p, const struct step *s)
{
    int result = play_expand(p, &p->wanted, s->text, s->length);

    if (result == 0)
        result = await_choice(p, s);
    if (result == 0)
        result = verbs_refuse_descriptors(p, s->peer);
    if (result == 0)
        peer_drop(&p->peers[s->peer], p->peers[s->peer].in.length);
    bytes_free(&p->wanted);
    return result;
}

static int check_count(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];
    const char *name = play_peer_name(s->peer);

    if (check_cut(p, peer) < 0)
        return -1;
    if (peer->got.count == 0)
        return play_fail(
            p, "%s got the right bytes, and no descriptor with them", name);
    if (peer->got.count > 1)
        return play_fail(p,
                         "%s got the right bytes, and with them %zu "
                         "descriptors instead of one",
                         name, peer->got.count);
    if (peer->got.at > 0)
        return play_fail(p,
                         "%s got the descriptor with byte %zu, and not with "
                         "the first",
                         name, peer->got.at + 1);
    return 0;
}

static int check_mode(struct play *p, const struct step *s)
{
    const char *name = play_peer_name(s->peer);
    int flags = fcntl(p->peers[s->peer].got.fd[0], F_GETFL);
    int mode = flags & O_ACCMODE;

    if (flags < 0)
        return play_trouble(p, "a descriptor that was sent cannot be read");
    if (flags & O_PATH)
        return play_fail(p,
                         "%s got a descriptor that names the file and does not "
                         "open it (O_PATH)",
                         name);
    if (mode == O_RDONLY || (mode == O_RDWR && s->verb == VERB_EXPECT_WITH))
        return 0;
    return play_fail(p, "%s got a descriptor that is open for %s", name,
                     mode == O_RDWR ? "reading and writing" : "writing only");
}

/* The descriptor leads to the file that stands at the path. */
static int check_file(struct play *p, const struct step *s,
                      const struct stat *wanted, const char *path)
{
    struct stat found;

    if (check_count(p, s) < 0)
        return -1;
    if (fstat(p->peers[s->peer].got.fd[0], &found) < 0)
        return play_trouble(p, "a descriptor that was sent cannot be read");
    if (found.st_dev != wanted->st_dev || found.st_ino != wanted->st_ino)
        return play_fail(p, "%s got a descriptor of another file than %s",
                         play_peer_name(s->peer), path);
    return check_mode(p, s);
}

/* The choices: the answer with the file, and those without. */
static int want_file(struct play *p, const struct step *s, long long size)
{
    if (s->verb == VERB_EXPECT_FILE &&
        bytes_printf(&p->wanted, "+%lld\n%s", size, s->length > 0 ? "|" : "") <
            0)
        return play_trouble(p, "an answer cannot be expected");
    return play_expand(p, &p->wanted, s->text, s->length);
}

static bool is_file_answer(const struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];

    return s->verb == VERB_EXPECT_WITH ||
           (peer->in.length > 0 && peer->in.data[0] == '+');
}

static int expect_file(struct play *p, const struct step *s, const char *path)
{
    struct stat wanted;
    int result;

    if (stat(path, &wanted) < 0)
        return play_trouble(p, path);
    if (want_file(p, s, (long long)wanted.st_size) < 0 ||
        await_choice(p, s) < 0)
        return -1;
    result = is_file_answer(p, s) ? check_file(p, s, &wanted, path)
                                  : verbs_refuse_descriptors(p, s->peer);
    peer_drop(&p->peers[s->peer], p->peers[s->peer].in.length);
    return result;
}

int verb_expect_file(struct play *p, const struct step *s)
{
    struct bytes path = { 0 };
    int result = play_path(p, s, &path);

    if (result == 0)
        result = expect_file(p, s, path.data);
    bytes_free(&p->wanted);
    bytes_free(&path);
    return result;
}

int verb_expect_with(struct play *p, const struct step *s)
{
    return verb_expect_file(p, s);
}
