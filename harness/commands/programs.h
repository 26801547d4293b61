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

/** Is the lab in this kit? One that has been handed out holds some of the labs,
 *  as folders in `labs/`. Where there is no such folder at all, as when this is
 *  not the kit's folder, nothing is hidden. */
bool programs_has_lab(const struct lab *lab);

/** Finds or builds the programs of one lab. What the compiler said goes to
 *  `output`. -1 and errno; EINVAL: a command cannot be run, or a folder is
 *  missing, for the reason in `problem`. */
int programs_prepare(struct source *source, const struct options *o,
                     const struct lab *lab, struct bytes *output,
                     struct bytes *problem);

/** Appends how the programs were given, quoted for a shell. -1 and ENOMEM. */
int programs_describe(struct bytes *out, const struct options *o);

#endif
