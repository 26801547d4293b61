#include "labs/03-datagram.h"

#include <signal.h>

/* Senders that do not read their answers. A sender that is connected to the
 * server may have answers queued until the server's send buffer is full; one
 * that is not, no more than its own queue holds. */
const struct scenario datagram_readers[] = {
    {
        .name = "server-never-reads",
        .title = "340 datagrams from one that never reads: each is printed, "
                 "no waiting",
        .rules = "D4 C6 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-again",
        .why = "A logger and the manager that logged to it once waited for "
               "each other at the start of whole machines: each had a full "
               "queue, and neither read. A server that waits for a receiver "
               "can be stopped by any of its clients.",
        .hints = {
            "What does sendto() do by default when there is no room for "
            "the answer?",
            "It waits until there is some: here, for ever. Somebody who "
            "does not take its answers has no claim to them.",
            "sendto(fd, text, length, MSG_DONTWAIT, ...) fails with "
            "EAGAIN: count the answer as dropped and go on. Do not try "
            "again in a loop, and do not poll() for POLLOUT.",
        },
        .man = "sendto(2) send(2) unix(7)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "yes | head -n 340 | socat -u -b 2 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me; kill $S; wait $S",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            CONNECT(0),
            REPEAT(2),
            FLOOD(0, 170, "{1}-{n}"),
            STDOUT_EACH(170, "received: {1}-{i}\n"),
            AGAIN(),
            CLOSE(0),
            THANKED(1, "0", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-queue-full",
        .title = "the queue of one sender is full: the others are answered",
        .rules = "D4 C6 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-again",
        .why = "A queue holds a dozen datagrams on many machines, so a "
               "client that is stopped in a debugger has it full within a "
               "second. That must be its own trouble.",
        .hints = {
            "What does one full queue have to do with the other senders?",
            "Nothing: EAGAIN from sendto() is about that receiver. Your "
            "own socket is still readable and still able to send.",
            "Treat EAGAIN from sendto() as any other failure of an "
            "answer: dropped, next datagram.",
        },
        .man = "sendto(2) unix(7)",
        .by_hand = "cat /proc/sys/net/unix/max_dgram_qlen; yes | head -n 100 "
                   "| socat -u -b 2 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me,unlink-close=0; "
                   "printf hello | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=you",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            AUTOBIND(0),
            FLOOD(0, 100, "{1}-{n}: {q+1} fit"),
            STDOUT_EACH(100, "received: {1}-{i}: {q+1} fit\n"),
            THANKED(1, "0", "24"),
            THANKED(2, "0", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-queue-limit",
        .title = "as many answers as a queue holds, then one more: it alone "
                 "is dropped",
        .rules = "D4 D7 D2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-queue-full",
        .why = "How much a queue holds is the machine's affair "
               "(max_dgram_qlen, and one more), not a number for programs "
               "to know. The kernel says when it is full; up to there "
               "nothing may be held back or lost.",
        .hints = {
            "Who knows whether the receiver's queue is full: your server, "
            "or the kernel?",
            "Try each answer, without waiting. EAGAIN means that this "
            "one is dropped, and says nothing about the next.",
            "No limit and no queue of your own: sendto() with "
            "MSG_DONTWAIT for every datagram, and count what it "
            "returned.",
        },
        .man = "unix(7) sendto(2) proc(5)",
        .by_hand = "cat /proc/sys/net/unix/max_dgram_qlen",
        .payload = { TEXT(1025), TEXT(2000) },
        .steps = {
            START(),
            AUTOBIND(0),
            CONNECT(1),
            SETTLE(),
            /* Their number is what the server's own queue holds: not one is
             * taken before, by a thread that has yet to stop. They are too
             * long to be printed, so the last line is the only one. */
            STOP(),
            SETTLE(),
            FLOOD(0, 200, "{0}"),
            CONTINUE(),
            /* A server may look for datagrams now and then only: once it has
             * answered somebody else, it has taken the others too. */
            SEND(1, "{0}"),
            EXPECT(1, "too long (1025 bytes, limit 1024)\n"),
            SETTLE(),
            /* Of another length: its answer is none of the flood's. */
            SEND(0, "{1}"),
            SEND(1, "{0}"),
            EXPECT(1, "too long (1025 bytes, limit 1024)\n"),
            SETTLE(),
            EXPECT_FLOOD(0, "too long (1025 bytes, limit 1024)\n"),
            EXPECT_SILENCE(0),
            SIGNAL(SIGTERM),
            STDOUT("served {q+4} datagrams: {q+3} answered, 0 unanswerable, "
                   "1 dropped\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "server-reads-later",
        .title = "a sender reads after all: answered again, and nothing "
                 "comes late",
        .rules = "D4 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-never-reads",
        .why = "A client that was slow for a while is a good client again. "
               "Answers that were kept for it and come late would be taken "
               "for the answers to what it asks next.",
        .hints = {
            "What do you remember about a sender whose answer could not "
            "be delivered?",
            "Nothing is the right amount: neither its answers nor its "
            "name. Dropped is dropped.",
            "The next datagram is treated as if it were the first: one "
            "sendto() with MSG_DONTWAIT.",
        },
        .man = "sendto(2) unix(7)",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            CONNECT(0),
            REPEAT(2),
            FLOOD(0, 170, "{1}-{n}"),
            STDOUT_EACH(170, "received: {1}-{i}\n"),
            AGAIN(),
            SETTLE(),
            DRAIN(0),
            SETTLE(),
            SEND(0, "{0}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            EXPECT_SILENCE(0),
            STDOUT("received: {0}\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-all-sorts",
        .title = "a good sender waits behind bad ones: it is answered, and "
                 "all counted",
        .rules = "C6 D1 D2 D3 D4 D7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-removed",
        .why = "Bad senders come among good ones. Where datagrams are "
               "taken, or answers sent, several at a time, one failure in "
               "the middle must not take the rest along.",
        .hints = {
            "What happens to the datagrams behind the one whose answer "
            "failed?",
            "Nothing may: each has its own outcome. sendmmsg(2) stops at "
            "the first answer that fails, and does not say why.",
            "One datagram, one outcome: ANSWERED, UNANSWERABLE or "
            "DROPPED, and a counter for each. A batch goes on behind "
            "the one that failed.",
        },
        .man = "sendto(2) sendmmsg(2) unix(7)",
        .payload = { TEXT(24), TEXT(20), TEXT(1025), ROUTE(30) },
        .steps = {
            START(),
            CONNECT(0),
            UNBOUND(1),
            BIND(2, "{3}"),
            AUTOBIND(3),
            CONNECT(4),
            AUTOBIND(5),
            SETTLE(),
            STOP(),
            SEND(1, "{1}-0"),
            SEND(0, "{1}-1"),
            SEND(3, "{1}-2"),
            CLOSE(3),
            SEND(4, "{2}"),
            SEND(2, "{1}-3"),
            REMOVE("{3}"),
            SEND(5, "{1}-4"),
            CONTINUE(),
            EXPECT(0, "thank you! (22 bytes)\n"),
            EXPECT(5, "thank you! (22 bytes)\n"),
            EXPECT(4, "too long (1025 bytes, limit 1024)\n"),
            STDOUT_EACH(5, "received: {1}-{i}\n"),
            EXPECT_SILENCE(2),
            SIGNAL(SIGTERM),
            STDOUT("served 6 datagrams: 3 answered, 1 unanswerable, 2 "
                   "dropped\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
