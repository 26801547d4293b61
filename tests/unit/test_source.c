#include "folder.h"

/* ---- folders */

static void test_c_is_compiled_where_everybody_can_reach_it(void **state)
{
    struct fixture *f = *state;

    write_file(f, "server.c", "int main(void)\n{\n    return 7;\n}\n", 0600);
    assert_int_equal(take_folder(f, ROLE_SERVER), 0);
    assert_null(f->source.missing[ROLE_SERVER]);
    assert_non_null(f->source.argv[ROLE_SERVER]);
    assert_reachable(f->source.argv[ROLE_SERVER][0]);
    assert_null(f->source.argv[ROLE_SERVER][1]);
    assert_int_equal(WEXITSTATUS(system(f->source.argv[ROLE_SERVER][0])), 7);
    assert_int_equal(f->output.length, 0);
}

static void test_warnings_are_told_and_do_no_harm(void **state)
{
    struct fixture *f = *state;

    write_file(f, "client.c",
               "int main(void)\n{\n    int unused;\n    return 0;\n}\n", 0600);
    assert_int_equal(take_folder(f, ROLE_CLIENT), 0);
    assert_non_null(f->source.argv[ROLE_CLIENT]);
    assert_non_null(strstr(f->output.data, "unused"));
}

static void test_first_error_is_the_reason(void **state)
{
    struct fixture *f = *state;

    write_file(f, "server.c",
               "int main(void)\n{\n    int unused;\n    return first;\n}\n"
               "int other(void)\n{\n    return second;\n}\n",
               0600);
    assert_int_equal(take_folder(f, ROLE_SERVER), 0);
    assert_null(f->source.argv[ROLE_SERVER]);
    assert_non_null(strstr(f->source.missing[ROLE_SERVER], "does not compile"));
    assert_non_null(strstr(f->source.missing[ROLE_SERVER], "server.c:4:"));
    assert_non_null(strstr(f->source.missing[ROLE_SERVER], "first"));
    assert_null(strstr(f->source.missing[ROLE_SERVER], "second"));
    assert_null(strchr(f->source.missing[ROLE_SERVER], '\n'));
    assert_non_null(strstr(f->output.data, "second"));
}

static void make_common(const struct fixture *f)
{
    char path[PATH_SIZE];

    path_of(f, "common", path);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void test_common_is_compiled_along(void **state)
{
    struct fixture *f = *state;

    make_common(f);
    write_file(f, "common/seven.h", "int seven(void);\n", 0600);
    write_file(f, "common/seven.c",
               "#include \"seven.h\"\n\n#include \"common/seven.h\"\n"
               "int zero(void);\nint seven(void)\n{\n    return 7 + zero();\n"
               "}\n",
               0600);
    write_file(f, "common/zero.c", "int zero(void)\n{\n    return 0;\n}\n",
               0600);
    write_file(f, "server.c",
               "#include \"common/seven.h\"\n"
               "int main(void)\n{\n    return seven();\n}\n",
               0600);
    assert_int_equal(take_folder_with_common(f), 0);
    assert_null(f->source.missing[ROLE_SERVER]);
    assert_int_equal(WEXITSTATUS(system(f->source.argv[ROLE_SERVER][0])), 7);
    write_file(f, "client.c", "int main(void)\n{\n    return zero();\n}\n",
               0600);
    assert_int_equal(take_folder(f, ROLE_CLIENT), 0);
    assert_non_null(strstr(f->source.missing[ROLE_CLIENT], "zero"));
}

static void test_common_must_hold_something(void **state)
{
    struct fixture *f = *state;

    write_file(f, "server.c", "int main(void)\n{\n    return 7;\n}\n", 0600);
    assert_int_equal(take_folder_with_common(f), -1);
    assert_int_equal(errno, ENOENT);
}

static void test_what_the_linker_misses_is_the_reason(void **state)
{
    struct fixture *f = *state;

    write_file(f, "server.c",
               "int nowhere(void);\nint main(void)\n{\n    return nowhere();\n"
               "}\n",
               0600);
    assert_int_equal(take_folder(f, ROLE_SERVER), 0);
    assert_non_null(strstr(f->source.missing[ROLE_SERVER], "nowhere"));
}

static void test_an_executable_is_taken_where_there_is_no_c(void **state)
{
    struct fixture *f = *state;

    write_file(f, "server", "#!/bin/sh\nexit 5\n", 0700);
    assert_int_equal(take_folder(f, ROLE_SERVER), 0);
    assert_non_null(f->source.argv[ROLE_SERVER]);
    assert_int_equal(WEXITSTATUS(system(f->source.argv[ROLE_SERVER][0])), 5);
    if (geteuid() == 0)
        assert_reachable(f->source.argv[ROLE_SERVER][0]);
}

static void test_c_comes_before_an_executable(void **state)
{
    struct fixture *f = *state;

    write_file(f, "server", "#!/bin/sh\nexit 5\n", 0700);
    write_file(f, "server.c", "int main(void)\n{\n    return 7;\n}\n", 0600);
    assert_int_equal(take_folder(f, ROLE_SERVER), 0);
    assert_int_equal(WEXITSTATUS(system(f->source.argv[ROLE_SERVER][0])), 7);
}

static void test_nothing_there_is_said_in_a_sentence(void **state)
{
    struct fixture *f = *state;

    write_file(f, "client", "no program\n", 0600);
    assert_int_equal(take_folder(f, ROLE_SERVER), 0);
    assert_int_equal(take_folder(f, ROLE_CLIENT), 0);
    assert_null(f->source.argv[ROLE_SERVER]);
    assert_null(f->source.argv[ROLE_CLIENT]);
    assert_non_null(strstr(f->source.missing[ROLE_SERVER], "lab/server.c"));
    assert_non_null(
        strstr(f->source.missing[ROLE_CLIENT], "not an executable"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_c_is_compiled_where_everybody_can_reach_it),
        TEST(test_warnings_are_told_and_do_no_harm),
        TEST(test_first_error_is_the_reason),
        TEST(test_common_is_compiled_along),
        TEST(test_common_must_hold_something),
        TEST(test_what_the_linker_misses_is_the_reason),
        TEST(test_an_executable_is_taken_where_there_is_no_c),
        TEST(test_c_comes_before_an_executable),
        TEST(test_nothing_there_is_said_in_a_sentence),
    };

    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
