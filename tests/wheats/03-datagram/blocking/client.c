/*
 * Lab 03's client in the oldest style: calls that block, with the time that is
 * left set as the socket's time-out. Each line gets a socket of its own, so no
 * answer can meet the wrong line.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 65536, DAY_MS = 86400000, MILLION = 1000000 };

static const char *path = "./uds_socket3.txt";
static int limit_ms = 1000;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MILLION + now.tv_nsec / 1000;
}

/* Connected first and named only then: so there is never a moment at which it
 * has a name and takes datagrams from anybody. */
static int open_socket(const struct sockaddr_un *where)
{
    const struct sockaddr_un any = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        err(1, "socket");
    if (connect(fd, (const struct sockaddr *)where, sizeof *where) == -1)
        err(1, "%s", path);
    if (bind(fd, (const struct sockaddr *)&any, sizeof any.sun_family) == -1)
        err(1, "bind");
    return fd;
}

/* False when no time is left: a time-out of 0 would mean to wait for ever. */
static bool limit_call(int fd, int option, int64_t end)
{
    int64_t left = end - now_us();
    if (left <= 0)
        return false;
    const struct timeval time = { .tv_sec = left / MILLION,
                                  .tv_usec = left % MILLION };
    if (setsockopt(fd, SOL_SOCKET, option, &time, sizeof time) == -1)
        err(1, "setsockopt");
    return true;
}

/* Whether a call that failed may be made again; other reasons than time and
 * signals end the program. */
static bool is_worth_another(bool in_time)
{
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN)
        err(1, "%s", path);
    return in_time;
}

/* The last attempt is made after the end of the time, without waiting. */
static bool tell(int fd, const char *line, size_t n, int64_t end)
{
    bool in_time;
    do {
        in_time = limit_call(fd, SO_SNDTIMEO, end);
        int flags = MSG_NOSIGNAL | (in_time ? 0 : MSG_DONTWAIT);
        if (send(fd, line, n, flags) != -1)
            return true;
    } while (is_worth_another(in_time));
    return false;
}

/* The answer's true length, -1 when there is none. */
static ssize_t hear(int fd, char *answer, int64_t end)
{
    bool in_time;
    do {
        in_time = limit_call(fd, SO_RCVTIMEO, end);
        int flags = MSG_TRUNC | (in_time ? 0 : MSG_DONTWAIT);
        ssize_t n = recv(fd, answer, MOST, flags);
        if (n != -1)
            return n;
    } while (is_worth_another(in_time));
    return -1;
}

static void print_answer(const char *answer, size_t n)
{
    if (n > MOST)
        errx(1, "an answer of %zu bytes: more than %d", n, MOST);
    if (n > 0 && answer[n - 1] == '\n')
        n--;
    printf("reply: ");
    fwrite(answer, 1, n, stdout);
    putchar('\n');
    fflush(stdout);
}

static bool exchange(const struct sockaddr_un *where, const char *line,
                     size_t n)
{
    static char answer[MOST];
    int fd = open_socket(where);
    int64_t end = now_us() + (int64_t)limit_ms * 1000;
    ssize_t size = -1;
    if (tell(fd, line, n, end))
        size = hear(fd, answer, end);
    close(fd);
    if (size == -1) {
        warnx("no reply within %d ms", limit_ms);
        return false;
    }
    print_answer(answer, (size_t)size);
    return true;
}

static ssize_t next_line(char **line, size_t *room)
{
    if (isatty(STDIN_FILENO) == 1) {
        printf("? ");
        fflush(stdout);
    }
    ssize_t n = getline(line, room, stdin);
    if (n > 0 && (*line)[n - 1] == '\n')
        n--;
    return n;
}

/* The exit status. */
static int converse(const struct sockaddr_un *where)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int status = 0;
    while ((n = next_line(&line, &room)) != -1) {
        if (n > MOST) {
            warnx("a line of %zd bytes: more than %d", n, MOST);
            status = 1;
        } else if (!exchange(where, line, (size_t)n))
            status = 1;
    }
    free(line);
    if (ferror(stdin))
        err(1, "stdin");
    return status;
}

static bool set_limit(const char *digits)
{
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    errno = 0;
    unsigned long number = strtoul(digits, NULL, 10);
    if (errno != 0 || number < 1 || number > DAY_MS)
        return false;
    limit_ms = (int)number;
    return true;
}

static bool read_arguments(int argc, char *argv[])
{
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1)
        if (option != 't' || !set_limit(optarg))
            return false;
    if (optind < argc)
        path = argv[optind++];
    return optind >= argc;
}

int main(int argc, char *argv[])
{
    static char name[] = "client";
    program_invocation_short_name = name;
    if (!read_arguments(argc, argv)) {
        fprintf(stderr, "usage: %s [-t MS] [PATH]\n", name);
        return 2;
    }
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    if (*path == '\0')
        errx(1, "PATH: It is empty");
    if (strlen(path) > sizeof where.sun_path - 1)
        errx(1, "%s: Longer than 107 bytes", path);
    stpcpy(where.sun_path, path);
    return converse(&where);
}
