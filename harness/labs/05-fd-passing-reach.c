#include "labs/05-fd-passing.h"

/* How the client is called, how it connects, and how it waits. */
const struct scenario passing_reach[] = {
    {
        .name = "client-verb",
        .title = "`opens` is no verb: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A client that takes every other word for `count`, or is "
               "content with the first letters of one, does something that "
               "nobody asked for.",
        .hints = {
            "What does your client do with a verb that it does not know?",
            "There are two, and each is compared as a whole. Anything else "
            "is wrong usage, told on stderr before anything is connected.",
            "if (strcmp(verb, \"open\") != 0 && strcmp(verb, \"count\") != "
            "0) { print the usage line to stderr; return 2; }",
        },
        .man = "strcmp(3) exit(3)",
        .by_hand = "./client{given} opens served; echo $?",
        .args = PATIENTLY("opens", "served"),
        .steps = {
            LISTEN(9, 5),
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "client-no-name",
        .title = "a verb with nothing behind it: a usage line, exit status 2",
        .rules = "C2",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "An unset variable in a script leaves an operand out. argv[] "
               "ends with a null pointer: a client that does not count meets "
               "it in strlen(), or asks for a file called (null).",
        .hints = {
            "How many operands are there, and who counts them?",
            "Three, behind the options: argc - optind. One fewer is as "
            "wrong as one more.",
            "if (argc - optind != 3) { print the usage line to stderr; "
            "return 2; }",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "./client{given} open; echo $?",
        .args = { "-t", "60000", "{path}", "open" },
        .steps = {
            LISTEN(9, 5),
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
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
        .by_hand = "./client -t 0{given} open served; echo $?",
        .args = { "-t", "0", "{path}", "open", "served" },
        .steps = {
            LISTEN(9, 5),
            START(),
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
        .by_hand = "./client -t 100x{given} open served; echo $?",
        .args = { "-t", "100x", "{path}", "open", "served" },
        .steps = {
            LISTEN(9, 5),
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
    {
        .name = "client-nobody",
        .title = "nobody there: says why, exit status 1, without waiting",
        .rules = "C3 P24",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "No file, a file whose owner has gone, and a socket of "
               "another type are three different repairs: the errno tells "
               "which. None of them gets better by waiting.",
        .hints = {
            "What does connect() set errno to, and what do you do with it?",
            "ENOENT where there is no file, ECONNREFUSED where nobody "
            "listens, EPROTOTYPE where the socket is of another type. Only "
            "a full backlog is worth waiting for.",
            "if (connect(...) == -1) { fprintf(stderr, \"client: %s: "
            "%s\\n\", path, strerror(errno)); return 1; } with EAGAIN and "
            "EINTR treated before that.",
        },
        .man = "connect(2) unix(7) strerror(3)",
        .by_hand = "rm -f uds_socket3.txt; {client}; echo $?",
        .args = PATIENTLY("open", "served"),
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
        .name = "client-cut",
        .title = "the server ends in the middle, at once, or before it is "
                 "asked",
        .rules = "P24 C3 C8",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A server that crashes leaves an end of file or a reset where "
               "the newline should be. What came before is no answer, even "
               "if a file came with it; and a send to one that has gone must "
               "not kill the client by SIGPIPE, without a word.",
        .hints = {
            "How does your client end when recvmsg() returns 0, or when the "
            "send fails?",
            "0 before the newline is the end of file, ECONNRESET a server "
            "that went without reading: one line on stderr, status 1, "
            "nothing on stdout. EPIPE must be an errno, and not a signal.",
            "sendmsg(fd, &message, MSG_NOSIGNAL); if (got == 0) "
            "fprintf(stderr, \"client: %s: the server has gone\\n\", path); "
            "return 1; and for got == -1 the same with strerror(errno).",
        },
        .man = "recvmsg(2) sendmsg(2) signal(7) exit(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'read line; "
                   "printf +2' & until [ -S uds_socket3.txt ]; do :; done; "
                   "{client}; echo $?",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            ASKED("open {1}"),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "+201"),
            CLOSE(0),
            EXIT(1),
            COMPLAINS_FREELY(),
            STDOUT_END(),
            ASKS(1, "open {1}"),
            CLOSE(1),
            FAILURE(),
            START(),
            ACCEPT(2, 9),
            AWAIT(2),
            CLOSE(2),
            FAILURE(),
            HOLD_AT_SEND(),
            ACCEPT(3, 9),
            SEND(3, "-EACCES\n"),
            CLOSE(3),
            RELEASE(),
            FAILURE(),
        },
    },
    {
        .name = "client-silent",
        .title = "the server never answers: no reply within 2000 ms, exit "
                 "status 1",
        .rules = "P24 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A server that hangs keeps its connections open: no end of "
               "file and no reset will ever come. Only the client itself "
               "can decide that it has waited long enough.",
        .hints = {
            "What ends your receive when the server does nothing at all?",
            "Nothing does. poll() takes a limit, and so does SO_RCVTIMEO; "
            "the default is 2000 ms.",
            "poll() for POLLIN with what is left until the deadline; when "
            "nothing is left: fprintf(stderr, \"client: no reply within "
            "%d ms\\n\", timeout_ms); exit status 1.",
        },
        .man = "poll(2) socket(7) clock_gettime(2)",
        .by_hand = "socat -u UNIX-LISTEN:uds_socket3.txt - & until [ -S "
                   "uds_socket3.txt ]; do :; done; {client}; echo $?",
        .payload = { TEXT(20) },
        .args = { "{path}", "open", "{0}" },
        .steps = {
            LISTEN(9, 5),
            CLOCK(2000),
            START(),
            ACCEPT(0, 9),
            EXPECT(0, "open {0}\n"),
            SAYS("client: no reply within 2000 ms"),
            NOT_BEFORE(),
            EXIT(1),
            EXPECT_END(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-limit",
        .title = "-t 100, a backlog that stays full, then an answer that "
                 "never ends",
        .rules = "P24 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-silent",
        .why = "A limit on each receive begins anew with each byte, and a "
               "server that sends one now and then is waited for as long as "
               "it likes. And where a server has stopped accepting, it is "
               "connect() that hangs, which no limit on receiving ends.",
        .hints = {
            "In which calls can your client wait, and which of them does "
            "the limit cover?",
            "One deadline, computed once, holds for all of them: connect() "
            "while the backlog is full, and each receive until the newline.",
            "deadline = deadline_in(timeout_ms) at the start; "
            "connecting_until(fd, path, deadline); poll() with "
            "deadline_left(deadline) before each recvmsg(). %d in the "
            "message is timeout_ms.",
        },
        .man = "poll(2) connect(2) socket(7) clock_gettime(2)",
        .payload = { TEXT(20) },
        .args = { "-t", "100", "{path}", "open", "{0}" },
        .steps = {
            LISTEN(9, 0),
            CONNECT(8),
            CLOCK(100),
            START(),
            SAYS("client: no reply within 100 ms"),
            NOT_BEFORE(),
            EXIT(1),
            STDOUT_END(),
            ACCEPT(7, 9),
            CLOCK(100),
            START(),
            ACCEPT(0, 9),
            EXPECT(0, "open {0}\n"),
            /* Nothing is wrong with this one, as far as it has come. */
            DRIP(0, 30, "-" LETTERS_50),
            SAYS("client: no reply within 100 ms"),
            NOT_BEFORE(),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-interrupted",
        .title = "stopped and continued in the backlog and in an answer: it "
                 "goes on",
        .rules = "C12 P20",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-pieces",
        .why = "Ctrl-Z and fg must not cost an answer. connect() with a "
               "limit, epoll_wait() and a receive with SO_RCVTIMEO then fail "
               "with EINTR, though no handler is there. And a full backlog "
               "is load, not absence: EAGAIN, which passes.",
        .hints = {
            "Which of your calls can fail with EINTR or EAGAIN, and what "
            "follows?",
            "Nothing has happened: the call is made again, with the time "
            "that is left. poll() goes on by itself after SIGCONT, others "
            "do not.",
            "if (errno == EINTR) continue; around connect(), each wait and "
            "each receive, with the deadline kept and only the time left "
            "computed anew.",
        },
        .man = "signal(7) connect(2) recvmsg(2) poll(2) epoll_wait(2)",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            LISTEN(9, 0),
            CONNECT(8),
            START(),
            INTERRUPTED(),
            ACCEPT(7, 9),
            ACCEPT(0, 9),
            EXPECT(0, "open {1}\n"),
            INTERRUPTED(),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "+20"),
            INTERRUPTED(),
            SEND(0, "1\n"),
            STDOUT("{0}\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
