/*
 * Lab 02's client in the oldest style: calls that block, each with what is left
 * of the time as its limit.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 65536, PIECE = 16384, LONGEST_MS = 86400000 };

static const char *path = "./uds_socket3.txt";
static unsigned long limit_ms = 2000;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t time_limit(void)
{
    return now_us() + (int64_t)limit_ms * 1000;
}

/* The flag says that no time is left, and the call must not wait at all. */
static int limit_call(int fd, int option, int64_t deadline)
{
    int64_t left = deadline - now_us();
    if (left <= 0)
        return MSG_DONTWAIT;
    const struct timeval limit = { left / 1000000, left % 1000000 };
    setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit);
    return 0;
}

__attribute__((noreturn)) static void no_reply(void)
{
    errx(1, "no reply within %lu ms", limit_ms);
}

/* SO_SNDTIMEO limits connect() too: it says EAGAIN when the backlog has been
 * full for that long. */
static int call_server(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        err(1, "socket");
    int64_t deadline = time_limit();
    do {
        if (limit_call(fd, SO_SNDTIMEO, deadline) != 0)
            no_reply();
        if (connect(fd, (const struct sockaddr *)name, sizeof *name) == 0)
            return fd;
    } while (errno == EINTR);
    if (errno == EAGAIN)
        no_reply();
    err(1, "%s", path);
}

/* 0 when all is sent or the server takes no more: then there may still be an
 * answer. Small pieces, as the limit holds for each buffer of the kernel's. */
static void send_all(int fd, const char *bytes, size_t count, int64_t deadline)
{
    while (count > 0) {
        size_t piece = count < PIECE ? count : PIECE;
        int flags = limit_call(fd, SO_SNDTIMEO, deadline) | MSG_NOSIGNAL;
        ssize_t n = send(fd, bytes, piece, flags);
        if (n == -1 && errno == EAGAIN)
            no_reply();
        if (n == -1 && errno != EINTR)
            return;
        if (n > 0) {
            bytes += n;
            count -= (size_t)n;
        }
    }
}

static void receive_all(int fd, void *to, size_t count, int64_t deadline)
{
    char *next = to;
    while (count > 0) {
        int flags = limit_call(fd, SO_RCVTIMEO, deadline);
        ssize_t n = recv(fd, next, count, flags);
        if (n == 0)
            errx(1, "answer: The server has closed the connection");
        if (n == -1 && errno == EAGAIN)
            no_reply();
        if (n == -1 && errno != EINTR)
            err(1, "answer");
        if (n > 0) {
            next += n;
            count -= (size_t)n;
        }
    }
}

static void exchange(int fd, const char *line, size_t count)
{
    static char bytes[MOST];
    uint32_t head = htonl((uint32_t)count);
    int64_t deadline = time_limit();
    send_all(fd, (const char *)&head, sizeof head, deadline);
    send_all(fd, line, count, deadline);

    deadline = time_limit();
    receive_all(fd, &head, sizeof head, deadline);
    head = ntohl(head);
    if (head > MOST)
        errx(1, "answer: %lu bytes are too many", (unsigned long)head);
    receive_all(fd, bytes, head, deadline);
    printf("reply: ");
    fwrite(bytes, 1, head, stdout);
    putchar('\n');
    fflush(stdout);
}

/* The server may send whatever it likes, but not for longer than this. */
static void say_goodbye(int fd)
{
    char nothing[4096];
    int64_t deadline = time_limit();
    shutdown(fd, SHUT_WR);
    while (limit_call(fd, SO_RCVTIMEO, deadline) == 0) {
        ssize_t n = recv(fd, nothing, sizeof nothing, 0);
        if (n == 0 || (n == -1 && errno != EINTR))
            return;
    }
}

/* glibc's stdio takes an interrupted read for an error. */
static ssize_t next_line(char **line, size_t *room)
{
    if (isatty(STDIN_FILENO)) {
        printf("> ");
        fflush(stdout);
    }
    ssize_t n = getline(line, room, stdin);
    if (n == -1 && ferror(stdin))
        err(1, "stdin");
    if (n > 0 && (*line)[n - 1] == '\n')
        n--;
    return n;
}

static int converse(int fd)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int status = 0;
    while ((n = next_line(&line, &room)) != -1) {
        if (n > MOST) {
            warnx("a line of %zd bytes: more than %d", n, MOST);
            status = 1;
        } else
            exchange(fd, line, (size_t)n);
    }
    free(line);
    say_goodbye(fd);
    return status;
}

static int read_limit(const char *text)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
        return -1;
    errno = 0;
    limit_ms = strtoul(text, NULL, 10);
    return errno != 0 || limit_ms < 1 || limit_ms > LONGEST_MS ? -1 : 0;
}

int main(int argc, char *argv[])
{
    static char program[] = "client";
    program_invocation_short_name = program;
    opterr = 0;
    int option;
    int wrong = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1)
        wrong |= option != 't' || read_limit(optarg) == -1;
    if (wrong || optind + 1 < argc) {
        fprintf(stderr, "usage: %s [-t TIMEOUT_MS] [PATH]\n", program);
        return 2;
    }
    if (optind < argc)
        path = argv[optind];
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    if (*path == '\0')
        errx(1, "PATH: It is empty");
    if (strlen(path) > sizeof name.sun_path - 1)
        errx(1, "%s: Longer than 107 bytes", path);
    stpcpy(name.sun_path, path);
    return converse(call_server(&name));
}
