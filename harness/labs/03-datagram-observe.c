#include "labs/03-datagram.h"

/* Worth no points: what they show settles what the document says of datagrams,
 * once that they are reliable, and once that they are not. */
const struct scenario datagram_observe[] = {
    {
        .name = "observe-order",
        .title = "20,000 datagrams to a receiver that reads: how many arrive?",
        .rules = "D6",
        .role = ROLE_NONE,
        .why = "Datagrams of the network may be lost, doubled and overtaken. "
               "Those of a UNIX domain socket never leave the kernel: each "
               "waits in the receiver's queue, and a sender that finds it "
               "full has to wait.",
        .hints = {
            "Where could a datagram get lost between two sockets of one "
            "kernel?",
            "Nowhere on the way: it is put into the receiver's queue, or the "
            "send fails.",
            "Reliable, then, as long as both ends live, the sender heeds "
            "EAGAIN, and the receiver's buffer is long enough.",
        },
        .man = "unix(7) send(2)",
        .steps = {
            OBSERVE(OBSERVE_ORDER),
        },
    },
    {
        .name = "observe-losses",
        .title = "the ways in which a datagram is refused, or lost after all",
        .rules = "D2 D4",
        .role = ROLE_NONE,
        .after = "observe-order",
        .why = "A sender is told of a full queue, of a datagram that is too "
               "long, and of a receiver that has gone. It is not told that a "
               "buffer was too short, nor that the receiver ended without "
               "reading.",
        .hints = {
            "Which of the losses does the sender hear of?",
            "Those that the kernel sees when it sends. What becomes of a "
            "datagram in the queue is the receiver's affair.",
            "Where it matters that a message was dealt with, and not only "
            "delivered, the receiver has to answer: as in this lab.",
        },
        .man = "unix(7) send(2) recv(2)",
        .steps = {
            OBSERVE(OBSERVE_LOSSES),
        },
    },
    {
        .name = "observe-raw",
        .title = "what does SOCK_RAW become in the UNIX domain?",
        .rules = "D1",
        .role = ROLE_NONE,
        .why = "Tables of socket types list SOCK_RAW beside the others. In "
               "the UNIX domain there is no lower layer that a raw socket "
               "could show.",
        .hints = {
            "What does SO_TYPE say of the socket that you were given?",
            "The kernel makes a datagram socket of it, without a word.",
            "getsockopt(fd, SOL_SOCKET, SO_TYPE, ...) tells; write "
            "SOCK_DGRAM where you mean it.",
        },
        .man = "socket(2) socket(7) unix(7)",
        .steps = {
            OBSERVE(OBSERVE_RAW),
        },
    },
};
