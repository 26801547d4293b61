/**
 * @file nearest.h
 * What somebody may have meant.
 */
#ifndef NEAREST_H
#define NEAREST_H

#include "bytes.h"

#include <stddef.h>

/** Sorts names: those that look most like `wanted` first, equals in the order
 *  of the alphabet. */
void nearest_sort(const char **names, size_t count, const char *wanted);

/** Appends the first `most` names, separated by ", ", and "and N more" where
 *  there are more. -1 and ENOMEM. */
int nearest_list(struct bytes *out, const char *const *names, size_t count,
                 size_t most);

#endif
