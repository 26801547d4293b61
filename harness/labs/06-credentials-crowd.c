#include "labs/06-credentials.h"

#include <signal.h>

/* Many peers at once, how they leave, and how the server ends. */
const struct scenario credentials_crowd[] = {
    {
        .name = "server-silent",
        .title = "a silent, a slow and a never-reading peer: the others are "
                 "served",
        .rules = "K9 C6 C9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A service that decides about rights is asked by everybody, "
               "the hostile included. To connect and say nothing, or to ask "
               "and not listen, must not lock the others out.",
        .hints = {
            "In which call does your server sleep, and whom does it hear "
            "there?",
            "Either one wait for all (poll(), epoll), or one process or "
            "thread for each. And where an answer does not fit into a "
            "peer's socket, that peer's answer waits, not the server.",
            "Non-blocking sockets: on EAGAIN of send() keep the answer with "
            "the peer, watch for EPOLLOUT in place of EPOLLIN, and read no "
            "more from this one until it is sent.",
        },
        .man = "poll(2) epoll(7) send(2) pthreads(7)",
        .by_hand = "{server} & until [ -S uds_socket3.txt ]; do :; done; socat "
                   "-u PIPE UNIX-CONNECT:uds_socket3.txt,type=5 & echo -n "
                   "whoami | socat -t 1 - UNIX-CONNECT:uds_socket3.txt,type=5; "
                   "kill %1 %2",
        .steps = {
            START(),
            CONNECT(0),
            SETTLE(),
            CONNECT(1),
            FLOOD(1, -100000, "alive"),
            CONNECT(2),
            SEND(2, "secret"),
            SEND(2, "sender"),
            SEND(2, "hello"),
            CONNECT(3),
            ASKS(3, "whoami", CONNECTED("0")),
            EXPECT(2, "sesame"),
            ASKS(3, "alive", "yes"),
            CONNECT(4),
            ASKS(4, "secret", "sesame"),
            EXPECT(2, SENDING("0")),
            CLOEXEC(),
            SERVES(5),
            EXPECT(2, "error: unknown request"),
            EXPECT_FLOOD(1, "yes"),
            ASKS(3, "secret", "sesame"),
            ASKS(0, "alive", "yes"),
        },
    },
    {
        .name = "server-sixty-four",
        .title = "64 are connected by three processes, one ends: each answer is "
                 "its own",
        .rules = "K9 K10 K1 K2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent",
        .why = "What is known of a peer has to be kept with its connection. "
               "Kept once for all, or under a number that is used again, it "
               "is somebody else's: and here it decides who may do what.",
        .hints = {
            "Where does your server keep who has connected, and the "
            "descriptor of that process? How many are there of each?",
            "One for each connection, and all of it set anew when a "
            "connection begins: the kernel gives a new one the lowest free "
            "number, so it has that of one that ended.",
            "struct peer { int descriptor; int process; struct ucred "
            "connector; }; *p = (struct peer){ .descriptor = fd, .process = "
            "-1 }; at each accept, and event.data.ptr points to it.",
        },
        .man = "epoll_ctl(2) poll(2) accept(2)",
        .steps = {
            START(),
            CONNECT_ALL(0, 31),
            HAND(1, HAND_SAME),
            HAND(2, HAND_SAME),
            CONNECT_AS(31, 1),
            CONNECT_AS(32, 2),
            CONNECT_AS(33, 1),
            CONNECT_ALL(34, 30),
            FLOOD(30, -100000, "alive"),
            SEND_ALL(0, 30, "alive"),
            SEND_ALL(31, 33, "whoami"),
            EXPECT_ALL(0, 30, "yes"),
            EXPECT(31, CONNECTED("1")),
            EXPECT(32, CONNECTED("2")),
            EXPECT(33, CONNECTED("1")),
            EXPECT_ALL(34, 30, CONNECTED("0")),
            SETTLE(),
            HAND_ENDS(1),
            SEND_ALL(31, 33, "alive"),
            EXPECT(31, "no"),
            EXPECT(32, "yes"),
            EXPECT(33, "no"),
            EXPECT_ALL(34, 30, "yes"),
            CLOSE(31),
            SETTLE(),
            CONNECT(31),
            ASKS(31, "alive", "yes"),
            ASKS_AS(31, 2, "sender", SENDING("2")),
            ASKS(31, "whoami", CONNECTED("0")),
            ASKS(33, "alive", "no"),
            ASKS(32, "whoami", CONNECTED("2")),
            EXPECT_FLOOD(30, "yes"),
            ASKS(32, "secret", "sesame"),
        },
    },
    {
        .name = "server-descriptors",
        .title = "no descriptor is free: newcomers wait, the others are served",
        .rules = "C6 K9 K10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent",
        .why = "Each connection takes two descriptors here, so the limit is "
               "near. accept() fails with EMFILE and the connection stays in "
               "the backlog, so poll() reports it again at once: servers that "
               "just try again burn a processor, servers that exit take all "
               "their clients with them.",
        .hints = {
            "What does accept() return when no descriptor is free, and does "
            "the waiting connection go away?",
            "EMFILE, ENFILE, ENOBUFS and ENOMEM pass. Leave the listener "
            "alone for a moment, and go on with everybody else. Where there "
            "was one for the connection, and none for its process, keep the "
            "connection and try again.",
            "On EMFILE watch the listener no more, and give your wait a "
            "limit of 100 ms, after which it is watched again; also when a "
            "connection is closed.",
        },
        .man = "accept(2) getrlimit(2) prlimit(1) poll(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "prlimit --pid $S --nofile=3:; strace -f -p $S & echo -n "
                   "whoami | socat -t 5 - UNIX-CONNECT:uds_socket3.txt,type=5; "
                   "kill $S",
        .steps = {
            START(),
            HAND(1, HAND_SAME),
            CONNECT(9),
            ASKS(9, "alive", "yes"),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            CONNECT(0),
            SEND(0, "whoami"),
            CONNECT_AS(1, 1),
            SEND_AS(1, 1, "sender"),
            SETTLE(),
            ASKS(9, "secret", "sesame"),
            ASKS(9, "alive", "yes"),
            HAND_ENDS(1),
            ALIVE(),
            UNLIMIT_DESCRIPTORS(),
            EXPECT(0, CONNECTED("0")),
            EXPECT(1, SENDING("1")),
            ASKS(1, "alive", "no"),
            ASKS(0, "alive", "yes"),
            ASKS(9, "secret", "sesame"),
            SERVES(2),
        },
    },
    {
        .name = "server-two-hundred",
        .title = "200 connections, and peers that leave badly: no descriptor "
                 "is left",
        .rules = "C6 C8 K9 K10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Two descriptors go with each connection, the second easily "
               "forgotten: it is not the one that the event was about. Lost "
               "on one of the ways out, it ends the service after some "
               "hundred clients.",
        .hints = {
            "On how many ways can a connection end in your program, and "
            "what does each of them close?",
            "End of file, reset, a failed send, an end while an answer "
            "waits, an end before it was accepted: one function for all, "
            "and it closes the process's descriptor too.",
            "dismiss(p): close(p->descriptor); if (p->process != -1) "
            "close(p->process); and the seat is free. Watch /proc/PID/fd "
            "while connections come and go.",
        },
        .man = "close(2) recv(2) send(2) proc(5) waitpid(2)",
        .by_hand = "{server} & S=$!; for i in $(seq 200); do echo -n alive | "
                   "socat -t 1 - UNIX-CONNECT:uds_socket3.txt,type=5,retry=9,"
                   "interval=0.1; done; ls -l /proc/$S/fd; kill $S",
        .steps = {
            START(),
            CONNECT(100),
            ASKS(100, "alive", "yes"),
            SERVES(9),
            COUNT(),
            REPEAT(200),
            CONNECT(0),
            ASKS(0, "alive", "yes"),
            CLOSE(0),
            CONNECT(1),
            CLOSE(1),
            AGAIN(),
            CONNECT(1),
            ASKS(1, "alive", "yes"),
            HALF_CLOSE(1),
            EXPECT_END(1),
            CLOSE(1),
            REPEAT(2),
            HAND(1, HAND_SAME),
            CONNECT_AS(2, 1),
            ASKS(2, "alive", "yes"),
            SETTLE(),
            HAND_ENDS(1),
            SEND_TIMES(2, 3, "alive"),
            AWAIT(2),
            SETTLE(),
            CLOSE(2),
            CONNECT(3),
            FLOOD(3, -100000, "whoami"),
            CLOSE(3),
            SETTLE(),
            STOP(),
            CONNECT(4),
            SEND_TIMES(4, 20, "sender"),
            CLOSE(4),
            CONTINUE(),
            AGAIN(),
            SERVES(9),
            COUNT_SAME(),
            ASKS(100, "secret", "sesame"),
        },
    },
    {
        .name = "server-memory",
        .title = "three peers, 21,000 records without a pause: no memory stays "
                 "behind",
        .rules = "C6 K9 K10 K2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent",
        .why = "A few bytes, or one descriptor, lost per request show in no "
               "test of three requests. Services are restarted every night "
               "for no other reason.",
        .hints = {
            "What is allocated or opened for one request, and who gives it "
            "back?",
            "Nothing needs to be: a request has 64 bytes at most, an answer "
            "255, and the descriptor of the process is there from the "
            "connection's beginning on.",
            "Arrays of a fixed size, on the stack or in the peer's struct; "
            "for control data _Alignas(struct cmsghdr) char "
            "control[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(253 * "
            "sizeof(int))].",
        },
        .man = "proc(5) free(3) recvmsg(2)",
        .steps = {
            START(),
            CONNECT_ALL(0, 3),
            REPEAT(200),
            SEND_TIMES(0, 5, "whoami"),
            SEND_TIMES(1, 5, "alive"),
            SEND_TIMES(2, 5, "sender"),
            EXPECT_TIMES(0, 5, CONNECTED("0")),
            EXPECT_TIMES(1, 5, "yes"),
            EXPECT_TIMES(2, 5, SENDING("0")),
            AGAIN(),
            COUNT(),
            REPEAT(1400),
            SEND_TIMES(0, 5, "secret"),
            SEND_TIMES(1, 5, "alive"),
            SEND_TIMES(2, 5, "sender"),
            EXPECT_TIMES(0, 5, "sesame"),
            EXPECT_TIMES(1, 5, "yes"),
            EXPECT_TIMES(2, 5, SENDING("0")),
            AGAIN(),
            MEMORY_SAME(512),
            COUNT_SAME(),
        },
    },
    {
        .name = "server-interrupted",
        .title = "the server is stopped and continued in its waits: it just "
                 "goes on",
        .rules = "C12 K9 K10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-alive",
        .why = "Ctrl-Z and fg, a debugger that attaches, a container that is "
               "frozen: afterwards epoll_wait() returns EINTR though nothing "
               "is wrong, and so does a receive with a time limit.",
        .hints = {
            "Which of your calls may return because of a signal, and what "
            "do you do then?",
            "EINTR means that the call did nothing and can be made again. "
            "It is neither an error nor an end of file, and it says nothing "
            "about the process of which you asked.",
            "if (count == -1 && errno == EINTR) continue; around "
            "epoll_wait(), poll(), accept(), recvmsg() and send(), after a "
            "look at your own stop flag.",
        },
        .man = "signal(7) epoll_wait(2) recvmsg(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -STOP $S; kill -CONT $S; echo -n whoami | socat -t 1 "
                   "- UNIX-CONNECT:uds_socket3.txt,type=5; kill $S",
        .steps = {
            START(),
            SERVES(0),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            HAND(1, HAND_SAME),
            CONNECT_AS(1, 1),
            ASKS(1, "alive", "yes"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            ASKS(1, "alive", "yes"),
            CONNECT(2),
            FLOOD(2, -100000, "sender"),
            STOP(),
            HAND_ENDS(1),
            CONTINUE(),
            EXPECT_FLOOD(2, SENDING("0")),
            ASKS(1, "alive", "no"),
            ASKS(1, "secret", "sesame"),
            ALIVE(),
        },
    },
    {
        .name = "server-sigterm-crowd",
        .title = "SIGTERM, 64 connected, answers unread, newcomers, no "
                 "descriptor: ends",
        .rules = "C7 K9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-descriptors",
        .why = "The busiest moment of a server is the one at which it is told "
               "to end: by an administrator who has seen that it is stuck. "
               "Who first wants to finish something waits for others, and is "
               "killed by force in the end.",
        .hints = {
            "After the signal, whom does your server still wait for? Does "
            "it hear the signal between two attempts to accept?",
            "Nobody has to be served any more. ppoll() and epoll_pwait() "
            "deliver a blocked signal only if they have to wait, so beside a "
            "descriptor that is always ready it stays pending.",
            "The descriptor of signalfd() in the same wait as everything "
            "else, looked at first; then leave the loop, remove the file, "
            "return 0.",
        },
        .man = "signalfd(2) sigwait(3) ppoll(2) unlink(2)",
        .steps = {
            START(),
            CONNECT_ALL(0, 64),
            SEND_ALL(0, 64, "alive"),
            EXPECT_ALL(0, 64, "yes"),
            FLOOD(20, -100000, "whoami"),
            SETTLE(),
            CONNECT(64),
            ASKS(64, "alive", "yes"),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            CONNECT(65),
            SEND(65, "whoami"),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
};
