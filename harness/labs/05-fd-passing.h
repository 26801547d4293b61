/**
 * @file 05-fd-passing.h
 * What the tables of lab 05 share. A well-behaved exchange is said once, so
 * that a scenario shows what is particular to it. ROOT is the directory `root`,
 * in which there is a file `served`.
 */
#ifndef LABS_05_FD_PASSING_H
#define LABS_05_FD_PASSING_H

#include <fcntl.h>

#include "scenario.h"

/* clang-format off */
/** Peer `p` asks for a file below ROOT, and gets it. */
#define OPENS(p, name)                \
    SEND(p, "open " name "\n"),       \
    EXPECT_FILE(p, "root/" name)

/** Peer `p` asks for a file and is refused. */
#define REFUSES(p, name, reason)      \
    SEND(p, "open " name "\n"),       \
    EXPECT(p, "-" reason "\n")

/** Peer `p` sends what it has attached, to be counted. */
#define COUNTS(p, answer)             \
    SEND(p, "count\n"),               \
    EXPECT(p, answer "\n")

/** The same, with one descriptor of this file. */
#define COUNTS_FILE(p, file, answer)  \
    ATTACH(p, file, O_RDONLY),        \
    COUNTS(p, answer)

/** More than one comes with it, or is cut off. A server with little room for
 *  control data cannot tell the one from the other. */
#define COUNTS_TOO_MANY(p)            \
    SEND(p, "count\n"),               \
    EXPECT_EITHER(p, "-E2BIG\n|-EMFILE\n")

/** Peer `p` sends a line that is no request. The server need not have read all
 *  of it. */
#define UNKNOWN(p, request)           \
    SEND(p, request "\n"),            \
    EXPECT(p, "-EPROTO\n"),           \
    EXPECT_CLOSED(p)

/** A name so long that its request has 255 bytes. */
#define NAME_50  "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvw"
#define NAME_250 NAME_50 NAME_50 NAME_50 NAME_50 NAME_50

/** What a server may say while the name leads now here, now there. */
#define SWAPPED \
    "-EXDEV\n|-EAGAIN\n|-ELOOP\n|-ENOTDIR\n|-EINVAL\n|-ENOENT\n"

/** For scenarios that are not about time: a client that still waits then would
 *  wait for ever. */
#define PATIENTLY(verb, name) { "-t", "60000", "{path}", verb, name }

/** Peer 0 is the client's connection to listener 9, and has its request. */
#define ASKED(request)                \
    LISTEN(9, 5),                     \
    ASKS(0, request)

/** The client is started, and peer `p` is its connection to listener 9 and has
 *  its request. */
#define ASKS(p, request)              \
    START(),                          \
    ACCEPT(p, 9),                     \
    EXPECT(p, request "\n")

/** The same, and the request is to count what stands at the path. */
#define LENDS(p, path)                \
    START(),                          \
    ACCEPT(p, 9),                     \
    EXPECT_WITH(p, path, "count\n")

/** The client complains, and prints nothing more. */
#define FAILURE()                     \
    EXIT(1),                          \
    COMPLAINS(""),                    \
    STDOUT_END()

#define PROTOCOL_ERROR()              \
    EXIT(1),                          \
    SAYS("client: protocol error"),   \
    STDOUT_END()

/** The client is stopped in its sleep, and continued. */
#define INTERRUPTED()                 \
    SETTLE(),                         \
    STOP(),                           \
    CONTINUE(),                       \
    SETTLE()

/** For answers as long as they may be. */
#define LETTERS_50 "ANSWERSMAYHAVETWOHUNDREDFIFTYFIVEBYTESANDNOTONEMOR"
#define LETTERS_250 LETTERS_50 LETTERS_50 LETTERS_50 LETTERS_50 LETTERS_50
/* clang-format on */

/** How many scenarios each table holds: the compiler compares them. */
enum {
    PASSING_RULES = 15,
    PASSING_HELLO = 2,
    PASSING_OPEN = 5,
    PASSING_REFUSE = 6,
    PASSING_BENEATH = 5,
    PASSING_SERVICE = 4,
    PASSING_GIVEN = 2,
    PASSING_COUNT = 6,
    PASSING_SENT = 5,
    PASSING_LINES = 3,
    PASSING_GIFTS = 4,
    PASSING_CROWD = 6,
    PASSING_FETCH = 5,
    PASSING_LEND = 3,
    PASSING_DISTRUST = 5,
    PASSING_REACH = 9
};

extern const struct rule passing_rules[PASSING_RULES];

/** The first two: a file is opened, and one is fetched. */
extern const struct scenario passing_hello[PASSING_HELLO];

/** The server, and what it is asked to open. */
extern const struct scenario passing_open[PASSING_OPEN];
extern const struct scenario passing_refuse[PASSING_REFUSE];
extern const struct scenario passing_beneath[PASSING_BENEATH];
extern const struct scenario passing_service[PASSING_SERVICE];
extern const struct scenario passing_given[PASSING_GIVEN];

/** The server, and what it is sent to be counted. */
extern const struct scenario passing_count[PASSING_COUNT];
extern const struct scenario passing_sent[PASSING_SENT];
extern const struct scenario passing_lines[PASSING_LINES];
extern const struct scenario passing_gifts[PASSING_GIFTS];
extern const struct scenario passing_crowd[PASSING_CROWD];

/** The client: what it fetches, what it passes itself, whom it does not trust,
 *  and how it is called, connects and waits. */
extern const struct scenario passing_fetch[PASSING_FETCH];
extern const struct scenario passing_lend[PASSING_LEND];
extern const struct scenario passing_distrust[PASSING_DISTRUST];
extern const struct scenario passing_reach[PASSING_REACH];

#endif
