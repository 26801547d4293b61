#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"

/* ---- the text */

static void test_a_failure_tells_all_it_knows(void **state)
{
    char *text = render(document(0, 3, failure(), NULL), &plain);

    (void)state;
    assert_non_null(strstr(text, "FAIL"));
    assert_non_null(strstr(text, "server-bad"));
    assert_non_null(strstr(text, "peer does this and that"));
    assert_non_null(strstr(text, "the server said nothing"));
    assert_non_null(strstr(text, "expected  \"wanted bytes\""));
    assert_non_null(strstr(text, "actual    \"bytes that came\""));
    assert_non_null(strstr(text, "look again"));
    assert_non_null(strstr(text, "S1  First of all."));
    assert_null(strstr(text, "The rest of it."));
    assert_non_null(strstr(text, "unix(7) send(2)"));
    assert_non_null(strstr(text, "build/sockdojo grade x/y --seed 7"));
    assert_non_null(strstr(text, "build/sockdojo explain 77-test/server-bad"));
    assert_non_null(strstr(text, "0/3"));
    assert_non_null(strstr(text, "4711"));
    assert_non_null(strstr(text, "basic (missing: one thing, another)"));
    free(text);
}

static void test_the_last_step_begun_is_marked(void **state)
{
    char *text = render(document(0, 3, failure(), NULL), &plain);
    const char *mark = strstr(text, "=>");
    const char *end;

    (void)state;
    assert_int_equal(count(text, "=>"), 1);
    assert_non_null(mark);
    end = strchr(mark, '\n');
    assert_non_null(
        memmem(mark, (size_t)(end - mark), "peer expects", strlen("peer exp")));
    assert_non_null(strstr(text, "server exits with status 1"));
    free(text);
}

static void test_a_long_transcript_shows_its_ends(void **state)
{
    json_t *s = scenario("server-bad", "fail", 0, 3);
    char line[32];
    char *text;

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "step %d.", i);
        note(s, "peer", line);
    }
    text = render(document(0, 3, s, NULL), &plain);
    assert_non_null(strstr(text, "step 0."));
    assert_non_null(strstr(text, "step 99."));
    assert_null(strstr(text, "step 50."));
    /* Nothing is lost without being counted. */
    snprintf(line, sizeof line, "... %d more ...", 100 - count(text, " step "));
    assert_non_null(strstr(text, line));
    free(text);
}

static void test_those_that_wait_are_one_line(void **state)
{
    char *text =
        render(document(0, 6, failure(), waiting("server-x"),
                        waiting("server-y"), waiting("server-z"), NULL),
               &plain);

    (void)state;
    assert_non_null(strstr(text, "3 more wait for server-bad"));
    assert_null(strstr(text, "server-y"));
    free(text);
}

static void test_lines_are_not_printed_twice(void **state)
{
    struct report_style listed = plain;
    char *text;

    (void)state;
    text = render(document(3, 3, scenario("server-good", "pass", 3, 3), NULL),
                  &plain);
    assert_int_equal(count(text, "server-good"), 1);
    free(text);
    listed.listed = true;
    text = render(document(3, 3, scenario("server-good", "pass", 3, 3), NULL),
                  &listed);
    assert_int_equal(count(text, "server-good"), 0);
    assert_non_null(strstr(text, "3/3"));
    free(text);
}

static void test_every_verdict_has_a_word(void **state)
{
    char *text = render(document(1, 3, scenario("a", "pass", 1, 1), failure(),
                                 scenario("c", "skip", 0, 0),
                                 scenario("d", "unknown", 0, 1), NULL),
                        &plain);

    (void)state;
    assert_non_null(strstr(text, "ok     1/1   a"));
    assert_non_null(strstr(text, "FAIL   0/3   server-bad"));
    assert_non_null(strstr(text, "skip   0/0   c"));
    assert_non_null(strstr(text, "????   0/1   d"));
    assert_non_null(strstr(text,
                           "1 passed, 1 failed, 0 waiting, 1 not possible "
                           "here, 1 unknown"));
    assert_non_null(strstr(text, "graded out of 3"));
    free(text);
}

static void test_notes_are_made_only_where_they_hold(void **state)
{
    json_t *d = document(0, 6, failure(), waiting("server-x"), NULL);
    char *text;

    (void)state;
    json_object_set_new(d, "provisional", json_true());
    text = render(d, &plain);
    assert_non_null(strstr(text, "PROVISIONAL"));
    assert_non_null(strstr(text, "meant to begin"));
    free(text);
    text = render(document(5, 8, scenario("a", "pass", 5, 5), failure(), NULL),
                  &plain);
    assert_null(strstr(text, "PROVISIONAL"));
    assert_null(strstr(text, "meant to begin"));
    assert_null(strstr(text, "graded out of"));
    free(text);
}

static void test_brief_shows_no_bytes(void **state)
{
    struct report_style brief = plain;
    char *text;

    (void)state;
    brief.feedback = REPORT_BRIEF;
    text = render(document(0, 3, failure(), NULL), &brief);
    assert_null(strstr(text, "wanted bytes"));
    assert_null(strstr(text, "bytes that came"));
    assert_non_null(strstr(text, "the server said nothing"));
    free(text);
}

static void test_score_shows_points_only(void **state)
{
    struct report_style score = plain;
    char *text;

    (void)state;
    score.feedback = REPORT_SCORE;
    text = render(document(0, 3, failure(), NULL), &score);
    assert_null(strstr(text, "server-bad"));
    assert_null(strstr(text, "said nothing"));
    assert_non_null(strstr(text, "0/3"));
    free(text);
}

/* ---- JSON */

static json_t *parsed(json_t *d, const struct report_style *style)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    json_t *result;

    assert_int_equal(report_json(out, d, style), 0);
    fclose(out);
    result = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(result);
    return result;
}

static const json_t *first_scenario(const json_t *d)
{
    const json_t *lab = json_array_get(json_object_get(d, "labs"), 0);

    return json_array_get(json_object_get(lab, "scenarios"), 0);
}

static void test_json_is_the_document(void **state)
{
    json_t *d = document(0, 3, failure(), NULL);
    json_t *result = parsed(d, &plain);

    (void)state;
    assert_true(json_equal(d, result));
    json_decref(result);
    json_decref(d);
}

static void test_json_keeps_to_the_feedback(void **state)
{
    struct report_style style = plain;
    json_t *d = document(0, 3, failure(), NULL);
    json_t *result;

    (void)state;
    style.feedback = REPORT_BRIEF;
    result = parsed(d, &style);
    assert_null(json_object_get(first_scenario(result), "expected"));
    assert_null(json_object_get(first_scenario(result), "transcript"));
    assert_non_null(json_object_get(first_scenario(result), "reason"));
    json_decref(result);
    style.feedback = REPORT_SCORE;
    result = parsed(d, &style);
    assert_null(json_object_get(first_scenario(result), "reason"));
    assert_non_null(json_object_get(first_scenario(result), "points"));
    json_decref(result);
    assert_non_null(json_object_get(first_scenario(d), "expected"));
    json_decref(d);
}

static void test_reports_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(report_find("text")->write, report_text);
    assert_ptr_equal(report_find("json")->write, report_json);
    assert_null(report_find("tex"));
    assert_null(report_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failure_tells_all_it_knows),
        cmocka_unit_test(test_the_last_step_begun_is_marked),
        cmocka_unit_test(test_a_long_transcript_shows_its_ends),
        cmocka_unit_test(test_those_that_wait_are_one_line),
        cmocka_unit_test(test_lines_are_not_printed_twice),
        cmocka_unit_test(test_every_verdict_has_a_word),
        cmocka_unit_test(test_notes_are_made_only_where_they_hold),
        cmocka_unit_test(test_brief_shows_no_bytes),
        cmocka_unit_test(test_score_shows_points_only),
        cmocka_unit_test(test_json_is_the_document),
        cmocka_unit_test(test_json_keeps_to_the_feedback),
        cmocka_unit_test(test_reports_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
