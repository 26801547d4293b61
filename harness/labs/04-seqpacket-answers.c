#include "labs/04-seqpacket.h"

/* What a server may answer, how it may go, and when it never answers. */
const struct scenario seqpacket_answers[] = {
    {
        .name = "client-answer-256",
        .title = "answers of 256, 4096 and 100000 bytes: refused, exit status "
                 "1",
        .rules = "Q22 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-longest",
        .why = "A receive with too little room takes the beginning of a "
               "record, and the kernel throws the rest away without an "
               "error. Half an amount of money is a wrong amount.",
        .hints = {
            "How long was the record of which recv() gave you 255 bytes?",
            "MSG_TRUNC among the flags of recv() makes it return the true "
            "length, however little room there is. Refuse by that length, "
            "and print nothing of it.",
            "got = recvmsg(fd, &message, MSG_TRUNC); if (got > 255) { "
            "fprintf(stderr, \"client: answer of %zd bytes refused\\n\", "
            "got); return 1; } and no further line.",
        },
        .man = "recv(2) recvmsg(2) exit(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 SYSTEM:'head -c "
                   "256 /dev/zero; cat' & until [ -S uds_socket3.txt ]; do :; "
                   "done; echo hello | {client}; echo $?",
        .payload = { TEXT(24), TEXT(256), TEXT(4096), TEXT(100000) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            QUESTION(0, "0"),
            SEND(0, "{1}"),
            EXIT(1),
            SAYS("client: answer of 256 bytes refused"),
            STDOUT_END(),
            START(),
            QUESTION(1, "0"),
            SEND(1, "{2}"),
            EXIT(1),
            SAYS("client: answer of 4096 bytes refused"),
            STDOUT_END(),
            START(),
            QUESTION(2, "0"),
            SEND(2, "{3}"),
            EXIT(1),
            SAYS("client: answer of 100000 bytes refused"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-end",
        .title = "the server ends with an answer due, then half-closes: exit "
                 "1",
        .rules = "Q20 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A server that was told to end, or has crashed, leaves an end "
               "of file where the answer should be. Printed as an empty "
               "answer it looks as if all were well.",
        .hints = {
            "What does recv() return when the server has gone, and what do "
            "you print then?",
            "0 without control data is the end of file. With an answer due "
            "it is a failure: one line on stderr, exit status 1, and no "
            "further line is sent. There is no errno to explain it: use "
            "words of your own.",
            "if (got == 0 && message.msg_controllen == 0) { fprintf(stderr, "
            "\"client: %s: the server has gone\\n\", path); return 1; }",
        },
        .man = "recvmsg(2) shutdown(2) exit(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt,type=5 EXEC:'head -c 9' "
                   "& until [ -S uds_socket3.txt ]; do :; done; echo 12345678 "
                   "| {client}; echo $?",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            QUESTION(0, "0"),
            CLOSE(0),
            FAILURE(),
            START(),
            QUESTION(1, "0"),
            SEND(1, "{1}"),
            STDOUT("{1}\n"),
            FEED("{2}\n"),
            EXPECT(1, "{2}"),
            HALF_CLOSE(1),
            FAILURE(),
        },
    },
    {
        .name = "client-reset",
        .title = "a reset with no answer: exit 1; an answer, then one: it is "
                 "printed",
        .rules = "Q20 Q23 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-end",
        .why = "A server that closes with records unread resets the "
               "connection. On this type of socket that error comes first, "
               "and the records that were there before it come afterwards, "
               "the other way round than on a stream.",
        .hints = {
            "What does a second recv() return after the one that failed "
            "with ECONNRESET?",
            "ECONNRESET comes once. Behind it stands the answer, if one "
            "was queued before the reset: print it. An end of file means "
            "that there is none: one line on stderr, exit status 1.",
            "got = recvmsg(...); if (got == -1 && errno == ECONNRESET) got "
            "= recvmsg(...) once more, and judge by that. poll() reports "
            "POLLIN together with POLLERR and POLLHUP.",
        },
        .man = "recv(2) poll(2) unix(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            AWAIT(0),
            CLOSE(0),
            FAILURE(),
            START(),
            FEED("{0}\n"),
            ACCEPT(1, 9),
            AWAIT(1),
            SETTLE(),
            STOP(),
            SEND(1, "{1}"),
            CLOSE(1),
            CONTINUE(),
            STDOUT("{1}\n"),
            FEED("{2}\n"),
            FAILURE(),
        },
    },
    {
        .name = "client-send-fails",
        .title = "server has gone before the first send: one line, exit status "
                 "1",
        .rules = "C8 Q23 C3",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-end",
        .why = "A send to a peer that has gone fails with EPIPE, and on many "
               "systems SIGPIPE kills the process with it, without a word. "
               "In a script that looks as if the client had never been "
               "called.",
        .hints = {
            "What does your client say when the send itself fails?",
            "EPIPE is a failure like any other: no answer can come. An "
            "answer that is queued already may be printed or not.",
            "send(fd, line, length, MSG_NOSIGNAL), and where it returns -1: "
            "one line on stderr with strerror(errno), exit status 1.",
        },
        .man = "send(2) signal(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = PATIENT,
        .steps = {
            LISTEN(9, 5),
            FEED("{0}\n{1}\n"),
            HOLD_AT_SEND(),
            ACCEPT(0, 9),
            SEND(0, "{2}"),
            CLOSE(0),
            RELEASE(),
            EXIT(1),
            COMPLAINS(""),
        },
    },
    {
        .name = "client-silent",
        .title = "the server never answers: no reply within 2000 ms, exit "
                 "status 1",
        .rules = "Q21 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A server that hangs keeps its connections open: no end of "
               "file and no reset will ever come. Only the client itself "
               "can decide that it has waited long enough, and everything "
               "that stands behind it in a pipeline waits with it.",
        .hints = {
            "What ends your recv() when the server does nothing at all?",
            "Nothing does. poll() takes a limit, and so does SO_RCVTIMEO; "
            "the default is 2000 ms.",
            "poll() for POLLIN with what is left until the deadline; when "
            "nothing is left: fprintf(stderr, \"client: no reply within "
            "%d ms\\n\", timeout_ms); exit status 1, and no further line.",
        },
        .man = "poll(2) socket(7) clock_gettime(2)",
        .by_hand = "socat -u UNIX-LISTEN:uds_socket3.txt,type=5 - & until [ -S "
                   "uds_socket3.txt ]; do :; done; echo hello | {client}; "
                   "echo $?",
        .payload = { TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            CLOCK(2000),
            FEED("{0}\n"),
            SAYS("client: no reply within 2000 ms"),
            NOT_BEFORE(),
            EXIT(1),
            EXPECT(0, "{0}"),
            EXPECT_END(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-limit",
        .title = "-t 100, and no answer: no reply within 100 ms, exit status 1",
        .rules = "Q21 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-silent",
        .why = "Whoever calls the client knows how long an answer is worth "
               "waiting for: a health check gives up after a tenth of a "
               "second, a report at night after an hour.",
        .hints = {
            "Does the limit come from -t, and does the message name it?",
            "One variable holds the limit: the default, or what -t says. "
            "The wait and the message both use it.",
            "deadline = deadline_in(timeout_ms) when a line is sent; poll() "
            "with deadline_left(deadline); %d in the message is timeout_ms.",
        },
        .man = "getopt(3) poll(2)",
        .by_hand = "socat -u UNIX-LISTEN:uds_socket3.txt,type=5 - & until [ -S "
                   "uds_socket3.txt ]; do :; done; echo hello | ./client -t "
                   "100; echo $?",
        .payload = { TEXT(24) },
        .args = { "-t", "100", "{given}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            CLOCK(100),
            FEED("{0}\n"),
            SAYS("client: no reply within 100 ms"),
            NOT_BEFORE(),
            EXIT(1),
            EXPECT(0, "{0}"),
            EXPECT_END(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-stuck",
        .title = "server reads nothing: the client ends once nothing fits",
        .rules = "Q21 C10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-limit",
        .why = "The buffer between two processes is finite. When the other "
               "side has stopped reading, it is the sending that hangs, and "
               "a limit on receiving alone is never looked at.",
        .hints = {
            "In which call does your client wait, and who limits that one?",
            "A send() that blocks waits for room for as long as it takes. "
            "No answer will come to a record that cannot be sent: the same "
            "limit holds.",
            "send() with MSG_DONTWAIT; on EAGAIN poll() for POLLOUT with "
            "what is left of the line's time; when nothing is left, the "
            "same line and status as for an answer that does not come.",
        },
        .man = "send(2) poll(2) socket(7)",
        .payload = { TEXT(100000), TEXT(24) },
        .args = { "-t", "100", "{given}" },
        .steps = {
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            SEND_TIMES(0, 3, "{1}"),
            CLOCK(100),
            REPEAT(8),
            FEED("{0}\n"),
            AGAIN(),
            EXIT(1),
            COMPLAINS_FREELY(),
        },
    },
};
