#include "labs/02-framing.h"

/* The client and its lines. */
const struct scenario framing_client[] = {
    {
        .name = "client-hello",
        .title = "a line becomes a frame, the answer's payload is printed; "
                 "exit 0",
        .rules = "F10 F13 C1 C4 C5 C10",
        .role = ROLE_CLIENT,
        .points = 5,
        .why = "A stream has no messages. Length first, then so many bytes: "
               "most protocols that you will ever meet make their messages "
               "in this way, and a client of any of them does these steps.",
        .hints = {
            "When does your client connect, and what are the first four "
            "bytes that it sends?",
            "It connects at the start, before it reads a line. A frame is "
            "the length, 4 bytes with the most significant first, and the "
            "line without its newline; the answer has the same form. At "
            "the end of input it shuts down its sending side and waits "
            "for the server's end. It is called with -t here.",
            "getopt(argc, argv, \"+t:\"); connect(); for each line: "
            "htonl() of the length, send both, receive 4 bytes, then as "
            "many as they say, print \"reply: \", the payload, a newline, "
            "and fflush(stdout). Then shutdown(fd, SHUT_WR), recv() until "
            "it returns 0, and exit status 0.",
        },
        .man = "getopt(3) connect(2) htonl(3) send(2) recv(2) shutdown(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt EXEC:cat & until [ -S "
                   "uds_socket3.txt ]; do :; done; echo hello | ./client",
        .payload = { TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            EXPECT_SILENCE(0),
            FEED("{0}\n"),
            EXPECT(0, "{f0}"),
            EXPECT_SILENCE(0),
            SEND(0, "{f1}"),
            STDOUT("reply: {1}\n"),
            GOODBYE(0, 0),
        },
    },
    {
        .name = "client-three-lines",
        .title = "one line, then two at once: one connection, one after "
                 "another",
        .rules = "F10 C4 C5 C9 C11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A reader at the other end of a pipe wants each answer when "
               "it is there, and a server wants one question at a time. A "
               "read() of stdin that finds two lines has found two "
               "messages; and what the client would execute must not "
               "inherit the connection.",
        .hints = {
            "Do you read lines, or whatever a read() returns? Who holds "
            "the answer back until the next line?",
            "stdout behind a pipe is buffered until you flush it. The "
            "second line goes out when the first has its answer, on the "
            "same socket, which is marked close-on-exec.",
            "socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) once, before "
            "the loop; in it lines_read(), send, receive, print, "
            "fflush(stdout).",
        },
        .man = "socket(2) fflush(3) getline(3) fcntl(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt EXEC:cat & until [ -S "
                   "uds_socket3.txt ]; do :; done; printf 'one\\ntwo\\n' | "
                   "strace -e trace=network ./client | cat",
        .payload = { TEXT(9), TEXT(9), TEXT(10), TEXT(11), TEXT(9), TEXT(9) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            FEED("{2}\n{3}\n"),
            EXPECT(0, "{f2}"),
            EXPECT_SILENCE(0),
            CLOEXEC(),
            SEND(0, "{f4}"),
            STDOUT("reply: {4}\n"),
            ANSWER(0, "3", "5"),
            GOODBYE(0, 0),
            NO_CONNECTION(9),
            CONFINED(),
        },
    },
    {
        .name = "client-odd-lines",
        .title = "a line is empty, an answer is empty, the last has no newline",
        .rules = "F10 C5",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "With a length in front, an empty message is a message: the "
               "four bytes are there, and an answer is due. To receive its "
               "payload of no bytes with recv() gives 0, which is the end of "
               "file by its looks. And a file's last line may be open.",
        .hints = {
            "What do you do with a line, or a payload, of no bytes?",
            "The frame of an empty line is four zero bytes. Behind a "
            "length of 0 there is nothing to receive, so recv() must not "
            "be called.",
            "while (done < length) { n = recv(...); ... } does nothing for "
            "a length of 0. Only the end of input ends the loop over the "
            "lines; bytes before it without a newline are a line.",
        },
        .man = "recv(2) getline(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt EXEC:cat & until [ -S "
                   "uds_socket3.txt ]; do :; done; printf '\\nlast' | "
                   "./client",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("\n"),
            EXPECT(0, "\0\0\0\0"),
            EXPECT_SILENCE(0),
            SEND(0, "\0\0\0\0"),
            STDOUT("reply: \n"),
            FEED("{0}\n"),
            EXPECT(0, "{f0}"),
            SEND(0, "\0\0\0\0"),
            STDOUT("reply: \n"),
            FEED("{1}"),
            END_INPUT(),
            ANSWER(0, "1", "2"),
            EXPECT_END(0),
            CLOSE(0),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-longest",
        .title = "the longest line, answer, address and time limit: all work",
        .rules = "F10 C1 C10 A4",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A limit is part of a protocol, and the last value within it "
               "is allowed. Here are four of them: 65536 bytes, NUL and "
               "invalid UTF-8 among them, a path of 107, and a day in "
               "milliseconds, which no int holds as microseconds.",
        .hints = {
            "By what do you measure a line, and with what do you print an "
            "answer?",
            "strlen(), %s and fputs() stop at a NUL. 65536 bytes arrive in "
            "several pieces, and 65540 do not fit a buffer of 65536.",
            "Room for 4 + 65536 bytes; refuse length > 65536, not >=; "
            "fwrite(payload, 1, length, stdout); 107 bytes of path and a "
            "NUL in sun_path; 86400000 fits an int, 1000 times as much "
            "does not.",
        },
        .man = "recv(2) fwrite(3) unix(7) poll(2)",
        .by_hand = "socat -b 131072 UNIX-LISTEN:uds_socket3.txt EXEC:cat & "
                   "until [ -S uds_socket3.txt ]; do :; done; head -c 65536 "
                   "/dev/zero | ./client -t 86400000 | wc -c",
        .payload = { BINARY(65536), BINARY(65536), ROUTE(107) },
        .address = "{2}",
        .args = { "-t", "86400000", "{path}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            GOODBYE(0, 0),
        },
    },
    {
        .name = "client-long-line",
        .title = "65537 bytes, then 200000: refused; then a line: sent; exit 1",
        .rules = "F10 C5",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "The server would refuse the frame and hang up. A line cut "
               "at the limit is a different message, and its rest, taken "
               "for the next line, is one that nobody wrote.",
        .hints = {
            "Where does the rest of a line go that does not fit into your "
            "buffer?",
            "lines_read() tells the true length of a line and keeps what "
            "fits: complain on stderr, send nothing, read on, and remember "
            "it for the exit status.",
            "if (length > 65536) { fprintf(stderr, ...); status = 1; "
            "continue; } and return status at the end, after the half-close "
            "and the server's end as always.",
        },
        .man = "getline(3) exit(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt EXEC:cat & until [ -S "
                   "uds_socket3.txt ]; do :; done; { head -c 65537 /dev/zero "
                   "| tr '\\0' a; echo; echo good; } | ./client; echo $?",
        .payload = { TEXT(65537), TEXT(200000), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n{1}\n{2}\n"),
            EXPECT(0, "{f2}"),
            EXPECT_SILENCE(0),
            SEND(0, "{f3}"),
            STDOUT("reply: {3}\n"),
            COMPLAINS_FREELY(),
            GOODBYE(0, 1),
        },
    },
    {
        .name = "client-short-send",
        .title = "the server reads late: a frame that went out in parts is "
                 "whole",
        .rules = "F10 C12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "The server answers three lines of 60000 bytes without "
               "reading them, so the socket's buffer is full before the "
               "fourth is in it. send() takes what there is room for, also "
               "one that blocks, where a signal comes in between. Whoever "
               "never counts loses the rest.",
        .hints = {
            "Do you look at what send() returns, beyond -1?",
            "It may be less than you gave: keep count, wait for room, and "
            "send the rest from there.",
            "while (done < length) { n = send(fd, bytes + done, length - "
            "done, MSG_NOSIGNAL | MSG_DONTWAIT); if (n > 0) done += n; "
            "else if (errno == EAGAIN) poll() for POLLOUT; else if (errno "
            "!= EINTR) fail; }",
        },
        .man = "send(2) poll(2) socket(7) signal(7)",
        .payload = { TEXT(60000), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            UNREAD("0", "1"),
            EXPECT_TIMES(0, 4, "{f0}"),
            SEND(0, "{f2}"),
            STDOUT("reply: {1}\nreply: {1}\nreply: {1}\nreply: {2}\n"),
            UNREAD("0", "2"),
            STOP(),
            CONTINUE(),
            SETTLE(),
            EXPECT_TIMES(0, 4, "{f0}"),
            SEND(0, "{f1}"),
            STDOUT("reply: {2}\nreply: {2}\nreply: {2}\nreply: {1}\n"),
            GOODBYE(0, 0),
        },
    },
};
