#include "labs/02-framing.h"

#include <signal.h>

/* How the server ends while a peer keeps it waiting. */
const struct scenario framing_ending[] = {
    {
        .name = "server-sigterm-in-length",
        .title = "SIGTERM while half a length is there: ends all the same",
        .rules = "C7 C12",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "A handler that sets a flag helps only where somebody looks at "
               "the flag. A server that sits in recv() when the shutdown "
               "comes is killed by force at the end of the grace time, and "
               "its file stays.",
        .hints = {
            "Where does your server sleep when half a length has come, and "
            "does the signal wake it there?",
            "With SA_RESTART, which signal() sets, the kernel starts recv() "
            "anew after the handler. And a loop that goes on at EINTR must "
            "look at its flag before.",
            "Use stop_wait() for this wait, too, and leave all loops when it "
            "says that the program is to end. What is in progress may be "
            "dropped.",
        },
        .man = "sigaction(2) signal(7) signalfd(2) recv(2)",
        .by_hand = "./server -t 60000 & S=$!; until [ -S uds_socket3.txt ]; do "
                   ":; done; (printf '\\0\\0'; sleep 9) | socat -u - "
                   "UNIX-CONNECT:uds_socket3.txt & sleep 1; kill $S; wait $S; "
                   "echo $?; ls",
        .payload = { TEXT(24) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            CONNECT(1),
            SEND(1, "\0\0"),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-sigterm-in-payload",
        .title = "SIGTERM while half a payload is there: ends all the same",
        .rules = "C7 C12",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "The signal may come at any moment of an exchange. A frame that "
               "would be complete in an hour is no reason to stay.",
        .hints = {
            "Is the wait for the payload the same code as the one for the "
            "length?",
            "Every wait must hear the signal, those deep inside, too, and "
            "every function between there and main() must hand it on.",
            "Return -1 with an errno of your own, such as ECANCELED, from the "
            "innermost wait; the callers close what is theirs and return; "
            "main() removes the file and returns 0.",
        },
        .man = "sigaction(2) signal(7) signalfd(2) recv(2)",
        .by_hand = "./server -t 60000 & S=$!; until [ -S uds_socket3.txt ]; do "
                   ":; done; (printf '\\0\\0\\0\\5hel'; sleep 9) | socat -u - "
                   "UNIX-CONNECT:uds_socket3.txt & sleep 1; kill $S; wait $S; "
                   "echo $?; ls",
        .payload = { TEXT(24), TEXT(12) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            CONNECT(1),
            SEND(1, "\0\0\0\x18{1}"),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
    {
        .name = "server-sigterm-in-answer",
        .title = "SIGTERM while an answer waits for room: ends all the same",
        .rules = "C7 C12",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sigterm",
        .why = "Reading is where one expects to wait. A send waits just as "
               "long when the other end does not read, and there the signal "
               "is forgotten most easily.",
        .hints = {
            "Where does your server sleep when the peer has sent five large "
            "frames and reads nothing?",
            "In send(), or in a wait for room. After the handler a send that "
            "has taken a part returns short, and your loop calls it again: "
            "look at the flag before.",
            "MSG_DONTWAIT, and on EAGAIN the same stop_wait() as everywhere, "
            "with POLLOUT: it ends for room, for the time, and for the "
            "signal.",
        },
        .man = "sigaction(2) signal(7) signalfd(2) send(2)",
        .payload = { TEXT(24), BINARY(65536) },
        .args = PATIENT,
        .steps = {
            START(),
            HELLO(0, "0"),
            CONNECT(1),
            SEND(1, "{f1}{f1}{f1}{f1}{f1}"),
            HALF_CLOSE(1),
            SETTLE(),
            SIGNAL(SIGTERM),
            EXIT(0),
            FILE_GONE("{path}"),
        },
    },
};
