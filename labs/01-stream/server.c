/*
 * Lab 01, the server: server [PATH]
 *
 * It takes one connection after another, receives one message from each,
 * prints it, answers "thank you!" and closes. What exactly it must do is in
 * README.md; the steps below are in an order in which they can be tried out.
 */
#include <stdio.h>

/*
 * TODO 2: Make a stream socket, give it the address `path`, let it listen, and
 * return it, or -1. See unix(7), bind(2), listen(2).
 * TODO 6: What may already stand at `path`? Not everything there may be
 * replaced. And how long may a path be?
 */
static int open_listener(const char *path)
{
    (void)path;
    return -1;
}

/*
 * TODO 4: Receive one message and print it. What if the peer sends nothing? Is
 * a message a string?
 * TODO 5: Answer and close. What if the peer has gone by then? See send(2).
 */
static void serve_connection(int connection)
{
    (void)connection;
}

/*
 * TODO 3: Accept connections for ever and serve each. See accept(2), and look
 * at its errors: which of them must not end a server?
 * TODO 7: End on SIGTERM and SIGINT, wherever the server waits just then, and
 * leave no socket file behind. See signal(7), signal-safety(7), signalfd(2).
 */
static int serve(int listener)
{
    if (listener == -1)
        return -1;
    serve_connection(-1);
    return -1;
}

/*
 * TODO 1: Take the path from the command line, or else the default, and say
 * how the program is used where it is used otherwise. See getopt(3).
 * TODO 8: Report what fails, and end with the right status. See strerror(3).
 */
int main(void)
{
    int listener = open_listener("./uds_socket3.txt");
    if (serve(listener) == -1)
        fputs("server: not written yet\n", stderr);
    return 1;
}
