/**
 * @file compile.h
 * The kit's compile line for learners' programs.
 */
#ifndef COMPILE_H
#define COMPILE_H

#include "bytes.h"

#include <stdbool.h>

/** How a program is compiled. */
struct compile {
    /** With ASan and UBSan. */
    bool sanitizer;
    /** The kit's folder of labs, for a lab that is given its `common/`: the
     *  folder is searched for headers, and `common/`'s C files are compiled
     *  along. NULL for neither. */
    const char *labs;
};

/**
 * Compiles one file of C into a program that everybody may execute. Blocks
 * while the compiler runs.
 *
 * @param output gets all that the compiler said.
 * @param why gets a sentence where the result is 1.
 * @return 0 compiled; 1 not, for the reason in `why`; -1 and errno (ENOENT:
 * there is no C file in `common/`).
 */
int compile_run(const char *file, const char *program,
                const struct compile *how, struct bytes *output,
                struct bytes *why);

#endif
