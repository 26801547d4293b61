#include "labs/labs.h"

const struct rule rules_common[] = {
    { "C1", "`./server [PATH]` and `./client [PATH]`; PATH defaults to "
            "`./uds_socket3.txt`, the document's address (labs 5 and 6 need "
            "it given). Some labs add options before PATH, as POSIX getopt(3) "
            "takes them: they end at the first operand, and operands after "
            "PATH are taken as they are, also with a leading `-`." },
    { "C2", "Wrong usage (unknown option, missing or surplus operand, an "
            "unknown verb, a SECRET of the wrong length, a number that is not "
            "digits only or out of range; times are 1 to 86400000, "
            "MAX_CLIENTS 1 to 65535, users 0 to 4294967294): a usage line on "
            "stderr, exit 2." },
    { "C3", "A failure that ends the program: one line on stderr, `PROGRAM: "
            "WHAT: REASON` (as `perror` would give; free text where no errno "
            "fits, as at an end of file), exit 1. PROGRAM is the word "
            "`server` or `client`; a message quoted in a rule stands as "
            "quoted; lines about earlier trouble may come before it." },
    { "C4", "Ordinary output goes to stdout, a line at a time, and is flushed "
            "after each line, also when stdout is a pipe. (What happens when "
            "stdout is closed or full is not graded.)" },
    { "C5", "stdin at EOF ends a client: exit 0, or 1 where a rule says so. A "
            "last line without a newline counts. A client with one connection "
            "(labs 2, 4, 5, 6) makes it before it reads stdin, and its time "
            "limit covers connecting. A client prompts only when stdin is a "
            "terminal; the prompt's text is free." },
    { "C6", "No peer behaviour may crash, hang or end a server, or cost it a "
            "descriptor, a child or memory for good. One bad connection never "
            "costs another one its answer. (S7 and F9 say where a peer may "
            "make others wait.)" },
    { "C7", "A server killed by SIGTERM or SIGINT stops accepting, removes "
            "its socket file and exits 0 within 1 s. Work in progress or "
            "queued may be dropped." },
    { "C8", "Writing to a peer that has gone must not kill the process "
            "(SIGPIPE)." },
    { "C9", "Descriptors a program opens are close-on-exec." },
    { "C10", "Where a rule names a time, option `-t MS` sets it (labs 2 to 6, "
             "clients and lab 2's server); messages name the time in force." },
    { "C11", "A program writes only below its current directory and TMPDIR." },
    { "C12", "EINTR and EAGAIN never end a program, nor do they change its "
             "output. (A stdin set non-blocking by somebody else is not "
             "graded.)" },
    { "A1", "A stale socket file at PATH (nobody listens, or it is bound but "
            "never listened) is replaced. (Never listened and of another "
            "type: replaced or refused.)" },
    { "A2", "A live server at PATH: refuse with \"Address already in use\", "
            "exit 1, and leave the other one untouched and reachable, also "
            "when it is a socket of another type. A probing connection that "
            "closes at once counts as untouched. Two servers that start at "
            "the same moment are not graded; a `PATH.lock` file is allowed." },
    { "A3",
      "Anything at PATH that is not a socket (file, directory, FIFO, "
      "symbolic link, even one to a socket): refuse, exit 1, untouched." },
    { "A4", "PATH empty or longer than 107 bytes: refuse, exit 1, and nothing "
            "is created anywhere. For a client too: C3, exit 1." },
    { "A5", "On exit a server removes its own socket only: if the file at "
            "PATH is another one by then, it stays." },
    { "A6", "The parent directory missing or not writable: a clear error "
            "naming the path, exit 1." },
};

const size_t rules_common_count = sizeof rules_common / sizeof rules_common[0];
