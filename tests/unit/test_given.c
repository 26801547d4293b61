#include "catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

/* What a program is given, by its lab. */

static const struct lab plain = { .name = "00-plain" };
static const struct lab given = {
    .name = "00-given",
    .given = true,
    .operands = { [ROLE_SERVER] = { "root" }, [ROLE_CLIENT] = { "open", "x" } }
};

static void check_args(const struct lab *lab, const struct scenario *s,
                       const char *expected)
{
    const char *args[CATALOGUE_ARGS + 1];
    size_t count = catalogue_args(lab, s, args);
    struct bytes out = { 0 };

    assert_null(args[count]);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bytes_printf(&out, "<%s>", args[i]), 0);
    assert_string_equal(out.data != NULL ? out.data : "", expected);
    bytes_free(&out);
}

static void test_args_follow_the_lab(void **state)
{
    static const struct scenario none = { .role = ROLE_CLIENT };
    static const struct scenario own = { .role = ROLE_SERVER,
                                         .args = { "{0}", "" } };
    static const struct scenario marked = {
        .role = ROLE_CLIENT, .args = { "-t", "5", "{given}", "{operands}", "y" }
    };

    (void)state;
    check_args(&plain, &none, "");
    check_args(&given, &none, "<{path}><open><x>");
    check_args(&plain, &own, "<{0}><>");
    check_args(&given, &own, "<{0}><>");
    check_args(&plain, &marked, "<-t><5><y>");
    check_args(&given, &marked, "<-t><5><{path}><open><x><y>");
}

static void check_by_hand(const struct lab *lab, const char *text,
                          const char *expected)
{
    const struct scenario s = { .role = ROLE_SERVER, .by_hand = text };
    struct bytes out = { 0 };

    assert_int_equal(catalogue_by_hand(lab, &s, &out), 0);
    assert_string_equal(out.data, expected);
    bytes_free(&out);
}

static void test_commands_follow_the_lab(void **state)
{
    static const char text[] =
        "{server} & ./server -x{given} ./a{operands}; {client}; echo ${x} {";

    (void)state;
    check_by_hand(&plain, text,
                  "./server & ./server -x ./a; ./client; echo ${x} {");
    check_by_hand(&given, text,
                  "./server uds_socket3.txt root & ./server -x uds_socket3.txt "
                  "./a root; ./client uds_socket3.txt open x; echo ${x} {");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_args_follow_the_lab),
        cmocka_unit_test(test_commands_follow_the_lab),
    };

    return cmocka_run_group_tests_name("given", tests, NULL, NULL);
}
