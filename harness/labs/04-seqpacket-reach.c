#include "labs/04-seqpacket.h"

/* How the client is called, how it connects, and how it waits. */
const struct scenario seqpacket_reach[] = {
    {
        .name = "client-limit-zero",
        .title = "-t 0 is no time limit: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "0 means \"at once\" to poll(), \"for ever\" to SO_RCVTIMEO, "
               "and \"off\" to alarm(). Refused, it means the same to "
               "everybody.",
        .hints = {
            "Which limits does your client take?",
            "1 to 86400000. Anything else is wrong usage: a usage line on "
            "stderr, exit status 2, before anything is connected.",
            "options_number(optarg, 1, 86400000) says -1 to what is not "
            "one of these: print the usage line and return 2.",
        },
        .man = "getopt(3) strtol(3) socket(7)",
        .by_hand = "echo hello | ./client -t 0{given}; echo $?",
        .args = { "-t", "0", "{given}" },
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
        .name = "client-limit-word",
        .title = "-t 100x is no number: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-limit-zero",
        .why = "atoi() makes 100 of 100x, 5 of 5s, and 0 of a word. Somebody "
               "who meant five seconds waits five milliseconds, and looks "
               "for the fault in the server.",
        .hints = {
            "What does your conversion do with the x?",
            "Digits only: no sign, no blank, no unit. Whatever stands "
            "behind the digits makes the whole of it no number.",
            "options_number() of labs/common looks at every byte; with "
            "strtol() compare *end with '\\0', and the first byte with a "
            "digit.",
        },
        .man = "strtol(3) atoi(3) getopt(3)",
        .by_hand = "echo hello | ./client -t 100x{given}; echo $?",
        .args = { "-t", "100x", "{given}" },
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
        .name = "client-nobody",
        .title = "nobody there: says why, exit status 1, without waiting for a "
                 "line",
        .rules = "C3 C5",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "The user learns that the service is down before the first "
               "line is typed. No file, a file whose owner has gone, and a "
               "socket of another type are three different repairs: the "
               "errno tells which.",
        .hints = {
            "When do you call connect(), and what does it set errno to?",
            "Before the first line is read: ENOENT where there is no file, "
            "ECONNREFUSED where nobody listens, EPROTOTYPE where the "
            "socket is of another type. None of them gets better by "
            "waiting.",
            "if (connect(...) == -1) { fprintf(stderr, \"client: %s: "
            "%s\\n\", path, strerror(errno)); return 1; } before the loop "
            "over the lines.",
        },
        .man = "connect(2) unix(7) strerror(3)",
        .by_hand = "rm -f uds_socket3.txt; {client}; echo $?",
        .args = PATIENT,
        .steps = {
            START(),
            EXIT(1),
            COMPLAINS("No such file or directory"),
            STDOUT_END(),
            PLANT_STALE("{path}"),
            START(),
            EXIT(1),
            COMPLAINS("Connection refused"),
            STDOUT_END(),
            REMOVE("{path}"),
            PLANT_BOUND(1, "{path}", -1),
            START(),
            EXIT(1),
            COMPLAINS("Protocol wrong type"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-backlog-room",
        .title = "the backlog is full, then has room: the client was waiting",
        .rules = "C5 C12 Q6",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A full backlog is load and not absence. A UNIX socket that "
               "does not block says EAGAIN then, never EINPROGRESS, and "
               "poll() calls one writable that was never connected: what "
               "works for TCP goes wrong here.",
        .hints = {
            "What does your connect() do while the server has not "
            "accepted the others?",
            "One that blocks waits for room. One that does not says "
            "EAGAIN, and has to be made again later; so has one that a "
            "signal has interrupted (EINTR).",
            "SO_SNDTIMEO limits a connect() that blocks: set it to what is "
            "left of the time, and call connect() again after EINTR. Or "
            "try again every few milliseconds until the time is over.",
        },
        .man = "connect(2) socket(7) listen(2) signal(7)",
        .payload = { TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 0),
            CONNECT(8),
            START(),
            INTERRUPTED(),
            ACCEPT(7, 9),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            ANSWER(0, "0", "1"),
            GOODBYE(0),
        },
    },
    {
        .name = "client-backlog-full",
        .title = "the backlog stays full: after 100 ms it gives up, exit "
                 "status 1",
        .rules = "C5 C10 Q21",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-backlog-room",
        .why = "A server that hangs still has its socket, and the kernel "
               "takes connections for it until the backlog is full. From "
               "then on connect() itself hangs, and a limit on receiving "
               "alone never gets to see it.",
        .hints = {
            "In which call does your client wait, and who limits that one?",
            "connect() blocks for as long as the backlog is full. The time "
            "limit covers connecting too.",
            "SO_SNDTIMEO before connect(): when it has passed, errno is "
            "EAGAIN. Then \"client: no reply within 100 ms\", exit 1, like "
            "for every other time-out.",
        },
        .man = "connect(2) socket(7) listen(2)",
        .args = { "-t", "100", "{given}" },
        .steps = {
            LISTEN(9, 0),
            CONNECT(8),
            CLOCK(100),
            START(),
            COMPLAINS_FREELY(),
            NOT_BEFORE(),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-idle",
        .title = "no line for longer than the time limit: the client waits for "
                 "one",
        .rules = "Q21 C5 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "The limit is there for a server that does not answer. Where "
               "nothing was asked no answer is due, and somebody who thinks "
               "before typing is no fault of the server.",
        .hints = {
            "What is your clock counting while no line is there?",
            "The limit holds from a line's sending to its answer. Switch "
            "the alarm off, or set a new deadline, for each line.",
            "deadline = deadline_in(timeout_ms) right before each send, and "
            "no limit on the read of stdin.",
        },
        .man = "poll(2) alarm(2) getline(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:cat & until "
                   "[ -S uds_socket3.txt ]; do :; done; (sleep 5; echo hello) "
                   "| {client}; echo $?",
        .args = { "-t", "1500", "{given}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            STAYS(),
            GOODBYE(0),
        },
    },
    {
        .name = "client-interrupted",
        .title = "the client is stopped and continued in its waits: it goes on",
        .rules = "C12 Q6",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "Ctrl-Z and fg must not cost an answer. epoll_wait() and a "
               "receive with SO_RCVTIMEO then fail with EINTR, though no "
               "handler is there; a program that takes this for a failure "
               "ends for no reason.",
        .hints = {
            "Which of your calls can fail with EINTR, and what follows?",
            "Nothing has happened: the call is made again, with the time "
            "that is left. poll() goes on by itself after SIGCONT, others "
            "do not.",
            "if (errno == EINTR) continue; around each wait and receive, "
            "with the deadline kept and only the time left computed anew.",
        },
        .man = "signal(7) recv(2) poll(2) epoll_wait(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:cat & until "
                   "[ -S uds_socket3.txt ]; do :; done; (sleep 3; echo hello) "
                   "| {client} & kill -STOP $!; kill -CONT $!; wait $!",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            INTERRUPTED(),
            FEED("{0}\n"),
            EXPECT(0, "{0}"),
            INTERRUPTED(),
            SEND(0, "{1}"),
            STDOUT("{1}\n"),
            INTERRUPTED(),
            FEED("{2}\n"),
            ANSWER(0, "2", "3"),
            GOODBYE(0),
        },
    },
};
