#include "steps.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

struct telling {
    struct bytes *out;
    const struct step *step;
    const struct bytes_names *names;
};

static bool is_plural(const struct step *s)
{
    return s->count > 1;
}

static int append_text(struct bytes *out, const char *text)
{
    return bytes_append(out, text, strlen(text));
}

static int append_peer(struct bytes *out, long peer)
{
    return peer == 0 ? append_text(out, "peer")
                     : bytes_printf(out, "peer %ld", peer);
}

static int tell_peers(const struct telling *t)
{
    if (is_plural(t->step))
        return bytes_printf(t->out, "peers %d to %d", t->step->peer,
                            t->step->peer + t->step->count - 1);
    return append_peer(t->out, t->step->peer);
}

static int tell_ending(const struct telling *t)
{
    return append_text(t->out, is_plural(t->step) ? "" : "s");
}

static int tell_path(const struct telling *t)
{
    const char *path = t->step->path != NULL ? t->step->path : "{path}";

    if (t->names == NULL)
        return append_text(t->out, path);
    return bytes_expand(t->out, path, strlen(path), t->names);
}

static int show(const struct telling *t, const char *text, size_t length)
{
    enum verb verb = t->step->verb;

    if (verb == VERB_EXPECT_EITHER || verb == VERB_EXPECT_FILE)
        return bytes_show_choices(t->out, text, length);
    return bytes_show(t->out, text, length, 0);
}

/* Appends the text as it is for one peer or repetition. */
static int show_text(const struct telling *t, long i)
{
    struct bytes_names names = *t->names;
    struct bytes expanded = { 0 };
    int result;

    names.i = i;
    result = bytes_expand(&expanded, t->step->text, t->step->length, &names);
    if (result == 0)
        result = show(t, expanded.data, expanded.length);
    bytes_free(&expanded);
    return result;
}

static int tell_text(const struct telling *t)
{
    const struct step *s = t->step;

    if (t->names == NULL)
        return show(t, s->text, s->length);
    if (!is_plural(s))
        return show_text(t, t->names->i);
    if (show_text(t, 0) < 0)
        return -1;
    /* Without {i} all are the same. */
    if (memmem(s->text, s->length, "{i}", strlen("{i}")) == NULL)
        return 0;
    if (append_text(t->out, " to ") < 0)
        return -1;
    return show_text(t, s->count - 1L);
}

static int tell_behind(const struct telling *t, const char *word)
{
    if (t->step->length == 0)
        return 0;
    if (append_text(t->out, word) < 0)
        return -1;
    return tell_text(t);
}

static int tell_with_text(const struct telling *t)
{
    return tell_behind(t, ", with ");
}

static int tell_or_text(const struct telling *t)
{
    return tell_behind(t, ", or ");
}

static int tell_attachment(const struct telling *t)
{
    static const char *const made[ATTACHMENT_COUNT] = {
        [ATTACHMENT_MEMORY] = "a file in memory",
        [ATTACHMENT_SEALED] = "a sealed file in memory",
        [ATTACHMENT_SOCKET] = "a socket",
        [ATTACHMENT_PIPE] = "an empty pipe",
    };

    return append_text(t->out, made[t->step->number]);
}

static int tell_number(const struct telling *t)
{
    return bytes_printf(t->out, "%ld", t->step->number);
}

static int tell_mode(const struct telling *t)
{
    return bytes_printf(t->out, "%04lo", (unsigned long)t->step->number);
}

static int tell_other_peer(const struct telling *t)
{
    return append_peer(t->out, t->step->number);
}

static int tell_type(const struct telling *t)
{
    switch (t->step->number) {
    case SOCK_STREAM:
        return append_text(t->out, "stream ");
    case SOCK_DGRAM:
        return append_text(t->out, "datagram ");
    case SOCK_SEQPACKET:
        return append_text(t->out, "seqpacket ");
    default:
        return append_text(t->out, "");
    }
}

static int append_signal(struct bytes *out, long number)
{
    const char *name = sigabbrev_np((int)number);

    return name != NULL ? bytes_printf(out, "SIG%s", name)
                        : bytes_printf(out, "signal %ld", number);
}

static int tell_signal(const struct telling *t)
{
    return append_signal(t->out, t->step->number);
}

static int tell_exit(const struct telling *t)
{
    if (t->step->number >= 0)
        return bytes_printf(t->out, "ends with exit status %ld",
                            t->step->number);
    if (append_text(t->out, "is killed by ") < 0)
        return -1;
    return append_signal(t->out, -t->step->number);
}

static int tell_count(const struct telling *t)
{
    return bytes_printf(t->out, "%d", t->step->count);
}

static int tell_size(const struct telling *t)
{
    return bytes_printf(t->out, "%ld", t->step->size);
}

static int tell_bytes(const struct telling *t)
{
    long bytes = t->step->number;

    if (bytes == SPLIT_HERE) {
        if (t->names == NULL)
            return append_text(t->out, "one byte more each time");
        bytes = t->names->n + 1;
    }
    return bytes_printf(t->out, "%ld byte%s", bytes, bytes == 1 ? "" : "s");
}

static int append_hand(struct bytes *out, long hand)
{
    return hand == 0 ? append_text(out, "the process that plays the peers")
                     : bytes_printf(out, "hand %ld", hand);
}

static int tell_hand(const struct telling *t)
{
    return append_hand(t->out, t->step->number);
}

static int tell_other_hand(const struct telling *t)
{
    return append_hand(t->out, t->step->size);
}

static int tell_who(const struct telling *t)
{
    static const char *const who[HAND_WHO_COUNT] = {
        [HAND_SAME] = "as the program's user",
        [HAND_OTHER] = "as another user",
        [HAND_ROOT] = "as root",
        [HAND_EFFECTIVE] = "in effect as the program's user, and really as "
                           "another one",
        [HAND_REAL] = "really as the program's user, and in effect as another "
                      "one",
    };

    return append_text(t->out, who[t->step->who]);
}

static const struct {
    char mark;
    int (*tell)(const struct telling *t);
} marks[] = {
    { 'P', tell_peers },      { 's', tell_ending },    { 'p', tell_path },
    { 't', tell_text },       { 'n', tell_number },    { 'o', tell_mode },
    { 'L', tell_other_peer }, { 'T', tell_type },      { 'S', tell_signal },
    { 'X', tell_exit },       { 'c', tell_count },     { 'z', tell_size },
    { 'k', tell_bytes },      { 'w', tell_with_text }, { 'a', tell_or_text },
    { 'm', tell_attachment }, { 'h', tell_hand },      { 'H', tell_other_hand },
    { 'u', tell_who },
};

static int tell_mark(const struct telling *t, char mark)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (marks[i].mark == mark)
            return marks[i].tell(t);
    }
    errno = EINVAL;
    return -1;
}

int steps_describe(struct bytes *out, const struct step *s,
                   const struct bytes_names *names)
{
    const struct telling telling = { out, s, names };
    const char *rest = steps_sentences[s->verb];

    if (rest == NULL) {
        errno = EINVAL;
        return -1;
    }
    for (;;) {
        size_t plain = strcspn(rest, "$");

        if (bytes_append(out, rest, plain) < 0)
            return -1;
        if (rest[plain] == '\0')
            return 0;
        if (tell_mark(&telling, rest[plain + 1]) < 0)
            return -1;
        rest += plain + 2;
    }
}
