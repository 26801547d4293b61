#include "labs/04-seqpacket.h"

#include <signal.h>

/* Signals while there are connections. */
const struct scenario seqpacket_ending[] = {
    {
        .name = "server-interrupted",
        .title = "the server is stopped and continued in its waits: it just "
                 "goes on",
        .rules = "C12",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-never-reads",
        .why = "Ctrl-Z and fg, a debugger that attaches, a container that is "
               "frozen: afterwards epoll_wait() returns EINTR though nothing "
               "is wrong, and so does a receive with a time limit.",
        .hints = {
            "Which of your calls may return because of a signal, and what "
            "do you do then?",
            "EINTR means that the call did nothing and can be made again. "
            "It is neither an error nor an end of file.",
            "if (count == -1 && errno == EINTR) continue; around "
            "epoll_wait(), poll(), accept(), recv() and send(), after a look "
            "at your own stop flag.",
        },
        .man = "signal(7) epoll_wait(2) recv(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -STOP $S; kill -CONT $S; printf 42 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill $S",
        .steps = {
            START(),
            SERVES(0),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            CONNECT(1),
            ASK(1, "5", "total: 5"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            ASK(1, "6", "total: 11"),
            CONNECT(2),
            FLOOD(2, -100000, "1"),
            STOP(),
            CONTINUE(),
            EXPECT_FLOOD(2, "total: {n+1}"),
            ASK(1, "7", "total: 18"),
            ALIVE(),
        },
    },
    {
        .name = "server-sigterm-crowd",
        .title = "SIGTERM while 64 are connected and one more waits: it ends "
                 "all the same",
        .rules = "C7 Q9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "A server that first waits until its clients have left never "
               "ends, for they do not know that it wants to. When the grace "
               "time is over it is killed by force, and its file stays.",
        .hints = {
            "After the signal, whom does your server still wait for? Which "
            "of its threads or processes hears it?",
            "Nobody has to be served any more. With threads, block the "
            "signals in all of them and let one wait for them; with "
            "processes, only the parent has to hear it.",
            "The descriptor of signalfd() in the same poll() as all the "
            "connections, looked at first; then leave the loop, remove the "
            "file, return 0.",
        },
        .man = "signalfd(2) sigwait(3) poll(2) unlink(2)",
        .steps = {
            START(),
            CONNECT_ALL(0, 64),
            SEND_ALL(0, 64, "{i}"),
            EXPECT_ALL(0, 64, "total: {i}"),
            CONNECT(64),
            SEND(64, "1"),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-sigterm-unread",
        .title = "SIGTERM while answers wait that nobody reads: it ends all "
                 "the same",
        .rules = "C7 Q8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-never-reads",
        .why = "To flush everything before the end is good manners towards "
               "those who read. One who does not read must not be able to "
               "keep a server alive.",
        .hints = {
            "Does your server want to send something before it ends?",
            "Work in progress may be dropped. A send that blocks, or a loop "
            "until all answers are gone, waits for the peer.",
            "Look for the signal before anything else in each round, and "
            "send nothing afterwards. A thread that is stuck in send() ends "
            "with the process.",
        },
        .man = "signalfd(2) send(2) exit(3)",
        .steps = {
            START(),
            SERVES(1),
            CONNECT(0),
            FLOOD(0, -100000, "1"),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-sigterm-shortage",
        .title = "SIGTERM while a peer waits and no descriptor is free: it "
                 "ends",
        .rules = "C7 Q9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-descriptors",
        .why = "A server short of descriptors is just the one that an "
               "administrator wants to end. While connections wait, its "
               "listening socket is ready all the time, and a signal that is "
               "only heard in a wait is never heard.",
        .hints = {
            "What does your server do between two attempts to accept? Does "
            "it hear a signal there?",
            "ppoll() and epoll_pwait() deliver a blocked signal only if they "
            "have to wait: with a descriptor that is ready they return at "
            "once, and the signal stays pending.",
            "Wait for the timer with the same means by which you hear "
            "signals elsewhere: the signalfd stays in the poll(), and only "
            "the listener is left out for 100 ms.",
        },
        .man = "ppoll(2) signalfd(2) accept(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "prlimit --pid $S --nofile=3:; socat -u /dev/null "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill $S; wait $S; "
                   "echo $?",
        .steps = {
            START(),
            SERVES(1),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            CONNECT(0),
            SEND(0, "1"),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
};
