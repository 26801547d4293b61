#include "steps.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/*
 * A mark is `$` and a letter:
 *   $P the peer or peers      $s the ending of the verb that follows them
 *   $p the path               $t the text, shown
 *   $n the number             $o the number as a mode
 *   $L the number as a peer   $T the number as a type of socket
 *   $S the number as a signal $X the number as a way to end
 *   $c the count              $z the size
 *   $w ", with" and the text, where there is one
 *   $k the number as a count of bytes, which a repetition may give
 */
static const char *const sentences[SCENARIO_VERB_COUNT] = {
    [VERB_PLANT_FILE] = "a file $p is put there, holding $t",
    [VERB_PLANT_DIRECTORY] = "a directory $p is put there, mode $o",
    [VERB_PLANT_FIFO] = "a FIFO $p is put there",
    [VERB_PLANT_SYMLINK] = "a symbolic link $p to $t is put there",
    [VERB_PLANT_STALE] = "a socket file $p is left there by a server that has "
                         "gone",
    [VERB_PLANT_BOUND] = "$P bind$s a $T socket to $p and never listen$s",
    [VERB_REMOVE] = "$p is removed",
    [VERB_FILE_SAME] = "$p must be untouched",
    [VERB_FILE_GONE] = "$p must be gone",
    [VERB_FILE_SOCKET] = "$p must be a socket",
    [VERB_TIDY] = "nothing but the address may have been created",
    [VERB_START] = "the program is started",
    [VERB_FEED] = "the program's stdin gets $t",
    [VERB_END_INPUT] = "the program's stdin ends",
    [VERB_SIGNAL] = "the program is sent $S",
    [VERB_STOP] = "every process of the program is stopped",
    [VERB_STOP_MAIN] = "the program's first process is stopped",
    [VERB_CONTINUE] = "the program is let run on",
    [VERB_HOLD_AT_SEND] = "the program is started, and held right before it "
                          "first sends",
    [VERB_HOLD_AT_CONNECT] = "the program is started, and held right before it "
                             "first connects",
    [VERB_RELEASE] = "the program is let go",
    [VERB_LIMIT_DESCRIPTORS] = "the program can get no more descriptors",
    [VERB_UNLIMIT_DESCRIPTORS] = "the program can get descriptors again",
    [VERB_SETTLE] = "the program does what it has to and sleeps",
    [VERB_COUNT] = "the program's descriptors and processes are counted",
    [VERB_COUNT_SAME] = "the program must be back at as many descriptors and "
                        "processes",
    [VERB_MEMORY_SAME] = "the program must be back at as much memory, and $n "
                         "KiB more at most",
    [VERB_PEAK_SAME] = "the program must not have asked for $n KiB of memory "
                       "more than it had",
    [VERB_CLOCK] = "the clock starts: the program has $n ms",
    [VERB_NOT_BEFORE] = "that time must have passed",
    [VERB_CLOEXEC] = "every descriptor above 2 must be close-on-exec",
    [VERB_STDOUT] = "the program prints $t",
    [VERB_STDOUT_EACH] = "the program prints $t, $c in all, in any order",
    [VERB_STDOUT_END] = "the program prints nothing more",
    [VERB_COMPLAINS] = "the program complains in a line on stderr$w",
    [VERB_SAYS] = "the program says $t on stderr",
    [VERB_QUIET] = "the program must have said nothing on stderr",
    [VERB_USAGE] = "the program prints a usage line on stderr",
    [VERB_EXIT] = "the program $X",
    [VERB_ENDS] = "the program ends",
    [VERB_ALIVE] = "the program must still run",
    [VERB_STAYS] = "the program must not end, nor give up waiting",
    [VERB_SERVES] = "$P has a good exchange with the server",
    [VERB_REACHABLE] = "$P must still be reached at the address",
    [VERB_LISTEN] = "$P listen$s, backlog $n",
    [VERB_ACCEPT] = "$P accept$s the next connection to $L",
    [VERB_ACCEPT_TALKER] = "$P accept$s the next connection to $L that says "
                           "something",
    [VERB_NO_CONNECTION] = "nobody may be waiting to be accepted by $P",
    [VERB_CONNECT] = "$P connect$s",
    [VERB_BIND] = "$P bind$s a socket of its own to $p",
    [VERB_AUTOBIND] = "$P bind$s a socket of its own to an abstract address",
    [VERB_UNBOUND] = "$P make$s a socket without an address",
    [VERB_REFUSED] = "$P must find nobody at the address",
    [VERB_SEND_BUFFER] = "$P set$s a send buffer of $n bytes",
    [VERB_SEND] = "$P send$s $t",
    [VERB_SEND_PIECES] = "$P send$s $t, $n at a time",
    [VERB_SEND_SPLIT] = "$P send$s $t in two parts, the first of $k",
    [VERB_SEND_TIMES] = "$P send$s $t, $n of them",
    [VERB_SEND_TO] = "$P send$s $t to whom $L heard last",
    [VERB_INTRUDE] = "$P send$s $t to the program, wherever it has an address",
    [VERB_FLOOD] = "$P send$s $t and its like until nobody takes any more",
    [VERB_DRIP] = "$P send$s $t, a byte every $n ms, until it is disconnected",
    [VERB_SIP] = "$P read$s $z bytes every $n ms, until it is disconnected",
    [VERB_AWAIT] = "$P wait$s until there is something to read, and read$s "
                   "nothing",
    [VERB_EXPECT] = "$P expect$s $t",
    [VERB_EXPECT_PIECES] = "$P expect$s $t, and read$s it $n bytes at a time",
    [VERB_EXPECT_TIMES] = "$P expect$s $t, $n of them",
    [VERB_EXPECT_FLOOD] = "$P expect$s $t and its like, one for each that was "
                          "sent, or the first of them and the end",
    [VERB_EXPECT_DROPPED] = "$P expect$s to be disconnected, and read$s "
                            "nothing",
    [VERB_DRAIN] = "$P read$s all that has come",
    [VERB_DRAIN_TO] = "$P read$s what comes, up to $t",
    [VERB_OR_EXIT] = "$P wait$s for something to read, unless the program "
                     "$X",
    [VERB_EXPECT_END] = "$P expect$s the end of file",
    [VERB_EXPECT_CLOSED] = "$P expect$s the connection to be closed",
    [VERB_EXPECT_SILENCE] = "$P expect$s that all it sent is taken, and no "
                            "answer",
    [VERB_HALF_CLOSE] = "$P shut$s down the sending side",
    [VERB_CLOSE] = "$P close$s",
    [VERB_REPEAT] = "$c times over:",
    [VERB_AGAIN] = "and over again",
    [VERB_OBSERVE] = "the kernel is looked at",
    [VERB_OBSERVED] = "so far it has come to this",
};

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

/* Appends the text as it is for one peer or repetition. */
static int show_text(const struct telling *t, long i)
{
    struct bytes_names names = *t->names;
    struct bytes expanded = { 0 };
    int result;

    names.i = i;
    result = bytes_expand(&expanded, t->step->text, t->step->length, &names);
    if (result == 0)
        result = bytes_show(t->out, expanded.data, expanded.length, 0);
    bytes_free(&expanded);
    return result;
}

static int tell_text(const struct telling *t)
{
    const struct step *s = t->step;

    if (t->names == NULL)
        return bytes_show(t->out, s->text, s->length, 0);
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

static int tell_with_text(const struct telling *t)
{
    if (t->step->length == 0)
        return 0;
    if (append_text(t->out, ", with ") < 0)
        return -1;
    return tell_text(t);
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
        return append_text(t->out, "stream");
    case SOCK_DGRAM:
        return append_text(t->out, "datagram");
    case SOCK_SEQPACKET:
        return append_text(t->out, "seqpacket");
    default:
        return tell_number(t);
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

static const struct {
    char mark;
    int (*tell)(const struct telling *t);
} marks[] = {
    { 'P', tell_peers },      { 's', tell_ending },    { 'p', tell_path },
    { 't', tell_text },       { 'n', tell_number },    { 'o', tell_mode },
    { 'L', tell_other_peer }, { 'T', tell_type },      { 'S', tell_signal },
    { 'X', tell_exit },       { 'c', tell_count },     { 'z', tell_size },
    { 'k', tell_bytes },      { 'w', tell_with_text },
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
    const char *rest = sentences[s->verb];

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
