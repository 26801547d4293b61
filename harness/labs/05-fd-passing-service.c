#include "labs/05-fd-passing.h"

/* Many peers, peers that do not take what they asked for, and shortage. */
const struct scenario passing_service[] = {
    {
        .name = "server-open-crowd",
        .title = "silent peers, and 30 that let their files lie: others are "
                 "served",
        .rules = "P9 P1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-many",
        .why = "A descriptor on its way belongs to nobody's table, and lives "
               "until it is fetched. The server has done its part when "
               "sendmsg() returns: it need not wait for whoever asked.",
        .hints = {
            "Does your server wait for one peer while another one has "
            "something to say?",
            "One wait for all (poll(), epoll), or a process or thread for "
            "each. What was sent can be closed at once: the kernel keeps "
            "the file open while it is on its way.",
            "poll() over the listener and all connections; answer, close "
            "the file, back to poll().",
        },
        .man = "unix(7) poll(2) epoll(7)",
        .steps = {
            START(),
            CONNECT(100),
            OPENS(100, "served"),
            CONNECT(101),
            SEND(101, "open ser"),
            COUNT(),
            CONNECT_ALL(0, 30),
            SEND_ALL(0, 30, "open served\n"),
            AWAIT(29),
            OPENS(100, "served"),
            CONNECT(102),
            OPENS(102, "served"),
            REFUSES(100, "nosuch", "ENOENT"),
            CLOSE(102),
            EXPECT_FILE(0, "root/served"),
            EXPECT_FILE(29, "root/served"),
            OPENS(0, "served"),
            SEND(101, "ved\n"),
            EXPECT_FILE(101, "root/served"),
            CLOSE_ALL(0, 30),
            COUNT_SAME(),
            OPENS(100, "served"),
        },
    },
    {
        .name = "server-open-gone",
        .title = "peers leave before their file is sent, or fetched: nothing "
                 "is left",
        .rules = "C6 C8 P8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-many",
        .why = "A client that is killed takes no answer any more. sendmsg() "
               "fails then, with a signal that kills unless it is told not "
               "to, and the file that was to be sent is still open.",
        .hints = {
            "sendmsg() fails: who closes the file now?",
            "The same code as after a success. And a send to a peer that "
            "has gone raises SIGPIPE, which ends a program.",
            "sendmsg(connection, &message, MSG_NOSIGNAL); close(file); and "
            "only then look at what sendmsg() returned.",
        },
        .man = "sendmsg(2) signal(7) close(2)",
        .steps = {
            START(),
            CONNECT(0),
            OPENS(0, "served"),
            COUNT(),
            REPEAT(15),
            CONNECT(1),
            SETTLE(),
            STOP(),
            SEND(1, "open served\n"),
            CLOSE(1),
            CONTINUE(),
            CONNECT(2),
            SEND(2, "open served\n"),
            AWAIT(2),
            CLOSE(2),
            AGAIN(),
            COUNT_SAME(),
            OPENS(0, "served"),
        },
    },
    {
        .name = "server-open-emfile",
        .title = "out of descriptors: EMFILE whatever the name, then served "
                 "again",
        .rules = "P10 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-missing",
        .why = "A limit that is reached is a bad hour, not the end: as soon "
               "as somebody leaves, there is room again. Who hears ENOENT "
               "meanwhile creates anew what is only out of reach.",
        .hints = {
            "What does your server say about a missing file when it cannot "
            "open anything at all?",
            "openat2() at the limit says EMFILE before it looks at the "
            "name. Whoever walks by hand, or decides by the text of the "
            "name, must find out first.",
            "fcntl(root, F_DUPFD_CLOEXEC, 0) fails with EMFILE where there "
            "is no room; close the copy again where there is.",
        },
        .man = "getrlimit(2) openat2(2) dup(2) fcntl(2)",
        .by_hand = "{server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "prlimit --pid $S --nofile=8:; "
                   "printf 'open served\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .steps = {
            PLANT_DIRECTORY("root/sub", 0755),
            START(),
            CONNECT(0),
            CONNECT(1),
            OPENS(0, "served"),
            OPENS(1, "served"),
            /* Nobody keeps what was sent last. */
            REFUSES(0, "nosuch", "ENOENT"),
            REFUSES(1, "nosuch", "ENOENT"),
            COUNT(),
            LIMIT_DESCRIPTORS(),
            REFUSES(0, "served", "EMFILE"),
            REFUSES(0, "nosuch", "EMFILE"),
            REFUSES(0, "sub", "EMFILE"),
            REFUSES(0, "..", "EMFILE"),
            REFUSES(0, "/", "EMFILE"),
            REFUSES(0, ".", "EMFILE"),
            REFUSES(1, "served", "EMFILE"),
            UNLIMIT_DESCRIPTORS(),
            OPENS(0, "served"),
            REFUSES(0, "nosuch", "ENOENT"),
            REFUSES(0, "..", "EXDEV"),
            OPENS(1, "served"),
            COUNT_SAME(),
        },
    },
    {
        .name = "server-open-in-flight",
        .title = "too many descriptors are on their way already: EMFILE, then "
                 "served",
        .rules = "P10 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-emfile",
        .why = "Descriptors on their way count for the user who sent them. "
               "One program that lets them pile up brings the others of the "
               "same user to ETOOMANYREFS, and it passes when they are "
               "fetched. A bus for a whole desktop was shut down by it once.",
        .hints = {
            "Which errors of sendmsg() are about the connection, and which "
            "are not?",
            "ETOOMANYREFS says that nothing was sent, and the connection is "
            "as good as before: the peer is still owed an answer.",
            "if (sendmsg(...) == -1 && errno == ETOOMANYREFS) close the "
            "file, and send \"-EMFILE\\n\" without control data.",
        },
        .man = "unix(7) sendmsg(2) getrlimit(2)",
        .steps = {
            START(),
            CONNECT(0),
            OPENS(0, "served"),
            COUNT(),
            HOARD(5),
            REFUSES(0, "served", "EMFILE"),
            REFUSES(0, "served", "EMFILE"),
            CONNECT(1),
            REFUSES(1, "served", "EMFILE"),
            CLOSE(5),
            OPENS(0, "served"),
            OPENS(1, "served"),
            CLOSE(1),
            COUNT_SAME(),
        },
    },
};

/* How the server is called with a directory. */
const struct scenario passing_given[] = {
    {
        .name = "server-no-root",
        .title = "the server is given no ROOT: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A missing word must not be made up. A server that takes the "
               "current directory instead hands out whatever it was started "
               "in: a home directory, say, with its keys.",
        .hints = {
            "What is argv[2] when nobody gave it?",
            "NULL, and open(NULL, ...) fails with EFAULT at best. The number "
            "of operands is to be looked at first.",
            "if (argc - optind != 2) { fputs(\"usage: server PATH ROOT\\n\", "
            "stderr); return 2; } before anything is made.",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "./server uds_socket3.txt; echo $?",
        .args = { "{path}" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-root-hyphen",
        .title = "ROOT begins with a hyphen: behind PATH that is no option",
        .rules = "C1 P1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Options end at the first operand: so POSIX has it, and "
               "scripts that pass a name on rely on it. glibc's getopt() "
               "looks for options behind it, too, unless it is told not to.",
        .hints = {
            "What does getopt() do with -root when it stands behind PATH?",
            "glibc sorts the arguments: options first. With a `+` at the "
            "start of the option string, or POSIXLY_CORRECT, it does not.",
            "getopt(argc, argv, \"+\"), and the operands are argv[optind] "
            "and argv[optind + 1], as they are.",
        },
        .man = "getopt(3)",
        .by_hand = "mkdir ./-root; ./server uds_socket3.txt -root",
        .payload = { TEXT(30) },
        .args = { "{path}", "-root" },
        .steps = {
            PLANT_DIRECTORY("-root", 0755),
            PLANT_FILE("-root/f", "{0}"),
            START(),
            CONNECT(0),
            SEND(0, "open f\n"),
            EXPECT_FILE(0, "-root/f"),
        },
    },
};
