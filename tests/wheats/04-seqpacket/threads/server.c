/*
 * Lab 04's server with a thread for each connection, and every call blocks. The
 * main thread sleeps in sigwait() and ends the program; one more thread accepts
 * while there are places left.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    RECORD_LIMIT = 64,
    ANSWER_ROOM = 64,
    STACK_BYTES = 256 * 1024,
    PAUSE_NS = 100 * 1000 * 1000
};

/* Filled in before any thread starts, and only read from then on. */
static struct {
    struct sockaddr_un address;
    struct stat file;
    sigset_t signals;
    int listener;
    long places;
} self = { .address.sun_family = AF_UNIX, .places = 64 };

/* A descriptor as what a new thread can be given. */
union parcel {
    void *argument;
    int descriptor;
};

/* How many places are taken. The condition: one has become free. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left;
static long taken;

static int failure(const char *what, int number)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(number));
    return EXIT_FAILURE;
}

/* The value of a sign and digits, 1 if there is one; 0 if the text is anything
 * else; -1 if 64 bits do not hold it. It counts downwards: below zero there is
 * one number more than above. */
static int parse(const char *text, size_t length, int64_t *value)
{
    size_t i = text[0] == '+' || text[0] == '-';
    int64_t negative = 0;
    bool fits = true;
    if (i == length)
        return 0;
    for (; i < length; i++) {
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9)
            return 0;
        fits = fits && !__builtin_mul_overflow(negative, 10, &negative) &&
               !__builtin_sub_overflow(negative, digit, &negative);
    }
    if (fits && text[0] != '-')
        fits = !__builtin_sub_overflow((int64_t)0, negative, &negative);
    *value = negative;
    return fits ? 1 : -1;
}

/* The answer's length. */
static int reply_to(const char *record, size_t length, int64_t *total,
                    char *answer)
{
    int64_t value = 0;
    if (length == 0)
        return snprintf(answer, ANSWER_ROOM, "error: empty record");
    if (length > RECORD_LIMIT)
        return snprintf(answer, ANSWER_ROOM,
                        "error: record of %zu bytes, limit %d", length,
                        RECORD_LIMIT);
    int kind = parse(record, length, &value);
    if (kind == 0)
        return snprintf(answer, ANSWER_ROOM, "error: not a number");
    if (kind == -1 || __builtin_add_overflow(*total, value, &value))
        return snprintf(answer, ANSWER_ROOM, "error: overflow");
    *total = value;
    return snprintf(answer, ANSWER_ROOM, "total: %" PRId64, value);
}

/*
 * Receives a record: 1, and 0 when there will be no more. With SO_PASSCRED each
 * record carries credentials. No room is given for them, so MSG_CTRUNC stands
 * on each record, an empty one too, and not on the end of file.
 */
static int receive(int peer, void *record, size_t *length)
{
    struct iovec part = { .iov_base = record, .iov_len = RECORD_LIMIT };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    ssize_t count = TEMP_FAILURE_RETRY(recvmsg(peer, &message, MSG_TRUNC));
    if (count == -1 || (count == 0 && (message.msg_flags & MSG_CTRUNC) == 0))
        return 0;
    *length = (size_t)count;
    return 1;
}

static void give_place_back(void)
{
    pthread_mutex_lock(&lock);
    taken--;
    pthread_cond_signal(&left);
    pthread_mutex_unlock(&lock);
}

static void *attend(void *argument)
{
    const union parcel parcel = { .argument = argument };
    const int peer = parcel.descriptor;
    int64_t total = 0;
    char record[RECORD_LIMIT];
    char answer[ANSWER_ROOM];
    size_t length;
    while (receive(peer, record, &length)) {
        int bytes = reply_to(record, length, &total, answer);
        if (TEMP_FAILURE_RETRY(
                send(peer, answer, (size_t)bytes, MSG_NOSIGNAL)) == -1)
            break;
    }
    close(peer);
    give_place_back();
    return NULL;
}

/* 0, or the number of an error. */
static int start_thread(void *(*work)(void *), int descriptor)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int result = pthread_attr_init(&attributes);
    if (result != 0)
        return result;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    union parcel parcel = { .argument = NULL };
    parcel.descriptor = descriptor;
    result = pthread_create(&thread, &attributes, work, parcel.argument);
    pthread_attr_destroy(&attributes);
    return result;
}

static void take_place(void)
{
    pthread_mutex_lock(&lock);
    while (taken == self.places)
        pthread_cond_wait(&left, &lock);
    taken++;
    pthread_mutex_unlock(&lock);
}

/* Until somebody leaves, or a moment: others may free what is short, too. */
static void wait_for_a_change(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PAUSE_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&lock);
    pthread_cond_timedwait(&left, &lock, &until);
    pthread_mutex_unlock(&lock);
}

/* The next connection; -1 with errno when there will never be one again. */
static int accept_one(void)
{
    for (;;) {
        int peer = accept4(self.listener, NULL, NULL, SOCK_CLOEXEC);
        if (peer >= 0)
            return peer;
        switch (errno) {
        case EINTR:
        case EAGAIN:
        case ECONNABORTED:
            break;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            wait_for_a_change();
            break;
        default:
            return -1;
        }
    }
}

static void withdraw(void)
{
    struct stat found;
    if (lstat(self.address.sun_path, &found) == -1)
        return;
    if (found.st_dev == self.file.st_dev && found.st_ino == self.file.st_ino)
        unlink(self.address.sun_path);
}

static void *accept_for_ever(void *unused)
{
    for (;;) {
        take_place();
        int peer = accept_one();
        if (peer == -1) {
            int number = errno;
            withdraw();
            _exit(failure("accept", number));
        }
        /* No thread to be had: the peer waits, nobody is turned away. */
        while (start_thread(attend, peer) != 0)
            wait_for_a_change();
    }
    return unused;
}

/* The number that says that somebody is there is 0; that nobody is there,
 * ECONNREFUSED. It does not wait: a full backlog is somebody too. */
static int ask_owner(void)
{
    int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int number = 0;
    int asking = socket(AF_UNIX, type, 0);
    if (asking == -1)
        return errno;
    if (connect(asking, (const struct sockaddr *)&self.address,
                sizeof self.address) == -1)
        number = errno;
    close(asking);
    return number == EAGAIN || number == EPROTOTYPE ? 0 : number;
}

static int bind_here(void)
{
    return bind(self.listener, (const struct sockaddr *)&self.address,
                sizeof self.address) == -1
               ? errno
               : 0;
}

/* bind() itself is asked first whether the path is free. */
static int take_address(void)
{
    const char *path = self.address.sun_path;
    int number = bind_here();
    if (number != EADDRINUSE)
        return number;
    if (lstat(path, &self.file) == -1)
        return errno;
    if (!S_ISSOCK(self.file.st_mode))
        return EEXIST;
    number = ask_owner();
    if (number != ECONNREFUSED)
        return number == 0 ? EADDRINUSE : number;
    return unlink(path) == -1 ? errno : bind_here();
}

static int set_up(void)
{
    const int yes = 1;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&left, &attributes);
    pthread_condattr_destroy(&attributes);

    self.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (self.listener == -1 ||
        setsockopt(self.listener, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes))
        return errno;
    int number = take_address();
    if (number != 0)
        return number;
    if (lstat(self.address.sun_path, &self.file) == -1)
        return errno;
    if (listen(self.listener, 128) == -1)
        number = errno;
    else
        number = start_thread(accept_for_ever, -1);
    if (number != 0)
        withdraw();
    return number;
}

static int run(const char *path)
{
    size_t size = strlen(path) + 1;
    int number;
    if (size == 1 || size > sizeof self.address.sun_path)
        return failure(size == 1 ? "PATH" : path,
                       size == 1 ? ENOENT : ENAMETOOLONG);
    memcpy(self.address.sun_path, path, size);
    sigemptyset(&self.signals);
    sigaddset(&self.signals, SIGINT);
    sigaddset(&self.signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &self.signals, NULL);
    number = set_up();
    if (number != 0)
        return failure(path, number);
    while (sigwait(&self.signals, &number) != 0)
        continue;
    withdraw();
    _exit(EXIT_SUCCESS);
}

static bool parse_places(const char *text)
{
    char *end;
    self.places = strtol(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' &&
           self.places >= 1 && self.places <= 65535;
}

int main(int argc, char *argv[])
{
    bool right = true;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+n:")) != -1)
        right = right && option == 'n' && parse_places(optarg);
    if (!right || argc > optind + 1) {
        fprintf(stderr, "usage: server [-n MAX_CLIENTS] [PATH]\n");
        return 2;
    }
    return run(argc > optind ? argv[optind] : "./uds_socket3.txt");
}
