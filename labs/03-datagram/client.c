/*
 * Lab 03, the client: client [-t TIMEOUT_MS] [PATH]
 *
 * It sends each line of its standard input as one datagram and prints the
 * answer. What exactly it must do is in README.md; the steps below are in an
 * order in which they can be tried out.
 *
 * What lab 01 had you write is in ../common now: read its headers first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "common/address.h"

/*
 * TODO 2: Make a datagram socket and give it a name, so that it can be
 * answered; return it, or -1. Which name is free, and who removes it at the
 * end? See "Autobind feature" in unix(7).
 * TODO 5: Let the kernel keep out what others send to it. See connect(2). What
 * may be in its queue by then?
 */
static int open_socket(const struct sockaddr_un *server)
{
    (void)server;
    return -1;
}

/*
 * TODO 4: Send the line, receive the answer and print it. Which of the two may
 * be empty?
 * TODO 6: Give up when the time is over. See poll(2), MSG_DONTWAIT in recv(2),
 * and deadline.h in ../common.
 * TODO 7: The answer comes after you have given up. Who gets it?
 * TODO 8: The server's queue is full. How do you wait for room? Which errors
 * say that the server has gone?
 */
static int exchange(int descriptor)
{
    (void)descriptor;
    return -1;
}

/*
 * TODO 3: Read standard input line by line, an empty line too: lines.h in
 * ../common. Which line is not to be sent? What is the exit status when a line
 * got no answer?
 */
static int talk(const struct sockaddr_un *server)
{
    return exchange(open_socket(server));
}

static int fail(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return 1;
}

static int run(const char *path)
{
    struct sockaddr_un server;
    if (address_make(&server, path) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);
    if (talk(&server) == -1)
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
