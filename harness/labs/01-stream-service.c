#include "labs/01-stream.h"

/* The exchange itself, as a well-behaved peer sees it. */
const struct scenario stream_service[] = {
    {
        .name = "server-hello",
        .title = "peer sends a message: printed, answered, and the "
                 "connection closed",
        .rules = "C1 C4 S1 S2 S3",
        .role = ROLE_SERVER,
        .points = 13,
        .why = "Display servers, databases and container engines all start "
               "from this exchange. A line that stays in a stdio buffer "
               "because stdout is a pipe is a log that ends long before "
               "the crash it should explain.",
        .hints = {
            "Four calls come before the first byte can be received. "
            "Which of them returns the descriptor on which you talk to "
            "the peer?",
            "socket, bind and listen once; then, in a loop, accept, one "
            "recv of at most 1024 bytes, print, send, close. What "
            "accept returned is closed, the listening descriptor is "
            "kept.",
            "stdout is a pipe here, so stdio holds your line back until "
            "its buffer is full: fflush(stdout) after each line. The "
            "peer sees the end of file only once every copy of the "
            "accepted descriptor is closed.",
        },
        .man = "unix(7) socket(2) bind(2) listen(2) accept(2) recv(2) "
               "send(2) close(2) fflush(3)",
        .by_hand = "printf hello | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SETTLE(),
            SEND(0, "{0}"),
            EXPECT(0, "thank you!\n"),
            EXPECT_END(0),
            STDOUT("received: {0}\n"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-again",
        .title = "three peers, one after another, the first sends one byte: "
                 "all served",
        .rules = "S1 S2 S3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A service that ends after its first client, or makes a new "
               "listening socket for each, passes every demonstration and "
               "fails its second user.",
        .hints = {
            "What does your program do after it has closed the first "
            "connection?",
            "socket, bind and listen stand before the loop; accept "
            "stands in it. One byte is a message like any other.",
            "for (;;) { fd = accept(listener, NULL, NULL); serve(fd); "
            "close(fd); } and the listener is neither closed nor bound "
            "again in between.",
        },
        .man = "accept(2) listen(2) recv(2)",
        .by_hand = "for i in 1 2 3; do printf $i | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt; done",
        .payload = { TEXT(24), TEXT(1), TEXT(100) },
        .steps = {
            START(),
            HELLO(0, "0"),
            HELLO(1, "1"),
            HELLO(2, "2"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-1024",
        .title = "peer sends exactly 1024 bytes: all of them are the message",
        .rules = "S2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The largest legal message is where a buffer that keeps a "
               "byte for a NUL shows: the last byte is lost, or the NUL is "
               "written behind the array.",
        .hints = {
            "How many bytes may your receive take, and how many does "
            "your buffer hold?",
            "recv() adds no NUL. A buffer of 1024 bytes that is printed "
            "by its length needs no room for one.",
            "char message[1024]; n = recv(fd, message, sizeof message, "
            "0); and print n bytes with fwrite().",
        },
        .man = "recv(2) fwrite(3)",
        .by_hand = "head -c 1024 /dev/zero | tr '\\0' a | socat -b 2000 "
                   "-t5 - UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(1024) },
        .steps = {
            START(),
            HELLO(0, "0"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-over-1024",
        .title = "peer sends 1524 bytes at once: the first 1024 are the "
                 "message",
        .rules = "S2 S3 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-1024",
        .why = "What a peer sends beyond the limit must neither run over a "
               "buffer nor turn up as a message of the next client. A "
               "connection that is closed with bytes unread is reset, "
               "which is the right end for it.",
        .hints = {
            "What is left in the socket after your receive, and where "
            "does it go?",
            "One receive of at most 1024 bytes is the message. The rest "
            "is dropped by the kernel when you close; do not receive "
            "again to print it.",
            "n = recv(fd, message, 1024, 0) once and no loop around it. "
            "Close the connection; the next message comes from the next "
            "accept.",
        },
        .man = "recv(2) unix(7) close(2)",
        .by_hand = "head -c 1524 /dev/zero | tr '\\0' a | socat -b 2000 "
                   "-t5 - UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(1024), TEXT(500), TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{0}{1}"),
            EXPECT(0, "thank you!\n"),
            EXPECT_CLOSED(0),
            STDOUT("received: {0}\n"),
            HELLO(1, "2"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-binary",
        .title = "a message with NUL, newlines and invalid UTF-8: printed "
                 "byte by byte",
        .rules = "S2 S6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A socket carries bytes, not text. Code that measures them "
               "with strlen() cuts messages at the first NUL, and code "
               "that decodes them falls over the first byte that is no "
               "UTF-8: anybody can send both.",
        .hints = {
            "How does your program know where the message ends?",
            "Only the return value of recv() says how long the message "
            "is. %s stops at a NUL; decoding may fail; a newline in it "
            "means nothing.",
            "fputs(\"received: \", stdout); fwrite(message, 1, (size_t)n, "
            "stdout); putchar('\\n'); fflush(stdout);",
        },
        .man = "recv(2) fwrite(3)",
        .by_hand = "printf 'a\\0b\\n\\377' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt",
        .payload = { BINARY(64), BINARY(64) },
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{0}\n{1}\n"),
            EXPECT(0, "thank you!\n"),
            EXPECT_END(0),
            STDOUT("received: {0}\n{1}\n\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-half-close",
        .title = "peer sends, then shuts down its sending side: it is still "
                 "answered",
        .rules = "S2 S3 C12",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "socat, nc -N and many libraries shut down their sending "
               "side as soon as their input ends. The other direction is "
               "open, and their user waits for the answer.",
        .hints = {
            "The peer will send no more. Does that mean that it will "
            "not read?",
            "An end of file ends one direction only. Where bytes came "
            "before it they are a message, and sending still works.",
            "Decide by what recv() returned: more than 0 is a message, "
            "to be answered, whatever poll() says about POLLHUP or "
            "POLLRDHUP.",
        },
        .man = "shutdown(2) recv(2) poll(2)",
        .by_hand = "printf hello | strace -e trace=shutdown socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            START(),
            HELLO(0, "0"),
            SETTLE(),
            STOP(),
            CONNECT(1),
            SEND(1, "{1}"),
            HALF_CLOSE(1),
            CONTINUE(),
            EXPECT(1, "thank you!\n"),
            EXPECT_END(1),
            STDOUT("received: {1}\n"),
            STDOUT_END(),
        },
    },
};
