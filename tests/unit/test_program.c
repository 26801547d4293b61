#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "family.h"
#include "started.h"

/* ---- a clean process */

static void test_surroundings(void **state)
{
    struct program p;
    char expected[128];
    struct sigaction before;
    sigset_t block;

    (void)state;
    program_init(&p);
    sigfillset(&block);
    sigprocmask(SIG_BLOCK, &block, NULL);
    sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_IGN }, &before);
    umask(077);
    start_with(&p, "surroundings",
               (struct program_spec){ .limits = { .descriptors = 61 } });
    umask(022);
    sigaction(SIGUSR1, &before, NULL);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    finish(&p);
    assert_exit(&p, 0);
    assert_says(&p, "SigIgn:\t0000000000000000\n");
    assert_says(&p, "SigBlk:\t0000000000000000\n");
    assert_says(&p, "NoNewPrivs:\t1\n");
    assert_says(&p, "umask 022\n");
    snprintf(expected, sizeof expected, "directory %s\n", directory);
    assert_says(&p, expected);
    assert_says(&p, "on death of its parent 9\n");
    assert_says(&p, "leads its group 1\n");
    assert_says(&p, "files 61\n");
    program_close(&p);
}

static void test_environment_is_exact(void **state)
{
    static const char own[] = "PATH=/usr/bin:/bin\nLANG=C.UTF-8\n"
                              "HOME=%s\nTMPDIR=%s\n%s";
    char more[] = "GCOV_PREFIX=/x";
    char *const environment[] = { more, NULL };

    (void)state;
    setenv("LEAK", "1", 1);
    for (size_t i = 0; i < 2; i++) {
        struct program_spec spec = { .environment = i ? environment : NULL };
        struct program p;
        char wanted[256];

        program_init(&p);
        assert_int_equal(start_with(&p, "environment", spec), 0);
        finish(&p);
        snprintf(wanted, sizeof wanted, own, directory, directory,
                 i ? "GCOV_PREFIX=/x\n" : "");
        assert_string_equal(text(&p.out), wanted);
        program_close(&p);
    }
}

static void test_three_descriptors(void **state)
{
    struct program p;
    int low = open("/dev/null", O_RDONLY);
    int high = fcntl(low, F_DUPFD, 200);

    (void)state;
    program_init(&p);
    assert_true(low >= 0 && high >= 200);
    start(&p, "descriptors");
    finish(&p);
    assert_string_equal(text(&p.out), "0\n1\n2\n");
    close(low);
    close(high);
    program_close(&p);
}

static void test_no_input(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    assert_int_equal(start_with(&p, "descriptors",
                                (struct program_spec){ .no_input = true }),
                     0);
    assert_int_equal(p.stdin_fd, -1);
    program_feed(&p, "x", 1);
    finish(&p);
    assert_string_equal(text(&p.out), "1\n2\n");
    start(&p, "descriptors");
    finish(&p);
    assert_string_equal(text(&p.out), "1\n2\n0\n1\n2\n");
    program_close(&p);
}

static void test_umask(void **state)
{
    static const mode_t masks[] = { 0, 0117 };
    static const char *const lines[] = { "umask 000\n", "umask 117\n" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct program p;

        program_init(&p);
        start_with(&p, "surroundings",
                   (struct program_spec){ .umask = &masks[i] });
        finish(&p);
        assert_says(&p, lines[i]);
        program_close(&p);
    }
}

/* A harness that was itself started without them hands out 0 to 2 as pipes. */
static void start_without_streams(void *data)
{
    struct program p;

    (void)data;
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    program_init(&p);
    if (start_with(&p, "descriptors", (struct program_spec){ 0 }) < 0)
        _exit(1);
    while (p.out.fd >= 0)
        program_pump(&p);
    _exit(strcmp(text(&p.out), "0\n1\n2\n") == 0 ? 0 : 2);
}

static void test_harness_without_streams(void **state)
{
    int status;
    pid_t pid = family_fork(start_without_streams, NULL);

    (void)state;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_own_descriptors(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "close-stdin");

    const int fds[] = { p.stdin_fd, p.out.fd, p.err.fd };

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
        assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
    }
    program_close(&p);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fcntl(fds[i], F_GETFD), -1);
}

static void test_cannot_signal_its_parent(void **state)
{
    struct sandbox_probe found;
    struct program p;

    (void)state;
    sandbox_probe(&found);
    if (!found.signal_scope) {
        print_message("skipped: this machine has no signal scope\n");
        skip();
    }
    program_init(&p);
    assert_int_equal(start_with(&p, "signal-parent",
                                (struct program_spec){ .probe = &found }),
                     0);
    finish(&p);
    assert_string_equal(text(&p.out), "Operation not permitted\n");
    program_close(&p);
}

/* ---- what cannot be executed */

static void expect_refusal(char *path, const char *where, bool traced,
                           int error)
{
    char *argv[] = { path, NULL };
    const struct program_spec spec = { .argv = argv,
                                       .name = "server",
                                       .directory = where,
                                       .probe = &probe,
                                       .traced = traced };
    struct program p;

    program_init(&p);
    errno = 0;
    assert_int_equal(program_start(&p, &spec), -1);
    assert_int_equal(errno, error);
    assert_false(p.started);
    assert_int_equal(p.out.fd, -1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    program_close(&p);
}

static void test_exec_errors(void **state)
{
    char missing[] = "/tmp/there/is/nothing";
    char data[64];
    char empty[64];

    (void)state;
    snprintf(data, sizeof data, "%s/data", directory);
    snprintf(empty, sizeof empty, "%s/empty", directory);
    close(open(data, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    int fd = open(empty, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

    assert_int_equal(write(fd, "x\n", 2), 2);
    close(fd);
    for (int traced = 0; traced <= 1; traced++) {
        expect_refusal(missing, directory, traced, ENOENT);
        expect_refusal(data, directory, traced, EACCES);
        expect_refusal(empty, directory, traced, ENOEXEC);
        expect_refusal(self, "/tmp/there/is/nothing", traced, ENOENT);
    }
    unlink(data);
    unlink(empty);
}

static void test_running_one_is_not_started_again(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "close-stdin");
    errno = 0;
    assert_int_equal(start_with(&p, "seven", (struct program_spec){ 0 }), -1);
    assert_int_equal(errno, EBUSY);
    program_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_surroundings, family_end),
        cmocka_unit_test_teardown(test_environment_is_exact, family_end),
        cmocka_unit_test_teardown(test_three_descriptors, family_end),
        cmocka_unit_test_teardown(test_no_input, family_end),
        cmocka_unit_test_teardown(test_umask, family_end),
        cmocka_unit_test_teardown(test_harness_without_streams, family_end),
        cmocka_unit_test_teardown(test_own_descriptors, family_end),
        cmocka_unit_test_teardown(test_cannot_signal_its_parent, family_end),
        cmocka_unit_test_teardown(test_exec_errors, family_end),
        cmocka_unit_test_teardown(test_running_one_is_not_started_again,
                                  family_end),
    };

    if (argc > 1)
        return act(argv[1]);
    family_begin();
    return cmocka_run_group_tests(tests, enter, leave);
}
