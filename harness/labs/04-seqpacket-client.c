#include "labs/04-seqpacket.h"

/* The client, its lines and the records that they become. */
const struct scenario seqpacket_client[] = {
    {
        .name = "client-hello",
        .title = "a line becomes a record, the answer is printed; exit status "
                 "0",
        .rules = "Q6 C1 C4 C5 C10",
        .role = ROLE_CLIENT,
        .points = 5,
        .why = "On SOCK_SEQPACKET the kernel keeps messages apart: one send "
               "is one receive, in order, on a connection. No length, no "
               "search for a newline; what is left to do is what a client "
               "of any protocol does.",
        .hints = {
            "When does your client connect, and which bytes of the line "
            "does it send?",
            "It connects at the start, before it reads a line. The record "
            "is the line without its newline, in one send; the answer is "
            "one receive. At the end of input it exits with 0. It is "
            "called with -t here.",
            "getopt(argc, argv, \"+t:\"); socket(AF_UNIX, SOCK_SEQPACKET | "
            "SOCK_CLOEXEC, 0); connect(); for each line: send(), recv(), "
            "fwrite() of what came, a newline, fflush(stdout).",
        },
        .man = "getopt(3) socket(2) connect(2) send(2) recv(2) unix(7)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:cat & until "
                   "[ -S uds_socket3.txt ]; do :; done; echo hello | {client}",
        .payload = { TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            EXPECT_SILENCE(0),
            FEED("{0}\n"),
            EXPECT(0, "{0}"),
            EXPECT_SILENCE(0),
            SEND(0, "{1}"),
            STDOUT("{1}\n"),
            GOODBYE(0),
        },
    },
    {
        .name = "client-three-lines",
        .title = "one line, then two at once: one connection, a record for "
                 "each",
        .rules = "Q6 C4 C5 C9 C11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "The server's total belongs to the connection: a client that "
               "makes a new one for each line adds up nothing. A read() of "
               "stdin that finds two lines has found two records; and what "
               "the client would execute must not inherit the connection.",
        .hints = {
            "Do you read lines, or whatever a read() returns? Who holds "
            "the answer back until the next line?",
            "stdout behind a pipe is buffered until you flush it. All "
            "lines go out on the same socket, which is marked "
            "close-on-exec.",
            "socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) once, before "
            "the loop; in it lines_read(), send, receive, print, "
            "fflush(stdout).",
        },
        .man = "socket(2) fflush(3) getline(3) fcntl(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:cat & until "
                   "[ -S uds_socket3.txt ]; do :; done; printf 'one\\ntwo\\n' "
                   "| strace -e trace=network {client} | cat",
        .payload = { TEXT(9), TEXT(9), TEXT(10), TEXT(11), TEXT(9), TEXT(9) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            FEED("{2}\n{3}\n"),
            EXPECT(0, "{2}"),
            CLOEXEC(),
            SEND(0, "{4}"),
            STDOUT("{4}\n"),
            ANSWER(0, "3", "5"),
            GOODBYE(0),
            NO_CONNECTION(9),
            CONFINED(),
        },
    },
    {
        .name = "client-odd-lines",
        .title = "two lines are empty, the last has no newline: records too",
        .rules = "Q6 C5",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "A stream cannot carry an empty message, this socket can: a "
               "send of no bytes is a record, and the server has an answer "
               "for it. A client that swallows it is one answer behind "
               "from then on. And a file's last line may be open.",
        .hints = {
            "What do you do with a line of no bytes?",
            "send(fd, line, 0, 0) does send: an empty record. Only the end "
            "of input ends the loop over the lines; bytes before it "
            "without a newline are a line.",
            "while (lines_read(line, room, &length) == 1) send(fd, line, "
            "length, MSG_NOSIGNAL); with no question about length == 0.",
        },
        .man = "send(2) getline(3) unix(7)",
        .by_hand = "socat -x UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:cat & "
                   "until [ -S uds_socket3.txt ]; do :; done; printf "
                   "'one\\nlast' | strace -e trace=network {client}",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("\n"),
            EXPECT(0, ""),
            SEND(0, "{1}"),
            STDOUT("{1}\n"),
            FEED("{0}\n\n{2}"),
            END_INPUT(),
            ANSWER(0, "0", "3"),
            EXPECT(0, ""),
            SEND(0, "{4}"),
            STDOUT("{4}\n"),
            ANSWER(0, "2", "1"),
            EXPECT_END(0),
            CLOSE(0),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-empty-answer",
        .title = "answers are empty: an empty line each, and the client goes "
                 "on",
        .rules = "Q6 C4",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-odd-lines",
        .why = "recv() returns 0 for an empty record, and 0 at the end of "
               "file. Who takes the one for the other ends a connection "
               "that was alive, or reads for ever from a dead one.",
        .hints = {
            "What else than the end of file makes recv() return 0 here?",
            "Ask for something that a record has and an end of file has "
            "not: with SO_PASSCRED a record carries its sender's "
            "credentials as control data.",
            "setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) before "
            "connect(); then recvmsg() with room for one struct ucred: 0 "
            "bytes and msg_controllen > 0 is an empty record, 0 and 0 the "
            "end.",
        },
        .man = "recvmsg(2) cmsg(3) unix(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n"),
            EXPECT(0, "{0}"),
            EXPECT_SILENCE(0),
            SEND(0, ""),
            STDOUT("\n"),
            FEED("{1}\n"),
            EXPECT(0, "{1}"),
            SEND(0, ""),
            STDOUT("\n"),
            FEED("{2}\n"),
            ANSWER(0, "2", "3"),
            GOODBYE(0),
        },
    },
    {
        .name = "client-bytes",
        .title = "NUL, invalid UTF-8, newlines in answers: bytes are bytes",
        .rules = "Q6 C4",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A record has a length, so it needs no terminator, and no "
               "byte in it means anything to the kernel. What a program "
               "does to the bytes on their way, it does to somebody's data.",
        .hints = {
            "Which of your calls look for a NUL, or decode text?",
            "strlen(), %s and fputs() stop at a NUL. The length of a line "
            "is what lines_read() says, that of an answer what recv() "
            "returned; newlines inside are printed like any byte.",
            "fwrite(answer, 1, (size_t)got, stdout); putchar('\\n'); "
            "nothing is stripped and nothing is added but this newline.",
        },
        .man = "fwrite(3) recv(2) getline(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:cat & until "
                   "[ -S uds_socket3.txt ]; do :; done; printf 'a\\0\\377b\\n' "
                   "| {client} | od -c",
        .payload = { BINARY(100), BINARY(100), BINARY(24), BINARY(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            FEED(" {2}\t \r\n"),
            EXPECT(0, " {2}\t \r"),
            SEND(0, " {3}\n\0{3}\r\n\n"),
            STDOUT(" {3}\n\0{3}\r\n\n\n"),
            GOODBYE(0),
        },
    },
    {
        .name = "client-longest",
        .title = "a line of 100000 bytes, the longest answer, path and limit",
        .rules = "Q6 Q22 C1 C10 A4",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-bytes",
        .why = "The last value within a limit is allowed: an answer of 255 "
               "bytes, a path of 107, a day in milliseconds, which no int "
               "holds as microseconds. For lines there is no limit but the "
               "socket's own: what a buffer of yours cuts off is lost.",
        .hints = {
            "How long may a line be before your buffer is full, and what "
            "becomes of the rest?",
            "A record goes out whole, in one send. 255 bytes of answer fit "
            "into a buffer of 255: there is no NUL to store.",
            "getsockopt(fd, SOL_SOCKET, SO_SNDBUF, ...) says how much room "
            "to allocate for a line: nothing longer can be sent. Refuse "
            "got > 255, not >=; 86400000 fits an int, 1000 times as much "
            "does not.",
        },
        .man = "getsockopt(2) socket(7) unix(7) poll(2)",
        .by_hand = "socat -b 200000 UNIX-LISTEN:uds_socket3.txt,type=5 - & "
                   "until [ -S uds_socket3.txt ]; do :; done; head -c 100000 "
                   "/dev/zero | strace -e trace=network ./client -t 86400000{given}",
        .payload = { BINARY(100000), BINARY(255), ROUTE(107) },
        .address = "{2}",
        .args = { "-t", "86400000", "{path}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            GOODBYE(0),
        },
    },
    {
        .name = "client-line-too-long",
        .title = "a line of 5000000 bytes, which no socket takes: exit status "
                 "1",
        .rules = "C3 Q6",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-longest",
        .why = "A record goes out whole or not at all, so it cannot be "
               "longer than the socket's buffer: EMSGSIZE. Sent in pieces "
               "it would be several records, each with an answer of its "
               "own, and none of them is what was asked.",
        .hints = {
            "What does send() say to so long a record, and what do you do "
            "then?",
            "It fails with EMSGSIZE, \"Message too long\". Nothing was "
            "sent, so no answer is due: one line on stderr, exit status 1.",
            "if (send(...) == -1) { perror-like line; return 1; } and where "
            "your own buffer was too short for the line, errno = EMSGSIZE "
            "and the same.",
        },
        .man = "send(2) socket(7) exit(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:cat & until "
                   "[ -S uds_socket3.txt ]; do :; done; head -c 5000000 "
                   "/dev/zero | {client}; echo $?",
        .payload = { TEXT(24), TEXT(24), TEXT(5000000), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            FEED("{2}\n{3}\n"),
            EXPECT_END(0),
            FAILURE(),
        },
    },
    {
        .name = "client-stuffed",
        .title = "the server answers and reads late: records wait for room",
        .rules = "Q6 C12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-longest",
        .why = "The server answers lines of 60000 bytes that it has not "
               "read, so the socket's buffer is full before all are in "
               "it. A client that must not block for ever gets EAGAIN then, "
               "and the record is not lost: it has to wait.",
        .hints = {
            "What does your send() do when there is no room for the record "
            "at present?",
            "It blocks, or says EAGAIN: then wait until the socket is "
            "writable and send again. A signal in between (EINTR) changes "
            "nothing.",
            "while (send(fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL) == "
            "-1) { if (errno == EAGAIN) poll() for POLLOUT, with the time "
            "that is left; else if (errno != EINTR) fail; }",
        },
        .man = "send(2) poll(2) socket(7) signal(7)",
        .payload = { BINARY(60000), TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            REPEAT(4),
            FEED("{0}\n"),
            SETTLE(),
            SEND(0, "{1}"),
            AGAIN(),
            FEED("{0}\n"),
            INTERRUPTED(),
            EXPECT_TIMES(0, 5, "{0}"),
            SEND(0, "{2}"),
            STDOUT("{1}\n{1}\n{1}\n{1}\n{2}\n"),
            GOODBYE(0),
        },
    },
};
