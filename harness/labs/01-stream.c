#include "labs/01-stream.h"

#include <sys/socket.h>

#include "labs/labs.h"

const char lab_01_stream_not_shown[] = "C10";

const struct lab lab_01_stream = {
    .name = "01-stream",
    .title = "A stream server and its client, one message per connection",
    .socket_type = SOCK_STREAM,
    .rules = stream_rules,
    .rule_count = STREAM_RULES,
    .groups = {
        { "the server: a message and its answer", stream_service,
          STREAM_SERVICE },
        { "the server: peers that behave badly", stream_peers, STREAM_PEERS },
        { "the server: many peers, and what they leave", stream_load,
          STREAM_LOAD },
        { "the server: what stands at the address", stream_address,
          STREAM_ADDRESS },
        { "the server: addresses", stream_path, STREAM_PATH },
        { "the server: its end", stream_ending, STREAM_ENDING },
        { "the client: lines and replies", stream_client, STREAM_CLIENT },
        { "the client: finding the server", stream_reach, STREAM_REACH },
        { "the client: servers that behave badly", stream_replies,
          STREAM_REPLIES },
    },
};
