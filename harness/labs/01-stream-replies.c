#include "labs/01-stream.h"

/* What a server may send, and how it may go. */
const struct scenario stream_replies[] = {
    {
        .name = "client-reply-pieces",
        .title = "the reply comes one byte at a time: printed as one line",
        .rules = "S11 S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "One send is not one receive. A stream may deliver a reply "
               "in any number of pieces, and does so when the server is "
               "busy, or writes its answer with several calls.",
        .hints = {
            "How many times do you call recv() for one reply?",
            "As often as it takes: append what comes until a newline is "
            "there, or 1024 bytes, or the end of file.",
            "while (length < 1024 && !memchr(reply, '\\n', length)) { n "
            "= recv(fd, reply + length, 1024 - length, 0); if (n <= 0) "
            "break; length += (size_t)n; }",
        },
        .man = "recv(2) memchr(3) unix(7)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'printf "
                   "thank; head -c 5; echo you' & until [ -S "
                   "uds_socket3.txt ]; do :; done; echo hello | strace "
                   "-e trace=recvfrom,read ./client",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            SEND_PIECES(0, 1, "{1}\n"),
            CLOSE(0),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-reply-more",
        .title = "more comes behind the newline: ignored, also by the next "
                 "line",
        .rules = "S11 S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "What a server says beyond its answer must not be taken for "
               "the answer to the next question: from then on every reply "
               "is one behind, and all of them look right.",
        .hints = {
            "Where does the rest of the bytes go that came with the "
            "reply?",
            "The reply ends at the first newline. The rest belongs to "
            "this connection and goes with it.",
            "Print up to memchr(reply, '\\n', length), close the socket, "
            "and start the next exchange with an empty buffer.",
        },
        .man = "recv(2) memchr(3) close(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,fork SYSTEM:'echo "
                   "one; echo two; cat' & until [ -S uds_socket3.txt ]; "
                   "do :; done; printf 'a\\nb\\n' | ./client; kill %1",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            SEND(0, "{1}\n{2}\nrest"),
            EXPECT_CLOSED(0),
            STDOUT("reply: {1}\n"),
            FEED("{3}\n"),
            ANSWER(1, "3", "4"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-reply-long",
        .title = "3000 bytes without a newline, no end: the first 1024 are "
                 "the reply",
        .rules = "S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-reply-pieces",
        .why = "A client that reads until a newline comes gives a broken "
               "or hostile server its memory, or its patience. A limit is "
               "part of every protocol.",
        .hints = {
            "What ends your reading when neither a newline nor the end "
            "of file comes?",
            "The third end is a full buffer: 1024 bytes are a reply, "
            "and the rest is not yours to read.",
            "Ask recv() for no more than 1024 - length bytes, stop when "
            "length is 1024, print, and close.",
        },
        .man = "recv(2) close(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'head -c "
                   "3000 /dev/zero; cat' & until [ -S uds_socket3.txt ]; "
                   "do :; done; echo hello | ./client | wc -c",
        .payload = { TEXT(24), TEXT(1024), TEXT(1976) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            SEND_PIECES(0, 700, "{1}{2}"),
            STDOUT("reply: {1}\n"),
            EXPECT_CLOSED(0),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-reply-empty",
        .title = "the reply is a newline alone: an empty reply, which is not "
                 "none",
        .rules = "S10 S15",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "An empty answer and no answer are different things. A "
               "client that counts bytes only after it has taken the "
               "newline away cannot tell them apart.",
        .hints = {
            "When do you decide that there was no reply: before or "
            "after you took the newline off?",
            "One byte has come, so there is a reply. It is empty, and "
            "it is printed.",
            "Test length == 0 right after the receiving loop; then cut "
            "the newline and print \"reply: \" and nothing else on the "
            "line.",
        },
        .man = "recv(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'echo; cat' "
                   "& until [ -S uds_socket3.txt ]; do :; done; echo "
                   "hello | ./client; echo $?",
        .payload = { TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            SEND(0, "\n"),
            CLOSE(0),
            STDOUT("reply: \n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-reply-end",
        .title = "the reply ends without a newline, at the end of file: "
                 "printed as it is",
        .rules = "S15 S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A server that dies in the middle of its answer has still "
               "said something, and that is what one wants to see. The end "
               "of file is an end, too.",
        .hints = {
            "What does your client do with the bytes it has when recv() "
            "returns 0?",
            "Bytes without a newline are a reply as soon as nothing "
            "more can come: print them, and add the newline yourself.",
            "Leave the loop on n == 0 and look at length: more than 0 "
            "is a reply, 0 is none.",
        },
        .man = "recv(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'printf "
                   "cut; head -c 1 >/dev/null' & until [ -S "
                   "uds_socket3.txt ]; do :; done; echo hello | ./client",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            SEND(0, "{1}"),
            CLOSE(0),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-reply-reset",
        .title = "some bytes, then a reset: what came is printed as it is",
        .rules = "S15",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-reply-end",
        .why = "A server that closes without reading all it was sent "
               "resets the connection. The kernel still hands over the "
               "bytes that came before: a client that drops them on "
               "ECONNRESET loses an answer it had.",
        .hints = {
            "recv() returns bytes first and ECONNRESET only then. What "
            "becomes of the bytes?",
            "A reset ends the reply as an end of file does. Whatever "
            "came before it counts.",
            "Leave the loop on n <= 0 alike, except for EINTR, and "
            "decide by length. errno does not matter once there are "
            "bytes.",
        },
        .man = "recv(2) unix(7) close(2)",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            AWAIT(0),
            SEND(0, "{1}"),
            CLOSE(0),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-no-reply",
        .title = "the server reads and closes without a word: no reply, exit "
                 "1 at once",
        .rules = "S15 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A server that crashes over a message closes the connection "
               "without an answer. A client that prints an empty reply, or "
               "goes on to the next line, hides exactly that.",
        .hints = {
            "What does recv() return here, and how many bytes have you "
            "got?",
            "0 at the first call: the end of file, and no reply. Say "
            "so, and end with status 1 without taking another line.",
            "if (length == 0) { fputs(\"client: no reply\\n\", stderr); "
            "return 1; }",
        },
        .man = "recv(2) exit(3)",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n{1}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            CLOSE(0),
            SAYS("client: no reply"),
            NO_CONNECTION(9),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-reset",
        .title = "the server closes with the message unread: no reply, exit "
                 "status 1",
        .rules = "S15 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-no-reply",
        .why = "A message that was never read comes back as ECONNRESET. It "
               "is the same news to the user, no reply, and deserves the "
               "same line rather than a call and an errno.",
        .hints = {
            "With which errno does recv() fail here?",
            "ECONNRESET, because the message was still unread when the "
            "server closed. Without a reply byte before it, that is \"no "
            "reply\".",
            "Treat a failed recv() with length 0 like an end of file "
            "with length 0: \"client: no reply\", exit 1.",
        },
        .man = "recv(2) unix(7)",
        .payload = { TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            AWAIT(0),
            CLOSE(0),
            SAYS("client: no reply"),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-send-fails",
        .title = "server answers and closes before the message is sent: "
                 "reply printed",
        .rules = "S15 C8",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-reply-end",
        .why = "A server that turns clients away says why and hangs up, "
               "without reading. The send then fails with EPIPE, or kills "
               "with SIGPIPE, and the reason waits unread in the socket.",
        .hints = {
            "The send fails. Is there nothing left to do on this "
            "connection?",
            "What the server sent before it closed can still be "
            "received. And SIGPIPE must not kill you before you get "
            "there.",
            "send(fd, line, n, MSG_NOSIGNAL), whatever it returns, and "
            "then the receiving loop as always: what it finds decides.",
        },
        .man = "send(2) signal(7) recv(2)",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            FEED("{0}\n"),
            HOLD_AT_SEND(),
            ACCEPT(0, 9),
            SEND(0, "{1}\n"),
            CLOSE(0),
            RELEASE(),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-closes",
        .title = "server says thank you and stays: reply printed, connection "
                 "closed",
        .rules = "S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "The newline ends the reply, not the end of file. A client "
               "that waits for the server to close, with a server that "
               "waits for the client to close, waits for ever.",
        .hints = {
            "Who closes the connection first?",
            "With the newline the exchange is over. Print the reply and "
            "close, whatever the server does.",
            "Look for the newline in what has come before you call "
            "recv() again.",
        },
        .man = "recv(2) close(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'echo thank "
                   "you!; cat' & until [ -S uds_socket3.txt ]; do :; "
                   "done; echo hello | ./client",
        .payload = { TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            SEND(0, "thank you!\n"),
            STDOUT("reply: thank you!\n"),
            EXPECT_END(0),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
