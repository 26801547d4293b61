/*
 * Lab 02, the server: server [-t TIMEOUT_MS] [PATH]
 *
 * It takes one connection after another, and answers each frame that comes on
 * it by one with the payload reversed. What exactly it must do is in README.md;
 * the steps below are in an order in which they can be tried out.
 *
 * What lab 01 had you write is in ../common now: read its headers first.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/stop.h"

struct server {
    int stop;
    int timeout_ms;
    struct listening listening;
};

/*
 * TODO 3: Receive exactly `length` bytes, in however many pieces they come, and
 * return their number; fewer at the end of file only. See recv(2), and
 * stop_wait() for the wait before it. What if `length` is 0?
 * TODO 8: Give up when the deadline has passed, also where bytes keep coming.
 */
static ssize_t receive(const struct server *s, int connection, void *bytes,
                       size_t length, int64_t deadline)
{
    (void)deadline;
    (void)s;
    (void)connection;
    (void)bytes;
    (void)length;
    return -1;
}

/*
 * TODO 5: Send all of it. What does send(2) return when there is no room for
 * everything? What if the peer has gone? See send(2), MSG_DONTWAIT.
 */
static int send_all(const struct server *s, int connection, const void *bytes,
                    size_t length, int64_t deadline)
{
    (void)deadline;
    (void)s;
    (void)connection;
    (void)bytes;
    (void)length;
    return -1;
}

/*
 * TODO 4: Receive the four bytes of the length, then the payload. Which byte of
 * the length comes first? How long may a payload be, and where do you keep it?
 * TODO 6: Answer it, and do so until the peer has sent all it had to send.
 * TODO 7: What if the file ends within a frame? If the length is too great?
 * TODO 9: When does the time of a frame begin, and when that of its answer? How
 * long may a peer be silent between two frames?
 */
static int serve_connection(const struct server *s, int connection)
{
    unsigned char header[4];
    int64_t deadline = deadline_in(s->timeout_ms);
    if (receive(s, connection, header, sizeof header, deadline) == -1)
        return -1;
    return send_all(s, connection, header, sizeof header, deadline);
}

/*
 * TODO 2: Accept connections for ever and serve each, as in lab 01, with
 * stop_wait() for every wait: it also ends when the server is to end.
 */
static int serve(const struct server *s)
{
    return serve_connection(s, -1);
}

static int fail(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    return 1;
}

static int run(const char *path, int timeout_ms)
{
    struct server s = { .stop = -1,
                        .timeout_ms = timeout_ms,
                        .listening = { .descriptor = -1 } };
    s.stop = stop_open();
    if (s.stop == -1)
        return fail("signals");
    if (listening_bind(&s.listening, path, SOCK_STREAM) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);

    int status = 0;
    if (listen(s.listening.descriptor, 128) == -1)
        status = fail(path);
    else if (serve(&s) == -1) {
        fputs("server: not written yet\n", stderr);
        status = 1;
    }
    listening_remove(&s.listening);
    return status;
}

/*
 * TODO 1: Take the time limit and the path from the command line, or else the
 * defaults, and say how the program is used where it is used otherwise. See
 * getopt(3), and options.h in ../common.
 */
int main(void)
{
    return run("./uds_socket3.txt", 1000);
}
