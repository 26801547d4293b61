/**
 * @file 02-framing.h
 * What the tables of lab 02 share. A well-behaved exchange is said once, so
 * that a scenario shows what is particular to it.
 */
#ifndef LABS_02_FRAMING_H
#define LABS_02_FRAMING_H

#include "scenario.h"

/* clang-format off */
/** For scenarios that are not about time: a program that still waits then
 *  would wait for ever. */
#define PATIENT { "-t", "60000" }

/** A frame of no bytes. */
#define EMPTY "\0\0\0\0"

/** Peer `p` sends a frame, whose payload is that of number `k`, a digit in
 *  quotes, and gets its answer. */
#define EXCHANGE(p, k)                \
    SEND(p, "{f" k "}"),              \
    EXPECT(p, "{r" k "}")

/** Peer `p` has one good exchange with the server, and ends it. */
#define HELLO(p, k)                   \
    CONNECT(p),                       \
    EXCHANGE(p, k),                   \
    HALF_CLOSE(p),                    \
    EXPECT_END(p),                    \
    CLOSE(p)

/** Peer `p` sends so much of a frame, and no more; there is no answer. */
#define CUT(p, t)                     \
    CONNECT(p),                       \
    SEND(p, t),                       \
    HALF_CLOSE(p),                    \
    EXPECT_CLOSED(p),                 \
    CLOSE(p)

/** The server is there, and is stopped. */
#define STOPPED()                     \
    CONNECT(9),                       \
    CLOSE(9),                         \
    SETTLE(),                         \
    STOP()

/** Several connections are closed by the server. */
#define EXPECT_CLOSED_ALL(p, n)       \
    STEP_(EXPECT_CLOSED, .peer = (p), .count = (n))

/** Peer `p` has its exchange with a server that was stopped meanwhile: all it
 *  has to say is there at once, however short the server's limit. */
#define WAITING(p, k)                 \
    STOP(),                           \
    CONNECT(p),                       \
    SEND(p, "{f" k "}"),              \
    HALF_CLOSE(p),                    \
    CONTINUE(),                       \
    EXPECT(p, "{r" k "}"),            \
    EXPECT_END(p)

/** The steps of a scenario: two frames, each in two parts, `n` bytes first. */
#define SPLIT_AFTER(n)                \
    {                                 \
        START(),                      \
        CONNECT(0),                   \
        SEND_SPLIT(0, n, "{f0}"),     \
        EXPECT(0, "{r0}"),            \
        SEND_SPLIT(0, n, "{f0}"),     \
        EXPECT(0, "{r0}"),            \
        HALF_CLOSE(0),                \
        EXPECT_END(0),                \
        ALIVE(),                      \
    }

/** Peer `p` gets payload `k` from the client, a digit in quotes, and answers it
 *  with payload `r`. */
#define ANSWER(p, k, r)               \
    EXPECT(p, "{f" k "}"),            \
    SEND(p, "{f" r "}"),              \
    STDOUT("reply: {" r "}\n")

/** Peer `p`, a new connection to listener 9, is sent payload `k`, and so far
 *  has not answered. */
#define QUESTION(p, k)                \
    FEED("{" k "}\n"),                \
    ACCEPT(p, 9),                     \
    EXPECT(p, "{f" k "}")

/** Payload `k` is sent to peer 0 four times, which reads nothing, and answers
 *  the first three with payload `r`. */
#define UNREAD(k, r)                  \
    REPEAT(3),                        \
    FEED("{" k "}\n"),                \
    SETTLE(),                         \
    SEND(0, "{f" r "}"),              \
    AGAIN(),                          \
    FEED("{" k "}\n"),                \
    SETTLE()

/** The client gives up, and prints nothing. */
#define FAILURE()                     \
    EXIT(1),                          \
    COMPLAINS(""),                    \
    STDOUT_END()

/** The client's input ends, then its sending, then the connection, and the
 *  client. */
#define GOODBYE(p, status)            \
    END_INPUT(),                      \
    EXPECT_END(p),                    \
    CLOSE(p),                         \
    EXIT(status),                     \
    STDOUT_END()

/** The program is stopped in its sleep, and continued. */
#define INTERRUPTED()                 \
    SETTLE(),                         \
    STOP(),                           \
    CONTINUE(),                       \
    SETTLE()
/* clang-format on */

/** How many scenarios each table holds, and how many rules the lab has: the
 *  compiler compares them with the tables. */
enum {
    FRAMING_RULES = 13,
    FRAMING_FRAMES = 10,
    FRAMING_REFUSED = 8,
    FRAMING_PACE = 9,
    FRAMING_LOAD = 4,
    FRAMING_ENDING = 3,
    FRAMING_OPTIONS = 8,
    FRAMING_CLIENT = 6,
    FRAMING_REACH = 6,
    FRAMING_ANSWERS = 6,
    FRAMING_LIMITS = 4
};

extern const struct rule framing_rules[FRAMING_RULES];

extern const struct scenario framing_frames[FRAMING_FRAMES];
extern const struct scenario framing_refused[FRAMING_REFUSED];
extern const struct scenario framing_pace[FRAMING_PACE];
extern const struct scenario framing_load[FRAMING_LOAD];
extern const struct scenario framing_ending[FRAMING_ENDING];
extern const struct scenario framing_options[FRAMING_OPTIONS];
extern const struct scenario framing_client[FRAMING_CLIENT];
extern const struct scenario framing_reach[FRAMING_REACH];
extern const struct scenario framing_answers[FRAMING_ANSWERS];
extern const struct scenario framing_limits[FRAMING_LIMITS];

#endif
