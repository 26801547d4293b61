/**
 * @file landlock.h
 * The part of Landlock that the harness uses, whatever age the system's headers
 * are of.
 */
#ifndef LANDLOCK_H
#define LANDLOCK_H

enum {
    /** The first ABI that has the signal scope (Linux 6.12). */
    LANDLOCK_ABI_SIGNAL_SCOPE = 6
};

/** The kernel's ABI; 0 where it has no Landlock, or it is switched off or
 *  forbidden. */
int landlock_abi(void);

/**
 * Puts the calling thread, and all that it starts from now on, into a domain
 * that cannot signal anything outside. Needs no_new_privs. What was started
 * before stays outside.
 *
 * @return -1 and errno where the kernel refuses.
 */
int landlock_scope_signals(void);

#endif
