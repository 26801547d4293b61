#include "labs/02-framing.h"

/* What a server may send, and how it may go. */
const struct scenario framing_answers[] = {
    {
        .name = "client-split",
        .title = "the answer comes in two pieces, cut anywhere; then by the "
                 "byte",
        .rules = "F10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "One send is not one receive: the kernel may cut a stream "
               "anywhere, in the middle of the length too, and does so when "
               "it is busy or its buffers are small. Code that works "
               "without this loop works until it is needed.",
        .hints = {
            "How many bytes does recv() return when you ask for four?",
            "One to four. Ask again for what is missing, for the length "
            "and for the payload alike, and only then look at them.",
            "A function that receives exactly n bytes: while (done < n) { "
            "got = recv(fd, bytes + done, n - done, 0); if (got <= 0) "
            "...; done += (size_t)got; }. Call it for 4 bytes, then for "
            "as many as they say.",
        },
        .man = "recv(2) unix(7)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt EXEC:'dd bs=1' & until "
                   "[ -S uds_socket3.txt ]; do :; done; echo hello | strace "
                   "-e trace=recvfrom,read ./client",
        .payload = { TEXT(15), TEXT(12), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            REPEAT(15),
            FEED("{0/n}\n"),
            EXPECT(0, "{f0/n}"),
            SEND_SPLIT(0, SPLIT_HERE, "{f1}"),
            STDOUT("reply: {1}\n"),
            AGAIN(),
            FEED("{0}\n"),
            EXPECT(0, "{f0}"),
            SEND_PIECES(0, 1, "{f2}"),
            STDOUT("reply: {2}\n"),
            GOODBYE(0, 0),
        },
    },
    {
        .name = "client-more",
        .title = "two answers to one line, more after the last: one is printed",
        .rules = "F10 F13",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "What a server says beyond its answer is no answer to "
               "anything. After the half-close it may still be at work: "
               "who closes with its bytes unread resets the connection "
               "under its hands.",
        .hints = {
            "How many frames do you print for a line? And what ends the "
            "wait at the end of input?",
            "One line, one answer. After the half-close only the server's "
            "end counts: what it sends until then is received and thrown "
            "away.",
            "shutdown(fd, SHUT_WR); then recv() into a buffer that nobody "
            "looks at, until it returns 0 or an error, or the time is "
            "over; then exit status 0.",
        },
        .man = "shutdown(2) recv(2) unix(7)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'tee copy; cat "
                   "copy; head -c 999 /dev/zero' & until [ -S uds_socket3.txt "
                   "]; do :; done; echo hello | ./client; echo $?",
        .payload = { TEXT(24), TEXT(24), TEXT(24), BINARY(65536) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            FEED("{0}\n"),
            EXPECT(0, "{f0}"),
            SEND(0, "{f1}{f2}"),
            STDOUT("reply: {1}\n"),
            EXPECT_SILENCE(0),
            END_INPUT(),
            EXPECT_END(0),
            EXPECT_SILENCE(0),
            SEND(0, "{f3}{3}"),
            EXPECT_SILENCE(0),
            CLOSE(0),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-cut",
        .title = "no answer, half a length, half a payload: exit 1, no output",
        .rules = "F11 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A server that dies in its answer leaves a part of it. The "
               "length tells that it is a part, and that is what a length "
               "is for: half an amount of money is a wrong amount.",
        .hints = {
            "What does recv() return here, and how many bytes were still "
            "to come?",
            "0 is the end of file. Before the frame is whole this is a "
            "failure, whether none, two, or most of its bytes have come.",
            "if (got == 0) { errno = ENODATA; return -1; } in the function "
            "that receives exactly n bytes; print only behind it. One "
            "line on stderr, exit status 1, and no further line is sent.",
        },
        .man = "recv(2) exit(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'head -c 9 "
                   ">/dev/null; printf AB' & until [ -S uds_socket3.txt ]; do "
                   ":; done; echo hello | ./client; echo $?",
        .payload = { TEXT(24), TEXT(24), TEXT(12) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            QUESTION(0, "0"),
            CLOSE(0),
            FAILURE(),
            START(),
            QUESTION(1, "0"),
            SEND(1, "\0\0"),
            HALF_CLOSE(1),
            FAILURE(),
            START(),
            QUESTION(2, "1"),
            SEND(2, "\0\0\0\30{2}"),
            CLOSE(2),
            FAILURE(),
        },
    },
    {
        .name = "client-too-long",
        .title = "65537 bytes announced, then 2147483648: refused, exit status "
                 "1",
        .rules = "F11 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-cut",
        .why = "The length is the other side's word. Who takes it for a "
               "size of memory, or a count of bytes to wait for, is at its "
               "mercy; and 0x80000000 in an int is below zero, and so "
               "below every limit.",
        .hints = {
            "What do you do with the length before you use it?",
            "Compare it with 65536 as soon as its four bytes are there, "
            "as an unsigned number. The payload may never come.",
            "uint32_t length; memcpy(&length, header, 4); length = "
            "ntohl(length); if (length > 65536) say so, and exit with 1, "
            "before anything is allocated or received.",
        },
        .man = "ntohl(3) recv(2) malloc(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'echo AAAA; cat "
                   ">/dev/null' & until [ -S uds_socket3.txt ]; do :; done; "
                   "echo hello | ./client; echo $?",
        .payload = { TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            QUESTION(0, "0"),
            SEND(0, "\0\1\0\1"),
            FAILURE(),
            START(),
            QUESTION(1, "1"),
            SEND(1, "\200\0\0\0"),
            FAILURE(),
        },
    },
    {
        .name = "client-reset",
        .title = "a reset before the answer: exit 1; behind it: it is printed",
        .rules = "F11 F10 F13 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-cut",
        .why = "A server that closes with bytes unread resets the "
               "connection: ECONNRESET, or EPIPE where something is sent. "
               "What it had said before is still there to be received, and "
               "a client that looks at the error first loses it.",
        .hints = {
            "With which errno does recv() fail, and what can be received "
            "before?",
            "The kernel hands out the queued bytes, then ECONNRESET. An "
            "answer that is whole is an answer; without one it is a "
            "failure like a missing end. poll() reports POLLIN together "
            "with POLLERR and POLLHUP.",
            "Call recv() whatever poll() says, and judge by what it "
            "returns: bytes, 0, or an error. At the end of input a reset "
            "is the server's end, as good as any other.",
        },
        .man = "recv(2) poll(2) unix(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            AWAIT(0),
            CLOSE(0),
            FAILURE(),
            START(),
            FEED("{1}\n"),
            ACCEPT(1, 9),
            AWAIT(1),
            SETTLE(),
            STOP(),
            SEND(1, "{f2}"),
            CLOSE(1),
            CONTINUE(),
            STDOUT("reply: {2}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-send-fails",
        .title = "server has gone before the first send: one line, exit status "
                 "1",
        .rules = "C8 F11 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-reset",
        .why = "SIGPIPE ends a process that sends to a socket nobody reads "
               "from, and it does so without a word. In a script that looks "
               "as if the client had never been called.",
        .hints = {
            "By what was your client killed, and where is its message?",
            "send() to a peer that has gone raises SIGPIPE, whose default "
            "action is to kill. Ask for the error instead of the signal.",
            "send(fd, bytes, length, MSG_NOSIGNAL), or signal(SIGPIPE, "
            "SIG_IGN) at the start; then EPIPE is a failure like any "
            "other: one line, exit status 1.",
        },
        .man = "send(2) signal(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            FEED("{0}\n{1}\n"),
            HOLD_AT_SEND(),
            ACCEPT(0, 9),
            SEND(0, "{f2}"),
            CLOSE(0),
            RELEASE(),
            EXIT(1),
            COMPLAINS(""),
        },
    },
};
