/*
 * Lab 03, the server: server [PATH]
 *
 * It receives datagrams from whoever sends one, prints them and answers their
 * senders. What exactly it must do is in README.md; the steps below are in an
 * order in which they can be tried out.
 *
 * What lab 01 had you write is in ../common now: read its headers first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/listening.h"
#include "common/stop.h"

struct server {
    int stop;
    struct listening listening;
};

/*
 * TODO 3: Receive one datagram, keep the name of its sender, and print it. See
 * recvfrom(2): what does it return for an empty one? What must the length of
 * the name be before the call, and what may it be after it?
 * TODO 6: What becomes of the bytes for which you had no room, and how do you
 * learn how many there were? See MSG_TRUNC in recv(2).
 */
static int receive(const struct server *s)
{
    (void)s;
    return -1;
}

/*
 * TODO 4: Answer the sender. What if it has no name? See sendto(2), unix(7).
 * TODO 7: What if it has gone, or never reads its answers? May you wait for it?
 * And whose name could it have given?
 */
static int answer(const struct server *s, const struct sockaddr_un *sender,
                  socklen_t length)
{
    (void)s;
    (void)sender;
    (void)length;
    return -1;
}

/*
 * TODO 2: Serve one datagram after another, with stop_wait() for the wait: it
 * also ends when the server is to end. Nobody has to be accepted: why?
 * TODO 5: Count what becomes of the answers, and say it at the end.
 */
static int serve(const struct server *s)
{
    if (receive(s) == -1)
        return -1;
    return answer(s, NULL, 0);
}

static int fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

static int run(const char *path)
{
    struct server s = { .stop = -1, .listening = { .descriptor = -1 } };
    s.stop = stop_open();
    if (s.stop == -1)
        return fail("signals");
    if (listening_bind(&s.listening, path, SOCK_DGRAM) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);

    int status = 0;
    if (serve(&s) == -1) {
        fputs("server: not written yet\n", stderr);
        status = 1;
    }
    listening_remove(&s.listening);
    return status;
}

/*
 * TODO 1: Take the path from the command line, or else the default, and say
 * how the program is used where it is used otherwise. See getopt(3).
 */
int main(void)
{
    return run("./uds_socket3.txt");
}
