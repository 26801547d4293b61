#include "verdict.h"

#include "catalogue.h"
#include "outcome.h"
#include "turns.h"
#include "version.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How one case was judged, `after` considered. */
struct judgement {
    enum verdict verdict;
    /* The scenario that it waits for, or NULL. */
    const char *waits_for;
    /* It was not played to its end for want of something in this machine. */
    bool machine;
};

static const char *const role_names[ROLE_COUNT + 1] = {
    [ROLE_SERVER] = "server",
    [ROLE_CLIENT] = "client",
    [ROLE_NONE] = "none",
};

/* What the case itself came to. */
static enum verdict own_verdict(const struct schedule_case *c)
{
    const char *name =
        json_string_value(json_object_get(c->outcome, "verdict"));

    for (int v = VERDICT_PASS; name != NULL && v <= VERDICT_UNKNOWN; v++) {
        if (strcmp(outcome_verdict_name((enum verdict)v), name) == 0)
            return (enum verdict)v;
    }
    return VERDICT_UNKNOWN;
}

/* What the machine cannot do leaves `max` whatever the program does, or the
 * maximum would hang on the program. */
static struct judgement judge(const struct schedule_case *cases, size_t index,
                              const struct judgement *earlier)
{
    struct judgement own = { .verdict = own_verdict(&cases[index]) };
    size_t i = turns_prerequisite(cases, index);

    own.machine = own.verdict == VERDICT_SKIP;
    if (own.machine || i == index || earlier[i].verdict == VERDICT_PASS)
        return own;
    return (struct judgement){
        .verdict = VERDICT_SKIP,
        .waits_for = earlier[i].waits_for != NULL ? earlier[i].waits_for
                                                  : cases[i].scenario->name,
        .machine = earlier[i].machine,
    };
}

static struct judgement *judge_all(const struct schedule_case *cases,
                                   size_t count)
{
    struct judgement *all = calloc(count + 1, sizeof *all);

    for (size_t i = 0; all != NULL && i < count; i++)
        all[i] = judge(cases, i, all);
    return all;
}

/* The words of a list, which may be NULL, as an array. */
static json_t *words_json(const char *text)
{
    json_t *list = json_array();
    const char *rest = text != NULL ? text : "";
    const char *word;
    size_t length;

    while ((word = catalogue_word(&rest, &length)) != NULL) {
        if (json_array_append_new(list, json_stringn(word, length)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *reason_json(const struct schedule_case *c,
                           const struct judgement *j)
{
    json_t *reason = json_object_get(c->outcome, "reason");

    if (j->waits_for != NULL)
        return json_sprintf("waits for %s, which did not pass", j->waits_for);
    if (!json_is_string(reason))
        return json_string("the case ended without an outcome");
    return json_incref(reason);
}

/* A field of the outcome, or what stands for it where there is none, or where
 * the scenario waits and what it came to counts for nothing. */
static json_t *outcome_field(const struct schedule_case *c,
                             const struct judgement *j, const char *name,
                             json_t *otherwise)
{
    json_t *value = json_object_get(c->outcome, name);

    if (value == NULL || j->waits_for != NULL)
        return otherwise;
    json_decref(otherwise);
    return json_incref(value);
}

static json_t *command_json(const struct verdict_run *run,
                            const struct schedule_case *c)
{
    return json_sprintf("build/sockdojo grade %s/%s --seed %llu%s",
                        c->lab->name, c->scenario->name,
                        (unsigned long long)run->seed, run->programs);
}

static int points_of(const struct schedule_case *c, const struct judgement *j)
{
    return j->verdict == VERDICT_PASS ? c->scenario->points : 0;
}

static int maximum_of(const struct schedule_case *c, const struct judgement *j)
{
    return j->machine ? 0 : c->scenario->points;
}

static json_t *scenario_json(const struct verdict_run *run,
                             const struct schedule_case *c,
                             const struct judgement *j)
{
    const struct scenario *s = c->scenario;

    return json_pack(
        "{s:s, s:s, s:s, s:o, s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o,"
        " s:o, s:s, s:o, s:o, s:s*, s:o}",
        "name", s->name, "title", s->title, "role", role_names[s->role],
        "rules", words_json(s->rules), "verdict",
        outcome_verdict_name(j->verdict), "points", points_of(c, j), "max",
        maximum_of(c, j), "ms", outcome_field(c, j, "ms", json_real(0)),
        "cpu_ms", outcome_field(c, j, "cpu_ms", json_real(0)), "peak_kib",
        outcome_field(c, j, "peak_kib", json_integer(0)), "reason",
        reason_json(c, j), "expected",
        outcome_field(c, j, "expected", json_string("")), "actual",
        outcome_field(c, j, "actual", json_string("")), "observed",
        outcome_field(c, j, "observed", json_string("")), "hint",
        s->hints[0] != NULL ? s->hints[0] : "", "man", words_json(s->man),
        "command", command_json(run, c), "waits_for", j->waits_for,
        "transcript", outcome_field(c, j, "transcript", json_array()));
}

static void add_rules(json_t *rules, const struct schedule_case *c)
{
    const char *rest = c->scenario->rules;
    const char *id;
    size_t length;

    while ((id = catalogue_word(&rest, &length)) != NULL) {
        const struct rule *rule = catalogue_rule(c->lab, id, length);

        if (rule != NULL)
            (void)json_object_set_new(rules, rule->id, json_string(rule->text));
    }
}

/* The texts of the rules that these cases check, by their numbers. */
static json_t *rules_json(const struct schedule_case *cases, size_t count)
{
    json_t *rules = json_object();

    for (size_t i = 0; i < count; i++)
        add_rules(rules, &cases[i]);
    return rules;
}

/* The lab of `count` cases, all of the same. */
static json_t *lab_json(const struct verdict_run *run,
                        const struct schedule_case *cases,
                        const struct judgement *judgements, size_t count)
{
    json_t *scenarios = json_array();
    int points = 0;
    int max = 0;

    for (size_t i = 0; i < count; i++) {
        points += points_of(&cases[i], &judgements[i]);
        max += maximum_of(&cases[i], &judgements[i]);
        if (json_array_append_new(
                scenarios, scenario_json(run, &cases[i], &judgements[i])) < 0) {
            json_decref(scenarios);
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:i, s:i, s:o, s:o}", "lab",
                     cases[0].lab->name, "title", cases[0].lab->title, "points",
                     points, "max", max, "rules", rules_json(cases, count),
                     "scenarios", scenarios);
}

static json_t *labs_json(const struct verdict_run *run,
                         const struct schedule_case *cases,
                         const struct judgement *judgements, size_t count)
{
    json_t *labs = json_array();
    size_t end;

    for (size_t i = 0; i < count; i = end) {
        end = i + 1;
        while (end < count && cases[end].lab == cases[i].lab)
            end++;
        if (json_array_append_new(
                labs, lab_json(run, &cases[i], &judgements[i], end - i)) < 0) {
            json_decref(labs);
            return NULL;
        }
    }
    return labs;
}

static json_t *missing_json(const struct sandbox_probe *probe)
{
    struct bytes missing = { 0 };
    json_t *list = json_array();
    char *rest = NULL;

    if (sandbox_missing(probe, &missing) == 0)
        rest = missing.data;
    while (rest != NULL) {
        char *word = rest;
        char *comma = strstr(rest, ", ");

        rest = comma != NULL ? comma + 2 : NULL;
        if (comma != NULL)
            *comma = '\0';
        if (*word != '\0')
            (void)json_array_append_new(list, json_string(word));
    }
    bytes_free(&missing);
    return list;
}

static json_t *sandbox_json(const struct sandbox_probe *probe)
{
    json_t *missing = missing_json(probe);

    return json_pack("{s:s, s:o, s:s}", "level",
                     json_array_size(missing) == 0 ? "strong" : "basic",
                     "missing", missing, "kill",
                     sandbox_kill_name(sandbox_kill_rung(probe)));
}

/* Points, maximum, and whether more is to come of it. */
struct total {
    int points;
    int max;
    bool provisional;
};

static struct total add_up(const struct schedule_case *cases,
                           const struct judgement *judgements, size_t count)
{
    struct total total = { 0 };
    bool shown = false;

    for (size_t i = 0; i < count; i++) {
        total.points += points_of(&cases[i], &judgements[i]);
        total.max += maximum_of(&cases[i], &judgements[i]);
        if (judgements[i].verdict == VERDICT_UNKNOWN)
            total.provisional = true;
        shown |= judgements[i].verdict == VERDICT_PASS;
    }
    /* An observation is worth nothing, but it shows something. */
    if (total.max == 0 && !shown)
        total.provisional = true;
    return total;
}

json_t *verdict_document(const struct verdict_run *run,
                         const struct schedule_case *cases, size_t count)
{
    struct judgement *judgements = judge_all(cases, count);
    struct total total;
    json_t *document;

    if (judgements == NULL)
        return NULL;
    total = add_up(cases, judgements, count);
    document =
        json_pack("{s:s, s:s, s:I, s:o, s:i, s:i, s:b, s:o}", "kit", "sockdojo",
                  "version", SOCKDOJO_VERSION, "seed", (json_int_t)run->seed,
                  "sandbox", sandbox_json(run->probe), "points", total.points,
                  "max", total.max, "provisional", total.provisional, "labs",
                  labs_json(run, cases, judgements, count));
    free(judgements);
    return document;
}

int verdict_exit_status(const json_t *document)
{
    json_int_t points = json_integer_value(json_object_get(document, "points"));
    json_int_t max = json_integer_value(json_object_get(document, "max"));

    if (json_is_true(json_object_get(document, "provisional")))
        return 3;
    return points == max ? 0 : 1;
}
