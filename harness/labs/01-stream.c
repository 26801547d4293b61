#include "labs/01-stream.h"

#include <sys/socket.h>

#include "labs/labs.h"
#include "labs/shared.h"

static const struct step serves[] = {
    HELLO(0, "0"),
    END(),
};

const struct lab lab_01_stream = {
    .name = "01-stream",
    .title = "A stream server and its client, one message per connection",
    .socket_type = SOCK_STREAM,
    .serves = serves,
    .rules = stream_rules,
    .rule_count = STREAM_RULES,
    /* C10 is about times, and no rule of lab 01 names one. */
    .not_shown = "C10",
    .groups = {
        { "the server: a message and its answer", stream_service,
          STREAM_SERVICE },
        { "the server: how it is called", shared_server, SHARED_SERVER },
        { "the server: peers that behave badly", stream_peers, STREAM_PEERS },
        { "the server: many peers, and what they leave", stream_load,
          STREAM_LOAD },
        { "the server: what stands at the address", shared_address,
          SHARED_ADDRESS },
        { "the server: who listens there", shared_connected,
          SHARED_CONNECTED },
        { "the server: addresses", shared_path, SHARED_PATH },
        { "the server: its end", shared_ending, SHARED_ENDING },
        { "the server: its end while it is busy", stream_ending,
          STREAM_ENDING },
        { "the client: lines and replies", stream_client, STREAM_CLIENT },
        { "the client: how it is called", shared_client, SHARED_CLIENT },
        { "the client: finding the server", stream_reach, STREAM_REACH },
        { "the client: servers that behave badly", stream_replies,
          STREAM_REPLIES },
        { "worth no points, but look", stream_observe, STREAM_OBSERVE },
    },
};
