#include "labs/03-datagram.h"

#include <signal.h>

/* What the server says at its end. */
const struct scenario datagram_counts[] = {
    {
        .name = "server-counts-nothing",
        .title = "SIGTERM before any datagram: the last line says so, all "
                 "zeros",
        .rules = "D7 C7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A line that is always there can be waited for, and read by "
               "a program. One that is left out when there was nothing to "
               "tell looks just like a crash.",
        .hints = {
            "Does your server reach the line that prints the counts when "
            "nobody has ever sent anything?",
            "The way out of the wait leads to the same place, whether "
            "there were datagrams before or not.",
            "serve(); remove the file; printf(\"served %lu datagrams: %lu "
            "answered, %lu unanswerable, %lu dropped\\n\", ...); "
            "fflush(stdout); return 0;",
        },
        .man = "signalfd(2) sigaction(2) printf(3)",
        .by_hand = "timeout --preserve-status 1 ./server; echo $?",
        .steps = {
            START(),
            CONNECT(0),
            CLOSE(0),
            SETTLE(),
            SIGNAL(SIGTERM),
            STDOUT("served 0 datagrams: 0 answered, 0 unanswerable, 0 "
                   "dropped\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "server-counts-answered",
        .title = "SIGTERM after thanks and a refusal: each counts as an "
                 "answer",
        .rules = "D7 D1 D2 D5",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-counts-nothing",
        .why = "Counters are only worth something if they add up. A "
               "datagram that is counted in one place and left out in "
               "another is looked for for days.",
        .hints = {
            "Which datagrams are answered: those that were printed, or "
            "those to whom something was sent?",
            "A refusal is an answer, and an empty message is a message. "
            "Count when the answer has been sent.",
            "answered++ right behind the sendto() that succeeded; and R "
            "is the sum of the three, not a fourth counter.",
        },
        .man = "sendto(2) printf(3)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "for i in 1 2; do printf $i | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me; done; kill $S; "
                   "wait $S",
        .payload = { TEXT(24), TEXT(1025) },
        .steps = {
            START(),
            THANKED(0, "0", "24"),
            CONNECT(1),
            SEND(1, "{1}"),
            EXPECT(1, "too long (1025 bytes, limit 1024)\n"),
            SEND(1, ""),
            EXPECT(1, "thank you! (0 bytes)\n"),
            STDOUT("received: \n"),
            SETTLE(),
            SIGNAL(SIGTERM),
            STDOUT("served 3 datagrams: 3 answered, 0 unanswerable, 0 "
                   "dropped\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "server-counts-unnamed",
        .title = "SIGINT after three senders without an address: "
                 "unanswerable, not dropped",
        .rules = "D7 D1 D2 D3 D5 C7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-counts-nothing",
        .why = "An answer that nobody wanted and one that got lost are "
               "different troubles: the first is a client without bind(), "
               "the second one that does not read. The counts should tell "
               "them apart.",
        .hints = {
            "How do you tell \"there is no address\" from \"sending to it "
            "failed\"?",
            "Before the send: by the length of the name. After it, both "
            "are just a -1.",
            "if (there is no name) unanswerable++; else if (sendto(...) "
            "== -1) dropped++; else answered++; and SIGINT ends the loop "
            "as SIGTERM does.",
        },
        .man = "recvfrom(2) sendto(2) sigaction(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "for i in 1 2 3; do printf $i | socat -u - "
                   "UNIX-SENDTO:./uds_socket3.txt; done; kill -INT $S; "
                   "wait $S",
        .payload = { TEXT(24), TEXT(20), TEXT(1025) },
        .steps = {
            START(),
            UNBOUND(0),
            UNBOUND(1),
            SEND(0, "{1}"),
            STDOUT("received: {1}\n"),
            SEND(1, ""),
            STDOUT("received: \n"),
            SEND(0, "{2}"),
            THANKED(2, "0", "24"),
            SETTLE(),
            SIGNAL(SIGINT),
            STDOUT("served 4 datagrams: 1 answered, 3 unanswerable, 0 "
                   "dropped\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "server-counts-dropped",
        .title = "SIGTERM after answers to senders that had gone: dropped, "
                 "not answered",
        .rules = "D7 D4 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-counts-nothing",
        .why = "\"Sent\" and \"tried to send\" are not the same. A count of "
               "answers that counts the attempts hides exactly the trouble "
               "that one looks for in it.",
        .hints = {
            "Do you count an answer before or after you know what became "
            "of it?",
            "sendto() says at once whether the answer is in the "
            "receiver's queue. Only then is it answered.",
            "if (sendto(...) == -1) dropped++; else answered++; for every "
            "errno that there is.",
        },
        .man = "sendto(2) unix(7)",
        .payload = { TEXT(24), TEXT(20), ROUTE(30) },
        .steps = {
            START(),
            CONNECT(0),
            AUTOBIND(1),
            BIND(2, "{2}"),
            SETTLE(),
            STOP(),
            SEND(0, "{1}-0"),
            SEND(1, "{1}-1"),
            SEND(2, "{1}-2"),
            CLOSE_ALL(0, 3),
            CONTINUE(),
            STDOUT_EACH(3, "received: {1}-{i}\n"),
            THANKED(3, "0", "24"),
            SETTLE(),
            SIGNAL(SIGTERM),
            STDOUT("served 4 datagrams: 1 answered, 0 unanswerable, 3 "
                   "dropped\n"),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "server-signal-in-flood",
        .title = "SIGTERM with datagrams queued and answers that nobody "
                 "reads: it ends",
        .rules = "C7 D4 D7",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-never-reads",
        .why = "A service is often ended just when it is overwhelmed. If it "
               "first wants to do all that is queued, and waits for those "
               "who do not read, the manager waits for it, and kills it in "
               "the end.",
        .hints = {
            "What has to be done between the signal and the exit?",
            "Nothing that depends on others. What is queued may be left "
            "unserved; where it is served, an answer is tried once, as "
            "ever.",
            "Look at the stop flag, or its descriptor, before each "
            "receive, not only when nothing is left to receive; and "
            "MSG_DONTWAIT in every sendto(), also on the way out.",
        },
        .man = "signal(7) signalfd(2) sendto(2)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "yes | socat -u -b 2 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me & until [ -S me ]; "
                   "do :; done; kill $S; wait $S; echo $?",
        .payload = { TEXT(24), TEXT(20) },
        .steps = {
            START(),
            CONNECT(0),
            FLOOD(0, 340, "{1}-{n}"),
            SETTLE(),
            STOP(),
            FLOOD(0, 200, "{1}-{n}"),
            SIGNAL(SIGTERM),
            CONTINUE(),
            EXIT(0),
            FILE_GONE("{path}"),
            REFUSED(1),
        },
    },
};
