#include "labs/01-stream.h"

/* The client and its lines. */
const struct scenario stream_client[] = {
    {
        .name = "client-hello",
        .title = "a line is fed: sent bare, the reply printed, the end of "
                 "input is exit 0",
        .rules = "C1 C4 C5 S10",
        .role = ROLE_CLIENT,
        .points = 12,
        .why = "A client in a pipeline is used by programs: it must say "
               "neither more nor less than it was told, print each reply "
               "as soon as it has it, and end when its input ends.",
        .hints = {
            "For each line there is a new connection. Which calls make "
            "it, and what exactly goes over it?",
            "socket, connect, send the line without its newline, "
            "receive until a newline has come, print, close; then the "
            "next line. Nothing but the reply goes to stdout, so no "
            "prompt.",
            "getline() keeps the newline: send one byte less. Print "
            "\"reply: \", then the reply without its newline, then a "
            "newline, and fflush(stdout). When getline() returns -1, "
            "return 0.",
        },
        .man = "unix(7) socket(2) connect(2) send(2) recv(2) getline(3) "
               "fflush(3)",
        .by_hand = "socat UNIX-LISTEN:uds_socket3.txt EXEC:'echo hello "
                   "back' & until [ -S uds_socket3.txt ]; do :; done; "
                   "echo hello | ./client",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            EXPECT_SILENCE(0),
            SEND(0, "{1}\n"),
            CLOSE(0),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            NO_CONNECTION(9),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-three-lines",
        .title = "one line, then two at once: a connection for each, in turn",
        .rules = "S10 C5 C11",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "Two lines that arrive in one read are still two messages. "
               "A program that reads stdin with read() and takes what it "
               "gets for one line works at the keyboard and fails behind a "
               "pipe.",
        .hints = {
            "Does your client read lines, or whatever a read() returns?",
            "A pipe has no lines either: two writes may arrive "
            "together. getline() or fgets() put lines together for you.",
            "while ((n = getline(&line, &size, stdin)) != -1) { one "
            "whole exchange, with its own socket() and close() }",
        },
        .man = "getline(3) read(2) pipe(7)",
        .by_hand = "printf 'one\\ntwo\\n' | strace -e trace=network "
                   "./client",
        .payload = { TEXT(9), TEXT(9), TEXT(9), TEXT(9), TEXT(9), TEXT(9) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            FEED("{2}\n{3}\n"),
            ACCEPT(1, 9),
            EXPECT(1, "{2}"),
            EXPECT_SILENCE(1),
            SEND(1, "{4}\n"),
            CLOSE(1),
            STDOUT("reply: {4}\n"),
            ANSWER(2, "3", "5"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
            NO_CONNECTION(9),
            CONFINED(),
        },
    },
    {
        .name = "client-last-line",
        .title = "the last line has no newline: it is a line like the others",
        .rules = "S16 C5",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "printf without a newline, a file saved by some editors, a "
               "here-string cut short: the last line is often open. To "
               "drop it is to lose a message without a word.",
        .hints = {
            "What does your reading function return for a line that "
            "ends with the input?",
            "getline() returns such a line, only without a newline at "
            "its end. Look before you take the last byte away.",
            "if (n > 0 && line[n - 1] == '\\n') n--; and then send n "
            "bytes. The end of input is reported by the next call.",
        },
        .man = "getline(3) fgets(3)",
        .by_hand = "printf hello | ./client",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}"),
            END_INPUT(),
            ANSWER(0, "0", "1"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-no-input",
        .title = "the input is empty: exit status 0, and nobody is bothered",
        .rules = "C5 S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "In a pipeline \"nothing to do\" is a normal case. A client "
               "that reports it as a failure stops the script around it.",
        .hints = {
            "What does your client do when the very first read says end "
            "of file?",
            "There is no line, so there is nothing to connect for: end "
            "with status 0.",
            "Connect inside the loop over the lines, and return 0 "
            "behind it.",
        },
        .man = "getline(3) exit(3)",
        .by_hand = "./client </dev/null; echo $?",
        .steps = {
            LISTEN(9, 5),
            START(),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
            NO_CONNECTION(9),
        },
    },
    {
        .name = "client-empty-line",
        .title = "empty lines are skipped: no message, and no waiting for a "
                 "reply",
        .rules = "S12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "To send no bytes on a stream sends nothing at all: the "
               "server still waits for the message while the client waits "
               "for the answer, and neither is wrong by itself.",
        .hints = {
            "What does the server receive when you send a line of no "
            "bytes?",
            "Nothing: a stream has no empty messages. Skip a line that "
            "is empty once its newline is gone.",
            "if (n == 0) continue; before socket() and connect().",
        },
        .man = "send(2) unix(7)",
        .by_hand = "printf '\\n\\nhello\\n' | strace -e trace=network "
                   "./client",
        .payload = { TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("\n\n{0}\n\n"),
            ACCEPT_TALKER(0, 9),
            EXPECT(0, "{0}"),
            EXPECT_SILENCE(0),
            SEND(0, "{1}\n"),
            CLOSE(0),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
            NO_CONNECTION(9),
        },
    },
    {
        .name = "client-long-line",
        .title = "1025 bytes, then 100000: refused; then 1024: sent; exit "
                 "status 1",
        .rules = "S13 S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "A line cut at the limit is a different message, and its "
               "rest, taken for the next line, is one that nobody wrote. "
               "Refused in full, with a word and a status, it harms "
               "nobody.",
        .hints = {
            "Where does the rest of a line go that does not fit into "
            "your buffer?",
            "getline() takes a line of any length: measure it, complain "
            "on stderr, send nothing, read on, and remember for the "
            "exit status. 1024 bytes are still good.",
            "if (n > 1024) { fprintf(stderr, ...); status = 1; "
            "continue; } and return status at the end. With fgets() the "
            "rest has to be read and dropped up to the newline.",
        },
        .man = "getline(3) fgets(3) exit(3)",
        .by_hand = "{ head -c 1025 /dev/zero | tr '\\0' a; echo; echo "
                   "good; } | ./client; echo $?",
        .payload = { TEXT(1025), TEXT(100000), TEXT(1024), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n{1}\n{2}\n"),
            ACCEPT_TALKER(0, 9),
            EXPECT(0, "{2}"),
            EXPECT_SILENCE(0),
            SEND(0, "{3}\n"),
            CLOSE(0),
            STDOUT("reply: {3}\n"),
            COMPLAINS_FREELY(),
            END_INPUT(),
            EXIT(1),
            STDOUT_END(),
            NO_CONNECTION(9),
        },
    },
    {
        .name = "client-binary",
        .title = "line and reply hold NUL and invalid UTF-8: passed on byte "
                 "by byte",
        .rules = "S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "File names, keys and pictures are bytes. strlen() ends "
               "them at the first NUL and a decoder throws them out; a "
               "client in the middle has no business doing either.",
        .hints = {
            "By what do you measure the line and the reply?",
            "getline() and recv() return the length; strlen(), %s and "
            "fputs() stop at a NUL.",
            "send(fd, line, (size_t)n, MSG_NOSIGNAL) for the one, "
            "fwrite(reply, 1, length, stdout) for the other, and "
            "memchr() to find the newline.",
        },
        .man = "getline(3) send(2) fwrite(3) memchr(3)",
        .by_hand = "printf 'a\\0b\\377\\n' | strace -e "
                   "trace=sendto,recvfrom ./client",
        .payload = { BINARY(64), BINARY(64) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED(" \t{0}\r \n"),
            ACCEPT(0, 9),
            EXPECT(0, " \t{0}\r "),
            EXPECT_SILENCE(0),
            SEND(0, " \t{1}\r \n"),
            CLOSE(0),
            STDOUT("reply:  \t{1}\r \n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-hundred-lines",
        .title = "a hundred lines, a hundred connections: not one is left "
                 "open",
        .rules = "S10",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "A client that feeds a server all day opens as many sockets "
               "as it has lines. The one that forgets to close them ends "
               "at the limit of open files, and holds all those "
               "connections open until then.",
        .hints = {
            "How many sockets does your client hold while it waits for "
            "the next line?",
            "None should be left: close the connection after each "
            "reply, on every way out of the exchange.",
            "Put the exchange into a function of its own: socket() at "
            "its head, close() at its only end.",
        },
        .man = "close(2) proc(5)",
        .by_hand = "seq 100 | strace -e trace=socket,close ./client",
        .payload = { TEXT(24), TEXT(24), TEXT(20), TEXT(20) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ANSWER(0, "0", "1"),
            COUNT(),
            REPEAT(100),
            FEED("{2}-{i}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{2}-{i}"),
            SEND(0, "{3}-{i}\n"),
            CLOSE(0),
            STDOUT("reply: {3}-{i}\n"),
            AGAIN(),
            COUNT_SAME(),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-interrupted",
        .title = "the client is stopped and continued in its waits: it just "
                 "goes on",
        .rules = "C12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-three-lines",
        .why = "Ctrl-Z and fg must not cost a reply. Some waits return "
               "EINTR after a stop, and a client that takes this for a "
               "lost connection reports a failure that never was.",
        .hints = {
            "Which of your waits may return because of a signal?",
            "EINTR is no end: make the call again. epoll_wait() and a "
            "receive with SO_RCVTIMEO return it after a stop.",
            "do n = recv(...); while (n < 0 && errno == EINTR); and a "
            "getline() that fails with EINTR wants clearerr(stdin) "
            "before the next try.",
        },
        .man = "signal(7) recv(2) getline(3)",
        .by_hand = "mkfifo lines; ./client <lines & C=$!; exec 3>lines; "
                   "kill -STOP $C; kill -CONT $C; echo hello >&3; exec "
                   "3>&-; wait $C; echo $?",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            SETTLE(),
            STOP(),
            CONTINUE(),
            SETTLE(),
            SEND(0, "{1}\n"),
            CLOSE(0),
            STDOUT("reply: {1}\n"),
            FEED("{2}\n"),
            ANSWER(1, "2", "3"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-cloexec",
        .title = "the client waits for a reply: all above 2 is close-on-exec",
        .rules = "C9",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-hello",
        .why = "A client that runs a pager or an editor passes its open "
               "sockets on. The server then waits for the end of a "
               "connection that a forgotten editor holds.",
        .hints = {
            "If your client executed another program now, would that "
            "program have the socket?",
            "A socket survives exec unless it is marked close-on-exec, "
            "best when it is made.",
            "socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)",
        },
        .man = "socket(2) fcntl(2) execve(2)",
        .by_hand = "echo hello | strace -e trace=socket ./client",
        .payload = { TEXT(24) },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            ACCEPT(0, 9),
            EXPECT(0, "{0}"),
            CLOEXEC(),
        },
    },
};
