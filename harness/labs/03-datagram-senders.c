#include "labs/03-datagram.h"

/* Who sends, and how it can be answered. */
const struct scenario datagram_senders[] = {
    {
        .name = "server-sender-path",
        .title = "the sender has bound a path of 40 bytes: it is answered "
                 "there",
        .rules = "D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "The document's client names itself by a file, as most "
               "programs do. Such a name is longer than the 14 bytes that a "
               "struct sockaddr has for it, and a name that is cut is "
               "another name.",
        .hints = {
            "How much room do you give the kernel for the sender's name?",
            "A struct sockaddr holds 14 bytes of name. The right type is "
            "struct sockaddr_un, and its size goes into the length "
            "before the call.",
            "struct sockaddr_un sender; socklen_t length = sizeof sender; "
            "recvfrom(..., (struct sockaddr *)&sender, &length); and "
            "both go into sendto() as they came.",
        },
        .man = "recvfrom(2) unix(7) sendto(2)",
        .by_hand = "printf hello | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=./a-name-of-40-bytes",
        .payload = { TEXT(24), ROUTE(40) },
        .steps = {
            START(),
            BIND(0, "{1}"),
            SEND(0, "{0}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            STDOUT("received: {0}\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-sender-names",
        .title = "senders with short and long names take turns: all are "
                 "answered",
        .rules = "D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sender-path",
        .why = "The length of a name is both asked and told through one "
               "variable. Where it keeps what the last sender had, a longer "
               "name that comes later is cut, and a server that worked all "
               "morning loses one client in the afternoon.",
        .hints = {
            "What is in your length variable when recvfrom() is called "
            "for the second time?",
            "It is the room before the call and the name's true length "
            "after it. Left alone, it is the last name's length, and the "
            "kernel gives you no more than that.",
            "length = sizeof sender; inside the loop, right before each "
            "recvfrom(); with recvmsg() likewise msg_namelen.",
        },
        .man = "recvfrom(2) recvmsg(2) unix(7)",
        .by_hand = "for n in a a-longer-name b; do printf hello | socat -t1 "
                   "- UNIX-SENDTO:./uds_socket3.txt,bind=./$n; done",
        .payload = { TEXT(24), ROUTE(90), ROUTE(12) },
        .steps = {
            START(),
            AUTOBIND(0),
            SEND(0, "{0}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            BIND(1, "{1}"),
            SEND(1, "{0}"),
            EXPECT(1, "thank you! (24 bytes)\n"),
            BIND(2, "{2}"),
            SEND(2, "{0}"),
            EXPECT(2, "thank you! (24 bytes)\n"),
            SEND(0, "{0}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            STDOUT_EACH(4, "received: {0}\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-unbound",
        .title = "a sender without an address: printed, not answered, no "
                 "harm done",
        .rules = "D3 C6 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A client that forgot bind() waits for an answer that nobody "
               "can send, and a server that takes the failed send for the "
               "end of the world takes all the others with it.",
        .hints = {
            "Where would the answer go when the sender never bound its "
            "socket?",
            "Nowhere: recvfrom() gives a length of 0 for the name, and "
            "sendto() to nothing fails with ENOTCONN or EINVAL. That is "
            "no failure of the server.",
            "if (length <= offsetof(struct sockaddr_un, sun_path)) there "
            "is no name: print the message, count it as unanswerable, "
            "and go on.",
        },
        .man = "recvfrom(2) unix(7) bind(2)",
        .by_hand = "printf hello | socat -u - UNIX-SENDTO:./uds_socket3.txt",
        .payload = { TEXT(24), TEXT(30) },
        .steps = {
            START(),
            UNBOUND(0),
            SEND(0, "{1}"),
            STDOUT("received: {1}\n"),
            THANKED(1, "0", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-unbound-after",
        .title = "a sender without an address after one with: the first "
                 "hears nothing",
        .rules = "D3 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-unbound",
        .why = "Where there is no name the kernel writes none, and the "
               "variable still holds the one before. Then somebody gets the "
               "answer to a stranger's message.",
        .hints = {
            "What does your sockaddr_un hold after a receive that brought "
            "no name?",
            "What it held before: only the length says that there is no "
            "name this time.",
            "Decide by the length that recvfrom() has set, never by the "
            "bytes in sun_path.",
        },
        .man = "recvfrom(2) unix(7)",
        .by_hand = "printf one | socat -t5 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me & printf two | socat "
                   "-u - UNIX-SENDTO:./uds_socket3.txt; wait $!",
        .payload = { TEXT(24), TEXT(30) },
        .steps = {
            START(),
            BIND(0, "./first"),
            SEND(0, "{0}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            STDOUT("received: {0}\n"),
            UNBOUND(1),
            SEND(1, "{1}"),
            STDOUT("received: {1}\n"),
            EXPECT_SILENCE(0),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-unbound-empty",
        .title = "an empty datagram without a sender: printed, and that is "
                 "all",
        .rules = "D3 D5 C6 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-unbound",
        .why = "No bytes and no sender is as little as a receive can bring. "
               "After shutdown() it looks the same; so whoever wakes a "
               "server in that way, and takes this for the sign, can be "
               "ended by anybody.",
        .hints = {
            "Is there anything in your loop that a length of 0 and a name "
            "of 0 bytes mean together?",
            "It is still a datagram: a line with nothing behind "
            "\"received: \", and no answer.",
            "Whether it is time to end says a flag or a descriptor of "
            "your own, never what was received.",
        },
        .man = "recvfrom(2) shutdown(2) unix(7)",
        .by_hand = "socat -u - UNIX-SENDTO:./uds_socket3.txt,shut-null "
                   "</dev/null",
        .payload = { TEXT(24) },
        .steps = {
            START(),
            UNBOUND(0),
            SEND(0, ""),
            STDOUT("received: \n"),
            THANKED(1, "0", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-unbound-long",
        .title = "a datagram too long and without a sender: neither printed "
                 "nor answered",
        .rules = "D3 D2 C6 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-unbound",
        .why = "Two rules meet: what is too long is not printed, and who "
               "has no address is not answered. Code that treats each on "
               "its own path has to get both right on both.",
        .hints = {
            "Does your way for long datagrams ask whether there is a "
            "sender?",
            "Printing depends on the length, answering on the name: two "
            "questions, each asked once for every datagram.",
            "if (n <= 1024) print; if (there is a name) answer, thanks or "
            "refusal; else count it as unanswerable.",
        },
        .man = "recv(2) unix(7)",
        .by_hand = "head -c 1025 /dev/zero | tr '\\0' a | socat -b 2000 "
                   "-u - UNIX-SENDTO:./uds_socket3.txt",
        .payload = { TEXT(24), TEXT(1025) },
        .steps = {
            START(),
            UNBOUND(0),
            SEND(0, "{1}"),
            THANKED(1, "0", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-dead",
        .title = "two senders have gone before they are answered: on with "
                 "the next one",
        .rules = "D4 C6 C8 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A datagram outlives its sender: it is still delivered when "
               "the process that sent it has ended. One that gives up "
               "waiting, or is killed, must not end the service for the "
               "others.",
        .hints = {
            "What does sendto() say when the receiver's socket is closed?",
            "ECONNREFUSED. It says something about that one sender, and "
            "nothing about your socket, which is as good as before.",
            "if (sendto(...) == -1) count it as dropped and receive the "
            "next datagram. No exit, and no line on stdout.",
        },
        .man = "sendto(2) unix(7)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -STOP $S; printf gone | socat -t0.1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me; kill -CONT $S; "
                   "printf hello | socat -t1 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=you; kill $S",
        .payload = { TEXT(24), TEXT(20), ROUTE(30) },
        .steps = {
            START(),
            CONNECT(0),
            BIND(1, "{2}"),
            SETTLE(),
            STOP(),
            SEND(0, "{1}-0"),
            SEND(1, "{1}-1"),
            CLOSE_ALL(0, 2),
            CONTINUE(),
            STDOUT_EACH(2, "received: {1}-{i}\n"),
            THANKED(2, "0", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-removed",
        .title = "the sender's path has been removed meanwhile: its answer "
                 "is dropped",
        .rules = "D4 C6 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-dead",
        .why = "A careful client removes its file as soon as it gives up. "
               "Then the error is ENOENT and no longer ECONNREFUSED: who "
               "forgives one of them only has half the answer.",
        .hints = {
            "Which errors of sendto() do you let pass, and how did you "
            "find out about the others?",
            "The name leads nowhere now: ENOENT. With other rights it "
            "would be EACCES, with a full queue EAGAIN.",
            "Do not list the errors that are harmless: at an answer all "
            "of them are. The datagram's answer is dropped, whatever "
            "errno says.",
        },
        .man = "sendto(2) unlink(2) unix(7)",
        .by_hand = "./server & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "kill -STOP $S; printf hello | socat -t5 - "
                   "UNIX-SENDTO:./uds_socket3.txt,bind=me & until [ -S me ]; "
                   "do :; done; rm me; kill -CONT $S; wait $!; kill $S",
        .payload = { TEXT(24), TEXT(30), ROUTE(30) },
        .steps = {
            START(),
            BIND(0, "{2}"),
            SETTLE(),
            STOP(),
            SEND(0, "{1}"),
            REMOVE("{2}"),
            CONTINUE(),
            STDOUT("received: {1}\n"),
            THANKED(1, "0", "24"),
            EXPECT_SILENCE(0),
            STDOUT_END(),
            ALIVE(),
        },
    },
    {
        .name = "server-became-a-file",
        .title = "a regular file stands at the sender's path by now: left "
                 "untouched",
        .rules = "D4 C6 D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-removed",
        .why = "A sender's name is a string that the sender has chosen, and "
               "by the time of the answer it may lead anywhere. A server "
               "that clears \"dead\" senders away deletes what others have "
               "pointed it to.",
        .hints = {
            "What do you do about a sender's path besides sending to it?",
            "ECONNREFUSED comes for a regular file too, not only for a "
            "socket that nobody has open. It is not yours in either "
            "case.",
            "Drop the answer and nothing else: no unlink(), no open(), no "
            "stat() on a path that came from outside.",
        },
        .man = "sendto(2) unlink(2) unix(7)",
        .payload = { TEXT(24), TEXT(30), ROUTE(30), TEXT(100) },
        .steps = {
            START(),
            BIND(0, "{2}"),
            SETTLE(),
            STOP(),
            SEND(0, "{1}"),
            REMOVE("{2}"),
            PLANT_FILE("{2}", "{3}\n"),
            CONTINUE(),
            STDOUT("received: {1}\n"),
            THANKED(1, "0", "24"),
            EXPECT_SILENCE(0),
            FILE_SAME("{2}"),
            STDOUT_END(),
        },
    },
};
