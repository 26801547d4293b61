#include "labs/shared.h"

/* Addresses that are long, empty, or cannot be made. */
const struct scenario shared_path[] = {
    {
        .name = "server-path",
        .title = "the server is given an address: it listens there and "
                 "nowhere else",
        .rules = "C1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Two instances on one machine, a test beside the real "
               "service, a private directory for the socket: all need an "
               "address that can be chosen.",
        .hints = {
            "Which word of argv is the operand, behind the options?",
            "getopt() leaves its number in optind; where there is none, "
            "optind is argc, and the default address counts.",
            "const char *path = optind < argc ? argv[optind] : "
            "\"./uds_socket3.txt\"; then copy it into sun_path after you "
            "have checked its length.",
        },
        .man = "unix(7) bind(2) getopt(3)",
        .by_hand = "./server ./elsewhere{operands} & until [ -S elsewhere ]; do "
                   ":; done; ls -l; kill $!",
        .payload = { TEXT(24), ROUTE(20) },
        .address = "{1}",
        .args = { "{path}", "{operands}" },
        .steps = {
            START(),
            SERVES(0),
            FILE_SOCKET("{path}"),
            FILE_GONE("./uds_socket3.txt"),
        },
    },
    {
        .name = "server-path-107",
        .title = "an address of 107 bytes, the longest there is: it works",
        .rules = "A4 C1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-path",
        .why = "Build directories and home directories on servers are "
               "deep. The last byte that fits should be usable, not lost "
               "to a comparison that is off by one.",
        .hints = {
            "How large is sun_path, and what has to fit into it?",
            "sun_path holds 108 bytes: a path of 107 and its NUL.",
            "Refuse when strlen(path) >= sizeof address.sun_path, not "
            "when it is greater than something smaller.",
        },
        .man = "unix(7) bind(2)",
        .by_hand = "./server $(printf './%0105d' 7){operands}",
        .payload = { TEXT(24), ROUTE(107) },
        .address = "{1}",
        .args = { "{path}", "{operands}" },
        .steps = {
            START(),
            SERVES(0),
            FILE_SOCKET("{path}"),
        },
    },
    {
        .name = "server-path-108",
        .title = "an address of 108 bytes: refused, and nothing is created",
        .rules = "A4 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-path",
        .why = "strncpy() into sun_path cuts a long path without a word: "
               "the server listens at another name than its clients look "
               "for, and two long names can become the same one. strcpy() "
               "writes past the structure.",
        .hints = {
            "What does your copy into sun_path do with a path that does "
            "not fit?",
            "Measure first: a path of 108 bytes leaves no room for the "
            "NUL. Refuse it before anything is made.",
            "if (strlen(path) >= sizeof address.sun_path) { errno = "
            "ENAMETOOLONG; ... \"server: PATH: File name too long\", exit "
            "1 }",
        },
        .man = "unix(7) strncpy(3) bind(2)",
        .by_hand = "./server $(printf './%0106d' 7){operands}; echo $?; ls",
        .payload = { ROUTE(108) },
        .args = { "{0}", "{operands}" },
        .steps = {
            START(),
            EXIT(1),
            COMPLAINS(""),
            FILE_GONE("{path}"),
            TIDY(),
        },
    },
    {
        .name = "server-path-empty",
        .title = "an empty address: refused, and nothing is created",
        .rules = "A4 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-path",
        .why = "An unset variable in a script makes an empty operand. With "
               "the whole structure as its length, an empty sun_path is a "
               "name in the abstract namespace: the server runs, and "
               "nobody finds it.",
        .hints = {
            "The path has no bytes. What does bind() make of an address "
            "whose sun_path starts with a NUL?",
            "It is an abstract address of 108 NULs, or, with the "
            "shortest length, one that the kernel picks. bind() "
            "succeeds; so you have to look.",
            "if (path[0] == '\\0') refuse with one line on stderr and "
            "exit status 1. Do not fall back to the default: that is "
            "for no operand at all.",
        },
        .man = "unix(7) bind(2)",
        .by_hand = "./server ''{operands}; echo $?; ss -xl",
        .args = { "", "{operands}" },
        .steps = {
            START(),
            EXIT(1),
            COMPLAINS(""),
            FILE_GONE("{path}"),
            TIDY(),
        },
    },
    {
        .name = "server-no-directory",
        .title = "the directory of the address is missing: an error that "
                 "names the path",
        .rules = "A6 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-path",
        .why = "The directory below /run is gone after every reboot. "
               "\"bind: No such file or directory\" leaves the administrator "
               "guessing which; the path in the message ends the search.",
        .hints = {
            "Would your message help someone who does not know what the "
            "server was given?",
            "perror(\"bind\") names a call. Name the path instead, with "
            "the reason that errno gives.",
            "fprintf(stderr, \"server: %s: %s\\n\", path, "
            "strerror(errno)); return 1; with errno as bind() left it.",
        },
        .man = "bind(2) strerror(3) perror(3)",
        .by_hand = "./server ./missing/socket{operands}; echo $?",
        .payload = { ROUTE(20) },
        .address = "{0}/s",
        .args = { "{path}", "{operands}" },
        .steps = {
            START(),
            EXIT(1),
            COMPLAINS("{path}"),
            FILE_GONE("{0}"),
        },
    },
    {
        .name = "server-unwritable",
        .title = "the directory of the address is read-only: an error naming "
                 "the path",
        .rules = "A6 C3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-path",
        .why = "To bind is to create a file, and that takes the right to "
               "write to the directory. A service that gives up root "
               "before it binds meets this first.",
        .hints = {
            "Which call fails, and with which errno?",
            "bind() fails with EACCES. It is an end with one line and "
            "exit status 1, as for a missing directory.",
            "One function for all failures that end the program: "
            "PROGRAM, the path, strerror(errno), exit 1.",
        },
        .man = "bind(2) path_resolution(7)",
        .by_hand = "mkdir -m 555 closed; ./server ./closed/socket{operands}; "
                   "echo $?",
        .payload = { ROUTE(20) },
        .address = "{0}/s",
        .args = { "{path}", "{operands}" },
        .steps = {
            PLANT_DIRECTORY("{0}", 0555),
            START(),
            EXIT(1),
            COMPLAINS("{path}"),
        },
    },
};

/* How a server is called, and what it would hand on. */
const struct scenario shared_server[] = {
    {
        .name = "server-surplus",
        .title = "the server is given an operand too many: a usage line, exit "
                 "status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A word too many is usually a missing quote around a path "
               "with a blank in it. A service that ignores it listens "
               "somewhere that nobody meant.",
        .hints = {
            "What does your program do with argv[2]?",
            "One operand at most: anything beyond it is wrong usage, to "
            "be told on stderr, and before a socket is made.",
            "if (argc > 2) { fprintf(stderr, \"usage: server [PATH]\\n\"); "
            "return 2; }",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "{server} one two; echo $?",
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
        .name = "server-option",
        .title = "the server is given an unknown option: a usage line, exit "
                 "status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A server that takes -x for a path makes a socket file "
               "called -x, which rm then refuses to remove without a "
               "trick. Typing errors in unit files should stop a service, "
               "not rename it.",
        .hints = {
            "Is -x a path?",
            "getopt() tells operands from options for you, with an "
            "option string that is empty because this server has none.",
            "if (getopt(argc, argv, \"\") != -1) { /* usage line */ "
            "return 2; } and the operand, if any, is argv[optind].",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "./server -x{operands}; echo $?",
        .args = { "-x", "{operands}" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "server-cloexec",
        .title = "while it serves every descriptor above 2 is close-on-exec",
        .rules = "C9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A descriptor that leaks into a program the server executes "
               "keeps connections open, and the address alive, long after "
               "the server has closed them. Leaked descriptors have "
               "been a way out of containers, too.",
        .hints = {
            "If your server executed another program now, which "
            "descriptors would that program have?",
            "socket() and accept() give descriptors that survive exec "
            "unless you ask otherwise, and accept() does not inherit "
            "the flag from the listening socket.",
            "socket(AF_UNIX, type | SOCK_CLOEXEC, 0) and, where there are "
            "connections, accept4(listener, NULL, NULL, SOCK_CLOEXEC); "
            "likewise EPOLL_CLOEXEC, SFD_CLOEXEC, O_CLOEXEC.",
        },
        .man = "socket(2) accept4(2) fcntl(2) open(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "grep flags /proc/$S/fdinfo/*; kill $S",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            SERVES(0),
            CONNECT(1),
            SETTLE(),
            CLOEXEC(),
        },
    },
};
