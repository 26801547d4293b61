/*
 * Lab 06's client with io_uring(7): connect, send and receive are each handed
 * over together with a timeout that is linked to them, and the kernel gives up
 * whichever of the two comes second.
 */
#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "common/options.h"

enum { ENTRIES = 8, ANSWER_MAX = 255, ANYBODY = -2 };

struct client {
    struct io_uring ring;
    int socket;
    long limit_ms;
    /* Who must run the server, or ANYBODY. */
    long user;
    struct sockaddr_un address;
    /* When the present connect or exchange must be over. */
    struct __kernel_timespec end;
    struct iovec part;
    struct msghdr message;
    char answer[ANSWER_MAX];
    char control[CMSG_SPACE(sizeof(struct ucred))];
};

static int fail(const char *what, int number)
{
    fprintf(stderr, "client: %s: %s\n", what,
            number == 0 ? "End of file" : strerror(number));
    return 1;
}

static int fail_late(const struct client *c)
{
    fprintf(stderr, "client: no reply within %ld ms\n", c->limit_ms);
    return 1;
}

static void start_clock(struct client *c)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long ns = now.tv_nsec + c->limit_ms % 1000 * 1000000LL;
    c->end = (struct __kernel_timespec){
        .tv_sec = now.tv_sec + c->limit_ms / 1000 + ns / 1000000000,
        .tv_nsec = ns % 1000000000,
    };
}

static struct io_uring_sqe *new_entry(struct client *c)
{
    struct io_uring_sqe *e;
    while ((e = io_uring_get_sqe(&c->ring)) == NULL)
        (void)io_uring_submit(&c->ring);
    return e;
}

/* The next completion: what was asked for it, and its result. */
static int await_completion(struct client *c, bool *is_timeout)
{
    struct io_uring_cqe *completion;
    int result;
    do {
        result = io_uring_submit_and_wait(&c->ring, 1);
        if (result >= 0)
            result = io_uring_peek_cqe(&c->ring, &completion);
    } while (result == -EINTR || result == -EAGAIN);
    if (result < 0)
        return result;
    *is_timeout = io_uring_cqe_get_data(completion) == &c->end;
    result = completion->res;
    io_uring_cqe_seen(&c->ring, completion);
    return result;
}

/*
 * Hands over the operation that has just been prepared, with its timeout, and
 * waits for both: one of them ends the other. A timeout that was not cancelled
 * has run out, whatever it says (not ETIME, where it had to interrupt a
 * thread). The result is the operation's, or -ETIME.
 */
static int perform(struct client *c, struct io_uring_sqe *operation)
{
    struct io_uring_sqe *timeout = new_entry(c);
    int result = 0;
    bool is_late = false;
    operation->flags |= IOSQE_IO_LINK;
    io_uring_sqe_set_data(operation, NULL);
    io_uring_prep_link_timeout(timeout, &c->end, IORING_TIMEOUT_ABS);
    io_uring_sqe_set_data(timeout, &c->end);

    for (int i = 0; i < 2; i++) {
        bool is_timeout = false;
        int r = await_completion(c, &is_timeout);
        if (is_timeout)
            is_late = r != -ECANCELED;
        else
            result = r;
    }
    if (is_late && (result == -ECANCELED || result == -EINTR))
        return -ETIME;
    return result;
}

/* In the kernel's own thread from the start: there it can wait for room in the
 * backlog, and here nothing tells when there is some. */
static int reach(struct client *c)
{
    int result;
    do {
        struct io_uring_sqe *e = new_entry(c);
        io_uring_prep_connect(e, c->socket,
                              (const struct sockaddr *)&c->address,
                              sizeof c->address);
        e->flags |= IOSQE_ASYNC;
        result = perform(c, e);
    } while (result == -EINTR || result == -EAGAIN);
    return result;
}

static int send_record(struct client *c, const char *line, size_t length)
{
    int result;
    do {
        struct io_uring_sqe *e = new_entry(c);
        io_uring_prep_send(e, c->socket, line, length, MSG_NOSIGNAL);
        result = perform(c, e);
    } while (result == -EINTR || result == -EAGAIN);
    return result;
}

static int receive_once(struct client *c)
{
    struct io_uring_sqe *e = new_entry(c);
    c->part = (struct iovec){ c->answer, ANSWER_MAX };
    c->message = (struct msghdr){
        .msg_iov = &c->part,
        .msg_iovlen = 1,
        .msg_control = c->control,
        .msg_controllen = sizeof c->control,
    };
    io_uring_prep_recvmsg(e, c->socket, &c->message,
                          MSG_TRUNC | MSG_CMSG_CLOEXEC);
    return perform(c, e);
}

/*
 * The answer's length, or -errno; -ENODATA at the end of file, which is known
 * by having no credentials. Answers that came ahead of a reset are still there
 * behind it.
 */
static int receive(struct client *c)
{
    bool was_reset = false;
    for (;;) {
        int result = receive_once(c);
        if (result == -ECONNRESET && !was_reset)
            was_reset = true;
        else if (result == 0 && c->message.msg_controllen == 0)
            return was_reset ? -ECONNRESET : -ENODATA;
        else if (result != -EINTR && result != -EAGAIN)
            return result;
    }
}

static int print_answer(const struct client *c, int length)
{
    if (length > ANSWER_MAX) {
        fprintf(stderr, "client: answer of %d bytes refused\n", length);
        return 1;
    }
    (void)fwrite(c->answer, (size_t)length, 1, stdout);
    (void)fwrite("\n", 1, 1, stdout);
    (void)fflush(stdout);
    return 0;
}

/* The exit status that this line leads to, 0 if the next one is to be read. */
static int handle(struct client *c, const char *line, size_t length)
{
    start_clock(c);
    int result = send_record(c, line, length);
    if (result == -ETIME)
        return fail_late(c);
    if (result < 0)
        return fail("send", -result);
    result = receive(c);
    if (result == -ETIME)
        return fail_late(c);
    if (result < 0)
        return fail("answer", result == -ENODATA ? 0 : -result);
    return print_answer(c, result);
}

static int handle_all(struct client *c)
{
    static char *line;
    size_t room = 0;
    for (;;) {
        if (isatty(STDIN_FILENO))
            (void)fputs("request: ", stderr);
        ssize_t n = getline(&line, &room, stdin);
        if (n == -1)
            return ferror(stdin) ? fail("stdin", errno) : 0;
        if (line[n - 1] == '\n')
            n--;
        if (handle(c, line, (size_t)n) != 0)
            return 1;
    }
}

/* The kernel has it from the server's listen(2); before that not a byte may
 * leave. */
static int check_user(const struct client *c)
{
    struct ucred server;
    socklen_t size = sizeof server;
    if (getsockopt(c->socket, SOL_SOCKET, SO_PEERCRED, &server, &size) == -1)
        return fail("server's user", errno);
    if (c->user == ANYBODY || (uid_t)c->user == server.uid)
        return 0;
    fprintf(stderr, "client: server runs as user %u, not %u\n", server.uid,
            (uid_t)c->user);
    return 1;
}

static int run(struct client *c, const char *path)
{
    const int yes = 1;
    if (address_make(&c->address, path) == -1)
        return fail(path, errno);
    int result = io_uring_queue_init(ENTRIES, &c->ring, 0);
    if (result < 0)
        return fail("io_uring", -result);
    c->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (c->socket == -1 ||
        setsockopt(c->socket, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == -1)
        return fail("socket", errno);
    start_clock(c);
    result = reach(c);
    if (result == -ETIME)
        return fail_late(c);
    if (result < 0)
        return fail(path, -result);
    return check_user(c) != 0 ? 1 : handle_all(c);
}

int main(int argc, char **argv)
{
    static struct client c = { .limit_ms = 2000, .user = ANYBODY };
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) == 't') {
        c.limit_ms = options_number(optarg, 1, 86400000);
        if (c.limit_ms == -1)
            break;
    }
    if (argc - optind == 2)
        c.user = options_number(argv[optind + 1], 0, 4294967294);
    if (option != -1 || c.user == -1 || argc - optind < 1 ||
        argc - optind > 2) {
        (void)fputs("usage: client [-t TIMEOUT_MS] PATH [SERVER_UID]\n",
                    stderr);
        return 2;
    }
    return run(&c, argv[optind]);
}
