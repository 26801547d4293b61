#include "play.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

const char *play_role(const struct play *p)
{
    return p->scenario->role == ROLE_SERVER ? "server" : "client";
}

const char *play_peer_name(int number)
{
    static char name[16];

    if (number == 0)
        return "the peer";
    snprintf(name, sizeof name, "peer %d", number);
    return name;
}

int play_last_peer(const struct step *s)
{
    bool several = s->count > 1 && s->verb != VERB_STDOUT_EACH;

    return s->peer + (several ? s->count : 1);
}

static void note_stream(struct play *p, const struct program_stream *stream,
                        size_t before, const char *verb)
{
    struct bytes shown = { 0 };

    if (stream->kept.length == before)
        return;
    bytes_show(&shown, stream->kept.data + before, stream->kept.length - before,
               0);
    outcome_note(&p->outcome, OUTCOME_PROGRAM, "%s %s", verb,
                 shown.data ? shown.data : "");
    bytes_free(&shown);
}

static void note_end(struct play *p)
{
    int status = p->program.status;

    if (WIFSIGNALED(status))
        outcome_note(&p->outcome, OUTCOME_PROGRAM,
                     "is killed by signal %d (%s)", WTERMSIG(status),
                     strsignal(WTERMSIG(status)));
    else
        outcome_note(&p->outcome, OUTCOME_PROGRAM, "exits with status %d",
                     WEXITSTATUS(status));
}

static int flush_peers(struct play *p)
{
    for (int i = 0; i < p->peer_count; i++)
        if (p->peers[i].fd >= 0)
            peer_flush(&p->peers[i]);
    return 0;
}

/* The harness asks a case to stop with SIGTERM: what it started must still be
 * ended by its warden. */
static int read_signals(struct play *p)
{
    struct signalfd_siginfo info;

    while (read(p->signal_fd, &info, sizeof info) == sizeof info)
        p->cancelled |= info.ssi_signo == SIGTERM;
    if (!p->cancelled)
        return 0;
    errno = ECANCELED;
    return -1;
}

int play_pump(struct play *p)
{
    struct program *program = &p->program;
    size_t out = program->out.kept.length;
    size_t err = program->err.kept.length;
    bool ended = program->ended;

    if (read_signals(p) < 0)
        return -1;
    /* Reap first: what a program printed before its end is in the pipe by
     * then. */
    if (!p->tracer.active)
        program_reap(program);
    program_pump(program);
    flush_peers(p);
    note_stream(p, &program->out, out, "prints");
    note_stream(p, &program->err, err, "prints to stderr");
    if (program->ended && !ended)
        note_end(p);
    return 0;
}

void play_describe_end(const struct play *p, struct bytes *out)
{
    const struct bytes err = program_said(&p->program);
    int status = p->program.status;

    if (!p->program.started) {
        bytes_printf(out, "the %s has not been started", play_role(p));
        return;
    }
    if (WIFSIGNALED(status))
        bytes_printf(out, "the %s was killed by signal %d (%s)", play_role(p),
                     WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        bytes_printf(out, "the %s has ended with exit status %d", play_role(p),
                     WEXITSTATUS(status));
    if (err.length > 0) {
        bytes_printf(out, ", saying ");
        bytes_show(out, err.data, err.length, 0);
    }
}

void play_blame(struct play *p)
{
    const struct bytes *err = &p->program.err.kept;

    /* A connection ends a moment before its process is reaped. */
    if (play_settle(p) < 0 || !p->program.started)
        return;
    if (p->program.ended) {
        play_describe_end(p, &p->because);
    } else if (err->length > 0) {
        bytes_printf(&p->because, "the %s has said ", play_role(p));
        bytes_show(&p->because, err->data, err->length, 0);
    }
}

static void judge(struct play *p, const char *format, va_list list)
{
    char *text = NULL;

    if (vasprintf(&text, format, list) < 0)
        text = NULL;
    outcome_judge(&p->outcome, p->unknown ? VERDICT_UNKNOWN : VERDICT_FAIL,
                  "%s%s%s", text ? text : "out of memory",
                  p->because.length > 0 ? "; " : "",
                  p->because.length > 0 ? p->because.data : "");
    free(text);
}

int play_fail(struct play *p, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    judge(p, format, list);
    va_end(list);
    return -1;
}

int play_differs(struct play *p, const struct bytes *expected,
                 const void *actual, size_t length, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    judge(p, format, list);
    va_end(list);
    if (p->outcome.expected.length == 0 && p->outcome.actual.length == 0) {
        bytes_show(&p->outcome.expected, expected->data, expected->length, 0);
        bytes_show(&p->outcome.actual, actual, length, 0);
    }
    return -1;
}

int play_trouble(struct play *p, const char *what)
{
    outcome_judge(&p->outcome, VERDICT_UNKNOWN,
                  "the harness is in trouble: %s: %s", what, strerror(errno));
    return -1;
}

int play_expand(struct play *p, struct bytes *out, const char *text,
                size_t length)
{
    struct bytes_names names = { .payloads = &p->payloads,
                                 .path = p->address.data,
                                 .here = p->here,
                                 .i = p->i,
                                 .n = p->n,
                                 .queue = p->queue,
                                 .hands = p->hands.process };

    if (bytes_expand(out, text, length, &names) < 0)
        return play_trouble(p, "a template cannot be expanded");
    return 0;
}

int play_path(struct play *p, const struct step *s, struct bytes *out)
{
    const char *path = s->path ? s->path : "{path}";

    return play_expand(p, out, path, strlen(path));
}
