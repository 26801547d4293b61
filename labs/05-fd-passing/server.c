/*
 * Lab 05, the server: server PATH ROOT
 *
 * It opens files below ROOT for its clients, and counts the lines of theirs.
 * What exactly it must do is in README.md; the steps below are in an order in
 * which they can be tried out. What lab 04 had you write, the connections that
 * are served at once, is in common/serving.h.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/listening.h"
#include "common/serving.h"
#include "common/stop.h"

enum { REQUEST_MAX = 255, FILE_MAX = 16 * 1024 * 1024 };

/* What the server knows about one connection. More will be needed here. */
struct peer {
    char request[REQUEST_MAX + 1];
    size_t length;
    /* A descriptor that has come with the request, or -1. */
    int received;
};

static const struct peer fresh = { .received = -1 };

/*
 * TODO 2: Receive a piece of the request: 1 when the request is whole, 0 when
 * more must come, -1 when nothing more will come. A request is a line, and a
 * line may come in pieces.
 * TODO 6: Receive what comes along. See SCM_RIGHTS in unix(7), and cmsg(3). Any
 * piece may bring descriptors. How many can that be, and how much room do they
 * take? Which of them are open in this process from then on? What happens to
 * those there is no room for? See MSG_CTRUNC in recvmsg(2), MSG_CMSG_CLOEXEC
 * too.
 */
static int receive(struct peer *p, int connection)
{
    (void)p;
    (void)connection;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 4: Open the file below `root` for reading. What must not be opened, and
 * what would you wait for? By which ways does a name lead out of a directory,
 * and what if somebody moves the directories meanwhile? See RESOLVE_BENEATH in
 * openat2(2), for which there is no function: see syscall(2). See O_PATH in
 * open(2), and fstat(2).
 */
static int open_beneath(int root, const char *name)
{
    (void)root;
    (void)name;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 7: Count the newlines of the file that the peer has open. What else may
 * the descriptor be, and can it be read from? Look before you read: see
 * fstat(2), and F_GETFL in fcntl(2). To whom does the file's offset belong? See
 * pread(2).
 */
static int count_lines(int file, uint64_t *lines)
{
    (void)file;
    *lines = 0;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 3: Which request is it? Send the answer to one that you do not know, and
 * let the connection end. What if the peer has gone? See send(2).
 * TODO 5: Send the answer with the descriptor. Who closes it, and when? What
 * goes out if only a part of the answer does? See sendmsg(2), cmsg(3).
 * TODO 8: Close what has been received, whatever the request was.
 * TODO 9: What if there is no room for the answer, as the peer takes none? No
 * other peer may have to wait. What if descriptors run out? See EMFILE in
 * open(2), and ETOOMANYREFS in unix(7).
 */
static int answer_request(struct peer *p, int connection, int root)
{
    uint64_t lines;
    (void)connection;
    if (open_beneath(root, p->request) == -1)
        return -1;
    return count_lines(p->received, &lines);
}

/* One step of a connection: see common/serving.h. TODO 9: An answer that has no
 * room yet goes out later, on EPOLLOUT. */
static int serve_peer(void *context, void *peer, int connection)
{
    const int *root = context;
    struct peer *p = peer;
    int whole = receive(p, connection);
    if (whole == 0)
        return EPOLLIN;
    if (whole == -1 || answer_request(p, connection, *root) == -1)
        return -1;
    return EPOLLIN;
}

/* TODO 8: A connection may end at any time. What does it leave behind? */
static void end_peer(void *context, void *peer)
{
    (void)context;
    (void)peer;
}

/*
 * TODO 1: Take PATH and ROOT from the command line, open ROOT, and make the
 * socket. SIGTERM and SIGINT end the server. Everything but ROOT is there: see
 * common/listening.h, common/stop.h, and common/serving.h.
 * TODO 10: Report what fails, and end with the right status.
 */
int main(void)
{
    int root = -1;
    struct listening l = { .descriptor = -1 };
    const struct serving s = {
        .listener = l.descriptor,
        .stop = -1,
        .context = &root,
        .fresh = &fresh,
        .size = sizeof fresh,
        .step = serve_peer,
        .end = end_peer,
    };
    if (serving_run(&s) == -1)
        fputs("server: not written yet\n", stderr);
    return 1;
}
