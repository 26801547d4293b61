#include "labs/03-datagram.h"

const struct rule datagram_rules[] = {
    { "D1", "For each datagram prints `received: ` and its bytes, then a "
            "newline, and answers its sender with `thank you! (N "
            "bytes)\\n`, N its length." },
    { "D2", "A datagram longer than 1024 bytes is not printed; the answer "
            "is `too long (N bytes, limit 1024)\\n` with its true length N." },
    { "D3", "A sender without an address is printed like any other and gets "
            "no answer." },
    { "D4", "The server never waits for a receiver: an answer that cannot "
            "be delivered at once (queue full, receiver gone, address "
            "removed) is dropped. (Unread answers fill the server's one "
            "send buffer, about 278 short ones: until they are read or "
            "their owners leave, others' answers may be dropped too; "
            "scenarios stay below 200.)" },
    { "D5", "An empty datagram is not an end of file." },
    { "D6", "Answers go to each sender in the order of its datagrams." },
    { "D7", "On SIGTERM or SIGINT the last line of stdout is `served R "
            "datagrams: A answered, U unanswerable, D dropped`; R = A + U + "
            "D, U as in D3, D as in D4. What is still queued at the signal "
            "may be left unserved." },
    { "D10", "Has an address of its own, so that it can be answered, and "
             "leaves nothing behind in the file system, unless killed by "
             "SIGKILL. Nobody there: C3, exit 1, at the start or at the "
             "first line. SIGHUP, SIGINT and SIGTERM end it." },
    { "D11", "For each line of stdin, an empty one too, sends one datagram "
             "and prints `reply: ` and the answer (up to 65536 bytes) "
             "without its last newline, if it has one, then a newline." },
    { "D12", "Takes answers from the server only, by the kernel's word (a "
             "connected socket) and not by comparing names: a datagram from "
             "anybody else is never printed, and does not disturb the "
             "exchange, at any moment of the client's life." },
    { "D13", "No answer within TIMEOUT_MS: `client: no reply within 1000 ms` "
             "(or what it is) on stderr, and the next line is taken; the "
             "exit status at the end is 1. An answer that comes after its "
             "time has passed is never taken for the answer to a later line "
             "(a new socket, with a new address, after a time-out is one "
             "way; old ones must not add up)." },
    { "D14", "A server that refuses: C3, exit 1. One that disappears after "
             "it took a datagram cannot be told from a silent one: D13, then "
             "this rule at the next line. One that was replaced between two "
             "lines: either C3, exit 1, or the new one is used." },
    { "D15", "A full server queue: the client waits for room, at most "
             "TIMEOUT_MS, then as D13." },
    { "D16", "A line longer than 1024 bytes is sent as it is (so that D2 "
             "shows); over 65536 bytes: as S13." },
};
