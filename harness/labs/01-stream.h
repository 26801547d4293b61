/**
 * @file 01-stream.h
 * What the tables of lab 01 share. A well-behaved exchange is said once, so
 * that a scenario shows what is particular to it.
 */
#ifndef LABS_01_STREAM_H
#define LABS_01_STREAM_H

#include "scenario.h"

/* clang-format off */
/** Peer `p` has one good exchange with the server; its message is the payload
 *  of number `k`, a digit in quotes. */
#define HELLO(p, k)                   \
    CONNECT(p),                       \
    SEND(p, "{" k "}"),               \
    EXPECT(p, "thank you!\n"),        \
    EXPECT_END(p),                    \
    CLOSE(p),                         \
    STDOUT("received: {" k "}\n")

/** Peer `p`, a connection to listener 9, has one good exchange with the
 *  client: payload `k` comes, payload `r` and a newline go back. */
#define ANSWER(p, k, r)               \
    ACCEPT(p, 9),                     \
    EXPECT(p, "{" k "}"),             \
    SEND(p, "{" r "}\n"),             \
    CLOSE(p),                         \
    STDOUT("reply: {" r "}\n")
/* clang-format on */

/** How many scenarios each table holds, and how many rules the lab has: the
 *  compiler compares them with the tables. */
enum {
    STREAM_RULES = 15,
    STREAM_SERVICE = 6,
    STREAM_PEERS = 7,
    STREAM_LOAD = 7,
    STREAM_ENDING = 3,
    STREAM_CLIENT = 10,
    STREAM_REACH = 6,
    STREAM_REPLIES = 10,
    STREAM_OBSERVE = 2
};

extern const struct rule stream_rules[STREAM_RULES];

extern const struct scenario stream_service[STREAM_SERVICE];
extern const struct scenario stream_peers[STREAM_PEERS];
extern const struct scenario stream_load[STREAM_LOAD];
extern const struct scenario stream_ending[STREAM_ENDING];
extern const struct scenario stream_client[STREAM_CLIENT];
extern const struct scenario stream_reach[STREAM_REACH];
extern const struct scenario stream_replies[STREAM_REPLIES];
extern const struct scenario stream_observe[STREAM_OBSERVE];

#endif
