#include "labs/06-credentials.h"

#include <fcntl.h>

/* Descriptors that nobody has asked for. */
const struct scenario credentials_gifts[] = {
    {
        .name = "server-gifts",
        .title = "descriptors come with each kind of request: answered, and "
                 "closed",
        .rules = "K8 K5 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "Whoever makes room for control data, and that is what "
               "credentials need, gets descriptors into it as well. They are "
               "in the program's table before it has looked at anything.",
        .hints = {
            "What else may stand in the control data beside the "
            "credentials, and who closes it?",
            "SCM_RIGHTS: up to 253 descriptors, open from recvmsg() on. "
            "Close all of them, whatever the record says; or leave no room "
            "behind the credentials, then the kernel lets go of them.",
            "for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)): "
            "where cmsg_type is SCM_RIGHTS close each int up to cmsg_len; "
            "where it is SCM_CREDENTIALS copy them. Either may come alone or "
            "first.",
        },
        .man = "recvmsg(2) cmsg(3) unix(7) close(2)",
        .payload = { TEXT(100) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            PLANT_FIFO("fifo"),
            PLANT_DIRECTORY("directory", 0755),
            START(),
            CONNECT(0),
            ASKS(0, "alive", "yes"),
            COUNT(),
            ATTACH(0, "file", O_RDONLY),
            ASKS(0, "whoami", CONNECTED("0")),
            ATTACH_COPIES(0, "file", O_RDWR, 3),
            ASKS(0, "sender", SENDING("0")),
            ATTACH(0, "fifo", O_RDONLY),
            ATTACH(0, "directory", O_RDONLY),
            ATTACH_SOCKET(0),
            ATTACH_PIPE(0),
            ASKS(0, "secret", "sesame"),
            ATTACH_COPIES(0, "file", O_RDONLY, 253),
            ASKS(0, "alive", "yes"),
            ATTACH_COPIES(0, "fifo", O_RDONLY, 2),
            ASKS(0, "hello", "error: unknown request"),
            ATTACH_COPIES(0, "directory", O_RDONLY, 253),
            ASKS(0, "{0}", "error: unknown request"),
            ATTACH(0, "file", O_RDONLY),
            ASKS(0, "", "error: unknown request"),
            COUNT_SAME(),
            ASKS(0, "sender", SENDING("0")),
        },
    },
    {
        .name = "server-gifts-shortage",
        .title = "descriptors come while none is free: the answers are as ever",
        .rules = "K8 K4 K3 K10 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-gifts",
        .why = "At the limit of open files the kernel drops what comes along "
               "and says MSG_CTRUNC. Who takes that for a broken message "
               "turns honest peers away just when the service is busiest; "
               "systemd once stopped listening altogether.",
        .hints = {
            "Which part of the control data was cut off when MSG_CTRUNC is "
            "set?",
            "The flag does not say. The credentials come first, and whether "
            "they are whole shows in their own cmsg_len.",
            "Ignore MSG_CTRUNC; take the sender from a control message with "
            "type SCM_CREDENTIALS and cmsg_len == CMSG_LEN(sizeof(struct "
            "ucred)), and deny where there was none.",
        },
        .man = "recvmsg(2) cmsg(3) getrlimit(2) unix(7)",
        .payload = { TEXT(100) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(0),
            ASKS(0, "alive", "yes"),
            COUNT(),
            LIMIT_DESCRIPTORS(),
            ATTACH(0, "file", O_RDONLY),
            ASKS(0, "whoami", CONNECTED("0")),
            ATTACH_COPIES(0, "file", O_RDONLY, 253),
            ASKS(0, "sender", SENDING("0")),
            ATTACH_COPIES(0, "file", O_RDONLY, 2),
            ASKS(0, "secret", "sesame"),
            ATTACH_SOCKET(0),
            ASKS(0, "alive", "yes"),
            ATTACH_COPIES(0, "file", O_RDONLY, 253),
            ASKS(0, "{0}", "error: unknown request"),
            ATTACH(0, "file", O_RDONLY),
            ASKS(0, "", "error: unknown request"),
            UNLIMIT_DESCRIPTORS(),
            COUNT_SAME(),
            ATTACH(0, "file", O_RDONLY),
            ASKS(0, "secret", "sesame"),
        },
    },
    {
        .name = "server-gifts-thousand",
        .title = "a thousand records with descriptors: as many are open as "
                 "before",
        .rules = "K8 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-gifts",
        .why = "One descriptor lost on one way through the program is enough: "
               "a peer that has found that way repeats it, and a service "
               "with 1024 of them is deaf in a moment.",
        .hints = {
            "Look into /proc/PID/fd of your server before and behind one "
            "such record: what is there more?",
            "Each control message can hold several descriptors, and a record "
            "that is refused, or whose answer cannot be sent, brings them as "
            "well.",
            "Close what came in one place, right behind recvmsg() and before "
            "the record is looked at; then no way out can miss it.",
        },
        .man = "proc(5) cmsg(3) close(2)",
        .payload = { TEXT(100) },
        .steps = {
            PLANT_FILE("file", "{0}\n"),
            START(),
            CONNECT(0),
            ASKS(0, "alive", "yes"),
            COUNT(),
            REPEAT(170),
            ATTACH_COPIES(0, "file", O_RDONLY, 9),
            ASKS(0, "sender", SENDING("0")),
            ATTACH(0, "file", O_RDONLY),
            ASKS(0, "alive", "yes"),
            ATTACH_SOCKET(0),
            ATTACH_PIPE(0),
            ASKS(0, "hello", "error: unknown request"),
            ATTACH_COPIES(0, "file", O_RDONLY, 2),
            ASKS(0, "{0}", "error: unknown request"),
            CONNECT(1),
            ATTACH_COPIES(1, "file", O_RDONLY, 2),
            SEND(1, "secret"),
            ATTACH(1, "file", O_RDONLY),
            SEND(1, ""),
            CLOSE(1),
            AGAIN(),
            SETTLE(),
            STOP(),
            CONNECT(2),
            ATTACH_COPIES(2, "file", O_RDONLY, 9),
            SEND(2, "sender"),
            ATTACH(2, "file", O_RDONLY),
            SEND(2, "hello"),
            CLOSE(2),
            CONTINUE(),
            COUNT_SAME(),
            ASKS(0, "secret", "sesame"),
        },
    },
};
