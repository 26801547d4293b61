/*
 * Lab 06, the client: client [-t TIMEOUT_MS] PATH [SERVER_UID]
 *
 * It sends each line of its standard input as one record, over one connection,
 * and prints the answers; but first it looks who the server is. What exactly it
 * must do is in README.md; the steps below are in an order in which they can be
 * tried out. All but one of them are those of lab 04.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/connecting.h"
#include "common/deadline.h"
#include "common/lines.h"
#include "common/options.h"

enum { ANSWER_MAX = 255, TIMEOUT_MS = 2000 };

/* TODO 1: Make a socket and connect it to the server at `path`; return it, or
 * -1. See common/connecting.h. */
static int open_connection(const char *path)
{
    (void)path;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 5: Does this user run the server? See SO_PEERCRED in unix(7): whom does
 * it speak of on this side? And when must you know?
 */
static int check_server(int connection, long user)
{
    (void)connection;
    (void)user;
    errno = ENOSYS;
    return -1;
}

/* TODO 3: Send the line as one record, as in lab 04; an empty one too. */
static int send_record(int connection, const char *line, size_t length)
{
    (void)connection;
    (void)line;
    (void)length;
    errno = ENOSYS;
    return -1;
}

/* TODO 3: Receive the answer, as in lab 04, no later than the deadline. */
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
 * See common/lines.h. */
static int talk(int connection)
{
    char answer[ANSWER_MAX];
    if (send_record(connection, "", 0) == -1)
        return -1;
    return (int)receive_answer(connection, answer, deadline_in(TIMEOUT_MS));
}

/*
 * TODO 1: Take PATH from the command line.
 * TODO 4: Take TIMEOUT_MS from the command line. See common/options.h.
 * TODO 5: Take SERVER_UID from the command line.
 * TODO 6: Report what fails, and end with the right status.
 */
int main(void)
{
    int connection = open_connection("credentials.sock");
    if (check_server(connection, 0) == -1 || talk(connection) == -1)
        fputs("client: not written yet\n", stderr);
    return 1;
}
