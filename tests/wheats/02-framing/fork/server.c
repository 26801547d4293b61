/*
 * Lab 02's server with a process for each connection. The parent accepts and
 * forks, and leaves it to the kernel to reap.
 *
 * Only the parent has the writing end of a pipe, the lifeline. Each child has
 * the reading end in every wait: it becomes readable when the parent is no
 * more, however it ended, and so serves them as a stop signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

enum { HEAD = 4, LIMIT = 65536, ROOM = HEAD + LIMIT, RETRY_MS = 100 };

struct parent {
    struct listening door;
    sigset_t mask;
    int stop;
    int lifeline[2];
    int timeout_ms;
};

/* A child's side of one connection. Bytes are read as they come, so there may
 * be several frames here: those from `first` on are not yet answered. */
struct talk {
    int peer;
    int lifeline;
    int timeout_ms;
    size_t first;
    size_t end;
    unsigned char bytes[ROOM];
};

enum verdict { WHOLE, OVER, ABANDONED, TRUNCATED, TOO_LONG, TOO_LATE, RESET };

static bool is_readable(int descriptor)
{
    struct pollfd p = { .fd = descriptor, .events = POLLIN };
    return poll(&p, 1, 0) == 1;
}

static size_t waiting(const struct talk *t)
{
    return t->end - t->first;
}

static size_t frame_length(const struct talk *t)
{
    const unsigned char *head = t->bytes + t->first;
    return (size_t)head[0] << 24 | (size_t)head[1] << 16 |
           (size_t)head[2] << 8 | (size_t)head[3];
}

/* After a call that could do nothing without waiting: 0 when it may be tried
 * again, -1 with ETIMEDOUT, or with ECANCELED when the parent has ended. */
static int wait_for(const struct talk *t, short events, int64_t deadline)
{
    if (errno == EINTR)
        return 0;
    if (errno != EAGAIN)
        return -1;
    if (deadline_left(deadline) == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    int ready = stop_wait(t->lifeline, t->peer, events, deadline);
    if (ready == 0 && is_readable(t->lifeline)) {
        errno = ECANCELED;
        return -1;
    }
    return ready == -1 ? -1 : 0;
}

static ssize_t receive(struct talk *t, int64_t deadline)
{
    memmove(t->bytes, t->bytes + t->first, waiting(t));
    t->end -= t->first;
    t->first = 0;
    for (;;) {
        ssize_t n =
            recv(t->peer, t->bytes + t->end, ROOM - t->end, MSG_DONTWAIT);
        if (n != -1 || wait_for(t, POLLIN, deadline) == -1)
            return n;
    }
}

static enum verdict verdict_of_failure(bool within_frame)
{
    if (errno == ETIMEDOUT)
        return within_frame ? TOO_LATE : OVER;
    return errno == ECANCELED ? ABANDONED : RESET;
}

/* The next frame, whole, at `first`. What is here of it already came along with
 * the frame before: its clock begins now. */
static enum verdict await_frame(struct talk *t)
{
    int64_t deadline = deadline_in(t->timeout_ms);
    for (;;) {
        if (waiting(t) >= HEAD) {
            if (frame_length(t) > LIMIT)
                return TOO_LONG;
            if (waiting(t) >= HEAD + frame_length(t))
                return WHOLE;
        }
        bool within_frame = waiting(t) > 0;
        ssize_t n = receive(t, deadline);
        if (n == -1)
            return verdict_of_failure(within_frame);
        if (n == 0)
            return within_frame ? TRUNCATED : OVER;
        if (!within_frame)
            deadline = deadline_in(t->timeout_ms);
        t->end += (size_t)n;
    }
}

/* The answer is made where the frame is: the head stays as it is. */
static enum verdict answer(struct talk *t)
{
    size_t length = frame_length(t);
    unsigned char *low = t->bytes + t->first + HEAD;
    for (unsigned char *high = low + length; low < high; low++) {
        unsigned char swapped = *--high;
        *high = *low;
        *low = swapped;
    }
    int64_t deadline = deadline_in(t->timeout_ms);
    size_t stop = t->first + HEAD + length;
    while (t->first < stop) {
        ssize_t n = send(t->peer, t->bytes + t->first, stop - t->first,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            t->first += (size_t)n;
        else if (wait_for(t, POLLOUT, deadline) == -1)
            return verdict_of_failure(true);
    }
    return WHOLE;
}

static void report(const struct talk *t, enum verdict verdict)
{
    static const char *const lines[] = {
        [TRUNCATED] = "server: truncated frame\n",
        [TOO_LATE] = "server: peer too slow, disconnected\n",
    };
    if (verdict == TOO_LONG)
        fprintf(stderr, "server: frame of %zu bytes refused\n",
                frame_length(t));
    else if (verdict == TRUNCATED || verdict == TOO_LATE)
        fputs(lines[verdict], stderr);
}

static void converse(const struct parent *p, int peer)
{
    static struct talk t;
    t.peer = peer;
    t.lifeline = p->lifeline[0];
    t.timeout_ms = p->timeout_ms;
    enum verdict verdict = WHOLE;
    while (verdict == WHOLE && !is_readable(t.lifeline)) {
        verdict = await_frame(&t);
        if (verdict == WHOLE)
            verdict = answer(&t);
    }
    report(&t, verdict);
}

/* A child can be ended by the signals that the parent takes notice of, and has
 * nothing to do with the socket file. */
static void be_child(const struct parent *p, int peer)
{
    close(p->lifeline[1]);
    close(p->door.descriptor);
    close(p->stop);
    sigprocmask(SIG_SETMASK, &p->mask, NULL);
    converse(p, peer);
    _exit(0);
}

/* Where there is no process to be had, the peer waits until there is one. */
static void hand_over(const struct parent *p, int peer)
{
    pid_t child;
    while ((child = fork()) == -1 && !is_readable(p->stop))
        (void)stop_wait(p->stop, -1, 0, deadline_in(RETRY_MS));
    if (child == 0)
        be_child(p, peer);
    close(peer);
}

static bool is_shortage(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOMEM ||
           reason == ENOBUFS;
}

static int serve(const struct parent *p)
{
    for (;;) {
        int listener = p->door.descriptor;
        int ready = stop_wait(p->stop, listener, POLLIN, DEADLINE_NONE);
        if (ready != 1)
            return ready;
        int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (peer != -1)
            hand_over(p, peer);
        else if (is_shortage(errno))
            (void)stop_wait(p->stop, -1, 0, deadline_in(RETRY_MS));
        else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            return -1;
    }
}

static int complain(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

/* Children whose end is ignored leave nothing to be waited for (waitpid(2)). */
static int set_up(struct parent *p)
{
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR ||
        sigprocmask(SIG_BLOCK, NULL, &p->mask) == -1)
        return -1;
    p->stop = stop_open();
    return p->stop == -1 ? -1 : pipe2(p->lifeline, O_CLOEXEC);
}

static int run(struct parent *p, const char *path)
{
    if (set_up(p) == -1)
        return complain("start");
    if (listening_bind(&p->door, path, SOCK_STREAM) == -1)
        return complain(*path == '\0' ? "address" : path);
    int status = 0;
    if (listen(p->door.descriptor, 128) == -1 || serve(p) == -1)
        status = complain(path);
    listening_remove(&p->door);
    return status;
}

int main(int argc, char **argv)
{
    struct parent p = { .door.descriptor = -1, .timeout_ms = 1000 };
    opterr = 0;
    int option;
    while ((option = getopt(argc, argv, "+t:")) == 't' && p.timeout_ms != -1)
        p.timeout_ms = (int)options_number(optarg, 1, 86400000);
    if (option != -1 || p.timeout_ms == -1 || argc > optind + 1) {
        fputs("usage: server [-t TIMEOUT_MS] [PATH]\n", stderr);
        return 2;
    }
    return run(&p, argc > optind ? argv[optind] : "./uds_socket3.txt");
}
