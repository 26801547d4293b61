/*
 * Lab 02's server with a thread for each connection, in calls that block
 * without a limit. A thread of its own, the watchdog, keeps the time: where
 * somebody's has run out it shuts the connection down, and the call that waits
 * there comes back.
 *
 * The main thread sleeps in sigwait() and ends the program; all others have the
 * signals blocked. A lock file keeps two servers apart that start at once.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/options.h"

enum { LARGEST = 65536, STACK_BYTES = 256 * 1024, GRACE_NS = 50000000 };

/* One connection. The watchdog reads its deadline and writes `expired`, both
 * under its lock. */
struct talk {
    struct talk *next;
    int peer;
    bool expired;
    bool reprieved;
    int64_t deadline;
    size_t size;
    size_t used;
    size_t filled;
    unsigned char bytes[sizeof(uint32_t) + LARGEST];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t earlier;
    struct talk *talks;
    int64_t wakes_at;
} watchdog = { .lock = PTHREAD_MUTEX_INITIALIZER, .wakes_at = INT64_MAX };

/* Filled in before any thread starts, only read from then on. */
static struct {
    struct sockaddr_un address;
    struct stat file;
    pthread_attr_t thread;
    int listener;
    int64_t limit_ns;
} self;

static int failure(const char *what, int number)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(number));
    return EXIT_FAILURE;
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whether the time that the connection has had was enough. On request it gets
 * its whole time again, from now on. */
static bool in_time(struct talk *t, bool again)
{
    pthread_mutex_lock(&watchdog.lock);
    if (again) {
        t->reprieved = false;
        t->deadline = now() + self.limit_ns;
        if (t->deadline < watchdog.wakes_at)
            pthread_cond_signal(&watchdog.earlier);
    }
    bool expired = t->expired;
    pthread_mutex_unlock(&watchdog.lock);
    return !expired;
}

static void enter(struct talk *t)
{
    pthread_mutex_lock(&watchdog.lock);
    t->deadline = INT64_MAX;
    t->next = watchdog.talks;
    watchdog.talks = t;
    pthread_mutex_unlock(&watchdog.lock);
}

/* Before the descriptor is closed: the watchdog must never shut down the next
 * connection that gets its number. */
static void leave(const struct talk *t)
{
    pthread_mutex_lock(&watchdog.lock);
    struct talk **link = &watchdog.talks;
    while (*link != t)
        link = &(*link)->next;
    *link = t->next;
    pthread_mutex_unlock(&watchdog.lock);
}

/* Once: what came in time may not have been read yet, where the machine is busy
 * or the process was stopped. */
static bool reprieve(struct talk *t, int64_t time)
{
    int unread = 0;
    if (t->reprieved || ioctl(t->peer, FIONREAD, &unread) == -1 || unread == 0)
        return false;
    t->deadline = time + GRACE_NS;
    t->reprieved = true;
    return true;
}

/* Shuts down whoever is late. Returns the next deadline. With the lock held. */
static int64_t check_all(void)
{
    int64_t time = now();
    int64_t next = INT64_MAX;
    for (struct talk *t = watchdog.talks; t != NULL; t = t->next) {
        if (!t->expired && t->deadline <= time && !reprieve(t, time)) {
            t->expired = true;
            shutdown(t->peer, SHUT_RDWR);
        }
        if (!t->expired && t->deadline < next)
            next = t->deadline;
    }
    return next;
}

static void *watch(void *unused)
{
    pthread_mutex_lock(&watchdog.lock);
    for (;;) {
        watchdog.wakes_at = check_all();
        const struct timespec until = {
            .tv_sec = watchdog.wakes_at / 1000000000,
            .tv_nsec = watchdog.wakes_at % 1000000000,
        };
        if (watchdog.wakes_at == INT64_MAX)
            pthread_cond_wait(&watchdog.earlier, &watchdog.lock);
        else
            pthread_cond_timedwait(&watchdog.earlier, &watchdog.lock, &until);
    }
    return unused;
}

static uint32_t announced(const struct talk *t)
{
    uint32_t head;
    memcpy(&head, t->bytes + t->used, sizeof head);
    return ntohl(head);
}

/* What is here of the next frame moves to the front, and more is read behind
 * it. */
static ssize_t read_more(struct talk *t)
{
    t->filled -= t->used;
    memmove(t->bytes, t->bytes + t->used, t->filled);
    t->used = 0;
    ssize_t n = TEMP_FAILURE_RETRY(
        read(t->peer, t->bytes + t->filled, sizeof t->bytes - t->filled));
    if (n > 0)
        t->filled += (size_t)n;
    return n;
}

/* What ends a connection is said here, where it is to be said. */
static bool ended(struct talk *t, ssize_t n)
{
    if (!in_time(t, false)) {
        if (t->filled > 0)
            fputs("server: a frame took too long, peer disconnected\n", stderr);
    } else if (n == 0 && t->filled > 0)
        fputs("server: truncated frame\n", stderr);
    else if (n == -1)
        fprintf(stderr, "server: peer: %s\n", strerror(errno));
    return false;
}

/* The next frame's size with its head, when all of it is here; else 0. */
static size_t size_if_whole(const struct talk *t, bool *refused)
{
    size_t here = t->filled - t->used;
    if (here < sizeof(uint32_t))
        return 0;
    uint32_t length = announced(t);
    *refused = length > LARGEST;
    size_t size = sizeof length + (size_t)length;
    return *refused || here < size ? 0 : size;
}

/* The clock starts when the answer before has been taken; for a frame of which
 * nothing had come by then it starts again with its first byte. */
static bool get_frame(struct talk *t)
{
    bool refused = false;
    if (!in_time(t, true))
        return ended(t, 0);
    while ((t->size = size_if_whole(t, &refused)) == 0 && !refused) {
        bool was_silent = t->filled == t->used;
        ssize_t n = read_more(t);
        if (n <= 0 || (!was_silent && !in_time(t, false)))
            return ended(t, n);
        if (was_silent && !in_time(t, true))
            return false;
    }
    if (refused)
        fprintf(stderr, "server: frame of %u bytes refused\n", announced(t));
    return !refused;
}

static void turn_round(unsigned char *bytes, size_t count)
{
    for (unsigned char *end = bytes + count; bytes < end; bytes++) {
        unsigned char kept = *--end;
        *end = *bytes;
        *bytes = kept;
    }
}

static bool put_frame(struct talk *t)
{
    if (!in_time(t, true))
        return ended(t, 0);
    turn_round(t->bytes + t->used + sizeof(uint32_t),
               t->size - sizeof(uint32_t));
    while (t->size > 0) {
        ssize_t n =
            TEMP_FAILURE_RETRY(write(t->peer, t->bytes + t->used, t->size));
        if (n == -1)
            return ended(t, n);
        t->used += (size_t)n;
        t->size -= (size_t)n;
    }
    return true;
}

static void *attend(void *argument)
{
    struct talk *t = argument;
    bool more;
    enter(t);
    do
        more = get_frame(t) && put_frame(t);
    while (more);
    leave(t);
    close(t->peer);
    free(t);
    return NULL;
}

/* 0, or the number of an error. */
static int start_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    return pthread_create(&thread, &self.thread, work, argument);
}

static bool start_talk(int peer)
{
    struct talk *t = calloc(1, sizeof *t);
    if (t == NULL)
        return false;
    t->peer = peer;
    if (start_thread(attend, t) == 0)
        return true;
    free(t);
    return false;
}

/* Whatever is short, memory, descriptors or threads: the peers wait, nobody is
 * turned away. */
static void *accept_for_ever(void *unused)
{
    for (;;) {
        int peer = accept4(self.listener, NULL, NULL, SOCK_CLOEXEC);
        if (peer == -1 && errno != EINTR && errno != ECONNABORTED)
            (void)poll(NULL, 0, 100);
        while (peer != -1 && !start_talk(peer))
            (void)poll(NULL, 0, 100);
    }
    return unused;
}

/* 0 when nothing is left at the path, or the number of an error. */
static int make_way(void)
{
    const char *path = self.address.sun_path;
    struct stat found;
    if (lstat(path, &found) == -1)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(found.st_mode))
        return ENOTSOCK;
    int asking = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (asking == -1)
        return errno;
    int number = EADDRINUSE;
    if (connect(asking, (const struct sockaddr *)&self.address,
                sizeof self.address) == -1 &&
        errno != EAGAIN && errno != EPROTOTYPE)
        number = errno;
    close(asking);
    if (number == ECONNREFUSED)
        number = unlink(path) == 0 ? 0 : errno;
    return number;
}

/* The lock is held for life, and the file stays: whoever removed it could
 * remove one that somebody else has just locked. */
static int lock_address(void)
{
    char name[sizeof self.address.sun_path + sizeof ".lock"];
    stpcpy(stpcpy(name, self.address.sun_path), ".lock");
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd == -1)
        return errno;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? EADDRINUSE : errno;
}

static int set_up(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog.earlier, &attributes);
    pthread_attr_init(&self.thread);
    pthread_attr_setdetachstate(&self.thread, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&self.thread, STACK_BYTES);

    int number = lock_address();
    if (number == 0)
        number = make_way();
    if (number != 0)
        return number;
    if (bind(self.listener, (const struct sockaddr *)&self.address,
             sizeof self.address) == -1 ||
        lstat(self.address.sun_path, &self.file) == -1 ||
        listen(self.listener, 128) == -1)
        return errno;
    number = start_thread(watch, NULL);
    return number == 0 ? start_thread(accept_for_ever, NULL) : number;
}

static void withdraw(void)
{
    struct stat found;
    if (lstat(self.address.sun_path, &found) == 0 &&
        found.st_dev == self.file.st_dev && found.st_ino == self.file.st_ino)
        unlink(self.address.sun_path);
}

static int run(const char *path)
{
    if (address_make(&self.address, path) == -1)
        return failure(*path == '\0' ? "PATH" : path, errno);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    self.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (self.listener == -1)
        return failure("socket", errno);
    int number = set_up();
    if (number == 0)
        number = sigwait(&signals, &(int){ 0 });
    withdraw();
    _exit(number == 0 ? EXIT_SUCCESS : failure(path, number));
}

int main(int argc, char *argv[])
{
    long limit_ms = 1000;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) == 't' && limit_ms != -1)
        limit_ms = options_number(optarg, 1, 86400000);
    if (option != -1 || limit_ms == -1 || argc > optind + 1) {
        fputs("usage: server [-t TIMEOUT_MS] [PATH]\n", stderr);
        return 2;
    }
    self.limit_ns = limit_ms * 1000000;
    return run(argc > optind ? argv[optind] : "./uds_socket3.txt");
}
