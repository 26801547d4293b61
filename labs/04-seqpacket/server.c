/*
 * Lab 04, the server: server [-n MAX_CLIENTS] [PATH]
 *
 * It keeps a running total for each connection, and serves all connections at
 * once. What exactly it must do is in README.md; the steps below are in an
 * order in which they can be tried out. The first ones serve a single peer.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

enum { RECORD_MAX = 64, MAX_CLIENTS = 64 };

/* What the server knows about one connection. More will be needed here. */
struct peer {
    int descriptor;
    int64_t total;
};

/*
 * TODO 2: Receive one record: 1 when there is one, 0 when there is none yet, -1
 * when there will be none any more. How long was it really, and what becomes of
 * the bytes that find no room? See MSG_TRUNC in recv(2).
 * TODO 6: What is an empty record, and what the end of file? See SO_PASSCRED in
 * unix(7), and msg_controllen in recvmsg(2).
 */
static int receive_record(const struct peer *p, char record[RECORD_MAX])
{
    (void)p;
    (void)record;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 3: Is the record a number, and nothing but a number? A record is no
 * string. Add it to the total. Does it fit, and does the sum? See strtoll(3).
 * TODO 4: Send the answer. What if the peer has gone, and what if there is no
 * room, as the peer takes no answers? No other peer may have to wait.
 */
static int answer_record(struct peer *p, const char *record)
{
    (void)p;
    (void)record;
    errno = ENOSYS;
    return -1;
}

static int serve_peer(struct peer *p)
{
    char record[RECORD_MAX];
    int got = receive_record(p, record);
    return got == 1 ? answer_record(p, record) : got;
}

/*
 * TODO 1: Accept a connection and serve it. See stop_wait() in common/stop.h,
 * and accept4(2).
 * TODO 5: Serve many at once: wait for all of them in one place, and give each
 * that has something to do one step. See poll(2) or epoll(7).
 * TODO 7: How many may there be? What do you wait for while there is no room
 * for one more, and when descriptors run out? See EMFILE in accept(2), and
 * common/deadline.h.
 */
static int serve(struct listening *l)
{
    struct peer p = { .descriptor = l->descriptor, .total = 0 };
    return serve_peer(&p);
}

/*
 * TODO 1: Take the path from the command line, or else the default, make the
 * socket and let it listen; SIGTERM and SIGINT end the server. Everything but
 * listen(2) is there: see common/listening.h and common/stop.h.
 * TODO 7: Take MAX_CLIENTS from the command line. See common/options.h.
 * TODO 8: Report what fails, and end with the right status.
 */
int main(void)
{
    struct listening l = { .descriptor = -1 };
    if (serve(&l) == -1)
        fputs("server: not written yet\n", stderr);
    return 1;
}
