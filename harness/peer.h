/**
 * @file peer.h
 * One end of a connection that the harness holds: a client, a connection that
 * was accepted, or a listener. It knows nothing of the program. Nothing here
 * blocks; every descriptor is non-blocking and close-on-exec.
 */
#ifndef PEER_H
#define PEER_H

#include "bytes.h"

#include <stdbool.h>
#include <sys/types.h>

enum peer_kind {
    PEER_NONE,
    PEER_CONNECTION,
    PEER_LISTENER,
    /** Bound, and neither listening nor connected. */
    PEER_BOUND
};

struct peer {
    int fd;
    enum peer_kind kind;
    /** What came and no expectation has taken yet. */
    struct bytes in;
    /** The end of file, or an error of receive (its errno), came behind `in`.
     */
    bool ended;
    int receive_error;
    /** What the program has not taken yet of what is to be sent. */
    struct bytes out;
    /** The errno of the first send that failed; noted, never judged. */
    int send_error;
};

/** A peer with no socket. */
void peer_init(struct peer *p);

struct sockaddr_un;
/** Fills in an address. -1 and ENAMETOOLONG, or EINVAL for an empty path. */
int peer_address(struct sockaddr_un *address, const char *path);

/** Connects with a socket of this type. -1 and errno: ENOENT, ECONNREFUSED
 *  (nobody there), EAGAIN (backlog full), EPROTOTYPE, and others. */
int peer_connect(struct peer *p, int type, const char *path);

/** Binds a socket of this type; listens where `backlog` is 0 or more. The
 *  socket's mode becomes 0777, so that a program of another user can connect.
 *  -1 and errno of bind(2). */
int peer_bind(struct peer *p, int type, const char *path, int backlog);

/** Leaves a socket file at the path that nobody owns: returns only when
 *  connect says ECONNREFUSED. -1 and errno. */
int peer_plant_stale(int type, const char *path);

/** Makes `p` the next connection of the listener. -1 and EAGAIN: none waits. */
int peer_accept(struct peer *p, const struct peer *listener);

/** Queues bytes and sends what can be sent at once. A failure is noted in
 *  send_error. -1 and ENOMEM only. */
int peer_send(struct peer *p, const void *data, size_t length);

/** Sends more of what is queued. */
void peer_flush(struct peer *p);

/** Takes what has come into `in`. Does not block. -1 and ENOMEM only. */
int peer_take(struct peer *p);

/** Something can be read: bytes, or an end; nothing is taken. */
bool peer_readable(const struct peer *p);

/** The other end is closed, both ways; a half-closed one is not. */
bool peer_closed(const struct peer *p);

/** All that was sent has been received by the other end. */
bool peer_consumed(const struct peer *p);

/** Sets SO_SNDBUF (the kernel doubles it and has a floor of its own). -1 and
 *  errno. */
int peer_send_buffer(struct peer *p, int size);

/** Shuts down the sending side. -1 and errno. */
int peer_half_close(struct peer *p);

/** Closes the socket; whatever is unread becomes a reset at the other end. */
void peer_close(struct peer *p);

#endif
