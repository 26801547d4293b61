/**
 * @file play.h
 * The state of one case while it is played, and what all verbs share: waiting,
 * judging, templates. Internal to the runner.
 */
#ifndef PLAY_H
#define PLAY_H

#include "descendants.h"
#include "hands.h"
#include "outcome.h"
#include "peer.h"
#include "program.h"
#include "quiescence.h"
#include "runner.h"
#include "tracer.h"
#include "warden.h"

#include <sys/stat.h>

enum { PLAY_PLANTS = 16 };

/** Something that was put into the private directory, as it was then. */
struct play_plant {
    struct bytes path;
    struct stat stat;
    struct bytes content;
};

struct play {
    const struct runner_config *config;
    const struct lab *lab;
    const struct scenario *scenario;
    struct warden warden;
    struct program program;
    struct tracer tracer;
    struct peer peers[SCENARIO_PEERS];
    struct hands hands;
    /** One more than the highest peer in use. */
    int peer_count;
    struct bytes_payloads payloads;
    struct bytes address;
    /** The private directory. */
    char here[4096];
    struct outcome outcome;
    struct play_plant plants[PLAY_PLANTS];
    int plant_count;
    /** The file mode mask of the next start. */
    mode_t umask;
    struct census noted;
    /** SIGCHLD, and SIGTERM from the harness. */
    int signal_fd;
    /** The harness has asked the case to end: every wait ends at once. */
    bool cancelled;
    /** The program has been connected to since it was started. */
    bool ready;
    /** errno of the latest attempt to connect. */
    int connect_error;
    /** errno of the latest send by a hand. */
    int send_error;
    /** The peer that the running step is about, where it has several. */
    int subject;
    /** What the running step waits for, expanded. */
    struct bytes wanted;
    /** Which repetition, or which peer of several: `{i}`. */
    long i;
    /** Which repetition, or which copy: `{n}`. */
    long n;
    /** `{q}` */
    long queue;
    /** The clock of a rule: when it started, and its milliseconds; 0 where none
     *  runs. */
    int64_t clock_at;
    int64_t clock_ms;
    /** How many steps are to be passed over. */
    long skip;
    /** Why the latest wait ended without what it waited for: a clause about
     *  the program ("the server waits for ever in accept4()"), and whether it
     *  is the machine that is to blame. */
    struct bytes because;
    bool unknown;
    /** What the latest look found. */
    enum quiescence_state state;
};

/** "server" or "client". */
const char *play_role(const struct play *p);

/** "the peer" where a scenario has one, else "peer 3"; static storage. */
const char *play_peer_name(int number);

/** One more than the last peer that the step concerns. */
int play_last_peer(const struct step *s);

/** Moves whatever can be moved, and notes what the program has done. Returns
 *  -1 and errno in trouble. */
int play_pump(struct play *p);

/** Has what the step waits for come (or become impossible)? */
typedef bool play_condition(struct play *p, const struct step *s);

/**
 * Pumps until `met` says yes. `fd` is one more descriptor whose `events` may
 * bring it about, -1 for none.
 *
 * @return 0 met; -1 not, and never will be: `because` says why.
 */
int play_until(struct play *p, play_condition *met, const struct step *s,
               int fd, short events);

/**
 * Waits until the program is asleep or has ended.
 * @return -1 where it does not come to rest: `because` says why.
 */
int play_settle(struct play *p);

/** A connection ended that should not have: has the program ended with it, or
 *  said something? Then `because` says so. */
void play_blame(struct play *p);

/** Judges the case as failed (or unknown, where the latest wait says so) with
 *  one sentence. Returns -1, for the verb to return. */
int play_fail(struct play *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The same, and shows what was expected and what came. */
int play_differs(struct play *p, const struct bytes *expected,
                 const void *actual, size_t length, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** The harness is in trouble (errno): verdict unknown. Returns -1. */
int play_trouble(struct play *p, const char *what);

/** Expands a template of the scenario, `{i}` included. -1 after
 *  play_trouble. */
int play_expand(struct play *p, struct bytes *out, const char *text,
                size_t length);

/** The step's path, or the address where it has none; the caller frees it. */
int play_path(struct play *p, const struct step *s, struct bytes *out);

/** A clause on how the program ended: "has ended with exit status 1, saying
 *  ...". */
void play_describe_end(const struct play *p, struct bytes *out);

/** The steps that may stand in a table, by verb. */
typedef int play_verb(struct play *p, const struct step *s);
extern play_verb *const play_verbs[SCENARIO_VERB_COUNT];

#endif
