/*
 * A client that has files opened, or has the lines of its own counted.
 *
 *     client [-t TIMEOUT_MS] PATH open NAME
 *     client [-t TIMEOUT_MS] PATH count FILE
 *
 * `open` receives a descriptor with the answer and prints the file; `count`
 * opens the file itself and sends the descriptor with the request.
 *
 * Functions return -1 with errno set and print nothing but answers; main() and
 * what it calls for that purpose speak. No answer in time is ETIMEDOUT, an
 * answer against the protocol EPROTO, and the end of file 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/connecting.h"
#include "common/deadline.h"
#include "common/options.h"
#include "common/stop.h"

enum {
    LINE_LONGEST = 255,
    BLOCK = 64 * 1024,
    /* No message carries more than 253 (SCM_MAX_FD, unix(7)). */
    CONTROL_ROOM = CMSG_SPACE(253 * sizeof(int)),
    ERRNO_MOST = 133,
    TIMEOUT_MS = 2000,
    TIMEOUT_MOST = 86400000,
};

static const char digits[] = "0123456789";
static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

struct client {
    const char *path;
    const char *verb;
    const char *operand;
    int limit_ms;
    bool opens;
};

struct request {
    /* With the newline, and a NUL behind it. */
    char text[LINE_LONGEST + 2];
    size_t length;
    /* The descriptor that goes with its first byte, or -1. */
    int attached;
};

struct answer {
    /* With the newline, and a NUL behind it. */
    char text[LINE_LONGEST + 2];
    size_t length;
    /* How many descriptors have come with it, and the only one, or -1. Were
     * there more than our table had room for? */
    size_t descriptors;
    int received;
    bool cut;
};

/* Any number from 0 on may be a descriptor. */
static void drop(int *descriptor)
{
    if (*descriptor != -1)
        close(*descriptor);
    *descriptor = -1;
}

/* Not now, perhaps later. */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR;
}

/* There is no descriptor for signals (-1): they end a client as they end most
 * programs. */
static int wait_until(int descriptor, short events, int64_t deadline)
{
    int ready = stop_wait(-1, descriptor, events, deadline);
    if (ready == 0)
        errno = ETIMEDOUT;
    return ready == 1 ? 0 : -1;
}

/* A newline in the name would make two requests of one. */
static int ask_to_open(struct request *r, const char *name)
{
    if (strchr(name, '\n') != NULL) {
        errno = EINVAL;
        return -1;
    }
    r->length = (size_t)snprintf(r->text, sizeof r->text, "open %s\n", name);
    if (r->length < sizeof r->text)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* Without O_NONBLOCK the open of a FIFO would wait for somebody who writes;
 * whether it is of any use is for the server to say. */
static int ask_to_count(struct request *r, const char *path)
{
    r->length = (size_t)snprintf(r->text, sizeof r->text, "count\n");
    r->attached = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return r->attached == -1 ? -1 : 0;
}

/* CMSG_LEN is what the header says, CMSG_SPACE what it takes with its padding;
 * the kernel would take the padding for one more descriptor (cmsg(3)). */
static ssize_t send_piece(int connection, struct request *r, size_t sent)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec piece = {
        .iov_base = r->text + sent,
        .iov_len = r->length - sent,
    };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
    if (sent == 0 && r->attached != -1) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_len = CMSG_LEN(sizeof(int));
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(header), &r->attached, sizeof(int));
    }
    return sendmsg(connection, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The descriptor goes with the first byte, and so must not go again with the
 * rest. A server that has gone may have answered before: what there is to be
 * received will tell. Without MSG_NOSIGNAL it would kill us by SIGPIPE. */
static int send_request(int connection, struct request *r, int64_t deadline)
{
    size_t sent = 0;
    while (sent < r->length) {
        ssize_t taken = send_piece(connection, r, sent);
        if (taken != -1)
            sent += (size_t)taken;
        else if (errno == EPIPE || errno == ECONNRESET)
            return 0;
        else if (!is_passing(errno) ||
                 wait_until(connection, POLLOUT, deadline) == -1)
            return -1;
    }
    return 0;
}

/* Whatever was asked for, all that have come are in our table by now: each is
 * counted, and only one that is alone is kept. They are copied, as they need
 * not be aligned in there (cmsg(3)). */
static void take_control(struct answer *a, struct msghdr *message)
{
    struct cmsghdr *h = CMSG_FIRSTHDR(message);
    for (; h != NULL; h = CMSG_NXTHDR(message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at < h->cmsg_len; at += sizeof(int)) {
            drop(&a->received);
            memcpy(&a->received, (char *)h + at, sizeof(int));
            a->descriptors++;
        }
    }
    if (a->descriptors > 1)
        drop(&a->received);
    if ((message->msg_flags & MSG_CTRUNC) != 0)
        a->cut = true;
}

/* The number of bytes, 0 at the end of file. Here is room for all descriptors
 * that can come: what is cut off is what our table had no room for. */
static ssize_t receive_piece(int connection, struct answer *a)
{
    _Alignas(struct cmsghdr) char control[CONTROL_ROOM];
    struct iovec room = {
        .iov_base = a->text + a->length,
        .iov_len = LINE_LONGEST + 1 - a->length,
    };
    struct msghdr message = {
        .msg_iov = &room,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t got =
        recvmsg(connection, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got > 0) {
        take_control(a, &message);
        a->length += (size_t)got;
    }
    return got;
}

/* Receives pieces until there is a line, or more than a line can be, and makes
 * a string of it. */
static int receive_answer(int connection, struct answer *a, int64_t deadline)
{
    char *end = NULL;
    while (end == NULL && a->length <= LINE_LONGEST) {
        if (wait_until(connection, POLLIN, deadline) == -1)
            return -1;
        ssize_t got = receive_piece(connection, a);
        if (got == 0)
            errno = 0;
        if (got == 0 || (got == -1 && !is_passing(errno)))
            return -1;
        end = memchr(a->text, '\n', a->length);
    }
    if (end != NULL)
        *end = '\0';
    return 0;
}

/* Is it made of these characters, and of one at least? */
static bool is_made_of(const char *text, const char *characters)
{
    return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

static bool are_two_numbers(const char *text)
{
    size_t first = strspn(text, digits);
    return first > 0 && text[first] == ' ' &&
           is_made_of(text + first + 1, digits);
}

/* Before anything is read: a read from a FIFO could wait for ever. */
static bool is_readable_file(int file)
{
    struct stat status;
    int flags = fcntl(file, F_GETFL);
    int mode = flags & O_ACCMODE;
    return flags != -1 && (flags & O_PATH) == 0 &&
           (mode == O_RDONLY || mode == O_RDWR) && fstat(file, &status) == 0 &&
           S_ISREG(status.st_mode);
}

/* Is it an answer to our request, with the descriptors that belong to it? In a
 * whole line with no NUL, and nothing behind it, only the newline is no text.
 */
static bool is_answer(const struct client *c, const struct answer *a)
{
    const char *text = a->text + 1;
    if (a->cut || strlen(a->text) + 1 != a->length)
        return false;
    if (a->text[0] == '-')
        return is_made_of(text, capitals) && a->descriptors == 0;
    if (a->text[0] != '+' || a->descriptors != (c->opens ? 1 : 0))
        return false;
    return c->opens ? is_made_of(text, digits) && is_readable_file(a->received)
                    : are_two_numbers(text);
}

/* The end of the process closes the connection. */
static int exchange(const struct client *c, struct request *r, struct answer *a)
{
    int64_t deadline = deadline_in(c->limit_ms);
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection == -1 ||
        connecting_until(connection, c->path, deadline) == -1 ||
        send_request(connection, r, deadline) == -1 ||
        receive_answer(connection, a, deadline) == -1)
        return -1;
    if (is_answer(c, a))
        return 0;
    drop(&a->received);
    errno = EPROTO;
    return -1;
}

/* Somebody may have made standard output non-blocking. */
static int write_all(const char *block, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, block, length);
        if (written != -1) {
            block += written;
            length -= (size_t)written;
        } else if (!is_passing(errno) ||
                   wait_until(STDOUT_FILENO, POLLOUT, DEADLINE_NONE) == -1)
            return -1;
    }
    return 0;
}

static int fail_request(const struct client *c, const char *reason)
{
    fprintf(stderr, "client: %s %s: %s\n", c->verb, c->operand, reason);
    return 1;
}

static int fail_exchange(const struct client *c)
{
    const char *path = c->path[0] == '\0' ? "empty path" : c->path;
    if (errno == ETIMEDOUT)
        fprintf(stderr, "client: no reply within %d ms\n", c->limit_ms);
    else if (errno == EPROTO)
        fputs("client: protocol error\n", stderr);
    else
        fprintf(stderr, "client: %s: %s\n", path,
                errno == 0 ? "the server has ended the connection"
                           : strerror(errno));
    return 1;
}

/* The C library has names for numbers, but no numbers for names. */
static const char *reason_of(const char *name)
{
    for (int number = 1; number <= ERRNO_MOST; number++) {
        const char *known = strerrorname_np(number);
        if (known != NULL && strcmp(known, name) == 0)
            return strerror(number);
    }
    return name;
}

/* From the first byte, wherever the offset is, to the last, whatever size was
 * announced. O_DIRECT wants the block to be aligned (open(2)). */
static int print_file(const struct client *c, int file)
{
    _Alignas(4096) char block[BLOCK];
    off_t from = 0;
    for (;;) {
        ssize_t got = pread(file, block, sizeof block, from);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == 0)
            return 0;
        if (got == -1 || write_all(block, (size_t)got) == -1)
            return fail_request(c, strerror(errno));
        from += got;
    }
}

static int print_answer(const struct client *c, const struct answer *a)
{
    if (a->text[0] == '-')
        return fail_request(c, reason_of(a->text + 1));
    if (c->opens)
        return print_file(c, a->received);
    puts(a->text + 1);
    return fflush(stdout) == EOF ? fail_request(c, strerror(errno)) : 0;
}

/* The end of the process closes every descriptor. */
static int run(const struct client *c)
{
    struct request r = { .attached = -1 };
    struct answer a = { .received = -1 };
    int asked =
        c->opens ? ask_to_open(&r, c->operand) : ask_to_count(&r, c->operand);
    if (asked == -1)
        return fail_request(c, strerror(errno));
    if (exchange(c, &r, &a) == -1)
        return fail_exchange(c);
    return print_answer(c, &a);
}

static int usage(void)
{
    fputs("usage: client [-t MS] PATH open NAME | PATH count FILE\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    long limit_ms = TIMEOUT_MS;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1) {
        if (option == 't')
            limit_ms = options_number(optarg, 1, TIMEOUT_MOST);
        if (option != 't' || limit_ms == -1)
            return usage();
    }
    if (argc - optind != 3)
        return usage();
    struct client c = {
        .path = argv[optind],
        .verb = argv[optind + 1],
        .operand = argv[optind + 2],
        .limit_ms = (int)limit_ms,
        .opens = strcmp(argv[optind + 1], "open") == 0,
    };
    if (!c.opens && strcmp(c.verb, "count") != 0)
        return usage();
    return run(&c);
}
