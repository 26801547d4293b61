/*
 * Lab 05's server with a thread for each connection, where every call blocks.
 * It reads byte by byte, with room for two descriptors: the kernel closes any
 * others. Names it walks itself, a directory at a time, without ever following
 * a link (O_NOFOLLOW) or going up: the way back is a pile of directories.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/stop.h"

enum { LINE_LIMIT = 255, FILE_LIMIT = 16777216, PAUSE_MS = 100 };
enum { LINK_LIMIT = 40, DEPTH_LIMIT = 2048 };

static int root = -1;

/* A descriptor as what a new thread can be given. */
union parcel {
    void *argument;
    int descriptor;
};

struct request {
    char line[LINE_LIMIT + 1];
    size_t length;
    /* The first that came, and how many there were: at least two where some
     * were cut off. */
    int passed;
    size_t count;
};

/* The directories from ROOT down to a place, and the names still to go. */
struct walk {
    int pile[DEPTH_LIMIT];
    size_t depth;
    char *ahead;
    int links;
};

static void drop(int *descriptor)
{
    if (*descriptor != -1)
        close(*descriptor);
    *descriptor = -1;
}

/* What a link says stands before what was ahead. */
static int follow(struct walk *w, int link)
{
    char body[PATH_MAX];
    char *ahead;
    ssize_t length = readlinkat(link, "", body, sizeof body - 1);
    if (length == -1)
        return errno;
    body[length] = '\0';
    if (w->links++ == LINK_LIMIT)
        return ELOOP;
    if (body[0] == '/')
        return EXDEV;
    if (asprintf(&ahead, "%s%s", body, w->ahead) == -1)
        return ENOMEM;
    free(w->ahead);
    w->ahead = ahead;
    return 0;
}

static int enter(struct walk *w, const char *name)
{
    struct stat found;
    if (w->depth == DEPTH_LIMIT)
        return EMFILE;
    int next =
        openat(w->pile[w->depth - 1], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (next == -1)
        return errno;
    int number = fstat(next, &found) == -1 ? errno : 0;
    if (number == 0 && S_ISLNK(found.st_mode))
        number = follow(w, next);
    else if (number == 0) {
        w->pile[w->depth++] = next;
        return 0;
    }
    close(next);
    return number;
}

/* Takes a name off the path. One of no bytes, behind the last slash, asks for a
 * directory as `.` does, and one that may be searched. */
static int step(struct walk *w)
{
    char name[PATH_MAX];
    struct stat found;
    size_t slashes = strspn(w->ahead, "/");
    size_t length = strcspn(w->ahead + slashes, "/");
    const char *rest = w->ahead + slashes + length;
    memcpy(name, w->ahead + slashes, length);
    name[length] = '\0';
    memmove(w->ahead, rest, strlen(rest) + 1);
    bool up = strcmp(name, "..") == 0;
    if (!up && length > 0 && strcmp(name, ".") != 0)
        return enter(w, name);
    if (fstatat(w->pile[w->depth - 1], ".", &found, 0) == -1)
        return errno;
    if (up && w->depth == 1)
        return EXDEV;
    if (up)
        close(w->pile[--w->depth]);
    return 0;
}

/* Finds the name below ROOT: 0, or why not. */
static int find(const char *name, int *found)
{
    struct walk w = { .depth = 1, .ahead = strdup(name) };
    w.pile[0] = fcntl(root, F_DUPFD_CLOEXEC, 0);
    int number = w.pile[0] == -1 ? errno : w.ahead == NULL ? ENOMEM : 0;
    if (number == 0 && (name[0] == '\0' || name[0] == '/'))
        number = name[0] == '/' ? EXDEV : ENOENT;
    while (number == 0 && w.ahead[0] != '\0')
        number = step(&w);
    free(w.ahead);
    if (number == 0)
        *found = w.pile[--w.depth];
    while (w.depth > 0)
        drop(&w.pile[--w.depth]);
    return number;
}

/* What was found is opened only when it is known to be a regular file. */
static int open_found(int found, int *file, struct stat *status)
{
    char path[32];
    if (fstat(found, status) == -1)
        return errno;
    if (S_ISDIR(status->st_mode))
        return EISDIR;
    if (!S_ISREG(status->st_mode))
        return EINVAL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", found);
    *file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*file == -1)
        return errno;
    fcntl(*file, F_SETFL, 0); /* It was for the opening only. */
    return 0;
}

static int send_line(int peer, char *line, int file)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof file)];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof file),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    struct iovec part = { .iov_base = line, .iov_len = strlen(line) };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen =
                                  file == -1 ? 0 : sizeof control.room };
    memcpy(CMSG_DATA(&control.header), &file, sizeof file);
    while (part.iov_len > 0) {
        ssize_t count =
            TEMP_FAILURE_RETRY(sendmsg(peer, &message, MSG_NOSIGNAL));
        if (count == -1)
            return errno;
        part.iov_base = line += count;
        part.iov_len -= (size_t)count;
        message.msg_controllen = 0;
    }
    return 0;
}

static int send_error(int peer, int number)
{
    char line[32];
    bool none_left = number == ETOOMANYREFS || number == ENFILE;
    const char *name = strerrorname_np(none_left ? EMFILE : number);
    snprintf(line, sizeof line, "-%s\n", name == NULL ? "EIO" : name);
    return send_line(peer, line, -1);
}

static int serve_open(int peer, const struct request *r)
{
    const char *name = r->line + 5;
    struct stat status = { 0 };
    int found;
    int file = -1;
    int number = strlen(r->line) < r->length ? EINVAL : find(name, &found);
    if (number == 0) {
        number = open_found(found, &file, &status);
        close(found);
    }
    if (number == 0) {
        char line[32];
        snprintf(line, sizeof line, "+%jd\n", (intmax_t)status.st_size);
        number = send_line(peer, line, file);
        close(file);
        if (number != ETOOMANYREFS)
            return number;
    }
    return send_error(peer, number);
}

static int check_passed(const struct request *r)
{
    struct stat status;
    if (r->count != 1)
        return r->count > 0 ? E2BIG : EBADF;
    if (fstat(r->passed, &status) == -1)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EINVAL;
    int flags = fcntl(r->passed, F_GETFL) & (O_ACCMODE | O_PATH);
    if (flags != O_RDONLY && flags != O_RDWR)
        return EACCES;
    return status.st_size > FILE_LIMIT ? EFBIG : 0;
}

/* 0, or what went wrong. */
static int count_file(int file, char *line, size_t room)
{
    _Alignas(4096) char bytes[65536]; /* Aligned: the file may want that. */
    intmax_t lines = 0;
    off_t from = 0;
    for (;;) {
        ssize_t got =
            TEMP_FAILURE_RETRY(pread(file, bytes, sizeof bytes, from));
        if (got == -1)
            return errno;
        if (got == 0)
            break;
        from += got;
        if (from > FILE_LIMIT)
            return EFBIG;
        for (const char *b = bytes; b < bytes + got; b++)
            lines += *b == '\n';
    }
    snprintf(line, room, "+%jd %jd\n", lines, (intmax_t)from);
    return 0;
}

static int serve(int peer, struct request *r)
{
    bool fits = r->length <= LINE_LIMIT;
    if (fits && r->length == 5 && memcmp(r->line, "count", 5) == 0) {
        char line[64];
        int number = check_passed(r);
        if (number == 0)
            number = count_file(r->passed, line, sizeof line);
        drop(&r->passed);
        return number == 0 ? send_line(peer, line, -1)
                           : send_error(peer, number);
    }
    drop(&r->passed);
    if (fits && strncmp(r->line, "open ", 5) == 0)
        return serve_open(peer, r);
    send_error(peer, EPROTO);
    return EPROTO;
}

/* One byte; 0 or -1 when there is none. */
static ssize_t receive_byte(int peer, struct request *r)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec part = { .iov_base = &r->line[r->length], .iov_len = 1 };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen = sizeof control.room };
    ssize_t bytes =
        TEMP_FAILURE_RETRY(recvmsg(peer, &message, MSG_CMSG_CLOEXEC));
    if (bytes == -1)
        return -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    const size_t end = header == NULL ? 0 : header->cmsg_len;
    for (size_t at = CMSG_LEN(0); at < end; at += sizeof(int)) {
        int file;
        memcpy(&file, (const char *)header + at, sizeof file);
        if (r->count++ == 0)
            r->passed = file;
        else
            close(file);
    }
    if ((message.msg_flags & MSG_CTRUNC) != 0)
        r->count += 2;
    return bytes;
}

/* True when a whole line is there, or more than one may have. */
static bool receive(int peer, struct request *r)
{
    for (; r->length <= LINE_LIMIT; r->length++) {
        if (receive_byte(peer, r) < 1)
            return false;
        if (r->line[r->length] == '\n') {
            r->line[r->length] = '\0';
            return true;
        }
    }
    return true;
}

static void *attend(void *argument)
{
    const union parcel parcel = { .argument = argument };
    const int peer = parcel.descriptor;
    struct request r;
    do
        r = (struct request){ .passed = -1 };
    while (receive(peer, &r) && serve(peer, &r) == 0);
    drop(&r.passed);
    close(peer);
    return NULL;
}

/* False when no thread is to be had. It blocks the same signals as this one. */
static bool start_thread(int peer)
{
    pthread_t thread;
    union parcel parcel = { .argument = NULL };
    parcel.descriptor = peer;
    if (pthread_create(&thread, NULL, attend, parcel.argument) != 0)
        return false;
    return pthread_detach(thread) == 0;
}

static bool may_pass(int number)
{
    return number == EMFILE || number == ENFILE || number == ENOMEM ||
           number == ENOBUFS || number == EINTR || number == EAGAIN ||
           number == ECONNABORTED;
}

/* Who has been accepted and finds no thread waits, as the others in the
 * backlog. 0 when told to end. */
static int accept_for_ever(const struct listening *l, int stop)
{
    const int listener = l->descriptor;
    int peer = -1;
    for (;;) {
        if (peer == -1) {
            int ready = stop_wait(stop, listener, POLLIN, DEADLINE_NONE);
            if (ready != 1)
                return ready;
            peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        }
        if (peer == -1 && !may_pass(errno))
            return -1;
        if (peer != -1 && start_thread(peer))
            peer = -1;
        else if (stop_wait(-1, stop, POLLIN, deadline_in(PAUSE_MS)) == 1)
            return 0;
    }
}

static int failure(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    struct listening l = { .descriptor = -1 };
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind != 2) {
        fprintf(stderr, "usage: server PATH ROOT\n");
        return 2;
    }
    const char *path = argv[optind];
    int stop = stop_open();
    if (stop == -1 || listening_bind(&l, path, SOCK_STREAM) == -1)
        return failure(path);
    int status = EXIT_SUCCESS;
    root = open(argv[optind + 1], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root == -1)
        status = failure(argv[optind + 1]);
    else if (listen(l.descriptor, 128) == -1 || accept_for_ever(&l, stop) == -1)
        status = failure(path);
    listening_remove(&l);
    _exit(status);
}
