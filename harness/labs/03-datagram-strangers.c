#include "labs/03-datagram.h"

/* Whoever knows the client's address can send to it. */
const struct scenario datagram_strangers[] = {
    {
        .name = "client-stranger",
        .title = "a stranger sends to it before, while and after it waits: "
                 "unheard",
        .rules = "D12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-lines",
        .why = "A datagram socket that is bound takes what anybody sends. "
               "Whoever knows or guesses the name can answer in the "
               "server's place, faster than the server: name lookups have "
               "been forged in this way for decades.",
        .hints = {
            "Who may send to your socket, and how would you notice?",
            "Anybody, as long as it is not connected. connect() on a "
            "datagram socket is a filter: the kernel refuses datagrams "
            "from all but the one you are connected to.",
            "connect() each socket to the server and use send() and "
            "recv(); with sendto() alone, every name in the system may "
            "answer.",
        },
        .man = "connect(2) unix(7) recvfrom(2)",
        .payload = { TEXT(24), TEXT(24), TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            AUTOBIND(1),
            START(),
            SETTLE(),
            INTRUDE(1, "{4}\n"),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SETTLE(),
            INTRUDE(1, "{4}\n"),
            SEND(9, "{1}\n"),
            STDOUT("reply: {1}\n"),
            SETTLE(),
            INTRUDE(1, "{4}\n"),
            FEED("{2}\n"),
            REPLIES("2", "3"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-stranger-early",
        .title = "a stranger sends before the client is connected: not "
                 "printed",
        .rules = "D12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-stranger",
        .why = "The kernel's filter works from connect() on, and leaves in "
               "the queue what came before. Between bind() and connect() "
               "there is time enough for somebody who watches for new "
               "names, and the first thing in the queue passes for the "
               "answer.",
        .hints = {
            "What is in your socket's queue at the moment when connect() "
            "returns?",
            "Whatever was sent to its name since bind(): connect() does "
            "not look back. A socket that has no name yet cannot be sent "
            "to.",
            "connect() first and bind() after it; or bind, connect, and "
            "then recv() with MSG_DONTWAIT until it says EAGAIN, before "
            "the first line is sent.",
        },
        .man = "connect(2) bind(2) unix(7)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            AUTOBIND(1),
            FEED("{0}\n"),
            HOLD_AT_CONNECT(),
            INTRUDE(1, "{2}\n"),
            INTRUDE(1, "{2}\n"),
            RELEASE(),
            REPLIES("0", "1"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
    {
        .name = "client-impostor",
        .title = "another socket takes the server's name and answers: not "
                 "printed",
        .rules = "D12",
        .role = ROLE_CLIENT,
        .points = 1,
        .after = "client-stranger",
        .why = "An address is a string: who removes the file can bind the "
               "same name to another socket, and its datagrams carry that "
               "name. A client that compares names takes a stranger for "
               "its server; systems have been broken into that way.",
        .hints = {
            "What does it prove that an answer comes from the name you "
            "sent to?",
            "That somebody has bound that name, at some time. The kernel "
            "knows which socket you are connected to, whatever it is "
            "called, and refuses all others.",
            "connect() and recv(). The address that recvfrom() reports is "
            "for answering, not for trusting.",
        },
        .man = "connect(2) unix(7) unlink(2)",
        .payload = { TEXT(24), TEXT(24), TEXT(24) },
        .args = { "-t", "60000" },
        .steps = {
            LISTEN(9, 5),
            START(),
            FEED("{0}\n"),
            EXPECT(9, "{0}"),
            SETTLE(),
            REMOVE("{path}"),
            LISTEN(1, 5),
            SEND_TO(1, 9, "{2}\n"),
            SETTLE(),
            SEND(9, "{1}\n"),
            STDOUT("reply: {1}\n"),
            END_INPUT(),
            EXIT(0),
            STDOUT_END(),
        },
    },
};
