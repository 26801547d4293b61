/*
 * A server on SOCK_SEQPACKET: a running total for each connection.
 *
 *     server [-n MAX_CLIENTS] [PATH]
 *
 * A record holds a number, which is added to the connection's total; the answer
 * is a record with the new total, or one that says what was wrong. All
 * connections are served at once, by one process: epoll(7) tells which of them
 * have something to do, and each of these gets one step. No step ever waits.
 *
 * For each peer one answer at most is kept. While it waits for room in the
 * socket, nothing more is read from that peer: its records fill the socket's
 * buffer, and then it is the peer who has to wait.
 *
 * Functions return -1 with errno set and print nothing; main() speaks.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

enum {
    RECORD_MAX = 64,
    ANSWER_ROOM = 80,
    BACKLOG = 128,
    RETRY_MS = 100,
    EVENTS_MAX = 64,
    MAX_CLIENTS = 64,
    MAX_CLIENTS_MOST = 65535,
};

static const char default_path[] = "./uds_socket3.txt";

struct peer {
    int descriptor;
    /* What we wait for: EPOLLIN, or EPOLLOUT while an answer waits. */
    uint32_t events;
    int64_t total;
    char answer[ANSWER_ROOM];
    size_t answer_length;
    /* While the seat is free: the next free one. */
    struct peer *next;
};

struct server {
    struct listening listening;
    int stop;
    int epoll;
    /* MAX_CLIENTS seats. When no one is free, nobody is let in. */
    struct peer *seats;
    struct peer *free;
    /* When to try again, after we have run out of something. */
    int64_t retry;
};

/* A NUL byte inside the record would end the text before the record ends:
 * hence the comparison with the record's length. */
static bool is_number(const char *text, size_t length)
{
    size_t sign = text[0] == '+' || text[0] == '-' ? 1 : 0;
    size_t digits = strspn(text + sign, "0123456789");
    return digits > 0 && sign + digits == length;
}

/* Adds the number, unless it or the sum does not fit 64 bits. */
static bool add(int64_t *total, const char *number)
{
    int64_t sum;
    errno = 0;
    int64_t value = strtoll(number, NULL, 10);
    if (errno == ERANGE || __builtin_add_overflow(*total, value, &sum))
        return false;
    *total = sum;
    return true;
}

/* Writes the answer to a record of this length, of which the first RECORD_MAX
 * bytes are here, with a NUL behind them. Returns the answer's length. */
static int make_answer(char answer[ANSWER_ROOM], int64_t *total,
                       const char *record, size_t length)
{
    if (length > RECORD_MAX)
        return snprintf(answer, ANSWER_ROOM,
                        "error: record of %zu bytes, limit %d", length,
                        RECORD_MAX);
    if (length == 0)
        return snprintf(answer, ANSWER_ROOM, "error: empty record");
    if (!is_number(record, length))
        return snprintf(answer, ANSWER_ROOM, "error: not a number");
    if (!add(total, record))
        return snprintf(answer, ANSWER_ROOM, "error: overflow");
    return snprintf(answer, ANSWER_ROOM, "total: %" PRId64, *total);
}

/* Not now, perhaps later. */
static bool is_passing(int reason)
{
    return reason == EAGAIN || reason == EINTR;
}

/*
 * Takes one record: 1 when there is one, 0 when there is none yet, -1 when
 * there will be none any more. `length` becomes its true length (MSG_TRUNC,
 * recv(2)); what does not fit is lost, as a record is taken whole or not at
 * all.
 *
 * An empty record and the end of file both have 0 bytes. But every record comes
 * with its sender's credentials, as SO_PASSCRED is set, and the end of file
 * with nothing. There is room for credentials only: a descriptor that somebody
 * sends along finds none, and the kernel drops it.
 */
static int receive(int descriptor, char record[RECORD_MAX + 1], size_t *length)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec room = { .iov_base = record, .iov_len = RECORD_MAX };
    struct msghdr message = {
        .msg_iov = &room,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t got = recvmsg(descriptor, &message, MSG_TRUNC);
    if (got == -1)
        return is_passing(errno) ? 0 : -1;
    if (got == 0 && message.msg_controllen == 0)
        return -1;
    *length = (size_t)got;
    record[*length < RECORD_MAX ? *length : RECORD_MAX] = '\0';
    return 1;
}

static int watch(const struct server *s, struct peer *p, uint32_t events)
{
    struct epoll_event wanted = { .events = events, .data.ptr = p };
    if (p->events == events)
        return 0;
    p->events = events;
    return epoll_ctl(s->epoll, EPOLL_CTL_MOD, p->descriptor, &wanted);
}

/*
 * Sends the answer if there is room for it, or else keeps it until there is. A
 * record is sent whole or not at all. Without MSG_NOSIGNAL a peer that has gone
 * could kill the server by SIGPIPE: Linux does not do so on this type of
 * socket, other systems do (send(2)).
 */
static int send_answer(const struct server *s, struct peer *p)
{
    ssize_t sent =
        send(p->descriptor, p->answer, p->answer_length, MSG_NOSIGNAL);
    if (sent == -1)
        return is_passing(errno) ? watch(s, p, EPOLLOUT) : -1;
    p->answer_length = 0;
    return watch(s, p, EPOLLIN);
}

/*
 * One step: one record in, one answer out; or the answer that waits. -1 when
 * the peer has ended or gone. As its end is read in its turn, behind its
 * records, one that only shuts down its writing side gets all its answers.
 */
static int serve_peer(const struct server *s, struct peer *p)
{
    if (p->answer_length == 0) {
        char record[RECORD_MAX + 1];
        size_t length;
        int got = receive(p->descriptor, record, &length);
        if (got != 1)
            return got;
        p->answer_length =
            (size_t)make_answer(p->answer, &p->total, record, length);
    }
    return send_answer(s, p);
}

/* Connections are announced, or they wait unannounced in the backlog. */
static int watch_listener(const struct server *s, int operation,
                          uint32_t events)
{
    struct epoll_event wanted = { .events = events, .data.ptr = NULL };
    return epoll_ctl(s->epoll, operation, s->listening.descriptor, &wanted);
}

/* A connection that we cannot take would be announced again at once, and we
 * would spin. */
static int pause_accepting(struct server *s)
{
    s->retry = deadline_in(RETRY_MS);
    return watch_listener(s, EPOLL_CTL_MOD, 0);
}

static int resume_accepting(struct server *s)
{
    s->retry = DEADLINE_NONE;
    return watch_listener(s, EPOLL_CTL_MOD, EPOLLIN);
}

/* Gives the connection a seat. */
static int admit(struct server *s, int connection)
{
    struct peer *p = s->free;
    struct epoll_event wanted = { .events = EPOLLIN, .data.ptr = p };
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, connection, &wanted) == -1)
        return -1;
    s->free = p->next;
    *p = (struct peer){ .descriptor = connection, .events = EPOLLIN };
    return 0;
}

/* close(2) also ends the watch, as nobody else has the descriptor (epoll(7)).
 * There is a free seat now, and a free descriptor. */
static int dismiss(struct server *s, struct peer *p)
{
    close(p->descriptor);
    p->next = s->free;
    s->free = p;
    return resume_accepting(s);
}

/* The system has run out of something for now: the connection stays in the
 * backlog. */
static bool is_shortage(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOMEM ||
           reason == ENOBUFS;
}

/* Called when there is a free seat only. The listener does not block (see
 * listening.h). */
static int accept_one(struct server *s)
{
    int connection = accept4(s->listening.descriptor, NULL, NULL,
                             SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection == -1) {
        if (is_shortage(errno))
            return pause_accepting(s);
        return is_passing(errno) || errno == ECONNABORTED ? 0 : -1;
    }
    if (admit(s, connection) == -1) {
        close(connection);
        return pause_accepting(s);
    }
    /* The last seat: whoever comes next waits until somebody leaves. */
    return s->free != NULL ? 0 : watch_listener(s, EPOLL_CTL_MOD, 0);
}

/*
 * Everybody who has something to do gets one step, and nobody a second one
 * before the others had theirs: so one who sends without a pause holds nobody
 * up. An event may also be an error; then the step finds out which.
 */
static int step_all(struct server *s)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(s->epoll, events, EVENTS_MAX, 0);
    if (count == -1)
        return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) {
        struct peer *p = events[i].data.ptr;
        int result = 0;
        if (p == NULL)
            result = accept_one(s);
        else if (serve_peer(s, p) == -1)
            result = dismiss(s, p);
        if (result == -1)
            return -1;
    }
    return 0;
}

/*
 * Returns 0 when it is told to end. The wait is for the epoll descriptor, which
 * is readable while there is an event, because stop_wait() sees the signals
 * too. Whether it is time to try again has to be asked after every wait: among
 * busy peers none lasts until the deadline.
 */
static int serve(struct server *s)
{
    for (;;) {
        int ready = stop_wait(s->stop, s->epoll, POLLIN, s->retry);
        if (ready == -1)
            return -1;
        bool due = deadline_left(s->retry) == 0;
        if (ready == 0 && !due)
            return 0;
        if (due && resume_accepting(s) == -1)
            return -1;
        if (step_all(s) == -1)
            return -1;
    }
}

/* An accepted connection takes SO_PASSCRED over from the listener, and so has
 * it before anything is received. */
static int start_listening(const struct server *s)
{
    int descriptor = s->listening.descriptor;
    const int on = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == -1 ||
        listen(descriptor, BACKLOG) == -1)
        return -1;
    return watch_listener(s, EPOLL_CTL_ADD, EPOLLIN);
}

static int make_seats(struct server *s, size_t count)
{
    s->seats = calloc(count, sizeof *s->seats);
    if (s->seats == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        s->seats[i].next = s->free;
        s->free = &s->seats[i];
    }
    return 0;
}

static int fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

/* The socket has its file from here on. */
static int run_bound(struct server *s)
{
    const char *path = s->listening.path;
    int status = 0;
    if (start_listening(s) == -1 || serve(s) == -1)
        status = fail(path);
    listening_remove(&s->listening);
    return status;
}

/* The end of the process closes every descriptor. */
static int run(const char *path, size_t max_clients)
{
    struct server s = {
        .listening = { .descriptor = -1 },
        .stop = stop_open(),
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .retry = DEADLINE_NONE,
    };
    int status = 1;
    if (s.stop == -1 || s.epoll == -1 || make_seats(&s, max_clients) == -1)
        fail("preparations");
    else if (listening_bind(&s.listening, path, SOCK_SEQPACKET) == -1)
        fail(path[0] == '\0' ? "empty path" : path);
    else
        status = run_bound(&s);
    free(s.seats);
    return status;
}

static int usage(void)
{
    fputs("usage: server [-n MAX_CLIENTS] [PATH]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    long max_clients = MAX_CLIENTS;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+n:")) != -1) {
        if (option == 'n')
            max_clients = options_number(optarg, 1, MAX_CLIENTS_MOST);
        if (option != 'n' || max_clients == -1)
            return usage();
    }
    if (argc - optind > 1)
        return usage();
    return run(optind < argc ? argv[optind] : default_path,
               (size_t)max_clients);
}
