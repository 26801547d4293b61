#include "labs/06-credentials.h"

/* Which users are allowed, and what a user is. */
const struct scenario credentials_users[] = {
    {
        .name = "server-effective",
        .title = "effective and real user differ: the one connects, the other "
                 "sends",
        .rules = "K1 K2 K3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-between-users",
        .why = "A set-user-ID program has two users. The kernel tells the "
               "effective one of who connects, and the real one of who "
               "sends: one program can be two people, and only one of them "
               "is allowed.",
        .hints = {
            "sudo, su and passwd run with two users. Which of them does "
            "SO_PEERCRED show, and which SCM_CREDENTIALS?",
            "SO_PEERCRED has the effective ids as they were at connect(); "
            "SCM_CREDENTIALS, which the kernel adds, the real ones. Take "
            "both as they come.",
            "Do not look the process up in /proc, and do not let one of the "
            "two stand in for the other: whoami from SO_PEERCRED, sender "
            "from SCM_CREDENTIALS, uid and gid alike.",
        },
        .man = "credentials(7) unix(7) setresuid(2)",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            HAND(1, HAND_EFFECTIVE),
            HAND(2, HAND_REAL),
            CONNECT_AS(1, 1),
            CONNECT_AS(2, 2),
            ASKS_AS(1, 1, "whoami", CONNECTED("1")),
            ASKS_AS(1, 1, "sender", SENDING("1")),
            ASKS_AS(1, 1, "secret", "denied"),
            ASKS_AS(1, 2, "secret", "{0}"),
            ASKS(1, "secret", "{0}"),
            ASKS_AS(2, 2, "whoami", CONNECTED("2")),
            ASKS_AS(2, 2, "sender", SENDING("2")),
            ASKS_AS(2, 2, "secret", "denied"),
            ASKS(2, "secret", "denied"),
            ASKS_AS(0, 1, "secret", "denied"),
            ASKS_AS(0, 2, "secret", "{0}"),
        },
    },
    {
        .name = "server-root",
        .title = "root connects and asks: denied like anybody who is not "
                 "named",
        .rules = "K3 K6 K1 K2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-between-users",
        .why = "Root may read the server's memory anyway, so nothing is kept "
               "from root here. But a list that lets in somebody who is not "
               "on it is no list; and in a container user 0 may be anybody's "
               "program.",
        .hints = {
            "Does your list of allowed users hold somebody whom nobody put "
            "there?",
            "User 0 is a number like the others. Missing credentials, by the "
            "way, must not become user 0 by a variable that was zeroed.",
            "No `uid == 0 ||` in the test; and struct ucred sender = { .uid "
            "= -1, .gid = -1 } until the kernel has said who it is.",
        },
        .man = "unix(7) credentials(7)",
        .by_hand = "./server ./s sesame & until [ -S s ]; do :; done; echo -n "
                   "secret | sudo socat -t 1 - UNIX-CONNECT:s,type=5; kill "
                   "$!",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            HAND(1, HAND_ROOT),
            CONNECT_AS(1, 1),
            ASKS_AS(1, 1, "whoami", CONNECTED("1")),
            ASKS_AS(1, 1, "sender", SENDING("1")),
            ASKS_AS(1, 1, "secret", "denied"),
            ASKS(1, "secret", "denied"),
            ASKS_AS(0, 1, "secret", "denied"),
            ASKS(0, "secret", "{0}"),
        },
    },
    {
        .name = "server-not-listed",
        .title = "user 4294967294 is allowed, the server's own is not: denied",
        .rules = "K3 K6 C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Whoever writes down who is allowed means these and nobody "
               "else. A user that is added in silence, even the server's "
               "own, is one that no audit finds.",
        .hints = {
            "Who is allowed where the command line names users?",
            "Those alone. The server's own user stands in where none is "
            "named. And a user number goes up to 4294967294, which no int "
            "holds.",
            "Compare with geteuid() only if there is no UID operand; read "
            "numbers with strtoul() or into a long, compare as uid_t.",
        },
        .man = "credentials(7) strtoul(3)",
        .by_hand = "./server ./s sesame 4294967294 & until [ -S s ]; do :; "
                   "done; echo -n secret | socat -t 1 - "
                   "UNIX-CONNECT:s,type=5; kill $!",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}", "4294967294" },
        .steps = {
            START(),
            CONNECT(0),
            ASKS(0, "secret", "denied"),
            ASKS(0, "whoami", CONNECTED("0")),
            ASKS(0, "sender", SENDING("0")),
            ASKS(0, "secret", "denied"),
        },
    },
    {
        .name = "server-users",
        .title = "root and two more are allowed, the server's own user is "
                 "not: just so",
        .rules = "K3 K6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-not-listed",
        .why = "A list is first, middle and last entry, and 0 is a user. "
               "Off by one in argv, the server lets in one too few; and a "
               "test for \"no user given\" that asks for 0 takes root's "
               "entry for none.",
        .hints = {
            "Which words of argv are users, and is the last one among them?",
            "All behind SECRET, up to argc. Who connected may be one of them "
            "and who sends another: then the secret is due.",
            "for (int i = optind + 2; i < argc; i++) if (user(argv[i]) == "
            "who->uid) return true;",
        },
        .man = "getopt(3) credentials(7)",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}", "0", "4294967294", "{uid1}" },
        .steps = {
            START(),
            CONNECT(0),
            HAND(1, HAND_OTHER),
            HAND(2, HAND_ROOT),
            CONNECT_AS(1, 1),
            CONNECT_AS(2, 2),
            ASKS(0, "secret", "denied"),
            ASKS_AS(1, 1, "secret", "{0}"),
            ASKS_AS(2, 2, "secret", "{0}"),
            ASKS_AS(1, 2, "secret", "{0}"),
            ASKS_AS(2, 1, "secret", "{0}"),
            ASKS_AS(0, 1, "secret", "denied"),
            ASKS(1, "secret", "denied"),
            ASKS(2, "secret", "denied"),
        },
    },
    {
        .name = "server-apart",
        .title = "peers have no number in the server's namespace: all is "
                 "denied",
        .rules = "K4",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "In a container the server sees process 0 where a peer "
               "outside sends: the kernel has no number for it there. The "
               "same 0 stands where credentials are missing, and kill(0, "
               "...) means the server itself.",
        .hints = {
            "The kernel says that process 0 has sent this. Which process is "
            "that?",
            "None: it is outside of the server's pid namespace, or nothing "
            "was said of it. Its user may even be one who is allowed. When "
            "in doubt the answer is `denied`, whatever was asked.",
            "if (sender.pid == 0) answer \"denied\", before you look at the "
            "request, its length, or the user.",
        },
        .man = "pid_namespaces(7) unix(7) credentials(7)",
        .by_hand = "unshare -Ucpf --kill-child ./server ./s sesame & until [ "
                   "-S s ]; do :; done; echo -n whoami | socat -t 1 - "
                   "UNIX-CONNECT:s,type=5; kill -KILL $!; rm s",
        .payload = { TEXT(65), TEXT(24) },
        .steps = {
            START_APART(),
            CONNECT(0),
            ASKS(0, "secret", "denied"),
            ASKS(0, "sender", "denied"),
            ASKS(0, "whoami", "denied"),
            ASKS(0, "alive", "denied"),
            ASKS(0, "{1}", "denied"),
            ASKS(0, "{0}", "denied"),
            ASKS(0, "", "denied"),
            ASKS(0, "secret", "denied"),
        },
    },
};
