/*
 * Lab 01's server in the oldest style: calls that block, and a signal handler
 * that does the little there is to do at the end and leaves on the spot.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* What the handler needs; set before it can run. */
static const char *path = "./uds_socket3.txt";
static dev_t our_device;
static ino_t our_inode;

/* Nothing here but calls that signal-safety(7) lists. */
static void leave(int number)
{
    struct stat now;
    (void)number;
    if (lstat(path, &now) == 0 && now.st_ino == our_inode &&
        now.st_dev == our_device)
        unlink(path);
    _exit(0);
}

static int stream_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        err(1, "socket");
    return fd;
}

/* A connect that blocks must not block for ever: with a send time-out it gives
 * up with EAGAIN where the owner's backlog stays full. */
static void refuse_live_owner(const struct sockaddr_un *where)
{
    int fd = stream_socket();
    const struct timeval limit = { .tv_usec = 50000 };
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == -1)
        err(1, "SO_SNDTIMEO");
    if (connect(fd, (const struct sockaddr *)where, sizeof *where) == 0 ||
        errno == EAGAIN || errno == EPROTOTYPE)
        errno = EADDRINUSE;
    if (errno != ECONNREFUSED)
        err(1, "%s", path);
    close(fd);
}

static void clear_the_way(const struct sockaddr_un *where)
{
    struct stat old;
    if (lstat(path, &old) == -1) {
        if (errno == ENOENT)
            return;
        err(1, "%s", path);
    }
    if (!S_ISSOCK(old.st_mode))
        errx(1, "%s: There is something that is not a socket", path);
    refuse_live_owner(where);
    if (unlink(path) == -1)
        err(1, "%s", path);
}

static int listening_socket(void)
{
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    if (*path == '\0')
        errx(1, "PATH: It is empty");
    if (strlen(path) > sizeof where.sun_path - 1)
        errx(1, "%s: Longer than 107 bytes", path);
    stpcpy(where.sun_path, path);
    clear_the_way(&where);

    int fd = stream_socket();
    if (bind(fd, (const struct sockaddr *)&where, sizeof where) == -1)
        err(1, "%s", path);
    struct stat mine;
    if (lstat(path, &mine) == -1 || listen(fd, 128) == -1) {
        warn("%s", path);
        unlink(path);
        exit(1);
    }
    our_device = mine.st_dev;
    our_inode = mine.st_ino;
    return fd;
}

static void serve(int client)
{
    char bytes[1024];
    ssize_t n;
    do
        n = recv(client, bytes, sizeof bytes, 0);
    while (n == -1 && errno == EINTR);
    if (n > 0) {
        printf("received: ");
        fwrite(bytes, (size_t)n, 1, stdout);
        puts("");
        fflush(stdout);
        const char *rest = "thank you!\n";
        while (*rest != '\0') {
            n = send(client, rest, strlen(rest), MSG_NOSIGNAL);
            if (n == -1 && errno != EINTR)
                break;
            if (n > 0)
                rest += n;
        }
    }
    close(client);
}

static void serve_all(int listener)
{
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client != -1)
            serve(client);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                 errno == ENOBUFS)
            poll(NULL, 0, 100); /* Perhaps there is room by then. */
        else if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN) {
            warn("accept");
            return;
        }
    }
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

    /* The handler may run only once there is something that it may remove. */
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    struct sigaction action = { .sa_handler = leave };
    action.sa_mask = ending;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int listener = listening_socket();
    sigprocmask(SIG_UNBLOCK, &ending, NULL);

    serve_all(listener);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    unlink(path);
    return 1;
}
