#include "folder.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_command_is_split_as_a_shell_splits_it),
        TEST(test_a_command_must_be_one),
        TEST(test_files_are_copied_where_they_are_out_of_reach),
        TEST(test_relative_files_become_absolute),
        cmocka_unit_test(test_run_directory_goes_with_all_that_is_in_it),
        TEST(test_reach_needs_every_directory_on_the_way),
        TEST(test_only_regular_files_are_copied),
    };

    return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
