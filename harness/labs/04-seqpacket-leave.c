#include "labs/04-seqpacket.h"

/* How peers leave, and what they leave behind. */
const struct scenario seqpacket_leave[] = {
    {
        .name = "server-reset",
        .title = "a peer goes with its answers unread: the others notice "
                 "nothing",
        .rules = "C6 C8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A client that is killed leaves its answers unread, and its "
               "connection is reset: here recv() fails with ECONNRESET in "
               "place of an end of file. To end the server for that lets "
               "anybody switch it off.",
        .hints = {
            "Which errors of recv() are about one peer, and which about "
            "your server?",
            "ECONNRESET and EPIPE end one connection, no more. On this type "
            "of socket Linux sends no SIGPIPE; others do, so ask for none.",
            "if (n == -1 && errno != EAGAIN && errno != EINTR) close this "
            "connection and go on; send with MSG_NOSIGNAL, and treat its "
            "failure in the same way.",
        },
        .man = "recv(2) send(2) unix(7)",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "5", "total: 5"),
            CONNECT(1),
            SEND_TIMES(1, 3, "1"),
            AWAIT(1),
            SETTLE(),
            CLOSE(1),
            SETTLE(),
            ASK(0, "6", "total: 11"),
            SERVES(2),
            ASK(0, "7", "total: 18"),
            ALIVE(),
        },
    },
    {
        .name = "server-gone-before-accept",
        .title = "peers connect, send, and go before they are accepted: next "
                 "one",
        .rules = "C6 C8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-reset",
        .why = "After a pause the backlog is full of people who have given "
               "up. accept() still hands them out, their records can be "
               "received, and the answer cannot be sent.",
        .hints = {
            "What does accept() return for a peer that has gone already? "
            "And recv(), and send()?",
            "A connection like others; its records, then an end; and EPIPE "
            "for the answer. None of that is about the server.",
            "After a failed send() close this connection. Twenty records "
            "may still be there: they need no answer any more.",
        },
        .man = "accept(2) send(2) recv(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -STOP $S; printf 42 | socat -u - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill -CONT $S; "
                   "printf 42 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill $S",
        .steps = {
            START(),
            SERVES(1),
            COUNT(),
            REPEAT(10),
            SETTLE(),
            STOP(),
            CONNECT(0),
            SEND_TIMES(0, 20, "1"),
            CLOSE(0),
            CONTINUE(),
            SERVES(2),
            AGAIN(),
            SETTLE(),
            SERVES(1),
            COUNT_SAME(),
        },
    },
    {
        .name = "server-two-hundred",
        .title = "200 connections, one after another: no descriptor is left",
        .rules = "C6 Q10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "One descriptor lost per connection is invisible in a test "
               "and ends a service after some hundred clients, usually at "
               "night, with \"Too many open files\".",
        .hints = {
            "How many descriptors does your server hold after an exchange, "
            "compared with before?",
            "Whatever accept() returned must be closed at the end of file. "
            "A server that forks closes it in the parent as well, and "
            "collects its children.",
            "Watch /proc/PID/fd while connections come and go. A close() "
            "also ends epoll's watch, where there is no other copy of the "
            "descriptor.",
        },
        .man = "close(2) waitpid(2) proc(5) epoll(7)",
        .by_hand = "./server & S=$!; for i in $(seq 200); do printf $i | "
                   "socat -t5 - UNIX-CONNECT:uds_socket3.txt,type=5,retry=9,"
                   "interval=0.1; done; ls -l /proc/$S/fd; kill $S",
        .steps = {
            START(),
            SERVES(0),
            COUNT(),
            REPEAT(200),
            CONNECT(1),
            ASK(1, "1{i}", "total: 1{i}"),
            CLOSE(1),
            AGAIN(),
            SETTLE(),
            SERVES(0),
            COUNT_SAME(),
        },
    },
    {
        .name = "server-visitors",
        .title = "300 peers connect and go without a record: none costs a "
                 "descriptor",
        .rules = "C6 Q9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-two-hundred",
        .why = "Health checks and start-up checks connect and go. A place "
               "that is taken at accept and given back only after a record "
               "is gone for good; after 64 of them nobody is let in.",
        .hints = {
            "Does the way on which nothing was ever received also close the "
            "connection, and free its place?",
            "There should be one place that ends a connection, and every way "
            "should lead there: end of file, reset, and failed send alike.",
            "Count up where you accept and down where you close, nowhere "
            "else; or do not count, and look for a free place in the table.",
        },
        .man = "accept(2) close(2) proc(5)",
        .by_hand = "./server & S=$!; for i in $(seq 300); do socat -u "
                   "/dev/null UNIX-CONNECT:uds_socket3.txt,type=5,retry=9,"
                   "interval=0.1; done; ls -l /proc/$S/fd; kill $S",
        .steps = {
            START(),
            SERVES(0),
            COUNT(),
            REPEAT(300),
            CONNECT(1),
            CLOSE(1),
            AGAIN(),
            SETTLE(),
            SERVES(0),
            COUNT_SAME(),
        },
    },
    {
        .name = "server-crowd-leaves",
        .title = "64 peers go at the same moment, twice: all their places are "
                 "free again",
        .rules = "C6 Q9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent",
        .why = "When a network or a parent process dies, all its connections "
               "end at once. Signals of one kind do not queue: children that "
               "end while their parent is busy leave one SIGCHLD among them, "
               "and a parent that counts signals never gets its places back.",
        .hints = {
            "64 connections end while your server does not run. How many "
            "events does it find, and how many places does it free?",
            "One event, or one SIGCHLD, may stand for several. A loop over "
            "poll()'s table must also bear that entries vanish under it.",
            "while (waitpid(-1, NULL, WNOHANG) > 0) children--; and in a "
            "table that closes up its gaps do not step on after an entry "
            "was removed.",
        },
        .man = "waitpid(2) signal(7) epoll_wait(2) poll(2)",
        .steps = {
            START(),
            SERVES(100),
            COUNT(),
            REPEAT(2),
            CONNECT_ALL(0, 64),
            SEND_ALL(0, 64, "1{i}"),
            EXPECT_ALL(0, 64, "total: 1{i}"),
            SETTLE(),
            STOP_MAIN(),
            CLOSE_ALL(0, 64),
            SETTLE(),
            CONTINUE(),
            SETTLE(),
            AGAIN(),
            CONNECT_ALL(0, 64),
            SEND_ALL(0, 64, "2{i}"),
            EXPECT_ALL(0, 64, "total: 2{i}"),
            CLOSE_ALL(0, 64),
            SETTLE(),
            SERVES(100),
            COUNT_SAME(),
        },
    },
};
