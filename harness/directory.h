/**
 * @file directory.h
 * The private directory of a case.
 */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <sys/types.h>

/** Makes it, with a directory `work` in it, and makes that the current one.
 *  Both are the user's, where `user` is not 0: to be called before root is
 *  given up. -1 and errno. */
int directory_enter(uid_t user, const char *path);

/** Removes it and all that is in it, as far as that can be removed. */
void directory_remove(const char *path);

#endif
