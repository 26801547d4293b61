#include "labs/05-fd-passing.h"

#include <sys/socket.h>

#include "labs/labs.h"
#include "labs/shared.h"

static const struct step prepares[] = {
    PLANT_DIRECTORY("root", 0755),
    PLANT_FILE("root/served", "What the server hands out.\n"),
    END(),
};

static const struct step serves[] = {
    CONNECT(0),
    OPENS(0, "served"),
    CLOSE(0),
    END(),
};

const struct lab lab_05_fd_passing = {
    .name = "05-fd-passing",
    .title = "Descriptors as messages",
    .socket_type = SOCK_STREAM,
    .common = true,
    .given = true,
    .operands = { [ROLE_SERVER] = { "root" },
                  [ROLE_CLIENT] = { "open", "served" } },
    .prepares = prepares,
    .serves = serves,
    .rules = passing_rules,
    .rule_count = PASSING_RULES,
    .not_shown = "C5",
    .groups = {
        { "the first two", passing_hello, PASSING_HELLO },
        { "the server: what it opens", passing_open, PASSING_OPEN },
        { "the server: what it refuses", passing_refuse, PASSING_REFUSE },
        { "the server: nothing outside ROOT", passing_beneath,
          PASSING_BENEATH },
        { "the server: many, and shortage", passing_service, PASSING_SERVICE },
        { "the server: its directory", passing_given, PASSING_GIVEN },
        { "the server: what is in a file", passing_count, PASSING_COUNT },
        { "the server: what cannot be counted", passing_sent, PASSING_SENT },
        { "the server: lines", passing_lines, PASSING_LINES },
        { "the server: descriptors that come along", passing_gifts,
          PASSING_GIFTS },
        { "the server: several peers", passing_crowd, PASSING_CROWD },
        { "the server: how it is called", shared_server, SHARED_SERVER },
        { "the server: what stands at the address", shared_address,
          SHARED_ADDRESS },
        { "the server: who listens there", shared_connected,
          SHARED_CONNECTED },
        { "the server: addresses", shared_path, SHARED_PATH },
        { "the server: its end", shared_ending, SHARED_ENDING },
        { "the client: what it fetches", passing_fetch, PASSING_FETCH },
        { "the client: what it passes itself", passing_lend, PASSING_LEND },
        { "the client: whom it does not trust", passing_distrust,
          PASSING_DISTRUST },
        { "the client: how it connects and waits", passing_reach,
          PASSING_REACH },
        { "the client: how it is called", shared_client, SHARED_CLIENT },
    },
};
