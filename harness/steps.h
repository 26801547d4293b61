/**
 * @file steps.h
 * Steps in words: one sentence for each, the same in transcripts and in
 * `explain`.
 */
#ifndef STEPS_H
#define STEPS_H

#include "bytes.h"

/**
 * Appends the sentence for a step, without a full stop: `peer 1 connects`. Peer
 * 0 is called `peer`, several are `peers 0 to 4`. Does not block.
 *
 * With `names`, templates are expanded; where the step concerns several peers,
 * or several lines, the first text and the last are shown. With `names` NULL
 * templates stay as they stand in the table.
 *
 * @return -1 and EINVAL: the step has no words, or a template cannot be
 * expanded, which the tests of the tables exclude; -1 and ENOMEM. `out` may
 * then hold a part of the sentence.
 */
int steps_describe(struct bytes *out, const struct step *s,
                   const struct bytes_names *names);

/** The sentences, with marks for what differs: see sentences.c. */
extern const char *const steps_sentences[SCENARIO_VERB_COUNT];

#endif
