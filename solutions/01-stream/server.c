/*
 * A server on a stream socket: one message per connection.
 *
 *     server [PATH]
 *
 * It takes a connection, receives one message, prints it, answers "thank you!"
 * and closes; then the next one. SIGTERM or SIGINT ends it: it removes its
 * socket file and exits with 0.
 *
 * Every place where it may have to wait is one poll(2) in wait_for(). The two
 * signals are blocked and read through a descriptor (signalfd(2)) that stands
 * in the same poll, so there is no moment at which a signal could be missed.
 *
 * Functions return -1 with errno set and print nothing; main() speaks.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    MESSAGE_MAX = 1024,
    BACKLOG = 128,
    RETRY_MS = 100,
    NO_LIMIT = -1,
};

static const char default_path[] = "./uds_socket3.txt";
static const char answer[] = "thank you!\n";

struct server {
    const char *path;
    struct sockaddr_un address;
    int signals;
    int listener;
    /* The socket file as it was when we made it: by its device and inode we
     * know it again. */
    struct stat file;
};

/* A blocked signal stays pending until somebody takes it: here, until the
 * descriptor is read. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC);
}

/*
 * Waits for one of `events` on a descriptor: 1 when it is there, 0 when the
 * time is over or the server is to end, -1 on failure. poll(2) passes over a
 * descriptor of -1, so that it can also wait for a time only.
 *
 * The signal goes first, or peers that are always ready would keep the server
 * from ending. It is never read: so it is seen here again and again, and
 * whoever gets a 0 need not tell anybody.
 */
static int wait_for(const struct server *s, int descriptor, short events,
                    int limit_ms)
{
    struct pollfd watched[] = {
        { .fd = s->signals, .events = POLLIN },
        { .fd = descriptor, .events = events },
    };
    int ready;
    do
        ready = poll(watched, 2, limit_ms);
    while (ready == -1 && errno == EINTR);

    if (ready == -1)
        return -1;
    return watched[0].revents == 0 && watched[1].revents != 0;
}

/*
 * sun_path has 108 bytes, one of them for the NUL. A longer path would be cut,
 * and an empty one would name no file at all: Linux would take it for an
 * abstract address (unix(7)).
 */
static int make_address(struct sockaddr_un *address, const char *path)
{
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) {
        errno = length == 0 ? EINVAL : ENAMETOOLONG;
        return -1;
    }
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(address->sun_path, path, length);
    return 0;
}

/*
 * Tries to connect to a socket file: 0 when somebody has it, else -1, with
 * ECONNREFUSED when nobody does.
 *
 * It must not block: a server that is busy, with its backlog full, would hold
 * us up. EAGAIN says just that, and EPROTOTYPE that the socket there is of
 * another type: in both cases it has an owner.
 */
static int probe(const struct sockaddr_un *address)
{
    int descriptor =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor == -1)
        return -1;
    int result =
        connect(descriptor, (const struct sockaddr *)address, sizeof *address);
    int reason = errno;
    close(descriptor);
    if (result == 0 || reason == EAGAIN || reason == EPROTOTYPE)
        return 0;
    errno = reason;
    return -1;
}

/*
 * Makes room at the path: removes a socket file that a dead server has left.
 * Anything else stays. connect(2) refuses a regular file with the same
 * ECONNREFUSED as a stale socket, hence the look at it first; and lstat(2), as
 * stat(2) would follow a symbolic link, and unlink(2) would then remove the
 * link.
 *
 * Two servers that start at the same moment may both find the path stale. Only
 * a lock file beside it would keep them apart.
 */
static int clear_path(const char *path, const struct sockaddr_un *address)
{
    struct stat there;
    if (lstat(path, &there) == -1)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISSOCK(there.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    if (probe(address) == 0) {
        errno = EADDRINUSE;
        return -1;
    }
    if (errno != ECONNREFUSED)
        return -1;
    return unlink(path);
}

/* Only what we have bound may be removed when a later step fails. */
static int bind_and_listen(struct server *s)
{
    const struct sockaddr *address = (const struct sockaddr *)&s->address;
    if (bind(s->listener, address, sizeof s->address) == -1)
        return -1;
    if (lstat(s->path, &s->file) == 0 && listen(s->listener, BACKLOG) == 0)
        return 0;
    int reason = errno;
    unlink(s->path);
    errno = reason;
    return -1;
}

static int open_listener(struct server *s)
{
    if (make_address(&s->address, s->path) == -1 ||
        clear_path(s->path, &s->address) == -1)
        return -1;
    /* Non-blocking, so that accept() never waits where no signal is seen. */
    s->listener =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listener == -1)
        return -1;
    return bind_and_listen(s);
}

/*
 * Removes the socket file, unless another one has taken its place. To be
 * called while the listener is open: until then the kernel gives our inode's
 * number to no other file.
 */
static void remove_file(const struct server *s)
{
    struct stat there;
    if (lstat(s->path, &there) == 0 && there.st_dev == s->file.st_dev &&
        there.st_ino == s->file.st_ino)
        unlink(s->path);
}

/* Receives one message: its length, 0 at the end of file, -1 where there is
 * none to be had (a reset, or the server is to end). */
static ssize_t receive(const struct server *s, int connection,
                       char message[MESSAGE_MAX])
{
    while (wait_for(s, connection, POLLIN, NO_LIMIT) == 1) {
        ssize_t got = recv(connection, message, MESSAGE_MAX, MSG_DONTWAIT);
        if (got != -1 || (errno != EAGAIN && errno != EINTR))
            return got;
    }
    return -1;
}

/* By its length, not as a string: a message may hold NUL bytes. */
static void print_message(const char *message, size_t length)
{
    fputs("received: ", stdout);
    fwrite(message, 1, length, stdout);
    putchar('\n');
    /* A pipe would get it only when stdio's buffer is full. Whether somebody
     * takes our output or not, the peers are served. */
    (void)fflush(stdout);
}

/* Without MSG_NOSIGNAL a peer that has gone would kill the server by SIGPIPE
 * (send(2)). Nothing is owed to one that has gone. */
static void send_answer(const struct server *s, int connection)
{
    const size_t length = sizeof answer - 1;
    size_t sent = 0;
    while (sent < length && wait_for(s, connection, POLLOUT, NO_LIMIT) == 1) {
        ssize_t taken = send(connection, answer + sent, length - sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken != -1)
            sent += (size_t)taken;
        else if (errno != EAGAIN && errno != EINTR)
            return;
    }
}

static void serve_connection(const struct server *s, int connection)
{
    char message[MESSAGE_MAX];
    ssize_t length = receive(s, connection, message);
    if (length > 0) {
        print_message(message, (size_t)length);
        send_answer(s, connection);
    }
    close(connection);
}

/* The system has run out of something for now: the connection stays in the
 * backlog, and poll() would report it again at once. */
static bool is_shortage(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOMEM ||
           reason == ENOBUFS;
}

/* The connection, or the wait for it, came to nothing (accept(2)). */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR || reason == ECONNABORTED;
}

static int accept_one(const struct server *s)
{
    int connection = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection != -1) {
        serve_connection(s, connection);
        return 0;
    }
    if (is_shortage(errno))
        return wait_for(s, -1, 0, RETRY_MS) == -1 ? -1 : 0;
    return is_passing(errno) ? 0 : -1;
}

/* Returns 0 when it is told to end. */
static int serve(const struct server *s)
{
    for (;;) {
        int ready = wait_for(s, s->listener, POLLIN, NO_LIMIT);
        if (ready != 1)
            return ready;
        if (accept_one(s) == -1)
            return -1;
    }
}

static int fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

/* The end of the process closes every descriptor. */
static int run(const char *path)
{
    struct server s = { .path = path, .signals = -1, .listener = -1 };
    s.signals = open_signals();
    if (s.signals == -1)
        return fail("signals");
    if (open_listener(&s) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);

    int status = serve(&s) == -1 ? fail(path) : 0;
    remove_file(&s);
    return status;
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind > 1) {
        fputs("usage: server [PATH]\n", stderr);
        return 2;
    }
    return run(optind < argc ? argv[optind] : default_path);
}
