/**
 * @file programs.h
 * The programs that `grade` is to grade: from a folder, or as commands.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "options.h"
#include "source.h"

/** The folder that is graded where nothing else is said. */
extern const char programs_folder[];

/** Finds or builds the programs of one lab. What the compiler said goes to
 *  `output`. -1 and errno; EINVAL: a command cannot be run, for the reason in
 *  `problem`. */
int programs_prepare(struct source *source, const struct options *o,
                     const char *lab, struct bytes *output,
                     struct bytes *problem);

/** Appends how the programs were given, quoted for a shell. -1 and ENOMEM. */
int programs_describe(struct bytes *out, const struct options *o);

#endif
