/**
 * @file peer.h
 * One end of a connection that the harness holds: a client, a connection that
 * was accepted, a listener, or a datagram socket. It knows nothing of the
 * program. Nothing here blocks; every descriptor is non-blocking and
 * close-on-exec.
 *
 * On a message socket (SOCK_DGRAM, SOCK_SEQPACKET) what is sent with one call
 * is one message, and `in` holds one message at most: the next is taken when
 * that has been dropped.
 */
#ifndef PEER_H
#define PEER_H

#include "bytes.h"
#include "parcel.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

enum peer_kind {
    PEER_NONE,
    PEER_CONNECTION,
    PEER_LISTENER,
    /** Bound, and neither listening nor connected. */
    PEER_BOUND,
    /** A datagram socket that is not connected. */
    PEER_DATAGRAM
};

/** The address of a socket; length 0 is none. */
struct peer_name {
    struct sockaddr_un address;
    socklen_t length;
};

/** A path of 108 bytes leaves no room for its NUL, which the kernel counts all
 *  the same when it tells the length (unix(7)), and does not take back. */
static inline socklen_t peer_name_fits(socklen_t length)
{
    return length < sizeof(struct sockaddr_un) ? length
                                               : sizeof(struct sockaddr_un);
}

struct peer {
    int fd;
    enum peer_kind kind;
    /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
    int type;
    /** `in` is a message, which may be empty. */
    bool message;
    /** The end of file, or an error of receive (its errno), came behind `in`.
     */
    bool ended;
    int receive_error;
    /** The errno of the first send that failed; noted, never judged. */
    int send_error;
    /** Where a PEER_DATAGRAM sends to, and whom it heard last. */
    struct peer_name to;
    struct peer_name heard;
    /** What came and no expectation has taken yet. */
    struct bytes in;
    /** What the program has not taken yet of what is to be sent. */
    struct bytes out;
    /** The lengths (size_t) of the messages in `out`. */
    struct bytes out_lengths;
    /** Descriptors that came with what is in `in`. */
    struct parcel got;
    /** Descriptors that go with the next bytes that are sent. */
    struct parcel attached;
    /** What was attached last, to be looked at afterwards, and its offset then;
     *  -1 for nothing. */
    int kept;
    off_t offset;
    /** How many bytes and messages it has ever received. */
    uint64_t received;
    /** How many copies a flood has sent. */
    long copies;
};

/** A peer with no socket. */
void peer_init(struct peer *p);

/** Fills in an address. -1 and ENAMETOOLONG, or EINVAL for an empty path. */
int peer_address(struct sockaddr_un *address, const char *path);

/** Connects with a socket of this type. -1 and errno: ENOENT, ECONNREFUSED
 *  (nobody there), EAGAIN (backlog full), EPROTOTYPE, and others. */
int peer_connect(struct peer *p, int type, const char *path);

/** Takes over a connected socket of this type that another process opened. */
void peer_adopt(struct peer *p, int fd, int type);

/** How a datagram socket is named. */
enum peer_naming { PEER_UNNAMED, PEER_AUTOBOUND, PEER_PATH };

/** Opens a datagram socket that is not connected and sends to the address.
 *  `path` is its own, for PEER_PATH: of 108 bytes at most, or, behind an '@', a
 *  name in the abstract namespace. -1 and errno. */
int peer_open(struct peer *p, enum peer_naming naming, const char *path,
              const char *to);

/** Binds a socket of this type; listens where `backlog` is 0 or more. The
 *  socket's mode becomes 0777, so that a program of another user can connect.
 *  A datagram socket becomes a PEER_DATAGRAM, which sends to whom it heard.
 *  -1 and errno of bind(2). */
int peer_bind(struct peer *p, int type, const char *path, int backlog);

/** Leaves a socket file at the path that nobody owns: returns only when
 *  connect says ECONNREFUSED. -1 and errno. */
int peer_plant_stale(int type, const char *path);

/** Makes `p` the next connection of the listener. -1 and EAGAIN: none waits. */
int peer_accept(struct peer *p, const struct peer *listener);

/** Queues bytes, on a message socket a message, and sends what can be sent at
 * once. A failure is noted in send_error. -1 and ENOMEM only. */
int peer_send(struct peer *p, const void *data, size_t length);

/** Sends more of what is queued. */
void peer_flush(struct peer *p);

/** Sends one message to an address other than its own; the same else. */
int peer_send_to(struct peer *p, const struct peer_name *to, const void *data,
                 size_t length);

/** How much is still to be sent; an empty message counts too. */
size_t peer_owes(const struct peer *p);

/** Takes what has come into `in`; on a message socket one message, unless there
 *  is one. Does not block. -1 and ENOMEM only. */
int peer_take(struct peer *p);

/** The same, on a stream, until `in` holds so many bytes. */
int peer_take_up_to(struct peer *p, size_t most);

/** Something has been taken: bytes, or a message. */
bool peer_holds(const struct peer *p);

/** What has been taken is exactly this; on a message socket, the message is. */
bool peer_matches(const struct peer *p, const struct bytes *wanted);

/** Drops the message; on a stream the first `length` bytes. */
void peer_drop(struct peer *p, size_t length);

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
