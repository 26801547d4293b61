/**
 * @file shared.h
 * Scenarios of the rules that all labs share. They are said once: what differs
 * from lab to lab is the type of the socket, and the exchange that SERVES
 * plays. Payload 0 is its message.
 */
#ifndef LABS_SHARED_H
#define LABS_SHARED_H

#include "scenario.h"

/** How many scenarios each table holds: the compiler compares them. */
enum {
    SHARED_ADDRESS = 9,
    SHARED_CONNECTED = 2,
    SHARED_PATH = 6,
    SHARED_SERVER = 3,
    SHARED_ENDING = 4,
    SHARED_CLIENT = 4
};

/** What may already stand at the address when a server starts. */
extern const struct scenario shared_address[SHARED_ADDRESS];
/** The same, where sockets are connected. */
extern const struct scenario shared_connected[SHARED_CONNECTED];
/** Addresses that are long, empty, or cannot be made. */
extern const struct scenario shared_path[SHARED_PATH];
/** How a server is called, and what it would hand on. */
extern const struct scenario shared_server[SHARED_SERVER];
/** How a server ends, and what it leaves. */
extern const struct scenario shared_ending[SHARED_ENDING];
/** How a client is called. */
extern const struct scenario shared_client[SHARED_CLIENT];

#endif
