#include "labs/01-stream.h"

#include <signal.h>

/* How the server ends, and what it leaves. */
const struct scenario stream_ending[] = {
    {
        .name = "server-sigterm-in-receive",
        .title = "SIGTERM while a silent peer is connected: ends all the "
                 "same",
        .rules = "C7 C12",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "A handler that sets a flag helps only where somebody looks "
               "at the flag. A server that sits in recv() when the "
               "shutdown comes is killed by force at the end of the grace "
               "time, and its file stays.",
        .hints = {
            "Where does your server sleep when a peer is connected and "
            "silent, and does the signal wake it there?",
            "With SA_RESTART, which signal() sets, the kernel starts "
            "recv() anew after the handler and your flag waits. Without "
            "it recv() returns EINTR: a good moment to look at the "
            "flag.",
            "Look at the flag after every EINTR, and close the gap "
            "between the look and the call: block the signal and wait "
            "in ppoll(), or have signalfd() in the same poll() as the "
            "connection.",
        },
        .man = "sigaction(2) signal(7) recv(2) ppoll(2)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "socat -u PIPE UNIX-CONNECT:uds_socket3.txt & kill "
                   "$S; wait $S; echo $?; ls",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            CONNECT(1),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-sigterm-busy",
        .title = "SIGTERM while fifty peers wait, half of them silent: ends "
                 "all the same",
        .rules = "C7 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "A server that first serves all who wait depends on each of "
               "them: one silent peer, and the service manager kills it by "
               "force. And where it looks for its signal only while it is "
               "idle, it does not end when it is needed most.",
        .hints = {
            "After the signal, whom does your server still wait for?",
            "Nobody has to be served any more: work in progress and "
            "waiting connections may be dropped. Look for the signal "
            "once per round, before the next accept().",
            "ppoll() and epoll_pwait() let a blocked signal in only "
            "when no descriptor is ready, so test the flag, or the "
            "descriptor of signalfd(), first in each round; then leave "
            "the loop, remove the file, return 0.",
        },
        .man = "ppoll(2) signalfd(2) sigpending(2) signal(7)",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            HELLO(100, "0"),
            SETTLE(),
            STOP(),
            CONNECT_ALL(0, 50),
            SEND_ALL(0, 25, "{1}-{i}"),
            SIGNAL(SIGTERM),
            CONTINUE(),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-sigterm-descriptors",
        .title = "SIGTERM while peers wait and no descriptor is free: ends all "
                 "the same",
        .rules = "C7 S8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "A server short of descriptors is just the one that an "
               "administrator wants to end. While connections wait, its "
               "listening socket is ready all the time, and a signal that "
               "is only heard in a wait is never heard.",
        .hints = {
            "What does your server do between two attempts to accept? "
            "Does it hear a signal there?",
            "ppoll() delivers a blocked signal only if it has to wait: "
            "with a descriptor that is ready it returns at once, and the "
            "signal stays pending. So does epoll_pwait().",
            "Wait for the timer with the same means by which you hear "
            "signals elsewhere: poll the signalfd alone for 100 ms, or "
            "look at sigpending() before each accept().",
        },
        .man = "ppoll(2) signalfd(2) sigpending(2) accept(2)",
        .by_hand = "./server & prlimit --pid $! --nofile=4:; for i in 1 2 3; "
                   "do socat -u /dev/null UNIX-CONNECT:uds_socket3.txt; done; "
                   "kill $!; wait $!",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            HELLO(100, "0"),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            CONNECT_ALL(0, 3),
            SEND_ALL(0, 3, "{1}-{i}"),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
};
