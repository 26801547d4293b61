#include "labs/03-datagram.h"

/* Answers that are late or never come, and a server without room. */
const struct scenario datagram_time[] = {
    {
        .name = "client-no-reply",
        .title = "no answer: says so after its time; the next line is "
                 "answered; exit 1",
        .rules = "D13 D11 D10 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "A datagram server may drop an answer, and a client that "
               "waits for it for ever has to be killed by hand. One line "
               "without an answer is no reason to give up the others; but "
               "a script must see by the status that one is missing.",
        .hints = {
            "For how long does your recv() wait?",
            "Wait with a limit, the one of -t, and say which it was. Then "
            "take the next line as if nothing had been, and remember for "
            "the exit status.",
            "poll() with the time that is left until a deadline; on 0: "
            "fprintf(stderr, \"client: no reply within %d ms\\n\", limit); "
            "status = 1; continue.",
        },
        .man = "poll(2) clock_gettime(2) exit(3)",
        .by_hand = "socat -u UNIX-RECV:uds_socket3.txt STDOUT & until [ -S "
                   "uds_socket3.txt ]; do :; done; printf 'a\\nb\\n' | "
                   "./client -t 300; echo $?; kill $!",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        /* The second line has to be answered within it, also on a machine
         * that is busy. */
        .args = { "-t", "2000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            CLOCK(2000),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SAYS("client: no reply within 2000 ms"),
            NOT_BEFORE(),
            FEED("{1}\n"),
            EXPECT(9, "{1}"),
            SEND(9, "{2}\n"),
            SEND(9, "{3}\n"),
            STDOUT("reply: {2}\n"),
            END_INPUT(),
            EXIT(1),
            STDOUT_END(),
            TIDY(),
        },
    },
    {
        .name = "client-late",
        .title = "answers come after their time: never printed for a later "
                 "line",
        .rules = "D13 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "Nothing in a datagram says which question it answers. Once "
               "a late answer has been taken for the next line's, every "
               "answer is one behind, and all of them look right: for a "
               "thermometer a nuisance, for a bank a disaster.",
        .hints = {
            "Where does an answer go that comes after you have given it "
            "up?",
            "Into your socket's queue, where the next recv() finds it. "
            "Emptying the queue before the next line is not enough: it may "
            "come a moment later.",
            "After a time-out close the socket and make a new one, which "
            "has a new name: what is sent to the old name reaches nobody.",
        },
        .man = "unix(7) close(2) bind(2)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "300" },
        .steps = {
            LISTEN(9, 5),
            START(),
            CLOCK(300),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SAYS("client: no reply within 300 ms"),
            NOT_BEFORE(),
            SEND(9, "{1}\n"),
            SEND(9, "{1}\n"),
            FEED("{2}\n"),
            AWAIT(9),
            SEND(9, "{1}\n"),
            EXPECT(9, "{2}"),
            END_INPUT(),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-queue-full",
        .title = "the server's queue stays full: no reply in 100 ms, next "
                 "line please",
        .rules = "D15 D13 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-no-reply",
        .why = "A server that hangs does not read, and after a dozen "
               "datagrams its queue is full. A plain send() then waits for "
               "ever: the time limit of a client that covers the answer "
               "only never begins.",
        .hints = {
            "In which call does your client wait when the server's queue "
            "is full?",
            "In send(). Let it not wait (MSG_DONTWAIT says EAGAIN), and "
            "wait for room with poll() and a limit, as for the answer.",
            "while (send(fd, line, n, MSG_DONTWAIT) == -1 && errno == "
            "EAGAIN) if (poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1, left) "
            "== 0) it is \"no reply within\"; left counts down.",
        },
        .man = "send(2) poll(2) unix(7)",
        .by_hand = "socat -u UNIX-RECV:uds_socket3.txt STDOUT & until [ -S "
                   "uds_socket3.txt ]; do :; done; kill -STOP $!; seq 15 | "
                   "strace -e trace=sendto,poll ./client -t 100; kill -KILL "
                   "$!",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "100" },
        .steps = {
            LISTEN(9, 5),
            FULL_QUEUE("0"),
            START(),
            CLOCK(100),
            FEED("{1}\n"),
            SAYS("client: no reply within 100 ms"),
            NOT_BEFORE(),
            DRAIN(9),
            FEED("{2}\n"),
            EXPECT(9, "{2}"),
            END_INPUT(),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-queue-room",
        .title = "the server's queue is full, then it is not: the line goes, "
                 "answered",
        .rules = "D15 C12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-queue-full",
        .why = "A full queue is no failure: a moment later there is room. "
               "Giving up loses the line; trying again at once, round and "
               "round, takes the very time that the server needs to make "
               "room; and a signal is no room either.",
        .hints = {
            "Does your client sleep while the queue is full? Look with "
            "top.",
            "poll() for POLLOUT sees the server's queue only on a "
            "connected socket: on any other it says \"writable\" at once, "
            "and a loop around it spins.",
            "connect() the socket; send() with MSG_DONTWAIT; on EAGAIN "
            "poll() for POLLOUT until the deadline, on EINTR again.",
        },
        .man = "poll(2) send(2) connect(2) unix(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            FULL_QUEUE("0"),
            START(),
            FEED("{1}\n"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            EXPECT(9, "{0} 0"),
            SETTLE(),
            /* What was heard last is the client's: the answer goes there. */
            DRAIN_TO(9, "{1}"),
            SEND(9, "{2}\n"),
            STDOUT("reply: {2}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-stopped",
        .title = "it is stopped and continued while it waits: nothing is lost",
        .rules = "C12 D11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "Ctrl-Z and fg, a debugger, a laptop that sleeps: waiting "
               "calls come back with EINTR although no handler ran. A "
               "client that takes that for a failure, or for a time-out, "
               "drops an answer that was on its way.",
        .hints = {
            "Which of your calls may return -1 with EINTR (signal(7) has "
            "a list)?",
            "epoll_wait(), and receives on a socket with SO_RCVTIMEO, even "
            "after SIGSTOP and SIGCONT. That is no answer and no time-out: "
            "go on waiting for the time that is left.",
            "do ready = poll(&pfd, 1, left_until(deadline)); while (ready "
            "== -1 && errno == EINTR); the deadline is a moment, taken "
            "once.",
        },
        .man = "signal(7) poll(2) epoll_wait(2) socket(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24), TEXT(24),
                     TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            REPLIES("0", "1"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            FEED("{2}\n"),
            EXPECT(9, "{2}"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            SEND(9, "{3}\n"),
            STDOUT("reply: {3}\n"),
            FEED("{4}\n"),
            EXPECT(9, "{4}"),
            SETTLE(),
            STOP(),
            SEND(9, "{5}\n"),
            CONTINUE(),
            STDOUT("reply: {5}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
