#include "labs/02-framing.h"

#include <sys/socket.h>

#include "labs/labs.h"
#include "labs/shared.h"

static const struct step serves[] = {
    HELLO(0, "0"),
    END(),
};

const struct lab lab_02_framing = {
    .name = "02-framing",
    .title = "Frames on a byte stream",
    .socket_type = SOCK_STREAM,
    .common = true,
    .serves = serves,
    .rules = framing_rules,
    .rule_count = FRAMING_RULES,
    .not_shown = "",
    .groups = {
        { "the server: frames and answers", framing_frames, FRAMING_FRAMES },
        { "the server: frames that are refused or cut", framing_refused,
          FRAMING_REFUSED },
        { "the server: peers that are slow", framing_pace, FRAMING_PACE },
        { "the server: many peers, and what they leave", framing_load,
          FRAMING_LOAD },
        { "the server: how it is called", shared_server, SHARED_SERVER },
        { "the server: its time limit", framing_options, FRAMING_OPTIONS },
        { "the server: what stands at the address", shared_address,
          SHARED_ADDRESS },
        { "the server: who listens there", shared_connected,
          SHARED_CONNECTED },
        { "the server: addresses", shared_path, SHARED_PATH },
        { "the server: its end", shared_ending, SHARED_ENDING },
        { "the server: its end while a peer keeps it", framing_ending,
          FRAMING_ENDING },
        { "the client: lines and answers", framing_client, FRAMING_CLIENT },
        { "the client: how it is called", shared_client, SHARED_CLIENT },
        { "the client: finding the server, and signals", framing_reach,
          FRAMING_REACH },
        { "the client: servers that behave badly", framing_answers,
          FRAMING_ANSWERS },
        { "the client: how long it waits", framing_limits, FRAMING_LIMITS },
    },
};
