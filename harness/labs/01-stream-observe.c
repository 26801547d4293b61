#include "labs/01-stream.h"

/* Worth no points: what they show is for the eye. */
const struct scenario stream_observe[] = {
    {
        .name = "observe-two-pieces",
        .title = "a message comes in two pieces: is it answered after the "
                 "first?",
        .rules = "S2 S3",
        .role = ROLE_SERVER,
        .after = "server-hello",
        .why = "A stream has no messages. One receive gets what has come so "
               "far, and a server that takes it for the message answers half "
               "of one. Nothing here is wrong by the rules of lab 01; lab 02 "
               "is about it.",
        .hints = {
            "How could the server know that more is to come?",
            "By nothing that the stream says. The two ends have to agree on "
            "a form: a length before each message, or a mark behind it.",
            "Lab 02 has both ends agree on a length of four bytes.",
        },
        .man = "recv(2) unix(7)",
        .by_hand = "./server & (printf 'thank '; sleep 1; printf 'you') | "
                   "socat - UNIX-CONNECT:uds_socket3.txt,retry=9,interval=0.1",
        .payload = { TEXT(8), TEXT(8) },
        .steps = {
            START(),
            CONNECT(0),
            SEND_PIECES(0, 8, "{0}"),
            EXPECT(0, "thank you!\n"),
            STDOUT("received: {0}\n"),
            EXPECT_END(0),
            SEND(0, "{1}"),
            STDOUT_END(),
            OBSERVED("The first piece, {0}, was taken for the whole message "
                     "and answered; the second, {1}, found the connection "
                     "closed and is lost. The sender had meant one message "
                     "of 16 bytes."),
        },
    },
    {
        .name = "observe-backlog",
        .title = "how many connections does listen(n) hold?",
        .rules = "S5",
        .role = ROLE_NONE,
        .why = "The document says that listen(n) counts established and "
               "half-open connections. On a UNIX domain socket there is "
               "nothing half-open: connect() returns once the connection is "
               "complete and waits to be accepted.",
        .hints = {
            "What does a connection need before it is established, and who "
            "has to answer for that?",
            "On TCP the other end must answer, and until then a connection "
            "is half-open. Here both ends are in one kernel.",
            "The kernel takes connections while at most n wait, so that n + 1 "
            "fit in; then connect() waits, or says EAGAIN where it must not.",
        },
        .man = "listen(2) connect(2) unix(7)",
        .steps = {
            OBSERVE(OBSERVE_BACKLOG),
        },
    },
};
