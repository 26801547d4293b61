/*
 * A client's way to the server.
 */
#ifndef CONNECTING_H
#define CONNECTING_H

#include <stdint.h>

/*
 * Connects a socket to the path; where the server's backlog is full it waits
 * for room, until the deadline, which must be one that comes. The socket must
 * be a blocking one; the limit for sending (SO_SNDTIMEO) that it gets here
 * stays. Returns -1 with errno: ETIMEDOUT when the deadline has passed, EINVAL
 * (an empty path), ENAMETOOLONG, and what connect(2) says. The descriptor stays
 * open in either case.
 */
int connecting_until(int descriptor, const char *path, int64_t deadline);

#endif
