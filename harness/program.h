/**
 * @file program.h
 * The program under test: started, fed, listened to, reaped. It knows nothing
 * of peers. All its descriptors here are non-blocking and close-on-exec. The
 * caller ignores SIGPIPE: a program may close its stdin.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "bytes.h"
#include "sandbox.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    /** What is kept of stdout and of stderr; the rest is read and dropped. */
    PROGRAM_KEPT = 1 << 20,
    /** The file mode mask, where none is asked for. */
    PROGRAM_UMASK = 022
};

/** How a program is started. */
struct program_spec {
    /** argv[0] is a path to an executable (absolute); NULL ends it. */
    char *const *argv;
    /** "server" or "client", for messages; the program sees argv as it is. */
    const char *name;
    /** Its current directory, and TMPDIR and HOME. */
    const char *directory;
    struct sandbox_limits limits;
    const struct sandbox_probe *probe;
    /** More environment ("NAME=value"), NULL ends it; or NULL. */
    char *const *environment;
    /** Start it traced, stopped before its first instruction (tracer.h). */
    bool traced;
    /** Start it in a pid namespace of its own, as process 1, and so in a user
     *  namespace, in which it is who it is and may not be anyone else. */
    bool apart;
    /** Start it with descriptor 0 closed. */
    bool no_input;
    /** Its file mode mask; NULL: PROGRAM_UMASK. */
    const mode_t *umask;
};

/** One output stream of a program. */
struct program_stream {
    int fd;
    /** The first PROGRAM_KEPT bytes. */
    struct bytes kept;
    /** How many bytes were dropped. */
    uint64_t dropped;
    /** How much of `kept` an expectation has taken already. */
    size_t taken;
};

struct program {
    pid_t pid;
    /** Started; its status has been collected. */
    bool started;
    bool ended;
    /** As of waitpid(2), once ended. */
    int status;
    /** Peak resident memory in KiB (never below what the harness held when it
     *  forked), user and system CPU in microseconds: of the program and of the
     *  children it waited for, once ended. */
    long peak_kib;
    int64_t cpu_us;
    int stdin_fd;
    /** Fed, not yet taken by the pipe; and whether to close it then. */
    struct bytes feed;
    bool feed_end;
    struct program_stream out;
    struct program_stream err;
};

/** A program that has not been started. */
void program_init(struct program *p);

/**
 * Starts it: default signal dispositions and mask, descriptors 0-2 only, its
 * umask, a clean environment (PATH=/usr/bin:/bin, LANG=C.UTF-8, HOME, TMPDIR),
 * no new privileges, its limits, a process group and a signal scope of its own.
 * It dies with the calling thread. Waits until the exec has happened.
 *
 * With `traced` it then stands still before its first instruction, in the
 * ptrace stop of the exec, until tracer_begin takes it over.
 *
 * A program that has ended may be started again: what it printed is kept, what
 * was fed and not yet delivered is not.
 *
 * @return -1 and errno where it cannot be executed, or not be traced (EPERM);
 * nothing runs then. EBUSY: the last one has not ended.
 */
int program_start(struct program *p, const struct program_spec *spec);

/** What the latest start has printed to stderr; it is the program's. */
struct bytes program_said(const struct program *p);

/** Queues bytes for stdin, also before the program is started; program_pump
 *  delivers them. -1 and ENOMEM. */
int program_feed(struct program *p, const void *data, size_t length);

/** Closes stdin once all that was fed has been delivered. */
void program_feed_end(struct program *p);

/**
 * Moves what can be moved without blocking: stdin out, stdout and stderr in.
 * A descriptor whose other end has gone is closed, and becomes -1. Call it
 * whenever a descriptor is ready and before judging.
 */
void program_pump(struct program *p);

/**
 * Collects every child of the calling process that has ended or stopped:
 * orphans are reaped, the program's own status is kept. Does not block.
 */
void program_reap(struct program *p);

/** Closes the pipes and frees what was kept. Kills nothing: see warden.h. */
void program_close(struct program *p);

#endif
