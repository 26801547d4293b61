#include "turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A chain of three, one beside it, and three more behind its first. */
static const struct scenario scenarios[] = {
    { .name = "first" },
    { .name = "second", .after = "first" },
    { .name = "third", .after = "second" },
    { .name = "alone" },
    { .name = "quick", .after = "first", .steps = { CLOCK(100) } },
    { .name = "slow",
      .after = "first",
      .steps = { START(), CLOCK(900), CONTINUE(), CLOCK(600) } },
    { .name = "leads", .after = "first" },
    { .name = "last", .after = "leads", .steps = { CLOCK(1200) } },
};

enum { FIRST, SECOND, THIRD, ALONE, QUICK, SLOW, LEADS, LAST, COUNT };

static const struct lab lab = { .name = "77-test" };
static const struct lab other = { .name = "78-test" };

struct fixture {
    struct schedule_case cases[COUNT];
    struct turns turns;
};

static int set_up(void **state)
{
    static struct fixture f;

    for (size_t i = 0; i < COUNT; i++)
        f.cases[i] =
            (struct schedule_case){ .lab = &lab, .scenario = &scenarios[i] };
    *state = &f;
    return turns_open(&f.turns, f.cases, COUNT);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    turns_free(&f->turns);
    for (size_t i = 0; i < COUNT; i++)
        json_decref(f->cases[i].outcome);
    return 0;
}

static size_t take(struct fixture *f)
{
    size_t next = turns_next(&f->turns);

    if (next < COUNT)
        f->turns.turn[next].taken = true;
    return next;
}

static void end(struct fixture *f, size_t index, const char *verdict)
{
    f->cases[index].outcome = json_pack("{s:s}", "verdict", verdict);
    assert_non_null(f->cases[index].outcome);
}

static void test_only_what_waits_for_nothing_begins(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(take(f), FIRST);
    assert_int_equal(take(f), ALONE);
    assert_int_equal(take(f), COUNT);
}

static void test_a_case_follows_once_its_prerequisite_has_passed(void **state)
{
    struct fixture *f = *state;

    (void)take(f);
    (void)take(f);
    end(f, ALONE, "pass");
    assert_int_equal(take(f), COUNT);
    end(f, FIRST, "pass");
    for (int n = 0; n < 4; n++)
        assert_int_not_equal(take(f), COUNT);
    assert_true(f->turns.turn[SECOND].taken);
    /* Its own prerequisite is being played. */
    assert_false(f->turns.turn[THIRD].taken);
    assert_int_equal(take(f), COUNT);
    end(f, SECOND, "pass");
    assert_int_equal(take(f), THIRD);
}

static void test_the_longest_clocks_come_first(void **state)
{
    struct fixture *f = *state;

    (void)take(f);
    (void)take(f);
    end(f, FIRST, "pass");
    assert_int_equal(take(f), SLOW);
    /* It has none itself, but somebody waits for it. */
    assert_int_equal(take(f), LEADS);
    assert_int_equal(take(f), QUICK);
    assert_int_equal(take(f), SECOND);
}

static void test_what_has_not_passed_lets_nobody_follow(void **state)
{
    static const char *const verdicts[] = { "fail", "skip", "unknown", "odd" };
    struct fixture *f = *state;

    (void)take(f);
    (void)take(f);
    assert_false(turns_is_lost(&f->turns, SECOND));
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        end(f, FIRST, verdicts[i]);
        assert_int_equal(take(f), COUNT);
        assert_true(turns_is_lost(&f->turns, SECOND));
        /* What it waits for has not ended yet. */
        assert_false(turns_is_lost(&f->turns, THIRD));
        assert_false(turns_is_lost(&f->turns, FIRST));
        json_decref(f->cases[FIRST].outcome);
    }
    end(f, FIRST, "pass");
    assert_false(turns_is_lost(&f->turns, SECOND));
}

static void test_what_is_taken_is_not_lost(void **state)
{
    struct fixture *f = *state;

    end(f, FIRST, "fail");
    f->turns.turn[SECOND].taken = true;
    assert_false(turns_is_lost(&f->turns, SECOND));
    end(f, SECOND, "unknown");
    assert_true(turns_is_lost(&f->turns, THIRD));
}

static void test_a_prerequisite_is_of_the_same_lab_and_earlier(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(turns_prerequisite(f->cases, FIRST), FIRST);
    assert_int_equal(turns_prerequisite(f->cases, THIRD), SECOND);
    f->cases[SECOND].lab = &other;
    assert_int_equal(turns_prerequisite(f->cases, THIRD), THIRD);
    assert_int_equal(turns_prerequisite(f->cases, SECOND), SECOND);
    /* Played alone, it waits for nobody. */
    assert_int_equal(turns_prerequisite(&f->cases[LAST], 0), 0);
}

#define TURNS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TURNS_TEST(test_only_what_waits_for_nothing_begins),
        TURNS_TEST(test_a_case_follows_once_its_prerequisite_has_passed),
        TURNS_TEST(test_the_longest_clocks_come_first),
        TURNS_TEST(test_what_has_not_passed_lets_nobody_follow),
        TURNS_TEST(test_what_is_taken_is_not_lost),
        TURNS_TEST(test_a_prerequisite_is_of_the_same_lab_and_earlier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
