#include "labs/03-datagram.h"

/* A datagram and its answer, as a well-behaved sender sees them. */
const struct scenario datagram_service[] = {
    {
        .name = "server-hello",
        .title = "a datagram comes: printed, and answered from the server's "
                 "own address",
        .rules = "C1 C4 D1",
        .role = ROLE_SERVER,
        .points = 9,
        .why = "System loggers, and the sockets on which services tell "
               "their manager that they are ready, work like this: one "
               "datagram, no connection. The sender here is connected to "
               "the server, so it hears nobody who answers from another "
               "socket.",
        .hints = {
            "Nothing is accepted on a datagram socket. How do you learn "
            "who sent the datagram that you have just received?",
            "socket and bind once; then, in a loop, recvfrom(), which "
            "fills in the sender's name, print, and sendto() to that "
            "name. There is no listen() and no accept().",
            "socklen_t length = sizeof sender; n = recvfrom(fd, message, "
            "sizeof message, 0, (struct sockaddr *)&sender, &length); "
            "and sendto(fd, ..., (struct sockaddr *)&sender, length) on "
            "the same descriptor. fflush(stdout) after each line.",
        },
        .man = "unix(7) socket(2) bind(2) recvfrom(2) sendto(2) fflush(3)",
        .by_hand = "printf hello | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SETTLE(),
            SEND(0, "{0}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            STDOUT("received: {0}\n"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-again",
        .title = "three senders, one after another, of 300 bytes, 1 and 24: "
                 "all served",
        .rules = "D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A server that connects its socket to the first who wrote "
               "passes every demonstration and is deaf to its second user. "
               "And a short message after a long one shows whether the end "
               "of the old one is still in the buffer.",
        .hints = {
            "Whom does your socket still hear after the first datagram?",
            "A datagram socket that is connected hears its peer only: "
            "the kernel refuses everybody else with EPERM. Do not "
            "connect; name the receiver in each sendto().",
            "for (;;) { n = recvfrom(...); print n bytes; sendto(...); } "
            "and everything that depends on a datagram, its length and "
            "its sender, is taken anew each time.",
        },
        .man = "connect(2) recvfrom(2) sendto(2) unix(7)",
        .by_hand = "for i in 1 2 3; do printf $i | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me; done",
        .payload = { TEXT(300), TEXT(1), TEXT(24) },
        .steps = {
            START(),
            THANKED(0, "0", "300"),
            THANKED(1, "1", "1"),
            THANKED(2, "2", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-burst",
        .title = "five datagrams wait when the server comes to them: five "
                 "messages",
        .rules = "D1 D6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-again",
        .why = "On a stream these five would arrive as one run of bytes. A "
               "datagram socket keeps them apart, each with its sender; a "
               "server that reads as if it had a stream joins what others "
               "have kept separate.",
        .hints = {
            "How many datagrams does one receive take, however large the "
            "buffer is?",
            "One. There is nothing to be read \"until it is complete\", "
            "and nothing to be put together.",
            "One recvfrom(), one line, one answer; then the next. No "
            "loop around the receive that fills a buffer.",
        },
        .man = "recvfrom(2) unix(7) socket(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -STOP $S; for i in 1 2 3; do printf $i | socat -u - "
                   "UNIX-SENDTO:./uds_socket3.txt; done; kill -CONT $S; "
                   "printf last | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me; kill $S",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            THANKED(1, "0", "24"),
            CONNECT(0),
            SETTLE(),
            STOP(),
            SEND_TIMES(0, 5, "{1}-{n}"),
            CONTINUE(),
            EXPECT_TIMES(0, 5, "thank you! (22 bytes)\n"),
            EXPECT_SILENCE(0),
            STDOUT_EACH(5, "received: {1}-{i}\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-empty",
        .title = "an empty datagram: printed and answered like any other",
        .rules = "D5 D1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "An empty datagram sent to the notification socket of a "
               "service manager once made it stop working, on whole "
               "machines, for any local user (CVE-2016-7795). On a socket "
               "without connections 0 is a length and nothing else.",
        .hints = {
            "What does recvfrom() return for a datagram without bytes, "
            "and what does your loop make of that?",
            "0, which on a stream would be the end of file. There is no "
            "connection here that could end, so 0 is a message.",
            "if (n == -1) ... for errors; everything else, 0 included, "
            "is printed and answered: \"thank you! (0 bytes)\".",
        },
        .man = "recvfrom(2) recv(2) unix(7)",
        .by_hand = "socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me,shut-null "
                   "</dev/null",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, ""),
            EXPECT(0, "thank you! (0 bytes)\n"),
            STDOUT("received: \n"),
            THANKED(1, "0", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-binary",
        .title = "a datagram with NUL, newlines and invalid UTF-8: printed "
                 "byte by byte",
        .rules = "D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A socket carries bytes, not text. Code that measures them "
               "with strlen() cuts messages at the first NUL, and code "
               "that decodes them falls over the first byte that is no "
               "UTF-8: anybody can send both.",
        .hints = {
            "How does your program know where the message ends?",
            "Only the return value of recvfrom() says how long it is. %s "
            "stops at a NUL; decoding may fail; a newline in it means "
            "nothing.",
            "fputs(\"received: \", stdout); fwrite(message, 1, (size_t)n, "
            "stdout); putchar('\\n'); fflush(stdout); and n goes into the "
            "answer.",
        },
        .man = "recvfrom(2) fwrite(3)",
        .by_hand = "printf 'a\\0b\\n\\377' | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me",
        .payload = { BINARY(64), BINARY(64) },
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{0}\n{1}\n"),
            EXPECT(0, "thank you! (130 bytes)\n"),
            STDOUT("received: {0}\n{1}\n\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-1024",
        .title = "a datagram of exactly 1024 bytes: all of it is the message",
        .rules = "D1 D2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The largest legal message is where a buffer that keeps a "
               "byte for a NUL shows, and a comparison that is off by one.",
        .hints = {
            "How many bytes may your receive take, and from which length "
            "on is a message too long?",
            "1024 bytes are not longer than 1024. A buffer that is "
            "printed by its length needs no room for a NUL.",
            "char message[1024]; ... sizeof message in the receive; "
            "too long is n > 1024, not n >= 1024.",
        },
        .man = "recvfrom(2) fwrite(3)",
        .by_hand = "head -c 1024 /dev/zero | tr '\\0' a | socat -b 2000 "
                   "-t1 - UNIX-SENDTO:./uds_socket3.txt,bind=me",
        .payload = { TEXT(1024) },
        .steps = {
            START(),
            THANKED(0, "0", "1024"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-1025",
        .title = "a datagram of 1025 bytes: not printed, and the sender is "
                 "told so",
        .rules = "D2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-1024",
        .why = "What does not fit into the buffer is thrown away without a "
               "word: half a log line, half an order. Who never asks takes "
               "the front part for the whole.",
        .hints = {
            "With a buffer of 1024 bytes, what does recvfrom() return "
            "for a datagram of 1025?",
            "1024, as for one that fits. Ask for the true length: "
            "MSG_TRUNC among the flags of the call makes it the return "
            "value.",
            "n = recvfrom(fd, message, sizeof message, MSG_TRUNC, ...); "
            "if (n > 1024) the answer is \"too long (%zd bytes, limit "
            "1024)\\n\" and nothing is printed.",
        },
        .man = "recv(2) recvmsg(2) unix(7)",
        .by_hand = "head -c 1025 /dev/zero | tr '\\0' a | socat -b 2000 "
                   "-t1 - UNIX-SENDTO:./uds_socket3.txt,bind=me",
        .payload = { TEXT(1025), TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{0}"),
            EXPECT(0, "too long (1025 bytes, limit 1024)\n"),
            EXPECT_SILENCE(0),
            THANKED(1, "1", "24"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-65536",
        .title = "a datagram of 65536 bytes: the answer tells its true length",
        .rules = "D2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-1025",
        .why = "A larger buffer only moves the place where a message is "
               "cut. The kernel knows the true length and tells it to "
               "whoever asks.",
        .hints = {
            "Where does the length in your answer come from: from the "
            "kernel, or from the size of your buffer?",
            "With MSG_TRUNC the return value may be larger than the "
            "buffer; it needs no larger buffer.",
            "Keep the return value as the length, and use no more than "
            "the first 1024 bytes of the buffer. 65536 does not fit into "
            "16 bits, either.",
        },
        .man = "recv(2) recvmsg(2)",
        .by_hand = "head -c 65536 /dev/zero | tr '\\0' a | socat -b 65536 "
                   "-t1 - UNIX-SENDTO:./uds_socket3.txt,bind=me",
        .payload = { TEXT(65536), TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{0}"),
            EXPECT(0, "too long (65536 bytes, limit 1024)\n"),
            SEND(0, "{1}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            STDOUT("received: {1}\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-largest",
        .title = "a datagram of 200000 bytes, nearly the largest: its true "
                 "length",
        .rules = "D2 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-65536",
        .why = "That a datagram has 64 KiB at most is a rule of UDP. Here "
               "the sender's own buffer is the limit: with the defaults, "
               "212960 bytes. The receiver has no say in it.",
        .hints = {
            "How large can a datagram on a UNIX domain socket be?",
            "As large as the sender's buffer allows (SO_SNDBUF). Do not "
            "count on a limit: take the first bytes, and the true "
            "length.",
            "Nothing is needed beyond MSG_TRUNC and a buffer of 1024 "
            "bytes. A buffer on the stack for the largest datagram, or "
            "a memcpy() by the returned length, breaks here.",
        },
        .man = "unix(7) socket(7) recv(2)",
        .by_hand = "head -c 200000 /dev/zero >zeros; socat -b 200000 -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me <zeros",
        .payload = { TEXT(200000), TEXT(24) },
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{0}"),
            EXPECT(0, "too long (200000 bytes, limit 1024)\n"),
            THANKED(1, "1", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-long-between",
        .title = "a long, a short and a long datagram at once: answers in "
                 "this order",
        .rules = "D6 D2 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-1025",
        .why = "A sender tells its answers apart by their order alone. An "
               "error that overtakes the answer before it is pinned to the "
               "wrong message.",
        .hints = {
            "Do refusals take another way to the sender than thanks do?",
            "Answer each datagram before you receive the next, whatever "
            "the answer is: then the order keeps itself.",
            "One function makes the answer's text, thanks or refusal, "
            "and one sendto() sends it.",
        },
        .man = "recv(2) sendto(2)",
        .payload = { TEXT(24), TEXT(1025), TEXT(30), TEXT(2000) },
        .steps = {
            START(),
            THANKED(1, "0", "24"),
            CONNECT(0),
            SETTLE(),
            STOP(),
            SEND(0, "{1}"),
            SEND(0, "{2}"),
            SEND(0, "{3}"),
            CONTINUE(),
            EXPECT(0, "too long (1025 bytes, limit 1024)\n"),
            EXPECT(0, "thank you! (30 bytes)\n"),
            EXPECT(0, "too long (2000 bytes, limit 1024)\n"),
            STDOUT("received: {2}\n"),
            STDOUT_END(),
        },
    },
};
