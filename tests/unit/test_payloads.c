#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

enum { SEEDS = 1000 };

static const struct scenario drawn = {
    .name = "drawn",
    .payload = { TEXT(7), BINARY(24), ROUTE(12), TEXT(4), BINARY(4), TEXT(7) },
};

static bool good_text(const struct bytes *b)
{
    if (!isalpha((unsigned char)b->data[0]))
        return false;
    for (size_t n = 0; n < b->length; n++)
        if (!isgraph((unsigned char)b->data[n]) ||
            strchr("{}%\\\"'`", b->data[n]) != NULL)
            return false;
    return true;
}

static bool valid_utf8(const struct bytes *b)
{
    mbstate_t shift = { 0 };
    size_t at = 0;

    while (at < b->length) {
        size_t n = mbrtowc(NULL, b->data + at, b->length - at, &shift);

        if (n > b->length)
            return false;
        at += n > 0 ? n : 1;
    }
    return true;
}

static bool good_binary(const struct bytes *b)
{
    return memchr(b->data, '\n', b->length) == NULL &&
           memchr(b->data, '\0', b->length) != NULL && b->data[0] != '\0' &&
           b->data[b->length - 1] != '\0' && !valid_utf8(b);
}

static bool good_path(const struct bytes *b)
{
    if (strncmp(b->data, "./", 2) != 0 || strlen(b->data) != b->length)
        return false;
    for (size_t n = 2; n < b->length; n++)
        if (!isalnum((unsigned char)b->data[n]))
            return false;
    return true;
}

static bool same(const struct bytes *a, const struct bytes *b)
{
    return a->length == b->length && bytes_common(a, b) == a->length;
}

static void assert_good(const struct bytes_payloads *p,
                        const struct scenario *s)
{
    static bool (*const good[])(const struct bytes *) = {
        [PAYLOAD_TEXT] = good_text,
        [PAYLOAD_BINARY] = good_binary,
        [PAYLOAD_PATH] = good_path,
    };

    for (int n = 0; n < SCENARIO_PAYLOADS; n++) {
        assert_int_equal(p->value[n].length, s->payload[n].length);
        assert_int_equal(p->value[n].data[p->value[n].length], '\0');
        assert_true(good[s->payload[n].kind](&p->value[n]));
        for (int k = 0; k < n; k++)
            assert_false(same(&p->value[n], &p->value[k]));
    }
}

static void test_payloads_are_as_declared(void **state)
{
    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct bytes_payloads p;

        assert_int_equal(bytes_payloads_draw(&p, seed, "01-stream", &drawn), 0);
        assert_good(&p, &drawn);
        bytes_payloads_free(&p);
    }
    assert_non_null(setlocale(LC_CTYPE, "C"));
}

/* Each place holds many values, and NUL and the invalid byte move about. */
static void test_payloads_vary(void **state)
{
    bool nul_at[24] = { false };
    bool seen[256] = { false };
    int values = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct bytes_payloads p;

        assert_int_equal(bytes_payloads_draw(&p, seed, "01-stream", &drawn), 0);
        for (size_t n = 0; n < 24; n++) {
            nul_at[n] = nul_at[n] || p.value[1].data[n] == '\0';
            seen[(unsigned char)p.value[1].data[n]] = true;
        }
        bytes_payloads_free(&p);
    }
    for (size_t n = 1; n < 23; n++)
        assert_true(nul_at[n]);
    for (int n = 0; n < 256; n++)
        values += seen[n];
    /* All but the newline. */
    assert_int_equal(values, 255);
}

static void test_short_payloads_differ_too(void **state)
{
    static const struct scenario brief = {
        .name = "brief",
        .payload = { TEXT(1), TEXT(1), TEXT(1), TEXT(1), ROUTE(3), ROUTE(3) },
    };

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct bytes_payloads p;

        assert_int_equal(bytes_payloads_draw(&p, seed, "01-stream", &brief), 0);
        assert_good(&p, &brief);
        bytes_payloads_free(&p);
    }
}

static void draw_first(struct bytes *out, uint64_t seed, const char *lab,
                       const char *name)
{
    const struct scenario s = { .name = name, .payload = { TEXT(16) } };
    struct bytes_payloads p;

    assert_int_equal(bytes_payloads_draw(&p, seed, lab, &s), 0);
    *out = p.value[0];
    assert_null(p.value[1].data);
}

static void test_the_same_case_draws_the_same(void **state)
{
    static const struct {
        uint64_t seed;
        const char *lab;
        const char *name;
    } others[] = { { 2, "ab", "c" },
                   { UINT64_C(1) << 63, "ab", "c" },
                   { 1, "a", "bc" },
                   { 1, "ab", "d" },
                   { 1, "c", "ab" } };
    struct bytes first;
    struct bytes again;

    (void)state;
    draw_first(&first, 1, "ab", "c");
    draw_first(&again, 1, "ab", "c");
    assert_true(same(&first, &again));
    bytes_free(&again);
    for (size_t n = 0; n < sizeof others / sizeof *others; n++) {
        draw_first(&again, others[n].seed, others[n].lab, others[n].name);
        assert_false(same(&first, &again));
        bytes_free(&again);
    }
    bytes_free(&first);
}

static void test_a_payload_too_short_for_its_kind(void **state)
{
    static const struct scenario wrong[] = {
        { .name = "a", .payload = { TEXT(5), TEXT(0) } },
        { .name = "b", .payload = { TEXT(5), BINARY(0) } },
        { .name = "c", .payload = { TEXT(5), ROUTE(2) } },
    };

    (void)state;
    for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        struct bytes_payloads p;

        errno = 0;
        assert_int_equal(bytes_payloads_draw(&p, 1, "lab", &wrong[n]), -1);
        assert_int_equal(errno, EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payloads_are_as_declared),
        cmocka_unit_test(test_payloads_vary),
        cmocka_unit_test(test_short_payloads_differ_too),
        cmocka_unit_test(test_the_same_case_draws_the_same),
        cmocka_unit_test(test_a_payload_too_short_for_its_kind),
    };

    return cmocka_run_group_tests_name("payloads", tests, NULL, NULL);
}
