#include "failure.h"

#include <stdio.h>
#include <string.h>

enum {
    /** Steps shown: some of the beginning, and those that led to the end. */
    FIRST_STEPS = 6,
    LAST_STEPS = 18,
    STEP_COLUMN = 20,
    /** What the program did stands further to the right than the peer. */
    PROGRAM_COLUMN = 24,
    RULE_LENGTH = 160
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static bool is_peer(const json_t *entry)
{
    return strcmp(text_of(entry, "who"), "peer") == 0;
}

/* The step during which the case ended: the last one that was begun. */
static size_t find_failing(const json_t *transcript)
{
    size_t i = json_array_size(transcript);

    while (i > 0) {
        i--;
        if (is_peer(json_array_get(transcript, i)))
            return i;
    }
    return json_array_size(transcript);
}

static void print_time(const struct print *p, const json_t *entry)
{
    double ms =
        (double)json_integer_value(json_object_get(entry, "t_us")) / 1000.0;

    fprintf(p->out, "%9.1f ms ", ms);
}

static void print_entry(const struct print *p, const json_t *scenario,
                        const json_t *entry, bool failing)
{
    const char *what = text_of(entry, "what");

    print_text(p, PRINT_BAD, failing ? "   =>" : "     ");
    print_time(p, entry);
    if (is_peer(entry)) {
        fprintf(p->out, "%*s", STEP_COLUMN - 18, "");
        print_wrapped(p, STEP_COLUMN, STEP_COLUMN + 2, what);
        return;
    }
    fprintf(p->out, "%*s", PROGRAM_COLUMN - 18, "");
    print_text(p, PRINT_PLAIN, text_of(scenario, "role"));
    putc(' ', p->out);
    print_wrapped(p,
                  PROGRAM_COLUMN + 1 + (int)strlen(text_of(scenario, "role")),
                  PROGRAM_COLUMN + 2, what);
}

static void print_steps(const struct print *p, const json_t *scenario)
{
    const json_t *transcript = json_object_get(scenario, "transcript");
    size_t count = json_array_size(transcript);
    size_t failing = find_failing(transcript);

    for (size_t i = 0; i < count; i++) {
        if (i == FIRST_STEPS && count > FIRST_STEPS + LAST_STEPS) {
            size_t left_out = count - FIRST_STEPS - LAST_STEPS;

            fprintf(p->out, "%*s... %zu more ...\n", STEP_COLUMN, "", left_out);
            i += left_out;
        }
        print_entry(p, scenario, json_array_get(transcript, i), i == failing);
    }
}

/* A rule's first sentence says what it is about; `explain` has it all. */
static void print_rule(const struct print *p, const json_t *lab,
                       const char *label, const char *id)
{
    const char *text = text_of(json_object_get(lab, "rules"), id);
    const char *stop = strstr(text, ". ");
    size_t length = stop != NULL ? (size_t)(stop - text) + 1 : strlen(text);
    bool cut = length > RULE_LENGTH;
    char line[RULE_LENGTH + 32];

    snprintf(line, sizeof line, "%s  %.*s%s", id,
             (int)(cut ? RULE_LENGTH : length), text, cut ? "..." : "");
    print_field(p, label, line);
}

static void print_rules(const struct print *p, const json_t *lab,
                        const json_t *scenario)
{
    const json_t *rules = json_object_get(scenario, "rules");

    for (size_t i = 0; i < json_array_size(rules); i++)
        print_rule(p, lab, i == 0 ? "rules" : "",
                   json_string_value(json_array_get(rules, i)));
}

static void print_man(const struct print *p, const json_t *scenario)
{
    const json_t *man = json_object_get(scenario, "man");
    char line[256] = "";
    size_t length = 0;

    for (size_t i = 0; i < json_array_size(man) && length < sizeof line; i++)
        length += (size_t)snprintf(line + length, sizeof line - length, "%s%s",
                                   i == 0 ? "" : " ",
                                   json_string_value(json_array_get(man, i)));
    print_field(p, "man", line);
}

static void print_help(const struct print *p, const json_t *lab,
                       const json_t *scenario)
{
    char line[256];

    print_field(p, "hint", text_of(scenario, "hint"));
    print_rules(p, lab, scenario);
    print_man(p, scenario);
    print_command(p, "again", text_of(scenario, "command"));
    snprintf(line, sizeof line, "build/sockdojo explain %s/%s",
             text_of(lab, "lab"), text_of(scenario, "name"));
    print_command(p, "more", line);
}

static void print_heading(const struct print *p, const json_t *scenario)
{
    bool unknown = strcmp(text_of(scenario, "verdict"), "unknown") == 0;
    long long max =
        (long long)json_integer_value(json_object_get(scenario, "max"));

    print_end(p);
    if (unknown)
        print_text(p, PRINT_DOUBTFUL, "????");
    else
        print_text(p, PRINT_BAD, "FAIL");
    fprintf(p->out, "  0/%lld  ", max);
    print_text(p, PRINT_STRONG, text_of(scenario, "name"));
    print_end(p);
    fputs("      ", p->out);
    print_wrapped(p, 6, 6, text_of(scenario, "title"));
}

void failure_print(const struct print *p, const json_t *lab,
                   const json_t *scenario)
{
    bool full = p->style->feedback == REPORT_FULL;

    print_heading(p, scenario);
    if (full) {
        print_end(p);
        print_steps(p, scenario);
        print_end(p);
    }
    print_field(p, "reason", text_of(scenario, "reason"));
    if (full) {
        print_field(p, "expected", text_of(scenario, "expected"));
        print_field(p, "actual", text_of(scenario, "actual"));
    }
    print_help(p, lab, scenario);
}
