/*
 * A server that opens files for its clients, and counts the lines of theirs.
 *
 *     server PATH ROOT
 *
 * `open NAME` is answered with the descriptor of a file below ROOT. `count`
 * comes with a descriptor, and is answered with what is in that file.
 * Descriptors travel beside the bytes, as control data (SCM_RIGHTS, unix(7)).
 *
 * A descriptor that comes in has a place in our table, wanted or not, until we
 * close it. So all that come are counted, and one at most is kept for a peer.
 *
 * Functions return -1 with errno set and print nothing; main() speaks.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/listening.h"
#include "common/serving.h"
#include "common/stop.h"

enum {
    REQUEST_MAX = 255,
    ANSWER_ROOM = 64,
    FILE_MAX = 16 * 1024 * 1024,
    BLOCK = 64 * 1024,
    /* No message carries more than 253 (SCM_MAX_FD, unix(7)). */
    CONTROL_ROOM = CMSG_SPACE(253 * sizeof(int)),
    TRIES_MAX = 100,
};

struct peer {
    /* The request, as far as it has come, and perhaps what is behind it. */
    char request[REQUEST_MAX + 1];
    size_t length;
    /* How many descriptors have come with it, and the only one, or -1. Were
     * there more than our table had room for? */
    size_t descriptors;
    int received;
    bool cut;
    /* The answer, how much of it has gone, and the descriptor that goes with
     * its first byte, or -1. Does the connection end behind it? */
    char answer[ANSWER_ROOM];
    int answer_length;
    int answer_sent;
    int attached;
    bool last;
};

static const struct peer fresh = { .received = -1, .attached = -1 };

/* Any number from 0 on may be a descriptor. Keeps errno. */
static void drop(int *descriptor)
{
    int reason = errno;
    if (*descriptor != -1)
        close(*descriptor);
    *descriptor = -1;
    errno = reason;
}

/* Not now, perhaps later. */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR;
}

/* A file system may make up errors that have no name. */
static void refuse(struct peer *p, int reason)
{
    const char *name = strerrorname_np(reason);
    p->answer_length =
        snprintf(p->answer, ANSWER_ROOM, "-%s\n", name != NULL ? name : "EIO");
}

/*
 * Finds a file without opening it: with O_PATH no FIFO is waited for and no
 * device is touched. With RESOLVE_BENEATH the kernel itself sees to it that no
 * step of the way leaves ROOT; a look at the name beforehand could be outrun by
 * somebody who swaps a directory for a link. EAGAIN says that something was
 * moved just then, and the kernel is not sure (openat2(2)).
 */
static int find_beneath(int root, const char *name)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC,
                            .resolve = RESOLVE_BENEATH };
    int tries = TRIES_MAX;
    long found;
    do
        found = syscall(SYS_openat2, root, name, &how, sizeof how);
    while (found == -1 && is_passing(errno) && --tries > 0);
    return (int)found;
}

/* Opens what was found, wherever its name leads to by now. Without O_NONBLOCK
 * somebody who has a lease on the file could let us wait (fcntl(2)). */
static int open_regular(int place, off_t *size)
{
    char path[40];
    struct stat status;
    if (fstat(place, &status) == -1)
        return -1;
    if (!S_ISREG(status.st_mode)) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
        return -1;
    }
    *size = status.st_size;
    snprintf(path, sizeof path, "/proc/self/fd/%d", place);
    return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* For a moment this takes two descriptors. The spare one finds out whether they
 * are to be had: if not, that is the answer, whatever the name. */
static int open_beneath(int root, const char *name, off_t *size)
{
    int spare = fcntl(root, F_DUPFD_CLOEXEC, 0);
    int place = spare == -1 ? -1 : find_beneath(root, name);
    drop(&spare);
    int file = place == -1 ? -1 : open_regular(place, size);
    drop(&place);
    return file;
}

/* A name with a NUL ends before the request ends. A descriptor that came along
 * is of no use, and its place may be needed. */
static void answer_open(struct peer *p, int root, const char *name,
                        size_t length)
{
    off_t size;
    drop(&p->received);
    if (strlen(name) != length) {
        refuse(p, EINVAL);
        return;
    }
    p->attached = open_beneath(root, name, &size);
    if (p->attached == -1)
        refuse(p, errno);
    else
        p->answer_length =
            snprintf(p->answer, ANSWER_ROOM, "+%jd\n", (intmax_t)size);
}

/* Before anything is read: a read from a FIFO could wait for ever. */
static int check_file(int file)
{
    struct stat status;
    int flags = fcntl(file, F_GETFL);
    if (flags == -1 || fstat(file, &status) == -1)
        return -1;
    int mode = flags & O_ACCMODE;
    if (!S_ISREG(status.st_mode))
        errno = EINVAL;
    else if ((flags & O_PATH) != 0 || (mode != O_RDONLY && mode != O_RDWR))
        errno = EACCES;
    else if (status.st_size > FILE_MAX)
        errno = EFBIG;
    else
        return 0;
    return -1;
}

/*
 * The offset is shared with the peer: pread(2) leaves it alone. A file may grow
 * meanwhile, and those in /proc have a size of 0: so the limit is one for what
 * is read, too. O_DIRECT wants the block to be aligned (open(2)).
 */
static int count_file(int file, int64_t *lines, int64_t *bytes)
{
    _Alignas(4096) char block[BLOCK];
    for (;;) {
        ssize_t got = pread(file, block, sizeof block, *bytes);
        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0)
            return (int)got;
        for (ssize_t i = 0; i < got; i++)
            *lines += block[i] == '\n';
        *bytes += got;
        if (*bytes > FILE_MAX) {
            errno = EFBIG;
            return -1;
        }
    }
}

static void answer_count(struct peer *p)
{
    int64_t lines = 0;
    int64_t bytes = 0;
    if (p->descriptors > 1)
        refuse(p, E2BIG);
    else if (p->cut)
        refuse(p, EMFILE);
    else if (p->descriptors == 0)
        refuse(p, EBADF);
    else if (check_file(p->received) == -1 ||
             count_file(p->received, &lines, &bytes) == -1)
        refuse(p, errno);
    else
        p->answer_length = snprintf(p->answer, ANSWER_ROOM,
                                    "+%" PRId64 " %" PRId64 "\n", lines, bytes);
}

/* Answers the next request, if it has come whole or is too long, which makes it
 * one that we do not know. Says whether there is an answer to be sent now. */
static bool answer_next(struct peer *p, int root)
{
    char *request = p->request;
    char *end = memchr(request, '\n', p->length);
    if (end == NULL) {
        if (p->length <= REQUEST_MAX)
            return false;
        end = &request[REQUEST_MAX];
        request[0] = '\0';
    }
    *end = '\0';
    size_t length = (size_t)(end - request);
    if (strncmp(request, "open ", 5) == 0)
        answer_open(p, root, request + 5, length - 5);
    else if (length == 5 && strcmp(request, "count") == 0)
        answer_count(p);
    else {
        refuse(p, EPROTO);
        p->last = true;
    }
    drop(&p->received);
    p->descriptors = 0;
    p->cut = false;
    p->length -= length + 1;
    memmove(request, end + 1, p->length);
    return true;
}

/* Whatever was asked for, all that have come are in our table by now: each is
 * counted, and only one that is alone is kept. They are copied, as they need
 * not be aligned in there (cmsg(3)). */
static void take_control(struct peer *p, struct msghdr *message)
{
    struct cmsghdr *h = CMSG_FIRSTHDR(message);
    for (; h != NULL; h = CMSG_NXTHDR(message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at < h->cmsg_len; at += sizeof(int)) {
            drop(&p->received);
            memcpy(&p->received, (char *)h + at, sizeof(int));
            p->descriptors++;
        }
    }
    if (p->descriptors > 1)
        drop(&p->received);
    if ((message->msg_flags & MSG_CTRUNC) != 0)
        p->cut = true;
}

/* Receives a piece of the request. A descriptor may come with any, and a plain
 * recv(2) would lose it. Here is room for all that can come: what is cut off is
 * what our table had no room for. */
static int receive(struct peer *p, int connection)
{
    _Alignas(struct cmsghdr) char control[CONTROL_ROOM];
    struct iovec room = {
        .iov_base = p->request + p->length,
        .iov_len = sizeof p->request - p->length,
    };
    struct msghdr message = {
        .msg_iov = &room,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t got = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (got == -1)
        return is_passing(errno) ? 0 : -1;
    take_control(p, &message);
    p->length += (size_t)got;
    return got == 0 ? -1 : 0;
}

/* CMSG_LEN is what the header says, CMSG_SPACE what it takes with its padding;
 * the kernel would take the padding for one more descriptor (cmsg(3)). */
static ssize_t send_piece(struct peer *p, int connection)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec piece = {
        .iov_base = p->answer + p->answer_sent,
        .iov_len = (size_t)(p->answer_length - p->answer_sent),
    };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
    if (p->attached != -1) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_len = CMSG_LEN(sizeof(int));
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(header), &p->attached, sizeof(int));
    }
    return sendmsg(connection, &message, MSG_NOSIGNAL);
}

/*
 * Sends the answer: 1 when all of it has gone, 0 when there is no room for it
 * now. The descriptor goes with the first byte, and so must not go again with
 * the rest. The kernel may refuse to send it, while too many are on their way.
 */
static int send_answer(struct peer *p, int connection)
{
    while (p->answer_sent < p->answer_length) {
        ssize_t sent = send_piece(p, connection);
        if (sent == -1 && errno != ETOOMANYREFS)
            return is_passing(errno) ? 0 : -1;
        drop(&p->attached);
        if (sent == -1)
            refuse(p, EMFILE);
        else
            p->answer_sent += (int)sent;
    }
    p->answer_length = 0;
    p->answer_sent = 0;
    return 1;
}

/* While an answer waits for room, nothing more is read from this peer. */
static int serve_peer(void *context, void *peer, int connection)
{
    const int *root = context;
    struct peer *p = peer;
    if (p->answer_length == 0 && receive(p, connection) == -1)
        return -1;
    do {
        int sent = send_answer(p, connection);
        if (sent == 0)
            return EPOLLOUT;
        if (sent == -1 || p->last)
            return -1;
    } while (answer_next(p, *root));
    return EPOLLIN;
}

static void end_peer(void *context, void *peer)
{
    (void)context;
    struct peer *p = peer;
    drop(&p->received);
    drop(&p->attached);
}

static int fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

static int run(const char *path, const char *directory)
{
    struct listening l = { .descriptor = -1 };
    int root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root == -1)
        return fail(directory[0] == '\0' ? "empty ROOT" : directory);
    int stop = stop_open();
    if (stop == -1)
        return fail("signals");
    if (listening_bind(&l, path, SOCK_STREAM) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);
    const struct serving s = {
        .listener = l.descriptor,
        .stop = stop,
        .context = &root,
        .fresh = &fresh,
        .size = sizeof fresh,
        .step = serve_peer,
        .end = end_peer,
    };
    int status = serving_run(&s) == -1 ? fail(path) : 0;
    listening_remove(&l);
    return status;
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind != 2) {
        fputs("usage: server PATH ROOT\n", stderr);
        return 2;
    }
    return run(argv[optind], argv[optind + 1]);
}
