#include "labs/06-credentials.h"

#include <sys/socket.h>

#include "labs/04-seqpacket.h"
#include "labs/labs.h"
#include "labs/shared.h"

static const struct step serves[] = {
    CONNECT(0),
    ASKS(0, "whoami", CONNECTED("0")),
    CLOSE(0),
    END(),
};

/* A server's operands never end, so none can be surplus; and the client of this
 * lab has one more. Each is the first of its table. */
enum { NO_SURPLUS = 1 };

const struct lab lab_06_credentials = {
    .name = "06-credentials",
    .title = "Who is asking",
    .socket_type = SOCK_SEQPACKET,
    .common = true,
    .given = true,
    .operands = { [ROLE_SERVER] = { "sesame" } },
    .serves = serves,
    .rules = credentials_rules,
    .rule_count = CREDENTIALS_RULES,
    .more_rules = seqpacket_rules,
    .more_count = SEQPACKET_RULES,
    .not_shown = "",
    .groups = {
        { "the server: who is asking", credentials_hello, CREDENTIALS_HELLO },
        { "the server: sockets that are handed on", credentials_handed,
          CREDENTIALS_HANDED },
        { "the server: users", credentials_users, CREDENTIALS_USERS },
        { "the server: what a record claims", credentials_claims,
          CREDENTIALS_CLAIMS },
        { "the server: SECRET and UID", credentials_words,
          CREDENTIALS_WORDS },
        { "the server: does the other one still run", credentials_alive,
          CREDENTIALS_ALIVE },
        { "the server: everyone may connect", credentials_mode,
          CREDENTIALS_MODE },
        { "the server: descriptors that come along", credentials_gifts,
          CREDENTIALS_GIFTS },
        { "the server: many at once", credentials_crowd, CREDENTIALS_CROWD },
        { "the server: how it is called", shared_server + NO_SURPLUS,
          SHARED_SERVER - NO_SURPLUS },
        { "the server: what stands at the address", shared_address,
          SHARED_ADDRESS },
        { "the server: who listens there", shared_connected,
          SHARED_CONNECTED },
        { "the server: addresses", shared_path, SHARED_PATH },
        { "the server: its end", shared_ending, SHARED_ENDING },
        { "the client: lines and records", seqpacket_client,
          SEQPACKET_CLIENT },
        { "the client: how it is called", shared_client + NO_SURPLUS,
          SHARED_CLIENT - NO_SURPLUS },
        { "the client: answers, and none", seqpacket_answers,
          SEQPACKET_ANSWERS },
        { "the client: its way to the server", seqpacket_reach,
          SEQPACKET_REACH },
        { "the client: whose server it is", credentials_trust,
          CREDENTIALS_TRUST },
    },
};
