#include "labs/05-fd-passing.h"

/* The client, and the file that it passes itself. */
const struct scenario passing_lend[] = {
    {
        .name = "client-count",
        .title = "FILE goes with the request's first byte, also as descriptor 0",
        .rules = "P20 C4 C9",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "To have a file looked at by somebody who has no right to "
               "open it, one opens it oneself and lends the descriptor. Its "
               "number means nothing to the other side, and nothing at all: "
               "without a stdin it is 0, which is a number like any other.",
        .hints = {
            "What does your sendmsg() carry beside the bytes `count\\n`? "
            "And what do you take for \"no descriptor\"?",
            "One struct cmsghdr with SOL_SOCKET, SCM_RIGHTS and one "
            "descriptor. cmsg_len is CMSG_LEN(sizeof(int)): with CMSG_SPACE "
            "the padding becomes a second one. None is -1: 0 is what open() "
            "returns where stdin is closed.",
            "file = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC), -1 on "
            "failure and >= 0 otherwise; control data with the first "
            "sendmsg() only; then print what stands behind the `+`.",
        },
        .man = "sendmsg(2) cmsg(3) unix(7) open(2)",
        .by_hand = "mkdir -p root; ./server{given} root & S=$!; until [ -S "
                   "uds_socket3.txt ]; do :; done; strace -e trace=sendmsg "
                   "./client{given} count client.c; ./client{given} count "
                   "client.c <&-; kill $S",
        .payload = { TEXT(200) },
        .args = PATIENTLY("count", "file"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            LISTEN(9, 5),
            LENDS(0, "file"),
            EXPECT_SILENCE(0),
            CLOEXEC(),
            SEND_PIECES(0, 1, "+31 4159\n"),
            STDOUT("31 4159\n"),
            EXIT(0),
            STDOUT_END(),
            START_CLOSED(),
            ACCEPT(1, 9),
            EXPECT_WITH(1, "file", "count\n"),
            SEND(1, "+16777216 16777216\n"),
            STDOUT("16777216 16777216\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-count-file",
        .title = "FILE is missing, then unreadable, then a FIFO: never waited "
                 "for",
        .rules = "P20 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-count",
        .why = "Who opens a FIFO to read from it waits until somebody opens "
               "it to write, and that may be never. Whether a FIFO is of any "
               "use is not the client's question: it passes what it has "
               "opened, and the server says.",
        .hints = {
            "In which call does your client wait when FILE is a FIFO?",
            "open() waits for a writer, unless it is told not to; then it "
            "succeeds at once. Where open() fails, the user learns why.",
            "file = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC); if (file "
            "== -1) { fprintf(stderr, \"client: %s: %s\\n\", name, "
            "strerror(errno)); return 1; }",
        },
        .man = "open(2) fifo(7) strerror(3)",
        .by_hand = "mkdir -p root; ./server{given} root & S=$!; until [ -S "
                   "uds_socket3.txt ]; do :; done; mkfifo it; ./client{given} "
                   "count it; kill $S",
        .args = PATIENTLY("count", "it"),
        .steps = {
            LISTEN(9, 5),
            START(),
            EXIT(1),
            COMPLAINS("No such file or directory"),
            STDOUT_END(),
            PLANT_FILE("it", "one\n"),
            CHMOD("it", 0),
            START(),
            EXIT(1),
            COMPLAINS("Permission denied"),
            STDOUT_END(),
            REMOVE("it"),
            PLANT_FIFO("it"),
            START(),
            ACCEPT_TALKER(0, 9),
            EXPECT_WITH(0, "it", "count\n"),
            SEND(0, "-EINVAL\n"),
            EXIT(1),
            SAYS("client: count it: Invalid argument"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-count-answers",
        .title = "-E2BIG in words; two forms that are none, a descriptor: "
                 "refused",
        .rules = "P20 P21",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-count",
        .why = "Who asks for two numbers and prints whatever comes lets a "
               "stranger write into his terminal or his report. And who "
               "expects no descriptor gets one all the same, if the other "
               "side likes.",
        .hints = {
            "What must stand behind the `+`, and what may come with it?",
            "Digits, one blank, digits, and the newline; no descriptor, also "
            "with `-`. So count those that come with every answer, and do "
            "not only where you expect one.",
            "n = strspn(text, \"0123456789\"); n > 0, text[n] == ' ', and "
            "digits from there to the end, at least one; if (descriptors > "
            "0 || !form) { fputs(\"client: protocol error\\n\", stderr); "
            "return 1; }",
        },
        .man = "recvmsg(2) strspn(3) strerror(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'read line; echo "
                   "+12; cat' & until [ -S uds_socket3.txt ]; do :; done; "
                   "./client{given} count client.c; echo $?",
        .payload = { TEXT(200) },
        .args = PATIENTLY("count", "file"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            LISTEN(9, 5),
            LENDS(0, "file"),
            SEND(0, "-E2BIG\n"),
            EXIT(1),
            SAYS("client: count file: Argument list too long"),
            STDOUT_END(),
            LENDS(1, "file"),
            SEND(1, "+12\n"),
            PROTOCOL_ERROR(),
            LENDS(2, "file"),
            SEND(2, "+1 2 3\n"),
            PROTOCOL_ERROR(),
            LENDS(3, "file"),
            ATTACH(3, "file", O_RDONLY),
            SEND(3, "+31 4159\n"),
            PROTOCOL_ERROR(),
            LENDS(4, "file"),
            ATTACH(4, "file", O_RDONLY),
            SEND(4, "-EBADF\n"),
            PROTOCOL_ERROR(),
        },
    },
};
