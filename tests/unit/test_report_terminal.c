#include "report/print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "report/report.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_control_character_reaches_the_terminal),
        cmocka_unit_test(test_lines_keep_within_the_width),
        cmocka_unit_test(test_colour_adds_nothing_but_colour),
        cmocka_unit_test(test_a_stream_that_fails_is_noticed),
        cmocka_unit_test(test_a_command_can_be_copied),
        cmocka_unit_test(test_wrapped_words_are_all_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
