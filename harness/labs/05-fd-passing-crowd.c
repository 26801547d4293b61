#include "labs/05-fd-passing.h"

#include <signal.h>

/* Several peers at once, and what the server holds of them. */
const struct scenario passing_crowd[] = {
    {
        .name = "server-half-lines",
        .title = "peers hold half a line and a descriptor: others served, then "
                 "they",
        .rules = "P9 P8 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-pieces",
        .why = "A line that is half there, with a descriptor already taken, "
               "belongs to one peer. Kept in one place for all, it is mixed "
               "up with the next peer's, and somebody's file is counted for "
               "somebody else.",
        .hints = {
            "Where do you keep what has come of a line: in one buffer, or "
            "in one for each connection?",
            "The bytes so far, the descriptor, and the number of "
            "descriptors: all three belong to the connection. And no read "
            "may wait for the rest of a line while others have something to "
            "say.",
            "struct peer { char line[256]; size_t length; int file; size_t "
            "files; } for each connection; read only what poll() reports, "
            "or give each connection a thread or a process.",
        },
        .man = "poll(2) recvmsg(2) unix(7)",
        .payload = { TEXT(40), TEXT(7) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            PLANT_FILE("other", "{1}\n"),
            START(),
            CONNECT_ALL(0, 5),
            SEND(1, "open ser"),
            ATTACH(2, "file", O_RDONLY),
            SEND(2, "cou"),
            SETTLE(),
            ATTACH(3, "other", O_RDONLY),
            SEND(3, "count"),
            SEND(4, "open served\n"),
            AWAIT(4),
            SETTLE(),
            CONNECT_ALL(10, 20),
            SEND_ALL(10, 20, "count\n"),
            EXPECT_ALL(10, 20, "-EBADF\n"),
            SERVES(5),
            COUNTS_FILE(10, "file", "+1 41"),
            SEND(3, "\n"),
            EXPECT(3, "+1 8\n"),
            SEND(2, "nt\n"),
            EXPECT(2, "+1 41\n"),
            SEND(1, "ved\n"),
            EXPECT_FILE(1, "root/served"),
            EXPECT_FILE(4, "root/served"),
            COUNTS(0, "-EBADF"),
        },
    },
    {
        .name = "server-peers-go",
        .title = "200 peers go, with answers read and unread: no descriptor is "
                 "left",
        .rules = "C6 C8 P6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count",
        .why = "A client that is killed leaves its answer unread, with a "
               "descriptor still on its way, or is gone before the answer is "
               "sent, which by default is SIGPIPE. A descriptor lost each "
               "time ends a service after a day.",
        .hints = {
            "How does your server learn that a peer has gone, and what does "
            "it close then?",
            "recvmsg() says 0 or ECONNRESET, sendmsg() says EPIPE, and kills "
            "your process if you let it. Each is about one peer. Your own "
            "copy of a file that you sent is still yours.",
            "sendmsg(..., MSG_NOSIGNAL); close the file behind it, whether "
            "it succeeded or not; and on any error close the connection and "
            "go on.",
        },
        .man = "sendmsg(2) signal(7) close(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "for i in $(seq 200); do printf 'open served\\n' | socat "
                   "-u - UNIX-CONNECT:uds_socket3.txt; done; "
                   "ls -l /proc/$S/fd; kill $S",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(9),
            COUNTS_FILE(9, "file", "+1 41"),
            SERVES(9),
            COUNT(),
            REPEAT(50),
            CONNECT(0),
            OPENS(0, "served"),
            COUNTS_FILE(0, "file", "+1 41"),
            CLOSE(0),
            CONNECT(1),
            SEND(1, "open served\n"),
            AWAIT(1),
            CLOSE(1),
            CONNECT(2),
            CLOSE(2),
            CONNECT(3),
            ATTACH(3, "file", O_RDONLY),
            SEND(3, "count\n"),
            CLOSE(3),
            AGAIN(),
            COUNT_SAME(),
            CONNECT_ALL(0, 2),
            OPENS(0, "served"),
            SETTLE(),
            STOP(),
            SEND(0, "open served\n"),
            CLOSE(0),
            SEND(1, "count\n"),
            CLOSE(1),
            CONTINUE(),
            SERVES(9),
            COUNT_SAME(),
        },
    },
    {
        .name = "server-sigterm-held",
        .title = "SIGTERM with peers connected and half a request held: it "
                 "ends",
        .rules = "C7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-half-lines",
        .why = "A service is stopped while people use it: that is the usual "
               "case, not the exception. To wait for the rest of a line "
               "means to wait for somebody who does not know that he is "
               "waited for.",
        .hints = {
            "Whom does your server wait for after the signal?",
            "For nobody: work in progress may be dropped. A thread or a "
            "child that sits in recvmsg() must not keep the main program "
            "from ending.",
            "Wait for the signal (signalfd, self-pipe) in the same poll() as "
            "for the connections; then leave the loop, remove the socket "
            "file, return 0.",
        },
        .man = "signal(7) signalfd(2) unlink(2)",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT_ALL(0, 4),
            COUNTS_FILE(0, "file", "+1 41"),
            ATTACH_COPIES(1, "file", O_RDONLY, 3),
            SEND(1, "cou"),
            SEND(2, "open served\n"),
            AWAIT(2),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-accept-limit",
        .title = "no descriptor is free: a newcomer waits, and nothing spins "
                 "meanwhile",
        .rules = "P10 P9 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-peers-go",
        .why = "At the limit of open files accept() fails and the connection "
               "stays in the backlog, so poll() reports it again at once: a "
               "server that just tries again burns a processor, and one that "
               "ends takes all its peers with it.",
        .hints = {
            "What does accept() say when no descriptor is free, and what "
            "does poll() say of the listener then?",
            "EMFILE, and \"readable\", again and again. The connections that "
            "you have do not need a descriptor in order to be served.",
            "On EMFILE leave the listener out of what you wait for, and "
            "watch it again after 100 ms, or when a connection has been "
            "closed.",
        },
        .man = "accept(2) getrlimit(2) poll(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "prlimit --pid $S --nofile=3:; strace -f -p $S & "
                   "printf 'open served\\n' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(9),
            COUNTS_FILE(9, "file", "+1 41"),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            CONNECT(0),
            SEND(0, "open served\n"),
            SETTLE(),
            SEND(9, "open missing\n"),
            EXPECT_EITHER(9, "-EMFILE\n|-ENOENT\n"),
            ALIVE(),
            UNLIMIT_DESCRIPTORS(),
            COUNTS_FILE(9, "file", "+1 41"),
            CLOSE(9),
            EXPECT_FILE_OR(0, "root/served", "-EMFILE\n"),
            SERVES(1),
        },
    },
    {
        .name = "server-descriptor-0",
        .title = "it is started without a stdin, so 0 may be a file: all works "
                 "the same",
        .rules = "P4 P5 P6 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-many",
        .why = "Services are started with stdin closed more often than one "
               "thinks: by a careless cron job, a container, a parent that "
               "tidies up. The kernel gives out the lowest free number, and "
               "then that is 0, for a socket, or for a file that was sent.",
        .hints = {
            "Which numbers may a descriptor have, and what do you take for "
            "none?",
            "Any from 0 on. A test such as if (fd) or fd > 0 loses the one "
            "that is 0: it is not counted, or never closed.",
            "int fd = -1 for none, and fd >= 0 or fd != -1 in every test; "
            "the same for listener and connections.",
        },
        .man = "open(2) recvmsg(2) stdin(3)",
        .by_hand = "{server} <&- & S=$!; until [ -S uds_socket3.txt ]; do :; "
                   "done; ls -l /proc/$S/fd; ./client uds_socket3.txt count "
                   "/etc/services; kill $S",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START_CLOSED(),
            CONNECT(0),
            OPENS(0, "served"),
            COUNTS(0, "-EBADF"),
            COUNT(),
            /* The first that comes, which may be 0. */
            ATTACH_PIPE(0),
            COUNTS(0, "-EINVAL"),
            COUNT_SAME(),
            /* What is needed to count may be opened now, and kept. */
            COUNTS_FILE(0, "file", "+1 41"),
            COUNTS(0, "-EBADF"),
            COUNT(),
            ATTACH_COPIES(0, "file", O_RDONLY, 2),
            COUNTS_TOO_MANY(0),
            ATTACH_PIPE(0),
            COUNTS(0, "-EINVAL"),
            COUNT_SAME(),
            CLOSE(0),
            CONNECT(1),
            COUNTS_FILE(1, "file", "+1 41"),
        },
    },
    {
        .name = "server-held-cloexec",
        .title = "descriptors of half a request are held: they are "
                 "close-on-exec",
        .rules = "C9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-pieces",
        .why = "What a peer has sent would be inherited by every program that "
               "the server starts meanwhile, and it may be a key, or a "
               "directory that leads out of a container.",
        .hints = {
            "Has a descriptor that you receive the flags that it had at the "
            "sender?",
            "No: close-on-exec belongs to the number, not to the open file, "
            "and here the number is made by recvmsg(). It has a flag for "
            "that.",
            "recvmsg(connection, &message, MSG_CMSG_CLOEXEC), everywhere. "
            "fcntl(F_SETFD) afterwards leaves a gap, in which another thread "
            "may fork.",
        },
        .man = "recvmsg(2) fcntl(2) open(2)",
        .by_hand = "grep flags /proc/$(pidof server)/fdinfo/*",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(0),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "cou"),
            CLOEXEC(),
            SEND(0, "nt\n"),
            EXPECT(0, "+1 41\n"),
        },
    },
};
