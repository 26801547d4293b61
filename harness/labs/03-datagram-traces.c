#include "labs/03-datagram.h"

#include <signal.h>

/* What the client holds, and what it leaves behind. */
const struct scenario datagram_traces[] = {
    {
        .name = "client-descriptors",
        .title = "twenty lines: no descriptor more than after one, all "
                 "close-on-exec",
        .rules = "C9 D11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "A socket for each line that is not closed is a client that "
               "dies after a thousand lines. And one that survives exec "
               "keeps the client's address alive in a program that knows "
               "nothing of it, and never reads.",
        .hints = {
            "Look into /proc/PID/fd after some lines, and into fdinfo for "
            "the flags.",
            "Every socket that is made is closed again on every way out. "
            "And socket() makes one that survives exec, unless you ask "
            "otherwise.",
            "socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); likewise "
            "EPOLL_CLOEXEC, TFD_CLOEXEC, O_CLOEXEC; close() before the "
            "next line, or one socket for all.",
        },
        .man = "socket(2) close(2) fcntl(2) proc(5)",
        .payload = { TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            CLOEXEC(),
            SEND(9, "{1}\n"),
            STDOUT("reply: {1}\n"),
            COUNT(),
            REPEAT(20),
            FEED("{0} {n}\n"),
            EXPECT(9, "{0} {n}"),
            SEND(9, "{1} {n}\n"),
            STDOUT("reply: {1} {n}\n"),
            AGAIN(),
            COUNT_SAME(),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-six-timeouts",
        .title = "six more lines without an answer: no descriptor more than "
                 "after one",
        .rules = "D13 D10 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-no-reply",
        .why = "The way out after a failure is the one that nobody tries. A "
               "client that gives up a socket after each time-out and does "
               "not close it runs out of descriptors in the night when the "
               "server is down, and does not recover when it is back.",
        .hints = {
            "What becomes of the old socket when you make a new one?",
            "It stays open, with its name, until somebody closes it. The "
            "variable that forgets it does not.",
            "One way out of the exchange for all cases: close(fd), with "
            "errno kept, before anything is returned; and where the name "
            "is a path, unlink() too.",
        },
        .man = "close(2) proc(5) unlink(2)",
        .payload = { TEXT(24) },
        .args = { "-t", "20" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SAYS("client: no reply within 20 ms"),
            /* One may keep some of its old sockets, as long as they do not add
             * up. */
            REPEAT(5),
            FEED("{0}-{n}\n"),
            EXPECT(9, "{0}-{n}"),
            AGAIN(),
            COUNT(),
            REPEAT(6),
            FEED("{0} {n}\n"),
            EXPECT(9, "{0} {n}"),
            AGAIN(),
            COUNT_SAME(),
            END_INPUT(),
            EXIT(1),
            STDOUT_END(),
            TIDY(),
        },
    },
    {
        .name = "client-signals",
        .title = "ended by a signal: it leaves nothing; killed: it works "
                 "again",
        .rules = "D10 C11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "A name in the file system outlives its socket. Clients that "
               "are ended by Ctrl-C leave a file each time, until the "
               "directory is full of them; and a name that is always the "
               "same is taken already when the next one starts.",
        .hints = {
            "Is your client's address a file? What becomes of it when the "
            "client ends at Ctrl-C?",
            "At a signal no code of yours runs, unless it catches it. A "
            "name that the kernel picks is in no directory, is free, and "
            "ends with the socket, even at SIGKILL.",
            "bind() with sizeof(sa_family_t) for a length (unix(7), "
            "\"Autobind feature\"). With a path: a name that nobody else "
            "has, and an unlink() in a handler for SIGHUP, SIGINT and "
            "SIGTERM.",
        },
        .man = "unix(7) bind(2) signal(7) unlink(2)",
        .by_hand = "socat -u UNIX-RECV:uds_socket3.txt STDOUT & until [ -S "
                   "uds_socket3.txt ]; do :; done; echo hello | timeout -s "
                   "INT 1 ./client -t 5000; ls; kill $!",
        .payload = { TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SIGNAL(SIGTERM),
            ENDS(),
            TIDY(),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SIGNAL(SIGINT),
            ENDS(),
            TIDY(),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SIGNAL(SIGHUP),
            ENDS(),
            TIDY(),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SIGNAL(SIGKILL),
            EXIT(-SIGKILL),
            START(),
            FEED("{0}\n"),
            REPLIES("0", "1"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
