#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

/* A lab of its own: four scenarios in a chain of three, and one beside it. */
static const struct scenario scenarios[] = {
    {
        .name = "first",
        .title = "a title",
        .rules = "S1 S2",
        .points = 10,
        .hints = { "a nudge", "a direction" },
        .man = "unix(7) send(2)",
    },
    {
        .name = "second",
        .title = "a title",
        .rules = "S2",
        .points = 5,
        .after = "first",
    },
    {
        .name = "third",
        .title = "a title",
        .rules = "S2",
        .points = 3,
        .after = "second",
    },
    {
        .name = "alone",
        .title = "a title",
        .role = ROLE_CLIENT,
        .rules = "S1",
        .points = 2,
    },
};

static const struct rule rules[] = { { "S1", "One." }, { "S2", "Two." } };

static const struct lab lab = {
    .name = "77-test",
    .title = "A lab",
    .rules = rules,
    .rule_count = 2,
    .groups = { { "all", scenarios, 4 } },
};

enum { COUNT = 4 };

struct fixture {
    struct schedule_case cases[COUNT];
    struct sandbox_probe probe;
    struct verdict_run run;
    json_t *document;
};

/* Makes the document for these verdicts; NULL is a case without outcome. */
static void judge(struct fixture *f, const char *const verdicts[COUNT])
{
    f->probe = (struct sandbox_probe){ 0 };
    f->run = (struct verdict_run){ .seed = 4711,
                                   .probe = &f->probe,
                                   .programs = " --from mine" };
    for (size_t i = 0; i < COUNT; i++) {
        f->cases[i] =
            (struct schedule_case){ .lab = &lab, .scenario = &scenarios[i] };
        if (verdicts[i] != NULL)
            f->cases[i].outcome =
                json_pack("{s:s, s:s, s:f, s:s}", "verdict", verdicts[i],
                          "reason", "a reason", "ms", 1.5, "expected", "x");
    }
    f->document = verdict_document(&f->run, f->cases, COUNT);
    assert_non_null(f->document);
}

static void clear(struct fixture *f)
{
    for (size_t i = 0; i < COUNT; i++)
        json_decref(f->cases[i].outcome);
    json_decref(f->document);
}

static const json_t *scenario_at(const struct fixture *f, size_t i)
{
    const json_t *labs = json_object_get(f->document, "labs");

    return json_array_get(json_object_get(json_array_get(labs, 0), "scenarios"),
                          i);
}

static const char *text_at(const struct fixture *f, size_t i, const char *name)
{
    return json_string_value(json_object_get(scenario_at(f, i), name));
}

static int number_at(const struct fixture *f, size_t i, const char *name)
{
    return (int)json_integer_value(json_object_get(scenario_at(f, i), name));
}

static void assert_total(const struct fixture *f, int points, int max,
                         int status)
{
    assert_int_equal(json_integer_value(json_object_get(f->document, "points")),
                     points);
    assert_int_equal(json_integer_value(json_object_get(f->document, "max")),
                     max);
    assert_int_equal(verdict_exit_status(f->document), status);
}

static void test_all_passed_is_all_points(void **state)
{
    struct fixture f;

    (void)state;
    judge(&f, (const char *const[]){ "pass", "pass", "pass", "pass" });
    assert_total(&f, 20, 20, 0);
    assert_int_equal(number_at(&f, 0, "points"), 10);
    assert_true(json_is_false(json_object_get(f.document, "provisional")));
    clear(&f);
}

static void test_fail_scores_nothing_and_stays_in_the_maximum(void **state)
{
    struct fixture f;

    (void)state;
    judge(&f, (const char *const[]){ "pass", "pass", "pass", "fail" });
    assert_total(&f, 18, 20, 1);
    assert_string_equal(text_at(&f, 3, "verdict"), "fail");
    assert_string_equal(text_at(&f, 3, "reason"), "a reason");
    assert_int_equal(number_at(&f, 3, "points"), 0);
    assert_int_equal(number_at(&f, 3, "max"), 2);
    clear(&f);
}

/* Whatever came of those behind it, to the end of the chain. */
static void test_what_comes_after_a_failure_waits_for_it(void **state)
{
    struct fixture f;

    (void)state;
    judge(&f, (const char *const[]){ "fail", "pass", "unknown", "pass" });
    assert_total(&f, 2, 20, 1);
    assert_string_equal(text_at(&f, 1, "verdict"), "skip");
    assert_string_equal(text_at(&f, 1, "waits_for"), "first");
    assert_non_null(strstr(text_at(&f, 1, "reason"), "first"));
    assert_string_equal(text_at(&f, 1, "expected"), "");
    assert_string_equal(text_at(&f, 2, "verdict"), "skip");
    assert_string_equal(text_at(&f, 2, "waits_for"), "first");
    assert_int_equal(number_at(&f, 2, "max"), 3);
    assert_null(text_at(&f, 0, "waits_for"));
    clear(&f);
}

static void test_what_the_machine_cannot_do_leaves_the_maximum(void **state)
{
    struct fixture f;

    (void)state;
    judge(&f, (const char *const[]){ "pass", "pass", "pass", "skip" });
    assert_total(&f, 18, 18, 0);
    assert_int_equal(number_at(&f, 3, "max"), 0);
    assert_string_equal(text_at(&f, 3, "reason"), "a reason");
    clear(&f);
}

/* The maximum is the machine's, whatever the program does. */
static void test_the_maximum_does_not_hang_on_the_program(void **state)
{
    struct fixture good;
    struct fixture bad;

    (void)state;
    /* The second is not possible here, so the third is not either. */
    judge(&good, (const char *const[]){ "pass", "skip", "pass", "pass" });
    judge(&bad, (const char *const[]){ "fail", "skip", "fail", "fail" });
    assert_total(&good, 12, 12, 0);
    assert_total(&bad, 0, 12, 1);
    clear(&good);
    clear(&bad);
}

static void test_unknown_makes_the_total_provisional(void **state)
{
    struct fixture f;

    (void)state;
    judge(&f, (const char *const[]){ "pass", "pass", "pass", "unknown" });
    assert_total(&f, 18, 20, 3);
    assert_true(json_is_true(json_object_get(f.document, "provisional")));
    clear(&f);
}

static void test_a_case_without_outcome_is_unknown(void **state)
{
    struct fixture f;

    (void)state;
    judge(&f, (const char *const[]){ "pass", "pass", "pass", NULL });
    assert_string_equal(text_at(&f, 3, "verdict"), "unknown");
    assert_true(strlen(text_at(&f, 3, "reason")) > 0);
    assert_total(&f, 18, 20, 3);
    clear(&f);
}

static void test_a_verdict_that_is_none_is_unknown(void **state)
{
    struct fixture f;

    (void)state;
    judge(&f, (const char *const[]){ "pass", "pass", "pass", "passed" });
    assert_string_equal(text_at(&f, 3, "verdict"), "unknown");
    clear(&f);
}

static void test_nothing_that_could_be_graded_is_no_success(void **state)
{
    struct fixture f;

    (void)state;
    judge(&f, (const char *const[]){ "skip", "skip", "skip", "skip" });
    assert_total(&f, 0, 0, 3);
    clear(&f);
}

static void
test_a_prerequisite_that_was_not_run_counts_for_nothing(void **state)
{
    struct fixture f;
    json_t *document;

    (void)state;
    judge(&f, (const char *const[]){ "fail", "pass", "pass", "pass" });
    document = verdict_document(&f.run, &f.cases[1], 1);
    assert_int_equal(verdict_exit_status(document), 0);
    json_decref(document);
    clear(&f);
}

static void test_a_scenario_tells_how_to_go_on(void **state)
{
    struct fixture f;
    const json_t *list;

    (void)state;
    judge(&f, (const char *const[]){ "fail", "pass", "pass", "pass" });
    assert_string_equal(text_at(&f, 0, "hint"), "a nudge");
    assert_string_equal(text_at(&f, 0, "command"),
                        "build/sockdojo grade 77-test/first --seed 4711 "
                        "--from mine");
    assert_string_equal(text_at(&f, 0, "role"), "server");
    assert_string_equal(text_at(&f, 3, "role"), "client");
    list = json_object_get(scenario_at(&f, 0), "man");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_array_get(list, 1)), "send(2)");
    list = json_object_get(scenario_at(&f, 0), "rules");
    assert_string_equal(json_string_value(json_array_get(list, 1)), "S2");
    list = json_array_get(json_object_get(f.document, "labs"), 0);
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(list, "rules"), "S2")),
                        "Two.");
    clear(&f);
}

static void test_the_sandbox_is_what_the_probe_found(void **state)
{
    struct fixture f;
    const json_t *sandbox;
    struct bytes missing = { 0 };

    (void)state;
    judge(&f, (const char *const[]){ "pass", "pass", "pass", "pass" });
    sandbox = json_object_get(f.document, "sandbox");
    assert_int_equal(sandbox_missing(&f.probe, &missing), 0);
    assert_true(missing.length > 0);
    assert_string_equal(json_string_value(json_object_get(sandbox, "level")),
                        "basic");
    assert_true(json_array_size(json_object_get(sandbox, "missing")) > 1);
    assert_string_equal(json_string_value(json_object_get(sandbox, "kill")),
                        "sweep");
    bytes_free(&missing);
    clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_passed_is_all_points),
        cmocka_unit_test(test_fail_scores_nothing_and_stays_in_the_maximum),
        cmocka_unit_test(test_what_comes_after_a_failure_waits_for_it),
        cmocka_unit_test(test_what_the_machine_cannot_do_leaves_the_maximum),
        cmocka_unit_test(test_the_maximum_does_not_hang_on_the_program),
        cmocka_unit_test(test_unknown_makes_the_total_provisional),
        cmocka_unit_test(test_a_case_without_outcome_is_unknown),
        cmocka_unit_test(test_a_verdict_that_is_none_is_unknown),
        cmocka_unit_test(test_nothing_that_could_be_graded_is_no_success),
        cmocka_unit_test(
            test_a_prerequisite_that_was_not_run_counts_for_nothing),
        cmocka_unit_test(test_a_scenario_tells_how_to_go_on),
        cmocka_unit_test(test_the_sandbox_is_what_the_probe_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
