#include "labs/05-fd-passing.h"

/* clang-format off */
#define TEN(x) x x x x x x x x x x
#define TEN_ROWS(x) x, x, x, x, x, x, x, x, x, x
#define ROW TEN(TEN("-\n-\n-\n-\n-\n-\n-\n-\n-\n-\n"))
/* No string may be as long. Behind each row there is a NUL. */
static const char many_lines[100][2001] = { TEN_ROWS(TEN_ROWS(ROW)) };
#define PLANT_LINES(p) \
    STEP_(PLANT_FILE, .path = (p), .text = many_lines[0], .length = sizeof many_lines)
/* clang-format on */

/* What is in the file that a peer sends. */
const struct scenario passing_count[] = {
    {
        .name = "server-count",
        .title = "a descriptor is sent to be counted: lines and bytes of its "
                 "file",
        .rules = "P4",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The other way round: the peer opens the file with its own "
               "rights, and lends it. So a service can work on files that it "
               "may not open itself, and never has to trust a name.",
        .hints = {
            "Which call receives the bytes, and what does it do with a "
            "descriptor that comes with them?",
            "recv() and read() throw it away. recvmsg() needs a control "
            "buffer, and puts the descriptor's number in your process into a "
            "cmsghdr of type SCM_RIGHTS.",
            "Walk from CMSG_FIRSTHDR() with CMSG_NXTHDR(), memcpy() the "
            "numbers out of CMSG_DATA(); pread() the file from 0 to its end, "
            "count the newline bytes, answer \"+LINES BYTES\\n\", close().",
        },
        .man = "unix(7) cmsg(3) recvmsg(2) pread(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "./client uds_socket3.txt count /etc/services; "
                   "wc -lc /etc/services; kill $S",
        .payload = { TEXT(40), TEXT(7) },
        .steps = {
            PLANT_FILE("first", "{0}\n{1}\n\n"),
            PLANT_FILE("second", "{1}\n"),
            START(),
            CONNECT(0),
            COUNTS_FILE(0, "first", "+3 50"),
            COUNTS_FILE(0, "second", "+1 8"),
            CLOSE(0),
            CONNECT(1),
            COUNTS_FILE(1, "first", "+3 50"),
        },
    },
    {
        .name = "server-count-contents",
        .title = "no last newline, nothing, NUL bytes, 100,000 lines: all "
                 "counted",
        .rules = "P4",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count",
        .why = "A line without a newline at the end, an empty log, a program "
               "in place of a text, a file larger than any buffer: each is "
               "met on the first day, and each breaks another shortcut.",
        .hints = {
            "How does your server find a newline, and how does it know that "
            "the file is over?",
            "Bytes are bytes: strchr() and fgets() stop at a NUL or at the "
            "end of a buffer. What counts is each byte '\\n', and the number "
            "that pread() returns.",
            "while ((n = pread(file, block, sizeof block, bytes)) > 0) { for "
            "each of the n bytes lines += block[i] == '\\n'; bytes += n; } "
            "with 64-bit counters.",
        },
        .man = "pread(2) memchr(3)",
        .payload = { TEXT(40), TEXT(7), BINARY(64) },
        .steps = {
            PLANT_FILE("unended", "{0}\n{1}"),
            PLANT_FILE("empty", ""),
            PLANT_FILE("binary", "{2}\n{2}\n{2}"),
            PLANT_FILE("newlines", "\n\n\n\n\n"),
            PLANT_LINES("many"),
            START(),
            CONNECT(0),
            COUNTS_FILE(0, "unended", "+1 48"),
            COUNTS_FILE(0, "empty", "+0 0"),
            COUNTS_FILE(0, "binary", "+2 194"),
            COUNTS_FILE(0, "newlines", "+5 5"),
            COUNTS_FILE(0, "many", "+100000 200100"),
            COUNTS_FILE(0, "unended", "+1 48"),
        },
    },
    {
        .name = "server-count-offset",
        .title = "the file's offset is not 0: counted from its start, and left "
                 "there",
        .rules = "P4",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count",
        .why = "What travels is not a copy of the file but the open file "
               "itself, and its offset is one for both sides. A receiver that "
               "reads moves the sender, who then skips or repeats data "
               "without any error.",
        .hints = {
            "Where does read() begin, and whose offset does it move?",
            "The number is yours, the open file description behind it is "
            "shared, and with it the offset (open(2)). There is a call that "
            "reads at a place that you name, and moves nothing.",
            "pread(file, block, sizeof block, bytes) with bytes from 0 on. "
            "lseek() moves the peer, too, even if you put it back "
            "afterwards.",
        },
        .man = "pread(2) open(2) lseek(2)",
        .payload = { TEXT(40), TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n{1}\n"),
            START(),
            CONNECT(0),
            COUNTS_FILE(0, "file", "+2 82"),
            OFFSET_SAME(0),
            ATTACH_AT(0, "file", O_RDONLY, 50),
            COUNTS(0, "+2 82"),
            OFFSET_SAME(0),
            ATTACH_AT(0, "file", O_RDWR, 82),
            COUNTS(0, "+2 82"),
            OFFSET_SAME(0),
            ATTACH_AT(0, "file", O_RDONLY, 1000),
            COUNTS(0, "+2 82"),
            OFFSET_SAME(0),
        },
    },
    {
        .name = "server-count-nameless",
        .title = "its name is gone, or its mode is 000, or it never had a "
                 "name: counted",
        .rules = "P4",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count",
        .why = "Rights are checked when a file is opened, and never again. "
               "That is what makes an open file worth handing over: nobody "
               "has to be able to open it a second time.",
        .hints = {
            "Does your server open anything in order to count?",
            "A descriptor needs no name and no permission any more. "
            "/proc/self/fd/N leads to the file by its name and asks for "
            "both.",
            "Use the number that came with the message and nothing else: "
            "fstat(), fcntl(F_GETFL), pread(), close().",
        },
        .man = "unix(7) memfd_create(2) unlink(2) proc(5)",
        .payload = { TEXT(40), TEXT(7) },
        .steps = {
            PLANT_FILE("removed", "{0}\n{1}\n"),
            PLANT_FILE("closed", "{0}\n"),
            START(),
            CONNECT(0),
            ATTACH(0, "removed", O_RDONLY),
            REMOVE("removed"),
            COUNTS(0, "+2 49"),
            ATTACH(0, "closed", O_RDONLY),
            CHMOD("closed", 0),
            COUNTS(0, "+1 41"),
            ATTACH_MEMORY(0, "{0}\n\n{1}"),
            COUNTS(0, "+2 49"),
            OFFSET_SAME(0),
            ATTACH_SEALED(0, "{1}\n{0}"),
            COUNTS(0, "+1 48"),
        },
    },
    {
        .name = "server-count-16-mib",
        .title = "16 MiB exactly are counted; one byte more, or 4 GiB: -EFBIG",
        .rules = "P4 P5 P6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-contents",
        .why = "A file with holes costs its owner nothing and can have any "
               "size. Who works on files of strangers needs a limit, or one "
               "of them keeps the service busy for hours.",
        .hints = {
            "What is the largest file that is still counted, and which type "
            "holds the size of one that is not?",
            "st_size has 64 bits: as an int, 4 GiB and 5 bytes are 5. The "
            "limit itself, 16777216, is still inside.",
            "if (status.st_size > 16 * 1024 * 1024) the answer is "
            "-EFBIG; and as a file may grow, give up when you have read "
            "more than that, too.",
        },
        .man = "fstat(2) pread(2) truncate(1)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "truncate -s 16M f; ./client uds_socket3.txt count f; "
                   "truncate -s +1 f; ./client uds_socket3.txt count f; "
                   "kill $S",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            PLANT_SPARSE("most", 16777216),
            PLANT_SPARSE("more", 16777217),
            PLANT_SPARSE("huge", 4294967301),
            START(),
            CONNECT(0),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNT(),
            COUNTS_FILE(0, "most", "+0 16777216"),
            COUNTS_FILE(0, "more", "-EFBIG"),
            COUNTS_FILE(0, "huge", "-EFBIG"),
            COUNT_SAME(),
            COUNTS_FILE(0, "file", "+1 41"),
        },
    },
    {
        .name = "server-count-shrinks",
        .title = "a file in memory shrinks to nothing while it is counted: no "
                 "SIGBUS",
        .rules = "P4 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-nameless",
        .why = "Display servers map the memory that their clients hand them. "
               "A client that makes it shrink at that moment kills everybody's "
               "session: a page behind the end of a file is SIGBUS.",
        .hints = {
            "What happens to memory that is mapped from a file, when the "
            "file gets shorter?",
            "To touch it is SIGBUS, and no check beforehand helps, for the "
            "file may shrink between the check and the access. A read just "
            "returns less.",
            "Do not mmap() what others can change: pread() in a loop until "
            "it returns 0. (Only a file sealed with F_SEAL_SHRINK is safe to "
            "map.)",
        },
        .man = "mmap(2) memfd_create(2) fcntl(2) pread(2)",
        .payload = { TEXT(40) },
        .steps = {
            START(),
            CONNECT(0),
            REPEAT(20),
            ATTACH_MEMORY(0, "{0}\n"),
            RESIZE(0, 16777216, "count\n"),
            SETTLE(),
            DRAIN(0),
            OPENS(0, "served"),
            AGAIN(),
            ALIVE(),
        },
    },
};
