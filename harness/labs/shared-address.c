#include "labs/shared.h"

#include <signal.h>

/* What may already stand at the address when a server starts. */
const struct scenario shared_address[] = {
    {
        .name = "server-stale",
        .title = "a socket file of a server that has gone: it is replaced",
        .rules = "A1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A crash, a power cut or kill -9 leaves the socket file "
               "behind. A service that cannot start over its own remains "
               "needs an administrator with rm after every crash.",
        .hints = {
            "What does bind() say when the file is already there, and "
            "how could you find out whether anybody still owns it?",
            "Try to connect to it: ECONNREFUSED on a socket file means "
            "that nobody listens. Then it can be removed, and bind() "
            "works.",
            "lstat() says S_ISSOCK, connect() says ECONNREFUSED: "
            "unlink(path) and bind. In every other case keep your hands "
            "off.",
        },
        .man = "bind(2) connect(2) lstat(2) unlink(2) unix(7)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -KILL $S; ls -l uds_socket3.txt; {server}",
        .payload = { TEXT(24) },
        .steps = {
            PLANT_STALE("{path}"),
            START(),
            SERVES(0),
        },
    },
    {
        .name = "server-killed",
        .title = "the server is killed by SIGKILL and started again: it "
                 "serves again",
        .rules = "A1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-stale",
        .why = "The out-of-memory killer sends SIGKILL, and no handler "
               "runs. Whatever the server left behind, the socket file or "
               "a lock, must not keep its successor from starting.",
        .hints = {
            "No code of yours runs at SIGKILL. What is left in the "
            "directory?",
            "The socket file stays and nobody listens on it: clear it "
            "away at the start, since at the end you may not get the "
            "chance. A lock must be one that the kernel drops, such as "
            "flock().",
            "At the start: lstat, connect, and on ECONNREFUSED unlink, "
            "then bind. A lock file whose mere existence counts as the "
            "lock does not survive this.",
        },
        .man = "signal(7) unix(7) flock(2) unlink(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -KILL $S; {server}",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            SERVES(0),
            SIGNAL(SIGKILL),
            EXIT(-SIGKILL),
            START(),
            SERVES(1),
        },
    },
    {
        .name = "server-live",
        .title = "another server owns the address: refused, and it stays "
                 "reachable",
        .rules = "A2 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Removing the file of a running server steals its address: "
               "it runs on, accepts nobody, and every new client talks to "
               "the wrong program. Starting a service twice is the "
               "commonest way to get there.",
        .hints = {
            "Is anybody still using the file that you are about to "
            "remove?",
            "Connect to it first. If that works there is a live server: "
            "say so and exit with 1, and leave the file alone.",
            "If connect() succeeds: fprintf(stderr, \"server: %s: %s\\n\", "
            "path, strerror(EADDRINUSE)); return 1; An unlink() before "
            "bind() must stand behind this test.",
        },
        .man = "connect(2) bind(2) unlink(2) unix(7)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "{server}; echo $?; ls -l uds_socket3.txt; kill $S",
        .steps = {
            LISTEN(9, 5),
            START(),
            EXIT(1),
            COMPLAINS("Address already in use"),
            FILE_SAME("{path}"),
            REACHABLE(9),
        },
    },
    {
        .name = "server-live-other",
        .title = "a socket of another type owns the address: refused, left "
                 "untouched",
        .rules = "A2 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-live",
        .why = "A system logger, for one, lives on a datagram socket, an "
               "editor on a stream. A connect() with another type fails, but "
               "not because nobody is there.",
        .hints = {
            "connect() fails here. With which errno?",
            "EPROTOTYPE says that the socket is of another type, so "
            "there is one, with an owner. Only ECONNREFUSED says that "
            "there is none.",
            "if (errno != ECONNREFUSED) refuse: do not treat every "
            "failure of connect() as a stale file.",
        },
        .man = "connect(2) socket(2) unix(7)",
        .steps = {
            PLANT_BOUND(9, "{path}", -1),
            START(),
            EXIT(1),
            COMPLAINS("Address already in use"),
            FILE_SAME("{path}"),
        },
    },
    {
        .name = "server-file",
        .title = "a regular file stands at the address: refused, not a byte "
                 "changed",
        .rules = "A3 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A wrong word in a configuration, and the address is "
               "somebody's data. bind() reports the same EADDRINUSE as for "
               "a stale socket, and connect() the same ECONNREFUSED: a "
               "blind unlink() then destroys the file.",
        .hints = {
            "Does EADDRINUSE tell you what kind of file stands there?",
            "Neither bind() nor connect() can tell a file from a stale "
            "socket. lstat() can.",
            "if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) "
            "refuse, before any connect() and long before any unlink().",
        },
        .man = "lstat(2) inode(7) bind(2) unlink(2)",
        .by_hand = "echo precious >uds_socket3.txt; {server}; echo $?; "
                   "cat uds_socket3.txt",
        .payload = { TEXT(100) },
        .steps = {
            PLANT_FILE("{path}", "{0}\n"),
            START(),
            EXIT(1),
            COMPLAINS(""),
            FILE_SAME("{path}"),
        },
    },
    {
        .name = "server-directory",
        .title = "a directory stands at the address: refused, left untouched",
        .rules = "A3 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-file",
        .why = "Tools that mount a socket into a container make a "
               "directory when the socket is not there yet. A server that "
               "loops on \"remove it and try again\" never gets past it.",
        .hints = {
            "Does unlink() remove a directory, and do you look at what "
            "it returns?",
            "bind() says EADDRINUSE and unlink() says EISDIR, every "
            "time. Anything that is no socket is refused before.",
            "Test with lstat() and S_ISSOCK(); print one line and "
            "return 1.",
        },
        .man = "lstat(2) inode(7) unlink(2)",
        .by_hand = "mkdir uds_socket3.txt; {server}; echo $?",
        .steps = {
            PLANT_DIRECTORY("{path}", 0755),
            START(),
            EXIT(1),
            COMPLAINS(""),
            FILE_SAME("{path}"),
        },
    },
    {
        .name = "server-fifo",
        .title = "a FIFO stands at the address: refused, left untouched, no "
                 "waiting",
        .rules = "A3 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-file",
        .why = "A FIFO can be removed as easily as a socket, and whoever "
               "reads from it then waits for ever. Opening it to see what "
               "it is would wait for ever, too.",
        .hints = {
            "How can you learn the kind of a file without opening it?",
            "lstat() opens nothing and never waits. S_ISSOCK() is true "
            "for sockets only.",
            "Ask \"is it a socket?\", not \"is it a regular file?\": "
            "whatever is no socket is refused.",
        },
        .man = "lstat(2) fifo(7) inode(7)",
        .by_hand = "mkfifo uds_socket3.txt; {server}; echo $?; ls -l "
                   "uds_socket3.txt",
        .steps = {
            PLANT_FIFO("{path}"),
            START(),
            EXIT(1),
            COMPLAINS(""),
            FILE_SAME("{path}"),
        },
    },
    {
        .name = "server-dangling-link",
        .title = "a symbolic link to nothing stands there: refused, link "
                 "untouched",
        .rules = "A3 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-file",
        .why = "stat() and access() follow the link and say that nothing "
               "is there, bind() says that something is. Code that "
               "believes the first goes round in circles or removes a link "
               "that an administrator has made.",
        .hints = {
            "Which of stat() and lstat() looks at the link itself?",
            "bind() does not follow a symbolic link in the last part of "
            "a path: EADDRINUSE. Look with lstat(), and the link shows.",
            "lstat(path, &st) succeeds with S_ISLNK(st.st_mode): that "
            "is no socket, so refuse.",
        },
        .man = "lstat(2) symlink(7) bind(2)",
        .by_hand = "ln -s nowhere uds_socket3.txt; {server}; echo $?; ls "
                   "-l uds_socket3.txt",
        .payload = { ROUTE(20) },
        .steps = {
            PLANT_SYMLINK("{path}", "{0}"),
            START(),
            EXIT(1),
            COMPLAINS(""),
            FILE_SAME("{path}"),
            FILE_GONE("{0}"),
        },
    },
    {
        .name = "server-link-to-socket",
        .title = "a symbolic link to a stale socket: refused, link and "
                 "socket untouched",
        .rules = "A3 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-dangling-link",
        .why = "Through the link it looks like a stale socket of our own. "
               "unlink() would remove the link, which belongs to whoever "
               "set it up, and the socket file would stay.",
        .hints = {
            "stat() says that it is a socket. Is it one?",
            "stat() has followed the link. What unlink() would remove "
            "is the link itself, and that is not yours.",
            "Use lstat() everywhere in the decision, and refuse what "
            "S_ISSOCK() denies.",
        },
        .man = "lstat(2) stat(2) unlink(2) symlink(7)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -KILL $S; mv uds_socket3.txt real; ln -s real "
                   "uds_socket3.txt; {server}; echo $?; ls -l uds_socket3.txt",
        .payload = { ROUTE(20) },
        .steps = {
            PLANT_STALE("{0}"),
            PLANT_SYMLINK("{path}", "{0}"),
            START(),
            EXIT(1),
            COMPLAINS(""),
            FILE_SAME("{path}"),
            FILE_SAME("{0}"),
        },
    },
};

/* The same, where sockets are connected. */
const struct scenario shared_connected[] = {
    {
        .name = "server-never-listened",
        .title = "a socket file that was bound and never listened on: it is "
                 "replaced",
        .rules = "A1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-stale",
        .why = "A server that died, or hangs, between bind and listen "
               "leaves an address at which nobody can ever connect. From "
               "outside it looks just like a stale one.",
        .hints = {
            "What does connect() say to a socket that is bound and does "
            "not listen?",
            "ECONNREFUSED, as for a stale file: nobody can use that "
            "address, so it may be replaced.",
            "Decide by errno after connect(): ECONNREFUSED is free to "
            "be taken; success, EAGAIN and EPROTOTYPE mean that "
            "somebody is there.",
        },
        .man = "connect(2) bind(2) listen(2)",
        .payload = { TEXT(24) },
        .steps = {
            PLANT_BOUND(9, "{path}", 0),
            START(),
            SERVES(0),
        },
    },
    {
        .name = "server-live-full",
        .title = "the address is owned and its backlog full: refused without "
                 "waiting",
        .rules = "A2 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-live",
        .why = "A server that is stopped in a debugger or overloaded has a "
               "full backlog, and a blocking connect() to it waits for "
               "ever. A start-up check must not hang on the very service "
               "it checks.",
        .hints = {
            "What does a blocking connect() do when the backlog is "
            "full?",
            "Make the probing socket non-blocking. A full backlog then "
            "answers at once with EAGAIN, and somebody who has a "
            "backlog is alive.",
            "socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, "
            "0); connect() == 0 or errno == EAGAIN: "
            "address in use.",
        },
        .man = "connect(2) listen(2) socket(2)",
        .payload = { TEXT(24) },
        .steps = {
            LISTEN(9, 0),
            CONNECT(0),
            START(),
            EXIT(1),
            COMPLAINS("Address already in use"),
            FILE_SAME("{path}"),
            SEND(0, "{0}"),
            ACCEPT_TALKER(1, 9),
            EXPECT(1, "{0}"),
        },
    },
};
