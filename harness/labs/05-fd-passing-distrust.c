#include "labs/05-fd-passing.h"

/* What a client must not take for an answer, or for a file. */
const struct scenario passing_distrust[] = {
    {
        .name = "client-none",
        .title = "`+` without a descriptor, or its loss; `-` with one: refused",
        .rules = "P21",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "The bytes of an answer promise a descriptor, and only the "
               "control data holds it. It may be missing, or there was no "
               "room for it among the open files of the process: no error "
               "is returned then, a flag is set. And one that comes with a "
               "refusal was not asked for.",
        .hints = {
            "What is in your variable for the descriptor when none has come?",
            "Set it to -1 before each answer, and look at it after. "
            "MSG_CTRUNC in msg_flags says that control data was cut off: the "
            "kernel has closed what did not fit.",
            "if ((message.msg_flags & MSG_CTRUNC) != 0) cut = true; for `+` "
            "exactly one and nothing cut off, for `-` none; else close what "
            "came, \"client: protocol error\", exit status 1.",
        },
        .man = "recvmsg(2) cmsg(3) getrlimit(2)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'read line; echo "
                   "+5; cat' & until [ -S uds_socket3.txt ]; do :; done; "
                   "{client}; echo $?",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            ASKED("open {1}"),
            SEND(0, "+201\n"),
            PROTOCOL_ERROR(),
            ASKS(1, "open {1}"),
            EXPECT_SILENCE(1),
            LIMIT_DESCRIPTORS_BUT(1),
            ATTACH_COPIES(1, "file", O_RDONLY, 2),
            SEND(1, "+201\n"),
            EXIT(1),
            COMPLAINS_FREELY(),
            STDOUT_END(),
            ASKS(2, "open {1}"),
            ATTACH(2, "file", O_RDONLY),
            SEND(2, "-ENOENT\n"),
            PROTOCOL_ERROR(),
        },
    },
    {
        .name = "client-two",
        .title = "two descriptors, 253, and a second with a later piece: "
                 "refused",
        .rules = "P21",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A sender decides how many descriptors land in your process. "
               "Room for one is room for two, because of the padding; those "
               "that you do not look for stay open, and with each message "
               "there are more, until there is room for none.",
        .hints = {
            "How many descriptors can be in a control buffer of "
            "CMSG_SPACE(sizeof(int)) bytes, and how many do you copy out?",
            "CMSG_SPACE(sizeof(int)) holds two on a machine of 64 bits. "
            "cmsg_len says how many there are; close all but one, and add up "
            "over all pieces of the answer.",
            "count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); copy "
            "each with memcpy(); keep the first, close the others; "
            "descriptors += count; and refuse where that is not 1, or "
            "MSG_CTRUNC was set.",
        },
        .man = "cmsg(3) recvmsg(2) unix(7)",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            ASKED("open {1}"),
            ATTACH_COPIES(0, "file", O_RDONLY, 2),
            SEND(0, "+201\n"),
            PROTOCOL_ERROR(),
            ASKS(1, "open {1}"),
            ATTACH_COPIES(1, "file", O_RDONLY, 253),
            SEND(1, "+201\n"),
            PROTOCOL_ERROR(),
            ASKS(2, "open {1}"),
            ATTACH(2, "file", O_RDONLY),
            SEND(2, "+2"),
            EXPECT_SILENCE(2),
            ATTACH(2, "file", O_RDONLY),
            SEND(2, "01\n"),
            PROTOCOL_ERROR(),
        },
    },
    {
        .name = "client-forms",
        .title = "no SIZE, no number, two, a NUL, no sign: a protocol error "
                 "each",
        .rules = "P21",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-none",
        .why = "Something else may listen at the address: another version, "
               "another service. A client that finds a `+` and is content "
               "takes its greeting for a file; where it is strict, the first "
               "answer shows the mistake.",
        .hints = {
            "What would your client take for an answer, beyond what is one?",
            "`+`, digits, newline, and nothing else. strtol() is content "
            "with no digits at all, and with anything behind them; a string "
            "ends at a NUL, and the answer does not.",
            "text[0] == '+', strspn(text + 1, \"0123456789\") > 0, and it "
            "ends right before the newline at text[length - 1]; compare "
            "lengths, not strings.",
        },
        .man = "strspn(3) strtol(3) memchr(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'read line; echo "
                   "hello; cat' & until [ -S uds_socket3.txt ]; do :; done; "
                   "{client}; echo $?",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            LISTEN(9, 5),
            ASKS(0, "open {1}"),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "+\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            ASKS(1, "open {1}"),
            ATTACH(1, "file", O_RDONLY),
            SEND(1, "+x\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            ASKS(2, "open {1}"),
            ATTACH(2, "file", O_RDONLY),
            SEND(2, "+1 2\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            ASKS(3, "open {1}"),
            ATTACH(3, "file", O_RDONLY),
            SEND(3, "+201\0\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            ASKS(4, "open {1}"),
            ATTACH(4, "file", O_RDONLY),
            SEND(4, "201\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            STDOUT_END(),
        },
    },
    {
        .name = "client-too-long",
        .title = "256 bytes and no newline, a line of 256, 100000: refused at "
                 "once",
        .rules = "P21",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-refused",
        .why = "A client that reads on until a newline comes gives a hostile "
               "server its memory, or its patience. The limit is 255 bytes "
               "and a newline: from the 256th other byte on it is known that "
               "this is no answer.",
        .hints = {
            "What ends your receiving when no newline comes?",
            "A full buffer does: 256 bytes without a newline are refused, "
            "without waiting for more.",
            "char answer[256]; while there is no newline and length < sizeof "
            "answer, receive into the rest; no newline then is \"client: "
            "protocol error\", exit status 1.",
        },
        .man = "recvmsg(2) memchr(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt SYSTEM:'read line; head "
                   "-c 256 /dev/zero; cat' & until [ -S uds_socket3.txt ]; do "
                   ":; done; {client}; echo $?",
        .payload = { TEXT(200), TEXT(20), TEXT(100000) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            ASKED("open {1}"),
            SEND(0, "-" LETTERS_250 "LASTB"),
            PROTOCOL_ERROR(),
            ASKS(1, "open {1}"),
            SEND(1, "-" LETTERS_250 "LASTB\n"),
            PROTOCOL_ERROR(),
            ASKS(2, "open {1}"),
            SEND(2, "-{2}\n"),
            PROTOCOL_ERROR(),
        },
    },
    {
        .name = "client-not-a-file",
        .title = "a pipe, directory, socket, device; not for reading: refused",
        .rules = "P22",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-none",
        .why = "A descriptor says nothing of what it leads to. A read from "
               "an empty pipe waits until its sender likes to end it; one "
               "from a device may have consequences. The number was right, "
               "the form was right, and still it is not what was asked for.",
        .hints = {
            "Which two calls tell what a descriptor leads to, and what it "
            "is open for?",
            "fstat() tells the type, without reading: S_ISREG() and nothing "
            "else. fcntl(F_GETFL) tells the access mode; O_PATH is a flag "
            "beside it, and looks like O_RDONLY.",
            "flags = fcntl(fd, F_GETFL); if (fstat(fd, &status) == -1 || "
            "!S_ISREG(status.st_mode) || (flags & O_PATH) || (flags & "
            "O_ACCMODE) == O_WRONLY) \"client: protocol error\", exit "
            "status 1.",
        },
        .man = "fstat(2) fcntl(2) open(2) inode(7)",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            LISTEN(9, 5),
            START(),
            ACCEPT(0, 9),
            ATTACH_PIPE(0),
            SEND(0, "+201\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            START(),
            ACCEPT(1, 9),
            ATTACH(1, "{here}", O_RDONLY),
            SEND(1, "+201\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            START(),
            ACCEPT(2, 9),
            ATTACH_SOCKET(2),
            SEND(2, "+201\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            START(),
            ACCEPT(3, 9),
            ATTACH(3, "/dev/null", O_RDONLY),
            SEND(3, "+0\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            START(),
            ACCEPT(4, 9),
            ATTACH(4, "file", O_WRONLY),
            SEND(4, "+201\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            START(),
            ACCEPT(5, 9),
            ATTACH(5, "file", O_PATH),
            SEND(5, "+201\n"),
            EXIT(1),
            SAYS("client: protocol error"),
            STDOUT_END(),
        },
    },
};
