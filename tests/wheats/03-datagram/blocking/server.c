/*
 * Lab 03's server in the oldest style: a receive that blocks, and a handler
 * that makes it return. The signals are let in around the receive only.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LIMIT = 1024 };

struct message {
    char bytes[LIMIT];
    struct sockaddr_un sender;
    socklen_t sender_size;
};

struct counts {
    unsigned long answered;
    unsigned long unanswerable;
    unsigned long dropped;
};

static const char *path = "./uds_socket3.txt";
static dev_t our_device;
static ino_t our_inode;
static sigset_t endings;

/* The handler's. */
static int station = -1;
static volatile sig_atomic_t ending;

/*
 * A flag alone would be missed by a receive that is about to be made. With its
 * receiving side shut down the socket keeps nobody waiting any more, whenever
 * the signal came.
 */
static void on_ending(int number)
{
    int kept = errno;
    (void)number;
    ending = 1;
    shutdown(station, SHUT_RD);
    errno = kept;
}

static void remove_address(void)
{
    struct stat now;
    if (lstat(path, &now) == 0 && now.st_ino == our_inode &&
        now.st_dev == our_device)
        unlink(path);
}

static int datagram_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        err(1, "socket");
    return fd;
}

/* EPERM: it belongs to somebody who is connected, and hears only one peer. */
static void refuse_live_owner(const struct sockaddr_un *where)
{
    int fd = datagram_socket();
    if (connect(fd, (const struct sockaddr *)where, sizeof *where) == 0 ||
        errno == EPROTOTYPE || errno == EPERM)
        errno = EADDRINUSE;
    if (errno != ECONNREFUSED)
        err(1, "%s", path);
    close(fd);
}

static void clear_the_way(const struct sockaddr_un *where)
{
    struct stat old;
    if (lstat(path, &old) == -1)
        err(1, "%s", path);
    if (!S_ISSOCK(old.st_mode))
        errx(1, "%s: There is something that is not a socket", path);
    refuse_live_owner(where);
    if (unlink(path) == -1)
        err(1, "%s", path);
}

/* Takes the address first, and looks who has it only when it cannot be had. */
static void take_address(const struct sockaddr_un *where)
{
    const struct sockaddr *name = (const struct sockaddr *)where;
    station = datagram_socket();
    if (bind(station, name, sizeof *where) == -1) {
        if (errno != EADDRINUSE)
            err(1, "%s", path);
        clear_the_way(where);
        if (bind(station, name, sizeof *where) == -1)
            err(1, "%s", path);
    }
    struct stat mine;
    if (lstat(path, &mine) == -1)
        err(1, "%s", path);
    our_device = mine.st_dev;
    our_inode = mine.st_ino;
}

/* The datagram's true length; -1 also when it is time to end. */
static ssize_t hear(struct message *m)
{
    struct iovec part = { m->bytes, sizeof m->bytes };
    struct msghdr header = { .msg_name = &m->sender,
                             .msg_namelen = sizeof m->sender,
                             .msg_iov = &part,
                             .msg_iovlen = 1 };
    sigprocmask(SIG_UNBLOCK, &endings, NULL);
    ssize_t n = recvmsg(station, &header, MSG_TRUNC);
    int reason = errno;
    sigprocmask(SIG_BLOCK, &endings, NULL);
    errno = reason;

    /* A path of 108 bytes comes with the length of the NUL that it lacks. */
    m->sender_size = header.msg_namelen;
    if (m->sender_size > sizeof m->sender)
        m->sender_size = sizeof m->sender;
    return ending ? -1 : n;
}

static void print_message(const char *bytes, size_t n)
{
    printf("received: ");
    fwrite(bytes, 1, n, stdout);
    putchar('\n');
    fflush(stdout);
}

static void answer(const struct message *m, size_t n, struct counts *counts)
{
    if (m->sender_size <= offsetof(struct sockaddr_un, sun_path)) {
        counts->unanswerable++;
        return;
    }
    char words[64];
    int size =
        n > LIMIT
            ? snprintf(words, sizeof words, "too long (%zu bytes, limit %d)\n",
                       n, LIMIT)
            : snprintf(words, sizeof words, "thank you! (%zu bytes)\n", n);
    if (sendto(station, words, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL,
               (const struct sockaddr *)&m->sender, m->sender_size) == -1)
        counts->dropped++;
    else
        counts->answered++;
}

/* Until a signal comes (0) or receiving fails (1). */
static int serve(struct counts *counts)
{
    static struct message m;
    while (!ending) {
        ssize_t n = hear(&m);
        if (n >= 0) {
            if (n <= LIMIT)
                print_message(m.bytes, (size_t)n);
            answer(&m, (size_t)n, counts);
        } else if (!ending && errno != EINTR && errno != EAGAIN) {
            warn("recvmsg");
            return 1;
        }
    }
    return 0;
}

static void catch_endings(void)
{
    sigemptyset(&endings);
    sigaddset(&endings, SIGINT);
    sigaddset(&endings, SIGTERM);
    sigprocmask(SIG_BLOCK, &endings, NULL);
    struct sigaction action = { .sa_handler = on_ending };
    action.sa_mask = endings;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int main(int argc, char *argv[])
{
    static char name[] = "server";
    program_invocation_short_name = name;
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || optind + 1 < argc) {
        fprintf(stderr, "usage: %s [PATH]\n", name);
        return 2;
    }
    if (optind < argc)
        path = argv[optind];
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    if (*path == '\0')
        errx(1, "PATH: It is empty");
    if (strlen(path) > sizeof where.sun_path - 1)
        errx(1, "%s: Longer than 107 bytes", path);
    stpcpy(where.sun_path, path);

    catch_endings();
    take_address(&where);
    struct counts counts = { 0 };
    int status = serve(&counts);
    remove_address();
    printf("served %lu datagrams: %lu answered, %lu unanswerable, "
           "%lu dropped\n",
           counts.answered + counts.unanswerable + counts.dropped,
           counts.answered, counts.unanswerable, counts.dropped);
    fflush(stdout);
    return status;
}
