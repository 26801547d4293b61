#include "labs/02-framing.h"

/* Frames that are too long, or cut; and peers that end, or are gone. */
const struct scenario framing_refused[] = {
    {
        .name = "server-65537",
        .title = "a good frame and one of 65537 bytes: one answer, then closed",
        .rules = "F5 F1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-largest",
        .why = "Without a limit every peer decides how much memory the server "
               "needs. A limit that is checked after the payload was received "
               "is one byte too late for the buffer.",
        .hints = {
            "At which moment do you know that a frame is too long?",
            "As soon as its four bytes are there, before a byte of its "
            "payload is received. What was answered before stays answered.",
            "if (length > 65536) { fprintf(stderr, \"server: frame of %\" "
            "PRIu32 \" bytes refused\\n\", length); close the connection; } "
            "and accept the next one.",
        },
        .man = "recv(2) close(2) printf(3)",
        .by_hand = "(printf '\\0\\1\\0\\1'; head -c 65537 /dev/zero) | socat -t5 "
                   "- UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(24), TEXT(65537), TEXT(24) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{f0}{f1}"),
            EXPECT(0, "{r0}"),
            EXPECT_CLOSED(0),
            SAYS("server: frame of 65537 bytes refused"),
            HELLO(1, "2"),
            ALIVE(),
        },
    },
    {
        .name = "server-top-bit",
        .title = "lengths of 2147483648 and 4294967295, and the peer waits: "
                 "refused",
        .rules = "F5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-65537",
        .why = "In a signed int these are negative, so smaller than every "
               "limit, and become enormous where they are taken for a size. "
               "Many a break-in began with a length below zero.",
        .hints = {
            "Of which type is the variable that holds the length?",
            "An int holds 31 bits and a sign: 0x80000000 and 0xffffffff turn "
            "negative, and `length > 65536` is false.",
            "uint32_t everywhere, also in the shifts, (uint32_t)h[0] << 24, "
            "and %\" PRIu32 \" in the message.",
        },
        .man = "byteorder(3) printf(3)",
        .by_hand = "(printf '\\377\\377\\377\\377'; sleep 9) | socat - "
                   "UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(24), TEXT(200) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "\x80\0\0\0"),
            EXPECT_CLOSED(0),
            SAYS("server: frame of 2147483648 bytes refused"),
            CONNECT(1),
            SEND(1, "\xff\xff\xff\xff{1}"),
            EXPECT_CLOSED(1),
            SAYS("server: frame of 4294967295 bytes refused"),
            HELLO(2, "0"),
            ALIVE(),
        },
    },
    {
        .name = "server-giants",
        .title = "lengths of 1 GiB and just below 4 GiB: no memory is asked "
                 "for",
        .rules = "F5 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-top-bit",
        .why = "Four bytes from anybody must not cost the server gigabytes. "
               "That Linux hands out memory nobody touches makes it worse: "
               "malloc() succeeds, and the machine pays later.",
        .hints = {
            "Does your malloc() stand before or behind the check of the "
            "length?",
            "Check first. And add with care: 4294967292 + 4 is 0 in 32 bits, "
            "so a buffer for header and payload would have no bytes at all.",
            "One buffer of 4 + 65536 bytes for a connection is all you need; "
            "then there is no size that a peer could choose.",
        },
        .man = "malloc(3) proc(5)",
        .by_hand = "./server -t 60000 & S=$!; until [ -S uds_socket3.txt ]; do :; "
                   "done; printf '\\100\\0\\0\\0' | socat - "
                   "UNIX-CONNECT:uds_socket3.txt; grep VmPeak "
                   "/proc/$S/status; kill $S",
        .payload = { TEXT(24) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            COUNT(),
            CONNECT(1),
            SEND(1, "\xff\xff\xff\xfc{0}"),
            EXPECT_CLOSED(1),
            SAYS("server: frame of 4294967292 bytes refused"),
            CONNECT(2),
            SEND(2, "\x40\0\0\0"),
            EXPECT_CLOSED(2),
            SAYS("server: frame of 1073741824 bytes refused"),
            HELLO(3, "0"),
            SETTLE(),
            PEAK_SAME(512L * 1024),
            MEMORY_SAME(64L * 1024),
        },
    },
    {
        .name = "server-cut-in-length",
        .title = "peers end after 1, 2, 3 and 4 bytes of a frame: no answer, a "
                 "complaint",
        .rules = "F6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-split-3",
        .why = "An end of file between frames is a goodbye; one inside a "
               "frame means that something was lost. Only the server can tell "
               "them apart, and the log is where it has to say so.",
        .hints = {
            "recv() has returned 0. How many bytes of the frame had you by "
            "then?",
            "None: the peer is done. One or more, of the length or of the "
            "payload: the frame is truncated, and what is there of it is "
            "dropped.",
            "if (done == 0) done with it; else fputs(\"server: truncated "
            "frame\\n\", stderr); also where the four bytes are complete and "
            "no payload came.",
        },
        .man = "recv(2) shutdown(2)",
        .by_hand = "printf '\\0\\0' | socat -t5 - UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(24) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            CUT(1, "\0"),
            SAYS("server: truncated frame"),
            CUT(2, "\0\0"),
            CUT(3, "\0\0\0"),
            CUT(4, "\0\0\0\x18"),
            HELLO(5, "0"),
            ALIVE(),
        },
    },
    {
        .name = "server-cut-in-payload",
        .title = "a frame, and one cut after each byte of its payload: one "
                 "answer",
        .rules = "F6 F7 F1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-many-frames",
        .why = "A client that is killed while it sends leaves half a request. "
               "To act on it would be a guess; to forget what it had asked "
               "for before would be a loss.",
        .hints = {
            "How many bytes had come when the end of file came, and how many "
            "were announced?",
            "Fewer than announced: no answer to that frame. The frame before "
            "it was whole and gets its answer, although the peer sends no "
            "more.",
            "Answer each frame before you receive the next one; then an end "
            "of file finds nothing due. got < length: \"server: truncated "
            "frame\", close.",
        },
        .man = "recv(2) shutdown(2)",
        .by_hand = "printf '\\0\\0\\0\\1a\\0\\0\\0\\5hel' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            START(),
            REPEAT(23),
            CONNECT(0),
            SEND(0, "{f1}\0\0\0\x18{0/n}"),
            HALF_CLOSE(0),
            EXPECT(0, "{r1}"),
            EXPECT_CLOSED(0),
            CLOSE(0),
            AGAIN(),
            SAYS("server: truncated frame"),
            HELLO(1, "0"),
            ALIVE(),
        },
    },
    {
        .name = "server-half-close",
        .title = "peer sends three frames and ends its sending side: three "
                 "answers",
        .rules = "F7 F6 F1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-at-once",
        .why = "To send all, say that this was all, and then read: that is "
               "how pipelines of programs work. The end of one direction is "
               "not the end of the connection.",
        .hints = {
            "The end of file and three frames are there at the same moment. "
            "Which do you look at first?",
            "Take what there is to receive, and answer it; the end of file "
            "comes last, when recv() returns 0. POLLRDHUP and POLLHUP come "
            "earlier, and say nothing about what is still unread.",
            "Watch for POLLIN only, and let recv() tell you about the end. "
            "Then close: the peer gets your answers first, and then the end "
            "of file.",
        },
        .man = "shutdown(2) poll(2) recv(2)",
        .by_hand = "printf '\\0\\0\\0\\1a\\0\\0\\0\\1b' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { TEXT(24), TEXT(1000), TEXT(3) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            SETTLE(),
            STOP(),
            SEND(0, "{f0}{f1}{f2}"),
            HALF_CLOSE(0),
            CONTINUE(),
            EXPECT(0, "{r0}{r1}{r2}"),
            EXPECT_END(0),
            ALIVE(),
        },
    },
    {
        .name = "server-gone",
        .title = "peers send frames and are gone before the answer: the next "
                 "is served",
        .rules = "F6 C6 C8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "SIGPIPE ends a process that writes to a socket nobody reads "
               "from any more. One client that loses patience then takes the "
               "service away from all others.",
        .hints = {
            "What does send() do when the other end has been closed?",
            "It raises SIGPIPE, whose default action is to kill. Ask for the "
            "error, EPIPE, instead of the signal.",
            "send(fd, bytes, length, MSG_NOSIGNAL), or signal(SIGPIPE, "
            "SIG_IGN) at the start; then close this connection and go on with "
            "the next.",
        },
        .man = "send(2) signal(7)",
        .by_hand = "printf '\\0\\0\\0\\1a\\0\\0\\0\\1b' | socat -u - "
                   "UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(24), TEXT(1000) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            STOP(),
            CONNECT(1),
            SEND(1, "{f0}"),
            CLOSE(1),
            CONNECT(2),
            SEND(2, "{f1}{f0}{f1}"),
            CLOSE(2),
            CONTINUE(),
            HELLO(3, "1"),
            ALIVE(),
        },
    },
    {
        .name = "server-reset",
        .title = "peers close with answers unread, and due: the next is served",
        .rules = "F6 C6 C8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-gone",
        .why = "To close with bytes unread is a reset: whatever the other end "
               "does next fails with ECONNRESET or EPIPE, whether it reads or "
               "is in the middle of a long answer.",
        .hints = {
            "Which of your calls can fail because the peer has gone, and what "
            "becomes of the server then?",
            "recv() says ECONNRESET, a send that waits for room returns with "
            "EPIPE or with a part of what it had. Each concerns this "
            "connection, and no other.",
            "Any error of recv() or send() on a connection leads to the same "
            "close(fd), and from there to accept(). A short send is tried "
            "again with the rest, and then fails.",
        },
        .man = "recv(2) send(2) unix(7)",
        .payload = { TEXT(24), BINARY(65536) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{f0}"),
            AWAIT(0),
            SETTLE(),
            CLOSE(0),
            HELLO(1, "0"),
            CONNECT(2),
            SEND(2, "{f1}{f1}{f1}{f1}{f1}"),
            HALF_CLOSE(2),
            CLOSE(2),
            HELLO(3, "0"),
            ALIVE(),
        },
    },
};
