#include "labs/06-credentials.h"

/* The client, and who its server has to be. */
const struct scenario credentials_trust[] = {
    {
        .name = "client-right-user",
        .title = "SERVER_UID is the server's user: the exchange goes on",
        .rules = "K20 K21",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "Whoever may write to the directory can put a socket at a "
               "well-known path before the real server does. The client then "
               "tells its passwords to a stranger, unless it asks the kernel "
               "who is listening there.",
        .hints = {
            "How can a client know who runs the server, before it has sent "
            "or received a byte?",
            "SO_PEERCRED works at both ends: here it tells who called "
            "listen(). Only the user counts: its number is right also where "
            "the process's is not known.",
            "struct ucred server; socklen_t size = sizeof server; "
            "getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &server, &size), right "
            "after connect(), and compare server.uid with the number.",
        },
        .man = "unix(7) socket(7) getsockopt(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:cat & until "
                   "[ -S uds_socket3.txt ]; do :; done; echo hello | {client} "
                   "$(id -u)",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000", "{path}", "{uid0}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            EXPECT_SILENCE(0),
            FEED("{0}\n"),
            EXPECT(0, "{0}"),
            SEND(0, "{1}"),
            STDOUT("{1}\n"),
            FEED("{2}\n"),
            EXPECT(0, "{2}"),
            SEND(0, "{3}"),
            STDOUT("{3}\n"),
            END_INPUT(),
            EXPECT_END(0),
            CLOSE(0),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-wrong-user",
        .title = "the server's user is another one, lines wait: it gets none "
                 "of them",
        .rules = "K20 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-right-user",
        .why = "A check that comes behind the first message comes too late: "
               "the message may be the password. And a client that was told "
               "to insist on root must not take 0 for \"anybody\".",
        .hints = {
            "What has your client sent by the time it looks at the user?",
            "Nothing may have been: connect, ask the kernel, and leave. User "
            "0 is a user like others: keep apart whether there is a number "
            "and which it is.",
            "if (server.uid != wanted) { fprintf(stderr, \"client: server "
            "runs as user %u, not %u\\n\", server.uid, wanted); return 1; } "
            "before the first line is read.",
        },
        .man = "unix(7) getsockopt(2) credentials(7)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 - & until [ -S "
                   "uds_socket3.txt ]; do :; done; echo hello | {client} 4711; "
                   "echo $?",
        .payload = { TEXT(24), TEXT(24) },
        .args = { "-t", "60000", "{path}", "0" },
        .steps = {
            LISTEN(9, 5),
            FEED("{0}\n{1}\n"),
            START(),
            ACCEPT(0, 9),
            SAYS("client: server runs as user {uid0}, not 0"),
            EXPECT_END(0),
            EXIT(1),
            STDOUT_END(),
            NO_CONNECTION(9),
        },
    },
    {
        .name = "client-wrong-user-at-once",
        .title = "the same with an empty stdin, and with no line yet: exit 1 "
                 "at once",
        .rules = "K20 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-wrong-user",
        .why = "The user at the terminal should learn that the server is a "
               "stranger before typing the password, not afterwards. And a "
               "script that only wants to know whether all is well sends no "
               "line at all: exit status 0 would tell it so.",
        .hints = {
            "When does your client look: at the start, or when there is "
            "something to send?",
            "At the start, in any case. stdin may be empty, and then the "
            "loop over the lines is never entered; or nothing may come for "
            "an hour.",
            "The check stands between connect() and the first read of stdin. "
            "User numbers have no sign: %u, and strtoul() or a long for what "
            "was typed, for 4294967294 does not fit into an int.",
        },
        .man = "unix(7) getsockopt(2) printf(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 - & until [ -S "
                   "uds_socket3.txt ]; do :; done; {client} 4711 </dev/null; "
                   "echo $?",
        .args = { "-t", "60000", "{path}", "4294967294" },
        .steps = {
            LISTEN(9, 5),
            END_INPUT(),
            START(),
            ACCEPT(0, 9),
            SAYS("client: server runs as user {uid0}, not 4294967294"),
            EXPECT_END(0),
            EXIT(1),
            STDOUT_END(),
            START(),
            ACCEPT(1, 9),
            SAYS("client: server runs as user {uid0}, not 4294967294"),
            EXPECT_END(1),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-user-word",
        .title = "SERVER_UID has a letter behind it: a usage line, exit "
                 "status 2",
        .rules = "C2 K20",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "atoi() makes 0 of a name, and 0 is root: `client PATH "
               "www-data` would insist on a server that root runs. Of 1000x "
               "it makes 1000, and nobody learns of the typing error.",
        .hints = {
            "What does your conversion make of a word, and of what stands "
            "behind the digits?",
            "Digits only: a name, a sign, a blank or a letter behind the "
            "number is wrong usage. Nothing is connected then.",
            "options_number(argv[optind + 1], 0, 4294967294) of labs/common "
            "says -1 to what is no such number: print the usage line and "
            "return 2.",
        },
        .man = "strtol(3) atoi(3) getopt(3)",
        .by_hand = "{client} $(id -u)x; echo $?",
        .args = { "-t", "60000", "{path}", "{uid0}x" },
        .steps = {
            LISTEN(9, 5),
            START(),
            END_INPUT(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "client-user-range",
        .title = "SERVER_UID 4294967295 is no user: a usage line, exit status "
                 "2",
        .rules = "C2 K20",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-user-word",
        .why = "(uid_t)-1 means \"none\" or \"leave as it is\" in every call "
               "that takes a user. A program that keeps \"no user given\" in "
               "the same variable trusts anybody when it is told this one.",
        .hints = {
            "How does your program remember that no SERVER_UID was given?",
            "Users are 0 to 4294967294. The number above them fits into a "
            "uid_t, and there it is the same as -1.",
            "Compare in a type that is larger than uid_t, before you "
            "convert: long user = strtol(...); if (user > 4294967294) return "
            "usage();",
        },
        .man = "credentials(7) chown(2) strtol(3)",
        .by_hand = "{client} 4294967295; echo $?",
        .args = { "-t", "60000", "{path}", "4294967295" },
        .steps = {
            LISTEN(9, 5),
            START(),
            END_INPUT(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "client-user-surplus",
        .title = "a word behind SERVER_UID: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-user-word",
        .why = "A word too many is a missing quote, or a message typed where "
               "it does not belong. To ignore it is to do something else than "
               "was asked.",
        .hints = {
            "How many operands may there be?",
            "PATH, and SERVER_UID or none: one or two. A third is wrong "
            "usage, told before anything is connected.",
            "int operands = argc - optind; if (operands < 1 || operands > 2) "
            "{ fputs(\"usage: client [-t TIMEOUT_MS] PATH [SERVER_UID]\\n\", "
            "stderr); return 2; }",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "{client} $(id -u) hello; echo $?",
        .payload = { TEXT(24) },
        .args = { "-t", "60000", "{path}", "{uid0}", "{0}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            END_INPUT(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
};
