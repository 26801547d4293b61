#include "labs/02-framing.h"

/* Frames that come in all the ways in which a stream may bring them. */
const struct scenario framing_frames[] = {
    {
        .name = "server-hello",
        .title = "peer sends a frame: answered by one with the bytes reversed",
        .rules = "C1 F1 F7",
        .role = ROLE_SERVER,
        .points = 5,
        .why = "A stream has no messages, only bytes. Whoever needs messages "
               "puts a length before each: HTTP/2, database protocols and "
               "most of what microservices say to each other work like this.",
        .hints = {
            "How many bytes must have come before you know how many more "
            "will?",
            "Four bytes are the length, the most significant first. So many "
            "bytes are the payload. The answer is the same length, and the "
            "payload from its last byte to its first.",
            "length = (uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 | "
            "(uint32_t)h[2] << 8 | h[3]; and the connection is closed only "
            "when recv() returns 0: there may be another frame.",
        },
        .man = "recv(2) send(2) byteorder(3) endian(3) unix(7)",
        .by_hand = "printf '\\0\\0\\0\\5hello' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { TEXT(24) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            ALIVE(),
        },
    },
    {
        .name = "server-many-frames",
        .title = "three frames, one after another, of 1, 24 and 1000 bytes: "
                 "all answered",
        .rules = "F1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "To connect for each request costs more than most requests. "
               "And payloads are bytes: the 1000 hold NUL and bytes that are "
               "no text, and a server that treats them as a string loses "
               "everything behind the first NUL.",
        .hints = {
            "What does your server do after its first answer? And which of "
            "your functions stops at a NUL?",
            "Frames come on the same connection until the peer ends it. "
            "The length tells where a payload ends: strlen() and printf() "
            "with %s ask the bytes instead.",
            "Around it all a loop: receive a frame, reverse `length` bytes in "
            "place by index, send 4 + length bytes; leave it at the end of "
            "file only.",
        },
        .man = "recv(2) send(2) memcpy(3)",
        .by_hand = "(printf '\\0\\0\\0\\1a'; sleep 1; printf '\\0\\0\\0\\3b\\0c') "
                   "| socat -t5 - UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { TEXT(1), TEXT(24), BINARY(1000) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            EXCHANGE(0, "0"),
            EXCHANGE(0, "1"),
            EXCHANGE(0, "2"),
            HALF_CLOSE(0),
            EXPECT_END(0),
            HELLO(1, "1"),
            ALIVE(),
        },
    },
    {
        .name = "server-at-once",
        .title = "three frames in one write, then others of which the last is "
                 "cut",
        .rules = "F2 F1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-many-frames",
        .why = "What was sent in one piece need not arrive in one, and what "
               "was sent in three may. A server that throws away what it read "
               "beyond the first frame loses requests as soon as its clients "
               "become fast.",
        .hints = {
            "If one receive brings a frame and a half, where is the half "
            "when you want to go on?",
            "Either receive never more than belongs to the frame you are in, "
            "so that the rest stays in the socket; or keep what is left over "
            "and start the next frame with it.",
            "recv(fd, at, missing, 0) with `missing` the bytes that this "
            "header or this payload still lacks, and never sizeof buffer.",
        },
        .man = "recv(2) unix(7)",
        .by_hand = "printf '\\0\\0\\0\\1a\\0\\0\\0\\1b\\0\\0\\0\\1c' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { TEXT(24), BINARY(100), TEXT(3) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, "{f0}{f1}{f2}"),
            EXPECT(0, "{r0}{r1}{r2}"),
            /* In the second one's length; in the third one's payload. */
            SEND_SPLIT(0, 28 + 2, "{f0}{f1}"),
            EXPECT(0, "{r0}{r1}"),
            SEND_SPLIT(0, 28 + 7 + 50, "{f0}{f2}{f1}"),
            EXPECT(0, "{r0}{r2}{r1}"),
            HALF_CLOSE(0),
            EXPECT_END(0),
            ALIVE(),
        },
    },
    {
        .name = "server-byte-by-byte",
        .title = "peer sends a frame byte by byte: one answer, at the end",
        .rules = "F2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-many-frames",
        .why = "Programs that write a byte at a time exist, and so do "
               "networks and proxies that deliver what they have. A receive "
               "returns what is there, not what you asked for.",
        .hints = {
            "What does recv() return when you ask for 100 bytes and one is "
            "there?",
            "1, and that is no error. Ask again for the other 99, and put "
            "them behind the first.",
            "while (done < length) { n = recv(fd, bytes + done, length - "
            "done, 0); ... done += n; } for the length and for the payload "
            "alike. MSG_WAITALL does not replace the loop: a signal cuts it "
            "short.",
        },
        .man = "recv(2) read(2)",
        .by_hand = "(for b in '\\0' '\\0' '\\0' '\\2' h i; do printf $b; sleep "
                   "0.1; done) | socat -t5 - UNIX-CONNECT:uds_socket3.txt | od "
                   "-c",
        .payload = { BINARY(300) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            SEND_PIECES(0, 1, "{f0}"),
            EXPECT(0, "{r0}"),
            HALF_CLOSE(0),
            EXPECT_END(0),
            ALIVE(),
        },
    },
    {
        .name = "server-split-1",
        .title = "a frame in two parts, cut after the length's first byte",
        .rules = "F2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-many-frames",
        .why = "Most servers collect a payload with care, and read the length "
               "before it with one call, as if four bytes could not be "
               "parted. They can, once in some million times, at a buffer's "
               "end.",
        .hints = {
            "Which of your receives trusts that it gets all it asked for?",
            "The length, too, comes in pieces. Wait until four bytes are "
            "there before you look at them.",
            "One function that receives exactly so many bytes, and both "
            "callers: receive_all(fd, header, 4), then receive_all(fd, "
            "payload, length).",
        },
        .man = "recv(2)",
        .by_hand = "(printf '\\0'; sleep 1; printf '\\0\\0\\5hello') | socat -t5 "
                   "- UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { BINARY(772) },
        .args = PATIENT,
        .steps = SPLIT_AFTER(1),
    },
    {
        .name = "server-split-2",
        .title = "a frame in two parts, cut in the middle of the length",
        .rules = "F2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-many-frames",
        .why = "A server that takes half a length for a whole one is out of "
               "step from there on: each later length is read from the middle "
               "of a payload, and nothing tells it so.",
        .hints = {
            "After two of the four bytes, what is in the other two of your "
            "header?",
            "Whatever was there before, or nothing. Decode the length when "
            "all four have come, and count them.",
            "Keep how many bytes of the header you have beside the header, "
            "and come back with recv(fd, header + have, 4 - have, 0).",
        },
        .man = "recv(2)",
        .by_hand = "(printf '\\0\\0'; sleep 1; printf '\\0\\5hello') | socat -t5 "
                   "- UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { BINARY(772) },
        .args = PATIENT,
        .steps = SPLIT_AFTER(2),
    },
    {
        .name = "server-split-3",
        .title = "a frame in two parts, cut before the length's last byte",
        .rules = "F2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-many-frames",
        .why = "For short frames the first three bytes are zero, so a program "
               "that misses the last one sees an empty frame, answers it, and "
               "reads the payload as the next length.",
        .hints = {
            "What length do you see when three zero bytes have come?",
            "None yet. If the second receive goes to the header's start "
            "instead of behind what is there, the length is wrong, too.",
            "recv(fd, header + done, sizeof header - done, 0): the offset and "
            "the rest move together.",
        },
        .man = "recv(2)",
        .by_hand = "(printf '\\0\\0\\0'; sleep 1; printf '\\5hello') | socat -t5 "
                   "- UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { BINARY(772) },
        .args = PATIENT,
        .steps = SPLIT_AFTER(3),
    },
    {
        .name = "server-split-anywhere",
        .title = "the same frame over and over, cut at each of its boundaries "
                 "once",
        .rules = "F2 F1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-many-frames",
        .why = "Code that collects a frame has an edge where the length ends, "
               "one where the payload ends, and all those in between. Cuts at "
               "every place find the one that was not thought of.",
        .hints = {
            "Is anything left over from the frame before when the next one "
            "begins?",
            "Each frame starts with nothing received. A count that is not set "
            "back, or a second part that is put at the buffer's start, shows "
            "only where a frame comes in two parts.",
            "Let `done` be a local variable of the function that receives "
            "exactly so many bytes: it begins at 0 each time.",
        },
        .man = "recv(2)",
        .payload = { BINARY(100) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            REPEAT(103),
            SEND_SPLIT(0, SPLIT_HERE, "{f0}"),
            EXPECT(0, "{r0}"),
            AGAIN(),
            HALF_CLOSE(0),
            EXPECT_END(0),
            ALIVE(),
        },
    },
    {
        .name = "server-empty-frame",
        .title = "frames of no bytes, alone and among others: each gets an "
                 "empty answer",
        .rules = "F4 F1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-many-frames",
        .why = "An empty frame is the usual \"are you there?\". To receive 0 "
               "bytes gives 0 or waits, by what comes behind, and neither is "
               "an end of file: a server that asks for them ends, or hangs.",
        .hints = {
            "What do you ask recv() for when the length is 0, and what does "
            "it return?",
            "With nothing behind the frame, a receive of 0 bytes waits; with "
            "something behind it, it returns 0, which looks like the end of "
            "file. Ask for nothing when there is nothing to come.",
            "while (done < length) does it: with a length of 0 the loop is "
            "not entered. Then send four zero bytes.",
        },
        .man = "recv(2) read(2)",
        .by_hand = "printf '\\0\\0\\0\\0\\0\\0\\0\\1a' | socat -t5 - "
                   "UNIX-CONNECT:uds_socket3.txt | od -c",
        .payload = { TEXT(24), TEXT(10) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            SEND(0, EMPTY),
            EXPECT(0, EMPTY),
            SEND(0, EMPTY EMPTY "{f0}" EMPTY "{f1}" EMPTY),
            EXPECT(0, EMPTY EMPTY "{r0}" EMPTY "{r1}" EMPTY),
            EXCHANGE(0, "0"),
            HALF_CLOSE(0),
            EXPECT_END(0),
            ALIVE(),
        },
    },
    {
        .name = "server-largest",
        .title = "frames of 65535 and 65536 bytes, the most there are: answered",
        .rules = "F1 F5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Limits are where comparisons are off by one, where a buffer "
               "has no room for the header, and where a length that fits 16 "
               "bits becomes one that does not.",
        .hints = {
            "How large is your buffer, and does the header go into it, too?",
            "65536 is allowed: N > 65536 is refused, not N >= 65536. In a "
            "uint16_t it would be 0.",
            "unsigned char bytes[4 + 65536]; uint32_t length; and receive the "
            "payload in a loop: so much seldom comes in one piece.",
        },
        .man = "recv(2) send(2)",
        .by_hand = "(printf '\\0\\1\\0\\0'; head -c 65536 /dev/urandom) | socat "
                   "-t5 - UNIX-CONNECT:uds_socket3.txt | wc -c",
        .payload = { BINARY(65535), BINARY(65536) },
        .args = PATIENT,
        .steps = {
            START(),
            CONNECT(0),
            EXCHANGE(0, "0"),
            EXCHANGE(0, "1"),
            HALF_CLOSE(0),
            EXPECT_END(0),
            ALIVE(),
        },
    },
};
