/**
 * @file 04-seqpacket.h
 * What the tables of lab 04 share. A well-behaved exchange is said once, so
 * that a scenario shows what is particular to it.
 */
#ifndef LABS_04_SEQPACKET_H
#define LABS_04_SEQPACKET_H

#include "scenario.h"

/* clang-format off */
/** Peer `p` sends a record and gets this answer. */
#define ASK(p, record, answer)        \
    SEND(p, record),                  \
    EXPECT(p, answer)
#define NO_NUMBER(p, record) ASK(p, record, "error: not a number")
#define TOO_LARGE(p, record) ASK(p, record, "error: overflow")

/** For records as long as they may be. */
#define ZEROS_20 "00000000000000000000"
#define ZEROS_60 ZEROS_20 ZEROS_20 ZEROS_20
#define NINES_20 "99999999999999999999"
#define NINES_60 NINES_20 NINES_20 NINES_20

/** For scenarios that are not about time: a client that still waits then would
 *  wait for ever. */
#define PATIENT { "-t", "60000", "{given}" }

/** Peer `p` gets payload `k` from the client, a digit in quotes, and answers it
 *  with payload `r`. */
#define ANSWER(p, k, r)               \
    EXPECT(p, "{" k "}"),             \
    SEND(p, "{" r "}"),               \
    STDOUT("{" r "}\n")

/** Peer `p`, a new connection to listener 9, is sent payload `k`, and so far
 *  has not answered. */
#define QUESTION(p, k)                \
    FEED("{" k "}\n"),                \
    ACCEPT(p, 9),                     \
    EXPECT(p, "{" k "}")

/** The client gives up, and prints nothing more. */
#define FAILURE()                     \
    EXIT(1),                          \
    COMPLAINS(""),                    \
    STDOUT_END()

/** The client's input ends, then the connection, and the client. */
#define GOODBYE(p)                    \
    END_INPUT(),                      \
    EXPECT_END(p),                    \
    CLOSE(p),                         \
    EXIT(0),                          \
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
    SEQPACKET_RULES = 14,
    SEQPACKET_NUMBERS = 8,
    SEQPACKET_RECORDS = 7,
    SEQPACKET_CROWD = 7,
    SEQPACKET_LEAVE = 5,
    SEQPACKET_PLACES = 5,
    SEQPACKET_OPTIONS = 6,
    SEQPACKET_ENDING = 4,
    SEQPACKET_CLIENT = 8,
    SEQPACKET_ANSWERS = 7,
    SEQPACKET_REACH = 7
};

extern const struct rule seqpacket_rules[SEQPACKET_RULES];

extern const struct scenario seqpacket_numbers[SEQPACKET_NUMBERS];
extern const struct scenario seqpacket_records[SEQPACKET_RECORDS];
extern const struct scenario seqpacket_crowd[SEQPACKET_CROWD];
extern const struct scenario seqpacket_leave[SEQPACKET_LEAVE];
extern const struct scenario seqpacket_places[SEQPACKET_PLACES];
extern const struct scenario seqpacket_options[SEQPACKET_OPTIONS];
extern const struct scenario seqpacket_ending[SEQPACKET_ENDING];
extern const struct scenario seqpacket_client[SEQPACKET_CLIENT];
extern const struct scenario seqpacket_answers[SEQPACKET_ANSWERS];
extern const struct scenario seqpacket_reach[SEQPACKET_REACH];

#endif
