#include "labs/04-seqpacket.h"

/* What is a number, what is none, and what does not fit. */
const struct scenario seqpacket_numbers[] = {
    {
        .name = "server-hello",
        .title = "peer sends two numbers: each is answered with the running "
                 "total",
        .rules = "C1 Q1 Q6",
        .role = ROLE_SERVER,
        .points = 5,
        .why = "A conversation with a memory: the answer depends on what was "
               "said before on this connection. Display servers, databases "
               "and audio servers all work like that, and some of them use "
               "just this type of socket.",
        .hints = {
            "What changes in lab 01's sequence of calls when the socket's "
            "type is SOCK_SEQPACKET? And what stays open after the first "
            "answer?",
            "socket, bind, listen and accept as ever. Then receive a record, "
            "answer with one record, and receive the next on the same "
            "connection; close only at the end of file.",
            "recv(fd, record, 64, MSG_TRUNC) gives one record and its true "
            "length. Read the number, add it, and send(fd, answer, (size_t)"
            "snprintf(answer, sizeof answer, \"total: %\" PRId64, total), "
            "MSG_NOSIGNAL): no newline, no NUL.",
        },
        .man = "unix(7) socket(2) accept(2) recv(2) send(2) strtoll(3)",
        .by_hand = "printf 42 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .steps = {
            START(),
            CONNECT(0),
            SETTLE(),
            ASK(0, "42", "total: 42"),
            ASK(0, "-50", "total: -8"),
            ALIVE(),
        },
    },
    {
        .name = "server-signs",
        .title = "numbers with signs and leading zeros: +7, -0, 007, -0010",
        .rules = "Q1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Numbers come from printf formats, spreadsheets and people. "
               "A parser that takes 010 for eight, or stumbles over a plus, "
               "is a wrong total that nobody notices for a year.",
        .hints = {
            "Does your parser accept all that the rule does: a plus, "
            "zeros in front, a minus before a zero?",
            "strtoll() with base 0 takes 010 for octal, with base 10 for "
            "ten. A zero has no sign, so minus zero is zero.",
            "Skip one '+' or '-', require digits only from there to the "
            "record's end, then strtoll(text, NULL, 10) on the whole.",
        },
        .man = "strtoll(3)",
        .by_hand = "printf 0010 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "+7", "total: 7"),
            ASK(0, "-0", "total: 7"),
            ASK(0, "007", "total: 14"),
            ASK(0, "-0010", "total: 4"),
            ASK(0, "+0000", "total: 4"),
            ASK(0, "0", "total: 4"),
            ASK(0, "-4", "total: 0"),
            ASK(0, "-0", "total: 0"),
            ASK(0, "-1", "total: -1"),
            ASK(0, "08", "total: 7"),
        },
    },
    {
        .name = "server-not-a-number",
        .title = "signs alone, blanks, newlines, letters: refused, the total "
                 "stays",
        .rules = "Q2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "atoi() and strtoll() skip blanks in front, stop at the first "
               "byte that they do not know, and call the rest success. A "
               "price of \"1O0\" then is 1. What cannot be read must not be "
               "guessed.",
        .hints = {
            "What does strtoll() make of \" 1\", of \"1 \" and of \"+\"?",
            "It skips white space first, it stops where the number ends, "
            "and where there is no digit it returns 0. None of the three "
            "is an error to it: your program has to look.",
            "Do not let strtoll() decide. Count: one sign or none, then "
            "strspn(text, \"0123456789\"), at least one, and the count must "
            "reach the record's length.",
        },
        .man = "strtoll(3) strspn(3) recv(2)",
        .by_hand = "printf '1 ' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "12", "total: 12"),
            NO_NUMBER(0, "x{0}"),
            NO_NUMBER(0, "+"),
            NO_NUMBER(0, "-"),
            NO_NUMBER(0, "++1"),
            NO_NUMBER(0, "--1"),
            NO_NUMBER(0, "+-1"),
            NO_NUMBER(0, " 1"),
            NO_NUMBER(0, "1 "),
            NO_NUMBER(0, "\t1"),
            NO_NUMBER(0, "- 1"),
            NO_NUMBER(0, "1\n"),
            NO_NUMBER(0, "1x"),
            NO_NUMBER(0, "1-"),
            NO_NUMBER(0, "1 2"),
            ASK(0, "1", "total: 13"),
        },
    },
    {
        .name = "server-almost-a-number",
        .title = "0x10, 1e3, 1_000, digits of other scripts: refused, the "
                 "total stays",
        .rules = "Q2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-not-a-number",
        .why = "Each language reads a little more than decimal digits: hex, "
               "exponents, underscores, the digits of every script in "
               "Unicode. Two programs that disagree on what is a number are "
               "how a check in front of a service is got round.",
        .hints = {
            "Which characters does your parser take, apart from 0 to 9?",
            "strtoll() with base 0 takes 0x10, strtod() takes 1e3, Python's "
            "int() takes 1_000 and the digits of every script, and "
            "isdigit() of a negative char takes anything.",
            "Compare bytes: '0' <= c && c <= '9'. The rule says ASCII, and "
            "these ten bytes are all there is.",
        },
        .man = "strtoll(3) isdigit(3) ascii(7)",
        .by_hand = "printf 0x10 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "12", "total: 12"),
            NO_NUMBER(0, "0x10"),
            NO_NUMBER(0, "0b1"),
            NO_NUMBER(0, "1e3"),
            NO_NUMBER(0, "1.0"),
            NO_NUMBER(0, "1."),
            NO_NUMBER(0, "1,000"),
            NO_NUMBER(0, "1_000"),
            NO_NUMBER(0, "1L"),
            NO_NUMBER(0, "a"),
            NO_NUMBER(0, "inf"),
            NO_NUMBER(0, "nan"),
            /* Arabic-Indic three, fullwidth one, the minus of typesetters. */
            NO_NUMBER(0, "\xd9\xa3"),
            NO_NUMBER(0, "\xef\xbc\x91"),
            NO_NUMBER(0, "\xe2\x88\x92" "1"),
            NO_NUMBER(0, "\xb2"),
            ASK(0, "1", "total: 13"),
        },
    },
    {
        .name = "server-nul",
        .title = "records with a NUL byte, in front, inside and behind: no "
                 "numbers",
        .rules = "Q2 Q6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-not-a-number",
        .why = "A record has a length; a C string ends at its first NUL. Who "
               "checks the one and uses the other can be shown two different "
               "texts: certificates have been forged with a NUL in a name.",
        .hints = {
            "Where does your record end: where recv() says, or at the "
            "first NUL?",
            "strtoll(), strspn() and %s stop at a NUL. All bytes that came "
            "belong to the record, and a NUL is no digit.",
            "After strspn() compare what you have counted with the length "
            "that recv() returned: \"1\\0\" has 2 bytes and one digit, so it "
            "is no number.",
        },
        .man = "recv(2) strspn(3) string(3)",
        .by_hand = "printf '1\\0' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .payload = { BINARY(24) },
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "12", "total: 12"),
            NO_NUMBER(0, "1\0"),
            NO_NUMBER(0, "\0"),
            NO_NUMBER(0, "\0" "1"),
            NO_NUMBER(0, "1\0" "2"),
            NO_NUMBER(0, "-\0" "1"),
            NO_NUMBER(0, "1\0\0\0\0\0\0\0"),
            NO_NUMBER(0, "{0}"),
            NO_NUMBER(0, "\xff"),
            ASK(0, "1", "total: 13"),
        },
    },
    {
        .name = "server-limits",
        .title = "the largest and the smallest of 64 bits fit, one beyond each "
                 "does not",
        .rules = "Q1 Q3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Counters of bytes, microseconds and money outgrow 32 bits in "
               "service, not in tests. And the smallest number has no "
               "positive counterpart: code that reads the digits first and "
               "the sign later loses it.",
        .hints = {
            "How many bits does your total have, and the variable in which "
            "you read a number?",
            "int64_t for both. strtoll() says ERANGE in errno, and returns "
            "a limit, where the number does not fit; the limit itself is a "
            "fine number.",
            "errno = 0; v = strtoll(text, NULL, 10); if (errno == ERANGE) "
            "overflow. By hand: collect the number below zero, where there "
            "is one more.",
        },
        .man = "strtoll(3) errno(3)",
        .by_hand = "printf 9223372036854775808 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "2147483648", "total: 2147483648"),
            ASK(0, "2147483648", "total: 4294967296"),
            ASK(0, "-4294967296", "total: 0"),
            ASK(0, "9223372036854775807", "total: 9223372036854775807"),
            ASK(0, "-9223372036854775807", "total: 0"),
            TOO_LARGE(0, "9223372036854775808"),
            TOO_LARGE(0, "-9223372036854775809"),
            ASK(0, "-9223372036854775808", "total: -9223372036854775808"),
            ASK(0, "+9223372036854775807", "total: -1"),
        },
    },
    {
        .name = "server-far-beyond",
        .title = "numbers of 65 to 200 bits, of up to 64 digits: overflow, the "
                 "total stays",
        .rules = "Q3 Q2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-limits",
        .why = "Arithmetic that wraps makes 18446744073709551617 a 1. Such "
               "numbers are tried on purpose: a length or a price that wraps "
               "is how many a memory corruption begins.",
        .hints = {
            "What does your program make of 2 to the power of 64, plus 1?",
            "Check at every digit, or let strtoll() do it; testing only "
            "whether the result has become negative misses what wraps "
            "twice. What is no number stays no number, however long.",
            "__builtin_mul_overflow(v, 10, &v) and __builtin_add_overflow() "
            "tell for each digit. First look whether all are digits, then "
            "whether it fits.",
        },
        .man = "strtoll(3)",
        .by_hand = "printf 18446744073709551617 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "12", "total: 12"),
            TOO_LARGE(0, "18446744073709551615"),
            TOO_LARGE(0, "18446744073709551616"),
            TOO_LARGE(0, "18446744073709551617"),
            TOO_LARGE(0, "-18446744073709551617"),
            TOO_LARGE(0, "36893488147419103233"),
            TOO_LARGE(0, "99999999999999999999"),
            TOO_LARGE(0, "340282366920938463463374607431768211457"),
            TOO_LARGE(0, "+" NINES_60 "999"),
            TOO_LARGE(0, "-" NINES_60 "999"),
            TOO_LARGE(0, NINES_60 "9999"),
            NO_NUMBER(0, NINES_60 "999x"),
            NO_NUMBER(0, "9223372036854775808 "),
            ASK(0, "1", "total: 13"),
        },
    },
    {
        .name = "server-sums",
        .title = "a total that would leave 64 bits, above or below: it stays "
                 "as it was",
        .rules = "Q3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-limits",
        .why = "Both numbers fit, their sum does not, and in C a signed sum "
               "that does not fit is undefined: compilers remove the very "
               "test that looks for it afterwards. And tests for overflow "
               "are written for growing totals; an account that is overdrawn "
               "far enough is then rich.",
        .hints = {
            "When do you know that a sum does not fit: before the addition "
            "or after it? And does your test also look below?",
            "Afterwards is too late, since signed overflow is undefined. The "
            "total must be left as it was, so do not add into it.",
            "int64_t sum; if (__builtin_add_overflow(total, v, &sum)) "
            "overflow; else total = sum; or compare first: v > 0 ? total > "
            "INT64_MAX - v : total < INT64_MIN - v.",
        },
        .man = "strtoll(3) errno(3)",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "9223372036854775806", "total: 9223372036854775806"),
            TOO_LARGE(0, "2"),
            ASK(0, "1", "total: 9223372036854775807"),
            TOO_LARGE(0, "1"),
            TOO_LARGE(0, "9223372036854775807"),
            ASK(0, "0", "total: 9223372036854775807"),
            ASK(0, "-9223372036854775808", "total: -1"),
            ASK(0, "1", "total: 0"),
            ASK(0, "-9223372036854775807", "total: -9223372036854775807"),
            TOO_LARGE(0, "-2"),
            ASK(0, "-1", "total: -9223372036854775808"),
            TOO_LARGE(0, "-1"),
            TOO_LARGE(0, "-9223372036854775808"),
            ASK(0, "9223372036854775807", "total: -1"),
            ASK(0, "1", "total: 0"),
        },
    },
};
