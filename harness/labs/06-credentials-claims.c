#include "labs/06-credentials.h"

#define NULS_12 "\0\0\0\0\0\0\0\0\0\0\0\0"
#define NULS_59 NULS_12 NULS_12 NULS_12 NULS_12 "\0\0\0\0\0\0\0\0\0\0\0"

/* What a record says of itself, in its text and beside it. */
const struct scenario credentials_claims[] = {
    {
        .name = "server-text-claims",
        .title = "records that say who sends them: unknown requests, one and "
                 "all",
        .rules = "K5 K1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A package manager once looked for \"uid=\" in a text that "
               "held a name of the peer's choice, and found what the peer had "
               "put there: user 0. What a record says of its sender counts for "
               "nothing.",
        .hints = {
            "Who has written the words \"uid=0\" in this record?",
            "The peer. There are four requests, each of one word; a record "
            "that starts with one and goes on is something else.",
            "Compare the whole record: length == strlen(\"secret\") && "
            "memcmp(record, \"secret\", length) == 0. No sscanf(), no "
            "strstr(), no strncmp().",
        },
        .man = "memcmp(3) recvmsg(2)",
        .by_hand = "{server} & until [ -S uds_socket3.txt ]; do :; done; echo "
                   "-n 'secret uid=0' | socat -t 1 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill $!",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            UNKNOWN(0, "secret uid=0"),
            UNKNOWN(0, "whoami pid=1 uid=0 gid=0"),
            UNKNOWN(0, "sender pid={pid0}"),
            UNKNOWN(0, "uid=0"),
            UNKNOWN(0, "pid={pid0} uid={uid0} gid={gid0}"),
            UNKNOWN(0, "secret {uid0}"),
            UNKNOWN(0, "{0}"),
            ASKS(0, "whoami", CONNECTED("0")),
            ASKS(0, "sender", SENDING("0")),
        },
    },
    {
        .name = "server-near-misses",
        .title = "`WHOAMI`, `whoami` with a blank, a newline, a NUL: unknown "
                 "requests",
        .rules = "K5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-text-claims",
        .why = "A record is neither a line nor a string. Where one end "
               "forgives what the other does not, a check in between sees "
               "another request than the server carries out.",
        .hints = {
            "Where does a record end for your server: at its last byte, or "
            "at the first NUL or newline in it?",
            "recvmsg() says how long the record is; that many bytes are it. "
            "No more is taken off its end, and case counts.",
            "memcmp() with the length that was received; not strcmp(), "
            "strcasecmp(), or fgets()-like trimming.",
        },
        .man = "memcmp(3) recvmsg(2)",
        .by_hand = "{server} & until [ -S uds_socket3.txt ]; do :; done; echo "
                   "whoami | socat -t 1 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill $!",
        .steps = {
            START(),
            CONNECT(0),
            UNKNOWN(0, "WHOAMI"),
            UNKNOWN(0, "Secret"),
            UNKNOWN(0, "whoami "),
            UNKNOWN(0, " whoami"),
            UNKNOWN(0, "whoami\n"),
            UNKNOWN(0, "sender\r\n"),
            UNKNOWN(0, "whoami\0"),
            UNKNOWN(0, "secret\0uid=0"),
            UNKNOWN(0, "\0secret"),
            UNKNOWN(0, "whoam"),
            UNKNOWN(0, "s"),
            UNKNOWN(0, "whoamiwhoami"),
            UNKNOWN(0, "alive\n"),
            ASKS(0, "whoami", CONNECTED("0")),
        },
    },
    {
        .name = "server-record-sizes",
        .title = "records of no byte, and of 64, 65 and 200000: unknown "
                 "requests",
        .rules = "K5 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-near-misses",
        .why = "An empty record looks like the end of file, and a long one "
               "that is cut to the buffer looks like a short one. Both are "
               "what somebody sends who wants to see what happens.",
        .hints = {
            "recvmsg() has returned 0: what does that mean, and what else "
            "can it mean? And what does it return for a record that does not "
            "fit?",
            "An empty record comes with credentials, the end of file with no "
            "control data. With MSG_TRUNC among the flags the length is the "
            "true one, however little is fetched.",
            "n = recvmsg(fd, &m, MSG_TRUNC); n == 0 && m.msg_controllen == 0 "
            "is the end; n == 0 or n > 64 is an unknown request.",
        },
        .man = "recvmsg(2) recv(2) cmsg(3) unix(7)",
        .by_hand = "{server} & until [ -S uds_socket3.txt ]; do :; done; "
                   "printf 'whoami%059d' 0 | socat -t 1 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5; kill $!",
        .payload = { TEXT(1), TEXT(64), TEXT(59), TEXT(199994) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            SEND_BUFFER(0, 212992),
            UNKNOWN(0, ""),
            ASKS(0, "whoami", CONNECTED("0")),
            UNKNOWN(0, "{1}"),
            UNKNOWN(0, "whoami{2}"),
            UNKNOWN(0, "secret" NULS_59),
            UNKNOWN(0, "sender{3}"),
            UNKNOWN(0, ""),
            UNKNOWN(0, ""),
            ASKS(0, "secret", "{0}"),
            ASKS(0, "sender", SENDING("0")),
        },
    },
    {
        .name = "server-forged",
        .title = "false credentials, which the kernel refuses, then true "
                 "ones: these count",
        .rules = "K2 K3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A sender may attach credentials of its own making. From "
               "anybody but root the kernel lets through only what is true "
               "and fails the rest, at the sender: that is what the word of "
               "the kernel is worth.",
        .hints = {
            "What does sendmsg() say to a process that claims to be another "
            "one?",
            "EPERM, and nothing is sent: the server never hears of it. What "
            "does arrive has been checked, whether the sender attached it or "
            "the kernel did.",
            "Nothing is to be done but to take SCM_CREDENTIALS of each "
            "record as it comes.",
        },
        .man = "unix(7) sendmsg(2) capabilities(7)",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            HAND(1, HAND_SAME),
            HAND(2, HAND_SAME),
            FORGE_AS(0, 1, 0, "sender"),
            ASKS_AS(0, 1, "sender", SENDING("1")),
            FORGE_AS(0, 1, 2, "whoami"),
            FORGE_AS(0, 1, 1, "sender"),
            EXPECT(0, SENDING("1")),
            ASKS(0, "sender", SENDING("0")),
            FORGE_AS(0, 2, 2, "secret"),
            EXPECT(0, "{0}"),
            FORGE_AS(0, 2, 2, "sender"),
            EXPECT(0, SENDING("2")),
        },
    },
    {
        .name = "server-root-claims",
        .title = "root sends as another process: the sender is who the kernel "
                 "says",
        .rules = "K2 K3 K1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-between-users",
        .why = "Root may claim any process and any user, and the kernel "
               "passes it on: that is how a proxy run by root speaks for its "
               "clients. It does not change who connected.",
        .hints = {
            "Whom does the kernel name as the sender here, and is it for "
            "you to doubt it?",
            "Root can do as it likes, also without this. The sender is who "
            "SCM_CREDENTIALS says; the connector is still who connected.",
            "No extra test for root: sender from SCM_CREDENTIALS, connector "
            "from SO_PEERCRED, and for the secret both on the list.",
        },
        .man = "unix(7) capabilities(7) sendmsg(2)",
        .payload = { TEXT(24) },
        .args = { "{path}", "{0}" },
        .steps = {
            START(),
            CONNECT(0),
            HAND(1, HAND_ROOT),
            HAND(2, HAND_OTHER),
            CONNECT_AS(1, 1),
            FORGE_AS(0, 1, 0, "sender"),
            EXPECT(0, SENDING("0")),
            FORGE_AS(0, 1, 0, "secret"),
            EXPECT(0, "{0}"),
            FORGE_AS(0, 1, 2, "sender"),
            EXPECT(0, SENDING("2")),
            FORGE_AS(0, 1, 2, "secret"),
            EXPECT(0, "denied"),
            FORGE_AS(0, 1, 1, "secret"),
            EXPECT(0, "denied"),
            FORGE_AS(1, 1, 0, "secret"),
            EXPECT(1, "denied"),
            FORGE_AS(1, 1, 0, "whoami"),
            EXPECT(1, CONNECTED("1")),
            FORGE_AS(0, 2, 0, "secret"),
            ASKS_AS(0, 2, "sender", SENDING("2")),
            ASKS_AS(0, 2, "secret", "denied"),
        },
    },
};
