/*
 * Lab 02's client with two threads. The main thread reads lines and sends them;
 * the other one receives, in calls that block for as long as they like. It puts
 * each answer into the mailbox and goes on when the main thread has taken it.
 * The main thread waits at the mailbox, and never longer than the limit.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST = 65536, RETRY_MS = 5 };

enum mail { EMPTY, ANSWER, NO_MORE };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t change;
    enum mail mail;
    bool leaving;
    bool closed;
    const char *reason;
    uint32_t length;
    char bytes[LARGEST];
} box = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const char *path = "./uds_socket3.txt";
static unsigned limit_ms = 2000;
static int connection = -1;

static int failure(const char *what, const char *why)
{
    fprintf(stderr, "client: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

static int too_late(void)
{
    fprintf(stderr, "client: no reply within %u ms\n", limit_ms);
    return EXIT_FAILURE;
}

static struct timespec deadline(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += limit_ms / 1000;
    t.tv_nsec += (long)(limit_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

static int left_ms(const struct timespec *until)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t left = (int64_t)(until->tv_sec - t.tv_sec) * 1000000000 +
                   until->tv_nsec - t.tv_nsec;
    return left <= 0 ? 0 : (int)((left + 999999) / 1000000);
}

/* Where the server may send what it likes, it is received into nowhere. */
static void discard_all(void)
{
    char nothing[4096];
    ssize_t n;
    do
        n = TEMP_FAILURE_RETRY(read(connection, nothing, sizeof nothing));
    while (n > 0);
}

/* NULL when it is all there, else what is wrong. */
static const char *receive(void *to, size_t count)
{
    char *next = to;
    while (count > 0) {
        ssize_t n = TEMP_FAILURE_RETRY(recv(connection, next, count, 0));
        if (n == 0)
            return "The server has ended the connection";
        if (n == -1)
            return strerror(errno);
        next += n;
        count -= (size_t)n;
    }
    return NULL;
}

/* Nobody looks at the bytes before the mail says ANSWER. */
static const char *receive_answer(void)
{
    uint32_t head;
    const char *reason = receive(&head, sizeof head);
    if (reason != NULL)
        return reason;
    box.length = ntohl(head);
    if (box.length > LARGEST)
        return "More bytes announced than allowed";
    return receive(box.bytes, box.length);
}

static void *receiver(void *unused)
{
    enum mail mail = ANSWER;
    while (mail == ANSWER) {
        const char *reason = receive_answer();
        pthread_mutex_lock(&box.lock);
        mail = box.mail = reason == NULL ? ANSWER : NO_MORE;
        box.reason = reason;
        pthread_cond_broadcast(&box.change);
        while (box.mail == ANSWER && !box.leaving)
            pthread_cond_wait(&box.change, &box.lock);
        bool leaving = box.leaving;
        pthread_mutex_unlock(&box.lock);
        if (leaving)
            break;
    }
    discard_all();
    pthread_mutex_lock(&box.lock);
    box.closed = true;
    pthread_cond_broadcast(&box.change);
    pthread_mutex_unlock(&box.lock);
    return unused;
}

/* 0 when all has gone or the server takes no more, -1 when the time is over. */
static int send_all(const void *bytes, size_t count,
                    const struct timespec *until)
{
    const char *next = bytes;
    while (count > 0) {
        ssize_t n = send(connection, next, count, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0) {
            next += n;
            count -= (size_t)n;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return 0;
        struct pollfd p = { .fd = connection, .events = POLLOUT };
        int left = left_ms(until);
        if (left == 0)
            return -1;
        (void)poll(&p, 1, left);
    }
    return 0;
}

/* Sends one line as a frame. */
static int send_line(const char *line, size_t count)
{
    uint32_t head = htonl((uint32_t)count);
    const struct timespec until = deadline();
    if (send_all(&head, sizeof head, &until) == -1)
        return -1;
    return send_all(line, count, &until);
}

static int take_answer(void)
{
    const struct timespec until = deadline();
    int expired = 0;
    pthread_mutex_lock(&box.lock);
    while (box.mail == EMPTY && expired != ETIMEDOUT)
        expired = pthread_cond_timedwait(&box.change, &box.lock, &until);
    enum mail mail = box.mail;
    if (mail == ANSWER) {
        fputs("reply: ", stdout);
        fwrite(box.bytes, 1, box.length, stdout);
        putchar('\n');
        fflush(stdout);
        box.mail = EMPTY;
        pthread_cond_broadcast(&box.change);
    }
    const char *reason = box.reason;
    pthread_mutex_unlock(&box.lock);
    if (mail == EMPTY)
        return too_late();
    return mail == ANSWER ? EXIT_SUCCESS : failure("answer", reason);
}

static void take_leave(void)
{
    const struct timespec until = deadline();
    int expired = 0;
    shutdown(connection, SHUT_WR);
    pthread_mutex_lock(&box.lock);
    box.leaving = true;
    pthread_cond_broadcast(&box.change);
    while (!box.closed && expired != ETIMEDOUT)
        expired = pthread_cond_timedwait(&box.change, &box.lock, &until);
    pthread_mutex_unlock(&box.lock);
}

static int handle_line(const char *line, size_t count, int *status)
{
    if (count > LARGEST) {
        *status = failure("input", "A line of more than 65536 bytes, not sent");
        return EXIT_SUCCESS;
    }
    if (send_line(line, count) == -1)
        return too_late();
    return take_answer();
}

static int handle_input(void)
{
    char *line = NULL;
    size_t room = 0;
    int status = EXIT_SUCCESS;
    for (;;) {
        if (isatty(STDIN_FILENO)) {
            printf("say: ");
            fflush(stdout);
        }
        ssize_t count = getline(&line, &room, stdin);
        if (count == -1)
            break;
        if (line[count - 1] == '\n')
            count--;
        if (handle_line(line, (size_t)count, &status) != EXIT_SUCCESS) {
            free(line);
            return EXIT_FAILURE;
        }
    }
    free(line);
    if (ferror(stdin))
        return failure("stdin", strerror(errno));
    take_leave();
    return status;
}

/* 0, or the number of an error. A backlog that is full tells nobody when it has
 * room again, so it is asked again. */
static int open_connection(const struct sockaddr_un *address)
{
    const struct timespec until = deadline();
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection == -1)
        return errno;
    while (connect(connection, (const struct sockaddr *)address,
                   sizeof *address) == -1) {
        if (errno != EAGAIN && errno != EINTR)
            return errno;
        if (left_ms(&until) == 0)
            return ETIMEDOUT;
        (void)poll(NULL, 0, RETRY_MS);
    }
    /* From now on blocking: the receiver has all the time it wants. */
    const int off = 0;
    return ioctl(connection, FIONBIO, &off) == -1 ? errno : 0;
}

static int run(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t size = strlen(path) + 1;
    if (size == 1 || size > sizeof address.sun_path)
        return failure(size == 1 ? "PATH" : path,
                       strerror(size == 1 ? ENOENT : ENAMETOOLONG));
    memcpy(address.sun_path, path, size);
    int number = open_connection(&address);
    if (number == ETIMEDOUT)
        return too_late();
    if (number != 0)
        return failure(path, strerror(number));

    pthread_condattr_t attributes;
    pthread_t thread;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&box.change, &attributes);
    number = pthread_create(&thread, NULL, receiver, NULL);
    if (number != 0)
        return failure("thread", strerror(number));
    pthread_detach(thread);
    return handle_input();
}

static bool read_limit(const char *text)
{
    char *end;
    errno = 0;
    unsigned long ms = strtoul(text, &end, 10);
    limit_ms = (unsigned)(ms % 86400001);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
           ms >= 1 && ms <= 86400000;
}

int main(int argc, char *argv[])
{
    bool right = true;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1)
        right = option == 't' && read_limit(optarg) && right;
    if (!right || argc > optind + 1) {
        fputs("usage: client [-t TIMEOUT_MS] [PATH]\n", stderr);
        return 2;
    }
    if (argc > optind)
        path = argv[optind];
    return run();
}
