/**
 * @file observe.h
 * What the kernel can be seen doing with sockets, without any program: measured
 * each time anew, on the machine that runs it.
 */
#ifndef OBSERVE_H
#define OBSERVE_H

#include "bytes.h"

/**
 * Makes an observation in the current directory and appends what was seen, a
 * sentence or more. Files it makes there are gone afterwards. It may wait for
 * work that it has given itself, and for nothing else.
 *
 * @return 0; -1 and errno where something fails that should not.
 */
int observe(enum observation what, struct bytes *seen);

#endif
