/*
 * Lab 02, the client: client [-t TIMEOUT_MS] [PATH]
 *
 * It sends each line of its standard input as a frame, all on one connection,
 * and prints the payload of each answer. What exactly it must do is in
 * README.md; the steps below are in an order in which they can be tried out.
 *
 * What lab 01 had you write is in ../common now: read its headers first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "common/address.h"

/*
 * TODO 2: Make a stream socket, connect it, and return it, or -1.
 * TODO 7: The backlog may be full. How long does connect(2) wait then, and how
 * do you give that a limit? See socket(7), SO_SNDTIMEO.
 */
static int open_connection(const struct sockaddr_un *address)
{
    (void)address;
    return -1;
}

/*
 * TODO 4: Send the line as a frame: four bytes of length, then the line. Is it
 * all gone when send(2) returns?
 * TODO 5: Receive the answer, and print its payload. How do you know that it is
 * whole? What may the server's length be, and what not?
 * TODO 8: Both have a time limit. See poll(2), MSG_DONTWAIT in recv(2), and
 * deadline.h in ../common: what is left of the time after each piece?
 */
static int exchange(int connection)
{
    (void)connection;
    return -1;
}

/*
 * TODO 3: Read standard input line by line, an empty line too: lines.h in
 * ../common. Which line is not to be sent?
 * TODO 6: At the end of input, tell the server that no more will come, and wait
 * for its end. See shutdown(2).
 */
static int talk(const struct sockaddr_un *address)
{
    return exchange(open_connection(address));
}

static int fail(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return 1;
}

static int run(const char *path)
{
    struct sockaddr_un address;
    if (address_make(&address, path) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);
    if (talk(&address) == -1)
        fputs("client: not written yet\n", stderr);
    return 1;
}

/*
 * TODO 1: Take the time limit and the path from the command line, or else the
 * defaults, and say how the program is used where it is used otherwise. See
 * getopt(3), and options.h in ../common.
 */
int main(void)
{
    return run("./uds_socket3.txt");
}
