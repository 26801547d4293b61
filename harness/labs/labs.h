/**
 * @file labs.h
 * The labs' tables, and the rules that all labs share.
 */
#ifndef LABS_LABS_H
#define LABS_LABS_H

#include "scenario.h"

extern const struct lab lab_01_stream;
extern const struct lab lab_02_framing;
extern const struct lab lab_03_datagram;
extern const struct lab lab_04_seqpacket;
extern const struct lab lab_05_fd_passing;
extern const struct lab lab_06_credentials;

/** The rules C1 to C12 and A1 to A6. */
extern const struct rule rules_common[];
extern const size_t rules_common_count;

#endif
