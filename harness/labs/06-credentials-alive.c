#include "labs/06-credentials.h"

/* Whether the process that connected still runs. */
const struct scenario credentials_alive[] = {
    {
        .name = "server-alive",
        .title = "the one who connected runs, then has ended: yes, then no, "
                 "each time",
        .rules = "K10 K1 K2",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-hello",
        .why = "A connection outlives the process that made it: children "
               "inherit it, and it can be handed on. Who grants a right to a "
               "process, and means that process, has to know when it is gone; "
               "the end of file comes later, or never.",
        .hints = {
            "Is the end of the connection the end of the process that made "
            "it?",
            "The question is about the process of SO_PEERCRED, not about the "
            "one that asks. A descriptor of that process answers it: it is "
            "readable once the process has exited.",
            "At accept: getsockopt(connection, SOL_SOCKET, SO_PEERPIDFD, "
            "&process, &size), or pidfd_open(who.pid, 0) where the kernel is "
            "too old. At alive: poll() it for POLLIN with no time: 0 is yes.",
        },
        .man = "pidfd_open(2) poll(2) unix(7)",
        .steps = {
            START(),
            HAND(1, HAND_SAME),
            HAND(2, HAND_SAME),
            CONNECT_AS(0, 1),
            ASKS_AS(0, 1, "alive", "yes"),
            ASKS_AS(0, 1, "alive", "yes"),
            ASKS_AS(0, 2, "alive", "yes"),
            SETTLE(),
            HAND_ENDS(1),
            ASKS_AS(0, 2, "alive", "no"),
            ASKS_AS(0, 2, "alive", "no"),
            ASKS_AS(0, 2, "whoami", CONNECTED("1")),
            ASKS_AS(0, 2, "sender", SENDING("2")),
            ASKS(0, "alive", "no"),
            CONNECT_AS(1, 2),
            ASKS(1, "alive", "yes"),
            ASKS(0, "alive", "no"),
        },
    },
    {
        .name = "server-alive-unreaped",
        .title = "it has exited, and nobody has waited for it yet: it does not "
                 "run",
        .rules = "K10",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-alive",
        .why = "A process that has exited keeps its number until its parent "
               "asks how it ended, which may be never. It has no memory and "
               "no descriptors, and it will not do anything any more; but "
               "kill() still finds it, and so does /proc.",
        .hints = {
            "What do kill(pid, 0) and /proc/PID say of a zombie?",
            "That it is there. A descriptor of the process tells exit from "
            "reaping: it is readable from the exit on.",
            "struct pollfd exited = { .fd = process, .events = POLLIN }; "
            "poll(&exited, 1, 0) == 0 is yes. Not pidfd_send_signal(), which "
            "succeeds for a zombie, and not POLLHUP, which comes later.",
        },
        .man = "pidfd_open(2) poll(2) kill(2) wait(2) proc(5)",
        .steps = {
            START(),
            HAND(1, HAND_SAME),
            CONNECT_AS(0, 1),
            ASKS_AS(0, 1, "alive", "yes"),
            SETTLE(),
            HAND_ENDS_UNREAPED(1),
            ASKS(0, "alive", "no"),
            ASKS(0, "whoami", CONNECTED("1")),
            HAND_ENDS(1),
            ASKS(0, "alive", "no"),
        },
    },
    {
        .name = "server-alive-number",
        .title = "it has ended, and another process has its number: no, and "
                 "yes",
        .rules = "K10 K1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-alive",
        .why = "Process numbers are few and come round again: by default "
               "there are 32768 of them or a few million. Several services "
               "that asked for a right by process number have handed it to "
               "whoever got that number next.",
        .hints = {
            "What does the number of SO_PEERCRED stand for, an hour after "
            "the connection was made?",
            "For whoever has it now, or for nobody. So a question by number "
            "must not be put later than at accept; a descriptor of the "
            "process stands for that one for ever.",
            "Take the pidfd once, when you accept, keep it with the "
            "connection, and poll() it at each alive. To open it by number "
            "at each alive opens the newcomer.",
        },
        .man = "pidfd_open(2) unix(7) proc(5)",
        .steps = {
            START(),
            HAND(1, HAND_SAME),
            CONNECT_AS(0, 1),
            ASKS_AS(0, 1, "alive", "yes"),
            SETTLE(),
            HAND_ENDS(1),
            HAND_TAKES_NUMBER(2, 1, HAND_SAME),
            ASKS(0, "alive", "no"),
            ASKS_AS(0, 2, "alive", "no"),
            CONNECT_AS(1, 2),
            ASKS_AS(1, 2, "whoami", CONNECTED("2")),
            ASKS_AS(1, 2, "alive", "yes"),
            ASKS(0, "alive", "no"),
            HAND_ENDS(2),
            ASKS(1, "alive", "no"),
        },
    },
    {
        .name = "server-alive-gone",
        .title = "it ends before its first request, or before it is accepted: "
                 "no",
        .rules = "K10 K1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-alive",
        .why = "A short program connects, leaves the connection to a child, "
               "and exits, faster than the server looks. What cannot be "
               "found out any more is where mistakes become holes: polkit "
               "once took a caller who had gone for root.",
        .hints = {
            "What do you know of the process when getting its descriptor "
            "fails?",
            "That it has gone: pidfd_open() says ESRCH, SO_PEERPIDFD says "
            "EINVAL on some kernels and hands out a descriptor that is "
            "readable on others. None of that is the connection's fault: its "
            "requests are answered.",
            "process = -1 where there was none, and alive is \"yes\" only if "
            "process != -1 && poll(&exited, 1, 0) == 0. What SO_PEERCRED "
            "said stays true: whoami is answered as ever.",
        },
        .man = "pidfd_open(2) unix(7) accept(2)",
        .steps = {
            START(),
            SERVES(9),
            HAND(1, HAND_SAME),
            CONNECT_AS(0, 1),
            SETTLE(),
            HAND_ENDS(1),
            ASKS(0, "alive", "no"),
            ASKS(0, "whoami", CONNECTED("1")),
            HAND(2, HAND_SAME),
            HAND(3, HAND_SAME),
            SETTLE(),
            STOP(),
            CONNECT_AS(1, 2),
            HAND_ENDS(2),
            CONNECT_AS(2, 3),
            SEND_AS(2, 3, "alive"),
            HAND_ENDS_UNREAPED(3),
            CONTINUE(),
            ASKS(1, "alive", "no"),
            ASKS(1, "whoami", CONNECTED("2")),
            ASKS(1, "sender", SENDING("0")),
            ASKS(1, "secret", "sesame"),
            EXPECT(2, "no"),
            ASKS(2, "whoami", CONNECTED("3")),
            CONNECT(3),
            ASKS(3, "alive", "yes"),
        },
    },
    {
        .name = "server-alive-shortage",
        .title = "no descriptor is free: alive is yes, and no after the end, "
                 "as ever",
        .rules = "K10 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-alive",
        .why = "A check that needs something can be made to fail by whoever "
               "uses that up, and enough connections use up all descriptors. "
               "A check that must not fail has to have all it needs before.",
        .hints = {
            "Which of your calls needs a descriptor at the moment of the "
            "question?",
            "SO_PEERPIDFD and pidfd_open() make one each time, and opening "
            "/proc/PID does too. With none free they fail with EMFILE, which "
            "says nothing about the process.",
            "Get the descriptor with the connection and keep both. Then "
            "alive is one poll(), which needs nothing new.",
        },
        .man = "pidfd_open(2) getrlimit(2) poll(2)",
        .by_hand = "{server} & S=$!; until [ -S uds_socket3.txt ]; do :; done; "
                   "(echo -n whoami; sleep 2; echo -n alive) | socat -t 3 - "
                   "UNIX-CONNECT:uds_socket3.txt,type=5 & sleep 1; prlimit "
                   "--pid $S --nofile=3:; wait $!; kill $S",
        .steps = {
            START(),
            HAND(1, HAND_SAME),
            CONNECT_AS(0, 1),
            CONNECT(1),
            ASKS_AS(0, 1, "alive", "yes"),
            ASKS(1, "alive", "yes"),
            SETTLE(),
            LIMIT_DESCRIPTORS(),
            ASKS_AS(0, 1, "alive", "yes"),
            ASKS(1, "alive", "yes"),
            ASKS(1, "alive", "yes"),
            HAND_ENDS_UNREAPED(1),
            ASKS(0, "alive", "no"),
            HAND_ENDS(1),
            ASKS(0, "alive", "no"),
            ASKS(1, "alive", "yes"),
            UNLIMIT_DESCRIPTORS(),
            ASKS(0, "alive", "no"),
            ASKS(1, "alive", "yes"),
        },
    },
    {
        .name = "server-alive-one-left",
        .title = "one descriptor is free when a peer comes: alive is yes in "
                 "the end",
        .rules = "K10 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-alive-shortage",
        .why = "A connection and its process need two descriptors. Where the "
               "first is to be had and the second is not, a shortage that "
               "passes must not become a verdict that stays: here, a process "
               "that is called dead for as long as it lives.",
        .hints = {
            "What do you know of the process when getting its descriptor "
            "fails with EMFILE?",
            "Nothing: only ESRCH and EINVAL say that it has gone. At a "
            "shortage the connection has to wait for its second descriptor.",
            "Keep what accept4() gave you aside, unread, and ask for "
            "SO_PEERPIDFD again when somebody leaves or some time has passed; "
            "only then is it a peer.",
        },
        .man = "pidfd_open(2) accept(2) getrlimit(2)",
        .steps = {
            START(),
            CONNECT(0),
            ASKS(0, "alive", "yes"),
            CONNECT(1),
            ASKS(1, "alive", "yes"),
            SETTLE(),
            LIMIT_DESCRIPTORS_BUT(1),
            CONNECT(2),
            SEND(2, "alive"),
            SETTLE(),
            UNLIMIT_DESCRIPTORS(),
            CLOSE(1),
            EXPECT(2, "yes"),
            ASKS(0, "alive", "yes"),
        },
    },
};
