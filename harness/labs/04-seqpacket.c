#include "labs/04-seqpacket.h"

#include <sys/socket.h>

#include "labs/labs.h"
#include "labs/shared.h"

static const struct step serves[] = {
    CONNECT(0), SEND(0, "-4711"), EXPECT(0, "total: -4711"), CLOSE(0), END(),
};

const struct lab lab_04_seqpacket = {
    .name = "04-seqpacket",
    .title = "Records on a connection, many connections at once",
    .socket_type = SOCK_SEQPACKET,
    .common = true,
    .serves = serves,
    .rules = seqpacket_rules,
    .rule_count = SEQPACKET_RULES,
    .not_shown = "",
    .groups = {
        { "the server: numbers", seqpacket_numbers, SEQPACKET_NUMBERS },
        { "the server: how it is called", shared_server, SHARED_SERVER },
        { "the server: its option", seqpacket_options, SEQPACKET_OPTIONS },
        { "the server: records", seqpacket_records, SEQPACKET_RECORDS },
        { "the server: many peers at once", seqpacket_crowd, SEQPACKET_CROWD },
        { "the server: how peers leave", seqpacket_leave, SEQPACKET_LEAVE },
        { "the server: no place, no descriptor", seqpacket_places,
          SEQPACKET_PLACES },
        { "the server: what stands at the address", shared_address,
          SHARED_ADDRESS },
        { "the server: who listens there", shared_connected,
          SHARED_CONNECTED },
        { "the server: addresses", shared_path, SHARED_PATH },
        { "the server: its end", shared_ending, SHARED_ENDING },
        { "the server: signals while it is busy", seqpacket_ending,
          SEQPACKET_ENDING },
        { "the client: lines and records", seqpacket_client,
          SEQPACKET_CLIENT },
        { "the client: how it is called", shared_client, SHARED_CLIENT },
        { "the client: answers, and none", seqpacket_answers,
          SEQPACKET_ANSWERS },
        { "the client: its way to the server", seqpacket_reach,
          SEQPACKET_REACH },
    },
};
