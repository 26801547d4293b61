#include "labs/05-fd-passing.h"

/* Descriptors that nobody has asked for, and requests in several pieces. */
const struct scenario passing_gifts[] = {
    {
        .name = "server-gifts-open",
        .title = "open comes with descriptors: answered as ever, and they are "
                 "closed",
        .rules = "P6 P1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-none",
        .why = "Whether descriptors come is decided by the peer alone. They "
               "are in your table before you know what the request is, and "
               "code that never wanted any does not think of closing them.",
        .hints = {
            "Who closes a descriptor that came with a request in which there "
            "is no place for one?",
            "The kernel has installed it when recvmsg() returns, if there "
            "was room in the control buffer. It stays until you close it, "
            "whatever the request says.",
            "Close what came in one place, behind the answering of any "
            "request, and not in the function that counts. Nothing of it may "
            "be left for the next request either.",
        },
        .man = "recvmsg(2) cmsg(3) close(2)",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(0),
            OPENS(0, "served"),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNT(),
            ATTACH(0, "file", O_RDONLY),
            OPENS(0, "served"),
            COUNT_SAME(),
            COUNTS(0, "-EBADF"),
            ATTACH_PIPE(0),
            OPENS(0, "served"),
            ATTACH_SOCKET(0),
            REFUSES(0, "missing", "ENOENT"),
            ATTACH_COPIES(0, "file", O_RDONLY, 253),
            OPENS(0, "served"),
            ATTACH(0, "file", O_RDONLY),
            ATTACH(0, "root", O_RDONLY),
            REFUSES(0, "../file", "EXDEV"),
            COUNT_SAME(),
            COUNTS_FILE(0, "file", "+1 41"),
        },
    },
    {
        .name = "server-gifts-refused",
        .title = "descriptors with half a line, garbage, a line too long: all "
                 "closed",
        .rules = "P6 P7 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-gifts-open",
        .why = "The ways on which a request comes to nothing are many, seldom "
               "tried, and free for anybody to take. A leak on one of them is "
               "as good as a leak on all.",
        .hints = {
            "On which ways does a connection end while you hold a "
            "descriptor?",
            "The end of file in the middle of a line, a reset, an unknown "
            "request, a line that is too long: no answer of count is made on "
            "any of them.",
            "One function ends a connection, and closes the socket and what "
            "the request has brought; every way leads through it.",
        },
        .man = "close(2) recvmsg(2) cmsg(3)",
        .payload = { TEXT(40), TEXT(300) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            SERVES(9),
            COUNT(),
            CONNECT(1),
            ATTACH_COPIES(1, "file", O_RDONLY, 3),
            UNKNOWN(1, "hello"),
            CONNECT(2),
            ATTACH(2, "file", O_RDONLY),
            UNKNOWN(2, "{1}"),
            CONNECT(3),
            ATTACH_COPIES(3, "file", O_RDONLY, 3),
            SEND(3, "cou"),
            HALF_CLOSE(3),
            EXPECT_CLOSED(3),
            CONNECT(4),
            SEND(4, "open served"),
            HALF_CLOSE(4),
            EXPECT_CLOSED(4),
            CONNECT(5),
            ATTACH(5, "file", O_RDONLY),
            SEND(5, "count"),
            SETTLE(),
            CLOSE(5),
            /* A server may have ended its side, and read on until here. */
            CLOSE(1),
            CLOSE(2),
            COUNT_SAME(),
            CONNECT(6),
            COUNTS_FILE(6, "file", "+1 41"),
        },
    },
    {
        .name = "server-pieces",
        .title = "count in pieces: its descriptors come with any of them, and "
                 "all count",
        .rules = "P8 P5 P6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-many",
        .why = "On a stream a descriptor is tied to one byte, not to a line. "
               "The read that happens to fetch that byte brings it along, or "
               "loses it for ever if it is one that cannot receive any.",
        .hints = {
            "With how many calls do you read one line, and which of them "
            "can receive a descriptor?",
            "Each has to: a plain read() or recv() for \"the rest\" discards "
            "what comes with it. What came with an earlier piece has to be "
            "kept until the line is whole.",
            "Use one function with recvmsg() for all reading; keep the "
            "descriptor and the number of them beside the line's bytes; "
            "reset both where a new line begins, not where you receive.",
        },
        .man = "recvmsg(2) unix(7) cmsg(3)",
        .payload = { TEXT(40), TEXT(7) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            PLANT_FILE("other", "{1}\n"),
            START(),
            CONNECT(0),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNT(),
            SEND(0, "cou"),
            SETTLE(),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "nt\n"),
            EXPECT(0, "+1 41\n"),
            SEND(0, "count"),
            SETTLE(),
            ATTACH(0, "other", O_RDONLY),
            SEND(0, "\n"),
            EXPECT(0, "+1 8\n"),
            ATTACH(0, "file", O_RDONLY),
            SEND_PIECES(0, 1, "count\n"),
            EXPECT(0, "+1 41\n"),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "co"),
            SETTLE(),
            ATTACH(0, "other", O_RDONLY),
            SEND(0, "un"),
            SETTLE(),
            SEND(0, "t\n"),
            EXPECT(0, "-E2BIG\n"),
            COUNT_SAME(),
            COUNTS(0, "-EBADF"),
        },
    },
    {
        .name = "server-thousand",
        .title = "a thousand hostile requests: its descriptors are as many as "
                 "before",
        .rules = "P6 P5 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-gifts-refused",
        .why = "One descriptor lost in a hundred requests is found by no "
               "test, and by every attacker. A thousand requests are nothing "
               "to a peer that means harm: they take less than a second.",
        .hints = {
            "Look at /proc/PID/fd of your server before and behind one of "
            "these requests: what is there more?",
            "Take the kinds of request in the list above one by one. The one "
            "that leaks goes another way out of your code than the others.",
            "Let one function begin a request (nothing received), and one "
            "end it (close all that was). Call the second from every way "
            "out, also when sending fails.",
        },
        .man = "proc(5) close(2) cmsg(3)",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(0),
            OPENS(0, "served"),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNT(),
            REPEAT(125),
            ATTACH_COPIES(0, "file", O_RDONLY, 9),
            COUNTS_TOO_MANY(0),
            ATTACH_PIPE(0),
            COUNTS(0, "-EINVAL"),
            ATTACH_SOCKET(0),
            OPENS(0, "served"),
            ATTACH(0, "file", O_PATH),
            COUNTS(0, "-EACCES"),
            ATTACH(0, "root", O_RDONLY),
            REFUSES(0, "missing", "ENOENT"),
            CONNECT(1),
            ATTACH_COPIES(1, "file", O_RDONLY, 2),
            UNKNOWN(1, "hello"),
            CONNECT(1),
            ATTACH(1, "file", O_RDONLY),
            SEND(1, "cou"),
            CONNECT(1),
            ATTACH(1, "file", O_RDONLY),
            SEND(1, "count\n"),
            AWAIT(1),
            CLOSE(1),
            AGAIN(),
            COUNT_SAME(),
        },
    },
};
