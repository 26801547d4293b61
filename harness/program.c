#include "program.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"

static void fd_close(int *fd)
{
    int kept = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = kept;
}

static void streams_close(struct program *p)
{
    fd_close(&p->stdin_fd);
    fd_close(&p->out.fd);
    fd_close(&p->err.fd);
}

void program_init(struct program *p)
{
    *p = (struct program){ .stdin_fd = -1,
                           .out = { .fd = -1 },
                           .err = { .fd = -1 } };
}

/** Makes room for the streams of a new start; what was printed stays. */
static int program_renew(struct program *p)
{
    if (p->started && !p->ended) {
        errno = EBUSY;
        return -1;
    }
    program_pump(p);
    streams_close(p);
    /* What was fed before the first start is for that. */
    p->err.taken = p->err.kept.length;
    if (p->started) {
        bytes_drop(&p->feed, p->feed.length);
        p->feed_end = false;
    }
    p->started = false;
    p->ended = false;
    return 0;
}

int program_start(struct program *p, const struct program_spec *spec)
{
    struct launch_ends ends;

    if (program_renew(p) < 0)
        return -1;

    pid_t pid = launch_program(spec, &ends);

    if (pid < 0)
        return -1;
    p->pid = pid;
    p->started = true;
    p->stdin_fd = ends.in;
    p->out.fd = ends.out;
    p->err.fd = ends.err;
    if (spec->no_input)
        fd_close(&p->stdin_fd);
    return 0;
}

/* ---- its streams */

struct bytes program_said(const struct program *p)
{
    const struct program_stream *err = &p->err;

    if (err->kept.length == err->taken)
        return (struct bytes){ 0 };
    return (struct bytes){ .data = err->kept.data + err->taken,
                           .length = err->kept.length - err->taken };
}

int program_feed(struct program *p, const void *data, size_t length)
{
    return bytes_append(&p->feed, data, length);
}

void program_feed_end(struct program *p)
{
    p->feed_end = true;
}

static void pump_in(struct program *p)
{
    while (p->stdin_fd >= 0 && p->feed.length > 0) {
        ssize_t length = write(p->stdin_fd, p->feed.data, p->feed.length);

        if (length > 0)
            bytes_drop(&p->feed, (size_t)length);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            fd_close(&p->stdin_fd);
    }
    if (p->feed_end)
        fd_close(&p->stdin_fd);
}

static void stream_keep(struct program_stream *s, const char *data,
                        size_t length)
{
    size_t room = PROGRAM_KEPT - s->kept.length;
    size_t kept = length < room ? length : room;

    if (bytes_append(&s->kept, data, kept) < 0)
        kept = 0;
    s->dropped += length - kept;
}

/** Empties any pipe, which holds 1 MiB at the most; but a program that never
 *  stops writing does not hold us up. */
static void pump_out(struct program_stream *s)
{
    enum { CHUNK = 1 << 16, CHUNKS = 32 };
    static char chunk[CHUNK];

    for (int i = 0; i < CHUNKS && s->fd >= 0; i++) {
        ssize_t length = read(s->fd, chunk, sizeof chunk);

        if (length > 0)
            stream_keep(s, chunk, (size_t)length);
        else if (length < 0 && errno == EAGAIN)
            return;
        else if (length == 0 || errno != EINTR)
            fd_close(&s->fd);
    }
}

void program_pump(struct program *p)
{
    pump_in(p);
    pump_out(&p->out);
    pump_out(&p->err);
}

/* ---- its end */

static int64_t microseconds(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

void program_reap(struct program *p)
{
    for (;;) {
        struct rusage usage;
        int status;
        pid_t pid = wait4(-1, &status, WNOHANG | WUNTRACED | __WALL, &usage);

        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            return;
        if (pid != p->pid || !p->started || p->ended || WIFSTOPPED(status))
            continue;
        p->ended = true;
        p->status = status;
        p->peak_kib = usage.ru_maxrss;
        p->cpu_us = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
    }
}

void program_close(struct program *p)
{
    streams_close(p);
    bytes_free(&p->feed);
    bytes_free(&p->out.kept);
    bytes_free(&p->err.kept);
}
