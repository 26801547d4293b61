#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "family.h"
#include "started.h"

static const struct program_spec apart = { .apart = true };
static struct sandbox_probe machine;

static void skip_unless_apart(void)
{
    if (machine.pid_namespace)
        return;
    print_message("skipped: this needs user and pid namespaces\n");
    skip();
}

/* All that is promised for a program holds for one that is apart. */
static void test_surroundings(void **state)
{
    struct program p;

    (void)state;
    skip_unless_apart();
    program_init(&p);
    assert_int_equal(start_with(&p, "surroundings", apart), 0);
    finish(&p);
    assert_exit(&p, 0);
    assert_says(&p, "SigIgn:\t0000000000000000\n");
    assert_says(&p, "NoNewPrivs:\t1\n");
    assert_says(&p, "umask 022\n");
    assert_says(&p, "on death of its parent 9\n");
    assert_says(&p, "leads its group 1\n");
    assert_int_equal(start_with(&p, "seven", apart), 0);
    finish(&p);
    assert_exit(&p, 7);
    program_close(&p);
}

static void test_failed_exec_is_reported(void **state)
{
    char missing[] = "/nonexistent";
    char *argv[] = { missing, NULL };
    const struct program_spec spec = { .argv = argv,
                                       .name = "server",
                                       .directory = directory,
                                       .probe = &probe,
                                       .apart = true };
    struct program p;

    (void)state;
    skip_unless_apart();
    program_init(&p);
    errno = 0;
    assert_int_equal(program_start(&p, &spec), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(waitpid(-1, NULL, __WALL), -1);
    program_close(&p);
}

/* Writes the number of what it has started, and waits to be killed. */
static void start_and_wait(void *data)
{
    const int *fd = data;
    struct program p;

    program_init(&p);
    if (start_with(&p, "close-stdin", apart) < 0 ||
        write(*fd, &p.pid, sizeof p.pid) != sizeof p.pid)
        _exit(1);
    for (;;)
        pause();
}

/* Process 1 is spared many a signal, but not this one. */
static void test_dies_with_its_parent(void **state)
{
    int fd[2];
    int status;
    pid_t parent;
    pid_t program;

    (void)state;
    skip_unless_apart();
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    parent = family_fork(start_and_wait, &fd[1]);
    assert_int_equal(read(fd[0], &program, sizeof program), sizeof program);
    kill(parent, SIGKILL);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_int_equal(waitpid(program, &status, 0), program);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(fd[0]);
    close(fd[1]);
}

/* A case keeps its memory to itself, and so it stays. */
static void start_from_a_closed_process(void *data)
{
    struct program p;

    (void)data;
    program_init(&p);
    if ((geteuid() == 0 && sandbox_become(61010) < 0) ||
        prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) < 0 ||
        start_with(&p, "seven", apart) < 0 || prctl(PR_GET_DUMPABLE) != 0)
        _exit(1);
    finish(&p);
    _exit(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 7 ? 0 : 2);
}

static void test_starts_from_a_closed_process(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    skip_unless_apart();
    assert_int_equal(chmod(directory, 0711), 0);
    pid = family_fork(start_from_a_closed_process, NULL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_surroundings, family_end),
        cmocka_unit_test_teardown(test_failed_exec_is_reported, family_end),
        cmocka_unit_test_teardown(test_dies_with_its_parent, family_end),
        cmocka_unit_test_teardown(test_starts_from_a_closed_process,
                                  family_end),
    };

    if (argc > 1)
        return act(argv[1]);
    sandbox_probe(&machine);
    family_begin();
    return cmocka_run_group_tests_name("apart", tests, enter, leave);
}
