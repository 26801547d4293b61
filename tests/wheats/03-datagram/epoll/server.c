/*
 * Lab 03's server as an event loop that takes datagrams in batches: one call
 * receives up to sixteen, one call sends their answers.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/listening.h"
#include "common/stop.h"

enum { BATCH = 16, LIMIT = 1024, ANSWER_ROOM = 64 };

struct batch {
    struct mmsghdr heard[BATCH];
    struct mmsghdr said[BATCH];
    struct iovec inward[BATCH];
    struct iovec outward[BATCH];
    struct sockaddr_un senders[BATCH];
    char bytes[BATCH][LIMIT];
    char answers[BATCH][ANSWER_ROOM];
};

struct tally {
    unsigned long answered;
    unsigned long unanswerable;
    unsigned long dropped;
};

/* Before every receive: the kernel overwrites the lengths. */
static void empty(struct batch *b)
{
    for (size_t i = 0; i < BATCH; i++) {
        b->inward[i] = (struct iovec){ b->bytes[i], LIMIT };
        b->heard[i].msg_hdr = (struct msghdr){
            .msg_name = &b->senders[i],
            .msg_namelen = sizeof b->senders[i],
            .msg_iov = &b->inward[i],
            .msg_iovlen = 1,
        };
    }
}

static void print_message(const char *bytes, size_t length)
{
    (void)fwrite("received: ", 10, 1, stdout);
    (void)fwrite(bytes, 1, length, stdout);
    (void)fwrite("\n", 1, 1, stdout);
    (void)fflush(stdout);
}

static size_t compose(char *answer, size_t length)
{
    int size;
    if (length > LIMIT)
        size = snprintf(answer, ANSWER_ROOM, "too long (%zu bytes, limit %d)\n",
                        length, LIMIT);
    else
        size =
            snprintf(answer, ANSWER_ROOM, "thank you! (%zu bytes)\n", length);
    return (size_t)size;
}

/* A sender's path of 108 bytes has no room for its NUL, which the kernel counts
 * all the same. */
static void address_to(struct msghdr *answer, const struct msghdr *question)
{
    socklen_t whole = sizeof(struct sockaddr_un);
    answer->msg_name = question->msg_name;
    answer->msg_namelen =
        question->msg_namelen < whole ? question->msg_namelen : whole;
}

/* Prints what was heard, and prepares the answers: as many as returned. */
static unsigned read_batch(struct batch *b, unsigned heard, struct tally *t)
{
    unsigned answers = 0;
    for (unsigned i = 0; i < heard; i++) {
        size_t length = b->heard[i].msg_len;
        if (length <= LIMIT)
            print_message(b->bytes[i], length);
        if (b->heard[i].msg_hdr.msg_namelen <=
            offsetof(struct sockaddr_un, sun_path)) {
            t->unanswerable++;
            continue;
        }
        struct msghdr *answer = &b->said[answers].msg_hdr;
        b->outward[answers] =
            (struct iovec){ b->answers[i], compose(b->answers[i], length) };
        *answer =
            (struct msghdr){ .msg_iov = &b->outward[answers], .msg_iovlen = 1 };
        address_to(answer, &b->heard[i].msg_hdr);
        answers++;
    }
    return answers;
}

/* sendmmsg(2) ends at the first answer that cannot go, and tells its reason
 * only where it is the first of the call: that one is left out. */
static void send_batch(int fd, struct batch *b, unsigned answers,
                       struct tally *t)
{
    unsigned done = 0;
    while (done < answers) {
        int gone = sendmmsg(fd, b->said + done, answers - done,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (gone > 0) {
            done += (unsigned)gone;
            t->answered += (unsigned)gone;
        } else if (gone == 0 || errno != EINTR) {
            done++;
            t->dropped++;
        }
    }
}

static int serve_batch(int fd, struct tally *t)
{
    static struct batch b;
    empty(&b);
    int heard = recvmmsg(fd, b.heard, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
    if (heard == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    send_batch(fd, &b, read_batch(&b, (unsigned)heard, t), t);
    return 0;
}

static int watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Of all that is ready the signal goes first, or a flood would hide it. */
static int serve(int epoll, int stop, int fd, struct tally *t)
{
    for (;;) {
        struct epoll_event events[2];
        int ready = epoll_wait(epoll, events, 2, -1);
        if (ready == -1 && errno != EINTR)
            return -1;
        for (int i = 0; i < ready; i++)
            if (events[i].data.fd == stop)
                return 0;
        if (ready > 0 && serve_batch(fd, t) == -1)
            return -1;
    }
}

static int explain(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind >= 2) {
        (void)fputs("usage: server [PATH]\n", stderr);
        return 2;
    }
    const char *path = optind == argc ? "./uds_socket3.txt" : argv[optind];
    int stop = stop_open();
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (stop == -1 || epoll == -1 || watch(epoll, stop) == -1)
        return explain("epoll");
    struct listening l = { .descriptor = -1 };
    if (listening_bind(&l, path, SOCK_DGRAM) == -1)
        return explain(*path == '\0' ? "PATH" : path);

    struct tally t = { 0 };
    int status = 0;
    if (watch(epoll, l.descriptor) == -1 ||
        serve(epoll, stop, l.descriptor, &t) == -1)
        status = explain(path);
    listening_remove(&l);
    printf("served %lu datagrams: %lu answered, %lu unanswerable, "
           "%lu dropped\n",
           t.answered + t.unanswerable + t.dropped, t.answered, t.unanswerable,
           t.dropped);
    (void)fflush(stdout);
    return status;
}
