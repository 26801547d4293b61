#include "labs/05-fd-passing.h"

/* The client, and the files that it is handed. */
const struct scenario passing_fetch[] = {
    {
        .name = "client-pieces",
        .title = "answer byte by byte, descriptor with the first: close-on-exec",
        .rules = "P20 C9",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A stream has no messages: an answer may come in as many "
               "pieces as it has bytes, and the descriptor comes with the "
               "first of them. Whoever reads that one with read() loses it "
               "without an error; and whoever keeps it must not hand it on "
               "to a program that he executes.",
        .hints = {
            "Which of your receives gets the descriptor, and which gets the "
            "newline?",
            "Every byte must be received by recvmsg() with room for control "
            "data, until the newline is there. msg_controllen is set by the "
            "kernel at each call, and must be set anew before the next.",
            "In the loop: message.msg_control = control; "
            "message.msg_controllen = sizeof control; got = recvmsg(fd, "
            "&message, MSG_CMSG_CLOEXEC); append; stop at "
            "memchr(answer, '\\n', length).",
        },
        .man = "recvmsg(2) cmsg(3) unix(7) memchr(3)",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            ASKED("open {1}"),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "+"),
            EXPECT_SILENCE(0),
            CLOEXEC(),
            SEND_PIECES(0, 1, "201\n"),
            STDOUT("{0}\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-bytes",
        .title = "odd NAME of 250 bytes, 1 MB with NULs, an empty file: as "
                 "they are",
        .rules = "P20 C1",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A file's name is bytes, and so is what it holds. A name may "
               "begin with a `-`, have blanks, and be no UTF-8; a file may "
               "have NULs, more bytes than any buffer, or none at all.",
        .hints = {
            "Which of your calls look for a NUL, and which take a name for "
            "an option?",
            "Options end at the first operand: getopt() of the GNU library "
            "goes on looking unless its option string begins with `+`. "
            "What write() is given has a length, and needs no NUL.",
            "getopt(argc, argv, \"+t:\"); a buffer of 256 bytes for the "
            "request; while ((got = pread(file, block, sizeof block, at)) > "
            "0) write all of it, and at += got.",
        },
        .man = "getopt(3) pread(2) write(2)",
        .by_hand = "./server{given} . & S=$!; until [ -S uds_socket3.txt ]; do "
                   ":; done; head -c 1000000 /dev/urandom > '-t one'; "
                   "./client{given} open '-t one' | cmp - './-t one'; kill $S",
        .payload = { BINARY(500000), TEXT(245) },
        .args = PATIENTLY("open", "-t \xff {1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n\0\n{0}"),
            PLANT_FILE("empty", ""),
            ASKED("open -t \xff {1}"),
            EXPECT_SILENCE(0),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "+1000003\n"),
            STDOUT("{0}\n\0\n{0}"),
            EXIT(0),
            STDOUT_END(),
            ASKS(1, "open -t \xff {1}"),
            ATTACH(1, "empty", O_RDONLY),
            SEND(1, "+0\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-offset",
        .title = "offset at the end; a sealed file in memory; a file nobody "
                 "may open",
        .rules = "P20 P22",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "What is passed is not the file but the open file: its offset "
               "stands where somebody else has left it, it may have no name "
               "any more, or have never had one, and its mode says nothing "
               "about who can read it now.",
        .hints = {
            "From where does read() read, and who has moved that place?",
            "The offset belongs to the open file description, which you "
            "share with the sender. pread() has a place of its own. To open "
            "the file anew, by whatever name, needs rights that you have "
            "not.",
            "off_t at = 0; while ((got = pread(fd, block, sizeof block, at)) "
            "> 0) { write it; at += got; } and S_ISREG(status.st_mode), with "
            "an access mode of O_RDONLY or O_RDWR, is all that is asked of "
            "it.",
        },
        .man = "pread(2) unix(7) memfd_create(2) open(2)",
        .payload = { TEXT(200), TEXT(20), TEXT(300) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            ASKED("open {1}"),
            ATTACH_AT(0, "file", O_RDONLY, 201),
            SEND(0, "+201\n"),
            STDOUT("{0}\n"),
            EXIT(0),
            STDOUT_END(),
            ASKS(1, "open {1}"),
            ATTACH_SEALED(1, "{2}\n"),
            SEND(1, "+301\n"),
            STDOUT("{2}\n"),
            EXIT(0),
            STDOUT_END(),
            ASKS(2, "open {1}"),
            ATTACH(2, "file", O_RDONLY),
            CHMOD("file", 0),
            REMOVE("file"),
            SEND(2, "+201\n"),
            STDOUT("{0}\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-size",
        .title = "the file is longer, or far shorter, than SIZE said: all of it",
        .rules = "P23",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "Between the answer and the reading a log file has grown, or "
               "was begun anew. The size is what somebody said; where the "
               "file ends, read() tells. And a number from outside that "
               "becomes an amount of memory is a way to take it all.",
        .hints = {
            "What do you use SIZE for?",
            "For nothing but to see that it is a number. A read that "
            "returns 0 is the file's end, wherever it is.",
            "for (;;) { got = pread(fd, block, sizeof block, at); if (got "
            "== 0) return 0; ... } with a block of your own size, and no "
            "malloc(size).",
        },
        .man = "pread(2) stat(2)",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            ASKED("open {1}"),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "+100\n"),
            STDOUT("{0}\n"),
            EXIT(0),
            STDOUT_END(),
            ASKS(1, "open {1}"),
            ATTACH(1, "file", O_RDONLY),
            SEND(1, "+1000000000000000\n"),
            STDOUT("{0}\n"),
            EXIT(0),
            STDOUT_END(),
            ASKS(2, "open {1}"),
            ATTACH(2, "file", O_RDONLY),
            SEND(2, "+0\n"),
            STDOUT("{0}\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-refused",
        .title = "answers -ENOENT, -EXDEV, and names nobody knows: told, exit "
                 "1",
        .rules = "P20 P21",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "ENOENT is a word for programs; a user wants to read what it "
               "means, and for which name. The server may be newer than the "
               "client, or run another kernel: a name that is unknown here "
               "is still better told than swallowed.",
        .hints = {
            "Who knows which words belong to ENOENT?",
            "strerror() has words for numbers, and strerrorname_np() names "
            "for numbers: try all numbers until the name is the same. Where "
            "none is, the name itself is the reason.",
            "for (int e = 1; e < 134; e++) { known = strerrorname_np(e); if "
            "(known && strcmp(known, name) == 0) return strerror(e); } "
            "return name; then \"client: open %s: %s\\n\", exit status 1. An "
            "answer may have 255 bytes.",
        },
        .man = "strerror(3) errno(3) exit(3)",
        .by_hand = "mkdir -p root; ./server{given} root & S=$!; until [ -S "
                   "uds_socket3.txt ]; do :; done; ./client{given} open "
                   "missing; ./client{given} open ../root; kill $S",
        .payload = { TEXT(20) },
        .args = PATIENTLY("open", "my {0}"),
        .steps = {
            ASKED("open my {0}"),
            SEND(0, "-ENOENT\n"),
            EXIT(1),
            SAYS("client: open my {0}: No such file or directory"),
            STDOUT_END(),
            ASKS(1, "open my {0}"),
            SEND(1, "-EXDEV\n"),
            EXIT(1),
            SAYS("client: open my {0}: Invalid cross-device link"),
            STDOUT_END(),
            ASKS(2, "open my {0}"),
            SEND(2, "-EWHATEVER\n"),
            EXIT(1),
            SAYS("client: open my {0}: EWHATEVER"),
            STDOUT_END(),
            ASKS(3, "open my {0}"),
            SEND(3, "-" LETTERS_250 "LAST\n"),
            EXIT(1),
            SAYS("client: open my {0}: " LETTERS_250 "LAST"),
            STDOUT_END(),
        },
    },
};
