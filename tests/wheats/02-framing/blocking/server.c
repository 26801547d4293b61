/*
 * Lab 02's server in the oldest style: one connection after another, and calls
 * that block, each with what is left of the time as its limit (SO_RCVTIMEO,
 * SO_SNDTIMEO).
 *
 * A signal that comes between the look at `ending` and the call would leave the
 * call blocked. So its handler starts a timer, whose signals follow until one
 * of them has hit a call.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 4, MOST = 65536, PIECE = 16384, LONGEST_MS = 86400000 };

/* How a connection goes on, or why it does not. */
enum fate { GOES_ON, SILENT, GONE, CUT, HUGE_FRAME, LATE_FRAME, LATE_TAKER };

static volatile sig_atomic_t ending;
static timer_t kicker;
static const char *path = "./uds_socket3.txt";
static int64_t limit_us = 1000000;

/* An answer has its frame's head, and takes its place. */
static unsigned char frame[HEAD + MOST];

/* timer_settime() is one of the few calls that a handler may make
 * (signal-safety(7)). */
static void on_ending(int number)
{
    const struct itimerspec kicks = {
        .it_value.tv_nsec = 1000000,
        .it_interval.tv_nsec = 20000000,
    };
    int saved = errno;
    (void)number;
    ending = 1;
    timer_settime(kicker, 0, &kicks, NULL);
    errno = saved;
}

static void on_kick(int number)
{
    (void)number;
}

/* No SA_RESTART: each of these signals is to end the call that it meets. */
static void set_up_signals(void)
{
    struct sigevent kick = { .sigev_notify = SIGEV_SIGNAL };
    kick.sigev_signo = SIGALRM;
    if (timer_create(CLOCK_MONOTONIC, &kick, &kicker) == -1)
        err(1, "timer");
    struct sigaction action = { .sa_handler = on_kick };
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = on_ending;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/*
 * Limits the next call to the time that is left. Where none is left, the call
 * must not wait at all: that is what the flag returned says, since a limit of 0
 * would be no limit.
 */
static int limit_call(int fd, int option, int64_t deadline)
{
    int64_t left = deadline - now_us();
    if (left <= 0)
        return MSG_DONTWAIT;
    const struct timeval limit = { left / 1000000, left % 1000000 };
    setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit);
    return 0;
}

/* As recv(2); with EAGAIN when the time is over. */
static ssize_t take(int fd, void *to, size_t count, int64_t deadline)
{
    ssize_t n;
    do {
        int flags = limit_call(fd, SO_RCVTIMEO, deadline);
        n = recv(fd, to, count, flags);
    } while (n == -1 && errno == EINTR && !ending);
    return n;
}

static enum fate fate_of(ssize_t n, enum fate at_end, enum fate when_late)
{
    if (n > 0)
        return GOES_ON;
    if (n == 0)
        return at_end;
    return errno == EAGAIN ? when_late : GONE;
}

/* The rest of what belongs together, of a frame that has begun. */
static enum fate take_rest(int fd, unsigned char *to, size_t count,
                           int64_t deadline)
{
    while (count > 0) {
        ssize_t n = take(fd, to, count, deadline);
        if (n <= 0)
            return fate_of(n, CUT, LATE_FRAME);
        to += n;
        count -= (size_t)n;
    }
    return GOES_ON;
}

/* Never a byte more than the frame, so each frame's first byte has a read of
 * its own, and a clock that begins there. */
static enum fate take_frame(int fd, uint32_t *length)
{
    ssize_t n = take(fd, frame, HEAD, now_us() + limit_us);
    if (n <= 0)
        return fate_of(n, SILENT, SILENT);
    int64_t deadline = now_us() + limit_us;
    enum fate fate =
        take_rest(fd, frame + n, (size_t)HEAD - (size_t)n, deadline);
    if (fate != GOES_ON)
        return fate;
    *length = (uint32_t)frame[0] << 24 | (uint32_t)frame[1] << 16 |
              (uint32_t)frame[2] << 8 | (uint32_t)frame[3];
    if (*length > MOST)
        return HUGE_FRAME;
    return take_rest(fd, frame + HEAD, *length, deadline);
}

static void reverse(unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        unsigned char first = bytes[i];
        bytes[i] = bytes[count - 1 - i];
        bytes[count - 1 - i] = first;
    }
}

/* In pieces, as the kernel's limit holds anew for each of the buffers that it
 * fills from one call, of 36 KiB or so. */
static enum fate give_frame(int fd, size_t count)
{
    int64_t deadline = now_us() + limit_us;
    for (size_t done = 0; done < count && !ending;) {
        size_t piece = count - done < PIECE ? count - done : PIECE;
        int flags = limit_call(fd, SO_SNDTIMEO, deadline) | MSG_NOSIGNAL;
        ssize_t n = send(fd, frame + done, piece, flags);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return errno == EAGAIN ? LATE_TAKER : GONE;
    }
    return GOES_ON;
}

static void comment(enum fate fate, uint32_t length)
{
    static const char *const words[] = {
        [GONE] = "peer is gone",
        [CUT] = "truncated frame",
        [LATE_FRAME] = "peer disconnected: its frame came too slowly",
        [LATE_TAKER] = "peer disconnected: it does not take its answer",
    };
    if (fate == HUGE_FRAME)
        warnx("frame of %lu bytes refused", (unsigned long)length);
    else if (fate != SILENT && !ending)
        warnx("%s", words[fate]);
}

static void serve(int fd)
{
    uint32_t length = 0;
    enum fate fate = GOES_ON;
    while (fate == GOES_ON && !ending) {
        fate = take_frame(fd, &length);
        if (fate == GOES_ON) {
            reverse(frame + HEAD, length);
            fate = give_frame(fd, HEAD + (size_t)length);
        }
    }
    if (fate != GOES_ON)
        comment(fate, length);
    close(fd);
}

/* 0 when told to end, -1 when the listener is of no use any more. */
static int serve_all(int listener)
{
    while (!ending) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd != -1)
            serve(fd);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                 errno == ENOBUFS)
            poll(NULL, 0, 100); /* Perhaps there is room by then. */
        else if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
            return -1;
    }
    return 0;
}

static struct sockaddr_un name_of_path(void)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    if (*path == '\0')
        errx(1, "PATH: It is empty");
    if (strlen(path) > sizeof name.sun_path - 1)
        errx(1, "%s: Longer than 107 bytes", path);
    stpcpy(name.sun_path, path);
    return name;
}

static int stream_socket(int flags)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd == -1)
        err(1, "socket");
    return fd;
}

static void clear_the_way(const struct sockaddr_un *name)
{
    struct stat old;
    if (lstat(path, &old) == -1) {
        if (errno == ENOENT)
            return;
        err(1, "%s", path);
    }
    if (!S_ISSOCK(old.st_mode))
        errx(1, "%s: There is something that is not a socket", path);
    int fd = stream_socket(SOCK_NONBLOCK);
    if (connect(fd, (const struct sockaddr *)name, sizeof *name) == 0 ||
        errno == EAGAIN || errno == EPROTOTYPE)
        errno = EADDRINUSE;
    if (errno != ECONNREFUSED)
        err(1, "%s", path);
    close(fd);
    if (unlink(path) == -1)
        err(1, "%s", path);
}

static int listening_socket(struct stat *file)
{
    struct sockaddr_un name = name_of_path();
    clear_the_way(&name);
    int fd = stream_socket(0);
    if (bind(fd, (const struct sockaddr *)&name, sizeof name) == -1)
        err(1, "%s", path);
    if (lstat(path, file) == -1 || listen(fd, 128) == -1) {
        warn("%s", path);
        unlink(path);
        exit(1);
    }
    return fd;
}

static void remove_own(const struct stat *mine)
{
    struct stat now;
    if (lstat(path, &now) == 0 && now.st_ino == mine->st_ino &&
        now.st_dev == mine->st_dev)
        unlink(path);
}

/* strtoul() would also take blanks, a sign, and a number with a tail. */
static int read_limit(const char *text)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
        return -1;
    errno = 0;
    unsigned long ms = strtoul(text, NULL, 10);
    if (errno != 0 || ms < 1 || ms > LONGEST_MS)
        return -1;
    limit_us = (int64_t)ms * 1000;
    return 0;
}

int main(int argc, char *argv[])
{
    static char name[] = "server";
    program_invocation_short_name = name;
    opterr = 0;
    int option;
    int wrong = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1)
        wrong |= option != 't' || read_limit(optarg) == -1;
    if (wrong || optind + 1 < argc) {
        fprintf(stderr, "usage: %s [-t TIMEOUT_MS] [PATH]\n", name);
        return 2;
    }
    if (optind < argc)
        path = argv[optind];

    set_up_signals();
    struct stat mine;
    int listener = listening_socket(&mine);
    int result = serve_all(listener);
    if (result == -1)
        warn("accept");
    remove_own(&mine);
    return result == -1;
}
