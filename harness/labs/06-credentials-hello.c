#include "labs/06-credentials.h"

const struct scenario credentials_hello[] = {
    {
        .name = "server-hello",
        .title = "a peer asks who it is, who sent this, and for the secret",
        .rules = "K1 K2 K3",
        .role = ROLE_SERVER,
        .points = 1,
        .why = "Anybody can write a name into a message. Who has connected "
               "the kernel knows, and it cannot be talked into another "
               "opinion: that is why services on one machine need no "
               "passwords.",
        .hints = {
            "Who can say for sure which process is at the other end: the "
            "peer, or the kernel?",
            "getsockopt() with SO_PEERCRED fills in a struct ucred: pid, uid "
            "and gid as they were when the peer connected.",
            "struct ucred who; socklen_t size = sizeof who; "
            "getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &who, &size), "
            "right after accept(); check what it returns.",
        },
        .man = "unix(7) socket(7) getsockopt(2)",
        .by_hand = "{server} & until [ -S uds_socket3.txt ]; do :; done; echo "
                   "-n whoami | socat -t 1 - UNIX-CONNECT:uds_socket3.txt,type=5; "
                   "kill $!",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            ASKS(0, "whoami", CONNECTED("0")),
            ASKS(0, "sender", SENDING("0")),
            ASKS(0, "secret", "{0}"),
        },
    },
};
