#include "labs/02-framing.h"

/* What is wrong with `-t` is told before anything is made. */
#define REFUSED_USAGE                                                          \
    {                                                                          \
        START(), EXIT(2), USAGE(), FILE_GONE("{path}"),                        \
    }

/* How the server is called with its option. */
const struct scenario framing_options[] = {
    {
        .name = "server-time-zero",
        .title = "-t 0: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "What would 0 mean: at once, or never? Some calls take it for "
               "the one, some for the other; SO_RCVTIMEO takes it for no limit "
               "at all.",
        .hints = {
            "Which is the least time that your server takes?",
            "1 ms. A lower bound belongs to the check as much as an upper "
            "one.",
            "options_number(optarg, 1, 86400000) says -1 to what is out of "
            "range: then the usage line, and return 2.",
        },
        .man = "getopt(3) socket(7)",
        .by_hand = "./server -t 0; echo $?",
        .args = { "-t", "0" },
        .steps = REFUSED_USAGE,
    },
    {
        .name = "server-time-word",
        .title = "-t abc: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "atoi() makes a 0 of everything it cannot read, and has no way "
               "to say so. The service then runs with a limit that nobody "
               "asked for.",
        .hints = {
            "How does your conversion tell 0 from no number at all?",
            "atoi() cannot. strtol() can, by where it stopped reading.",
            "Look at the characters before you convert: strspn(text, "
            "\"0123456789\") must reach the end, and there must be one.",
        },
        .man = "strtol(3) atoi(3) strspn(3)",
        .by_hand = "./server -t abc; echo $?",
        .args = { "-t", "abc" },
        .steps = REFUSED_USAGE,
    },
    {
        .name = "server-time-tail",
        .title = "-t 1x: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-time-word",
        .why = "\"1s\" or \"5m\" looks like a time, and somebody will write it. "
               "Taken for 1 ms or 5 ms it disconnects every client, and the "
               "log blames them.",
        .hints = {
            "What stands behind the number, and who looks at it?",
            "strtol() stops at the first character that is no digit, and says "
            "where in its second argument.",
            "strtol(text, &end, 10); and *end must be the NUL.",
        },
        .man = "strtol(3)",
        .by_hand = "./server -t 1x; echo $?",
        .args = { "-t", "1x" },
        .steps = REFUSED_USAGE,
    },
    {
        .name = "server-time-long",
        .title = "-t 86400001, a millisecond more than a day: a usage line, "
                 "exit status 2",
        .rules = "C2 C10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Behind every bound a calculation waits that it protects: so "
               "many milliseconds in microseconds do not fit 32 bits, and a "
               "limit becomes negative.",
        .hints = {
            "Which is the longest time that your server takes?",
            "86400000 ms, a day, and not one more.",
            "options_number(optarg, 1, 86400000): both bounds are part of the "
            "range.",
        },
        .man = "strtol(3) getopt(3)",
        .by_hand = "./server -t 86400001; echo $?",
        .args = { "-t", "86400001" },
        .steps = REFUSED_USAGE,
    },
    {
        .name = "server-time-empty",
        .title = "-t with an empty value: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-time-word",
        .why = "An unset variable in a script makes an empty value. It "
               "consists of digits only, if one looks for others, and strtol() "
               "is content with it, too.",
        .hints = {
            "How many digits has the empty text?",
            "None, and a number has one at least. That is a check of its "
            "own.",
            "if (text[0] == '\\0') it is no number, before anything else is "
            "looked at.",
        },
        .man = "strtol(3) getopt(3)",
        .by_hand = "./server -t ''; echo $?",
        .args = { "-t", "" },
        .steps = REFUSED_USAGE,
    },
    {
        .name = "server-time-negative",
        .title = "-t -5: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-time-word",
        .why = "poll() takes a negative limit for none at all. A sign that "
               "slips through the check turns a server with a limit into one "
               "that waits for ever.",
        .hints = {
            "What does strtoul() say to \"-5\"?",
            "It takes the sign, and gives a very large number; strtol() gives "
            "-5. Digits only is the rule: a sign is none.",
            "Refuse whatever has a character other than 0 to 9 in it; that "
            "takes care of blanks and of a plus, too.",
        },
        .man = "strtoul(3) poll(2)",
        .by_hand = "./server -t -5; echo $?",
        .args = { "-t", "-5" },
        .steps = REFUSED_USAGE,
    },
    {
        .name = "server-time-missing",
        .title = "-t and nothing behind it: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Who takes argv[i + 1] without a look at argc takes the NULL "
               "behind the last argument, and crashes on it.",
        .hints = {
            "What is behind the last element of argv?",
            "A null pointer. getopt() notices that the value is missing, and "
            "returns '?' for it.",
            "while ((c = getopt(argc, argv, \"+t:\")) != -1) if (c != 't') "
            "usage line, and return 2.",
        },
        .man = "getopt(3)",
        .by_hand = "./server -t; echo $?",
        .args = { "-t" },
        .steps = REFUSED_USAGE,
    },
    {
        .name = "server-option-late",
        .title = "an option behind the address: a usage line, exit status 2",
        .rules = "C1 C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Options end at the first operand: so POSIX has it, so that an "
               "operand may look like an option. What comes behind is one "
               "operand too many, or two.",
        .hints = {
            "Does getopt() stop at the first word that is no option?",
            "GNU's does not: it looks for options behind the operands, too. "
            "POSIX's does.",
            "A plus at the beginning of the option string, \"+t:\", gives you "
            "POSIX's way.",
        },
        .man = "getopt(3)",
        .by_hand = "./server uds_socket3.txt -t 100; echo $?",
        .args = { "{path}", "-t", "60000" },
        .steps = REFUSED_USAGE,
    },
};
