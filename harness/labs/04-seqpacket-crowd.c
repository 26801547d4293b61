#include "labs/04-seqpacket.h"

/* Many peers at once, and those who do not take their answers. */
const struct scenario seqpacket_crowd[] = {
    {
        .name = "server-silent",
        .title = "a peer connects and says nothing: others are served, and "
                 "later it too",
        .rules = "Q7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Most connections are silent most of the time: an editor that "
               "waits for its user, a client that keeps its connection for "
               "later. Whoever waits for one of them serves nobody else.",
        .hints = {
            "Where does your server sleep: in a receive on one connection, "
            "or somewhere that hears them all?",
            "Either one wait for all (poll(), epoll), or one process or "
            "thread for each. A receive that blocks in the loop that "
            "accepts puts one peer in charge.",
            "poll() over the listener and all connections; accept where the "
            "listener is ready, one record where a connection is; back to "
            "poll().",
        },
        .man = "poll(2) epoll(7) accept(2) pthreads(7)",
        .by_hand = "socat -u PIPE UNIX-CONNECT:uds_socket3.txt,type=5 & "
                   "printf 42 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill $!",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SETTLE(),
            CONNECT(1),
            NO_NUMBER(1, "{0}"),
            CONNECT(2),
            NO_NUMBER(2, "{1}"),
            NO_NUMBER(1, "{1}"),
            CLOSE(1),
            NO_NUMBER(0, "{0}"),
            NO_NUMBER(2, "{0}"),
            ASK(0, "7", "total: 7"),
        },
    },
    {
        .name = "server-totals",
        .title = "three peers take turns, slowly: each has a total of its "
                 "own",
        .rules = "Q10 Q7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent",
        .why = "A total that several connections share is one customer's "
               "money on another one's account. What belongs to a connection "
               "must be kept with the connection.",
        .hints = {
            "Where is the total kept? How many of it are there?",
            "One for each connection, found by its descriptor, or by the "
            "pointer that epoll hands back; or a local variable of the "
            "process or thread that serves it.",
            "struct peer { int descriptor; int64_t total; }; one for each "
            "connection, and event.data.ptr points to it.",
        },
        .man = "epoll_ctl(2) poll(2)",
        .steps = {
            START(),
            CONNECT_ALL(0, 3),
            SEND_ALL(0, 3, "1{i}00"),
            EXPECT_ALL(0, 3, "total: 1{i}00"),
            REPEAT(9),
            SETTLE(),
            SEND_ALL(0, 3, "1"),
            EXPECT_ALL(0, 3, "total: 1{i}0{n+1}"),
            AGAIN(),
            ASK(0, "-2000", "total: -991"),
            ASK(2, "1", "total: 1210"),
            ASK(1, "1", "total: 1110"),
            ASK(0, "1", "total: -990"),
        },
    },
    {
        .name = "server-starts-at-0",
        .title = "one peer after another, some end badly: each total starts "
                 "at 0",
        .rules = "Q10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The kernel gives a new connection the lowest free number, so "
               "it has that of the one before. Whatever is kept by "
               "descriptor and not cleared then greets the wrong peer.",
        .hints = {
            "Which descriptor does the second connection get after the "
            "first has been closed?",
            "The same one. The total must be set to 0 when a connection "
            "begins, for it may have ended in several ways.",
            "*p = (struct peer){ .descriptor = fd }; where you accept: that "
            "clears everything at once.",
        },
        .man = "accept(2) open(2)",
        .by_hand = "for i in 1 2; do printf 42 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; echo; done",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "11", "total: 11"),
            CLOSE(0),
            SETTLE(),
            CONNECT(1),
            ASK(1, "22", "total: 22"),
            /* Its answer unread: a reset. */
            SEND(1, "1"),
            AWAIT(1),
            CLOSE(1),
            SETTLE(),
            CONNECT(2),
            ASK(2, "33", "total: 33"),
            HALF_CLOSE(2),
            SETTLE(),
            CLOSE(2),
            SETTLE(),
            CONNECT(3),
            CONNECT(4),
            ASK(4, "55", "total: 55"),
            ASK(3, "44", "total: 44"),
            CLOSE(4),
            SETTLE(),
            CONNECT(5),
            ASK(5, "66", "total: 66"),
            ASK(3, "1", "total: 45"),
        },
    },
    {
        .name = "server-never-reads",
        .title = "a peer sends without end and reads nothing: the others are "
                 "served",
        .rules = "Q8 Q7 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent",
        .why = "A client that hangs still has its input coming. Keep all its "
               "answers, and it takes your memory; wait for it, and it takes "
               "your time. What it must be made to do is wait.",
        .hints = {
            "What does send() do when the peer's socket holds no more, and "
            "where does the answer go that you have just made?",
            "Non-blocking it says EAGAIN. Keep that answer, wait until the "
            "socket can be written to, and receive nothing more from this "
            "peer meanwhile: then its own sends fill up, and it waits.",
            "On EAGAIN keep the answer in the peer's struct and watch for "
            "EPOLLOUT in place of EPOLLIN; when it is sent, for EPOLLIN "
            "again. To disconnect it is allowed; to drop an answer is not.",
        },
        .man = "send(2) epoll_ctl(2) poll(2)",
        .steps = {
            START(),
            CONNECT(0),
            CONNECT(1),
            ASK(1, "5", "total: 5"),
            FLOOD(0, -100000, "1"),
            ASK(1, "6", "total: 11"),
            SERVES(2),
            EXPECT_FLOOD(0, "total: {n+1}"),
            ASK(1, "7", "total: 18"),
        },
    },
    {
        .name = "server-sixty-four",
        .title = "64 at once, one silent, one slow, one never reads: all are "
                 "served",
        .rules = "Q7 Q8 Q9 Q10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-never-reads",
        .why = "This is what a service looks like from within on an ordinary "
               "day: a crowd, and in it somebody who is silent, somebody who "
               "is slow, and somebody who hangs.",
        .hints = {
            "Which of your tables is too small for 64 connections, and who "
            "makes whom wait?",
            "Serve everybody who is ready, one step each, and start again. "
            "With poll() the listener and the signals need places of their "
            "own.",
            "64 clients and a listener and a signalfd are 66 entries for "
            "poll(). One record and one answer a turn, so that none is "
            "served twice before the others had theirs.",
        },
        .man = "poll(2) epoll(7) send(2)",
        .steps = {
            START(),
            CONNECT_ALL(0, 64),
            FLOOD(2, -100000, "1"),
            SEND_ALL(3, 61, "{i}"),
            EXPECT_ALL(3, 61, "total: {i}"),
            ASK(1, "5", "total: 5"),
            REPEAT(3),
            SETTLE(),
            SEND_ALL(3, 61, "-{i}"),
            SEND_ALL(3, 61, "{i}"),
            EXPECT_ALL(3, 61, "total: 0"),
            EXPECT_ALL(3, 61, "total: {i}"),
            AGAIN(),
            ASK(1, "6", "total: 11"),
            EXPECT_FLOOD(2, "total: {n+1}"),
            ASK(0, "7", "total: 7"),
            EXPECT_SILENCE(1),
        },
    },
    {
        .name = "server-floods-left",
        .title = "two peers send, read nothing, and go: nothing of them "
                 "stays",
        .rules = "C6 C8 Q8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-never-reads",
        .why = "The way out for a connection with an answer pending is one "
               "that tests forget: the descriptor is watched for writing, "
               "and the end comes as an error. A leak there costs one "
               "descriptor per impatient user.",
        .hints = {
            "An answer waits to be sent, and the peer has gone. Who notices, "
            "and what is closed?",
            "The wait for writing ends with POLLERR and POLLHUP, and send() "
            "with EPIPE or ECONNRESET. That connection is over, its answer "
            "with it; the server is not.",
            "if (send(...) == -1 && errno != EAGAIN && errno != EINTR) "
            "close the connection: the same place that handles the end of "
            "file.",
        },
        .man = "send(2) epoll_ctl(2) close(2)",
        .steps = {
            START(),
            SERVES(9),
            COUNT(),
            REPEAT(2),
            CONNECT(0),
            FLOOD(0, -100000, "1"),
            CLOSE(0),
            AGAIN(),
            SETTLE(),
            CONNECT(1),
            ASK(1, "5", "total: 5"),
            CLOSE(1),
            COUNT_SAME(),
        },
    },
    {
        .name = "server-memory",
        .title = "20,000 records on one connection: no memory stays behind",
        .rules = "C6 Q6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-boundaries",
        .why = "A few bytes lost per record show in no test of three "
               "records. Services are restarted every night for no other "
               "reason.",
        .hints = {
            "What is allocated for a record, and who frees it when it has "
            "been answered?",
            "Nothing needs to be: a record has 64 bytes at most and an "
            "answer has less than 80. Arrays of a fixed size will do.",
            "char record[65]; char answer[80]; on the stack, or in the "
            "peer's struct where an answer has to wait.",
        },
        .man = "proc(5) free(3) recv(2)",
        .steps = {
            START(),
            CONNECT(0),
            REPEAT(20),
            SEND_TIMES(0, 100, "0"),
            EXPECT_TIMES(0, 100, "total: 0"),
            AGAIN(),
            COUNT(),
            REPEAT(200),
            SEND_TIMES(0, 100, "0"),
            EXPECT_TIMES(0, 100, "total: 0"),
            AGAIN(),
            MEMORY_SAME(512),
        },
    },
};
