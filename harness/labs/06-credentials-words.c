#include "labs/06-credentials.h"

/* The words of the command line behind PATH. */
const struct scenario credentials_words[] = {
    {
        .name = "server-secret",
        .title = "255 bytes, a dash first, blanks and % among them: the "
                 "SECRET as it is",
        .rules = "K3 C1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Of the secrets that a generator writes in base64url one in 64 "
               "starts with a dash; other alphabets have a percent sign. A "
               "server that fails with one secret in 64 is a puzzle for "
               "weeks.",
        .hints = {
            "What does getopt() make of a word with a dash that stands "
            "behind PATH, and printf() of a percent sign?",
            "By itself glibc's getopt() looks for options everywhere. Options "
            "end at the first operand if the option string begins with a "
            "plus. And a secret is never a format.",
            "getopt(argc, argv, \"+\"); send(fd, secret, strlen(secret), "
            "MSG_NOSIGNAL): no buffer of 255 that wants a NUL too, no "
            "printf(secret).",
        },
        .man = "getopt(3) send(2) printf(3)",
        .by_hand = "./server ./s '-x %s' & until [ -S s ]; do :; done; echo -n "
                   "secret | socat -t 1 - UNIX-CONNECT:s,type=5; kill $!",
        .payload = { TEXT(242) },
        .args = { "{path}", "-x %s%% \t\n\xff\x80={0}" },
        .steps = {
            START(),
            CONNECT(0),
            ASKS(0, "secret", "-x %s%% \t\n\xff\x80={0}"),
            ASKS(0, "whoami", CONNECTED("0")),
            ASKS(0, "secret", "-x %s%% \t\n\xff\x80={0}"),
        },
    },
    {
        .name = "server-secret-missing",
        .title = "no SECRET: a usage line, exit status 2, and no socket",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "`./server ./s $SECRET` with SECRET unset is how this comes "
               "about. argv[2] is then NULL, and strlen() of it the end, "
               "without a word on why.",
        .hints = {
            "What is argv[argc], and do you use it?",
            "NULL. PATH and SECRET must both be there: ask argc before you "
            "touch argv.",
            "if (argc - optind < 2) { fputs(\"usage: server PATH SECRET "
            "[UID...]\\n\", stderr); return 2; }",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "./server ./s; echo $?; ls",
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
        .name = "server-secret-empty",
        .title = "an empty SECRET: a usage line, exit status 2, and no socket",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-secret-missing",
        .why = "`./server ./s \"$SECRET\"` with SECRET unset. A service that "
               "starts with an empty password is worse than one that does "
               "not start.",
        .hints = {
            "Is an empty operand the same as a good one?",
            "A SECRET has 1 to 255 bytes; any other is wrong usage, to be "
            "told before a socket is made.",
            "size_t length = strlen(secret); if (length < 1 || length > 255) "
            "return usage();",
        },
        .man = "strlen(3) exit(3)",
        .by_hand = "./server ./s ''; echo $?; ls",
        .args = { "{path}", "" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-secret-256",
        .title = "a SECRET of 256 bytes, one too many: a usage line, exit "
                 "status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-secret-missing",
        .why = "256 in one byte is 0, and in a buffer of 256 it has no room "
               "for the NUL. A secret that is cut in silence is another "
               "secret, and an easier one.",
        .hints = {
            "How long may a SECRET be, and what happens to the rest of a "
            "longer one?",
            "Nothing is cut: a longer one is wrong usage. Measure it before "
            "you copy it, if you copy it at all.",
            "if (strlen(secret) > 255) return usage();",
        },
        .man = "strlen(3) exit(3)",
        .by_hand = "./server ./s $(printf %0256d 7); echo $?; ls",
        .payload = { TEXT(256) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-user-text",
        .title = "a user 1x behind a good one: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-not-listed",
        .why = "atoi() reads as far as it can and never complains. A name in "
               "place of a number is 0 for it, and 0 is root.",
        .hints = {
            "What does atoi(\"1x\") return, and what atoi(\"alice\")?",
            "1 and 0. A user is digits and nothing else, each of the "
            "operands; strtoul() also takes blanks and signs in front, which "
            "are no digits.",
            "options_number() in labs/common/options.h does it; check every "
            "operand from the third on before a socket is made.",
        },
        .man = "strtoul(3) strspn(3) exit(3)",
        .by_hand = "./server ./s sesame 1000 1x; echo $?; ls",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}", "{uid0}", "1x" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-user-negative",
        .title = "a user -1: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-user-text",
        .why = "Scripts write -1 where they could not find a user. strtoul() "
               "takes the sign and gives a very large number, which in 32 "
               "bits is (uid_t)-1 again: nobody at all.",
        .hints = {
            "What does strtoul(\"-1\") return, and does it complain?",
            "ULONG_MAX, and no: a minus sign is allowed. Only digits are "
            "digits; look before you convert.",
            "if (text[0] == '\\0' || text[strspn(text, \"0123456789\")] != "
            "'\\0') return usage();",
        },
        .man = "strtoul(3) strspn(3) getopt(3)",
        .by_hand = "./server ./s sesame -1; echo $?; ls",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}", "-1" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-user-none",
        .title = "a user 4294967295, which is none: a usage line, exit "
                 "status 2",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-user-text",
        .why = "(uid_t)-1 is no user: the kernel says it where it has nothing "
               "to say. A server that puts it on the list has allowed "
               "everybody of whom it knows nothing.",
        .hints = {
            "Which is the greatest user number there is?",
            "4294967294. The next one is (uid_t)-1, \"nobody at all\"; "
            "greater ones wrap around to small numbers in 32 bits.",
            "Read into 64 bits, and compare before you convert: if (number > "
            "4294967294) return usage();",
        },
        .man = "strtoul(3) setresuid(2) credentials(7)",
        .by_hand = "./server ./s sesame 4294967295; echo $?; ls",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}", "4294967295" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
            FILE_GONE("{path}"),
        },
    },
};
