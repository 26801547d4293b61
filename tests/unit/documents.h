/**
 * @file documents.h
 * Documents made by hand, for tests of what reports make of them. Include
 * cmocka.h first.
 */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include "report/report.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct report_style plain = { .width = 80,
                                           .feedback = REPORT_FULL };

static inline json_t *scenario(const char *name, const char *verdict,
                               int points, int max)
{
    return json_pack("{s:s, s:s, s:s, s:[s,s], s:s, s:i, s:i, s:s, s:s, s:s,"
                     " s:s, s:[s,s], s:s, s:[]}",
                     "name", name, "title", "peer does this and that", "role",
                     "server", "rules", "S1", "S2", "verdict", verdict,
                     "points", points, "max", max, "reason", "", "expected", "",
                     "actual", "", "hint", "look again", "man", "unix(7)",
                     "send(2)", "command", "build/sockdojo grade x/y --seed 7",
                     "transcript");
}

/** Takes the scenarios; they end with NULL. */
static inline json_t *document(int points, int max, ...)
{
    json_t *scenarios = json_array();
    va_list arguments;
    json_t *next;

    va_start(arguments, max);
    while ((next = va_arg(arguments, json_t *)) != NULL)
        json_array_append_new(scenarios, next);
    va_end(arguments);
    return json_pack("{s:s, s:i, s:{s:s, s:[s,s], s:s}, s:i, s:i, s:b,"
                     " s:[{s:s, s:s, s:i, s:i, s:{s:s, s:s}, s:o}]}",
                     "kit", "sockdojo", "seed", 4711, "sandbox", "level",
                     "basic", "missing", "one thing", "another", "kill", "user",
                     "points", points, "max", max, "provisional", 0, "labs",
                     "lab", "77-test", "title", "A lab", "points", points,
                     "max", max, "rules", "S1", "First of all. The rest of it.",
                     "S2", "And then.", "scenarios", scenarios);
}

static inline void put(json_t *object, const char *name, const char *text)
{
    json_object_set_new(object, name, json_string(text));
}

static inline void note(json_t *object, const char *who, const char *what)
{
    json_array_append_new(
        json_object_get(object, "transcript"),
        json_pack("{s:i, s:s, s:s}", "t_us", 1234, "who", who, "what", what));
}

static inline json_t *failure(void)
{
    json_t *s = scenario("server-bad", "fail", 0, 3);

    put(s, "reason", "the server said nothing");
    put(s, "expected", "\"wanted bytes\"");
    put(s, "actual", "\"bytes that came\"");
    note(s, "peer", "the program is started");
    note(s, "peer", "peer connects");
    note(s, "peer", "peer expects \"wanted bytes\"");
    note(s, "program", "exits with status 1");
    return s;
}

static inline json_t *waiting(const char *name)
{
    json_t *s = scenario(name, "skip", 0, 1);

    put(s, "waits_for", "server-bad");
    return s;
}

/** Takes the document; the caller frees the text. Not inline: gcc 12 would take
 * it for a pointer into a frame that has gone. */
static char *render(json_t *d, const struct report_style *style)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_int_equal(report_text(out, d, style), 0);
    fclose(out);
    json_decref(d);
    return text;
}

static inline int count(const char *text, const char *part)
{
    int n = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

static inline void assert_fits(const char *text, size_t width)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length > width)
            fail_msg("%zu columns: %.*s", length, (int)length, text);
        text += length + 1;
    }
}

#endif
