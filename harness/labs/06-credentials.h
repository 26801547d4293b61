/**
 * @file 06-credentials.h
 * What the tables of lab 06 share. A well-behaved exchange is said once, so
 * that a scenario shows what is particular to it. The SECRET is `sesame` where
 * a scenario gives none. The client is that of lab 04, whose tables it shares.
 */
#ifndef LABS_06_CREDENTIALS_H
#define LABS_06_CREDENTIALS_H

#include "scenario.h"

/* clang-format off */
/** Who hand `h` is, a digit in quotes, when it connects, and when it sends. */
#define CONNECTED(h) "pid={pid" h "} uid={uid" h "} gid={gid" h "}"
#define SENDING(h)   "pid={pid" h "} uid={ruid" h "} gid={rgid" h "}"

/** Peer `p` sends a record and gets this answer. */
#define ASKS(p, record, answer)       \
    SEND(p, record),                  \
    EXPECT(p, answer)

#define UNKNOWN(p, record) ASKS(p, record, "error: unknown request")

/** The same as ASKS, and it is hand `h` that sends over the peer's connection. */
#define ASKS_AS(p, h, record, answer) \
    SEND_AS(p, h, record),            \
    EXPECT(p, answer)
/* clang-format on */

/** How many scenarios each table holds: the compiler compares them. */
enum {
    CREDENTIALS_RULES = 12,
    CREDENTIALS_HELLO = 1,
    CREDENTIALS_HANDED = 5,
    CREDENTIALS_USERS = 5,
    CREDENTIALS_CLAIMS = 5,
    CREDENTIALS_WORDS = 7,
    CREDENTIALS_ALIVE = 6,
    CREDENTIALS_MODE = 3,
    CREDENTIALS_GIFTS = 3,
    CREDENTIALS_CROWD = 7,
    CREDENTIALS_TRUST = 6
};

extern const struct rule credentials_rules[CREDENTIALS_RULES];

/** The first: who has connected. */
extern const struct scenario credentials_hello[CREDENTIALS_HELLO];
/** Connected sockets that are handed on. */
extern const struct scenario credentials_handed[CREDENTIALS_HANDED];
/** Which users are allowed, and what a user is. */
extern const struct scenario credentials_users[CREDENTIALS_USERS];
/** What a record says of itself. */
extern const struct scenario credentials_claims[CREDENTIALS_CLAIMS];
/** The words of the command line behind PATH. */
extern const struct scenario credentials_words[CREDENTIALS_WORDS];

/** The server: the process that connected, the socket's mode, descriptors that
 *  come along, and many peers. */
extern const struct scenario credentials_alive[CREDENTIALS_ALIVE];
extern const struct scenario credentials_mode[CREDENTIALS_MODE];
extern const struct scenario credentials_gifts[CREDENTIALS_GIFTS];
extern const struct scenario credentials_crowd[CREDENTIALS_CROWD];

/** The client, and whose server it talks to. */
extern const struct scenario credentials_trust[CREDENTIALS_TRUST];

#endif
