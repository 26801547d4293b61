#include "labs/shared.h"

#include <signal.h>

/* How a server ends, and what it leaves. */
const struct scenario shared_ending[] = {
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
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill $S; wait $S; echo $?; ls",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            SERVES(0),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
            REFUSED(1),
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
        .by_hand = "timeout -s INT --preserve-status 1 {server}; echo "
                   "$?; ls",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            SERVES(0),
            SETTLE(),
            SIGNAL(SIGINT),
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
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "rm uds_socket3.txt; {server} & until [ -S uds_socket3.txt "
                   "]; do :; done; kill $S; wait $S; ls; kill $!",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            SERVES(0),
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
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "rm uds_socket3.txt; kill $S; wait $S; echo $?",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            SERVES(0),
            SETTLE(),
            REMOVE("{path}"),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
};

/* How a client is called. */
const struct scenario shared_client[] = {
    {
        .name = "client-surplus",
        .title = "the client is given an operand too many: a usage line, exit "
                 "status 2",
        .rules = "C2",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A word too many usually means that the message was typed "
               "as an operand. A client that ignores it sits there and "
               "waits for stdin, and its user waits for the client.",
        .hints = {
            "What does your client do with argv[2]?",
            "It takes one operand at most. Say how it is used, on "
            "stderr, and exit with 2 before reading a line.",
            "if (argc > 2) { fprintf(stderr, \"usage: client [PATH]\\n\"); "
            "return 2; }",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "{client} too many; echo $?",
        .payload = { TEXT(24) },
        .args = { "{path}", "{operands}", "{0}" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "client-option",
        .title = "the client is given an unknown option: a usage line, exit "
                 "status 2",
        .rules = "C2",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "Options are what people guess first. An answer that names "
               "the right use ends the guessing; \"No such file or "
               "directory\" about a file called -x does not.",
        .hints = {
            "Is -x a path?",
            "getopt() tells options from operands, and prints the "
            "complaint about an unknown one for you.",
            "if (getopt(argc, argv, \"\") != -1) { /* usage line */ "
            "return 2; } and the operand, if any, is argv[optind].",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "./client -x{given}{operands}; echo $?",
        .args = { "-x", "{given}", "{operands}" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "client-path-108",
        .title = "an address of 108 bytes, a server at the first 107: "
                 "refused",
        .rules = "A4 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A path that is cut to fit is another path. Here somebody "
               "listens at it, and a client that does not measure delivers "
               "its message to a stranger.",
        .hints = {
            "What does your copy into sun_path do with a path that does "
            "not fit?",
            "strncpy() cuts it, and then connect() reaches whoever is "
            "at the shorter name. Measure before you copy.",
            "if (strlen(path) >= sizeof address.sun_path) { errno = "
            "ENAMETOOLONG; ... \"client: PATH: File name too long\", exit "
            "1 }",
        },
        .man = "unix(7) strncpy(3) connect(2)",
        .by_hand = "echo hello | ./client $(printf './%0106d' 7){operands}; "
                   "echo $?",
        .payload = { TEXT(24), ROUTE(107) },
        .address = "{1}",
        .args = { "{path}x", "{operands}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            NO_CONNECTION(9),
            EXIT(1),
            COMPLAINS(""),
            STDOUT_END(),
            TIDY(),
        },
    },
    {
        .name = "client-path-empty",
        .title = "an empty address, a server at the default one: refused",
        .rules = "A4 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "An unset variable makes an empty operand. A client that "
               "then takes the default sends to a server that the user, "
               "who did name one, never meant.",
        .hints = {
            "Is an empty operand the same as none?",
            "The default stands in for a missing operand only. An empty "
            "one is an address that cannot be: exit 1.",
            "Ask whether the operand is there (argc), and then whether "
            "it is good (path[0] != '\\0'): two questions.",
        },
        .man = "unix(7) connect(2)",
        .by_hand = "echo hello | ./client ''{operands}; echo $?",
        .payload = { TEXT(24) },
        .args = { "", "{operands}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            NO_CONNECTION(9),
            EXIT(1),
            COMPLAINS(""),
            STDOUT_END(),
            TIDY(),
        },
    },
};
