/**
 * @file verbs.h
 * One function a verb, in the files verbs-*.c; play_verbs in verbs.c is the
 * table of them. Each returns 0 to go on, or -1 once the case is judged.
 */
#ifndef VERBS_H
#define VERBS_H

#include "play.h"

/* verbs-files.c */
play_verb verb_plant_file;
play_verb verb_plant_directory;
play_verb verb_plant_sparse;
play_verb verb_plant_fifo;
play_verb verb_plant_symlink;
play_verb verb_plant_stale;
play_verb verb_plant_bound;
play_verb verb_remove;
play_verb verb_chmod;
play_verb verb_file_same;
play_verb verb_file_gone;
play_verb verb_file_socket;

/** Notes what stands at `path` now, for FILE_SAME and TIDY; takes the path
 *  over. -1 after play_trouble. */
int verbs_remember(struct play *p, struct bytes *path);

/* verbs-tidy.c */
play_verb verb_tidy;

/* verbs-program.c */
play_verb verb_start;
play_verb verb_start_apart;
play_verb verb_start_closed;
play_verb verb_feed;
play_verb verb_end_input;
play_verb verb_signal;
play_verb verb_stop;
play_verb verb_stop_main;
play_verb verb_continue;
play_verb verb_settle;
play_verb verb_exit;
play_verb verb_ends;
play_verb verb_alive;
play_verb verb_stays;

/** What is special about a start; { 0 } is none of it. As of program.h. */
struct verbs_way {
    bool traced;
    bool apart;
    bool no_input;
};

/** Starts the program. -1 once the case is judged. */
int verbs_start(struct play *p, struct verbs_way way);

/* verbs-mode.c */
play_verb verb_umask;
play_verb verb_mode;
play_verb verb_mode_within;

/* verbs-hold.c */
play_verb verb_hold_at_send;
play_verb verb_hold_at_connect;
play_verb verb_hold_after_bind;
play_verb verb_hold_at_listen;
play_verb verb_release;

enum {
    /** Between two looks at a traced program where no event comes. */
    VERBS_LOOK_MS = 2
};

/** Whether a traced program is asleep for ever: then `because` says so. It
 *  counts only if there was no stop to be handled since `stops` were, and none
 *  comes meanwhile. */
bool verbs_sleeps(struct play *p, unsigned long stops);

/** Open files of the program, as a login session has it; 200 connections at
 *  once fit in. */
enum { VERBS_DESCRIPTORS = 1024 };

/** The clock of waits that may end early, where no rule's clock runs: a program
 *  that sleeps with a time limit is given 20 times as long. */
enum { VERBS_SHORT_CLOCK_MS = 50 };

/* verbs-census.c */
play_verb verb_limit_descriptors;
play_verb verb_unlimit_descriptors;
play_verb verb_count;
play_verb verb_count_same;
play_verb verb_memory_same;
play_verb verb_peak_same;
play_verb verb_cloexec;

/* verbs-output.c */
play_verb verb_stdout;
play_verb verb_stdout_each;
play_verb verb_stdout_end;
play_verb verb_complains;
play_verb verb_says;
play_verb verb_quiet;
play_verb verb_usage;

/* verbs-connection.c */
play_verb verb_listen;
play_verb verb_accept;
play_verb verb_accept_talker;
play_verb verb_no_connection;
play_verb verb_connect;
/** BIND, AUTOBIND, UNBOUND. */
play_verb verb_open;
play_verb verb_refused;
play_verb verb_reachable;
play_verb verb_half_close;
play_verb verb_close;

/* verbs-hands.c */
play_verb verb_hand;
play_verb verb_hand_ends;
/** SEND_AS, FORGE_AS. */
play_verb verb_send_as;

/** Starts what hands need, before the warden comes in, where the scenario has
 *  some. -1 after play_trouble. */
int verbs_prepare_hands(struct play *p);

/** One attempt to connect by the step's hand. -1 and errno. */
int verbs_connect_as(struct play *p, const struct step *s, struct peer *peer);

/* verbs-bytes.c */
play_verb verb_send_buffer;
play_verb verb_send;
play_verb verb_send_pieces;
play_verb verb_send_split;
play_verb verb_await;
play_verb verb_expect;
play_verb verb_expect_end;
play_verb verb_expect_closed;
play_verb verb_expect_silence;

/** Sends, and notes a failure in the transcript: whether a send still succeeds
 *  depends on who was faster, so what can be read decides. -1 after
 *  play_trouble. */
int verbs_send(struct play *p, int number, const void *data, size_t length);

/** Expects `wanted` at this peer. -1 once the case is judged. */
int verbs_expect_wanted(struct play *p, const struct step *s, int number);

/* verbs-copies.c */
play_verb verb_send_times;
play_verb verb_flood;
play_verb verb_expect_times;
play_verb verb_expect_flood;

/* verbs-pace.c */
play_verb verb_clock;
play_verb verb_not_before;
play_verb verb_drip;
play_verb verb_sip;
play_verb verb_expect_pieces;
play_verb verb_expect_dropped;
play_verb verb_drain;
play_verb verb_drain_to;
play_verb verb_or_exit;

/* verbs-datagram.c */
play_verb verb_send_to;
play_verb verb_intrude;

/* verbs-attach.c */
play_verb verb_attach;
play_verb verb_attach_made;
play_verb verb_hoard;
play_verb verb_offset_same;

/* verbs-disturb.c */
play_verb verb_resize;
play_verb verb_swap;

/* verbs-parcel.c */
play_verb verb_expect_either;
play_verb verb_expect_file;
play_verb verb_expect_with;

/** What came without being asked for: descriptors beside `in`. -1 once the case
 *  is judged. */
int verbs_refuse_descriptors(struct play *p, int number);

/* verbs-observe.c */
play_verb verb_observe;
play_verb verb_observed;

#endif
