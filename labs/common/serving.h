/*
 * A server's connections, all at once, in one process.
 *
 *     static const struct peer fresh = { .file = -1 };
 *     const struct serving s = {
 *         .listener = l.descriptor,
 *         .stop = stop,
 *         .fresh = &fresh,
 *         .size = sizeof fresh,
 *         .step = serve_peer,
 *         .end = end_peer,
 *     };
 *     if (serving_run(&s) == -1)
 *         ...
 */
#ifndef SERVING_H
#define SERVING_H

#include <stddef.h>
#include <sys/epoll.h>

struct serving {
    /* It is bound, and does not block (listening.h). */
    int listener;
    /* See stop.h. */
    int stop;
    /* What the functions below are given as it is. */
    void *context;
    /* What is kept for each connection, as it is at first, and its size. The
     * functions are given the connection's own one as `peer`. */
    const void *fresh;
    size_t size;
    /* The connection, which does not block, has something to do. The function
     * must not wait. It returns what the next step is for, EPOLLIN or EPOLLOUT;
     * or -1, and the connection ends. */
    int (*step)(void *context, void *peer, int connection);
    /* What belongs to it must go, too. It is closed behind this. */
    void (*end)(void *context, void *peer);
};

/*
 * Lets the socket listen, accepts connections and serves them until the program
 * is to end: then it ends them and returns 0. While descriptors or memory are
 * short, whoever comes waits in the backlog. Returns -1 with errno on failure.
 */
int serving_run(const struct serving *s);

#endif
