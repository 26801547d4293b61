#include "labs/05-fd-passing.h"

/* What is sent to be counted, and cannot be. */
const struct scenario passing_sent[] = {
    {
        .name = "server-count-none",
        .title = "count comes without a descriptor, before and after others: "
                 "-EBADF",
        .rules = "P5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count",
        .why = "A variable that still holds the descriptor of the request "
               "before, or a 0 in place of none, makes the server count what "
               "nobody sent: by then that number may be anybody's file, or "
               "its own stdin.",
        .hints = {
            "What stands in your variable when no descriptor came?",
            "0 is a good descriptor, so \"none\" must be -1. And the variable "
            "has to be set to -1 anew for each request, not once for each "
            "program.",
            "fd = -1 and count = 0 where a request begins; and once it is "
            "answered close(fd), and fd = -1 again. Set msg_control and "
            "msg_controllen before every recvmsg(), for it changes them.",
        },
        .man = "recvmsg(2) cmsg(3) close(2)",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(0),
            COUNTS(0, "-EBADF"),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNTS(0, "-EBADF"),
            OPENS(0, "served"),
            COUNTS(0, "-EBADF"),
            COUNTS_FILE(0, "file", "+1 41"),
            CLOSE(0),
            CONNECT(1),
            COUNTS(1, "-EBADF"),
            COUNTS_FILE(1, "file", "+1 41"),
        },
    },
    {
        .name = "server-count-many",
        .title = "two, three, 253 descriptors at once: -E2BIG, and none of "
                 "them is left",
        .rules = "P5 P6 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-none",
        .why = "A control buffer made for one descriptor takes two, since it "
               "is rounded up, and both are open in your process. Who looks at "
               "the first only leaks the other, and a peer that does it a "
               "thousand times ends the service.",
        .hints = {
            "How many descriptors fit into CMSG_SPACE(sizeof(int)) bytes?",
            "On a 64-bit machine two: the room is a multiple of 8. The "
            "kernel installs as many as fit, 253 at most, and each of them "
            "is yours to close.",
            "Give room for 253, and count: (cmsg_len - CMSG_LEN(0)) / "
            "sizeof(int) in every cmsghdr. Close all; answer -E2BIG if there "
            "was more than one, or if msg_flags has MSG_CTRUNC.",
        },
        .man = "cmsg(3) unix(7) recvmsg(2)",
        .by_hand = "python3 -c 'import socket as k; s = k.socket(k.AF_UNIX); "
                   "s.connect(\"uds_socket3.txt\"); k.send_fds(s, "
                   "[b\"count\\n\"], [0] * 253); print(s.recv(99))' "
                   "</etc/services",
        .payload = { TEXT(40), TEXT(7) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            PLANT_FILE("other", "{1}\n"),
            START(),
            CONNECT(0),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNT(),
            ATTACH(0, "file", O_RDONLY),
            ATTACH(0, "other", O_RDONLY),
            COUNTS_TOO_MANY(0),
            COUNT_SAME(),
            ATTACH_COPIES(0, "file", O_RDONLY, 2),
            COUNTS_TOO_MANY(0),
            ATTACH_COPIES(0, "other", O_RDONLY, 3),
            COUNTS_TOO_MANY(0),
            COUNT_SAME(),
            ATTACH_COPIES(0, "file", O_RDONLY, 253),
            COUNTS_TOO_MANY(0),
            COUNT_SAME(),
            COUNTS_FILE(0, "other", "+1 8"),
            COUNTS(0, "-EBADF"),
        },
    },
    {
        .name = "server-count-cut-off",
        .title = "its table is full, so what was sent is cut off: an error, "
                 "then go on",
        .rules = "P5 P6 P10 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-many",
        .why = "At the limit of open files recvmsg() succeeds all the same: "
               "the bytes arrive, the descriptor does not. The only trace is "
               "MSG_CTRUNC, which most programs never look at, and so take a "
               "request for another one.",
        .hints = {
            "Does recvmsg() fail when there is no number free for a "
            "descriptor that arrives?",
            "It does not: it sets MSG_CTRUNC in msg_flags, and installs as "
            "many as there is room for. \"No descriptor came\" and \"it was "
            "lost\" are two different answers.",
            "After recvmsg(): if (message.msg_flags & MSG_CTRUNC) note it "
            "for this request; the answer to count is -EMFILE then, or "
            "-E2BIG. Whatever did arrive is closed.",
        },
        .man = "recvmsg(2) unix(7) getrlimit(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "strace -f -p $S & ./client uds_socket3.txt count "
                   "/etc/services; prlimit --pid $S --nofile=3:; ./client "
                   "uds_socket3.txt count /etc/services; kill $S",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(0),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNT(),
            LIMIT_DESCRIPTORS(),
            ATTACH(0, "file", O_RDONLY),
            COUNTS_TOO_MANY(0),
            ATTACH_COPIES(0, "file", O_RDONLY, 3),
            COUNTS_TOO_MANY(0),
            LIMIT_DESCRIPTORS_BUT(1),
            ATTACH_COPIES(0, "file", O_RDONLY, 2),
            COUNTS_TOO_MANY(0),
            UNLIMIT_DESCRIPTORS(),
            COUNTS(0, "-EBADF"),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNT_SAME(),
            CLOSE(0),
            CONNECT(1),
            COUNTS_FILE(1, "file", "+1 41"),
        },
    },
    {
        .name = "server-count-kinds",
        .title = "FIFO, empty pipe, socket, directory, devices: -EINVAL, "
                 "without waiting",
        .rules = "P5 P6 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-none",
        .why = "A descriptor may lead to anything. Reading from a pipe that "
               "nobody writes to stops the server for ever, /dev/zero never "
               "ends, and for a terminal or a tape even a read has "
               "consequences.",
        .hints = {
            "What is it that you have been sent? How can you know without "
            "reading from it?",
            "fstat() tells the kind and never waits. Only a regular file is "
            "counted; for all else the answer is the same.",
            "if (fstat(fd, &status) == -1 || !S_ISREG(status.st_mode)) close "
            "it and answer -EINVAL: for a directory, too, and before any "
            "read.",
        },
        .man = "fstat(2) inode(7) pipe(7) fifo(7)",
        .by_hand = "python3 -c 'import socket as k, os; s = "
                   "k.socket(k.AF_UNIX); s.connect(\"uds_socket3.txt\"); "
                   "k.send_fds(s, [b\"count\\n\"], [os.pipe()[0]]); "
                   "print(s.recv(99))'",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            PLANT_FIFO("fifo"),
            START(),
            CONNECT(0),
            COUNTS_FILE(0, "file", "+1 41"),
            COUNT(),
            COUNTS_FILE(0, "fifo", "-EINVAL"),
            ATTACH_PIPE(0),
            COUNTS(0, "-EINVAL"),
            ATTACH_SOCKET(0),
            COUNTS(0, "-EINVAL"),
            COUNTS_FILE(0, "root", "-EINVAL"),
            COUNTS_FILE(0, "/dev/zero", "-EINVAL"),
            COUNTS_FILE(0, "/dev/null", "-EINVAL"),
            COUNT_SAME(),
            COUNTS_FILE(0, "file", "+1 41"),
        },
    },
    {
        .name = "server-count-modes",
        .title = "write-only, O_PATH, and files with several faults: the first "
                 "one counts",
        .rules = "P5 P6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-count-kinds",
        .why = "\"The file was opened wrongly\" helps whoever sent it; \"bad "
               "file descriptor\", which is what the read would say, sends "
               "people looking in the wrong place. With two faults at once "
               "only a fixed order makes answers that can be relied on.",
        .hints = {
            "A file that is open for writing only: which call tells you, "
            "before a read fails?",
            "fcntl(fd, F_GETFL) has the access mode, which is no bit mask, "
            "and O_PATH, whose access mode reads as O_RDONLY. The kind of "
            "the file is asked before, its size behind.",
            "In this order: how many came, S_ISREG, flags & O_PATH or "
            "(flags & O_ACCMODE) == O_WRONLY, st_size. The first that does "
            "not hold is the answer.",
        },
        .man = "fcntl(2) open(2) fstat(2)",
        .payload = { TEXT(40) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            PLANT_FIFO("fifo"),
            PLANT_SPARSE("large", 16777217),
            START(),
            CONNECT(0),
            ATTACH(0, "file", O_RDWR),
            COUNTS(0, "+1 41"),
            ATTACH(0, "file", O_WRONLY),
            COUNTS(0, "-EACCES"),
            ATTACH(0, "file", O_PATH),
            COUNTS(0, "-EACCES"),
            ATTACH(0, "root", O_PATH),
            COUNTS(0, "-EINVAL"),
            ATTACH(0, "fifo", O_PATH),
            COUNTS(0, "-EINVAL"),
            ATTACH(0, "large", O_WRONLY),
            COUNTS(0, "-EACCES"),
            ATTACH(0, "large", O_PATH),
            COUNTS(0, "-EACCES"),
            ATTACH_COPIES(0, "fifo", O_RDWR, 2),
            COUNTS_TOO_MANY(0),
            COUNTS_FILE(0, "file", "+1 41"),
        },
    },
};
