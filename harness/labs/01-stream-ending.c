#include "labs/01-stream.h"

#include <signal.h>

/* How the server ends, and what it leaves. */
const struct scenario stream_ending[] = {
    {
        .name = "server-sigterm",
        .title = "SIGTERM: exit status 0, the socket file removed, nothing "
                 "left behind",
        .rules = "C7 C11",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "SIGTERM is how service managers and shutdowns ask a server "
               "to end. Status 0 tells them that it did so on purpose; a "
               "socket file that stays makes every client wait for an "
               "ECONNREFUSED.",
        .hints = {
            "What happens at SIGTERM in a program that says nothing "
            "about it?",
            "It is killed, and no code of yours runs. Catch the signal, "
            "leave the loop, remove the file, return 0.",
            "sigaction() without SA_RESTART, a handler that sets a "
            "volatile sig_atomic_t, and a wait that cannot miss the "
            "signal: signalfd(), ppoll() with the signal blocked "
            "elsewhere, or a pipe to yourself.",
        },
        .man = "sigaction(2) signal-safety(7) signalfd(2) ppoll(2) "
               "unlink(2)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "kill $S; wait $S; echo $?; ls",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
            REFUSED(1),
            STDOUT_END(),
            CONFINED(),
        },
    },
    {
        .name = "server-sigint",
        .title = "SIGINT, the key Ctrl-C: exit status 0, the socket file "
                 "removed",
        .rules = "C7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Ctrl-C is how every developer ends the server at the "
               "terminal, many times a day. It should leave the directory "
               "as clean as the orderly way does.",
        .hints = {
            "Which signal does Ctrl-C send?",
            "SIGINT, and it should do what SIGTERM does.",
            "Register the same handler for both, or put both into the "
            "mask that signalfd() gets.",
        },
        .man = "sigaction(2) signal(7) unlink(2)",
        .by_hand = "timeout -s INT --preserve-status 1 ./server; echo "
                   "$?; ls",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            SIGNAL(SIGINT),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
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
    {
        .name = "server-not-ours",
        .title = "another server's file is at the address by the end: it "
                 "stays",
        .rules = "A5 C7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "During an upgrade the new server takes the address over, "
               "and then the old one exits and cleans up: it removes the "
               "socket of its successor, which runs on and cannot be "
               "reached.",
        .hints = {
            "Is the file that you remove at the end the one that you "
            "made at the start?",
            "A name says nothing about who made the file. Its device "
            "and inode number do.",
            "After bind() keep st_dev and st_ino of lstat(path); at the "
            "end call unlink() only if lstat() still shows both.",
        },
        .man = "lstat(2) unlink(2) inode(7)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "rm uds_socket3.txt; socat "
                   "UNIX-LISTEN:uds_socket3.txt STDOUT & until [ -S "
                   "uds_socket3.txt ]; do :; done; kill $S; wait $S; ls",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            REMOVE("{path}"),
            LISTEN(9, 5),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_SAME("{path}"),
        },
    },
    {
        .name = "server-vanished",
        .title = "its socket file has been removed by the end: exit status 0 "
                 "anyway",
        .rules = "A5 C7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "Cleaners of temporary directories remove socket files of "
               "running servers. That the file is gone already is no "
               "failure of an exit that wanted it gone.",
        .hints = {
            "What does your clean-up do when there is nothing left to "
            "clean up?",
            "ENOENT at the end means that the aim is reached: no "
            "message, exit status 0, and no new file.",
            "if (lstat(path, &now) == 0 && it is yours) unlink(path); "
            "and return 0 in either case.",
        },
        .man = "unlink(2) lstat(2)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "rm uds_socket3.txt; kill $S; wait $S; echo $?",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            REMOVE("{path}"),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
};
