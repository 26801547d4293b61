/*
 * Lab 01, the client: client [PATH]
 *
 * It sends each line of its standard input to the server, over a connection of
 * its own, and prints the reply. What exactly it must do is in README.md; the
 * steps below are in an order in which they can be tried out.
 */
#include <stdio.h>

/*
 * TODO 3: Make a stream socket and connect it to the server at `path`; return
 * it, or -1. See unix(7), connect(2). How long may a path be?
 */
static int open_connection(const char *path)
{
    (void)path;
    return -1;
}

/*
 * TODO 4: Send the line. What if the server has gone by then? See send(2).
 * TODO 5: Receive the reply, and print it. It is a stream: how do you know that
 * the reply is whole? What if none comes?
 */
static int exchange(int connection)
{
    (void)connection;
    return -1;
}

/*
 * TODO 2: Read standard input line by line, until it ends. See getline(3).
 * Which lines are not to be sent?
 */
static int talk(const char *path)
{
    return exchange(open_connection(path));
}

/*
 * TODO 1: Take the path from the command line, or else the default, and say
 * how the program is used where it is used otherwise. See getopt(3).
 * TODO 6: Report what fails, and end with the right status. See strerror(3).
 */
int main(void)
{
    if (talk("./uds_socket3.txt") == -1)
        fputs("client: not written yet\n", stderr);
    return 1;
}
