#include "play.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
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
    return s->peer + (s->count > 1 ? s->count : 1);
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

/* How much the harness still has to give. While that changes, the program's
 * sleep means nothing: it may be waiting for just this. */
static size_t owed(const struct play *p)
{
    size_t n = p->program.feed.length + (p->program.stdin_fd >= 0);

    for (int i = 0; i < p->peer_count; i++)
        n += p->peers[i].out.length;
    return n;
}

/* What a wait has seen so far. */
struct watch {
    int64_t started;
    int64_t patience_us;
    int64_t cpu_base;
    bool looked;
};

enum { PATIENCE_FIRST_US = 200, PATIENCE_MOST_US = 5000 };

static size_t add_fd(struct pollfd *fds, size_t n, int fd, short events)
{
    if (fd < 0 || events == 0)
        return n;
    fds[n] = (struct pollfd){ .fd = fd, .events = events };
    return n + 1;
}

/* Sleeps until something happens, or for the watch's patience. */
static void watch_wait(struct play *p, const struct watch *w, int fd,
                       short events)
{
    struct pollfd fds[SCENARIO_PEERS + 5];
    struct timespec patience = { .tv_nsec = (long)(w->patience_us * 1000) };
    size_t n = 0;

    n = add_fd(fds, n, p->signal_fd, POLLIN);
    n = add_fd(fds, n, p->program.out.fd, POLLIN);
    n = add_fd(fds, n, p->program.err.fd, POLLIN);
    n = add_fd(fds, n, p->program.stdin_fd,
               p->program.feed.length > 0 ? POLLOUT : 0);
    n = add_fd(fds, n, fd, events);
    for (int i = 0; i < p->peer_count; i++)
        n = add_fd(fds, n, p->peers[i].fd,
                   p->peers[i].out.length > 0 ? POLLOUT : 0);
    ppoll(fds, n, &patience, NULL);
}

void play_describe_end(const struct play *p, struct bytes *out)
{
    const struct bytes *err = &p->program.err.kept;
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
    if (err->length > 0) {
        bytes_printf(out, ", saying ");
        bytes_show(out, err->data, err->length, 0);
    }
}

static void explain_sleep(struct play *p, const struct quiescence *q,
                          const char *how)
{
    if (q->call[0] == '\0')
        bytes_printf(&p->because, "the %s %s", play_role(p), how);
    else
        bytes_printf(&p->because, "the %s %s in %s()", play_role(p), how,
                     q->call);
    if (p->program.err.kept.length > 0) {
        bytes_printf(&p->because, ", having said ");
        bytes_show(&p->because, p->program.err.kept.data,
                   p->program.err.kept.length, 0);
    }
}

static int64_t scaled(const struct play *p, int64_t us)
{
    return (int64_t)((double)us * p->config->timeout_scale);
}

static bool busy_too_long(struct play *p, const struct watch *w,
                          const struct quiescence *q)
{
    if (q->cpu_us - w->cpu_base > scaled(p, RUNNER_CPU_US)) {
        bytes_printf(&p->because,
                     "the %s spins: it used %d s of CPU time meanwhile",
                     play_role(p), RUNNER_CPU_US / 1000000);
        return true;
    }
    if (clock_now() - w->started > scaled(p, RUNNER_WALL_US)) {
        bytes_printf(&p->because,
                     "the %s got too little of the machine to tell",
                     play_role(p));
        p->unknown = true;
        return true;
    }
    return false;
}

static bool slept_too_long(struct play *p, const struct watch *w,
                           const struct quiescence *q)
{
    int64_t clock = scaled(p, RUNNER_CLOCK_US);

    if (clock_now() - w->started < clock)
        return false;
    explain_sleep(p, q, "still sleeps");
    bytes_printf(&p->because, " after %d s", (int)(clock / 1000000));
    return true;
}

/* Looks whether waiting on makes sense. */
static bool watch_hopeless(struct play *p, struct watch *w,
                           struct quiescence *q)
{
    quiescence_look(getpid(), &p->config->probe, q);
    p->state = q->state;
    if (!w->looked) {
        w->looked = true;
        w->cpu_base = q->cpu_us;
    }
    switch (q->state) {
    case QUIESCENCE_BUSY:
        return busy_too_long(p, w, q);
    case QUIESCENCE_TIMED:
    case QUIESCENCE_UNKNOWN:
        return slept_too_long(p, w, q);
    case QUIESCENCE_FOREVER:
        explain_sleep(p, q, "waits for ever");
        return true;
    case QUIESCENCE_GONE:
        break;
    }
    if (p->program.started && !p->program.ended)
        return false;
    play_describe_end(p, &p->because);
    return true;
}

int play_until(struct play *p, play_condition *met, const struct step *s,
               int fd, short events)
{
    struct watch w = { .started = clock_now(),
                       .patience_us = PATIENCE_FIRST_US };
    bool last_chance = false;

    p->state = QUIESCENCE_BUSY;

    bytes_drop(&p->because, p->because.length);
    for (;;) {
        struct quiescence q;
        size_t before = owed(p);

        if (play_pump(p) < 0)
            return play_trouble(p, "the case was interrupted");
        if (met(p, s))
            return 0;
        /* Asleep at one moment, nothing of what was done before it has met
         * the condition, and nothing was given since: nothing will. */
        if (last_chance && owed(p) == before)
            return -1;
        bytes_drop(&p->because, p->because.length);
        watch_wait(p, &w, fd, events);
        last_chance = watch_hopeless(p, &w, &q);
        if (w.patience_us < PATIENCE_MOST_US)
            w.patience_us += w.patience_us / 2;
    }
}

static bool is_rest(const struct play *p, const struct quiescence *q)
{
    if (q->state == QUIESCENCE_GONE)
        return p->program.ended || !p->program.started;
    return q->state != QUIESCENCE_BUSY;
}

int play_settle(struct play *p)
{
    struct watch w = { .started = clock_now(),
                       .patience_us = PATIENCE_FIRST_US };
    struct quiescence q;

    bytes_drop(&p->because, p->because.length);
    for (;;) {
        size_t before;
        bool hopeless;

        if (play_pump(p) < 0)
            return play_trouble(p, "the case was interrupted");
        hopeless = watch_hopeless(p, &w, &q);
        before = owed(p);
        if (is_rest(p, &q)) {
            bytes_drop(&p->because, p->because.length);
            if (play_pump(p) < 0)
                return play_trouble(p, "the case was interrupted");
            if (owed(p) == before)
                return 0;
        }
        if (hopeless)
            return -1;
        watch_wait(p, &w, -1, 0);
        if (w.patience_us < PATIENCE_MOST_US)
            w.patience_us += w.patience_us / 2;
    }
}

void play_blame(struct play *p)
{
    /* A connection ends a moment before its process is reaped. */
    if (play_settle(p) == 0 && p->program.started && p->program.ended)
        play_describe_end(p, &p->because);
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
                                 .i = p->i };

    if (bytes_expand(out, text, length, &names) < 0)
        return play_trouble(p, "a template cannot be expanded");
    return 0;
}

int play_path(struct play *p, const struct step *s, struct bytes *out)
{
    const char *path = s->path ? s->path : "{path}";

    return play_expand(p, out, path, strlen(path));
}
