#include "labs/01-stream.h"

/* Peers that say nothing, go early, or stay too long. */
const struct scenario stream_peers[] = {
    {
        .name = "server-never-reads",
        .title = "peer sends, stays, and never reads: the next one is served",
        .rules = "C6 S3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A client that hangs in a debugger keeps its connection "
               "open for hours. The server has said all it had to say, and "
               "must not wait to hear that it was heard.",
        .hints = {
            "What does your server wait for after it has sent the "
            "answer?",
            "After the answer nothing more is due: close at once. A "
            "loop that reads until the peer closes puts the peer in "
            "charge of your server.",
            "recv, print, send, close, and back to accept; no second "
            "recv() and no SO_LINGER.",
        },
        .man = "close(2) send(2) unix(7)",
        .by_hand = "(printf hello; cat) | socat -u - "
                   "UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .steps = {
            START(),
            HELLO(1, "1"),
            COUNT(),
            CONNECT(0),
            SEND(0, "{0}"),
            STDOUT("received: {0}\n"),
            HELLO(2, "2"),
            COUNT_SAME(),
            STDOUT_END(),
        },
    },
    {
        .name = "server-silent-close",
        .title = "peer connects and closes without a byte: nothing printed, "
                 "next one",
        .rules = "S4 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Health checks, port scanners and clients that are "
               "interrupted connect and go. Each of them must cost the "
               "service nothing, not even a line.",
        .hints = {
            "What does recv() return when the peer has closed, and what "
            "does your code make of it?",
            "A return value of 0 is the end of file and not an empty "
            "message: print nothing, send nothing, close, accept the "
            "next.",
            "n = recv(...); if (n <= 0) { close(fd); continue; } with "
            "the loop around accept going on.",
        },
        .man = "recv(2) close(2)",
        .by_hand = "socat -u /dev/null UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            CONNECT(1),
            SETTLE(),
            CLOSE(1),
            HELLO(2, "1"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-silent-half-close",
        .title = "peer says nothing and ends its sending side: no answer, "
                 "just an end",
        .rules = "S4 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent-close",
        .why = "Here the peer can see what the server makes of an empty "
               "connection. An answer to nothing would be taken for the "
               "answer to something.",
        .hints = {
            "What do you send when recv() has returned 0?",
            "No message, no answer: the thanks are sent only after "
            "something was received.",
            "Test for n == 0 before the line that prints and before the "
            "one that sends, and close the connection.",
        },
        .man = "shutdown(2) recv(2)",
        .by_hand = "socat -t5 - UNIX-CONNECT:uds_socket3.txt </dev/null",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            HALF_CLOSE(0),
            EXPECT_END(0),
            HELLO(1, "0"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-gone-before-accept",
        .title = "peer has connected and gone before accept: nothing "
                 "printed, next one",
        .rules = "S4 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent-close",
        .why = "On a busy machine a client gives up while it still waits "
               "in the backlog. accept() succeeds all the same, and hands "
               "out a connection whose other end is gone.",
        .hints = {
            "The server is stopped, so the peer comes and goes before "
            "accept() runs. What does accept() return then?",
            "accept() succeeds, recv() returns 0, and a send would fail "
            "with EPIPE. None of this concerns the next connection.",
            "Treat it as any connection without a message: n <= 0, "
            "close, go on. Only an error of accept() itself deserves a "
            "look, and few of them are fatal.",
        },
        .man = "accept(2) recv(2) signal(7)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "kill -STOP $S; socat -u /dev/null "
                   "UNIX-CONNECT:uds_socket3.txt; kill -CONT $S; kill $S",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            STOP(),
            CONNECT(1),
            CLOSE(1),
            CONTINUE(),
            HELLO(2, "1"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-sent-and-gone",
        .title = "peer sends and is gone before the answer: message printed, "
                 "next one",
        .rules = "C6 C8 S2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "SIGPIPE ends a process that writes to a socket nobody "
               "reads from. One client that does not wait for its answer "
               "then takes the service away from all others.",
        .hints = {
            "By what was your server killed?",
            "send() to a peer that has gone raises SIGPIPE, whose "
            "default action is to kill. Ask for the error instead of "
            "the signal.",
            "send(fd, answer, length, MSG_NOSIGNAL), or signal(SIGPIPE, "
            "SIG_IGN) at the start; then EPIPE is an error like any "
            "other: close and go on. The message itself is still there "
            "to be received.",
        },
        .man = "send(2) signal(7) recv(2)",
        .by_hand = "./server & S=$!; printf first | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1; "
                   "kill -STOP $S; printf hello | socat -u - "
                   "UNIX-CONNECT:uds_socket3.txt; kill -CONT $S; printf "
                   "next | socat -t5 - UNIX-CONNECT:uds_socket3.txt; "
                   "kill $S",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            STOP(),
            CONNECT(1),
            SEND(1, "{1}"),
            CLOSE(1),
            CONTINUE(),
            STDOUT("received: {1}\n"),
            HELLO(2, "2"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-unread-close",
        .title = "peer closes with the answer unread: the next one is served",
        .rules = "C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A connection closed with bytes unread is a reset, and a "
               "reset shows as ECONNRESET wherever the other end touches "
               "it next. A server that ends on an error it did not expect "
               "can be ended by anybody.",
        .hints = {
            "Does your server touch the connection again after it has "
            "sent the answer?",
            "An error on one connection is about that connection: "
            "ECONNRESET and EPIPE mean that this peer is gone, and no "
            "more.",
            "Whatever recv() or send() says about an accepted "
            "descriptor, close it and go on; call exit() only for "
            "errors of the listening socket that cannot pass.",
        },
        .man = "recv(2) unix(7) close(2)",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{0}"),
            AWAIT(0),
            CLOSE(0),
            STDOUT("received: {0}\n"),
            HELLO(1, "1"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-silent-first",
        .title = "a silent peer is first, three wait behind: served when it "
                 "leaves",
        .rules = "S4 S5 S7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-silent-close",
        .why = "A server that serves one peer at a time may be held up by "
               "a silent one, but not for longer than that one stays. Who "
               "waits in the backlog has connected, has sent, and must get "
               "an answer.",
        .hints = {
            "What happens to the connections that wait while your "
            "server is in recv()?",
            "They wait in the backlog with their bytes. When the silent "
            "peer goes, recv() returns 0, and accept() gives you the "
            "next one.",
            "Do not close and bind the listening socket between two "
            "connections: that throws away all who wait on it.",
        },
        .man = "listen(2) accept(2) recv(2)",
        .by_hand = "ss -xl src \"*uds_socket3.txt\"",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            HELLO(9, "0"),
            CONNECT(10),
            CONNECT_ALL(0, 3),
            SEND_ALL(0, 3, "{1}-{i}"),
            SETTLE(),
            CLOSE(10),
            EXPECT_ALL(0, 3, "thank you!\n"),
            EXPECT_END_ALL(0, 3),
            STDOUT_EACH(3, "received: {1}-{i}\n"),
            STDOUT_END(),
        },
    },
};
