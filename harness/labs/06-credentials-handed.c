#include "labs/06-credentials.h"

/* Connected sockets that are handed on: who connected is one, who sends
 * another. */
const struct scenario credentials_handed[] = {
    {
        .name = "server-handed-on",
        .title = "a connected socket is handed to another process, which asks",
        .rules = "K1 K2 K3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A socket is inherited over fork() and can be passed to any "
               "process. Who made the connection is fixed for good; who "
               "writes to it now is a question of its own, and one answer "
               "does not do for both.",
        .hints = {
            "Two processes have to do with this record. Which of them does "
            "SO_PEERCRED tell you?",
            "SO_PEERCRED is the one who connected, whatever comes later. Who "
            "sent a record comes with that record, as control data of type "
            "SCM_CREDENTIALS, if the receiving socket has SO_PASSCRED set.",
            "setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) "
            "before listen(): connections take it over. Then recvmsg() with "
            "room for CMSG_SPACE(sizeof(struct ucred)) in msg_control.",
        },
        .man = "unix(7) recvmsg(2) cmsg(3)",
        .by_hand = "./server ./s sesame & until [ -S s ]; do :; done; "
                   "python3 -c 'import os,socket; s=socket.socket(1,5); "
                   "s.connect(\"s\"); os.fork() and os.wait(); "
                   "s.send(b\"sender\"); print(os.getpid(), s.recv(99))'; "
                   "kill $!",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            HAND(1, HAND_SAME),
            HAND(2, HAND_SAME),
            CONNECT_AS(0, 1),
            ASKS_AS(0, 1, "sender", SENDING("1")),
            ASKS_AS(0, 2, "whoami", CONNECTED("1")),
            ASKS_AS(0, 2, "sender", SENDING("2")),
            ASKS_AS(0, 2, "secret", "{0}"),
            ASKS(0, "sender", SENDING("0")),
            ASKS(0, "whoami", CONNECTED("1")),
            ASKS(0, "secret", "{0}"),
        },
    },
    {
        .name = "server-alternating",
        .title = "four processes take turns on one connection: each is told "
                 "as it sends",
        .rules = "K2 K1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-handed-on",
        .why = "Worker processes often share one connection. Whoever looks "
               "at the sender once, with the first record, believes from "
               "then on that everything is said by that one.",
        .hints = {
            "When do you look who the sender is: once a connection, or once "
            "a record?",
            "Credentials come with each record, and belong to it alone. "
            "Several records may be waiting by the time you read; do not "
            "keep the credentials of the first, nor of the last.",
            "One recvmsg() for one record; before it set msg_control and "
            "msg_controllen anew, for the kernel has overwritten the length; "
            "after it take the struct ucred, answer, and forget it.",
        },
        .man = "recvmsg(2) cmsg(3) unix(7)",
        .steps = {
            START(),
            CONNECT(0),
            HAND(1, HAND_SAME),
            HAND(2, HAND_SAME),
            HAND(3, HAND_SAME),
            ASKS(0, "sender", SENDING("0")),
            ASKS_AS(0, 1, "sender", SENDING("1")),
            ASKS_AS(0, 2, "sender", SENDING("2")),
            ASKS_AS(0, 1, "sender", SENDING("1")),
            ASKS(0, "sender", SENDING("0")),
            SETTLE(),
            STOP(),
            SEND_AS(0, 3, "sender"),
            SEND_AS(0, 1, "sender"),
            SEND_AS(0, 1, "whoami"),
            SEND(0, "sender"),
            SEND_AS(0, 2, "sender"),
            CONTINUE(),
            EXPECT(0, SENDING("3")),
            EXPECT(0, SENDING("1")),
            EXPECT(0, CONNECTED("0")),
            EXPECT(0, SENDING("0")),
            EXPECT(0, SENDING("2")),
            ASKS_AS(0, 3, "sender", SENDING("3")),
        },
    },
    {
        .name = "server-foreigner",
        .title = "another user connects, beside one who is allowed: told who, "
                 "not the secret",
        .rules = "K6 K3 K1 K2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The door is open to every user of the machine; what each of "
               "them gets depends on who they are. Both at once, and the "
               "secret must not go to the wrong one.",
        .hints = {
            "Which user may know the secret where the command line names "
            "none?",
            "The server's own effective user, and nobody else. The other "
            "questions are free, and a `denied` does not end a connection.",
            "Keep the struct ucred of SO_PEERCRED with each connection, and "
            "compare its uid with geteuid(); the same for the record's "
            "sender.",
        },
        .man = "unix(7) geteuid(2) credentials(7)",
        .by_hand = "./server ./s sesame & until [ -S s ]; do :; done; echo -n "
                   "secret | sudo -u nobody socat -t 1 - "
                   "UNIX-CONNECT:s,type=5; kill $!",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            HAND(1, HAND_OTHER),
            CONNECT_AS(1, 1),
            ASKS_AS(1, 1, "whoami", CONNECTED("1")),
            ASKS(0, "whoami", CONNECTED("0")),
            ASKS_AS(1, 1, "secret", "denied"),
            ASKS(0, "secret", "{0}"),
            ASKS_AS(1, 1, "sender", SENDING("1")),
            SETTLE(),
            STOP(),
            SEND_AS(1, 1, "secret"),
            SEND(0, "secret"),
            CONTINUE(),
            EXPECT(1, "denied"),
            EXPECT(0, "{0}"),
            ASKS_AS(1, 1, "whoami", CONNECTED("1")),
            ASKS(0, "sender", SENDING("0")),
        },
    },
    {
        .name = "server-between-users",
        .title = "sockets are handed between users, both ways: the secret is "
                 "denied",
        .rules = "K3 K6 K1 K2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-foreigner",
        .why = "A privileged program that hands its connection to a helper "
               "has lent it its name. And one who may not know the secret "
               "can pass a connection to a program that may, and wait for "
               "what it writes.",
        .hints = {
            "Who must be allowed: the one who connected, or the one who "
            "sent this record?",
            "Both. Either test alone can be got round by handing a connected "
            "socket on.",
            "is_allowed(connector.uid) && is_allowed(sender.uid), the first "
            "from SO_PEERCRED, the second from this record's "
            "SCM_CREDENTIALS.",
        },
        .man = "unix(7) credentials(7)",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            HAND(1, HAND_OTHER),
            HAND(2, HAND_SAME),
            CONNECT_AS(1, 1),
            ASKS(0, "secret", "{0}"),
            ASKS_AS(0, 1, "whoami", CONNECTED("0")),
            ASKS_AS(0, 1, "sender", SENDING("1")),
            ASKS_AS(0, 1, "secret", "denied"),
            ASKS_AS(0, 2, "secret", "{0}"),
            ASKS_AS(0, 1, "secret", "denied"),
            ASKS_AS(1, 2, "whoami", CONNECTED("1")),
            ASKS_AS(1, 2, "sender", SENDING("2")),
            ASKS_AS(1, 2, "secret", "denied"),
            ASKS(1, "secret", "denied"),
            ASKS_AS(1, 1, "secret", "denied"),
            ASKS(0, "secret", "{0}"),
        },
    },
    {
        .name = "server-place-taken",
        .title = "one who was allowed goes, another user comes: nothing is "
                 "left over",
        .rules = "K1 K3 K6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-foreigner",
        .why = "The next connection gets the number of the descriptor that "
               "was closed last. What a server has noted under that number "
               "is about somebody who has gone.",
        .hints = {
            "What do you know of a connection the moment it is accepted, and "
            "where does it come from?",
            "The number of a descriptor is used again at once. Whatever is "
            "kept by that number must be made anew for each connection.",
            "Ask SO_PEERCRED after each accept(), and write the whole entry: "
            "*p = (struct peer){ .descriptor = fd, ... };",
        },
        .man = "accept(2) unix(7) close(2)",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            HAND(1, HAND_SAME),
            HAND(2, HAND_OTHER),
            CONNECT_AS(0, 1),
            ASKS_AS(0, 1, "whoami", CONNECTED("1")),
            ASKS_AS(0, 1, "secret", "{0}"),
            CLOSE(0),
            SETTLE(),
            CONNECT_AS(1, 2),
            ASKS_AS(1, 2, "secret", "denied"),
            ASKS_AS(1, 2, "whoami", CONNECTED("2")),
            CLOSE(1),
            SETTLE(),
            CONNECT(2),
            ASKS(2, "secret", "{0}"),
            ASKS(2, "whoami", CONNECTED("0")),
        },
    },
};
