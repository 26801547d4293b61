#include "labs/03-datagram.h"

#include <sys/socket.h>

#include "labs/labs.h"
#include "labs/shared.h"

static const struct step serves[] = {
    /* The message of the shared scenarios has 24 bytes. */
    CONNECT(0),
    SEND(0, "{0}"),
    EXPECT(0, "thank you! (24 bytes)\n"),
    CLOSE(0),
    STDOUT("received: {0}\n"),
    END(),
};

const struct lab lab_03_datagram = {
    .name = "03-datagram",
    .title = "Datagrams: messages without a connection",
    .socket_type = SOCK_DGRAM,
    .common = true,
    .serves = serves,
    .rules = datagram_rules,
    .rule_count = DATAGRAM_RULES,
    .not_shown = "",
    .groups = {
        { "the server: a datagram and its answer", datagram_service,
          DATAGRAM_SERVICE },
        { "the server: how it is called", shared_server, SHARED_SERVER },
        { "the server: who sends, and who has gone", datagram_senders,
          DATAGRAM_SENDERS },
        { "the server: names of every kind", datagram_names, DATAGRAM_NAMES },
        { "the server: senders that do not read", datagram_readers,
          DATAGRAM_READERS },
        { "the server: many datagrams, and what they leave", datagram_load,
          DATAGRAM_LOAD },
        { "the server: what stands at the address", shared_address,
          SHARED_ADDRESS },
        { "the server: addresses", shared_path, SHARED_PATH },
        { "the server: its end", shared_ending, SHARED_ENDING },
        { "the server: what it says at its end", datagram_counts,
          DATAGRAM_COUNTS },
        { "the client: lines and answers", datagram_client, DATAGRAM_CLIENT },
        { "the client: how it is called", shared_client, SHARED_CLIENT },
        { "the client: finding the server", datagram_reach, DATAGRAM_REACH },
        { "the client: who else sends to it", datagram_strangers,
          DATAGRAM_STRANGERS },
        { "the client: waiting", datagram_time, DATAGRAM_TIME },
        { "the client: what it leaves", datagram_traces, DATAGRAM_TRACES },
        { "worth no points, but look", datagram_observe, DATAGRAM_OBSERVE },
    },
};
