/**
 * @file verbs.h
 * One function a verb, in the files verbs-*.c; play_verbs in runner.c is the
 * table of them. Each returns 0 to go on, or -1 once the case is judged.
 */
#ifndef VERBS_H
#define VERBS_H

#include "play.h"

/* verbs-files.c */
play_verb verb_plant_file;
play_verb verb_plant_directory;
play_verb verb_plant_fifo;
play_verb verb_plant_symlink;
play_verb verb_plant_stale;
play_verb verb_plant_bound;
play_verb verb_remove;
play_verb verb_file_same;
play_verb verb_file_gone;
play_verb verb_file_socket;
play_verb verb_tidy;

/** Notes what stands at `path` now, for FILE_SAME and TIDY; takes the path
 *  over. -1 after play_trouble. */
int verbs_remember(struct play *p, struct bytes *path);

/* verbs-program.c */
play_verb verb_start;
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

/** Starts the program, to be traced or not. -1 once the case is judged. */
int verbs_start(struct play *p, bool traced);

/* verbs-hold.c */
play_verb verb_hold_at_send;
play_verb verb_hold_at_connect;
play_verb verb_release;

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

/* verbs-observe.c */
play_verb verb_observe;
play_verb verb_observed;

#endif
