/**
 * @file scenario.h
 * What a scenario is. Pure data: no function is declared here, and a table of
 * scenarios holds no code. The runner plays it, reports print it, `explain`
 * tells it, tests check it for sense.
 *
 * Texts are templates. `{0}` .. `{5}` stand for the scenario's payloads, drawn
 * from the run's seed; `{path}` for the address the program is given; `{i}`
 * counts, from 0, the peers of a step that has several, the lines of
 * STDOUT_EACH, or the repetitions; `{{` is one brace. A text may hold NUL
 * bytes.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stddef.h>

enum {
    SCENARIO_STEPS = 40,
    SCENARIO_PAYLOADS = 6,
    SCENARIO_ARGS = 4,
    SCENARIO_HINTS = 3,
    SCENARIO_PEERS = 256
};

/** Which of a lab's two programs a scenario runs. */
enum role { ROLE_SERVER, ROLE_CLIENT, ROLE_COUNT };

/** How a payload is drawn from the seed; none is ever empty, zero or a default.
 */
enum payload_kind {
    PAYLOAD_NONE,
    /** Printable ASCII without blanks or braces. */
    PAYLOAD_TEXT,
    /** Any byte but newline; at 4 bytes or more at least one NUL and one byte
     *  that is invalid UTF-8. */
    PAYLOAD_BINARY,
    /** A relative path of letters and digits, "./" before them. */
    PAYLOAD_PATH
};

/** One value drawn from the seed, `length` bytes long. */
struct payload {
    enum payload_kind kind;
    size_t length;
};

/**
 * Every verb a step can have, with the word by which the transcript and the
 * tests call it. "Peer" is the harness's end of a connection.
 */
#define SCENARIO_VERBS(X)                                                      \
    X(END, "end")                                                              \
    /* the private directory */                                                \
    X(PLANT_FILE, "plant file")                                                \
    X(PLANT_DIRECTORY, "plant directory")                                      \
    X(PLANT_FIFO, "plant FIFO")                                                \
    X(PLANT_SYMLINK, "plant symbolic link")                                    \
    X(PLANT_STALE, "plant stale socket")                                       \
    X(PLANT_BOUND, "plant bound socket")                                       \
    X(REMOVE, "remove")                                                        \
    X(FILE_SAME, "file untouched")                                             \
    X(FILE_GONE, "file gone")                                                  \
    X(FILE_SOCKET, "file is a socket")                                         \
    X(TIDY, "directory tidy")                                                  \
    /* the program under test */                                               \
    X(START, "start")                                                          \
    X(FEED, "feed")                                                            \
    X(END_INPUT, "end input")                                                  \
    X(SIGNAL, "signal")                                                        \
    X(STOP, "stop")                                                            \
    X(STOP_MAIN, "stop main process")                                          \
    X(CONTINUE, "continue")                                                    \
    X(HOLD_AT_SEND, "hold at send")                                            \
    X(RELEASE, "release")                                                      \
    X(LIMIT_DESCRIPTORS, "limit descriptors")                                  \
    X(UNLIMIT_DESCRIPTORS, "lift limit")                                       \
    X(SETTLE, "settle")                                                        \
    X(COUNT, "count")                                                          \
    X(COUNT_SAME, "count again")                                               \
    X(CLOEXEC, "close-on-exec")                                                \
    X(STDOUT, "stdout")                                                        \
    X(STDOUT_EACH, "stdout, any order")                                        \
    X(STDOUT_END, "stdout end")                                                \
    X(COMPLAINS, "complains")                                                  \
    X(SAYS, "says")                                                            \
    X(USAGE, "usage")                                                          \
    X(EXIT, "exit")                                                            \
    X(ALIVE, "alive")                                                          \
    X(STAYS, "stays")                                                          \
    /* peers */                                                                \
    X(LISTEN, "listen")                                                        \
    X(ACCEPT, "accept")                                                        \
    X(ACCEPT_TALKER, "accept talker")                                          \
    X(NO_CONNECTION, "no connection")                                          \
    X(CONNECT, "connect")                                                      \
    X(REFUSED, "refused")                                                      \
    X(SEND_BUFFER, "send buffer")                                              \
    X(SEND, "send")                                                            \
    X(SEND_PIECES, "send in pieces")                                           \
    X(AWAIT, "await")                                                          \
    X(EXPECT, "expect")                                                        \
    X(EXPECT_END, "expect end of file")                                        \
    X(EXPECT_CLOSED, "expect close")                                           \
    X(EXPECT_SILENCE, "expect silence")                                        \
    X(HALF_CLOSE, "half-close")                                                \
    X(CLOSE, "close")                                                          \
    /* repetition: of the steps between, {i} counts from 0; not nested */      \
    X(REPEAT, "repeat")                                                        \
    X(AGAIN, "again")

#define SCENARIO_VERB_ENUM(name, word) VERB_##name,
enum verb { SCENARIO_VERBS(SCENARIO_VERB_ENUM) SCENARIO_VERB_COUNT };
#undef SCENARIO_VERB_ENUM

/** One step: a verb and what it needs. Made with the macros below only. */
struct step {
    enum verb verb;
    /** The peer it concerns, or the first of `count`. */
    int peer;
    /** How many peers (0 and 1 are one), or how many repetitions. */
    int count;
    /** A size, a mode, a signal, an exit status, another peer: by the verb. */
    long number;
    /** A path template, where the verb has one. */
    const char *path;
    /** A text template, where the verb has one. */
    const char *text;
    size_t length;
    /** The table's line, for those who write scenarios. */
    int line;
};

/** One scenario. */
struct scenario {
    /** Unique in its lab: lower case, digits and hyphens. */
    const char *name;
    /** What the peer does, and what is right, in one line. */
    const char *title;
    /** The rules it checks, separated by blanks. */
    const char *rules;
    enum role role;
    int points;
    /** A scenario of the same lab that must pass first, or NULL. */
    const char *after;
    /** Why it matters outside a lab: a sentence or two. */
    const char *why;
    /** From a nudge to almost the answer; explain shows one at a time. */
    const char *hints[SCENARIO_HINTS];
    /** Man pages, separated by blanks: "accept(2) signal(7)". */
    const char *man;
    /** A shell command with which to see it by hand, or NULL. */
    const char *by_hand;
    struct payload payload[SCENARIO_PAYLOADS];
    /** The address peers use; NULL is the document's, ./uds_socket3.txt. */
    const char *address;
    /** What the program is given; none is what the document gives it. */
    const char *args[SCENARIO_ARGS];
    struct step steps[SCENARIO_STEPS];
};

/** A rule of the contracts: its number and its text, said once, here. */
struct rule {
    const char *id;
    const char *text;
};

/** Some scenarios of a lab that stand in one file. */
struct scenario_group {
    const char *title;
    const struct scenario *scenarios;
    size_t count;
};

enum { LAB_GROUPS = 12 };

/** A lab: its rules and its scenarios. */
struct lab {
    /** Its folder's name in labs/ and solutions/. */
    const char *name;
    const char *title;
    /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
    int socket_type;
    const struct rule *rules;
    size_t rule_count;
    struct scenario_group groups[LAB_GROUPS];
};

/* clang-format off */
#define STEP_(v, ...) { .verb = VERB_##v, .line = __LINE__, __VA_ARGS__ }
#define STEP_BARE_(v) { .verb = VERB_##v, .line = __LINE__ }
#define STEP_TEXT_(t) .text = (t), .length = sizeof(t) - 1

#define TEXT(n)   { PAYLOAD_TEXT, (n) }
#define BINARY(n) { PAYLOAD_BINARY, (n) }
#define ROUTE(n)   { PAYLOAD_PATH, (n) }

/* Put something into the private directory before the program starts. */
#define PLANT_FILE(p, t)      STEP_(PLANT_FILE, .path = (p), STEP_TEXT_(t))
#define PLANT_DIRECTORY(p, m) STEP_(PLANT_DIRECTORY, .path = (p), .number = (m))
#define PLANT_FIFO(p)         STEP_(PLANT_FIFO, .path = (p))
#define PLANT_SYMLINK(p, t)   STEP_(PLANT_SYMLINK, .path = (p), STEP_TEXT_(t))
/** A socket file whose owner has gone. */
#define PLANT_STALE(p)        STEP_(PLANT_STALE, .path = (p))
/** A socket of this type, bound by `peer`, which keeps it and never listens. */
#define PLANT_BOUND(peer_, p, type) \
    STEP_(PLANT_BOUND, .peer = (peer_), .path = (p), .number = (type))
#define REMOVE(p)             STEP_(REMOVE, .path = (p))
/** What was planted (or listened on) there is still there, unchanged. */
#define FILE_SAME(p)          STEP_(FILE_SAME, .path = (p))
#define FILE_GONE(p)          STEP_(FILE_GONE, .path = (p))
#define FILE_SOCKET(p)        STEP_(FILE_SOCKET, .path = (p))
/** Nothing stands in or beside the private directory but what was planted,
 *  the address, and the address with `.lock`. */
#define TIDY()                STEP_BARE_(TIDY)
/** The same, but within the private directory anything may stand. */
#define CONFINED()            STEP_(TIDY, .number = 1)

/** Starts the program with the scenario's args. It may be started again. */
#define START()               STEP_BARE_(START)
/** Puts this into the program's stdin. */
#define FEED(t)               STEP_(FEED, STEP_TEXT_(t))
#define END_INPUT()           STEP_BARE_(END_INPUT)
/** To the process that was started; SIGKILL to all its descendants too, and it
 *  waits until they have gone. */
#define SIGNAL(n)             STEP_(SIGNAL, .number = (n))
/** Stops every process of the program, and waits until all are stopped. */
#define STOP()                STEP_BARE_(STOP)
/** Stops the process that was started, not its children. */
#define STOP_MAIN()           STEP_BARE_(STOP_MAIN)
#define CONTINUE()            STEP_BARE_(CONTINUE)
/** Starts the program and holds it right before it first sends on a socket. */
#define HOLD_AT_SEND()        STEP_BARE_(HOLD_AT_SEND)
#define RELEASE()             STEP_BARE_(RELEASE)
/** No process of the program can get another descriptor from now on. */
#define LIMIT_DESCRIPTORS()   STEP_BARE_(LIMIT_DESCRIPTORS)
#define UNLIMIT_DESCRIPTORS() STEP_BARE_(UNLIMIT_DESCRIPTORS)
/** Waits until the program has done what it had to and is asleep; it fails
 *  where the program spins instead. */
#define SETTLE()              STEP_BARE_(SETTLE)
/** Settles, and notes how many descriptors and processes the program has. */
#define COUNT()               STEP_BARE_(COUNT)
/** The program comes back to what was noted. */
#define COUNT_SAME()          STEP_BARE_(COUNT_SAME)
/** Settles; every descriptor above 2 is close-on-exec. */
#define CLOEXEC()             STEP_BARE_(CLOEXEC)
/** stdout goes on with exactly this. */
#define STDOUT(t)             STEP_(STDOUT, STEP_TEXT_(t))
/** stdout goes on with this for {i} = 0 .. n-1, each once, in any order. */
#define STDOUT_EACH(n, t)     STEP_(STDOUT_EACH, .count = (n), STEP_TEXT_(t))
/** Settles or ends; stdout holds nothing more. */
#define STDOUT_END()          STEP_BARE_(STDOUT_END)
/** A line on stderr of the form `PROGRAM: WHAT: ...` that holds this text. */
#define COMPLAINS(t)          STEP_(COMPLAINS, STEP_TEXT_(t))
/** A line on stderr, not empty, of any form. */
#define COMPLAINS_FREELY()    STEP_(COMPLAINS, .number = 1, STEP_TEXT_(""))
/** A line on stderr that is exactly this. */
#define SAYS(t)               STEP_(SAYS, STEP_TEXT_(t))
/** A line on stderr with the word "usage". */
#define USAGE()               STEP_BARE_(USAGE)
#define EXIT(n)               STEP_(EXIT, .number = (n))
/** Settles; the program has not ended. */
#define ALIVE()               STEP_BARE_(ALIVE)
/** The program does not end by itself: it waits for ever, or longer than any
 *  clock of the harness. */
#define STAYS()               STEP_BARE_(STAYS)

/** Peer listens at the address; it holds backlog + 1 connections. */
#define LISTEN(p, backlog)    STEP_(LISTEN, .peer = (p), .number = (backlog))
/** Peer becomes the next connection to the listening peer. */
#define ACCEPT(p, listener)   STEP_(ACCEPT, .peer = (p), .number = (listener))
/** The same; connections that end without a byte are passed over. */
#define ACCEPT_TALKER(p, l)   STEP_(ACCEPT_TALKER, .peer = (p), .number = (l))
/** Settles; nobody waits to be accepted, but for connections that have ended
 *  without a byte. */
#define NO_CONNECTION(l)      STEP_(NO_CONNECTION, .peer = (l))
/** Peer connects to the address. The first of a scenario waits until the
 *  server can be connected to. */
#define CONNECT(p)            STEP_(CONNECT, .peer = (p))
#define CONNECT_ALL(p, n)     STEP_(CONNECT, .peer = (p), .count = (n))
/** Nobody can be connected to at the address. */
#define REFUSED(p)            STEP_(REFUSED, .peer = (p))
#define SEND_BUFFER(p, n)     STEP_(SEND_BUFFER, .peer = (p), .number = (n))
#define SEND(p, t)            STEP_(SEND, .peer = (p), STEP_TEXT_(t))
#define SEND_ALL(p, n, t)     STEP_(SEND, .peer = (p), .count = (n), STEP_TEXT_(t))
/** `size` bytes at a time; the program takes each piece before the next goes. */
#define SEND_PIECES(p, size, t) \
    STEP_(SEND_PIECES, .peer = (p), .number = (size), STEP_TEXT_(t))
/** Waits until the peer could read something, and reads nothing. */
#define AWAIT(p)              STEP_(AWAIT, .peer = (p))
/** The peer's next bytes are exactly these. */
#define EXPECT(p, t)          STEP_(EXPECT, .peer = (p), STEP_TEXT_(t))
#define EXPECT_ALL(p, n, t)   STEP_(EXPECT, .peer = (p), .count = (n), STEP_TEXT_(t))
/** Then the end of file, and nothing before it. */
#define EXPECT_END(p)         STEP_(EXPECT_END, .peer = (p))
#define EXPECT_END_ALL(p, n)  STEP_(EXPECT_END, .peer = (p), .count = (n))
/** Then the end of file or a reset. */
#define EXPECT_CLOSED(p)      STEP_(EXPECT_CLOSED, .peer = (p))
/** Settles; the program has taken all that was sent, and answers nothing. */
#define EXPECT_SILENCE(p)     STEP_(EXPECT_SILENCE, .peer = (p))
#define HALF_CLOSE(p)         STEP_(HALF_CLOSE, .peer = (p))
#define CLOSE(p)              STEP_(CLOSE, .peer = (p))
#define CLOSE_ALL(p, n)       STEP_(CLOSE, .peer = (p), .count = (n))

#define REPEAT(n)             STEP_(REPEAT, .count = (n))
#define AGAIN()               STEP_BARE_(AGAIN)
/* clang-format on */

#endif
