/*
 * Lab 01's server with a process for each connection. The parent accepts,
 * forks and reaps; a child serves one peer and ends.
 *
 * Signals are blocked in the parent but for one moment in each round, and while
 * it waits in ppoll().
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t told_to_end;
static sigset_t open_mask;
static sigset_t closed_mask;

static void on_signal(int number)
{
    if (number != SIGCHLD)
        told_to_end = 1;
}

static void set_up_signals(void)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGCHLD };
    struct sigaction action = { .sa_handler = on_signal };
    sigemptyset(&closed_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaddset(&closed_mask, numbers[i]);
        sigaction(numbers[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &closed_mask, &open_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigdelset(&open_mask, numbers[i]);
}

/* ppoll() lets signals in only while it sleeps, and it does not sleep while
 * connections keep coming. */
static void let_signals_in(void)
{
    sigprocmask(SIG_SETMASK, &open_mask, NULL);
    sigprocmask(SIG_SETMASK, &closed_mask, NULL);
}

/* Several children that end at once may cause one signal only. */
static void reap(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

/* A tenth of a second, or until a signal comes. */
static void breathe(void)
{
    const struct timespec tenth = { .tv_nsec = 100000000 };
    ppoll(NULL, 0, &tenth, &open_mask);
    let_signals_in();
    reap();
}

/* Prints a line of the form `server: ...` and ends the program. */
__attribute__((format(printf, 2, 3), noreturn)) static void
stop_with(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    exit(status);
}

__attribute__((noreturn)) static void complain(const char *what)
{
    stop_with(1, "server: %s: %s\n", what, strerror(errno));
}

/* Is the socket file at this address in use? */
static int in_use(const struct sockaddr_un *a)
{
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s == -1)
        complain("socket");
    int refused = connect(s, (const struct sockaddr *)a, sizeof *a) == -1 &&
                  errno != EAGAIN && errno != EPROTOTYPE;
    if (refused && errno != ECONNREFUSED)
        complain(a->sun_path);
    close(s);
    return !refused;
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    if (path[0] == '\0')
        stop_with(1, "server: address: An empty path\n");
    if (strnlen(path, sizeof a.sun_path) == sizeof a.sun_path)
        stop_with(1, "server: %s: Too long a path\n", path);
    memcpy(a.sun_path, path, strlen(path));
    return a;
}

static int listen_there(const struct sockaddr_un *a, struct stat *file)
{
    const char *path = a->sun_path;
    if (lstat(path, file) == 0) {
        if (!S_ISSOCK(file->st_mode))
            stop_with(1, "server: %s: Not a socket, left alone\n", path);
        if (in_use(a)) {
            errno = EADDRINUSE;
            complain(path);
        }
        if (unlink(path) == -1)
            complain(path);
    } else if (errno != ENOENT)
        complain(path);

    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s == -1 || bind(s, (const struct sockaddr *)a, sizeof *a) == -1 ||
        listen(s, 128) == -1 || lstat(path, file) == -1)
        complain(path);
    return s;
}

/* In the child. Its output is one write, so that lines never mix. */
static void serve_peer(int s)
{
    static const char prefix[] = "received: ";
    static const char answer[] = "thank you!\n";
    char line[sizeof prefix + 1024];
    char *message = line + sizeof prefix - 1;
    memcpy(line, prefix, sizeof prefix - 1);
    ssize_t n = recv(s, message, 1024, 0);
    if (n <= 0)
        return;
    message[n] = '\n';
    fwrite(line, 1, sizeof prefix + (size_t)n, stdout);
    fflush(stdout);
    send(s, answer, sizeof answer - 1, MSG_NOSIGNAL);
}

/* A child has no business with the parent's signals, socket file or stdin; and
 * it does not outlive its parent. */
__attribute__((noreturn)) static void be_child(int listener, int s,
                                               pid_t parent)
{
    close(listener);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, &open_mask, NULL);
    if (getppid() == parent)
        serve_peer(s);
    _exit(0);
}

/* Where no process is to be had, the connection waits until one is. */
static void hand_over(int listener, int s)
{
    pid_t parent = getpid();
    while (!told_to_end) {
        pid_t child = fork();
        if (child == 0)
            be_child(listener, s, parent);
        if (child > 0)
            break;
        breathe();
    }
    close(s);
}

static int serve_all(int listener)
{
    /* No signal can come between this look and ppoll(). */
    while (!told_to_end) {
        struct pollfd p = { .fd = listener, .events = POLLIN };
        if (ppoll(&p, 1, NULL, &open_mask) == -1 && errno != EINTR)
            return -1;
        let_signals_in();
        reap();
        int s = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (s >= 0)
            hand_over(listener, s);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                 errno == ENOBUFS)
            breathe();
        else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    opterr = 0;
    int option = getopt(argc, argv, "+");
    if (option != -1 || argc > optind + 1)
        stop_with(2, "usage: server [PATH]\n");
    struct sockaddr_un a =
        address_of(argc > optind ? argv[optind] : "./uds_socket3.txt");
    struct stat mine;
    struct stat there;

    set_up_signals();
    int listener = listen_there(&a, &mine);
    int result = serve_all(listener);
    int trouble = errno;
    if (lstat(a.sun_path, &there) == 0 && there.st_ino == mine.st_ino &&
        there.st_dev == mine.st_dev)
        unlink(a.sun_path);
    errno = trouble;
    if (result == -1)
        complain("accept");
    return 0;
}
