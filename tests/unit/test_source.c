#include "source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reach.h"

enum { PATH_SIZE = 512 };

/* A directory with the folder `lab` in it, closed to other users. */
struct fixture {
    char directory[64];
    struct source source;
    struct bytes output;
};

static void path_of(const struct fixture *f, const char *name,
                    char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/lab/%s", f->directory, name);
}

static void write_file(const struct fixture *f, const char *name,
                       const char *text, mode_t mode)
{
    char path[PATH_SIZE];
    FILE *out;

    path_of(f, name, path);
    out = fopen(path, "we");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[PATH_SIZE];

    if (f == NULL)
        return -1;
    snprintf(f->directory, sizeof f->directory, "/tmp/test-source-XXXXXX");
    if (mkdtemp(f->directory) == NULL || source_open(&f->source) < 0)
        return -1;
    path_of(f, "", path);
    *state = f;
    return mkdir(path, 0700);
}

static int tear_down(void **state)
{
    static const char *const names[] = { "server.c", "server", "client.c",
                                         "client",   "data",   "" };
    struct fixture *f = *state;
    char path[PATH_SIZE];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_of(f, names[i], path);
        (void)remove(path);
    }
    (void)rmdir(f->directory);
    source_close(&f->source);
    bytes_free(&f->output);
    free(f);
    return 0;
}

static int take_folder(struct fixture *f, enum role role)
{
    return source_folder(&f->source, role, f->directory, "lab", false,
                         &f->output);
}

/* Everything on the way is open to other users. */
static void assert_reachable(const char *path)
{
    assert_int_equal(path[0], '/');
    assert_true(reach_everybody(path, S_IROTH | S_IXOTH));
    assert_int_equal(access(path, X_OK), 0);
}

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

/* ---- commands */

static void test_a_command_is_split_as_a_shell_splits_it(void **state)
{
    struct fixture *f = *state;
    char **argv;

    assert_int_equal(
        source_command(&f->source, ROLE_SERVER, "sh -c 'echo \"$1\"' x 'a  b'"),
        0);
    argv = f->source.argv[ROLE_SERVER];
    assert_int_equal(argv[0][0], '/');
    assert_string_equal(strrchr(argv[0], '/'), "/sh");
    assert_string_equal(argv[1], "-c");
    assert_string_equal(argv[2], "echo \"$1\"");
    assert_string_equal(argv[3], "x");
    assert_string_equal(argv[4], "a  b");
    assert_null(argv[5]);
}

static void test_a_command_must_be_one(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = { "",         "  ",
                                         "sh $(id)", "sh | cat",
                                         "sh 'open", "sh $NO_SUCH_VARIABLE" };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(source_command(&f->source, ROLE_SERVER, wrong[i]), -1);
        assert_int_equal(errno, EINVAL);
    }
    assert_int_equal(
        source_command(&f->source, ROLE_SERVER, "no-such-program-4711"), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(source_command(&f->source, ROLE_SERVER, "/etc/passwd"),
                     -1);
    assert_int_equal(errno, EACCES);
    assert_null(f->source.argv[ROLE_SERVER]);
}

/* A file that everybody can reach stays where it is; one in a closed directory
 * is copied for other users, and only for them. */
static void test_files_are_copied_where_they_are_out_of_reach(void **state)
{
    struct fixture *f = *state;
    char command[2 * PATH_SIZE];
    char path[PATH_SIZE];
    char **argv;

    write_file(f, "data", "4711", 0600);
    path_of(f, "data", path);
    snprintf(command, sizeof command, "/bin/cat %s /etc/passwd no-file", path);
    assert_int_equal(source_command(&f->source, ROLE_CLIENT, command), 0);
    argv = f->source.argv[ROLE_CLIENT];
    assert_string_equal(argv[0], "/bin/cat");
    assert_string_equal(argv[2], "/etc/passwd");
    assert_string_equal(argv[3], "no-file");
    if (geteuid() == 0) {
        assert_string_not_equal(argv[1], path);
        assert_string_equal(strrchr(argv[1], '/'), "/data");
        assert_reachable(argv[1]);
    } else {
        assert_string_equal(argv[1], path);
    }
}

static void test_relative_files_become_absolute(void **state)
{
    struct fixture *f = *state;
    char folder[PATH_SIZE];
    char *before = getcwd(NULL, 0);

    write_file(f, "data", "4711", 0644);
    write_file(f, "server", "#!/bin/sh\nexit 5\n", 0755);
    path_of(f, "", folder);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(source_command(&f->source, ROLE_SERVER, "./server data"),
                     0);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(f->source.argv[ROLE_SERVER][0][0], '/');
    assert_int_equal(f->source.argv[ROLE_SERVER][1][0], '/');
    assert_int_equal(WEXITSTATUS(system(f->source.argv[ROLE_SERVER][0])), 5);
    free(before);
}

/* ---- the run's directory */

static void test_run_directory_goes_with_all_that_is_in_it(void **state)
{
    struct source source;
    struct bytes path = { 0 };
    struct stat status;
    char *directory;

    (void)state;
    assert_int_equal(source_open(&source), 0);
    assert_int_equal(stat(source.directory, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0711);
    directory = strdup(source.directory);
    assert_non_null(directory);
    assert_int_equal(bytes_printf(&path, "%s/a", directory), 0);
    assert_int_equal(mkdir(path.data, 0700), 0);
    assert_int_equal(bytes_printf(&path, "/b"), 0);
    assert_int_equal(symlink("/etc/passwd", path.data), 0);
    /* Closed to its owner, too. */
    path.data[path.length - 2] = '\0';
    assert_int_equal(chmod(path.data, 0), 0);
    source_close(&source);
    assert_int_equal(stat(directory, &status), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(access("/etc/passwd", R_OK), 0);
    free(directory);
    bytes_free(&path);
}

static void test_reach_needs_every_directory_on_the_way(void **state)
{
    struct fixture *f = *state;
    char path[PATH_SIZE];

    write_file(f, "data", "4711", 0644);
    path_of(f, "data", path);
    assert_false(reach_everybody(path, S_IROTH));
    assert_int_equal(chmod(f->directory, 0711), 0);
    assert_false(reach_everybody(path, S_IROTH));
    path_of(f, "", path);
    assert_int_equal(chmod(path, 0711), 0);
    path_of(f, "data", path);
    assert_true(reach_everybody(path, S_IROTH));
    assert_false(reach_everybody(path, S_IROTH | S_IXOTH));
    assert_false(reach_everybody("/no/such/file", S_IROTH));
}

static void test_only_regular_files_are_copied(void **state)
{
    struct fixture *f = *state;

    assert_null(reach_copy("/etc", f->source.directory));
    assert_int_equal(errno, EINVAL);
    assert_null(reach_copy("/dev/null", f->source.directory));
    assert_int_equal(errno, EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_c_is_compiled_where_everybody_can_reach_it),
        TEST(test_warnings_are_told_and_do_no_harm),
        TEST(test_first_error_is_the_reason),
        TEST(test_what_the_linker_misses_is_the_reason),
        TEST(test_an_executable_is_taken_where_there_is_no_c),
        TEST(test_c_comes_before_an_executable),
        TEST(test_nothing_there_is_said_in_a_sentence),
        TEST(test_a_command_is_split_as_a_shell_splits_it),
        TEST(test_a_command_must_be_one),
        TEST(test_files_are_copied_where_they_are_out_of_reach),
        TEST(test_relative_files_become_absolute),
        cmocka_unit_test(test_run_directory_goes_with_all_that_is_in_it),
        TEST(test_reach_needs_every_directory_on_the_way),
        TEST(test_only_regular_files_are_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
