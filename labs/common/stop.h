/*
 * Ending on SIGTERM and SIGINT.
 *
 * The two signals are blocked and read through a descriptor (signalfd(2)) that
 * stands in every poll(2), so there is no moment at which one could be missed,
 * and no call is ever interrupted by them. The descriptor is never read: so the
 * signal is seen in every wait from then on.
 */
#ifndef STOP_H
#define STOP_H

#include <stdint.h>

/* Blocks the two signals. Returns the descriptor that becomes readable when one
 * of them comes, close-on-exec; -1 with errno on failure. */
int stop_open(void);

/*
 * Waits for one of `events` on a descriptor: 1 when it is there, 0 when the
 * deadline has passed or the program is to end, -1 with errno on failure. With
 * a descriptor of -1 it waits for the deadline only.
 */
int stop_wait(int stop, int descriptor, short events, int64_t deadline);

#endif
