#include "outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void test_verdict_is_pass_until_judged(void **state)
{
    struct outcome o;
    json_t *json;

    (void)state;
    outcome_begin(&o);
    json = outcome_json(&o);
    assert_string_equal(text_of(json, "verdict"), "pass");
    assert_string_equal(text_of(json, "reason"), "");
    assert_string_equal(text_of(json, "expected"), "");
    assert_int_equal(json_array_size(json_object_get(json, "transcript")), 0);
    json_decref(json);
    outcome_free(&o);
}

static void test_first_cause_stands(void **state)
{
    struct outcome o;
    json_t *json;

    (void)state;
    outcome_begin(&o);
    outcome_judge(&o, VERDICT_FAIL, "the %s came first", "egg");
    outcome_judge(&o, VERDICT_UNKNOWN, "too late");
    json = outcome_json(&o);
    assert_string_equal(text_of(json, "verdict"), "fail");
    assert_string_equal(text_of(json, "reason"), "the egg came first");
    json_decref(json);
    outcome_free(&o);
}

static void test_every_verdict_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(outcome_verdict_name(VERDICT_PASS), "pass");
    assert_string_equal(outcome_verdict_name(VERDICT_FAIL), "fail");
    assert_string_equal(outcome_verdict_name(VERDICT_SKIP), "skip");
    assert_string_equal(outcome_verdict_name(VERDICT_UNKNOWN), "unknown");
}

static void test_transcript_tells_who_and_when(void **state)
{
    struct outcome o;
    json_t *json;
    const json_t *list;

    (void)state;
    outcome_begin(&o);
    outcome_note(&o, OUTCOME_PEER, "peer %d connects", 1);
    outcome_note(&o, OUTCOME_PROGRAM, "exits");
    json = outcome_json(&o);
    list = json_object_get(json, "transcript");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text_of(json_array_get(list, 0), "who"), "peer");
    assert_string_equal(text_of(json_array_get(list, 0), "what"),
                        "peer 1 connects");
    assert_string_equal(text_of(json_array_get(list, 1), "who"), "program");
    assert_true(
        json_integer_value(json_object_get(json_array_get(list, 0), "t_us")) <=
        json_integer_value(json_object_get(json_array_get(list, 1), "t_us")));
    json_decref(json);
    outcome_free(&o);
}

/* The beginning and the latest stay; what is left out is counted. */
static void test_long_transcript_keeps_its_two_ends(void **state)
{
    const int noted = OUTCOME_ENTRIES + 50;
    struct outcome o;
    json_t *json;
    const json_t *list;
    size_t size;

    (void)state;
    outcome_begin(&o);
    for (int i = 0; i < noted; i++)
        outcome_note(&o, OUTCOME_PEER, "line %d", i);
    json = outcome_json(&o);
    list = json_object_get(json, "transcript");
    size = json_array_size(list);
    assert_int_equal(size, OUTCOME_ENTRIES + 1);
    for (size_t i = 0; i < OUTCOME_ENTRIES / 3; i++) {
        char line[32];

        snprintf(line, sizeof line, "line %zu", i);
        assert_string_equal(text_of(json_array_get(list, i), "what"), line);
    }
    assert_non_null(strstr(
        text_of(json_array_get(list, OUTCOME_ENTRIES / 3), "what"), "50"));
    assert_string_equal(text_of(json_array_get(list, size - 1), "what"),
                        "line 169");
    assert_string_equal(
        text_of(json_array_get(list, OUTCOME_ENTRIES / 3 + 1), "what"),
        "line 90");
    json_decref(json);
    outcome_free(&o);
}

/* A program chooses what it prints; every reader must be able to parse it. */
static void test_any_bytes_become_readable_json(void **state)
{
    struct outcome o;
    json_t *json;
    json_t *again;
    char *text;

    (void)state;
    outcome_begin(&o);
    outcome_note(&o, OUTCOME_PROGRAM, "\xff\x1b[31m\xc3");
    outcome_judge(&o, VERDICT_FAIL, "%s", "caf\xc3\xa9\n\x07");
    assert_int_equal(bytes_append(&o.actual, "a\0b\xfe", 4), 0);
    json = outcome_json(&o);
    assert_non_null(json);
    text = json_dumps(json, 0);
    again = json_loads(text, 0, NULL);
    assert_non_null(again);
    assert_string_equal(text_of(again, "reason"), "caf\xc3\xa9??");
    assert_string_equal(text_of(again, "actual"), "a?b?");
    assert_string_equal(
        text_of(json_array_get(json_object_get(again, "transcript"), 0),
                "what"),
        "??[31m?");
    free(text);
    json_decref(again);
    json_decref(json);
    outcome_free(&o);
}

static void test_figures_are_in_their_units(void **state)
{
    struct outcome o;
    json_t *json;

    (void)state;
    outcome_begin(&o);
    o.ended_us = o.started_us + 2500;
    o.cpu_us = 1250;
    o.peak_kib = 4096;
    json = outcome_json(&o);
    assert_true(json_real_value(json_object_get(json, "ms")) == 2.5);
    assert_true(json_real_value(json_object_get(json, "cpu_ms")) == 1.25);
    assert_int_equal(json_integer_value(json_object_get(json, "peak_kib")),
                     4096);
    json_decref(json);
    outcome_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdict_is_pass_until_judged),
        cmocka_unit_test(test_first_cause_stands),
        cmocka_unit_test(test_every_verdict_has_its_name),
        cmocka_unit_test(test_transcript_tells_who_and_when),
        cmocka_unit_test(test_long_transcript_keeps_its_two_ends),
        cmocka_unit_test(test_any_bytes_become_readable_json),
        cmocka_unit_test(test_figures_are_in_their_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
