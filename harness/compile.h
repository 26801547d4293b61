/**
 * @file compile.h
 * The kit's compile line for learners' programs.
 */
#ifndef COMPILE_H
#define COMPILE_H

#include "bytes.h"

#include <stdbool.h>

/**
 * Compiles one file of C into a program that everybody may execute. Blocks
 * while the compiler runs.
 *
 * @param output gets all that the compiler said.
 * @param why gets a sentence where the result is 1.
 * @return 0 compiled; 1 not, for the reason in `why`; -1 and errno.
 */
int compile_run(const char *file, const char *program, bool sanitizer,
                struct bytes *output, struct bytes *why);

#endif
