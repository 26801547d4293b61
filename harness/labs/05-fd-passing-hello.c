#include "labs/05-fd-passing.h"

const struct scenario passing_hello[] = {
    {
        .name = "server-hello",
        .title = "one file is asked for: its size, and one descriptor of it",
        .rules = "P1",
        .role = ROLE_SERVER,
        .points = 2,
        .why = "This is how a program without rights gets at a file: it asks "
               "one that has them, and is handed the open file itself. "
               "Browsers, containers and display servers live by it.",
        .hints = {
            "What can send a message that bytes alone cannot make up: "
            "send(), write(), or sendmsg()?",
            "sendmsg() takes control data beside the bytes: one struct "
            "cmsghdr with SOL_SOCKET, SCM_RIGHTS and the descriptor.",
            "cmsg_len is CMSG_LEN(sizeof(int)), msg_controllen is "
            "CMSG_SPACE(sizeof(int)); memcpy() the descriptor into "
            "CMSG_DATA(), and close your own copy after sendmsg().",
        },
        .man = "unix(7) cmsg(3) sendmsg(2) openat2(2)",
        .payload = { TEXT(200) },
        .steps = {
            PLANT_FILE("root/hello", "{0}\n"),
            START(),
            CONNECT(0),
            OPENS(0, "hello"),
        },
    },
    {
        .name = "client-hello",
        .title = "one file is fetched: its bytes on stdout, exit status 0",
        .rules = "P20 C4",
        .role = ROLE_CLIENT,
        .points = 2,
        .why = "What arrives is an open file, not a name: the client could "
               "never have opened it by itself, and reads it all the same.",
        .hints = {
            "Which call receives bytes and what travels beside them?",
            "recvmsg() with room for control data: there stands the number "
            "that the descriptor has got in your process.",
            "For each cmsghdr of type SCM_RIGHTS memcpy() the numbers out "
            "of CMSG_DATA(); then read() the file to its end and write() "
            "it to stdout.",
        },
        .man = "unix(7) cmsg(3) recvmsg(2) pread(2)",
        .payload = { TEXT(200), TEXT(20) },
        .args = PATIENTLY("open", "{1}"),
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            ASKED("open {1}"),
            ATTACH(0, "file", O_RDONLY),
            SEND(0, "+201\n"),
            STDOUT("{0}\n"),
            EXIT(0),
            STDOUT_END(),
            QUIET(),
        },
    },
};
