#include "labs/03-datagram.h"

/* Names that fill all the room there is. */
const struct scenario datagram_names[] = {
    {
        .name = "server-sender-abstract",
        .title = "the sender's name is abstract and 108 bytes long: it is "
                 "answered",
        .rules = "D1",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sender-path",
        .why = "An abstract name begins with a NUL and is no string: its "
               "length alone ends it. Code that puts a NUL behind it \"to be "
               "safe\", or measures it as a string, sends the answer to a "
               "name that nobody has.",
        .hints = {
            "Do you change anything in the sender's name, or measure it, "
            "before you answer?",
            "In the abstract namespace every byte counts, also a NUL, and "
            "a name may fill sun_path to its last byte.",
            "Hand the sockaddr_un and its length to sendto() as "
            "recvfrom() has left them: no strlen(), no terminating NUL, "
            "no sizeof in the place of the length.",
        },
        .man = "unix(7) recvfrom(2) sendto(2)",
        .payload = { TEXT(24), TEXT(107) },
        .steps = {
            START(),
            BIND(0, "@{1}"),
            SEND(0, "{0}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            STDOUT("received: {0}\n"),
            STDOUT_END(),
        },
    },
    {
        .name = "server-sender-108",
        .title = "the sender's path has 108 bytes, without a NUL: it is "
                 "answered there",
        .rules = "D1 C6",
        .role = ROLE_SERVER,
        .points = 1,
        .after = "server-sender-names",
        .why = "The kernel lets a socket be bound to a path that fills all "
               "of sun_path, and then tells one byte more than a sockaddr_un "
               "has. Who prints such a name with %s reads beyond it; who "
               "passes the length on is refused.",
        .hints = {
            "How large can the length be that recvfrom() tells you, and "
            "is it ever larger than what you gave it?",
            "It is the name's true length: for a path of 108 bytes 111, "
            "with the NUL that did not fit. sendto() takes 110 at most, "
            "and needs no NUL then.",
            "if (length > sizeof sender) length = sizeof sender; between "
            "the receive and the answer.",
        },
        .man = "unix(7) recvfrom(2) sendto(2)",
        .payload = { TEXT(24), ROUTE(108) },
        .steps = {
            START(),
            BIND(0, "{1}"),
            SEND(0, "{0}"),
            EXPECT(0, "thank you! (24 bytes)\n"),
            STDOUT("received: {0}\n"),
            THANKED(1, "0", "24"),
            STDOUT_END(),
            ALIVE(),
        },
    },
};
