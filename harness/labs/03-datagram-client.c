#include "labs/03-datagram.h"

/* Lines, and the answers to them. */
const struct scenario datagram_client[] = {
    {
        .name = "client-hello",
        .title = "a line is sent as a datagram, and its answer printed at once",
        .rules = "C1 C4 C5 D10 D11",
        .role = ROLE_CLIENT,
        .points = 5,
        .why = "A server answers to an address, and a socket that was not "
               "bound has none. Its datagrams arrive and are printed, "
               "nothing fails, and no answer ever comes: nobody can tell "
               "why by looking at the server.",
        .hints = {
            "Where does the server send its answer to? Print what its "
            "recvfrom() says of you.",
            "To the address of the socket that sent. socket() and "
            "connect() give it none, bind() does: with the family alone "
            "for an address the kernel picks a free name (unix(7), "
            "\"Autobind feature\").",
            "connect() to the server; struct sockaddr any = { .sa_family = "
            "AF_UNIX }; bind(fd, &any, sizeof any.sa_family); send() the "
            "line without its newline; recv(); print it; fflush(stdout).",
        },
        .man = "unix(7) bind(2) connect(2) recv(2)",
        .by_hand = "socat UNIX-RECVFROM:uds_socket3.txt,fork EXEC:cat & "
                   "until [ -S uds_socket3.txt ]; do :; done; echo hello | "
                   "./client; kill $!",
        .payload = { TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            REPLIES("0", "1"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-lines",
        .title = "three lines at once, the last without a newline: three "
                 "answers",
        .rules = "D11 D10 C5 C11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "People type lines, scripts send many at once, and the last "
               "one often lacks its newline. With datagrams nothing glues "
               "them together or cuts them: what goes wrong here was done "
               "by the client.",
        .hints = {
            "How many datagrams does the server see, and what is in "
            "each?",
            "One read of stdin may hold several lines, and the end of the "
            "input may follow a line without a newline. Take lines, not "
            "reads; what stands before the end is a line too.",
            "getline() or the kit's lines_read() in a loop until the end "
            "of input: one send() and one recv() for each, then exit 0.",
        },
        .man = "getline(3) send(2)",
        .by_hand = "socat UNIX-RECVFROM:uds_socket3.txt,fork EXEC:cat & "
                   "until [ -S uds_socket3.txt ]; do :; done; printf "
                   "'a\\nb\\nc' | ./client; ls; kill $!",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24), TEXT(24),
                     TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n{2}\n{4}"),
            END_INPUT(),
            REPLIES("0", "1"),
            REPLIES("2", "3"),
            REPLIES("4", "5"),
            EXIT(0),
            STDOUT_END(),
            TIDY(),
        },
    },
    {
        .name = "client-empty",
        .title = "an empty line is a message, and an empty answer is an "
                 "answer",
        .rules = "D11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "A datagram may be empty, and arrives like any other. Code "
               "that was written for streams takes a length of 0 for the "
               "end: one empty datagram brought a whole system's first "
               "process to a halt (CVE-2016-7795).",
        .hints = {
            "What does recv() return for a datagram of no bytes, and what "
            "does it return when nobody will ever send again?",
            "0, and: a datagram socket has no end of file. So a 0 is an "
            "answer, to be printed; and a line of no bytes is sent like "
            "any other.",
            "Do not skip lines of length 0, and say `if (n == -1)` where "
            "you said `if (n <= 0)`. The output is \"reply: \" and a "
            "newline.",
        },
        .man = "recv(2) send(2) unix(7)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "printf '\\nhello\\n' | ./client; kill $S",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("\n"),
            EXPECT(9, ""),
            SEND(9, "{0}\n"),
            STDOUT("reply: {0}\n"),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SEND(9, ""),
            STDOUT("reply: \n"),
            FEED("{1}\n"),
            REPLIES("1", "2"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-long-lines",
        .title = "1025 and 65536 bytes: sent whole; 65537: refused, exit "
                 "status 1",
        .rules = "D16 D11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "Whether a message is too long is the server's to say, and "
               "it can, because a datagram keeps its length. A client that "
               "cuts at its own limit sends something that nobody wrote, "
               "and two datagrams are two messages.",
        .hints = {
            "Who refuses 1025 bytes: the server, or you?",
            "The server answers that it is too long, and that is printed "
            "like any answer. Your own limit is 65536: beyond it, a word "
            "on stderr, nothing sent, the next line, and status 1 at the "
            "end.",
            "One send() for each line, whatever its length; if (length > "
            "65536) { fprintf(stderr, ...); status = 1; continue; } and "
            "read the rest of that line before you go on.",
        },
        .man = "send(2) getline(3) exit(3)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "printf '%01025d\\n%065537d\\ngood\\n' 1 2 | ./client; "
                   "echo $?; kill $S",
        .payload = { TEXT(1025), TEXT(65536), TEXT(65537), TEXT(24),
                     TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SEND(9, "too long (1025 bytes, limit 1024)\n"),
            STDOUT("reply: too long (1025 bytes, limit 1024)\n"),
            FEED("{1}\n"),
            REPLIES("1", "4"),
            FEED("{2}\n{3}\n"),
            REPLIES("3", "4"),
            COMPLAINS_FREELY(),
            END_INPUT(),
            EXIT(1),
            STDOUT_END(),
        },
    },
    {
        .name = "client-answers",
        .title = "answers with NULs, newlines, 65536 bytes: printed as they "
                 "are",
        .rules = "D11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "A datagram that does not fit into the receiver's buffer is "
               "cut, and the rest is gone, without an error. And an answer "
               "is bytes: what stops at a NUL, or takes every newline off, "
               "prints something that was never sent.",
        .hints = {
            "What happens to the part of a datagram that your buffer has "
            "no room for?",
            "It is thrown away. Give recv() 65536 bytes; write by length "
            "and not up to a NUL; and take off one newline, the last byte, "
            "if it is one.",
            "n = recv(fd, answer, 65536, 0); if (n > 0 && answer[n - 1] "
            "== '\\n') n--; fputs(\"reply: \", stdout); fwrite(answer, 1, "
            "(size_t)n, stdout); putchar('\\n');",
        },
        .man = "recv(2) fwrite(3)",
        .by_hand = "socat -b 70000 UNIX-RECVFROM:uds_socket3.txt,fork "
                   "SYSTEM:'dd if=/dev/zero bs=65536 count=1 status=none' & "
                   "until [ -S uds_socket3.txt ]; do :; done; echo hello | "
                   "./client | wc -c; kill $!",
        .payload = { BINARY(64), BINARY(64), TEXT(24), TEXT(24), TEXT(32768),
                     TEXT(32768) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SEND(9, "{1}"),
            STDOUT("reply: {1}\n"),
            FEED("{2}\n"),
            EXPECT(9, "{2}"),
            SEND(9, "{3}\n{2}\n\n"),
            STDOUT("reply: {3}\n{2}\n\n"),
            FEED("{3}\n"),
            EXPECT(9, "{3}"),
            SEND(9, "\n"),
            STDOUT("reply: \n"),
            FEED("{2}\n"),
            EXPECT(9, "{2}"),
            SEND(9, "{4}{5}"),
            /* A pipe has no room for all of it, so it is taken in two parts. */
            STDOUT("reply: {4}"),
            STDOUT("{5}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
