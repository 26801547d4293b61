#include "outcome.h"

#include "clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /** What stays of the beginning when a transcript grows too long. */
    FIRST = OUTCOME_ENTRIES / 3
};

static const char *const verdict_names[] = {
    [VERDICT_PASS] = "pass",
    [VERDICT_FAIL] = "fail",
    [VERDICT_SKIP] = "skip",
    [VERDICT_UNKNOWN] = "unknown",
};

static const char *const who_names[] = {
    [OUTCOME_PEER] = "peer",
    [OUTCOME_PROGRAM] = "program",
};

const char *outcome_verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

void outcome_begin(struct outcome *o)
{
    *o = (struct outcome){ .verdict = VERDICT_PASS, .started_us = clock_now() };
}

/* Drops the oldest line behind the first ones. */
static void make_room(struct outcome *o)
{
    free(o->entries[FIRST].what);
    memmove(&o->entries[FIRST], &o->entries[FIRST + 1],
            (OUTCOME_ENTRIES - FIRST - 1) * sizeof o->entries[0]);
    o->count--;
    o->left_out++;
}

void outcome_note(struct outcome *o, enum outcome_who who, const char *format,
                  ...)
{
    va_list arguments;
    char *what;
    int length;

    va_start(arguments, format);
    length = vasprintf(&what, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if (o->count == OUTCOME_ENTRIES)
        make_room(o);
    o->entries[o->count++] = (struct outcome_entry){
        .at_us = clock_now() - o->started_us,
        .who = who,
        .what = what,
    };
}

void outcome_judge(struct outcome *o, enum verdict verdict, const char *format,
                   ...)
{
    va_list arguments;
    char *reason;
    int length;

    if (o->verdict != VERDICT_PASS)
        return;
    o->verdict = verdict;
    va_start(arguments, format);
    length = vasprintf(&reason, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    /* Without memory the verdict stands without its reason. */
    (void)bytes_append(&o->reason, reason, (size_t)length);
    free(reason);
}

/* As a string that every reader of JSON takes: UTF-8 without control
 * characters. Whatever was shown with bytes_show is that already. */
static json_t *json_text(const char *text, size_t length)
{
    char *copy = calloc(1, length + 1);
    json_t *string;

    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        copy[i] = c < 0x20 || c == 0x7f ? '?' : text[i];
    }
    string = json_stringn(copy, length);
    for (size_t i = 0; string == NULL && i < length; i++) {
        if ((unsigned char)copy[i] >= 0x80)
            copy[i] = '?';
    }
    if (string == NULL)
        string = json_stringn(copy, length);
    free(copy);
    return string;
}

static json_t *json_bytes(const struct bytes *b)
{
    return json_text(b->data != NULL ? b->data : "", b->length);
}

static json_t *entry_json(const struct outcome_entry *entry)
{
    return json_pack("{s:I, s:s, s:o}", "t_us", (json_int_t)entry->at_us, "who",
                     who_names[entry->who], "what",
                     json_text(entry->what, strlen(entry->what)));
}

static json_t *gap_json(const struct outcome *o)
{
    return json_pack("{s:I, s:s, s:o}", "t_us",
                     (json_int_t)o->entries[FIRST].at_us, "who",
                     who_names[OUTCOME_PEER], "what",
                     json_sprintf("... %d lines left out ...", o->left_out));
}

static json_t *transcript_json(const struct outcome *o)
{
    json_t *list = json_array();

    for (int i = 0; i < o->count; i++) {
        if (i == FIRST && o->left_out > 0)
            (void)json_array_append_new(list, gap_json(o));
        /* A line that memory cannot hold is lost, as in outcome_note. */
        (void)json_array_append_new(list, entry_json(&o->entries[i]));
    }
    return list;
}

json_t *outcome_json(const struct outcome *o)
{
    return json_pack(
        "{s:s, s:f, s:f, s:I, s:o, s:o, s:o, s:o, s:o}", "verdict",
        outcome_verdict_name(o->verdict), "ms",
        (double)(o->ended_us - o->started_us) / 1000.0, "cpu_ms",
        (double)o->cpu_us / 1000.0, "peak_kib", (json_int_t)o->peak_kib,
        "reason", json_bytes(&o->reason), "expected", json_bytes(&o->expected),
        "actual", json_bytes(&o->actual), "observed", json_bytes(&o->observed),
        "transcript", transcript_json(o));
}

void outcome_free(struct outcome *o)
{
    for (int i = 0; i < o->count; i++)
        free(o->entries[i].what);
    bytes_free(&o->reason);
    bytes_free(&o->expected);
    bytes_free(&o->actual);
    bytes_free(&o->observed);
    *o = (struct outcome){ 0 };
}
