#include "labs/01-stream.h"

/* Many peers, few descriptors, and what is left when they have gone. */
const struct scenario stream_load[] = {
    {
        .name = "server-backlog",
        .title = "a hundred peers wait while the server is stopped: all are "
                 "served",
        .rules = "S1 S5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-again",
        .why = "Every client of a service that was restarted comes back in "
               "the same second. The backlog holds those that the server "
               "has not accepted yet; with a short one, or a listener that "
               "is made anew, they are turned away.",
        .hints = {
            "Where do connections wait that you have not accepted yet, "
            "and how many fit?",
            "listen(fd, n) sets how many may wait: 128 here. They wait "
            "on the listening socket and are lost with it.",
            "listen(listener, 128) once, and keep that socket. Look at "
            "Recv-Q and Send-Q of ss -xl while the server is stopped.",
        },
        .man = "listen(2) accept(2) ss(8)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "kill -STOP $S; for i in $(seq 100); do printf $i | "
                   "socat -t60 - UNIX-CONNECT:uds_socket3.txt & done; ss "
                   "-xl; kill -CONT $S",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            HELLO(200, "0"),
            SETTLE(),
            STOP(),
            CONNECT_ALL(0, 100),
            SEND_ALL(0, 100, "{1}-{i}"),
            CONTINUE(),
            EXPECT_ALL(0, 100, "thank you!\n"),
            EXPECT_END_ALL(0, 100),
            STDOUT_EACH(100, "received: {1}-{i}\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-two-hundred",
        .title = "200 exchanges: no descriptor and no process is left behind",
        .rules = "C6 S1 S5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-again",
        .why = "One descriptor lost per connection is invisible in a test "
               "and ends a service after some hundred clients, usually at "
               "night, with \"Too many open files\".",
        .hints = {
            "How many descriptors does your server hold after an "
            "exchange, compared with before?",
            "Whatever accept() returned must be closed on every way "
            "out. A server that forks closes it in the parent as well, "
            "and collects its children.",
            "Watch /proc/PID/fd while connections come and go; look for "
            "a return, continue or goto between accept() and close().",
        },
        .man = "close(2) waitpid(2) proc(5)",
        .by_hand = "./server & S=$!; for i in $(seq 200); do printf $i | "
                   "socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "done; ls -l /proc/$S/fd; kill $S",
        .payload = { TEXT(24), TEXT(20), TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            COUNT(),
            REPEAT(200),
            CONNECT(1),
            SEND(1, "{1}-{i}"),
            EXPECT(1, "thank you!\n"),
            EXPECT_END(1),
            CLOSE(1),
            STDOUT("received: {1}-{i}\n"),
            AGAIN(),
            SETTLE(),
            HELLO(2, "2"),
            COUNT_SAME(),
            STDOUT_END(),
        },
    },
    {
        .name = "server-flood",
        .title = "300 peers connect and close at once: none costs a "
                 "descriptor",
        .rules = "C6 S4 S5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent-close",
        .why = "The way out for connections without a message is the one "
               "that tests forget, so it is where descriptors leak. A "
               "monitor that looks in every few seconds then drains the "
               "server within the hour.",
        .hints = {
            "Does the way on which nothing was received also close the "
            "connection?",
            "There should be one place that closes, and every way "
            "should lead there: message, end of file, and error alike.",
            "Call serve(fd) and then close(fd) in the loop, and let "
            "serve() return wherever it likes.",
        },
        .man = "close(2) accept(2) proc(5)",
        .by_hand = "./server & S=$!; for i in $(seq 300); do socat -u "
                   "/dev/null "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "done; ls -l /proc/$S/fd; kill $S",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            COUNT(),
            REPEAT(300),
            CONNECT(1),
            CLOSE(1),
            AGAIN(),
            SETTLE(),
            HELLO(2, "1"),
            COUNT_SAME(),
            STDOUT_END(),
        },
    },
    {
        .name = "server-gone-leak",
        .title = "twenty peers send and go before accept: all printed, "
                 "nothing leaks",
        .rules = "C6 C8 S2 S5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sent-and-gone",
        .why = "A failed send is one more way out on which a close is "
               "easily forgotten. Clients with a short time limit take "
               "that way all day long.",
        .hints = {
            "What does your server do after send() has failed?",
            "The failed send changes nothing about the clean-up: the "
            "descriptor is still open and still yours.",
            "Ignore the result of send() if you like, but fall through "
            "to the same close(fd) as after a good one.",
        },
        .man = "send(2) close(2) proc(5)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "kill -STOP $S; for i in $(seq 20); do printf $i | "
                   "socat -u - UNIX-CONNECT:uds_socket3.txt; done; kill "
                   "-CONT $S; printf last | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt; ls -l /proc/$S/fd; "
                   "kill $S",
        .payload = { TEXT(24), TEXT(20), TEXT(24) },
        .steps = {
            START(),
            HELLO(100, "0"),
            COUNT(),
            STOP(),
            CONNECT_ALL(0, 20),
            SEND_ALL(0, 20, "{1}-{i}"),
            CLOSE_ALL(0, 20),
            CONTINUE(),
            STDOUT_EACH(20, "received: {1}-{i}\n"),
            SETTLE(),
            HELLO(101, "2"),
            COUNT_SAME(),
            STDOUT_END(),
        },
    },
    {
        .name = "server-children",
        .title = "five peers are done while the server is stopped: no zombie "
                 "stays",
        .rules = "C6 S7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-two-hundred",
        .why = "Signals of one kind do not queue: five children that end "
               "while the parent is busy leave one SIGCHLD. A parent that "
               "collects one child per signal gathers zombies until fork() "
               "fails for the whole user.",
        .hints = {
            "If your server forks: how often is the handler called when "
            "five children end at the same moment?",
            "One SIGCHLD may stand for any number of children. Collect "
            "in a loop until there is none left to collect.",
            "int saved = errno; while (waitpid(-1, NULL, WNOHANG) > 0) "
            "continue; errno = saved; A server without children passes "
            "this as it is.",
        },
        .man = "waitpid(2) signal(7) sigaction(2)",
        .by_hand = "./server & S=$!; for i in $(seq 5); do printf $i | "
                   "socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "done; ps --ppid $S -o pid,stat,cmd; kill $S",
        .payload = { TEXT(24), TEXT(20), TEXT(24) },
        .steps = {
            START(),
            HELLO(100, "0"),
            COUNT(),
            CONNECT_ALL(0, 5),
            SETTLE(),
            STOP_MAIN(),
            SEND_ALL(0, 5, "{1}-{i}"),
            SETTLE(),
            CONTINUE(),
            EXPECT_ALL(0, 5, "thank you!\n"),
            EXPECT_END_ALL(0, 5),
            CLOSE_ALL(0, 5),
            STDOUT_EACH(5, "received: {1}-{i}\n"),
            SETTLE(),
            HELLO(101, "2"),
            COUNT_SAME(),
            STDOUT_END(),
        },
    },
    {
        .name = "server-interrupted",
        .title = "the server is stopped and continued in its waits: it just "
                 "goes on",
        .rules = "C12",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Ctrl-Z and fg, a debugger that attaches, a container that "
               "is frozen: afterwards some waits return EINTR though "
               "nothing is wrong. epoll_wait() does, and so does a receive "
               "with a time limit.",
        .hints = {
            "Which of your calls may return because of a signal, and "
            "what do you do then?",
            "EINTR means that the call did nothing and can be made "
            "again. It is neither an error nor an end of file.",
            "do n = recv(fd, message, sizeof message, 0); while (n < 0 "
            "&& errno == EINTR); and the same around accept(), poll() "
            "and epoll_wait(), after a look at your own stop flag.",
        },
        .man = "signal(7) recv(2) accept(2) epoll_wait(2)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "kill -STOP $S; kill -CONT $S; printf hello | socat "
                   "-t5 - UNIX-CONNECT:uds_socket3.txt; kill $S",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            CONNECT(1),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            SEND(1, "{1}"),
            EXPECT(1, "thank you!\n"),
            EXPECT_END(1),
            STDOUT("received: {1}\n"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-descriptors",
        .title = "no descriptor is free when peers come: it waits, then "
                 "serves them",
        .rules = "S8 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-two-hundred",
        .why = "At the limit of open files accept() fails with EMFILE and "
               "the connection stays in the backlog, so poll() reports it "
               "again at once. Servers that just try again burn a whole "
               "processor; servers that exit take all their clients with "
               "them.",
        .hints = {
            "What does accept() return when no descriptor is free, and "
            "does the waiting connection go away?",
            "EMFILE, ENFILE, ENOBUFS and ENOMEM pass. Neither exit nor "
            "try again at once: look again after a moment, and keep an "
            "eye on your signals meanwhile.",
            "if (errno == EMFILE || errno == ENFILE) { wait 100 ms with "
            "poll() on everything but the listening socket; continue; }",
        },
        .man = "accept(2) getrlimit(2) prlimit(1) poll(2)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "prlimit --pid $S --nofile=3: && (printf hello | "
                   "socat -t60 - UNIX-CONNECT:uds_socket3.txt & strace "
                   "-f -p $S)",
        .payload = { TEXT(24), TEXT(20), TEXT(24) },
        .steps = {
            START(),
            HELLO(9, "0"),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            CONNECT_ALL(0, 3),
            SEND_ALL(0, 3, "{1}-{i}"),
            SETTLE(),
            ALIVE(),
            UNLIMIT_DESCRIPTORS(),
            EXPECT_ALL(0, 3, "thank you!\n"),
            EXPECT_END_ALL(0, 3),
            STDOUT_EACH(3, "received: {1}-{i}\n"),
            HELLO(9, "2"),
            STDOUT_END(),
        },
    },
};
