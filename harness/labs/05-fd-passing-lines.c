#include "labs/05-fd-passing.h"

/* clang-format off */
#define FIVE(x) x x x x x
#define X_250 FIVE(FIVE("xxxxxxxxxx"))
/* clang-format on */

/* Requests are lines: their ends, their length, and what they may say. */
const struct scenario passing_lines[] = {
    {
        .name = "server-line-unknown",
        .title = "lines that are almost requests, and are none: -EPROTO, and "
                 "closed",
        .rules = "P7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Whoever accepts \"almost right\" today has to accept it for "
               "ever, and two programs that read the same line differently "
               "are how filters are got around. A peer that does not speak "
               "the protocol is best told at once.",
        .hints = {
            "How does your server compare: as far as the word is long, or "
            "as far as the line is?",
            "A line has a length; strcmp() stops at a NUL, strncmp(line, "
            "\"count\", 5) lets \"counts\" pass, sscanf() and strtok() skip "
            "blanks. None of these lines is a request.",
            "length == 5 && memcmp(line, \"count\", 5) == 0; or length > 5 "
            "&& memcmp(line, \"open \", 5) == 0; everything else gets "
            "-EPROTO and a close().",
        },
        .man = "memcmp(3) string(3)",
        .by_hand = "{server} & S=$!; printf 'counts\\n' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "kill $S",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            CONNECT_ALL(0, 10),
            UNKNOWN(0, ""),
            UNKNOWN(1, "OPEN served"),
            UNKNOWN(2, "open"),
            UNKNOWN(3, "opens served"),
            UNKNOWN(4, "counts"),
            UNKNOWN(5, "count x"),
            UNKNOWN(6, " count"),
            UNKNOWN(7, "count\r"),
            UNKNOWN(8, "count\0" "x"),
            UNKNOWN(9, "{0}"),
            SERVES(10),
        },
    },
    {
        .name = "server-line-length",
        .title = "255 bytes are a line; 256, and 100,000 without a newline: "
                 "-EPROTO",
        .rules = "P7 P8 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-line-unknown",
        .why = "A reader of lines needs a limit, or a peer that never sends a "
               "newline makes it take all memory; and the limit must be the "
               "one that was agreed, not that of some buffer.",
        .hints = {
            "How long is the longest line, and is the newline one of its "
            "bytes?",
            "255 bytes and then the newline: a buffer of 256 holds it "
            "exactly. If it is full without a newline, the line is too long, "
            "and there is nothing more to wait for.",
            "With 256 bytes and no newline among them: send \"-EPROTO\\n\", "
            "close the connection. Do not cut the line and go on with its "
            "rest as if it were the next.",
        },
        .man = "recvmsg(2) memchr(3) close(2)",
        .by_hand = "{server} & S=$!; (printf 'open %0250d\\n' 7; printf 'open "
                   "%0251d\\n' 7) | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "kill $S",
        .payload = { TEXT(100000) },
        .steps = {
            START(),
            CONNECT(0),
            REFUSES(0, X_250, "ENOENT"),
            SEND_SPLIT(0, 255, "open " X_250 "\n"),
            EXPECT(0, "-ENOENT\n"),
            OPENS(0, "served"),
            UNKNOWN(0, "open " X_250 "x"),
            CONNECT(1),
            UNKNOWN(1, "{0}"),
            CONNECT(2),
            SEND(2, "{0}"),
            EXPECT(2, "-EPROTO\n"),
            EXPECT_CLOSED(2),
            SERVES(3),
        },
    },
    {
        .name = "server-line-pieces",
        .title = "requests a byte at a time, and it is stopped in between: all "
                 "the same",
        .rules = "P8 C12",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A stream keeps the order of bytes and nothing else: a line may "
               "arrive in as many reads as it has bytes. And a debugger that "
               "attaches in between makes waits return early, with EINTR.",
        .hints = {
            "What does your server do with a read that ends in the middle "
            "of a line? And with one that returns -1 and EINTR?",
            "It keeps what has come, waits for more, and looks for the "
            "newline again. EINTR is neither an error nor an end.",
            "Collect into the peer's own buffer at [length], search it with "
            "memchr(), and answer only when there is a newline; on EINTR "
            "and EAGAIN make the call again, or go back to poll().",
        },
        .man = "recvmsg(2) memchr(3) signal(7)",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SEND_PIECES(0, 1, "open served\n"),
            EXPECT_FILE(0, "root/served"),
            REPEAT(11),
            SEND_SPLIT(0, SPLIT_HERE, "open served\n"),
            EXPECT_FILE(0, "root/served"),
            AGAIN(),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            SEND(0, "open ser"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            STOP(),
            SEND(0, "ved\n"),
            CONTINUE(),
            EXPECT_FILE(0, "root/served"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            OPENS(0, "served"),
        },
    },
};
