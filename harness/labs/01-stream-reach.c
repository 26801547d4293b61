#include "labs/01-stream.h"

/* The client and the address: who is there, and who is not. */
const struct scenario stream_reach[] = {
    {
        .name = "client-path",
        .title = "the client is given an address of 107 bytes: it finds the "
                 "server there",
        .rules = "C1 A4 S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A client that can talk to one address only cannot talk to "
               "the test instance beside the real one. And the longest "
               "address that a server can have must be within its reach.",
        .hints = {
            "Where does your client take the address from?",
            "argv[1] where it is given, else the default. sun_path "
            "holds 108 bytes: 107 and a NUL.",
            "if (strlen(path) >= sizeof address.sun_path) refuse; "
            "strcpy(address.sun_path, path) is safe behind that.",
        },
        .man = "unix(7) connect(2)",
        .by_hand = "./client $(printf './%0105d' 7)",
        .payload = { TEXT(24), TEXT(24), ROUTE(107) },
        .address = "{2}",
        .args = { "{path}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-nobody",
        .title = "no file at the address: says so, exit status 1 with lines "
                 "still to come",
        .rules = "S14 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A client that goes on after the first failure fails once "
               "for each line of a long file. One clear line with the path "
               "and the reason, at once, is worth more than a thousand.",
        .hints = {
            "What does connect() say, and what does your client do with "
            "the lines behind the first?",
            "ENOENT: there is no such file. Print one line on stderr, "
            "read no further, exit with 1.",
            "fprintf(stderr, \"client: %s: %s\\n\", path, "
            "strerror(errno)); exit(EXIT_FAILURE); and keep errno safe "
            "from a close() in between.",
        },
        .man = "connect(2) strerror(3) errno(3)",
        .by_hand = "rm -f uds_socket3.txt; echo hello | ./client; echo "
                   "$?",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            FEED("{0}\n{1}\n"),
            EXIT(1),
            COMPLAINS("No such file or directory"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-stale",
        .title = "a socket file with nobody behind it: says so, exit status "
                 "1",
        .rules = "S14 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-nobody",
        .why = "The file is there and the server is not: \"Connection "
               "refused\" tells the administrator to start the service, \"No "
               "such file\" to look for the path. A message without the "
               "reason tells neither.",
        .hints = {
            "Which errno does connect() give when the file exists and "
            "nobody listens?",
            "ECONNREFUSED. It is the same end as for a missing file, "
            "with another reason in the line.",
            "Use strerror(errno), never a text of your own for all "
            "cases. Do not try again: rule S14 says at once.",
        },
        .man = "connect(2) unix(7) strerror(3)",
        .by_hand = "timeout -s KILL 1 socat UNIX-LISTEN:uds_socket3.txt "
                   "STDOUT; echo hello | ./client; echo $?",
        .payload = { TEXT(24) },
        .steps = {
            PLANT_STALE("{path}"),
            START(),
            FEED("{0}\n"),
            EXIT(1),
            COMPLAINS("Connection refused"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-nobody-later",
        .title = "the server goes away after the first line: exit status 1 "
                 "at the next",
        .rules = "S14 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "A server that was there a moment ago may be gone now. What "
               "worked for the first line is checked anew for the second, "
               "or lines are lost without a word.",
        .hints = {
            "Do you look at what connect() returns for every line?",
            "Each line has its own connection, and each may fail. The "
            "rule is the same as for the first.",
            "The function for one exchange returns -1 with errno kept, "
            "and the loop over the lines ends there with exit status 1.",
        },
        .man = "connect(2) errno(3)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            CLOSE(9),
            REMOVE("{path}"),
            FEED("{2}\n"),
            EXIT(1),
            COMPLAINS("No such file or directory"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-backlog-full",
        .title = "the backlog is full: the client waits for room, then is "
                 "served",
        .rules = "S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A full backlog is load, not absence. On a non-blocking "
               "UNIX socket connect() then fails with EAGAIN, never "
               "EINPROGRESS, and poll() reports a socket that was never "
               "connected as ready: code brought over from TCP goes wrong "
               "here.",
        .hints = {
            "What does your connect() do when the server has not "
            "accepted its earlier clients yet?",
            "A blocking connect() waits in turn by itself. A "
            "non-blocking one says EAGAIN, which means: try again "
            "later, with connect().",
            "Take a blocking socket. With a non-blocking one, on EAGAIN "
            "wait some milliseconds with a timer and call connect() "
            "again; waiting for POLLOUT does not help.",
        },
        .man = "connect(2) listen(2) unix(7)",
        .by_hand = "ss -xl src '*uds_socket3.txt'",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 0),
            CONNECT(1),
            START(),
            FEED("{0}\n"),
            SETTLE(),
            ALIVE(),
            ACCEPT(2, 9),
            CLOSE(2),
            ANSWER(0, "0", "1"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-hung-server",
        .title = "server slow to accept, slow to answer: the client waits "
                 "for both",
        .rules = "S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "connect() succeeds and send() succeeds while the server "
               "has not even accepted: the kernel keeps both for it. "
               "Success says nothing yet about the server, and lab 01 sets "
               "no limit to its time.",
        .hints = {
            "How long does your client wait for a reply?",
            "As long as it takes: lab 01 has no time limits. No "
            "SO_RCVTIMEO, no alarm(), and no end of the program because "
            "nothing has come yet.",
            "A blocking recv() in a loop until a newline, 1024 bytes, "
            "or the end of file: nothing else ends the wait.",
        },
        .man = "recv(2) listen(2) accept(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; "
                   "done; kill -STOP $S; echo hello | ./client & ss -xp; "
                   "kill -CONT $S; wait $!; kill $S",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            SETTLE(),
            ALIVE(),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            STAYS(),
            SEND(0, "{1}\n"),
            CLOSE(0),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
