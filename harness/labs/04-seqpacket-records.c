#include "labs/04-seqpacket.h"

/* Records: their boundaries, their lengths, and the one of no length. */
const struct scenario seqpacket_records[] = {
    {
        .name = "server-longest",
        .title = "records of 64 bytes, the most that is allowed: numbers like "
                 "others",
        .rules = "Q1 Q4 Q2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The last byte that fits is where a buffer with room for a "
               "NUL, or a comparison with >= in it, shows. Whoever pads "
               "numbers to the full width sends just that.",
        .hints = {
            "How long may a record be, and how large is your buffer?",
            "64 bytes are still a record; strtoll() wants a NUL behind "
            "them. So the buffer has 65, and 64 are received.",
            "char record[64 + 1]; n = recv(fd, record, 64, MSG_TRUNC); if "
            "(n > 64) it is too long; else record[n] = '\\0';",
        },
        .man = "recv(2) strtoll(3)",
        .by_hand = "printf %064d 42 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .payload = { TEXT(64) },
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, ZEROS_60 "0042", "total: 42"),
            ASK(0, ZEROS_60 "0008", "total: 50"),
            ASK(0, "-" ZEROS_60 "040", "total: 10"),
            ASK(0, "+" ZEROS_60 "002", "total: 12"),
            ASK(0, ZEROS_60 "003", "total: 15"),
            NO_NUMBER(0, ZEROS_60 "004x"),
            NO_NUMBER(0, ZEROS_60 "005\n"),
            NO_NUMBER(0, ZEROS_60 "006\0"),
            NO_NUMBER(0, "{0}"),
            ASK(0, "1", "total: 16"),
        },
    },
    {
        .name = "server-too-long",
        .title = "records of 65, 66 and 128 bytes: refused with their length, "
                 "total stays",
        .rules = "Q4",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-longest",
        .why = "A receive that is too small cuts the record and throws the "
               "rest away without a word. The first 64 digits of a longer "
               "number are a fine number, only not the one that was sent.",
        .hints = {
            "What happens to the bytes of a record that do not fit into "
            "your buffer, and how would you know?",
            "They are lost. With MSG_TRUNC among its flags recv() returns "
            "the record's true length, which is then more than the room it "
            "had.",
            "n = recv(fd, record, 64, MSG_TRUNC); if (n > 64) answer "
            "\"error: record of %zd bytes, limit 64\" with n, and leave the "
            "total alone.",
        },
        .man = "recv(2) recvmsg(2)",
        .by_hand = "printf %065d 42 | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .payload = { TEXT(65), TEXT(128) },
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "12", "total: 12"),
            ASK(0, ZEROS_60 "00042", "error: record of 65 bytes, limit 64"),
            ASK(0, "9999" ZEROS_60 "1", "error: record of 65 bytes, limit 64"),
            ASK(0, "{0}", "error: record of 65 bytes, limit 64"),
            ASK(0, ZEROS_60 "000042", "error: record of 66 bytes, limit 64"),
            ASK(0, "{1}", "error: record of 128 bytes, limit 64"),
            ASK(0, "1", "total: 13"),
        },
    },
    {
        .name = "server-true-length",
        .title = "records of 4096 and 200000 bytes: their true length is "
                 "told",
        .rules = "Q4 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-too-long",
        .why = "\"Too long\" sends people searching; the number tells at "
               "once whether a newline too many was sent or a whole file. No "
               "buffer of that size is needed to know it.",
        .hints = {
            "Would your program need a buffer of 200000 bytes to say how "
            "long that record is?",
            "A larger buffer only moves the limit. With MSG_TRUNC the kernel "
            "tells the true length, however little is fetched. In recvmsg() "
            "it belongs into the call's flags; msg_flags only says that "
            "something was cut off.",
            "ssize_t n = recv(fd, record, 64, MSG_TRUNC); n is 200000 here "
            "and 64 bytes were written.",
        },
        .man = "recv(2) recvmsg(2)",
        .by_hand = "head -c 4096 /dev/zero | socat -b 4096 -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .payload = { TEXT(4096), TEXT(65536), TEXT(200000) },
        .steps = {
            START(),
            CONNECT(0),
            SEND_BUFFER(0, 212992),
            ASK(0, "12", "total: 12"),
            ASK(0, "{0}", "error: record of 4096 bytes, limit 64"),
            ASK(0, "{1}", "error: record of 65536 bytes, limit 64"),
            ASK(0, "{2}", "error: record of 200000 bytes, limit 64"),
            ASK(0, "1", "total: 13"),
        },
    },
    {
        .name = "server-empty",
        .title = "peer sends empty records: each is answered, and none ends "
                 "anything",
        .rules = "Q5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "recv() returns 0 for an empty record and 0 for the end of "
               "file. A server that takes the one for the other can be "
               "disconnected from by a single call without data, or answers "
               "for ever to somebody who has gone.",
        .hints = {
            "recv() has returned 0. Which two things can that mean on this "
            "type of socket?",
            "poll() for POLLRDHUP tells whether the peer has ended its side, "
            "which may have come right behind the record. With SO_PASSCRED "
            "set a record comes with control data, the end of file without.",
            "setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &on, sizeof on); "
            "then recvmsg() with room for CMSG_SPACE(sizeof(struct ucred)): "
            "n == 0 && msg_controllen == 0 is the end, and nothing else "
            "is.",
        },
        .man = "recvmsg(2) unix(7) cmsg(3) poll(2)",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "", "error: empty record"),
            ASK(0, "12", "total: 12"),
            SETTLE(),
            ASK(0, "", "error: empty record"),
            ASK(0, "", "error: empty record"),
            ASK(0, "1", "total: 13"),
        },
    },
    {
        .name = "server-boundaries",
        .title = "a hundred records wait at once: a hundred answers, in "
                 "order",
        .rules = "Q6 Q1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "This is what the type is for: the kernel keeps the records "
               "apart, and nobody has to. Code from a stream that fills a "
               "buffer, or takes one record per wake-up, loses some or "
               "leaves some behind.",
        .hints = {
            "Three records wait: \"1\", \"1\", \"1\". What does one recv() "
            "return, and what the next?",
            "One receive is one record, never two and never a part that can "
            "be fetched later. But one event may stand for many records.",
            "One record, one answer, and again, until recv() says EAGAIN "
            "(needed with EPOLLET) or until poll() says that there is "
            "more.",
        },
        .man = "recv(2) unix(7) epoll(7)",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "1", "total: 1"),
            ASK(0, "-1", "total: 0"),
            SETTLE(),
            STOP(),
            SEND_TIMES(0, 100, "1"),
            CONTINUE(),
            EXPECT_TIMES(0, 100, "total: {n+1}"),
            ASK(0, "23", "total: 123"),
            EXPECT_SILENCE(0),
        },
    },
    {
        .name = "server-mixed",
        .title = "good, empty, wrong and over-long records wait at once: each "
                 "its answer",
        .rules = "Q6 Q5 Q4 Q3 Q2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-boundaries",
        .why = "Clients that do not wait for each answer pair answers with "
               "questions by their order alone. One answer too few, and all "
               "that follow belong to the wrong question.",
        .hints = {
            "Which of your ways through a record send no answer, or two?",
            "There should be one place that sends, and every record should "
            "come by it. What is left in the buffer from a longer record "
            "belongs to none.",
            "length = make_answer(answer, &total, record, n); and then one "
            "send(). No continue before it; and after an empty record no "
            "look at the buffer.",
        },
        .man = "recv(2) send(2)",
        .payload = { TEXT(24), TEXT(300) },
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "123456", "total: 123456"),
            SETTLE(),
            STOP(),
            SEND(0, "4"),
            SEND(0, ""),
            SEND(0, "{0}"),
            SEND(0, ""),
            SEND(0, ""),
            SEND(0, "{1}"),
            SEND(0, "50"),
            SEND(0, "-"),
            SEND(0, "9223372036854775807"),
            SEND(0, "600"),
            CONTINUE(),
            EXPECT(0, "total: 123460"),
            EXPECT(0, "error: empty record"),
            EXPECT(0, "error: not a number"),
            EXPECT(0, "error: empty record"),
            EXPECT(0, "error: empty record"),
            EXPECT(0, "error: record of 300 bytes, limit 64"),
            EXPECT(0, "total: 123510"),
            EXPECT(0, "error: not a number"),
            EXPECT(0, "error: overflow"),
            EXPECT(0, "total: 124110"),
            EXPECT_SILENCE(0),
        },
    },
    {
        .name = "server-half-close",
        .title = "peer sends three records and ends its side: three answers, "
                 "then an end",
        .rules = "Q6 Q5 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-boundaries",
        .why = "socat and nc -N shut down their sending side as soon as "
               "their input ends, while all the answers are still to come. "
               "Whoever looks at the hang-up before the records drops work "
               "that was handed in on time.",
        .hints = {
            "The peer has said all it had to say. Have you answered it "
            "all?",
            "The end of file stands behind the records, in their order. "
            "POLLRDHUP does not: it is reported at once, with POLLIN, while "
            "records still wait.",
            "Do not close on POLLRDHUP, EPOLLRDHUP or POLLHUP. Receive "
            "until the end of file has its turn, and send what is due before "
            "you close.",
        },
        .man = "shutdown(2) poll(2) recv(2)",
        .by_hand = "printf 42 | strace -e trace=shutdown socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5",
        .steps = {
            START(),
            CONNECT(0),
            ASK(0, "100", "total: 100"),
            SETTLE(),
            STOP(),
            SEND(0, "20"),
            SEND(0, "-5"),
            SEND(0, "3"),
            HALF_CLOSE(0),
            CONTINUE(),
            EXPECT(0, "total: 120"),
            EXPECT(0, "total: 115"),
            EXPECT(0, "total: 118"),
            EXPECT_CLOSED(0),
            ALIVE(),
        },
    },
};
