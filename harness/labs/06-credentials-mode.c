#include "labs/06-credentials.h"

#include <signal.h>

/* Everyone may connect: the mode of the socket file. */
const struct scenario credentials_mode[] = {
    {
        .name = "server-umask",
        .title = "umask 077, 000, 022 and 0777: the socket has mode 0666 each "
                 "time",
        .rules = "K7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The umask comes from whoever starts the service: a shell, a "
               "unit file, a container. Connecting takes the right to write "
               "to the socket file, so with umask 022 a service meant for "
               "everyone is reachable for its own user and root alone.",
        .hints = {
            "What mode has the file that bind() makes, and who decides?",
            "0777, or what fchmod() has given the socket before, without "
            "the bits of the umask. connect() needs the right to write; "
            "nothing needs the right to execute.",
            "umask(0111) before bind() leaves 0666 of 0777, whatever the "
            "umask was: the program has its own, which it may set.",
        },
        .man = "umask(2) bind(2) unix(7) inode(7)",
        .by_hand = "umask 077; {server} & until [ -S uds_socket3.txt ]; do :; "
                   "done; ls -l uds_socket3.txt; kill $!",
        .steps = {
            UMASK(077),
            START(),
            CONNECT(0),
            MODE("{path}", 0666),
            ASKS(0, "secret", "sesame"),
            CLOSE(0),
            SIGNAL(SIGTERM),
            EXIT(0),
            UMASK(0),
            START(),
            CONNECT(1),
            MODE("{path}", 0666),
            CLOSE(1),
            SIGNAL(SIGTERM),
            EXIT(0),
            START(),
            CONNECT(2),
            MODE("{path}", 0666),
            CLOSE(2),
            SIGNAL(SIGTERM),
            EXIT(0),
            UMASK(0777),
            START(),
            CONNECT(3),
            MODE("{path}", 0666),
            ASKS(3, "secret", "sesame"),
            MODE("{path}", 0666),
        },
    },
    {
        .name = "server-mode-first",
        .title = "the mode right after bind() and before listen(): never wider "
                 "than 0666",
        .rules = "K7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-umask",
        .why = "Between bind() and chmod() the file has another mode, for a "
               "moment that an attacker can wait for, and chmod() follows "
               "whatever stands at the path by then. A file that comes into "
               "being with the right mode leaves no such moment.",
        .hints = {
            "Which mode has the file after bind() and before your next call? "
            "And is it the last one when listen() has been called?",
            "bind() can make it right at once. Where it cannot, the mode has "
            "to be narrower first and right before listen(): until then "
            "nobody can connect.",
            "umask(0111), or fchmod(fd, 0666) on the socket and umask(0), "
            "before bind(). A chmod(path, 0666) behind listen() comes too "
            "late.",
        },
        .man = "umask(2) bind(2) fchmod(2) listen(2)",
        .by_hand = "(umask 0; strace -f -e "
                   "trace=umask,bind,chmod,fchmod,listen {server}) & until [ "
                   "-S uds_socket3.txt ]; do :; done; kill $!",
        .steps = {
            UMASK(0),
            HOLD_AFTER_BIND(),
            MODE_WITHIN("{path}", 0666),
            RELEASE(),
            CONNECT(0),
            MODE("{path}", 0666),
            CLOSE(0),
            SIGNAL(SIGTERM),
            EXIT(0),
            UMASK(077),
            HOLD_AT_LISTEN(),
            MODE("{path}", 0666),
            RELEASE(),
            CONNECT(1),
            MODE("{path}", 0666),
            ASKS(1, "secret", "sesame"),
        },
    },
    {
        .name = "server-strangers",
        .title = "umask 077, and another user connects, many times: all but the "
                 "secret",
        .rules = "K7 K6 K9 K10 K1 K3",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-umask",
        .why = "A door that everyone may come through, and a question at the "
               "desk: a service that is for several users cannot do without "
               "this. File modes alone know an owner, one group, and the "
               "rest.",
        .hints = {
            "What does a user need to connect to your socket, and what does "
            "one get who is not allowed?",
            "The right to write to the file, and to search the directory. "
            "Then whoami, sender and alive are answered for everyone; kill() "
            "would be refused for another user's process (EPERM), a pidfd "
            "is not.",
            "The mode is 0666, and only secret asks for the user: "
            "is_allowed(&connector) && is_allowed(&sender) ? secret : "
            "\"denied\".",
        },
        .man = "unix(7) umask(2) pidfd_open(2) credentials(7)",
        .steps = {
            UMASK(077),
            START(),
            CONNECT_ALL(0, 30),
            SEND_ALL(0, 30, "secret"),
            EXPECT_ALL(0, 30, "sesame"),
            HAND(1, HAND_OTHER),
            CONNECT_AS(30, 1),
            CONNECT_AS(31, 1),
            CONNECT_AS(32, 1),
            CONNECT_AS(33, 1),
            CONNECT_AS(34, 1),
            ASKS_AS(30, 1, "alive", "yes"),
            ASKS_AS(31, 1, "whoami", CONNECTED("1")),
            ASKS_AS(32, 1, "sender", SENDING("1")),
            ASKS_AS(33, 1, "secret", "denied"),
            SEND_ALL(0, 35, "secret"),
            EXPECT_ALL(0, 30, "sesame"),
            EXPECT_ALL(30, 5, "denied"),
            SEND_ALL(0, 35, "whoami"),
            EXPECT_ALL(0, 30, CONNECTED("0")),
            EXPECT_ALL(30, 5, CONNECTED("1")),
            HAND_ENDS(1),
            SEND_ALL(0, 35, "alive"),
            EXPECT_ALL(0, 30, "yes"),
            EXPECT_ALL(30, 5, "no"),
        },
    },
};
