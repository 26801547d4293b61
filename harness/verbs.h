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
play_verb verb_hold_at_send;
play_verb verb_release;
play_verb verb_settle;
play_verb verb_exit;
play_verb verb_alive;
play_verb verb_stays;

/** Open files of the program, as a login session has it; 200 connections at
 *  once fit in. */
enum { VERBS_DESCRIPTORS = 1024 };

/* verbs-census.c */
play_verb verb_limit_descriptors;
play_verb verb_unlimit_descriptors;
play_verb verb_count;
play_verb verb_count_same;
play_verb verb_cloexec;

/* verbs-output.c */
play_verb verb_stdout;
play_verb verb_stdout_each;
play_verb verb_stdout_end;
play_verb verb_complains;
play_verb verb_says;
play_verb verb_usage;

/* verbs-connection.c */
play_verb verb_listen;
play_verb verb_accept;
play_verb verb_accept_talker;
play_verb verb_no_connection;
play_verb verb_connect;
play_verb verb_refused;
play_verb verb_half_close;
play_verb verb_close;

/* verbs-bytes.c */
play_verb verb_send_buffer;
play_verb verb_send;
play_verb verb_send_pieces;
play_verb verb_await;
play_verb verb_expect;
play_verb verb_expect_end;
play_verb verb_expect_closed;
play_verb verb_expect_silence;

#endif
