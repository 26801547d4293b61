/*
 * Lab 03's server around select(2). A handler writes a byte to a pipe, which
 * stands in every select. What is queued when the signal comes is still served.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/listening.h"

/* At the end no more than this: a flood could go on for ever. */
enum { LONGEST = 1024, LAST_ONES = 1000 };

enum fate { FATE_ANSWERED, FATE_UNANSWERABLE, FATE_DROPPED, FATES };

struct server {
    const char *path;
    struct listening address;
    unsigned long total[FATES];
};

/* Non-blocking: a second signal must not wait for room in the pipe. */
static int bell[2] = { -1, -1 };

static void ring(int number)
{
    int before = errno;
    (void)number;
    /* A full pipe rings just as well. */
    ssize_t ignored = write(bell[1], "", 1);
    (void)ignored;
    errno = before;
}

/* SA_RESTART keeps the signal from cutting a line of output short; select(2) is
 * never restarted. */
static int hang_bell(void)
{
    struct sigaction action = { .sa_handler = ring, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    if (pipe2(bell, O_CLOEXEC | O_NONBLOCK) == -1 ||
        sigaction(SIGTERM, &action, NULL) == -1)
        return -1;
    return sigaction(SIGINT, &action, NULL);
}

static void show(const char *bytes, size_t count)
{
    fputs("received: ", stdout);
    fwrite(bytes, 1, count, stdout);
    puts("");
    fflush(stdout);
}

static enum fate reply(int fd, size_t count, const struct sockaddr_un *sender,
                       socklen_t size)
{
    char text[80];
    if (size <= offsetof(struct sockaddr_un, sun_path))
        return FATE_UNANSWERABLE;
    /* A path that fills sun_path is reported one byte longer than a struct
     * sockaddr_un, and such a length is refused. */
    if (size > sizeof *sender)
        size = sizeof *sender;
    if (count > LONGEST)
        (void)snprintf(text, sizeof text, "too long (%zu bytes, limit %d)\n",
                       count, LONGEST);
    else
        (void)snprintf(text, sizeof text, "thank you! (%zu bytes)\n", count);
    if (sendto(fd, text, strlen(text), MSG_NOSIGNAL,
               (const struct sockaddr *)sender, size) == -1)
        return FATE_DROPPED;
    return FATE_ANSWERED;
}

/* 1 when one was there, 0 when none, -1 with errno. The socket does not block.
 * The answer is sent first and the message printed then: either way will do. */
static int serve_one(struct server *s)
{
    char bytes[LONGEST];
    struct sockaddr_un sender;
    socklen_t size = sizeof sender;
    int fd = s->address.descriptor;
    ssize_t count = recvfrom(fd, bytes, sizeof bytes, MSG_TRUNC,
                             (struct sockaddr *)&sender, &size);
    if (count == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    s->total[reply(fd, (size_t)count, &sender, size)]++;
    if (count <= LONGEST)
        show(bytes, (size_t)count);
    return 1;
}

/* 1 when a datagram is there, 0 when it is time to end, -1 with errno. */
static int wait_for_either(int fd)
{
    int highest = fd > bell[0] ? fd : bell[0];
    fd_set ready;
    int count;
    do {
        FD_ZERO(&ready);
        FD_SET(fd, &ready);
        FD_SET(bell[0], &ready);
        count = select(highest + 1, &ready, NULL, NULL, NULL);
    } while (count == -1 && errno == EINTR);
    if (count == -1)
        return -1;
    return !FD_ISSET(bell[0], &ready);
}

static int serve(struct server *s)
{
    int more;
    while ((more = wait_for_either(s->address.descriptor)) == 1)
        if (serve_one(s) == -1)
            return -1;
    for (int i = 0; more == 0 && i < LAST_ONES; i++)
        if (serve_one(s) != 1)
            break;
    return more;
}

static int complain(const char *about)
{
    fprintf(stderr, "server: %s: %s\n", about, strerror(errno));
    return 1;
}

static void sum_up(const unsigned long total[FATES])
{
    unsigned long all = 0;
    for (int i = 0; i < FATES; i++)
        all += total[i];
    printf("served %lu datagrams: %lu answered, %lu unanswerable, "
           "%lu dropped\n",
           all, total[FATE_ANSWERED], total[FATE_UNANSWERABLE],
           total[FATE_DROPPED]);
    fflush(stdout);
}

int main(int argc, char *argv[])
{
    struct server s = { .path = "./uds_socket3.txt", .address.descriptor = -1 };
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc > optind + 1) {
        fputs("usage: ./server [PATH]\n", stderr);
        return 2;
    }
    if (argc > optind)
        s.path = argv[optind];
    if (hang_bell() == -1)
        return complain("signals");
    if (listening_bind(&s.address, s.path, SOCK_DGRAM) == -1)
        return complain(*s.path == '\0' ? "PATH" : s.path);
    int status = serve(&s) == -1 ? complain(s.path) : 0;
    listening_remove(&s.address);
    sum_up(s.total);
    return status;
}
