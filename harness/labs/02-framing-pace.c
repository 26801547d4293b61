#include "labs/02-framing.h"

/* Peers that are slow, or stop: with a limit of 100 ms or so where they are to
 * meet it, and of a minute where they are not. Where the limit is short, the
 * server is stopped until the peer has sent: else a slow machine would make the
 * peer a silent one. */
const struct scenario framing_pace[] = {
    {
        .name = "server-slow-reader",
        .title = "peer sends five large frames, and reads the answers bit by "
                 "bit",
        .rules = "F3 F7 F1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-largest",
        .why = "A socket's buffer holds some 200 KiB. Behind that a send "
               "takes a part of the answer, or nothing; who does not look at "
               "what send() returned delivers answers with a hole.",
        .hints = {
            "How much of the answer has send() taken, and where do you look "
            "at that?",
            "It returns the number of bytes that it took. The others are "
            "still yours: wait until there is room, and send them from there "
            "on.",
            "while (done < length) { n = send(fd, bytes + done, length - "
            "done, MSG_NOSIGNAL | MSG_DONTWAIT); on EAGAIN poll() for "
            "POLLOUT; else done += n; } A blocking send may be short as well, "
            "when a signal comes.",
        },
        .man = "send(2) poll(2) unix(7)",
        .by_hand = "for i in 1 2 3 4 5; do printf '\\0\\1\\0\\0'; head -c 65536 "
                   "/dev/zero; done | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt | (sleep 0.5; wc -c)",
        .payload = { BINARY(65536), BINARY(65535) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{f0}{f1}{f0}{f1}{f0}"),
            HALF_CLOSE(0),
            EXPECT_PIECES(0, 10000, "{r0}{r1}{r0}{r1}{r0}"),
            EXPECT_END(0),
            ALIVE(),
        },
    },
    {
        .name = "server-megabytes",
        .title = "peer sends up to 6 MB before it reads: served or dropped, "
                 "not mixed up",
        .rules = "F8 F1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-slow-reader",
        .why = "Both ends send and neither reads: so two programs can wait "
               "for each other until the power goes. The server has a time "
               "limit against that; the answers it gave must be right all the "
               "same.",
        .hints = {
            "The peer reads nothing yet. Where does your server stand when "
            "both buffers are full?",
            "In a send that waits for room, and it takes no further frame: "
            "that is right, and it has an end. When the peer reads, it goes "
            "on where it stopped.",
            "Answer a frame completely before you receive the next one, and "
            "keep no queue of answers: then a peer can fill the socket's two "
            "buffers, and nothing else.",
        },
        .man = "send(2) poll(2)",
        .payload = { BINARY(65536), TEXT(24) },
        .args = { "-t", "100" },
        .steps = {
            START(),
            CLOCK(100),
            CONNECT(0),
            FLOOD(0, 100, "{f0}"),
            EXPECT_FLOOD(0, "{r0}"),
            CLOSE(0),
            WAITING(1, "1"),
            ALIVE(),
        },
    },
    {
        .name = "server-never-reads",
        .title = "peer sends frames and takes no answer: dropped after 100 ms, "
                 "next one",
        .rules = "F8 F9 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-slow-reader",
        .why = "A client that hangs keeps its connection open and reads "
               "nothing. A send without a limit then waits as long as that "
               "one hangs, and everybody behind it waits along.",
        .hints = {
            "How long does your server wait for room in the socket's buffer?",
            "As long as -t says, from the moment when the frame was whole or "
            "the answer before it was taken. Then: a line on stderr, close, "
            "and the next connection.",
            "deadline = now + timeout before the first send(); while waiting "
            "poll(fd, POLLOUT) for what is left until then; when nothing is "
            "left, give up.",
        },
        .man = "poll(2) send(2) clock_gettime(2)",
        .by_hand = "(for i in 1 2 3 4 5 6 7 8 9; do printf '\\0\\1\\0\\0'; head "
                   "-c 65536 /dev/zero; done; sleep 9) | socat -u - "
                   "UNIX-CONNECT:uds_socket3.txt",
        .payload = { BINARY(65536), TEXT(24) },
        .args = { "-t", "100" },
        .steps = {
            START(),
            STOPPED(),
            CONNECT(0),
            FLOOD(0, 1000, "{f0}"),
            CLOCK(100),
            CONTINUE(),
            FLOOD(0, 1000, "{f0}"),
            EXPECT_DROPPED(0),
            NOT_BEFORE(),
            COMPLAINS_FREELY(),
            WAITING(1, "1"),
            ALIVE(),
        },
    },
    {
        .name = "server-sips",
        .title = "peer reads too slowly for any answer to be taken in time: "
                 "dropped",
        .rules = "F8 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-slow-reader",
        .why = "A peer that reads a little now and then is never quite "
               "silent. A limit that starts anew with every byte it takes "
               "lets it keep a connection, and a buffer, for hours.",
        .hints = {
            "When does your clock for an answer start, and does anything set "
            "it back?",
            "One limit for the whole answer, whatever progress there is "
            "meanwhile.",
            "Compute the deadline once for each answer, before its first "
            "send(), and pass it on to every wait. A limit for each call, "
            "such as SO_SNDTIMEO, is another thing.",
        },
        .man = "poll(2) socket(7) clock_gettime(2)",
        .payload = { BINARY(65536) },
        .args = { "-t", "200" },
        .steps = {
            START(),
            STOPPED(),
            CONNECT(0),
            SEND_TIMES(0, 200, "{f0}"),
            CLOCK(200),
            CONTINUE(),
            SIP(0, 20, 5000),
            NOT_BEFORE(),
            COMPLAINS_FREELY(),
            ALIVE(),
        },
    },
    {
        .name = "server-drips",
        .title = "peer sends a byte every 20 ms and never completes its frame: "
                 "dropped",
        .rules = "F8 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-byte-by-byte",
        .why = "Slowloris was the name of a program that held web servers up "
               "in just this way: each byte comes in good time, and the "
               "request never ends.",
        .hints = {
            "What does a new byte do to your time limit?",
            "Nothing: the limit is the frame's. It starts with its first "
            "byte, and ends when the frame is whole or the time is over.",
            "deadline = now + timeout when the first byte has come; each wait "
            "gets what is left of that, header and payload alike. SO_RCVTIMEO "
            "alone starts anew with each recv().",
        },
        .man = "poll(2) socket(7) clock_gettime(2)",
        .by_hand = "(printf '\\0\\0\\1\\0'; while printf x; do sleep 0.1; done) | "
                   "socat -u - UNIX-CONNECT:uds_socket3.txt",
        .payload = { BINARY(60000) },
        .args = { "-t", "300" },
        .steps = {
            START(),
            STOPPED(),
            CONNECT(0),
            SEND(0, "\0"),
            CLOCK(300),
            CONTINUE(),
            /* The rest of the length, 60000, and the payload. */
            DRIP(0, 20, "\0\xea\x60{0}"),
            NOT_BEFORE(),
            COMPLAINS_FREELY(),
            ALIVE(),
        },
    },
    {
        .name = "server-stalls",
        .title = "peers stop within the length, one after another: all "
                 "dropped, no leak",
        .rules = "F8 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A laptop that is shut, a cable that is pulled: half a request, "
               "and then nothing, not even an end of file. Each of them would "
               "hold a descriptor for good.",
        .hints = {
            "What ends your wait for the second byte of a length, if nobody "
            "sends it?",
            "The frame has begun, so its clock runs: after the time that -t "
            "gives, one line on stderr, close, accept the next.",
            "poll() with the time that is left before every recv(), and one "
            "place at which a connection is closed, whatever became of it.",
        },
        .man = "poll(2) recv(2) close(2)",
        .by_hand = "(printf '\\0'; sleep 9) | socat -u - "
                   "UNIX-CONNECT:uds_socket3.txt",
        .args = { "-t", "100" },
        .steps = {
            START(),
            STOPPED(),
            CONNECT(0),
            SEND(0, "\0"),
            CLOCK(100),
            CONTINUE(),
            EXPECT_CLOSED(0),
            NOT_BEFORE(),
            COMPLAINS_FREELY(),
            CLOSE(0),
            COUNT(),
            CONNECT_ALL(1, 8),
            SEND_ALL(1, 8, "\0"),
            EXPECT_CLOSED_ALL(1, 8),
            CLOSE_ALL(1, 8),
            COUNT_SAME(),
            ALIVE(),
        },
    },
    {
        .name = "server-default-time",
        .title = "peer stops within the payload, no -t given: dropped after "
                 "1000 ms",
        .rules = "F8 C10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Defaults are what runs in production. A second is long enough "
               "for a slow machine, and short enough for whoever waits "
               "behind.",
        .hints = {
            "Where does your program take the time from when there is no -t?",
            "1000 ms, from the frame's first byte; neither seconds taken for "
            "milliseconds nor the other way round.",
            "long timeout_ms = 1000; before the loop around getopt(), and "
            "everything behind it uses that variable.",
        },
        .man = "getopt(3) poll(2)",
        .by_hand = "(printf '\\0\\0\\0\\5hel'; sleep 9) | (time socat - "
                   "UNIX-CONNECT:uds_socket3.txt)",
        .payload = { TEXT(12) },
        .steps = {
            START(),
            STOPPED(),
            CONNECT(0),
            SEND(0, "\0\0\0\x18{0}"),
            CLOCK(1000),
            CONTINUE(),
            EXPECT_CLOSED(0),
            NOT_BEFORE(),
            COMPLAINS_FREELY(),
            ALIVE(),
        },
    },
    {
        .name = "server-silent",
        .title = "a silent peer is first, three wait behind: closed after 1500 "
                 "ms, served",
        .rules = "F8 F9 C10 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-half-close",
        .why = "A server that serves one at a time is held up by a peer that "
               "has nothing to say. The limit ends that, and those who wait "
               "in the backlog have connected, have sent, and must get their "
               "answers.",
        .hints = {
            "How long does your server wait for the first byte of a frame?",
            "As long as -t says, and then it closes: an end of file for the "
            "peer, and no complaint, since silence between frames is nobody's "
            "fault.",
            "A deadline of its own for the wait before the first byte; where "
            "it passes, return as at an end of file. Then accept() brings "
            "those who wait.",
        },
        .man = "poll(2) listen(2) accept(2)",
        .by_hand = "sleep 9 | (time socat - UNIX-CONNECT:uds_socket3.txt)",
        .payload = { TEXT(24), TEXT(30) },
        .args = { "-t", "1500" },
        .steps = {
            START(),
            CLOCK(1500),
            CONNECT(9),
            EXCHANGE(9, "0"),
            CONNECT_ALL(0, 3),
            SEND_ALL(0, 3, "{f1}"),
            HALF_CLOSE(0),
            HALF_CLOSE(1),
            HALF_CLOSE(2),
            EXPECT_END(9),
            NOT_BEFORE(),
            EXPECT_ALL(0, 3, "{r1}"),
            EXPECT_END_ALL(0, 3),
            QUIET(),
            ALIVE(),
        },
    },
    {
        .name = "server-frame-clock",
        .title = "five slow frames take longer than the limit, each alone does "
                 "not: served",
        .rules = "F8 F1 F5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-drips",
        .why = "The limit is for a frame. A connection may last for days, and "
               "a client on a slow line that keeps to the limit with each of "
               "its requests has done nothing wrong.",
        .hints = {
            "When does the clock start for the second frame?",
            "Each frame has its own clock, from its own first byte. One that "
            "was started at accept(), or with the first frame, is too old for "
            "the last.",
            "Compute the deadline inside the loop over the frames, behind the "
            "wait for the first byte, and not before the loop.",
        },
        .man = "poll(2) clock_gettime(2)",
        .payload = { TEXT(4), TEXT(4), TEXT(4), TEXT(4), TEXT(4) },
        .args = { "-t", "1500" },
        .steps = {
            START(),
            CLOCK(1500),
            CONNECT(0),
            /* The last four bytes end it: no frame may be so long. */
            DRIP(0, 50, "{f0}{f1}{f2}{f3}{f4}\xff\xff\xff\xff"),
            EXPECT(0, "{r0}{r1}{r2}{r3}{r4}"),
            EXPECT_CLOSED(0),
            SAYS("server: frame of 4294967295 bytes refused"),
            ALIVE(),
        },
    },
};
