#include "labs/05-fd-passing.h"

/* What is handed out: which file, of which size, under which name. */
const struct scenario passing_open[] = {
    {
        .name = "server-open-sizes",
        .title = "empty, a lone NUL, 16 MiB and a byte, 4 GiB and a byte: each "
                 "its size",
        .rules = "P1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "An empty file is a file, and one of a terabyte costs no more "
               "to hand out than one of a byte: nothing of it is copied. But "
               "its size has to fit into the number that is to hold it.",
        .hints = {
            "Which type has the variable that holds the size, and where does "
            "the size come from?",
            "fstat() knows the size without reading a byte: st_size is an "
            "off_t, 64 bits wide. 16 MiB is a limit of `count` alone.",
            "fstat(file, &status), then snprintf(answer, sizeof answer, "
            "\"+%jd\\n\", (intmax_t)status.st_size), for 0 as well.",
        },
        .man = "fstat(2) inode(7) printf(3)",
        .by_hand = "truncate -s 4294967297 root/large; {server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open large\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .payload = { BINARY(3000) },
        .steps = {
            PLANT_FILE("root/empty", ""),
            PLANT_FILE("root/nul", "\0"),
            PLANT_FILE("root/bytes", "{0}"),
            PLANT_SPARSE("root/large", 16777217),
            PLANT_SPARSE("root/larger", 4294967297),
            START(),
            CONNECT(0),
            OPENS(0, "empty"),
            OPENS(0, "nul"),
            OPENS(0, "bytes"),
            OPENS(0, "large"),
            OPENS(0, "larger"),
            OPENS(0, "empty"),
        },
    },
    {
        .name = "server-open-names",
        .title = "blanks, a leading hyphen, bytes 0xff, 250 bytes: names like "
                 "others",
        .rules = "P1 P7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A name on Linux is a row of bytes; only NUL and the slash are "
               "taken. Whoever splits a request at blanks, trims it, or reads "
               "it as UTF-8, cannot reach files that exist.",
        .hints = {
            "Where does the name begin in the request, and where does it end?",
            "Behind the first blank, and right before the newline. Nothing in "
            "between means anything: no blank, no carriage return, no dots.",
            "if (strncmp(line, \"open \", 5) == 0) name = line + 5; with the "
            "newline replaced by a NUL, and the line up to 255 bytes long. "
            "\"...\" and \"a..b\" are names; only \"..\" is not.",
        },
        .man = "path_resolution(7) memchr(3) strtok(3)",
        .by_hand = "echo x >'root/a b'; {server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'open a b\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; kill $S",
        .steps = {
            PLANT_FILE("root/a  b c", "1"),
            PLANT_FILE("root/ edge ", "22"),
            PLANT_FILE("root/-r", "333"),
            PLANT_FILE("root/\xff\xfe\xc3", "4444"),
            PLANT_FILE("root/open served", "55555"),
            PLANT_FILE("root/cr\r", "666666"),
            PLANT_FILE("root/cr", "7"),
            PLANT_FILE("root/...", "7777777"),
            PLANT_FILE("root/..a..", "88888888"),
            PLANT_FILE("root/%s\\t'\"*~", "999999999"),
            PLANT_FILE("root/" NAME_250, "0123456789"),
            START(),
            CONNECT(0),
            OPENS(0, "a  b c"),
            OPENS(0, " edge "),
            OPENS(0, "-r"),
            OPENS(0, "\xff\xfe\xc3"),
            OPENS(0, "open served"),
            OPENS(0, "cr\r"),
            OPENS(0, "..."),
            OPENS(0, "..a.."),
            OPENS(0, "%s\\t'\"*~"),
            OPENS(0, NAME_250),
        },
    },
    {
        .name = "server-open-paths",
        .title = "sub/f, ./f, sub//f, sub/../f: all are inside, and are opened",
        .rules = "P1 P2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Two dots are no attack. A server that refuses whatever looks "
               "suspicious breaks programs that build their paths from parts, "
               "and is not safer for it: links need no dots.",
        .hints = {
            "Is it the text of the name that decides, or the place to which "
            "it leads?",
            "openat2() with RESOLVE_BENEATH lets the kernel walk the way, and "
            "refuses only the step that leaves the directory.",
            "struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = "
            "RESOLVE_BENEATH }; syscall(SYS_openat2, root, name, &how, sizeof "
            "how); nothing else need look at the name.",
        },
        .man = "openat2(2) path_resolution(7)",
        .steps = {
            PLANT_FILE("root/f", "1"),
            PLANT_DIRECTORY("root/sub", 0755),
            PLANT_FILE("root/sub/f", "22"),
            PLANT_DIRECTORY("root/sub/deep", 0755),
            PLANT_FILE("root/sub/deep/f", "333"),
            START(),
            CONNECT(0),
            OPENS(0, "sub/f"),
            OPENS(0, "sub/deep/f"),
            OPENS(0, "./f"),
            OPENS(0, "././sub/./f"),
            OPENS(0, "sub//deep///f"),
            OPENS(0, "sub/../f"),
            OPENS(0, "sub/deep/../f"),
            OPENS(0, "sub/deep/../../f"),
            OPENS(0, "sub/../sub/deep/../deep/f"),
            OPENS(0, "f"),
        },
    },
    {
        .name = "server-open-replaced",
        .title = "a file is replaced between two requests: the new one is "
                 "opened",
        .rules = "P1 P3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Careful programs replace a file by renaming a new one over "
               "it. Whoever keeps what the name led to once goes on to hand "
               "out a file that nobody else can see any more.",
        .hints = {
            "Does your server remember anything of a name from one request "
            "to the next?",
            "A name is looked up anew each time: what it led to may be gone, "
            "and another file, or a link, may be there.",
            "No table of names, sizes or descriptors: openat2(), fstat() and "
            "close() for each request.",
        },
        .man = "rename(2) openat2(2) fstat(2)",
        .payload = { TEXT(20), TEXT(300) },
        .steps = {
            PLANT_FILE("root/news", "{0}"),
            PLANT_SYMLINK("root/latest", "news"),
            START(),
            CONNECT(0),
            OPENS(0, "news"),
            OPENS(0, "latest"),
            REMOVE("root/news"),
            REFUSES(0, "news", "ENOENT"),
            REFUSES(0, "latest", "ENOENT"),
            PLANT_FILE("root/news", "{1}"),
            OPENS(0, "news"),
            OPENS(0, "latest"),
            REMOVE("root/latest"),
            PLANT_SYMLINK("root/latest", "served"),
            OPENS(0, "latest"),
            CONNECT(1),
            OPENS(1, "latest"),
            OPENS(1, "news"),
        },
    },
    {
        .name = "server-open-many",
        .title = "hundreds of requests on one connection: no descriptor is "
                 "left behind",
        .rules = "P1 P2 P3 P8 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "What is sent is a copy: the server's own descriptor stays "
               "open until it closes it. One forgotten in an error path is "
               "enough: a thousand wrong names later nobody is served.",
        .hints = {
            "After the answer, how many descriptors of that file does your "
            "server have? And after a name that it refuses?",
            "sendmsg() does not close what it sends. And a directory or a "
            "FIFO was opened, too, to find out what it is.",
            "Every way out of the function that opens a file closes what it "
            "has opened so far; ls -l /proc/PID/fd shows what is left.",
        },
        .man = "close(2) sendmsg(2) unix(7)",
        .by_hand = "{server} & S=$!; "
                   "until [ -S uds_socket3.txt ]; do :; done; "
                   "for i in 1 2 3; do printf 'open .\\n' | socat -t1 - "
                   "UNIX-CONNECT:uds_socket3.txt; ls /proc/$S/fd; done; "
                   "kill $S",
        .steps = {
            PLANT_DIRECTORY("root/sub", 0755),
            PLANT_FIFO("root/pipe"),
            PLANT_SYMLINK("root/away", ".."),
            START(),
            CONNECT(0),
            OPENS(0, "served"),
            COUNT(),
            REPEAT(80),
            OPENS(0, "served"),
            REFUSES(0, "sub", "EISDIR"),
            REFUSES(0, "pipe", "EINVAL"),
            OPENS(0, "sub/../served"),
            REFUSES(0, "nosuch", "ENOENT"),
            REFUSES(0, "away", "EXDEV"),
            REFUSES(0, "served/f", "ENOTDIR"),
            AGAIN(),
            COUNT_SAME(),
            OPENS(0, "served"),
        },
    },
};
