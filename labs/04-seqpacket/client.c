/*
 * Lab 04, the client: client [-t TIMEOUT_MS] [PATH]
 *
 * It sends each line of its standard input as one record, over one connection,
 * and prints the answers. What exactly it must do is in README.md; the steps
 * below are in an order in which they can be tried out.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/address.h"
#include "common/deadline.h"
#include "common/lines.h"
#include "common/options.h"

enum { ANSWER_MAX = 255, TIMEOUT_MS = 2000 };

/*
 * TODO 1: Make a socket and connect it to the server at `path`; return it, or
 * -1. See common/address.h, connect(2).
 * TODO 7: How long can that take, while the server is busy and its backlog
 * full? Try it with poll(2), then see SO_SNDTIMEO in socket(7).
 */
static int open_connection(const char *path)
{
    (void)path;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 3: Send the line as one record; an empty one too. What if the server has
 * gone by then, or does not read? See send(2).
 */
static int send_record(int connection, const char *line, size_t length)
{
    (void)connection;
    (void)line;
    (void)length;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 4: Receive the answer. How long was it really? See MSG_TRUNC in recv(2).
 * TODO 5: Wait no longer than until the deadline, however often the wait is
 * interrupted. See poll(2), common/deadline.h.
 * TODO 6: An answer may be empty: what is the end of file then? And what may
 * still be there to be read after ECONNRESET?
 */
static ssize_t receive_answer(int connection, char answer[ANSWER_MAX],
                              int64_t deadline)
{
    (void)connection;
    (void)answer;
    (void)deadline;
    errno = ENOSYS;
    return -1;
}

/* TODO 2: Read standard input line by line, until it ends; print each answer.
 * See common/lines.h. How long may a line be? See EMSGSIZE in send(2). */
static int talk(int connection)
{
    char answer[ANSWER_MAX];
    if (send_record(connection, "", 0) == -1)
        return -1;
    return (int)receive_answer(connection, answer, deadline_in(TIMEOUT_MS));
}

/*
 * TODO 1: Take the path from the command line, or else the default.
 * TODO 7: Take TIMEOUT_MS from the command line. See common/options.h.
 * TODO 8: Report what fails, and end with the right status.
 */
int main(void)
{
    int connection = open_connection("./uds_socket3.txt");
    if (connection == -1 || talk(connection) == -1)
        fputs("client: not written yet\n", stderr);
    return 1;
}
