/**
 * @file reach.h
 * Files that a program of another user must be able to get at.
 */
#ifndef REACH_H
#define REACH_H

#include <stdbool.h>

/** Everybody may enter all directories that lead to the file, and has all of
 *  these permissions (S_IROTH | S_IXOTH) on it. False, too, where that cannot
 *  be found out. */
bool reach_everybody(const char *path, unsigned permissions);

/** Copies a regular file into an existing directory, under its own name, with
 *  mode 0755. Returns the copy's path, which the caller frees; NULL and
 *  errno (EINVAL: it is not a regular file). */
char *reach_copy(const char *path, const char *directory);

/** The path with the current directory before it where it is relative. The
 *  caller frees it. NULL and errno. */
char *reach_absolute(const char *path);

/**
 * Finds an executable as a shell does: in PATH, where the name has no slash,
 * and behind PATH in /usr/bin and /bin, the programs' own.
 *
 * @param everybody passes over what not everybody can reach, unless there is
 * nothing else.
 * @return an absolute path, which the caller frees; NULL and errno.
 */
char *reach_executable(const char *name, bool everybody);

#endif
