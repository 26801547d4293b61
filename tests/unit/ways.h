/**
 * @file ways.h
 * The two ways to find descendants, and a child to find. Include cmocka.h
 * first.
 */
#ifndef WAYS_H
#define WAYS_H

#include "family.h"

/* The two ways to find descendants. */
static const struct sandbox_probe ways[] = { { .proc_children = true },
                                             { .proc_children = false } };
enum { WAYS = sizeof ways / sizeof *ways };

static inline void end(void *data)
{
    (void)data;
}

#endif
