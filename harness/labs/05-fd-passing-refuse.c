#include "labs/05-fd-passing.h"

/* What is no file, or not to be had: each with the right reason. */
const struct scenario passing_refuse[] = {
    {
        .name = "server-open-missing",
        .title = "nothing there, a file for a directory, links in a circle: "
                 "the reason",
        .rules = "P3 P8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-paths",
        .why = "The reason is all that the client has to go by: whether to "
               "create the file, to correct the path, or to call somebody. A "
               "name that is cleaned up before it is looked up leads to "
               "files that are not there.",
        .hints = {
            "What does errno say when the file cannot be opened, and what "
            "does your answer say?",
            "Answer with the name of errno. It must still be the one of the "
            "call that failed: close() and others may change it. And look "
            "names up as they are: nosuch/../f does not exist.",
            "strerrorname_np(errno) gives \"ENOENT\"; keep errno in a "
            "variable before anything else is called.",
        },
        .man = "errno(3) strerrorname_np(3) path_resolution(7)",
        .by_hand = "{server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open nosuch\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .payload = { TEXT(20) },
        .steps = {
            PLANT_DIRECTORY("root/sub", 0755),
            PLANT_SYMLINK("root/dangling", "sub/nosuch"),
            PLANT_SYMLINK("root/self", "self"),
            PLANT_SYMLINK("root/ping", "sub/pong"),
            PLANT_SYMLINK("root/sub/pong", "../ping"),
            START(),
            CONNECT(0),
            REFUSES(0, "nosuch", "ENOENT"),
            REFUSES(0, "sub/nosuch", "ENOENT"),
            REFUSES(0, "nosuch/served", "ENOENT"),
            REFUSES(0, "nosuch/../served", "ENOENT"),
            REFUSES(0, "dangling", "ENOENT"),
            REFUSES(0, "served/f", "ENOTDIR"),
            REFUSES(0, "served/../served", "ENOTDIR"),
            REFUSES(0, "self", "ELOOP"),
            REFUSES(0, "ping", "ELOOP"),
            REFUSES(0, "self/f", "ELOOP"),
            OPENS(0, "served"),
        },
    },
    {
        .name = "server-open-permission",
        .title = "no permission to read, or to search: EACCES; then it is "
                 "given: served",
        .rules = "P1 P3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-paths",
        .why = "The server can hand out what it may read itself, and no "
               "more. A directory that may be searched and not listed is "
               "common, too: names that are known lead through it.",
        .hints = {
            "Which permission does a directory on the way need, and which "
            "the file?",
            "Search (x) for each directory, read (r) for the file. Whoever "
            "opens the directories on the way for reading asks for more "
            "than he needs: O_PATH asks for nothing.",
            "With O_PATH for what is only passed through, and O_RDONLY for "
            "the file itself, errno is EACCES where it must be.",
        },
        .man = "path_resolution(7) open(2) inode(7)",
        .by_hand = "echo x >root/closed; chmod 0 root/closed; {server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open closed\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .payload = { TEXT(24) },
        .steps = {
            PLANT_FILE("root/closed", "{0}"),
            CHMOD("root/closed", 0000),
            PLANT_FILE("root/drop", "{0}"),
            CHMOD("root/drop", 0222),
            PLANT_FILE("root/fixed", "{0}"),
            CHMOD("root/fixed", 0444),
            PLANT_DIRECTORY("root/listed", 0755),
            PLANT_FILE("root/listed/f", "{0}"),
            CHMOD("root/listed", 0444),
            PLANT_DIRECTORY("root/passed", 0755),
            PLANT_FILE("root/passed/f", "{0}"),
            CHMOD("root/passed", 0111),
            START(),
            CONNECT(0),
            REFUSES(0, "closed", "EACCES"),
            REFUSES(0, "drop", "EACCES"),
            OPENS(0, "fixed"),
            REFUSES(0, "listed/f", "EACCES"),
            REFUSES(0, "listed/nosuch", "EACCES"),
            OPENS(0, "passed/f"),
            CHMOD("root/closed", 0400),
            OPENS(0, "closed"),
            CHMOD("root/closed", 0000),
            REFUSES(0, "closed", "EACCES"),
        },
    },
    {
        .name = "server-open-directory",
        .title = "a directory, ROOT itself, a link to one: EISDIR, no "
                 "descriptor",
        .rules = "P3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "open() for reading does open a directory. And its descriptor "
               "is a way out: openat() with \"..\" from there leads "
               "everywhere, whatever the name before had to go through.",
        .hints = {
            "open(\".\", O_RDONLY): does it fail?",
            "It does not: only writing fails with EISDIR. What was opened "
            "has to be looked at before it is sent.",
            "fstat(file, &status); if (S_ISDIR(status.st_mode)) the answer "
            "is -EISDIR, and the descriptor is closed, not sent.",
        },
        .man = "open(2) fstat(2) inode(7)",
        .by_hand = "{server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open .\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .steps = {
            PLANT_DIRECTORY("root/sub", 0755),
            PLANT_DIRECTORY("root/sub/deep", 0755),
            PLANT_SYMLINK("root/into", "sub/deep"),
            START(),
            CONNECT(0),
            REFUSES(0, "sub", "EISDIR"),
            REFUSES(0, ".", "EISDIR"),
            REFUSES(0, "sub/", "EISDIR"),
            REFUSES(0, "sub/.", "EISDIR"),
            REFUSES(0, "sub/..", "EISDIR"),
            REFUSES(0, "sub/deep/..", "EISDIR"),
            REFUSES(0, "into", "EISDIR"),
            OPENS(0, "served"),
        },
    },
    {
        .name = "server-open-fifo",
        .title = "FIFOs and a socket: EINVAL at once, nobody waits for a "
                 "writer",
        .rules = "P3 P9",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "open() of a FIFO sleeps until somebody opens its other end. "
               "Who can put one into the directory stops the server with a "
               "single request. A check beforehand does not help if the name "
               "leads elsewhere afterwards.",
        .hints = {
            "What does open() do with a FIFO that nobody writes to?",
            "It waits. With O_PATH, or with O_NONBLOCK, it does not; then "
            "fstat() says what it is. A socket cannot be opened at all "
            "(ENXIO), and is to be refused like a FIFO.",
            "openat2() with O_PATH, fstat(), and only if S_ISREG the file is "
            "opened for reading through /proc/self/fd/N; all else but a "
            "directory is -EINVAL.",
        },
        .man = "fifo(7) open(2) fstat(2)",
        .by_hand = "mkfifo root/pipe; {server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open pipe\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .steps = {
            PLANT_FIFO("root/pipe"),
            PLANT_SYMLINK("root/to-pipe", "pipe"),
            PLANT_FIFO("root/closed"),
            CHMOD("root/closed", 0000),
            PLANT_FIFO("root/written"),
            /* Peer 8 has it open for writing from here on. */
            ATTACH(8, "root/written", O_RDWR),
            PLANT_BOUND(7, "root/socket", 0),
            PLANT_SYMLINK("root/to-socket", "socket"),
            START(),
            CONNECT(0),
            REFUSES(0, "pipe", "EINVAL"),
            REFUSES(0, "to-pipe", "EINVAL"),
            REFUSES(0, "written", "EINVAL"),
            SEND(0, "open closed\n"),
            EXPECT_EITHER(0, "-EINVAL\n|-EACCES\n"),
            REFUSES(0, "socket", "EINVAL"),
            REFUSES(0, "to-socket", "EINVAL"),
            REFUSES(0, "pipe/f", "ENOTDIR"),
            CONNECT(1),
            OPENS(1, "served"),
            OPENS(0, "served"),
        },
    },
    {
        .name = "server-open-devices",
        .title = "ROOT is /dev: zero and null are no files, EINVAL, not "
                 "handed out",
        .rules = "P3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Opening a device may do something already: rewind a tape, "
               "reset a watchdog, make a terminal. And /dev/zero has no end, "
               "for whoever reads what he is given.",
        .hints = {
            "What is /dev/null: a file like others?",
            "A character device. S_ISREG() is the one question to ask; a "
            "list of what is forbidden always lacks something.",
            "if (!S_ISREG(status.st_mode)) errno = S_ISDIR(status.st_mode) ? "
            "EISDIR : EINVAL; found out with O_PATH, so that no device is "
            "opened.",
        },
        .man = "inode(7) null(4) open(2)",
        .by_hand = "./server uds_socket3.txt /dev & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open zero\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .args = { "{path}", "/dev" },
        .steps = {
            START(),
            CONNECT(0),
            REFUSES(0, "zero", "EINVAL"),
            REFUSES(0, "null", "EINVAL"),
            REFUSES(0, "./null", "EINVAL"),
            REFUSES(0, "nosuch", "ENOENT"),
            REFUSES(0, ".", "EISDIR"),
            REFUSES(0, "zero", "EINVAL"),
        },
    },
    {
        .name = "server-open-nul",
        .title = "a NUL in the name: EINVAL, not the file that is named before "
                 "it",
        .rules = "P3 P8",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-open-missing",
        .why = "C ends a text at a NUL, the request ends at its newline. "
               "Where two programs disagree about the end of a name, one "
               "checks another name than the other opens: an old way around "
               "a check of the file's ending.",
        .hints = {
            "open() sees a NUL in your buffer as what?",
            "As the end: `open served\\0.txt` would open `served`. No file "
            "can have such a name, so it is refused.",
            "The name's length is known from the newline: if (strlen(name) "
            "!= length) the answer is -EINVAL.",
        },
        .man = "open(2) memchr(3) path_resolution(7)",
        .by_hand = "{server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open served\\0.txt\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .steps = {
            START(),
            CONNECT(0),
            REFUSES(0, "served\0", "EINVAL"),
            REFUSES(0, "served\0.txt", "EINVAL"),
            REFUSES(0, "\0", "EINVAL"),
            REFUSES(0, "\0served", "EINVAL"),
            REFUSES(0, "nosuch\0", "EINVAL"),
            OPENS(0, "served"),
        },
    },
};
