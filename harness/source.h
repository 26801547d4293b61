/**
 * @file source.h
 * From what a learner has written to what can be run: the run's directory and
 * the argv of both roles' programs. Nothing here prints.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "bytes.h"
#include "scenario.h"

struct compile;

/** The programs of one lab. The owner calls source_close. */
struct source {
    /** The run's directory, absolute, mode 0711: programs are put there, and
     *  cases work below it. */
    char *directory;
    /** For each role what to run, argv[0] absolute; NULL where there is
     *  nothing. */
    char **argv[ROLE_COUNT];
    /** Why there is nothing to run, in a sentence. */
    char *missing[ROLE_COUNT];
};

/** Makes the run's directory, under TMPDIR or /tmp. As root that is a place
 *  that every user can reach. -1 and errno. */
int source_open(struct source *s);

/**
 * Takes a role's program from the folder FROM/LAB: `server.c`, compiled with
 * the kit's own compile line, or else an executable file `server`. Blocks while
 * the compiler runs. Where there is no program, or it does not compile,
 * `missing` says so, and that is no error.
 *
 * @param how says how it is compiled (compile.h).
 * @param output gets all that the compiler said.
 * @return -1 and errno.
 */
int source_folder(struct source *s, enum role role, const char *from,
                  const char *lab, const struct compile *how,
                  struct bytes *output);

/**
 * Takes a command for a role, split as a shell splits it; no command is
 * substituted. A word that names an existing file becomes an absolute path; as
 * root, a file that not every user can reach is copied into the run's
 * directory, alone, without what stands beside it.
 *
 * @return -1 and errno: EINVAL it cannot be split, or is empty; ENOENT, EACCES
 * and others: its first word cannot be executed.
 */
int source_command(struct source *s, enum role role, const char *command);

/** Says in a sentence why a role has no program. -1 and ENOMEM. */
int source_absent(struct source *s, enum role role, const char *why);

/** Removes the run's directory with all that is in it, and frees the rest. To
 *  be called once no case runs any more. */
void source_close(struct source *s);

/** "server" or "client". */
const char *source_role_name(enum role role);

#endif
