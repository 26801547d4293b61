/**
 * @file launch.h
 * From a specification to a program that runs: pipes, fork, a clean process,
 * exec. Used by program.c, which says what "clean" is.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "program.h"

#include <sys/types.h>

/** The harness's ends of a program's pipes: non-blocking, close-on-exec. */
struct launch_ends {
    int in;
    int out;
    int err;
};

/** Starts a program as program_start says, and hands its pipes to the caller.
 *  -1 and errno: nothing runs, and `ends` is as it was. */
pid_t launch_program(const struct program_spec *spec, struct launch_ends *ends);

#endif
