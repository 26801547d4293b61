#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LITERAL(text)                                                          \
    {                                                                          \
        (text), sizeof(text) - 1                                               \
    }

struct text {
    const char *data;
    size_t length;
};

static void assert_bytes(const struct bytes *b, const struct text *expected)
{
    assert_int_equal(b->length, expected->length);
    assert_memory_equal(b->data, expected->data, expected->length);
    assert_int_equal(b->data[b->length], '\0');
}

/* ---- buffers */

static void test_append_keeps_what_was_there(void **state)
{
    struct bytes b = { .data = NULL };

    (void)state;
    for (int n = 0; n < 10000; n++) {
        const char byte = (char)n;

        assert_int_equal(bytes_append(&b, &byte, 1), 0);
        assert_int_equal(b.data[b.length], '\0');
    }
    assert_int_equal(b.length, 10000);
    for (int n = 0; n < 10000; n++)
        assert_int_equal(b.data[n], (char)n);
    bytes_free(&b);
    assert_null(b.data);
    assert_int_equal(b.length, 0);
    assert_int_equal(bytes_append(&b, NULL, 0), 0);
    assert_string_equal(b.data, "");
    bytes_free(&b);
}

static void test_append_too_much_changes_nothing(void **state)
{
    volatile size_t too_much[] = { SIZE_MAX, SIZE_MAX - 2, SIZE_MAX / 2 };
    struct bytes b = { .data = NULL };

    (void)state;
    assert_int_equal(bytes_append(&b, "abc", 3), 0);
    for (size_t n = 0; n < sizeof too_much / sizeof *too_much; n++) {
        errno = 0;
        assert_int_equal(bytes_append(&b, "x", too_much[n]), -1);
        assert_int_equal(errno, ENOMEM);
        assert_int_equal(b.length, 3);
        assert_string_equal(b.data, "abc");
    }
    bytes_free(&b);
}

static void test_printf_of_any_length(void **state)
{
    struct bytes b = { .data = NULL };

    (void)state;
    assert_int_equal(bytes_printf(&b, "%s-%d", "abc", 7), 0);
    assert_string_equal(b.data, "abc-7");
    assert_int_equal(bytes_printf(&b, "%5000d", 1), 0);
    assert_int_equal(b.length, 5005);
    assert_int_equal(strlen(b.data), 5005);
    assert_memory_equal(b.data, "abc-7 ", 6);
    assert_int_equal(b.data[5004], '1');
    bytes_free(&b);
}

static void test_drop(void **state)
{
    struct bytes b = { .data = NULL };

    (void)state;
    bytes_drop(&b, 3);
    assert_int_equal(bytes_append(&b, "abcdef", 6), 0);
    bytes_drop(&b, 2);
    assert_string_equal(b.data, "cdef");
    assert_int_equal(b.length, 4);
    bytes_drop(&b, 0);
    assert_string_equal(b.data, "cdef");
    bytes_drop(&b, 5);
    assert_string_equal(b.data, "");
    assert_int_equal(b.length, 0);
    bytes_free(&b);
}

static void test_common(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        size_t same;
    } cases[] = { { "", "", 0 },        { "a", "", 0 },
                  { "abc", "abc", 3 },  { "abc", "abd", 2 },
                  { "abc", "abcd", 3 }, { "xbc", "abc", 0 } };

    (void)state;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        struct bytes a = { .data = NULL };
        struct bytes b = { .data = NULL };

        assert_int_equal(bytes_printf(&a, "%s", cases[n].a), 0);
        assert_int_equal(bytes_printf(&b, "%s", cases[n].b), 0);
        assert_int_equal(bytes_common(&a, &b), cases[n].same);
        assert_int_equal(bytes_common(&b, &a), cases[n].same);
        bytes_free(&a);
        bytes_free(&b);
    }
}

/* ---- templates */

static const struct bytes_payloads given = {
    .value = { [0] = { .data = (char[]){ "zero" }, .length = 4 },
               [5] = { .data = (char[]){ "a\0b" }, .length = 3 } },
};
static const struct bytes_names names = {
    .payloads = &given,
    .path = "./uds",
    .i = 42,
};

static void test_expand(void **state)
{
    static const struct {
        struct text template;
        struct text expected;
    } cases[] = {
        { LITERAL(""), LITERAL("") },
        { LITERAL("plain"), LITERAL("plain") },
        { LITERAL("{0}"), LITERAL("zero") },
        { LITERAL("<{5}>"), LITERAL("<a\0b>") },
        { LITERAL("{0}{0}"), LITERAL("zerozero") },
        { LITERAL("{path}.lock {i}"), LITERAL("./uds.lock 42") },
        { LITERAL("{{0} {{{0}} }"), LITERAL("{0} {zero} }") },
        { LITERAL("a\0{i}\0"), LITERAL("a\0"
                                       "42\0") },
    };

    (void)state;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        struct bytes out = { .data = NULL };

        assert_int_equal(bytes_append(&out, "", 0), 0);
        assert_int_equal(bytes_expand(&out, cases[n].template.data,
                                      cases[n].template.length, &names),
                         0);
        assert_bytes(&out, &cases[n].expected);
        bytes_free(&out);
    }
}

static void test_expand_refuses_unknown_braces(void **state)
{
    static const char *const wrong[] = { "x{",    "x{0",    "x{1}",  "x{6}",
                                         "x{-1}", "x{path", "x{ i}", "x{}",
                                         "x{I}",  "x{00}",  "x{/}" };
    static const struct bytes_names nothing = { .payloads = NULL };
    struct bytes out = { .data = NULL };

    (void)state;
    assert_int_equal(bytes_append(&out, "kept", 4), 0);
    for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        errno = 0;
        assert_int_equal(bytes_expand(&out, wrong[n], strlen(wrong[n]), &names),
                         -1);
        assert_int_equal(errno, EINVAL);
        assert_string_equal(out.data, "kept");
        assert_int_equal(out.length, 4);
    }
    assert_int_equal(bytes_expand(&out, "{path}", 6, &nothing), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(bytes_expand(&out, "{0}", 3, &nothing), -1);
    assert_int_equal(errno, EINVAL);
    bytes_free(&out);
}

/* ---- bytes for people */

static void test_show(void **state)
{
    static const struct {
        struct text data;
        size_t most;
        const char *expected;
    } cases[] = {
        { LITERAL(""), 0, "\"\"" },
        { LITERAL("thank you!\n"), 0, "\"thank you!\\n\"" },
        { LITERAL("\t\r\a\b\v\f"), 0, "\"\\t\\r\\a\\b\\v\\f\"" },
        { LITERAL("\"\\"), 0, "\"\\\"\\\\\"" },
        { LITERAL("\0"), 0, "\"\\0\"" },
        { LITERAL("\0a"), 0, "\"\\0a\"" },
        { LITERAL("\0"
                  "1"),
          0, "\"\\0001\"" },
        { LITERAL("\xff\x80"), 0, "\"\\xff\\x80\"" },
        { LITERAL("\xff"
                  "g"),
          0, "\"\\xffg\"" },
        { LITERAL("\xff"
                  "A"),
          0, "\"\\377A\"" },
        { LITERAL("\x1b[0m"), 0, "\"\\x1b[0m\"" },
        { LITERAL("\x7f"), 0, "\"\\x7f\"" },
        { LITERAL("abcdef"), 6, "\"abcdef\"" },
        { LITERAL("abcdefg"), 6, "\"abc\"...\"efg\" (7 bytes)" },
        { LITERAL("abcdefg"), 5, "\"abc\"...\"fg\" (7 bytes)" },
        { LITERAL("abc"), 1, "\"a\"...\"\" (3 bytes)" },
        /* The character behind the cut is none behind the escape. */
        { LITERAL("a\0"
                  "1234"),
          4, "\"a\\0\"...\"34\" (6 bytes)" },
    };

    (void)state;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        struct bytes out = { .data = NULL };

        assert_int_equal(bytes_show(&out, cases[n].data.data,
                                    cases[n].data.length, cases[n].most),
                         0);
        assert_string_equal(out.data, cases[n].expected);
        bytes_free(&out);
    }
}

static void test_show_cuts_what_is_long(void **state)
{
    char data[BYTES_SHOWN + 1];
    struct bytes out = { .data = NULL };

    (void)state;
    memset(data, 'x', sizeof data);
    assert_int_equal(bytes_show(&out, data, BYTES_SHOWN, 0), 0);
    assert_int_equal(out.length, BYTES_SHOWN + 2);
    bytes_drop(&out, out.length);
    assert_int_equal(bytes_show(&out, data, sizeof data, 0), 0);
    assert_non_null(strstr(out.data, "x\"...\"x"));
    assert_non_null(strstr(out.data, "x\" (97 bytes)"));
    bytes_free(&out);
}

/* Reads one escape as a compiler does: octal up to three digits, hexadecimal as
 * far as the digits go. */
static unsigned long read_escape(const char **at)
{
    static const char from[] = "abtnvfr\\\"";
    static const char to[] = "\a\b\t\n\v\f\r\\\"";
    char octal[4] = "";

    if (strchr(from, **at) != NULL)
        return (unsigned char)to[strchr(from, *(*at)++) - from];
    if (**at == 'x') {
        char *end;
        unsigned long value = strtoul(*at + 1, &end, 16);
        *at = end;
        return value;
    }
    memcpy(octal, *at,
           strspn(*at, "01234567") < 3 ? strspn(*at, "01234567") : 3);
    assert_true(octal[0] != '\0');
    *at += strlen(octal);
    return strtoul(octal, NULL, 8);
}

static void assert_literal_means(const char *literal, const char *data,
                                 size_t length)
{
    assert_int_equal(*literal++, '"');
    for (size_t n = 0; n < length; n++) {
        unsigned long value = (unsigned char)*literal++;

        if (value == '\\')
            value = read_escape(&literal);
        assert_int_equal(value, (unsigned char)data[n]);
    }
    assert_string_equal(literal, "\"");
}

static void test_show_means_exactly_these_bytes(void **state)
{
    /* Often what makes an escape ambiguous. */
    static const char alphabet[] = "\0\0\xff\x01\x1b\n\"\\0178afFg ";

    (void)state;
    srand(1);
    for (int n = 0; n < 5000; n++) {
        struct bytes out = { .data = NULL };
        char data[32];

        for (size_t k = 0; k < sizeof data; k++)
            data[k] = n % 2 == 0
                          ? (char)rand()
                          : alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        assert_int_equal(bytes_show(&out, data, sizeof data, 0), 0);
        assert_literal_means(out.data, data, sizeof data);
        bytes_free(&out);
    }
}

static void test_choices_are_shown_one_by_one(void **state)
{
    struct bytes out = { 0 };

    (void)state;
    assert_int_equal(bytes_show_choices(&out, "a\n|b|", 5), 0);
    assert_string_equal(out.data, "\"a\\n\" or \"b\" or \"\"");
    bytes_drop(&out, out.length);
    assert_int_equal(bytes_show_choices(&out, "ab", 2), 0);
    assert_string_equal(out.data, "\"ab\"");
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_keeps_what_was_there),
        cmocka_unit_test(test_append_too_much_changes_nothing),
        cmocka_unit_test(test_printf_of_any_length),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_common),
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_expand_refuses_unknown_braces),
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_show_cuts_what_is_long),
        cmocka_unit_test(test_show_means_exactly_these_bytes),
        cmocka_unit_test(test_choices_are_shown_one_by_one),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
