/*
 * Lab 03's server in three threads: one receives and prints, one sends the
 * answers, and the main one waits for a signal. A lock file beside the socket
 * keeps two servers apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_LIMIT = 1024, RING_SIZE = 64 };

struct letter {
    struct sockaddr_un to;
    socklen_t to_size;
    size_t length;
};

/* Filled in before any thread starts, and only read from then on. */
static struct {
    struct sockaddr_un address;
    struct stat file;
    sigset_t signals;
    int socket;
} self = { .address.sun_family = AF_UNIX, .socket = -1 };

/* All of this, and stdout, belongs to whoever holds the mutex. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct letter ring[RING_SIZE];
    unsigned first;
    unsigned count;
    unsigned due; /* printed, and neither sent nor dropped yet */
    bool closed;
    unsigned long answered;
    unsigned long unanswerable;
    unsigned long dropped;
} office = { .mutex = PTHREAD_MUTEX_INITIALIZER,
             .changed = PTHREAD_COND_INITIALIZER };

static int failure(const char *what, int number)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(number));
    return EXIT_FAILURE;
}

static void withdraw(void)
{
    struct stat found;
    if (lstat(self.address.sun_path, &found) == -1)
        return;
    if (found.st_dev == self.file.st_dev && found.st_ino == self.file.st_ino)
        unlink(self.address.sun_path);
}

static void print_message(const char *bytes, size_t length)
{
    fputs("received: ", stdout);
    fwrite(bytes, sizeof *bytes, length, stdout);
    fputc('\n', stdout);
    fflush(stdout);
}

/* With the mutex held; the sending thread always makes room again. */
static void post(const struct letter *letter)
{
    office.due++;
    while (office.count == RING_SIZE)
        pthread_cond_wait(&office.changed, &office.mutex);
    office.ring[(office.first + office.count++) % RING_SIZE] = *letter;
    pthread_cond_broadcast(&office.changed);
}

/* False once nothing more may be taken in. */
static bool take_in(const char *bytes, const struct letter *letter)
{
    pthread_mutex_lock(&office.mutex);
    bool open = !office.closed;
    if (open) {
        if (letter->length <= MESSAGE_LIMIT)
            print_message(bytes, letter->length);
        if (letter->to_size > offsetof(struct sockaddr_un, sun_path))
            post(letter);
        else
            office.unanswerable++;
    }
    pthread_mutex_unlock(&office.mutex);
    return open;
}

/* The kernel counts a NUL to a path that fills all 108 bytes, and then does not
 * take the length back: hence the smaller of the two. */
static void *receive(void *unused)
{
    static char bytes[MESSAGE_LIMIT];
    bool open = true;
    while (open) {
        struct letter letter = { .to_size = sizeof letter.to };
        ssize_t length =
            recvfrom(self.socket, bytes, sizeof bytes, MSG_TRUNC,
                     (struct sockaddr *)&letter.to, &letter.to_size);
        if (length >= 0) {
            if (letter.to_size > sizeof letter.to)
                letter.to_size = sizeof letter.to;
            letter.length = (size_t)length;
            open = take_in(bytes, &letter);
        } else if (errno != EINTR && errno != EAGAIN) {
            failure("recvfrom", errno);
            withdraw();
            _exit(EXIT_FAILURE);
        }
    }
    return unused;
}

static bool deliver(const struct letter *letter)
{
    char text[64];
    int size;
    if (letter->length > MESSAGE_LIMIT)
        size = snprintf(text, sizeof text, "too long (%zu bytes, limit %d)\n",
                        letter->length, MESSAGE_LIMIT);
    else
        size = snprintf(text, sizeof text, "thank you! (%zu bytes)\n",
                        letter->length);
    return sendto(self.socket, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL,
                  (const struct sockaddr *)&letter->to, letter->to_size) != -1;
}

static void *send_answers(void *unused)
{
    pthread_mutex_lock(&office.mutex);
    for (;;) {
        while (office.count == 0)
            pthread_cond_wait(&office.changed, &office.mutex);
        const struct letter letter = office.ring[office.first];
        office.first = (office.first + 1) % RING_SIZE;
        office.count--;
        pthread_mutex_unlock(&office.mutex);
        bool delivered = deliver(&letter);
        pthread_mutex_lock(&office.mutex);
        if (delivered)
            office.answered++;
        else
            office.dropped++;
        office.due--;
        pthread_cond_broadcast(&office.changed);
    }
    return unused;
}

/* What has been printed is answered before the end. The mutex is kept: nobody
 * may print after the last line. */
static int close_office(void)
{
    pthread_mutex_lock(&office.mutex);
    office.closed = true;
    while (office.due > 0)
        pthread_cond_wait(&office.changed, &office.mutex);
    withdraw();
    printf("served %lu datagrams: %lu answered, %lu unanswerable, "
           "%lu dropped\n",
           office.answered + office.unanswerable + office.dropped,
           office.answered, office.unanswerable, office.dropped);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* 0 when the socket file's owner is there, or the number of an error. */
static int ask_owner(int type)
{
    int number = 0;
    int asking = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (asking == -1)
        return errno;
    if (connect(asking, (const struct sockaddr *)&self.address,
                sizeof self.address) == -1)
        number = errno;
    close(asking);
    return number == EAGAIN || number == EPERM ? 0 : number;
}

/* ECONNREFUSED when nobody answers at this path, whatever the type. */
static int ask_owner_of_any_type(void)
{
    static const int types[] = { SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET };
    int number = EPROTOTYPE;
    for (size_t i = 0; i < 3 && number == EPROTOTYPE; i++)
        number = ask_owner(types[i]);
    return number;
}

/* 0 when the path is free or what is there may go; or the number of an error.
 */
static int look(bool *stale)
{
    struct stat found;
    *stale = false;
    if (lstat(self.address.sun_path, &found) == -1)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(found.st_mode))
        return ENOTSOCK;
    int number = ask_owner_of_any_type();
    *stale = number == ECONNREFUSED;
    if (*stale)
        return 0;
    return number == 0 ? EADDRINUSE : number;
}

/* The lock goes with the process; the file stays, as it would be a race to
 * remove it. */
static int lock_path(void)
{
    char name[sizeof self.address.sun_path + 8];
    (void)snprintf(name, sizeof name, "%s.lock", self.address.sun_path);
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock == -1)
        return errno;
    if (flock(lock, LOCK_EX | LOCK_NB) == -1)
        return errno == EWOULDBLOCK ? EADDRINUSE : errno;
    return 0;
}

static int set_up(void)
{
    bool stale;
    int number = look(&stale);
    if (number == 0)
        number = lock_path();
    if (number == 0)
        number = look(&stale);
    if (number != 0)
        return number;
    if (stale && unlink(self.address.sun_path) == -1)
        return errno;
    self.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (self.socket == -1 ||
        bind(self.socket, (const struct sockaddr *)&self.address,
             sizeof self.address) == -1 ||
        lstat(self.address.sun_path, &self.file) == -1)
        return errno;
    return 0;
}

static int run(const char *path)
{
    size_t size = strlen(path) + 1;
    if (size == 1 || size > sizeof self.address.sun_path)
        return failure(size == 1 ? "PATH" : path,
                       size == 1 ? ENOENT : ENAMETOOLONG);
    memcpy(self.address.sun_path, path, size);

    sigemptyset(&self.signals);
    sigaddset(&self.signals, SIGINT);
    sigaddset(&self.signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &self.signals, NULL);
    int number = set_up();
    if (number != 0)
        return failure(path, number);

    pthread_t thread;
    number = pthread_create(&thread, NULL, receive, NULL);
    if (number == 0)
        number = pthread_create(&thread, NULL, send_answers, NULL);
    if (number != 0) {
        withdraw();
        return failure("pthread_create", number);
    }
    do
        number = sigwait(&self.signals, &(int){ 0 });
    while (number != 0);
    return close_office();
}

int main(int argc, char *argv[])
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc > optind + 1) {
        fprintf(stderr, "usage: server [PATH]\n");
        return 2;
    }
    return run(argc > optind ? argv[optind] : "./uds_socket3.txt");
}
