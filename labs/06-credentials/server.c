/*
 * Lab 06, the server: server PATH SECRET [UID...]
 *
 * It tells its peers who they are, and some of them a secret. What exactly it
 * must do is in README.md; the steps below are in an order in which they can be
 * tried out. The first ones serve a single peer; much of what serves many can
 * be taken over from your lab 04.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/deadline.h"
#include "common/listening.h"
#include "common/options.h"
#include "common/stop.h"

/* Since Linux 6.5; older headers do not have it. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

enum { REQUEST_MAX = 64, SECRET_MAX = 255 };

/* What the server knows about one connection. More will be needed here. */
struct peer {
    int descriptor;
    /* The process that connected. */
    struct ucred connector;
};

struct request {
    char text[REQUEST_MAX];
    size_t length;
    /* The process that sent it. */
    struct ucred sender;
};

/*
 * TODO 3: Who has connected? See SO_PEERCRED in unix(7). Ask once: who is asked
 * about, the one who connected or the one who holds the socket now?
 * TODO 7: Will you know later whether that process still runs? Its number may
 * have been given to another one. Try SO_PEERPIDFD, and where the kernel does
 * not have it, pidfd_open(2). What if no descriptor is free just then?
 */
static int identify(struct peer *p)
{
    (void)p;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 2: Receive one record: 1 when there is one, 0 when there is none yet, -1
 * when there will be none any more. It has a true length, as in lab 04.
 * TODO 4: Take its sender's credentials. See SO_PASSCRED and SCM_CREDENTIALS in
 * unix(7), and cmsg(3). From when on do records carry them? Who is the sender
 * of a record that has none, or not all of them?
 * TODO 6: What else may come along, and who closes it? How large must the room
 * for control data be? Are credentials worthless when something was cut off?
 */
static int receive_request(const struct peer *p, struct request *r)
{
    (void)p;
    (void)r;
    errno = ENOSYS;
    return -1;
}

/*
 * TODO 2: Answer a request that is unknown. A record is no string.
 * TODO 3: Answer `whoami`.
 * TODO 4: Answer `sender`, and a record of which nobody knows who has sent it.
 * TODO 5: Answer `secret`. Whom do you trust: the one who connected, or the one
 * who sent this?
 * TODO 7: Answer `alive`. When does a process run no more? See pidfd_open(2).
 */
static int answer_request(const struct peer *p, const struct request *r)
{
    (void)p;
    (void)r;
    errno = ENOSYS;
    return -1;
}

static int serve_peer(const struct peer *p)
{
    struct request r = { .length = 0 };
    int got = receive_request(p, &r);
    return got == 1 ? answer_request(p, &r) : got;
}

/*
 * TODO 2: Accept a connection and serve it.
 * TODO 8: Serve many at once, as in lab 04. How many descriptors does one of
 * them take, and what do you do with half of them?
 */
static int serve(const struct listening *l)
{
    struct peer p = { .descriptor = l->descriptor };
    return identify(&p) == -1 ? -1 : serve_peer(&p);
}

/*
 * TODO 1: Take PATH and SECRET from the command line, make the socket and let
 * it listen; SIGTERM and SIGINT end the server. See common/listening.h and
 * common/stop.h. Who may connect? See "Pathname socket ownership and
 * permissions" in unix(7), and umask(2): the mode must be right from the first
 * moment.
 * TODO 5: Take the users from the command line. See common/options.h.
 * TODO 9: Report what fails, and end with the right status.
 */
int main(void)
{
    struct listening l = { .descriptor = -1 };
    if (serve(&l) == -1)
        fputs("server: not written yet\n", stderr);
    return 1;
}
