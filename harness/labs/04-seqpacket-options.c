#include "labs/04-seqpacket.h"

/* The option -n. */
const struct scenario seqpacket_options[] = {
    {
        .name = "server-no-places",
        .title = "-n 0: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A server that lets nobody in starts, listens, and looks "
               "healthy; its clients connect, for the backlog takes them, "
               "and wait for ever.",
        .hints = {
            "Is there a use for a server with no places?",
            "MAX_CLIENTS is 1 to 65535: anything else is wrong usage, to be "
            "told before a socket is made.",
            "if (most < 1 || most > 65535) { fputs(\"usage: server [-n "
            "MAX_CLIENTS] [PATH]\\n\", stderr); return 2; }",
        },
        .man = "getopt(3) strtol(3)",
        .by_hand = "./server -n 0; echo $?",
        .args = { "-n", "0" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-too-many-places",
        .title = "-n 65536, one too many: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-no-places",
        .why = "65536 in 16 bits is 0. A number that is larger than what it "
               "is kept in must be refused where it comes in; later nobody "
               "can tell.",
        .hints = {
            "What type is the variable in which you keep the number, and "
            "what does 65536 become in it?",
            "Compare before you convert: strtol() gives a long, and says "
            "ERANGE where even that is too small.",
            "long most = strtol(text, &end, 10); if (most < 1 || most > "
            "65535) usage.",
        },
        .man = "strtol(3) getopt(3)",
        .by_hand = "./server -n 65536; echo $?",
        .args = { "-n", "65536" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-places-text",
        .title = "-n 8x: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-no-places",
        .why = "atoi() reads as far as it can and never complains. \"8k\" "
               "then is 8, and whoever typed it wonders why the other "
               "thousands wait.",
        .hints = {
            "What does atoi(\"8x\") return, and what atoi(\"x\")?",
            "8 and 0. strtol() says in `end` where it stopped: that has to "
            "be the end of the text. It also takes blanks and a plus in "
            "front, which are no digits.",
            "text[strspn(text, \"0123456789\")] != '\\0' || text[0] == '\\0' "
            "is wrong usage; labs/common/options.h has a function for "
            "it.",
        },
        .man = "strtol(3) strspn(3) getopt(3)",
        .by_hand = "./server -n 8x; echo $?",
        .args = { "-n", "8x" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-places-missing",
        .title = "-n without a number: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-no-places",
        .why = "`server -n $N` with N unset is how this comes about. A "
               "server that starts all the same hides it.",
        .hints = {
            "What is optarg when there is no word behind -n?",
            "getopt() returns '?' (or ':') and prints a line of its own "
            "unless opterr is 0. That is the way of an unknown option.",
            "case 'n': ... break; default: return usage();",
        },
        .man = "getopt(3)",
        .by_hand = "./server -n; echo $?",
        .args = { "-n" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-option-late",
        .title = "-n 2 behind PATH: two operands too many, a usage line, exit "
                 "status 2",
        .rules = "C1 C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-no-places",
        .why = "By POSIX options end at the first operand; GNU's getopt() "
               "goes on and picks them out wherever they stand. A file whose "
               "name begins with a minus is then an option, which is how "
               "`rm *` has been made to do strange things.",
        .hints = {
            "Does your getopt() find options behind the first operand?",
            "GNU's does, unless the option string begins with a plus or "
            "POSIXLY_CORRECT is set. What stands behind PATH is surplus.",
            "getopt(argc, argv, \"+n:\") and then if (argc - optind > 1) "
            "return usage();",
        },
        .man = "getopt(3)",
        .by_hand = "./server uds_socket3.txt -n 2; echo $?",
        .args = { "{path}", "-n", "2" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-most-places",
        .title = "-n 65535, the most there may be, and --: it serves",
        .rules = "C1 C2 Q9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-no-places",
        .why = "The largest allowed value must not be refused, nor cost a "
               "gigabyte before the first client has come. And -- ends the "
               "options in every program that uses getopt().",
        .hints = {
            "What does your server do at the start for each place that it "
            "might need?",
            "A table with 65535 small entries is a few megabytes that the "
            "kernel gives only when they are touched; 65535 threads or "
            "descriptors are not to be had.",
            "calloc(most, sizeof *peers) once, or one malloc() for each "
            "connection; nothing on the stack.",
        },
        .man = "getopt(3) calloc(3)",
        .by_hand = "./server -n 65535 -- ./uds_socket3.txt",
        .args = { "-n", "65535", "--", "{path}" },
        .steps = {
            START(),
            SERVES(0),
            FILE_SOCKET("{path}"),
            ALIVE(),
        },
    },
};
