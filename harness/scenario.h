/**
 * @file scenario.h
 * What a scenario is. Pure data: no function is declared here, and a table of
 * scenarios holds no code. The runner plays it, reports print it, `explain`
 * tells it, tests check it for sense.
 *
 * Texts are templates. `{0}` .. `{5}` stand for the scenario's payloads, drawn
 * from the run's seed; `{path}` for the address the program is given; `{here}`
 * for the private directory, absolute; `{i}`
 * counts, from 0, the peers of a step that has several, the lines of
 * STDOUT_EACH, or the repetitions; `{n}` counts the repetitions, or the copies
 * of a step that has several, and `{n+1}` counts them from 1; `{0/n}` is the
 * first {n+1} bytes of a payload. `{f0}` is a frame of lab 02 that holds the
 * payload, `{r0}` one that holds it reversed, `{r0/n}` and so on. `{q+5}` is 5
 * more than the kernel's limit of a datagram queue (max_dgram_qlen); a scenario
 * with it is skipped where that is too large to be reached. `{pid1}`, `{uid1}`
 * and `{gid1}` are hand 1's number and its effective user and group, `{ruid1}`
 * and `{rgid1}` the real ones; hand 0 is the process that plays the case, which
 * is the program's user. `{{` is one brace. A text may hold NUL bytes.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

enum {
    SCENARIO_STEPS = 48,
    SCENARIO_PAYLOADS = 6,
    SCENARIO_ARGS = 8,
    SCENARIO_HINTS = 3,
    SCENARIO_PEERS = 256,
    /** Hands have the numbers 1 to 9. */
    SCENARIO_HANDS = 10
};

/** Which of a lab's two programs a scenario runs; NONE shows the kernel alone.
 */
enum role { ROLE_SERVER, ROLE_CLIENT, ROLE_COUNT, ROLE_NONE = ROLE_COUNT };

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
    X(PLANT_SPARSE, "plant large file")                                        \
    X(PLANT_FIFO, "plant FIFO")                                                \
    X(PLANT_SYMLINK, "plant symbolic link")                                    \
    X(PLANT_STALE, "plant stale socket")                                       \
    X(PLANT_BOUND, "plant bound socket")                                       \
    X(REMOVE, "remove")                                                        \
    X(CHMOD, "change mode")                                                    \
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
    X(HOLD_AT_CONNECT, "hold at connect")                                      \
    X(HOLD_AFTER_BIND, "hold after bind")                                      \
    X(HOLD_AT_LISTEN, "hold at listen")                                        \
    X(START_APART, "start apart")                                              \
    X(START_CLOSED, "start without stdin")                                     \
    X(UMASK, "umask")                                                          \
    X(MODE, "mode")                                                            \
    X(MODE_WITHIN, "mode within")                                              \
    X(RELEASE, "release")                                                      \
    X(LIMIT_DESCRIPTORS, "limit descriptors")                                  \
    X(UNLIMIT_DESCRIPTORS, "lift limit")                                       \
    X(SETTLE, "settle")                                                        \
    X(COUNT, "count")                                                          \
    X(COUNT_SAME, "count again")                                               \
    X(MEMORY_SAME, "memory again")                                             \
    X(PEAK_SAME, "peak again")                                                 \
    X(CLOEXEC, "close-on-exec")                                                \
    X(CLOCK, "clock")                                                          \
    X(NOT_BEFORE, "not before")                                                \
    X(STDOUT, "stdout")                                                        \
    X(STDOUT_EACH, "stdout, any order")                                        \
    X(STDOUT_END, "stdout end")                                                \
    X(COMPLAINS, "complains")                                                  \
    X(SAYS, "says")                                                            \
    X(QUIET, "quiet")                                                          \
    X(USAGE, "usage")                                                          \
    X(ENDS, "ends")                                                            \
    X(EXIT, "exit")                                                            \
    X(ALIVE, "alive")                                                          \
    X(STAYS, "stays")                                                          \
    /* peers */                                                                \
    X(SERVES, "serves")                                                        \
    X(REACHABLE, "reachable")                                                  \
    X(LISTEN, "listen")                                                        \
    X(ACCEPT, "accept")                                                        \
    X(ACCEPT_TALKER, "accept talker")                                          \
    X(NO_CONNECTION, "no connection")                                          \
    X(CONNECT, "connect")                                                      \
    X(BIND, "bind")                                                            \
    X(AUTOBIND, "autobind")                                                    \
    X(UNBOUND, "unbound")                                                      \
    X(REFUSED, "refused")                                                      \
    X(SEND_BUFFER, "send buffer")                                              \
    X(SEND, "send")                                                            \
    X(SEND_PIECES, "send in pieces")                                           \
    X(SEND_SPLIT, "send split")                                                \
    X(SEND_TIMES, "send several")                                              \
    X(SEND_TO, "send to")                                                      \
    X(INTRUDE, "intrude")                                                      \
    X(FLOOD, "flood")                                                          \
    X(DRIP, "drip")                                                            \
    X(SIP, "sip")                                                              \
    X(AWAIT, "await")                                                          \
    X(EXPECT, "expect")                                                        \
    X(EXPECT_PIECES, "expect in pieces")                                       \
    X(EXPECT_TIMES, "expect several")                                          \
    X(EXPECT_FLOOD, "expect flood")                                            \
    X(EXPECT_DROPPED, "expect to be dropped")                                  \
    X(DRAIN_TO, "drain up to")                                                 \
    X(DRAIN, "drain")                                                          \
    X(OR_EXIT, "or exit")                                                      \
    X(EXPECT_END, "expect end of file")                                        \
    X(EXPECT_CLOSED, "expect close")                                           \
    X(EXPECT_SILENCE, "expect silence")                                        \
    X(HALF_CLOSE, "half-close")                                                \
    X(CLOSE, "close")                                                          \
    /* descriptors that travel with bytes */                                   \
    X(ATTACH, "attach")                                                        \
    X(ATTACH_COPIES, "attach copies")                                          \
    X(ATTACH_AT, "attach at offset")                                           \
    X(ATTACH_MADE, "attach what is made")                                      \
    X(HOARD, "hoard")                                                          \
    X(RESIZE, "resize")                                                        \
    X(SWAP, "swap")                                                            \
    X(OFFSET_SAME, "offset untouched")                                         \
    X(EXPECT_EITHER, "expect either")                                          \
    X(EXPECT_FILE, "expect a file")                                            \
    X(EXPECT_WITH, "expect with a file")                                       \
    /* hands: processes that connect and send in the harness's place */        \
    X(HAND, "hand")                                                            \
    X(HAND_TAKES_NUMBER, "hand takes number")                                  \
    X(HAND_ENDS, "hand ends")                                                  \
    X(HAND_ENDS_UNREAPED, "hand ends unreaped")                                \
    X(CONNECT_AS, "connect as")                                                \
    X(SEND_AS, "send as")                                                      \
    X(FORGE_AS, "forge as")                                                    \
    /* repetition: of the steps between, {i} counts from 0; not nested */      \
    X(REPEAT, "repeat")                                                        \
    X(AGAIN, "again")                                                          \
    /* what is worth no points and shows something */                          \
    X(OBSERVE, "observe")                                                      \
    X(OBSERVED, "observed")

#define SCENARIO_VERB_ENUM(name, word) VERB_##name,
enum verb { SCENARIO_VERBS(SCENARIO_VERB_ENUM) SCENARIO_VERB_COUNT };
#undef SCENARIO_VERB_ENUM

/** What may be attached beside what stands at a path. */
enum attachment {
    /** A file in memory (memfd_create(2)), which may be made to shrink, or may
     *  not. */
    ATTACHMENT_MEMORY,
    ATTACHMENT_SEALED,
    /** One end of a pair of sockets, or of a pipe in which there is nothing. */
    ATTACHMENT_SOCKET,
    ATTACHMENT_PIPE,
    ATTACHMENT_COUNT
};

/** What the kernel can be seen doing, without any program. */
enum observation {
    /** How many connections listen(n) holds, for several n. */
    OBSERVE_BACKLOG,
    /** 20,000 datagrams to a receiver that reads: order and losses. */
    OBSERVE_ORDER,
    /** The ways in which a datagram is refused or lost. */
    OBSERVE_LOSSES,
    /** What a socket of type SOCK_RAW is. */
    OBSERVE_RAW,
    OBSERVE_COUNT
};

/** Whose process a hand is. */
enum hand_who {
    /** The program's user's. */
    HAND_SAME,
    /** Another user's, who is the same in all cases. */
    HAND_OTHER,
    HAND_ROOT,
    /** The program's user in effect, and really the other one. */
    HAND_EFFECTIVE,
    /** Really the program's user, and the other one in effect. */
    HAND_REAL,
    HAND_WHO_COUNT
};

/** One step: a verb and what it needs. Made with the macros below only. */
struct step {
    enum verb verb;
    /** The peer it concerns, or the first of `count`. */
    int peer;
    /** How many peers (0 and 1 are one), or how many repetitions. */
    int count;
    /** The table's line, for those who write scenarios. */
    int line;
    /** A size, a mode, a signal, an exit status, another peer: by the verb. */
    long number;
    /** A second number, by the verb. */
    long size;
    enum hand_who who;
    /** A path template, where the verb has one. */
    const char *path;
    /** A text template, where the verb has one. */
    const char *text;
    size_t length;
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
    /** 0: an observation, which nobody can lose. */
    int points;
    /** A scenario of the same lab that must pass first, or NULL. */
    const char *after;
    /** Why it matters outside a lab: a sentence or two. */
    const char *why;
    /** From a nudge to almost the answer; explain shows one at a time. */
    const char *hints[SCENARIO_HINTS];
    /** Man pages, separated by blanks: "accept(2) signal(7)". */
    const char *man;
    /** A shell command with which to see it by hand, or NULL. `{server}` and
     *  `{client}` are the program with all that it must be given, `{given}` and
     *  `{operands}` these alone, with a blank before each. */
    const char *by_hand;
    struct payload payload[SCENARIO_PAYLOADS];
    /** The address peers use; NULL is the document's, ./uds_socket3.txt. */
    const char *address;
    /** What the program is given. `{given}` alone stands for the address where
     *  it must be given, `{operands}` for what the lab wants behind it; none at
     *  all is both. */
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

enum { LAB_GROUPS = 24, LAB_OPERANDS = 2 };

/** A lab: its rules and its scenarios. */
struct lab {
    /** Its folder's name in labs/ and solutions/. */
    const char *name;
    const char *title;
    /** SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET. */
    int socket_type;
    /** Programs are built with the files of labs/common. */
    bool common;
    /** The address must be given; else programs have a default. */
    bool given;
    /** What a program must be given behind the address. */
    const char *operands[ROLE_COUNT][LAB_OPERANDS];
    /** What is played before a server's scenario begins, or NULL. */
    const struct step *prepares;
    /** What SERVES plays: a good exchange of peer 0, which ends with the peer
     *  closed; its payload is {0}. */
    const struct step *serves;
    const struct rule *rules;
    size_t rule_count;
    /** Rules of another lab that this one's refer to, or NULL. */
    const struct rule *more_rules;
    size_t more_count;
    /** Common rules that the lab cannot show, separated by blanks. */
    const char *not_shown;
    struct scenario_group groups[LAB_GROUPS];
};

#include "scenario-steps.h"

#endif
