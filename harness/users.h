/**
 * @file users.h
 * Unprivileged users for the slots of a run, where the harness is root. They
 * need no entry in the password file; what matters is that nothing else runs as
 * them, since everything that runs as them is killed after each case.
 */
#ifndef USERS_H
#define USERS_H

#include <sys/types.h>

enum {
    /** Numbers that Debian gives to nobody. */
    USERS_FIRST = 61500,
    USERS_LAST = 64500
};

/** A user that belongs to this process until users_unlock. */
struct users_lock {
    uid_t uid;
    /** Holds an abstract address with the user's number: the kernel lets go of
     *  it when the process dies. */
    int fd;
};

/** Takes the first user from `from` on that owns no process and that no other
 *  run has taken. -1 and EAGAIN: none is left. */
int users_lock(struct users_lock *lock, uid_t from);

/** Gives it back; a lock whose fd is -1 is none. */
void users_unlock(struct users_lock *lock);

#endif
