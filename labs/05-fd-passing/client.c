/*
 * Lab 05, the client
 *
 *     client [-t TIMEOUT_MS] PATH open NAME
 *     client [-t TIMEOUT_MS] PATH count FILE
 *
 * It prints a file that the server opens for it, or has the lines of a file of
 * its own counted. What exactly it must do is in README.md; the steps below are
 * in an order in which they can be tried out.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/connecting.h"
#include "common/deadline.h"
#include "common/options.h"
#include "common/stop.h"

enum { ANSWER_MAX = 255, TIMEOUT_MS = 2000 };

struct answer {
    char text[ANSWER_MAX + 1];
    size_t length;
    /* The descriptor that has come with it, or -1. More will be needed here. */
    int received;
};

/* TODO 2: Make a socket and connect it to the server at `path`; return it, or
 * -1. See common/connecting.h. */
static int open_connection(const char *path, int64_t deadline)
{
    (void)path;
    (void)deadline;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 3: Send the request. What if the server has gone by then? See send(2).
 * TODO 7: Send `attached` along, if it is not -1. With which byte does it
 * travel, and what if only a part of the request is taken? See sendmsg(2),
 * cmsg(3), and SCM_RIGHTS in unix(7).
 */
static int send_request(int connection, const char *request, int attached,
                        int64_t deadline)
{
    (void)connection;
    (void)request;
    (void)attached;
    (void)deadline;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 4: Receive the answer, which is a line: it may come in pieces, or not in
 * time. See stop_wait() in common/stop.h.
 * TODO 5: Receive the descriptor. Which piece does it come with? What if there
 * are more than one, or some were cut off? Close all that you do not want. See
 * MSG_CTRUNC and MSG_CMSG_CLOEXEC in recvmsg(2).
 */
static int receive_answer(int connection, struct answer *a, int64_t deadline)
{
    (void)connection;
    (void)a;
    (void)deadline;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 4: Is it an answer at all? If it is an error, say it in words: see
 * strerrorname_np(3).
 * TODO 6: Print the file, all of it, from its beginning. Do you know that it is
 * a file, and that it can be read from? Look before you read: see fstat(2), and
 * F_GETFL in fcntl(2). Where is its offset? See pread(2).
 */
static int print_answer(const struct answer *a)
{
    (void)a;
    errno = ENOSYS;
    return -1;
}

static int talk(const char *path, const char *request, int attached)
{
    struct answer a = { .received = -1 };
    int64_t deadline = deadline_in(TIMEOUT_MS);
    int connection = open_connection(path, deadline);
    if (connection == -1 ||
        send_request(connection, request, attached, deadline) == -1 ||
        receive_answer(connection, &a, deadline) == -1)
        return -1;
    return print_answer(&a);
}

/*
 * TODO 1: Take everything from the command line. See common/options.h.
 * TODO 7: Open FILE. What if it is a FIFO? See open(2).
 * TODO 8: Report what fails, and end with the right status.
 */
int main(void)
{
    if (talk("./socket", "open file\n", -1) == -1)
        fputs("client: not written yet\n", stderr);
    return 1;
}
