#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/print.h"

static const struct report_style plain = { .width = 80,
                                           .feedback = REPORT_FULL };

/* ---- documents */

static json_t *scenario(const char *name, const char *verdict, int points,
                        int max)
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

/* Takes the scenarios; they end with NULL. */
static json_t *document(int points, int max, ...)
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

static void put(json_t *object, const char *name, const char *text)
{
    json_object_set_new(object, name, json_string(text));
}

static void note(json_t *object, const char *who, const char *what)
{
    json_array_append_new(
        json_object_get(object, "transcript"),
        json_pack("{s:i, s:s, s:s}", "t_us", 1234, "who", who, "what", what));
}

static json_t *failure(void)
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

static json_t *waiting(const char *name)
{
    json_t *s = scenario(name, "skip", 0, 1);

    put(s, "waits_for", "server-bad");
    return s;
}

/* Takes the document; the caller frees the text. */
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

static int count(const char *text, const char *part)
{
    int n = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

static void assert_fits(const char *text, size_t width)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length > width)
            fail_msg("%zu columns: %.*s", length, (int)length, text);
        text += length + 1;
    }
}

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

/* ---- what reaches the terminal */

static json_t *hostile(void)
{
    static const char bytes[] = "\x1b[2J\x07\x7f\xc2\x9b"
                                "31m\r\n\xe2\x80\xae end";
    static const char *const fields[] = { "name",   "title",    "reason",
                                          "hint",   "expected", "actual",
                                          "command" };
    json_t *s = failure();

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        put(s, fields[i], bytes);
    note(s, "program", bytes);
    note(s, "peer", bytes);
    json_array_append_new(json_object_get(s, "man"), json_string(bytes));
    return s;
}

static void test_no_control_character_reaches_the_terminal(void **state)
{
    char *text = render(document(0, 3, hostile(), NULL), &plain);

    (void)state;
    for (const char *c = text; *c != '\0'; c++)
        assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
    assert_non_null(strstr(text, "\\x1b[2J"));
    free(text);
}

static json_t *lengthy(void)
{
    char long_word[400];
    char long_text[400];
    json_t *s = failure();

    memset(long_word, 'w', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    for (size_t i = 0; i < sizeof long_text - 1; i++)
        long_text[i] = i % 7 == 6 ? ' ' : 't';
    long_text[sizeof long_text - 1] = '\0';
    put(s, "title", long_text);
    put(s, "reason", long_text);
    put(s, "hint", long_word);
    put(s, "expected", long_word);
    note(s, "peer", long_text);
    note(s, "program", long_word);
    return s;
}

static void test_lines_keep_within_the_width(void **state)
{
    struct report_style narrow = plain;
    json_t *s = hostile();
    char *text;

    (void)state;
    /* Commands hold the name, and are never broken within a word. */
    put(s, "name", "server-bad");
    put(s, "command", "build/sockdojo grade x/y --seed 7");
    text = render(document(0, 3, lengthy(), s, NULL), &plain);
    assert_fits(text, 80);
    free(text);
    narrow.width = 60;
    text = render(document(0, 3, lengthy(), failure(), NULL), &narrow);
    assert_fits(text, 60);
    free(text);
}

/* Takes colours away, in place. */
static void bleach(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0';) {
        if (*from == '\033')
            from += strcspn(from, "m") + 1;
        else
            *to++ = *from++;
    }
    *to = '\0';
}

static void test_colour_adds_nothing_but_colour(void **state)
{
    struct report_style coloured = plain;
    char *black = render(document(0, 3, failure(), NULL), &plain);
    char *colour;

    (void)state;
    coloured.colour = true;
    colour = render(document(0, 3, failure(), NULL), &coloured);
    assert_null(strchr(black, '\033'));
    assert_non_null(strchr(colour, '\033'));
    bleach(colour);
    assert_string_equal(colour, black);
    free(black);
    free(colour);
}

static void test_a_stream_that_fails_is_noticed(void **state)
{
    json_t *d = document(0, 3, failure(), NULL);
    FILE *full = fopen("/dev/full", "we");

    (void)state;
    assert_non_null(full);
    assert_int_equal(report_text(full, d, &plain), -1);
    fclose(full);
    full = fopen("/dev/full", "we");
    assert_non_null(full);
    assert_int_equal(report_json(full, d, &plain), -1);
    fclose(full);
    json_decref(d);
}

/* ---- pieces */

static char *printed(void (*print)(const struct print *p, const char *label,
                                   const char *text),
                     const char *argument)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const struct print p = { out, &plain };

    print(&p, "again", argument);
    fclose(out);
    return text;
}

static void test_a_command_can_be_copied(void **state)
{
    static const char command[] =
        "build/sockdojo grade 01-stream/server-hello --seed 4711 "
        "--server 'a program with --many --words and --more --of --them'";
    char *text = printed(print_command, command);

    (void)state;
    /* One break, before the option and not within its quotes. */
    assert_int_equal(count(text, "\n"), 2);
    assert_non_null(strstr(text, "4711 \\\n"));
    assert_non_null(strstr(text, "--server 'a program with --many --words and "
                                 "--more --of --them'\n"));
    free(text);
}

static void test_wrapped_words_are_all_there(void **state)
{
    static const char words[] =
        "one two three four five six seven eight nine ten eleven twelve "
        "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty";
    char *text = printed(print_field, words);

    (void)state;
    assert_true(count(text, "\n") >= 2);
    assert_fits(text, 80);
    for (char *c = text; *c != '\0'; c++) {
        if (*c == '\n')
            *c = ' ';
    }
    assert_non_null(strstr(text, "one two three"));
    assert_non_null(strstr(text, " twenty "));
    assert_int_equal(count(text, "teen"), 7);
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
        cmocka_unit_test(test_no_control_character_reaches_the_terminal),
        cmocka_unit_test(test_lines_keep_within_the_width),
        cmocka_unit_test(test_colour_adds_nothing_but_colour),
        cmocka_unit_test(test_a_stream_that_fails_is_noticed),
        cmocka_unit_test(test_a_command_can_be_copied),
        cmocka_unit_test(test_wrapped_words_are_all_there),
        cmocka_unit_test(test_json_is_the_document),
        cmocka_unit_test(test_json_keeps_to_the_feedback),
        cmocka_unit_test(test_reports_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
