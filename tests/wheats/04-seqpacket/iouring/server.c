/*
 * Lab 04's server with io_uring(7): one call hands over what is to be done and
 * waits for what has been done. Each peer has one operation under way, a
 * receive or a send, so one answer at most is kept for it, and it is the kernel
 * that waits until the peer takes it.
 */
#include <errno.h>
#include <inttypes.h>
#include <liburing.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

enum { ENTRIES = 128, BACKLOG = 128, RECORD_MAX = 64, ANSWER_ROOM = 64 };

/* For what the server itself has under way: see `struct server`. */
enum { OWN_OPERATIONS = 3 };

/* Short of descriptors or memory: when to look again. */
static struct __kernel_timespec pause_time = { .tv_nsec = 200000000 };

struct peer {
    int socket;
    bool is_sending;
    int64_t total;
    struct peer *previous;
    struct peer *next;
    struct iovec part;
    struct msghdr message;
    char record[RECORD_MAX];
    char answer[ANSWER_ROOM];
    char control[CMSG_SPACE(sizeof(struct ucred))];
};

/*
 * It may have a poll for a signal, a poll for callers and a timeout under way;
 * their completions are known by the addresses of `stop`, `callers` and
 * `is_pausing`.
 *
 * The ring must not have the listener itself: it lets go of its descriptors
 * some milliseconds after the process has been killed, and until then the
 * address would be in use. `callers` is an epoll descriptor, readable while
 * somebody calls, which keeps nothing alive.
 */
struct server {
    struct io_uring ring;
    struct listening listening;
    int stop;
    int callers;
    bool is_listening;
    bool is_pausing;
    long peer_count;
    long peers_max;
    struct peer *peers;
};

/* An entry to fill in. When all are taken they are handed over first. */
static struct io_uring_sqe *new_entry(struct server *s)
{
    struct io_uring_sqe *e;
    while ((e = io_uring_get_sqe(&s->ring)) == NULL)
        (void)io_uring_submit(&s->ring);
    return e;
}

static void begin_receive(struct server *s, struct peer *p)
{
    struct io_uring_sqe *e = new_entry(s);
    p->is_sending = false;
    p->part = (struct iovec){ p->record, RECORD_MAX };
    p->message = (struct msghdr){
        .msg_iov = &p->part,
        .msg_iovlen = 1,
        .msg_control = p->control,
        .msg_controllen = sizeof p->control,
    };
    io_uring_prep_recvmsg(e, p->socket, &p->message,
                          MSG_TRUNC | MSG_CMSG_CLOEXEC);
    io_uring_sqe_set_data(e, p);
}

static void begin_send(struct server *s, struct peer *p)
{
    struct io_uring_sqe *e = new_entry(s);
    p->is_sending = true;
    io_uring_prep_send(e, p->socket, p->answer, strlen(p->answer),
                       MSG_NOSIGNAL);
    io_uring_sqe_set_data(e, p);
}

/* Only while there is room for one more peer. */
static void begin_listening(struct server *s)
{
    if (s->is_listening || s->peer_count == s->peers_max)
        return;
    struct io_uring_sqe *e = new_entry(s);
    s->is_listening = true;
    io_uring_prep_poll_add(e, s->callers, POLLIN);
    io_uring_sqe_set_data(e, &s->callers);
}

static void begin_pause(struct server *s)
{
    if (s->is_pausing)
        return;
    struct io_uring_sqe *e = new_entry(s);
    s->is_pausing = true;
    io_uring_prep_timeout(e, &pause_time, 0, 0);
    io_uring_sqe_set_data(e, &s->is_pausing);
}

static void begin_watching_for_signals(struct server *s)
{
    struct io_uring_sqe *e = new_entry(s);
    io_uring_prep_poll_add(e, s->stop, POLLIN);
    io_uring_sqe_set_data(e, &s->stop);
}

static bool is_too_large(const char *digits, size_t count, bool below_zero)
{
    const char *limit =
        below_zero ? "9223372036854775808" : "9223372036854775807";
    size_t limit_count = strlen(limit);
    if (count != limit_count)
        return count > limit_count;
    return memcmp(digits, limit, count) > 0;
}

/* 0, or what is wrong with it. Size is a question of length and alphabet, once
 * the zeros in front are gone; so no sum here can overflow. */
static const char *parse_number(const char *text, size_t length, int64_t *value)
{
    bool below_zero = text[0] == '-';
    if (below_zero || text[0] == '+') {
        text++;
        length--;
    }
    if (length == 0)
        return "error: not a number";
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return "error: not a number";
    for (; length > 0 && *text == '0'; length--)
        text++;
    if (is_too_large(text, length, below_zero))
        return "error: overflow";
    for (*value = 0; length > 0; length--, text++)
        *value =
            *value * 10 + (below_zero ? -(int64_t)(*text - '0') : *text - '0');
    return NULL;
}

static const char *add_number(struct peer *p, size_t length)
{
    int64_t value;
    const char *wrong = parse_number(p->record, length, &value);
    if (wrong != NULL)
        return wrong;
    if (value > 0 ? p->total > INT64_MAX - value : p->total < INT64_MIN - value)
        return "error: overflow";
    p->total += value;
    return NULL;
}

static void make_answer(struct peer *p, size_t length)
{
    const char *wrong = "error: empty record";
    if (length > RECORD_MAX) {
        (void)snprintf(p->answer, sizeof p->answer,
                       "error: record of %zu bytes, limit %d", length,
                       RECORD_MAX);
        return;
    }
    if (length > 0)
        wrong = add_number(p, length);
    if (wrong != NULL)
        (void)snprintf(p->answer, sizeof p->answer, "%s", wrong);
    else
        (void)snprintf(p->answer, sizeof p->answer, "total: %" PRId64,
                       p->total);
}

static void greet(struct server *s, int socket)
{
    struct peer *p = calloc(1, sizeof *p);
    if (p == NULL) {
        close(socket);
        return;
    }
    p->socket = socket;
    p->next = s->peers;
    if (p->next != NULL)
        p->next->previous = p;
    s->peers = p;
    s->peer_count++;
    begin_receive(s, p);
}

/* Nothing of the peer's is under way when it goes. */
static void dismiss(struct server *s, struct peer *p)
{
    if (p->previous != NULL)
        p->previous->next = p->next;
    else
        s->peers = p->next;
    if (p->next != NULL)
        p->next->previous = p->previous;
    close(p->socket);
    free(p);
    s->peer_count--;
    begin_listening(s);
}

static bool is_to_repeat(int result)
{
    return result == -EINTR || result == -EAGAIN;
}

/* Takes one caller; the next one makes `callers` readable again. 0, or -1 with
 * errno when there will be no more. */
static int take_caller(struct server *s)
{
    int socket = accept4(s->listening.descriptor, NULL, NULL, SOCK_CLOEXEC);
    if (socket != -1)
        greet(s, socket);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
             errno == ENOBUFS) {
        begin_pause(s);
        return 0;
    } else if (!is_to_repeat(-errno) && errno != ECONNABORTED)
        return -1;
    begin_listening(s);
    return 0;
}

/* A receive of no bytes with credentials is an empty record, without them it is
 * the end of file. */
static void on_peer(struct server *s, struct peer *p, int result)
{
    if (is_to_repeat(result)) {
        if (p->is_sending)
            begin_send(s, p);
        else
            begin_receive(s, p);
    } else if (result < 0 || (result == 0 && p->message.msg_controllen == 0))
        dismiss(s, p);
    else if (p->is_sending)
        begin_receive(s, p);
    else {
        make_answer(p, (size_t)result);
        begin_send(s, p);
    }
}

/* 1: go on. 0: the program is to end. -1: failure. */
static int on_completion(struct server *s, void *whose, int result)
{
    if (whose == &s->stop) {
        if (result > 0)
            return 0;
        begin_watching_for_signals(s);
    } else if (whose == &s->callers) {
        s->is_listening = false;
        if (take_caller(s) == -1)
            return -1;
    } else if (whose == &s->is_pausing) {
        s->is_pausing = false;
        begin_listening(s);
    } else
        on_peer(s, whose, result);
    return 1;
}

static int serve(struct server *s)
{
    begin_watching_for_signals(s);
    begin_listening(s);
    for (;;) {
        struct io_uring_cqe *c;
        int result = io_uring_submit_and_wait(&s->ring, 1);
        if (result < 0 && !is_to_repeat(result) && result != -EBUSY) {
            errno = -result;
            return -1;
        }
        while (io_uring_peek_cqe(&s->ring, &c) == 0) {
            void *whose = io_uring_cqe_get_data(c);
            result = c->res;
            io_uring_cqe_seen(&s->ring, c);
            result = on_completion(s, whose, result);
            if (result != 1)
                return result;
        }
    }
}

/* Room for a completion of everything that can be under way. */
static int open_ring(struct server *s)
{
    struct io_uring_params how = {
        .flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
        .cq_entries = (unsigned)s->peers_max + OWN_OPERATIONS,
    };
    if (how.cq_entries < 2 * ENTRIES)
        how.cq_entries = 2 * ENTRIES;
    int result = io_uring_queue_init_params(ENTRIES, &s->ring, &how);
    if (result == 0)
        return 0;
    errno = -result;
    return -1;
}

static int open_listener(struct server *s, const char *path)
{
    const int yes = 1;
    if (listening_bind(&s->listening, path, SOCK_SEQPACKET) == -1)
        return -1;
    const int fd = s->listening.descriptor;
    struct epoll_event event = { .events = EPOLLIN };
    s->callers = epoll_create1(EPOLL_CLOEXEC);
    if (s->callers == -1 ||
        epoll_ctl(s->callers, EPOLL_CTL_ADD, fd, &event) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == -1)
        return -1;
    return listen(fd, BACKLOG);
}

/* The ring and the peers are left as they are: until the process ends the
 * kernel may be at work on them. */
static int run(struct server *s, const char *path)
{
    s->stop = stop_open();
    if (s->stop == -1 || open_ring(s) == -1)
        return -1;
    int result = open_listener(s, path);
    if (result == 0)
        result = serve(s);
    int why = errno;
    if (s->listening.descriptor != -1)
        listening_remove(&s->listening);
    errno = why;
    return result;
}

int main(int argc, char **argv)
{
    static struct server s = { .listening.descriptor = -1, .peers_max = 64 };
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+n:")) == 'n') {
        s.peers_max = options_number(optarg, 1, 65535);
        if (s.peers_max == -1)
            break;
    }
    if (option != -1 || argc - optind > 1) {
        (void)fputs("usage: server [-n MAX_CLIENTS] [PATH]\n", stderr);
        return 2;
    }
    const char *path = argv[optind] != NULL ? argv[optind] : "uds_socket3.txt";
    if (run(&s, path) == -1) {
        fprintf(stderr, "server: %s: %s\n", path, strerror(errno));
        return 1;
    }
    return 0;
}
