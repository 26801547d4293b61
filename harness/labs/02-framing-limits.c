#include "labs/02-framing.h"

/* How long the client waits. */
const struct scenario framing_limits[] = {
    {
        .name = "client-silent",
        .title = "the server never answers: no reply within 2000 ms, exit "
                 "status 1",
        .rules = "F12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A server that hangs keeps its connections open: no end of "
               "file and no reset will ever come. Only the client itself "
               "can decide that it has waited long enough, and everything "
               "that stands behind it in a pipeline waits with it.",
        .hints = {
            "What ends your recv() when the server does nothing at all?",
            "Nothing does. poll() takes a limit, and so does SO_RCVTIMEO; "
            "the default is 2000 ms.",
            "poll() for POLLIN with what is left until the deadline; when "
            "nothing is left: fprintf(stderr, \"client: no reply within "
            "%d ms\\n\", timeout_ms); exit status 1, and no further line.",
        },
        .man = "poll(2) socket(7) clock_gettime(2)",
        .by_hand = "socat -u UNIX-LISTEN:uds_socket3.txt - & until [ -S "
                   "uds_socket3.txt ]; do :; done; echo hello | ./client; "
                   "echo $?",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            CLOCK(2000),
            FEED("{0}\n{1}\n"),
            SAYS("client: no reply within 2000 ms"),
            NOT_BEFORE(),
            EXIT(1),
            EXPECT(0, "{f0}"),
            EXPECT_END(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-drip",
        .title = "answer comes at a byte every 5 ms: no reply within 100 ms, "
                 "exit 1",
        .rules = "F12 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-silent",
        .why = "A limit that begins anew with every byte is none: at this "
               "pace a longest answer takes five minutes. The same trick, "
               "played on servers, is called slowloris.",
        .hints = {
            "When does your limit begin, and does a byte that comes start "
            "it again?",
            "The whole answer has TIMEOUT_MS from the end of sending. "
            "SO_RCVTIMEO and the argument of poll() count from each call.",
            "deadline = deadline_in(timeout_ms) once, when all is sent; "
            "before each wait deadline_left(deadline), also between the "
            "length and the payload; 0 is the end.",
        },
        .man = "poll(2) clock_gettime(2) socket(7)",
        .payload = { TEXT(24), TEXT(4096) },
        .args = { "-t", "100" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            CLOCK(100),
            FEED("{0}\n"),
            EXPECT(0, "{f0}"),
            DRIP(0, 5, "{f1}"),
            SAYS("client: no reply within 100 ms"),
            NOT_BEFORE(),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-stuck",
        .title = "server answers and reads nothing: no reply once nothing fits",
        .rules = "F12 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-silent",
        .why = "The buffer between two processes is finite. When the other "
               "side has stopped reading, it is the sending that hangs, and "
               "a limit on receiving alone is never looked at.",
        .hints = {
            "In which call does your client wait, and who limits that one?",
            "A send() that blocks waits for room for as long as it takes. "
            "A frame that cannot be sent within TIMEOUT_MS ends the client.",
            "send() with MSG_DONTWAIT; on EAGAIN poll() for POLLOUT with "
            "what is left of the frame's time; when nothing is left, the "
            "same line and status as for an answer that does not come.",
        },
        .man = "send(2) poll(2) socket(7)",
        .payload = { TEXT(60000), TEXT(24) },
        .args = { "-t", "100" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            SEND_TIMES(0, 32, "{f1}"),
            CLOCK(100),
            /* One line more than answers: where the buffers take them all, the
             * last is never answered. */
            REPEAT(33),
            FEED("{0}\n"),
            AGAIN(),
            SETTLE(),
            SAYS("client: no reply within 100 ms"),
            NOT_BEFORE(),
            EXIT(1),
        },
    },
    {
        .name = "client-no-close",
        .title = "input ends, the server stays: exit status 0 after 100 ms",
        .rules = "F13 C5 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-silent",
        .why = "All lines are answered: a server that does not hang up is "
               "no failure of the client's, and no reason to wait for ever. "
               "A user who thinks about the first line, however, has all "
               "the time there is.",
        .hints = {
            "Which of your waits have a limit, and which must not have "
            "one?",
            "Waiting for a line has none. Waiting for the server's end "
            "has TIMEOUT_MS from the half-close on, and what ends it is "
            "success either way.",
            "shutdown(fd, SHUT_WR); then poll() and recv() until the end "
            "of file or the deadline; return 0 in both cases.",
        },
        .man = "shutdown(2) poll(2)",
        .by_hand = "socat -u /dev/zero UNIX-LISTEN:uds_socket3.txt & until [ "
                   "-S uds_socket3.txt ]; do :; done; ./client -t 100 "
                   "</dev/null; echo $?",
        .args = { "-t", "100" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            STAYS(),
            CLOCK(100),
            END_INPUT(),
            EXPECT_END(0),
            EXIT(0),
            NOT_BEFORE(),
            STDOUT_END(),
        },
    },
};
