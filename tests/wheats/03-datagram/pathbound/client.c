/*
 * Lab 03's client with an address in the file system: in the current directory,
 * or else in TMPDIR. It is removed again however the program ends, but for
 * SIGKILL.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/address.h"
#include "common/deadline.h"
#include "common/lines.h"
#include "common/options.h"

enum { MOST = 65536, DAY_MS = 86400000, LONG_PATH = 4096, TRIES = 100 };

/* The handler's: our address, and whether it is there. */
static char own_path[sizeof(struct sockaddr_un)];
static volatile sig_atomic_t is_bound;

static struct {
    const char *path;
    struct sockaddr_un address;
    int limit_ms;
    int fd;
} server = { .path = "./uds_socket3.txt", .limit_ms = 1000, .fd = -1 };

static void remove_own(void)
{
    if (is_bound)
        unlink(own_path);
    is_bound = 0;
}

static void quit(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* By now the signal's action is the default again (SA_RESETHAND). */
static void remove_and_die(int number)
{
    remove_own();
    raise(number);
}

static bool is_harmless(int number)
{
    static const int harmless[] = { SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN,
                                    SIGTTOU, SIGURG,  SIGWINCH };
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (harmless[i] == number)
            return true;
    return false;
}

/* Whatever would end the program, unless we were started with it ignored. The
 * C library keeps two signals for itself, and some cannot be caught. */
static void catch_all(void)
{
    struct sigaction action = { .sa_handler = remove_and_die };
    action.sa_flags = (int)SA_RESETHAND;
    sigfillset(&action.sa_mask);
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction old;
        if (!is_harmless(number) && sigaction(number, NULL, &old) == 0 &&
            old.sa_handler == SIG_DFL)
            (void)sigaction(number, &action, NULL);
    }
}

/* An absolute name: the server may have another current directory. */
static int name_in(const char *directory, struct sockaddr_un *name)
{
    char path[LONG_PATH + 32];
    uint32_t number;
    if (directory == NULL || directory[0] != '/') {
        errno = ENOENT;
        return -1;
    }
    if (getrandom(&number, sizeof number, 0) == -1)
        return -1;
    (void)snprintf(path, sizeof path, "%.*s/client-%08x", (int)LONG_PATH,
                   directory, number);
    return address_make(name, path);
}

static int bind_in(int fd, const char *directory)
{
    struct sockaddr_un name;
    for (int i = 0; i < TRIES; i++) {
        if (name_in(directory, &name) == -1)
            return -1;
        if (bind(fd, (const struct sockaddr *)&name, sizeof name) == 0) {
            memcpy(own_path, name.sun_path, sizeof name.sun_path);
            is_bound = 1;
            return 0;
        }
        if (errno != EADDRINUSE)
            return -1;
    }
    return -1;
}

/* Where neither directory will do, it has to be an abstract address, which the
 * kernel chooses. */
static int bind_somewhere(int fd)
{
    const struct sockaddr_un any = { .sun_family = AF_UNIX };
    char here[LONG_PATH];
    if (bind_in(fd, getcwd(here, sizeof here)) == 0 ||
        bind_in(fd, getenv("TMPDIR")) == 0)
        return 0;
    return bind(fd, (const struct sockaddr *)&any, sizeof any.sun_family);
}

/* No signal in between: there would be a file that the handler knows nothing
 * of. */
static int bind_unsignalled(int fd)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int result = bind_somewhere(fd);
    int reason = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return result;
}

/* Before it was connected anybody could send to this address. Nothing has been
 * asked yet, so whatever is there is no answer. */
static void discard(int fd)
{
    int64_t end = deadline_in(server.limit_ms);
    ssize_t count = 0;
    char byte;
    while (count != -1 && deadline_left(end) > 0)
        count = recv(fd, &byte, sizeof byte, MSG_DONTWAIT);
}

static void open_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        quit("socket");
    if (bind_unsignalled(fd) == -1)
        quit("bind");
    if (connect(fd, (const struct sockaddr *)&server.address,
                sizeof server.address) == -1)
        quit(server.path);
    discard(fd);
    server.fd = fd;
}

static void close_socket(void)
{
    remove_own();
    close(server.fd);
    server.fd = -1;
}

/* False when the time is up. */
static bool is_ready(bool to_read, int64_t end)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(server.fd, &set);
    int left = deadline_left(end);
    struct timeval time = { .tv_sec = left / 1000,
                            .tv_usec = left % 1000 * 1000L };
    int count = select(server.fd + 1, to_read ? &set : NULL,
                       to_read ? NULL : &set, NULL, &time);
    if (count == -1 && errno != EINTR)
        quit("select");
    return count != 0;
}

static bool say(const char *line, size_t length)
{
    int64_t end = deadline_in(server.limit_ms);
    do {
        if (send(server.fd, line, length, MSG_NOSIGNAL) != -1)
            return true;
        if (errno != EAGAIN && errno != EINTR)
            quit(server.path);
    } while (is_ready(false, end));
    return false;
}

static bool listen_for(char *answer, size_t *length)
{
    int64_t end = deadline_in(server.limit_ms);
    do {
        ssize_t count = recv(server.fd, answer, MOST, MSG_TRUNC);
        if (count != -1) {
            *length = (size_t)count;
            return true;
        }
        if (errno != EAGAIN && errno != EINTR)
            quit(server.path);
    } while (is_ready(true, end));
    return false;
}

static void show(const char *answer, size_t length)
{
    if (length > MOST) {
        errno = EMSGSIZE;
        quit("answer");
    }
    fputs("reply: ", stdout);
    fwrite(answer, 1, length, stdout);
    if (length == 0 || answer[length - 1] != '\n')
        putchar('\n');
    fflush(stdout);
}

/* The exit status. A socket that was asked in vain is closed at once, so that
 * the server's buffer gets its answer back; the next line opens another. */
static int ask(const char *line, size_t length)
{
    static char answer[MOST];
    size_t size = 0;
    if (server.fd == -1)
        open_socket();
    if (say(line, length) && listen_for(answer, &size)) {
        show(answer, size);
        return 0;
    }
    close_socket();
    fprintf(stderr, "client: no reply within %d ms\n", server.limit_ms);
    return 1;
}

static int ask_all(void)
{
    static char line[MOST];
    size_t length;
    int status = 0;
    int more;
    while ((more = lines_read(line, sizeof line, &length)) == 1) {
        if (length <= sizeof line) {
            status |= ask(line, length);
            continue;
        }
        fprintf(stderr, "client: a line of %zu bytes is too long\n", length);
        status = 1;
    }
    if (more == -1)
        quit("standard input");
    return status;
}

static bool is_usage_right(int argc, char *argv[])
{
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) == 't') {
        server.limit_ms = (int)options_number(optarg, 1, DAY_MS);
        if (server.limit_ms == -1)
            return false;
    }
    if (option != -1 || argc > optind + 1)
        return false;
    if (argc > optind)
        server.path = argv[optind];
    return true;
}

/* The address is open to all: the server may be another user, and anybody else
 * is refused by the kernel. */
int main(int argc, char *argv[])
{
    if (!is_usage_right(argc, argv)) {
        fputs("usage: ./client [-t TIMEOUT_MS] [PATH]\n", stderr);
        return 2;
    }
    if (address_make(&server.address, server.path) == -1)
        quit(*server.path == '\0' ? "PATH" : server.path);
    umask(0);
    if (atexit(remove_own) != 0)
        quit("atexit");
    catch_all();
    open_socket();
    return ask_all();
}
