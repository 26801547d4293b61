/**
 * @file witness.h
 * A child that does nothing but wait until it is let go: somebody on whom can
 * be tried what the kernel allows.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <stdbool.h>
#include <sys/types.h>

struct witness {
    pid_t pid;
    /** It ends once nobody holds this any more. */
    int leash;
};

/** Starts it. It has no descriptor but 0, a pipe from which it reads. The
 *  caller calls witness_end. -1 and errno. */
int witness_start(struct witness *w);

/** Whether kill(2) may signal this process. False where kill says EPERM; true
 *  otherwise, also where there is no such process: what is not known to be out
 *  of reach is within. */
bool witness_reaches(pid_t pid);

/** Lets it go and collects it. Blocks until it has ended. */
void witness_end(struct witness *w);

#endif
