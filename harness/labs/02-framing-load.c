#include "labs/02-framing.h"

/* What many frames, many peers and many signals leave behind. */
const struct scenario framing_load[] = {
    {
        .name = "server-two-hundred",
        .title = "two hundred connections that end in five ways: nothing leaks",
        .rules = "C6 F6 F5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-reset",
        .why = "A descriptor that is lost on a rare way out is lost for good, "
               "and at the limit of open files the server accepts nobody any "
               "more: in a week, and always at night.",
        .hints = {
            "On how many ways does your server leave a connection, and do all "
            "of them close it?",
            "An end of file between frames, one inside a frame, a frame too "
            "long, a reset, a failed send: five ways, and there should be one "
            "close() for all.",
            "fd = accept(...); serve(fd); close(fd); with serve() returning "
            "wherever it likes.",
        },
        .man = "close(2) accept(2) proc(5)",
        .by_hand = "./server -t 60000 & S=$!; until [ -S uds_socket3.txt ]; do :; "
                   "done; for i in $(seq 200); do printf '\\0\\0' | socat -u "
                   "- UNIX-CONNECT:uds_socket3.txt; done; ls -l /proc/$S/fd; "
                   "kill $S",
        .payload = { TEXT(24), TEXT(30) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            COUNT(),
            REPEAT(40),
            HELLO(1, "1"),
            CUT(2, "\0\0"),
            CONNECT(3),
            SEND(3, "\xff\xff\xff\xff"),
            EXPECT_CLOSED(3),
            CLOSE(3),
            CONNECT(4),
            SEND(4, "{f1}"),
            AWAIT(4),
            CLOSE(4),
            CONNECT(5),
            SEND(5, "{f1}"),
            CLOSE(5),
            AGAIN(),
            HELLO(0, "0"),
            COUNT_SAME(),
        },
    },
    {
        .name = "server-ten-thousand",
        .title = "10,000 frames of 8000 bytes on one connection: the memory "
                 "stays flat",
        .rules = "C6 F1 F3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-at-once",
        .why = "A few bytes lost with each frame are a gigabyte after a month. "
               "Nobody sees it in a test of ten frames.",
        .hints = {
            "What does your server allocate for a frame, and where is it "
            "freed?",
            "Every malloc() needs its free() on each way out, also where the "
            "send failed. A buffer that only grows is a leak, too.",
            "One buffer for the longest frame, for as long as the connection "
            "lasts: nothing is allocated for a frame, and nothing can be "
            "lost.",
        },
        .man = "malloc(3) free(3) proc(5)",
        .by_hand = "./server -t 60000 & S=$!; until [ -S uds_socket3.txt ]; do :; "
                   "done; yes | tr -d '\\n' | head -c 8000 >f; for i in "
                   "$(seq 10000); do printf '\\0\\0\\37\\100'; cat f; done | "
                   "socat -t5 - UNIX-CONNECT:uds_socket3.txt | wc -c; grep "
                   "RssAnon /proc/$S/status; kill $S",
        .payload = { TEXT(24), BINARY(8000) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            CONNECT(1),
            EXCHANGE(1, "1"),
            COUNT(),
            REPEAT(200),
            SEND_TIMES(1, 50, "{f1}"),
            EXPECT_TIMES(1, 50, "{r1}"),
            AGAIN(),
            MEMORY_SAME(40L * 1024),
            HALF_CLOSE(1),
            EXPECT_END(1),
            ALIVE(),
        },
    },
    {
        .name = "server-descriptors",
        .title = "no descriptor is free when peers come: it waits, then serves "
                 "them",
        .rules = "C6 F9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-half-close",
        .why = "At the limit of open files accept() fails with EMFILE, and the "
               "connection stays in the backlog, ready. Servers that try "
               "again at once burn a processor; servers that exit take all "
               "their clients with them.",
        .hints = {
            "What does accept() return when no descriptor is free, and does "
            "the waiting connection go away?",
            "EMFILE, ENFILE, ENOBUFS and ENOMEM pass. Neither exit nor try "
            "again at once: look again after a moment, and hear your signals "
            "meanwhile.",
            "if (errno == EMFILE || errno == ENFILE) { stop_wait(stop, -1, 0, "
            "deadline_in(100)); continue; } in the loop around accept().",
        },
        .man = "accept(2) getrlimit(2) prlimit(1)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "prlimit --pid $S --nofile=5: && (printf '\\0\\0\\0\\1a' | "
                   "socat -t60 - UNIX-CONNECT:uds_socket3.txt & strace -f -p "
                   "$S)",
        .payload = { TEXT(24), TEXT(30) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(9, "0"),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            CONNECT_ALL(0, 3),
            SEND_ALL(0, 3, "{f1}"),
            HALF_CLOSE(0),
            HALF_CLOSE(1),
            HALF_CLOSE(2),
            SETTLE(),
            ALIVE(),
            UNLIMIT_DESCRIPTORS(),
            EXPECT_ALL(0, 3, "{r1}"),
            EXPECT_END_ALL(0, 3),
            HELLO(9, "0"),
            ALIVE(),
        },
    },
    {
        .name = "server-interrupted",
        .title = "the server is stopped and continued in each of its waits: it "
                 "goes on",
        .rules = "C12 F2 F3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-slow-reader",
        .why = "Ctrl-Z and fg, a debugger that attaches, a container that is "
               "frozen: some waits return EINTR afterwards, and a send that "
               "has a part of its bytes off returns short, though nothing is "
               "wrong.",
        .hints = {
            "Which of your calls may return because of a signal, and what do "
            "you do then?",
            "EINTR means that the call did nothing and can be made again. It "
            "is neither an error nor an end of file nor a time that is over; "
            "and a short count is a reason to go on.",
            "if (n == -1 && errno == EINTR) continue; around every recv(), "
            "send(), accept() and poll(), with the time that is left computed "
            "anew.",
        },
        .man = "signal(7) recv(2) send(2) epoll_wait(2)",
        .by_hand = "./server -t 60000 & S=$!; until [ -S uds_socket3.txt ]; do :; "
                   "done; (printf '\\0\\0'; sleep 1; kill -STOP $S; kill "
                   "-CONT $S; printf '\\0\\1a') | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt | od -c; kill $S",
        .payload = { TEXT(1), TEXT(1), BINARY(65536) },
        .args = PATIENT,
        .steps = {
            START(),
            INTERRUPTED(),
            CONNECT(0),
            INTERRUPTED(),
            SEND(0, "\0\0"),
            INTERRUPTED(),
            SEND(0, "\0\3{0}"),
            INTERRUPTED(),
            SEND(0, "{1}{0}"),
            EXPECT(0, "\0\0\0\3{0}{1}{0}"),
            SEND(0, "{f2}{f2}{f2}{f2}{f2}"),
            HALF_CLOSE(0),
            INTERRUPTED(),
            EXPECT(0, "{r2}{r2}{r2}{r2}{r2}"),
            EXPECT_END(0),
            ALIVE(),
        },
    },
};
