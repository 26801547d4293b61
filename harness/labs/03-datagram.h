/**
 * @file 03-datagram.h
 * What the tables of lab 03 share. A well-behaved exchange is said once, so
 * that a scenario shows what is particular to it.
 */
#ifndef LABS_03_DATAGRAM_H
#define LABS_03_DATAGRAM_H

#include "scenario.h"

/* clang-format off */
/** The client's next line is payload `k`, a digit in quotes; listener 9 answers
 *  with payload `r` and a newline, and the client prints it. */
#define REPLIES(k, r)                 \
    EXPECT(9, "{" k "}"),             \
    SEND(9, "{" r "}\n"),             \
    STDOUT("reply: {" r "}\n")

/** Strangers send copies of payload `k`, a digit in quotes, until listener 9
 *  takes no more. Two of them, with large buffers: the queue may be longer than
 *  what one socket can have under way. */
#define FULL_QUEUE(k)                 \
    UNBOUND(1),                       \
    SEND_BUFFER(1, 1 << 20),          \
    FLOOD(1, 10000, "{" k "} {n}"),   \
    UNBOUND(2),                       \
    SEND_BUFFER(2, 1 << 20),          \
    FLOOD(2, 10000, "{" k "}")
/* clang-format on */

/* clang-format off */
/** Peer `p` has one good exchange with the server; its message is the payload
 *  of number `k`, which has `n` bytes: both in quotes. */
#define THANKED(p, k, n)                          \
    CONNECT(p),                                   \
    SEND(p, "{" k "}"),                           \
    EXPECT(p, "thank you! (" n " bytes)\n"),      \
    CLOSE(p),                                     \
    STDOUT("received: {" k "}\n")
/* clang-format on */

/** How many scenarios each table holds, and how many rules the lab has: the
 *  compiler compares them with the tables. */
enum {
    DATAGRAM_RULES = 14,
    DATAGRAM_SERVICE = 10,
    DATAGRAM_SENDERS = 9,
    DATAGRAM_NAMES = 2,
    DATAGRAM_READERS = 5,
    DATAGRAM_LOAD = 7,
    DATAGRAM_COUNTS = 5,
    DATAGRAM_CLIENT = 5,
    DATAGRAM_REACH = 8,
    DATAGRAM_STRANGERS = 3,
    DATAGRAM_TIME = 5,
    DATAGRAM_TRACES = 3,
    DATAGRAM_OBSERVE = 3
};

extern const struct rule datagram_rules[DATAGRAM_RULES];

extern const struct scenario datagram_service[DATAGRAM_SERVICE];
extern const struct scenario datagram_senders[DATAGRAM_SENDERS];
extern const struct scenario datagram_names[DATAGRAM_NAMES];
extern const struct scenario datagram_readers[DATAGRAM_READERS];
extern const struct scenario datagram_load[DATAGRAM_LOAD];
extern const struct scenario datagram_counts[DATAGRAM_COUNTS];
extern const struct scenario datagram_client[DATAGRAM_CLIENT];
extern const struct scenario datagram_reach[DATAGRAM_REACH];
extern const struct scenario datagram_strangers[DATAGRAM_STRANGERS];
extern const struct scenario datagram_time[DATAGRAM_TIME];
extern const struct scenario datagram_traces[DATAGRAM_TRACES];
extern const struct scenario datagram_observe[DATAGRAM_OBSERVE];

#endif
