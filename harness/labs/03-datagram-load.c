#include "labs/03-datagram.h"

/* Many datagrams and many senders, and what is left when they have gone. */
const struct scenario datagram_load[] = {
    {
        .name = "server-four-senders",
        .title = "four senders flood it with 600 datagrams: each is answered "
                 "in order",
        .rules = "D6 D1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-burst",
        .why = "A UNIX domain socket neither loses nor reorders datagrams. "
               "Where answers come in another order, or one is missing, it "
               "was the server: with a pool of threads, or a stack where a "
               "queue should be.",
        .hints = {
            "Can one of your datagrams overtake another between the "
            "receive and the answer?",
            "The kernel hands them out in the order in which they came. "
            "Whoever answers each before it receives the next keeps it "
            "without any effort.",
            "One loop: receive, print, answer. With several threads or "
            "batches, the answers go out in the order of the receives.",
        },
        .man = "recvfrom(2) sendto(2) unix(7)",
        .payload = { TEXT(24), TEXT(20), TEXT(20), TEXT(20), TEXT(20) },
        .steps = {
            START(),
            THANKED(4, "0", "24"),
            CONNECT_ALL(0, 4),
            /* 60 at a time, growing by a byte: the length tells which. */
            REPEAT(10),
            STOP(),
            SEND_TIMES(0, 15, "{1/n}"),
            SEND_TIMES(1, 15, "{2/n}"),
            SEND_TIMES(2, 15, "{3/n}"),
            SEND_TIMES(3, 15, "{4/n}"),
            CONTINUE(),
            EXPECT_TIMES(0, 15, "thank you! ({n+1} bytes)\n"),
            EXPECT_TIMES(1, 15, "thank you! ({n+1} bytes)\n"),
            EXPECT_TIMES(2, 15, "thank you! ({n+1} bytes)\n"),
            EXPECT_TIMES(3, 15, "thank you! ({n+1} bytes)\n"),
            AGAIN(),
            EXPECT_SILENCE(0),
            ALIVE(),
        },
    },
    {
        .name = "server-sixty-senders",
        .title = "sixty senders write while the server is stopped: all are "
                 "served",
        .rules = "D1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-again",
        .why = "After a pause of the server all its clients come at once. "
               "The queue takes the first few, the others wait in their "
               "send; none is lost, and each wants the answer to its own.",
        .hints = {
            "How do you know to which of sixty senders an answer goes?",
            "The name comes with each datagram. There is no list of "
            "senders to be kept, and so none that could be too short.",
            "The sender's name is a local variable of the exchange, "
            "filled in by recvfrom() and used by the sendto() behind it.",
        },
        .man = "recvfrom(2) sendto(2) unix(7)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -STOP $S; for i in $(seq 60); do printf $i | socat "
                   "-t60 - UNIX-SENDTO:./uds_socket3.txt,bind=./me$i & done; "
                   "ss -xa; kill -CONT $S",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            THANKED(100, "0", "24"),
            CONNECT_ALL(0, 60),
            SETTLE(),
            STOP(),
            SEND_ALL(0, 60, "{1}-{i}"),
            CONTINUE(),
            EXPECT_ALL(0, 10, "thank you! (22 bytes)\n"),
            EXPECT_ALL(10, 50, "thank you! (23 bytes)\n"),
            STDOUT_EACH(60, "received: {1}-{i}\n"),
            THANKED(100, "0", "24"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-two-hundred",
        .title = "200 senders come and go: no descriptor and no process is "
                 "left",
        .rules = "C6 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-again",
        .why = "One descriptor lost per sender is invisible in a test and "
               "ends a service after some hundred of them, usually at night, "
               "with \"Too many open files\".",
        .hints = {
            "How many descriptors does your server hold after an "
            "exchange, compared with before?",
            "One socket serves all senders. Who opens another to answer "
            "has to close it on every way out.",
            "Watch /proc/PID/fd while senders come and go; two "
            "descriptors beyond stdio are plenty: the socket, and one "
            "for signals.",
        },
        .man = "close(2) proc(5) sendto(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "for i in $(seq 200); do printf $i | socat -u - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me; done; ls -l "
                   "/proc/$S/fd; kill $S",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            THANKED(0, "0", "24"),
            COUNT(),
            REPEAT(200),
            CONNECT(0),
            SEND(0, "{1}"),
            EXPECT(0, "thank you! (20 bytes)\n"),
            CLOSE(0),
            STDOUT("received: {1}\n"),
            AGAIN(),
            COUNT_SAME(),
            STDOUT_END(),
        },
    },
    {
        .name = "server-long-memory",
        .title = "eighty datagrams of 65536 bytes: no memory is kept for them",
        .rules = "C6 D2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-65536",
        .why = "Memory that is taken by the length of what others send, and "
               "given back only where the message was good, is a way to end "
               "a service from outside, 64 KiB at a time.",
        .hints = {
            "Is what you take for a datagram given back on the way for "
            "long ones, too?",
            "No message has more than 1024 bytes. What is longer needs "
            "no memory at all: its length is enough.",
            "char message[1024]; on the stack, MSG_TRUNC for the length, "
            "and no malloc().",
        },
        .man = "recv(2) malloc(3) proc(5)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "for i in $(seq 80); do head -c 65536 /dev/zero | socat "
                   "-u -b 65536 - UNIX-SENDTO:./uds_socket3.txt; done; grep "
                   "Rss /proc/$S/status; kill $S",
        .payload = { TEXT(24), TEXT(65536) },
        .steps = {
            START(),
            THANKED(1, "0", "24"),
            CONNECT(0),
            REPEAT(4),
            SEND(0, "{1}"),
            EXPECT(0, "too long (65536 bytes, limit 1024)\n"),
            AGAIN(),
            COUNT(),
            REPEAT(80),
            SEND(0, "{1}"),
            EXPECT(0, "too long (65536 bytes, limit 1024)\n"),
            AGAIN(),
            MEMORY_SAME(1024),
            THANKED(1, "0", "24"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-dropped-memory",
        .title = "4000 answers that nobody reads: neither memory nor "
                 "descriptors are kept",
        .rules = "C6 D4 D2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-never-reads",
        .why = "To keep an answer until there is room looks kind. A sender "
               "that never reads then owns as much of the server's memory as "
               "it likes.",
        .hints = {
            "What do you keep of an answer that could not be delivered?",
            "Its count, and no more. Whatever grows with each of them "
            "grows without end.",
            "No list, no retry, no socket per sender: if (sendto(...) == "
            "-1) dropped++;",
        },
        .man = "sendto(2) malloc(3) proc(5)",
        .by_hand = "./server >/dev/null & S=$!; until [ -S uds_socket3.txt ]; "
                   "do :; done; yes | head -n 4000 | socat -u -b 2 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me; grep Rss "
                   "/proc/$S/status; kill $S",
        .payload = { TEXT(24), TEXT(1025) },
        .steps = {
            START(),
            THANKED(1, "0", "24"),
            AUTOBIND(0),
            FLOOD(0, 400, "{1}"),
            COUNT(),
            FLOOD(0, 4000, "{1}"),
            COUNT_SAME(),
            MEMORY_SAME(512),
            CLOSE(0),
            THANKED(1, "0", "24"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-interrupted",
        .title = "the server is stopped and continued in its wait: it just "
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
            "again. It is no error, and no datagram.",
            "if (n == -1 && errno == EINTR) continue; around recvfrom(), "
            "poll() and epoll_wait(), after a look at your own stop "
            "flag. EAGAIN from the receive is treated likewise.",
        },
        .man = "signal(7) recv(2) poll(2) epoll_wait(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -STOP $S; kill -CONT $S; printf hello | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me; kill $S",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            THANKED(0, "0", "24"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            STOP(),
            CONTINUE(),
            THANKED(1, "1", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-time-limit",
        .title = "the server is given a time limit, which it has not: a "
                 "usage line",
        .rules = "C2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The server of another lab takes -t, this one waits for "
               "nobody and so needs none. An option that is accepted and "
               "does nothing makes people rely on it.",
        .hints = {
            "Which options does this server have?",
            "None: the option string of getopt() is empty, and -t is as "
            "unknown as any other.",
            "if (getopt(argc, argv, \"\") != -1) { /* usage line */ "
            "return 2; }",
        },
        .man = "getopt(3) exit(3)",
        .by_hand = "./server -t 100; echo $?",
        .args = { "-t", "100" },
        .steps = {
            START(),
            EXIT(2),
            USAGE(),
            STDOUT_END(),
        },
    },
};
