#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

/* Templates that stand for frames, copies and the kernel's limits; the others
 * are in test_bytes.c. */

static char abc[] = "abc";
static char big[300];
static struct bytes_payloads payloads = {
    .value = { { .data = abc, .length = 3 },
               { .data = big, .length = sizeof big } }
};

static void expect(const char *text, long n, const char *wanted, size_t length)
{
    const struct bytes_names names = {
        .payloads = &payloads, .path = "./p", .i = 3, .n = n, .queue = 10
    };
    struct bytes out = { 0 };

    assert_int_equal(bytes_expand(&out, text, strlen(text), &names), 0);
    assert_int_equal(out.length, length);
    assert_memory_equal(out.data, wanted, length);
    bytes_free(&out);
}

static void refuse(const char *text)
{
    const struct bytes_names names = { .payloads = &payloads, .path = "./p" };
    struct bytes out = { 0 };

    assert_int_equal(bytes_append(&out, "x", 1), 0);
    errno = 0;
    assert_int_equal(bytes_expand(&out, text, strlen(text), &names), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(out.length, 1);
    bytes_free(&out);
}

static void test_frames(void **state)
{
    (void)state;
    expect("{f0}", 0, "\0\0\0\3abc", 7);
    expect("{r0}", 0, "\0\0\0\3cba", 7);
    expect("-{f0}{r0}-", 0, "-\0\0\0\3abc\0\0\0\3cba-", 16);
}

static void test_the_length_has_the_most_significant_byte_first(void **state)
{
    const struct bytes_names names = { .payloads = &payloads };
    struct bytes out = { 0 };

    (void)state;
    assert_int_equal(bytes_expand(&out, "{f1}", 4, &names), 0);
    assert_int_equal(out.length, 4 + sizeof big);
    /* 300 is 1 * 256 + 44. */
    assert_memory_equal(out.data, "\0\0\1\54", 4);
    bytes_free(&out);
}

static void test_front_parts(void **state)
{
    (void)state;
    expect("{0/n}", 0, "a", 1);
    expect("{0/n}", 1, "ab", 2);
    expect("{0/n}", 99, "abc", 3);
    expect("{f0/n}", 1, "\0\0\0\2ab", 6);
    expect("{r0/n}", 1, "\0\0\0\2ba", 6);
}

static void test_counts(void **state)
{
    (void)state;
    expect("{i} {n} {n+1}", 41, "3 41 42", 7);
    expect("{q} {q+1} {q+15}", 0, "10 11 25", 8);
    expect("{{q}", 0, "{q}", 3);
}

static void test_hands(void **state)
{
    static const struct bytes_process hands[SCENARIO_HANDS] = {
        { { 100, 1, 2, 3, 4 } },
        { { -1, 5, 6, 7, 4294967294 } },
    };
    const struct bytes_names names = { .hands = hands };
    static const char text[] = "{pid0} {uid0} {gid0} {ruid0} {rgid0} {rgid1}";
    struct bytes out = { 0 };

    (void)state;
    assert_int_equal(bytes_expand(&out, text, strlen(text), &names), 0);
    assert_string_equal(out.data, "100 1 2 3 4 4294967294");
    /* It has not been started. */
    errno = 0;
    assert_int_equal(bytes_expand(&out, "{pid1}", 6, &names), -1);
    assert_int_equal(errno, EINVAL);
    bytes_free(&out);
}

static void test_what_is_no_brace(void **state)
{
    static const char *const wrong[] = {
        "{f}",   "{f9}", "{r5}", "{0/m}", "{0/n",  "{f0",   "{q+",     "{q-1}",
        "{n+2}", "{x0}", "{0/}", "{",     "{pid}", "{uid0", "{gid10}", "{pid0}"
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuse(wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_the_length_has_the_most_significant_byte_first),
        cmocka_unit_test(test_front_parts),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_hands),
        cmocka_unit_test(test_what_is_no_brace),
    };

    return cmocka_run_group_tests_name("expand", tests, NULL, NULL);
}
