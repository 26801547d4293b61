#include "labs/04-seqpacket.h"

/* MAX_CLIENTS, and no descriptor free. */
const struct scenario seqpacket_places[] = {
    {
        .name = "server-third-waits",
        .title = "-n 2 and three peers: the third waits, and is served when "
                 "one leaves",
        .rules = "Q9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent",
        .why = "A limit that turns people away makes them all come back at "
               "once. The backlog is a queue that the kernel keeps for "
               "nothing: whoever stands in it is connected already and may "
               "send.",
        .hints = {
            "Where do connections wait that you do not accept, and what "
            "does poll() say about the listener meanwhile?",
            "It says POLLIN, every time. When all places are taken, leave "
            "the listener out of what you wait for, or you spin; when one "
            "becomes free, put it back.",
            "poll(): .fd = count == most ? -1 : listener. epoll: "
            "EPOLL_CTL_MOD with events 0 at the last place, EPOLLIN again "
            "in the function that closes.",
        },
        .man = "poll(2) epoll_ctl(2) accept(2) listen(2)",
        .by_hand = "./server -n 1 & S=$!; socat -u PIPE "
                   "UNIX-CONNECT:uds_socket3.txt,type=5,retry=9,interval=0.1 "
                   "& strace -f -p $S & printf 42 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill $S",
        .args = { "-n", "2" },
        .steps = {
            START(),
            CONNECT_ALL(0, 2),
            SEND_ALL(0, 2, "1{i}"),
            EXPECT_ALL(0, 2, "total: 1{i}"),
            CONNECT(2),
            SEND(2, "5"),
            SETTLE(),
            ASK(0, "10", "total: 20"),
            ASK(1, "10", "total: 21"),
            EXPECT_SILENCE(2),
            CLOSE(0),
            EXPECT(2, "total: 5"),
            CONNECT(3),
            SEND(3, "6"),
            EXPECT_SILENCE(3),
            ASK(1, "10", "total: 31"),
            CLOSE(2),
            EXPECT(3, "total: 6"),
            ASK(1, "10", "total: 41"),
        },
    },
    {
        .name = "server-sixty-fifth",
        .title = "64 are connected: the 65th waits, and is served when one "
                 "leaves",
        .rules = "Q9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-third-waits",
        .why = "A default is a promise as well: 64 clients are served "
               "without anybody having to look up an option, and the 65th "
               "does no harm.",
        .hints = {
            "How many does your server let in when it is told nothing?",
            "64, not 63 and not 65: the listener and the signals do not "
            "count, and the comparison stands before accept().",
            "enum { MAX_CLIENTS = 64 }; and if (count < max_clients) "
            "accept.",
        },
        .man = "accept(2) poll(2)",
        .steps = {
            START(),
            CONNECT_ALL(0, 64),
            SEND_ALL(0, 64, "{i}"),
            EXPECT_ALL(0, 64, "total: {i}"),
            CONNECT(64),
            SEND(64, "700"),
            EXPECT_SILENCE(64),
            CLOSE(31),
            EXPECT(64, "total: 700"),
            SEND_ALL(0, 31, "-{i}"),
            EXPECT_ALL(0, 31, "total: 0"),
            ASK(64, "1", "total: 701"),
        },
    },
    {
        .name = "server-one-place",
        .title = "-n 1, and its peers leave in every way: the place is free "
                 "each time",
        .rules = "Q9 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-never-reads",
        .why = "A place that is not given back on one of the ways out is a "
               "leak, but one that tests with three clients never reach. "
               "With one place only, the first is the last.",
        .hints = {
            "How can a connection end, and does each way give the place "
            "back?",
            "An end of file, a reset, a failed send, an end while an answer "
            "waits to be sent: one function for them all.",
            "dismiss(peer): close, mark the place as free, watch the "
            "listener again; called from every place where a connection is "
            "over.",
        },
        .man = "close(2) recv(2) send(2)",
        .args = { "-n1" },
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "1", "total: 1"),
            CLOSE(0),
            CONNECT(1),
            CLOSE(1),
            CONNECT(2),
            SEND_TIMES(2, 3, "1"),
            AWAIT(2),
            CLOSE(2),
            CONNECT(3),
            ASK(3, "2", "total: 2"),
            HALF_CLOSE(3),
            SETTLE(),
            CLOSE(3),
            CONNECT(4),
            FLOOD(4, -100000, "1"),
            CLOSE(4),
            CONNECT(5),
            ASK(5, "3", "total: 3"),
            SETTLE(),
            STOP(),
            SEND_TIMES(5, 20, "1"),
            CLOSE(5),
            CONTINUE(),
            CONNECT(6),
            ASK(6, "4", "total: 4"),
        },
    },
    {
        .name = "server-gave-up",
        .title = "-n 1: a peer waits, sends, and goes before it is let in: "
                 "next one",
        .rules = "Q9 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-third-waits",
        .why = "Who has to wait for long gives up, and does not take the "
               "place in the queue along. Later the server lets in somebody "
               "who has gone.",
        .hints = {
            "What stands in the backlog after a peer that waits there has "
            "closed?",
            "Its connection, with all it sent and an end of file behind "
            "that. It takes a place and has to give it back at once, for no "
            "one else may be there to wake your server.",
            "A connection that has ended when it is accepted is like any "
            "other: serve it, find its end, close it, let in the next.",
        },
        .man = "accept(2) listen(2) recv(2)",
        .args = { "-n", "1" },
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "1", "total: 1"),
            CONNECT(1),
            SEND(1, "2"),
            CLOSE(1),
            SETTLE(),
            ASK(0, "1", "total: 2"),
            CLOSE(0),
            CONNECT(2),
            ASK(2, "3", "total: 3"),
            CONNECT(3),
            CLOSE(3),
            SETTLE(),
            CLOSE(2),
            CONNECT(4),
            ASK(4, "5", "total: 5"),
        },
    },
    {
        .name = "server-descriptors",
        .title = "no descriptor is free: the others are served, the newcomer "
                 "later",
        .rules = "Q9 Q7 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-two-hundred",
        .why = "At the limit of open files accept() fails with EMFILE and "
               "the connection stays in the backlog, so poll() reports it "
               "again at once. Servers that just try again burn a whole "
               "processor; servers that exit take all their clients with "
               "them.",
        .hints = {
            "What does accept() return when no descriptor is free, and does "
            "the waiting connection go away?",
            "EMFILE, ENFILE, ENOBUFS and ENOMEM pass. Leave the listener "
            "alone for a moment, and go on with everybody else; then look "
            "again, for what was short may be there without anybody having "
            "left.",
            "On EMFILE watch the listener no more, and give your wait a "
            "limit of 100 ms, after which it is watched again; also when a "
            "connection is closed.",
        },
        .man = "accept(2) getrlimit(2) prlimit(1) poll(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "prlimit --pid $S --nofile=3:; strace -f -p $S & printf 42 "
                   "| socat -t5 - UNIX-CONNECT:uds_socket3.txt,type=5; kill "
                   "$S",
        .steps = {
            START(),
            CONNECT(9),
            ASK(9, "1", "total: 1"),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            CONNECT(0),
            SEND(0, "5"),
            SETTLE(),
            ASK(9, "1", "total: 2"),
            ALIVE(),
            UNLIMIT_DESCRIPTORS(),
            EXPECT(0, "total: 5"),
            ASK(9, "1", "total: 3"),
            SERVES(1),
        },
    },
};
