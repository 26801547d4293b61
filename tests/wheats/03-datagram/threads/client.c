/*
 * Lab 03's client in two threads: the main one reads lines and sends them, the
 * other one waits for answers and puts each into a mailbox. After a time-out
 * both the socket and its thread are given up, and the next line gets new ones.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST = 65536, MS_PER_S = 1000, NS_PER_MS = 1000000 };

enum outcome { OUTCOME_DONE, OUTCOME_LATE, OUTCOME_FAILED };

/* What is below the mutex belongs to whoever holds it. */
static struct {
    int socket;
    pthread_t reader;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool over;
    bool full;
    int error;
    size_t length;
    char answer[LONGEST];
} mail = { .socket = -1, .mutex = PTHREAD_MUTEX_INITIALIZER };

static struct {
    struct sockaddr_un server;
    int limit_ms;
} to = { .server.sun_family = AF_UNIX, .limit_ms = 1000 };

static void moment_in(struct timespec *moment, int ms)
{
    clock_gettime(CLOCK_MONOTONIC, moment);
    moment->tv_sec += ms / MS_PER_S;
    moment->tv_nsec += (long)(ms % MS_PER_S) * NS_PER_MS;
    if (moment->tv_nsec >= (long)MS_PER_S * NS_PER_MS) {
        moment->tv_nsec -= (long)MS_PER_S * NS_PER_MS;
        moment->tv_sec++;
    }
}

/* In milliseconds, rounded up; 0 when it is past. */
static int time_until(const struct timespec *moment)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ns = (int64_t)(moment->tv_sec - now.tv_sec) * MS_PER_S * NS_PER_MS +
                 (moment->tv_nsec - now.tv_nsec);
    return ns <= 0 ? 0 : (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* Moves one datagram, or an error, into the mailbox. With the mutex held: so a
 * datagram is never anywhere but in the queue or in the mailbox. */
static void take_in(void)
{
    ssize_t length = recv(mail.socket, mail.answer, sizeof mail.answer,
                          MSG_TRUNC | MSG_DONTWAIT);
    if (length == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    mail.full = true;
    mail.error = length == -1 ? errno : 0;
    mail.length = length == -1 ? 0 : (size_t)length;
    if (mail.length > LONGEST)
        mail.length = LONGEST;
    pthread_cond_broadcast(&mail.changed);
}

static void *read_answers(void *unused)
{
    bool over = false;
    while (!over) {
        struct pollfd news = { .fd = mail.socket, .events = POLLIN };
        (void)poll(&news, 1, -1);
        pthread_mutex_lock(&mail.mutex);
        while (!mail.over && mail.full)
            pthread_cond_wait(&mail.changed, &mail.mutex);
        over = mail.over;
        if (!over)
            take_in();
        pthread_mutex_unlock(&mail.mutex);
    }
    return unused;
}

/* An abstract name that nobody else has; somebody might, hence the number. */
static int take_name(int descriptor)
{
    static unsigned number;
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    size_t room = sizeof name.sun_path - 1;
    for (;;) {
        int size = snprintf(name.sun_path + 1, room, "lab03.%ld.%u",
                            (long)getpid(), number++);
        socklen_t whole =
            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
            (socklen_t)size;
        if (bind(descriptor, (const struct sockaddr *)&name, whole) == 0)
            return 0;
        if (errno != EADDRINUSE)
            return -1;
    }
}

/* Connected before it has a name: nobody can reach it in between. */
static int open_mail(void)
{
    mail.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (mail.socket == -1)
        return -1;
    int error = 0;
    mail.over = mail.full = false;
    if (connect(mail.socket, (const struct sockaddr *)&to.server,
                sizeof to.server) == -1 ||
        take_name(mail.socket) == -1)
        error = errno;
    else
        error = pthread_create(&mail.reader, NULL, read_answers, NULL);
    if (error == 0)
        return 0;
    close(mail.socket);
    mail.socket = -1;
    errno = error;
    return -1;
}

/* Shutting down wakes the reader, which may be in its poll or before it. */
static void close_mail(void)
{
    if (mail.socket == -1)
        return;
    pthread_mutex_lock(&mail.mutex);
    mail.over = true;
    pthread_cond_broadcast(&mail.changed);
    pthread_mutex_unlock(&mail.mutex);
    shutdown(mail.socket, SHUT_RD);
    pthread_join(mail.reader, NULL);
    close(mail.socket);
    mail.socket = -1;
}

static enum outcome post(const char *line, size_t bytes)
{
    struct timespec end;
    moment_in(&end, to.limit_ms);
    for (;;) {
        if (send(mail.socket, line, bytes, MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
            return OUTCOME_DONE;
        if (errno != EAGAIN && errno != EINTR)
            return OUTCOME_FAILED;
        struct pollfd room = { .fd = mail.socket, .events = POLLOUT };
        int left = time_until(&end);
        if (left == 0)
            return OUTCOME_LATE;
        if (poll(&room, 1, left) == -1 && errno != EINTR)
            return OUTCOME_FAILED;
    }
}

/* With the mutex held. */
static void print_answer(void)
{
    size_t bytes = mail.length;
    if (bytes > 0 && mail.answer[bytes - 1] == '\n')
        bytes--;
    fputs("reply: ", stdout);
    fwrite(mail.answer, 1, bytes, stdout);
    fputc('\n', stdout);
    fflush(stdout);
}

/* The clock for the answer starts anew when the line has gone. */
static enum outcome collect(void)
{
    struct timespec end;
    int waited = 0;
    moment_in(&end, to.limit_ms);
    pthread_mutex_lock(&mail.mutex);
    while (!mail.full && waited == 0)
        waited = pthread_cond_timedwait(&mail.changed, &mail.mutex, &end);
    if (!mail.full)
        take_in();
    enum outcome outcome = mail.full ? OUTCOME_DONE : OUTCOME_LATE;
    if (mail.full && mail.error != 0) {
        outcome = OUTCOME_FAILED;
        errno = mail.error;
    } else if (mail.full)
        print_answer();
    mail.full = false;
    pthread_cond_broadcast(&mail.changed);
    pthread_mutex_unlock(&mail.mutex);
    return outcome;
}

static enum outcome exchange(const char *line, size_t bytes)
{
    if (mail.socket == -1 && open_mail() == -1)
        return OUTCOME_FAILED;
    enum outcome outcome = post(line, bytes);
    if (outcome == OUTCOME_DONE)
        outcome = collect();
    return outcome;
}

static int failure(const char *what, int number)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(number));
    return EXIT_FAILURE;
}

static int converse(const char *path)
{
    char *line = NULL;
    size_t room = 0;
    int status = EXIT_SUCCESS;
    enum outcome outcome = OUTCOME_DONE;
    ssize_t n;
    while (outcome != OUTCOME_FAILED &&
           (n = getline(&line, &room, stdin)) > 0) {
        size_t bytes = (size_t)n - (line[n - 1] == '\n');
        if (bytes > LONGEST) {
            status = failure("a line", EMSGSIZE);
            continue;
        }
        outcome = exchange(line, bytes);
        if (outcome == OUTCOME_FAILED)
            status = failure(path, errno);
        if (outcome == OUTCOME_LATE) {
            fprintf(stderr, "client: no reply within %d ms\n", to.limit_ms);
            status = EXIT_FAILURE;
            close_mail();
        }
    }
    if (outcome != OUTCOME_FAILED && ferror(stdin))
        status = failure("stdin", errno);
    free(line);
    close_mail();
    return status;
}

static bool parse_limit(const char *text)
{
    int64_t number = 0;
    const char *digit = text;
    for (; *digit >= '0' && *digit <= '9' && number <= 86400000; digit++)
        number = number * 10 + (*digit - '0');
    if (*digit != '\0' || digit == text || number < 1 || number > 86400000)
        return false;
    to.limit_ms = (int)number;
    return true;
}

static bool parse(int argc, char *argv[])
{
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1)
        if (option != 't' || !parse_limit(optarg))
            return false;
    return argc - optind <= 1;
}

int main(int argc, char *argv[])
{
    if (!parse(argc, argv)) {
        fprintf(stderr, "usage: client [-t TIMEOUT_MS] [PATH]\n");
        return 2;
    }
    const char *path = argc > optind ? argv[optind] : "./uds_socket3.txt";
    size_t size = strlen(path) + 1;
    if (size == 1 || size > sizeof to.server.sun_path)
        return failure(size == 1 ? "PATH" : path,
                       size == 1 ? ENOENT : ENAMETOOLONG);
    memcpy(to.server.sun_path, path, size);

    pthread_condattr_t clock;
    int number = pthread_condattr_init(&clock);
    if (number == 0)
        number = pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    if (number == 0)
        number = pthread_cond_init(&mail.changed, &clock);
    if (number != 0)
        return failure("pthread_cond_init", number);
    return converse(path);
}
