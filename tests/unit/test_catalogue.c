#include "catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "bytes.h"
#include "labs/labs.h"
#include "tables.h"

/* ---- finding */

static void test_labs_are_found_by_name_and_number(void **state)
{
    (void)state;
    assert_ptr_equal(catalogue_find("01-stream"), &lab_01_stream);
    assert_ptr_equal(catalogue_find("01"), &lab_01_stream);
    assert_null(catalogue_find(""));
    assert_null(catalogue_find("0"));
    assert_null(catalogue_find("01-"));
    assert_null(catalogue_find("01-streams"));
}

static void test_scenarios_are_found_by_index_and_name(void **state)
{
    size_t count = catalogue_count(&lab_01_stream);

    (void)state;
    assert_true(count >= 40);
    assert_null(catalogue_at(&lab_01_stream, count));
    for (size_t i = 0; i < count; i++) {
        const struct scenario *s = catalogue_at(&lab_01_stream, i);

        assert_ptr_equal(catalogue_scenario(&lab_01_stream, s->name), s);
    }
    assert_null(catalogue_scenario(&lab_01_stream, "no-such-scenario"));
}

static void test_rules_are_found_by_their_whole_number(void **state)
{
    const struct rule *rule = catalogue_rule(&lab_01_stream, "S1 S2", 2);

    (void)state;
    assert_non_null(rule);
    assert_string_equal(rule->id, "S1");
    assert_string_equal(catalogue_rule(&lab_01_stream, "S16", 3)->id, "S16");
    assert_string_equal(catalogue_rule(&lab_01_stream, "A4", 2)->id, "A4");
    assert_null(catalogue_rule(&lab_01_stream, "S", 1));
    assert_null(catalogue_rule(&lab_01_stream, "S99", 3));
}

static void test_lists_are_walked_word_by_word(void **state)
{
    const char *rest = "  S1 accept(2)  ";
    size_t length = 99;
    const char *word = catalogue_word(&rest, &length);

    (void)state;
    assert_int_equal(length, 2);
    assert_memory_equal(word, "S1", 2);
    word = catalogue_word(&rest, &length);
    assert_int_equal(length, 9);
    assert_memory_equal(word, "accept(2)", 9);
    assert_null(catalogue_word(&rest, &length));
    assert_null(catalogue_word(&rest, &length));
}

/* ---- do the tables make sense? Every lab, every scenario. */

static void check_name(const struct lab *lab, const struct scenario *s,
                       size_t index)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    const char *role = s->points == 0           ? "observe-"
                       : s->role == ROLE_SERVER ? "server-"
                                                : "client-";

    REQUIRE(s, strspn(s->name, letters) == strlen(s->name));
    REQUIRE(s, strncmp(s->name, role, strlen(role)) == 0);
    /* Reports have a column of this width for it. */
    REQUIRE(s, strlen(s->name) < 28);
    for (size_t i = 0; i < index; i++)
        REQUIRE(s, strcmp(catalogue_at(lab, i)->name, s->name) != 0);
}

static void test_names_are_unique_and_well_formed(void **state)
{
    (void)state;
    for_each(check_name);
}

static void check_texts(const struct lab *lab, const struct scenario *s,
                        size_t index)
{
    (void)lab;
    (void)index;
    REQUIRE(s, s->title != NULL && *s->title != '\0');
    REQUIRE(s, strlen(s->title) <= 74 && strchr(s->title, '\n') == NULL);
    REQUIRE(s, s->why != NULL && strlen(s->why) > 20);
    REQUIRE(s, s->man != NULL && strstr(s->man, "(") != NULL);
    for (int i = 0; i < SCENARIO_HINTS; i++)
        REQUIRE(s, s->hints[i] != NULL && strlen(s->hints[i]) > 10);
}

static void test_titles_reasons_hints_and_man_pages_are_there(void **state)
{
    (void)state;
    for_each(check_texts);
}

static void test_points_of_a_lab_are_a_hundred(void **state)
{
    (void)state;
    for (size_t i = 0; catalogue_labs[i] != NULL; i++) {
        size_t count = catalogue_count(catalogue_labs[i]);
        int points = 0;

        for (size_t j = 0; j < count; j++) {
            assert_true(catalogue_at(catalogue_labs[i], j)->points >= 0);
            points += catalogue_at(catalogue_labs[i], j)->points;
        }
        assert_int_equal(points, 100);
    }
}

static void check_rules(const struct lab *lab, const struct scenario *s,
                        size_t index)
{
    const char *rest = s->rules;
    const char *id;
    size_t length;
    int count = 0;

    (void)index;
    while ((id = catalogue_word(&rest, &length)) != NULL) {
        if (catalogue_rule(lab, id, length) == NULL)
            fail_msg("%s: there is no rule %.*s", s->name, (int)length, id);
        count++;
    }
    REQUIRE(s, count > 0);
}

static void test_scenarios_name_rules_that_exist(void **state)
{
    (void)state;
    for_each(check_rules);
}

static bool lists(const char *rules, const char *id)
{
    size_t length;
    const char *word;

    while ((word = catalogue_word(&rules, &length)) != NULL) {
        if (strlen(id) == length && strncmp(word, id, length) == 0)
            return true;
    }
    return false;
}

static bool is_covered(const struct lab *lab, const char *id)
{
    size_t count = catalogue_count(lab);

    for (size_t i = 0; i < count; i++) {
        if (lists(catalogue_at(lab, i)->rules, id))
            return true;
    }
    return false;
}

static void check_coverage(const struct lab *lab)
{
    for (size_t i = 0; i < lab->rule_count; i++) {
        if (!is_covered(lab, lab->rules[i].id))
            fail_msg("%s: nothing checks %s", lab->name, lab->rules[i].id);
    }
    for (size_t i = 0; i < rules_common_count; i++) {
        bool shown = !lists(lab->not_shown, rules_common[i].id);

        if (is_covered(lab, rules_common[i].id) != shown)
            fail_msg("%s: %s is checked, or said not to be shown, but not both",
                     lab->name, rules_common[i].id);
    }
}

static void test_every_rule_is_checked(void **state)
{
    (void)state;
    for (size_t i = 0; catalogue_labs[i] != NULL; i++)
        check_coverage(catalogue_labs[i]);
}

static void check_after(const struct lab *lab, const struct scenario *s,
                        size_t index)
{
    const struct scenario *found = NULL;

    if (s->after == NULL)
        return;
    for (size_t i = 0; i < index; i++) {
        if (strcmp(catalogue_at(lab, i)->name, s->after) == 0)
            found = catalogue_at(lab, i);
    }
    REQUIRE(s, found != NULL && found->role == s->role);
}

static void test_prerequisites_come_earlier_and_have_the_same_role(void **state)
{
    (void)state;
    for_each(check_after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labs_are_found_by_name_and_number),
        cmocka_unit_test(test_scenarios_are_found_by_index_and_name),
        cmocka_unit_test(test_rules_are_found_by_their_whole_number),
        cmocka_unit_test(test_lists_are_walked_word_by_word),
        cmocka_unit_test(test_names_are_unique_and_well_formed),
        cmocka_unit_test(test_titles_reasons_hints_and_man_pages_are_there),
        cmocka_unit_test(test_points_of_a_lab_are_a_hundred),
        cmocka_unit_test(test_scenarios_name_rules_that_exist),
        cmocka_unit_test(test_every_rule_is_checked),
        cmocka_unit_test(
            test_prerequisites_come_earlier_and_have_the_same_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
