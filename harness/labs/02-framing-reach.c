#include "labs/02-framing.h"

/* How the client is called, how it connects, and signals in its waits. */
const struct scenario framing_reach[] = {
    {
        .name = "client-limit-zero",
        .title = "-t 0 is no time limit: a usage line, exit status 2",
        .rules = "C2 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "0 means \"at once\" to poll(), \"for ever\" to SO_RCVTIMEO, "
               "and \"off\" to many users. A program that lets it through "
               "has left it to chance which of them is meant.",
        .hints = {
            "What does your client do with the number behind -t?",
            "Times are 1 to 86400000. Anything else is wrong usage, told "
            "on stderr before anything is done.",
            "timeout = options_number(optarg, 1, 86400000); if (timeout "
            "== -1) { usage line; return 2; }",
        },
        .man = "getopt(3) strtol(3) socket(7)",
        .by_hand = "echo hello | ./client -t 0; echo $?",
        .args = { "-t", "0" },
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
        .after = "client-hello",
        .why = "atoi() makes 100 of 100x, 5 of 5s, and 0 of a word. Who "
               "writes 5s means seconds, and gets five milliseconds "
               "without a word of warning.",
        .hints = {
            "Which part of the word does your conversion look at?",
            "A number is digits and nothing else: no blank, no sign, no "
            "unit. strtol() stops at the first other byte and tells where.",
            "options_number() of labs/common says -1; or strtol() with an "
            "end pointer, *end == '\\0', and a digit at the front.",
        },
        .man = "strtol(3) atoi(3) getopt(3)",
        .by_hand = "echo hello | ./client -t 100x; echo $?",
        .args = { "-t", "100x" },
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
        .rules = "F10 C3 C5",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "The user learns that the service is down before the first "
               "line is typed, and not after. \"No such file\" says: look "
               "for the path; \"Connection refused\" says: start the server.",
        .hints = {
            "stdin stays silent here. What does your client do before it "
            "reads a line?",
            "It connects, and that fails at once: first with ENOENT, and "
            "then, where a dead server has left its file, with "
            "ECONNREFUSED. Trying again is for a full backlog only.",
            "fprintf(stderr, \"client: %s: %s\\n\", path, "
            "strerror(errno)); return 1; before the loop over the lines.",
        },
        .man = "connect(2) unix(7) strerror(3)",
        .by_hand = "rm -f uds_socket3.txt; ./client; echo $?",
        .args = { "-t", "60000" },
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
        },
    },
    {
        .name = "client-backlog-room",
        .title = "the backlog is full, then has room: the client was waiting",
        .rules = "F12 F10 C12",
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
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 0),
            CONNECT(8),
            START(),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            ACCEPT(7, 9),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            ANSWER(0, "0", "1"),
            GOODBYE(0, 0),
        },
    },
    {
        .name = "client-backlog-full",
        .title = "the backlog stays full for 100 ms: no reply, exit status 1",
        .rules = "F12 C5 C10",
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
            "limit holds from the start of the connection on.",
            "SO_SNDTIMEO before connect(): when it has passed, errno is "
            "EAGAIN. Then \"client: no reply within 100 ms\", exit 1, like "
            "for every other time-out.",
        },
        .man = "connect(2) socket(7) listen(2)",
        .args = { "-t", "100" },
        .steps = {
            LISTEN(9, 0),
            CONNECT(8),
            CLOCK(100),
            START(),
            SETTLE(),
            SAYS("client: no reply within 100 ms"),
            NOT_BEFORE(),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-interrupted",
        .title = "the client is stopped and continued in its waits: it goes on",
        .rules = "C12 F10 F13",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "Ctrl-Z and fg must not cost an answer. epoll_wait() and a "
               "receive with SO_RCVTIMEO return EINTR after a stop, and a "
               "client that takes this for the end, or for a time-out, "
               "reports a failure that never was.",
        .hints = {
            "Which of your waits may return because of a signal?",
            "EINTR is neither an event nor the end of the time: make the "
            "call again, with what is left of the limit.",
            "if (n == -1 && errno == EINTR) continue; in the loop that "
            "receives, behind the line that computes the time left. The "
            "same for the wait after the end of input.",
        },
        .man = "signal(7) recv(2) poll(2) epoll_wait(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt EXEC:cat & until [ -S "
                   "uds_socket3.txt ]; do :; done; mkfifo lines; ./client "
                   "<lines & C=$!; exec 3>lines; kill -STOP $C; kill -CONT "
                   "$C; echo hello >&3; exec 3>&-; wait $C; echo $?",
        .payload = { TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            INTERRUPTED(),
            FEED("{0}\n"),
            EXPECT(0, "{f0}"),
            INTERRUPTED(),
            SEND(0, "\0\0\0"),
            INTERRUPTED(),
            SEND(0, "\30{1}"),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            EXPECT_END(0),
            INTERRUPTED(),
            EXPECT_SILENCE(0),
            CLOSE(0),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
