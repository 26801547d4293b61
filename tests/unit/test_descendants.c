#include "descendants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>

#include "ways.h"

static void block(void *data)
{
    (void)data;
    for (;;)
        pause();
}

static void spin(void *data)
{
    (void)data;
    for (;;)
        continue;
}

static void report(int fd, pid_t pid)
{
    if (write(fd, &pid, sizeof pid) != sizeof pid)
        _exit(1);
}

static pid_t reported(int fd)
{
    pid_t pid = 0;

    assert_int_equal(read(fd, &pid, sizeof pid), sizeof pid);
    return pid;
}

static size_t position(const struct descendants *d, pid_t pid)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->pid[i] == pid)
            return i;
    fail_msg("process %d is not listed", pid);
    return 0;
}

static void *fork_from_thread(void *data)
{
    const int *fd = data;
    pid_t pid = fork();

    if (pid == 0)
        block(NULL);
    report(*fd, pid);
    block(NULL);
    return NULL;
}

/* A child of the first thread and one of the second. */
static void start_threads(void *data)
{
    const int *fd = data;
    pthread_t thread;
    pid_t pid = fork();

    if (pid == 0)
        block(NULL);
    report(*fd, pid);
    if (pthread_create(&thread, NULL, fork_from_thread, data) == 0)
        block(NULL);
}

static void test_lists_children_of_all_threads(void **state)
{
    int fd[2];

    (void)state;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);

    pid_t child = family_fork(start_threads, &fd[1]);
    pid_t first = reported(fd[0]);
    pid_t second = reported(fd[0]);

    for (size_t i = 0; i < WAYS; i++) {
        struct descendants d = { 0 };

        assert_int_equal(descendants_list(&d, getpid(), &ways[i]), 0);
        assert_int_equal(d.count, 3);
        assert_int_equal(position(&d, child), 0);
        assert_true(position(&d, first) > 0);
        assert_true(position(&d, second) > 0);
        assert_int_equal(descendants_list(&d, first, &ways[i]), 0);
        assert_int_equal(d.count, 0);
        descendants_free(&d);
        assert_null(d.pid);
    }
    close(fd[0]);
    close(fd[1]);
}

/* A chain: each process has one child, deeper than one allocation holds. */
enum { DEPTH = 40 };

static void chain(void *data)
{
    const int *fd = data;

    for (int i = 1; i < DEPTH; i++) {
        pid_t pid = fork();

        if (pid != 0) {
            report(*fd, pid);
            block(NULL);
        }
    }
    block(NULL);
}

static void test_lists_parents_first(void **state)
{
    pid_t expected[DEPTH];
    int fd[2];

    (void)state;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    expected[0] = family_fork(chain, &fd[1]);
    for (int i = 1; i < DEPTH; i++)
        expected[i] = 0;
    for (int i = 1; i < DEPTH; i++)
        (void)reported(fd[0]);
    for (size_t i = 0; i < WAYS; i++) {
        struct descendants d = { 0 };

        assert_int_equal(descendants_list(&d, getpid(), &ways[i]), 0);
        assert_int_equal(d.count, DEPTH);
        assert_int_equal(d.pid[0], expected[0]);
        for (size_t j = 0; i == 0 && j < d.count; j++)
            expected[j] = d.pid[j];
        assert_memory_equal(d.pid, expected, sizeof expected);
        descendants_free(&d);
    }
    close(fd[0]);
    close(fd[1]);
}

static void take_odd_name(void *data)
{
    int *fd = data;

    prctl(PR_SET_NAME, ") Z 1 (x) R");
    close(*fd);
    block(NULL);
}

static void test_name_with_parentheses(void **state)
{
    int fd[2];
    char nothing;

    (void)state;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);

    pid_t child = family_fork(take_odd_name, &fd[1]);

    close(fd[1]);
    assert_int_equal(read(fd[0], &nothing, 1), 0);
    close(fd[0]);
    family_await(child, 'S');
    for (size_t i = 0; i < WAYS; i++) {
        struct descendants d = { 0 };

        assert_int_equal(descendants_list(&d, getpid(), &ways[i]), 0);
        assert_int_equal(d.count, 1);
        assert_int_equal(d.pid[0], child);
        descendants_free(&d);
    }
}

static void test_states(void **state)
{
    pid_t busy = family_fork(spin, NULL);
    pid_t asleep = family_fork(block, NULL);
    pid_t ended = family_fork(end, NULL);

    (void)state;
    family_await(busy, 'R');
    family_await(asleep, 'S');
    family_await(ended, 'Z');
    kill(asleep, SIGSTOP);
    family_await(asleep, 'T');
    assert_int_equal(waitpid(ended, NULL, 0), ended);
    assert_int_equal(descendants_state(ended), 0);
}

static void test_lists_zombies(void **state)
{
    pid_t ended = family_fork(end, NULL);

    (void)state;
    family_await(ended, 'Z');
    for (size_t i = 0; i < WAYS; i++) {
        struct descendants d = { 0 };

        assert_int_equal(descendants_list(&d, getpid(), &ways[i]), 0);
        assert_int_equal(d.count, 1);
        assert_int_equal(position(&d, ended), 0);
        descendants_free(&d);
    }
}

static void test_leaves_out_one_and_its_own(void **state)
{
    int fd[2];

    (void)state;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);

    pid_t child = family_fork(block, NULL);
    pid_t other = family_fork(start_threads, &fd[1]);

    (void)reported(fd[0]);
    (void)reported(fd[0]);
    for (size_t i = 0; i < WAYS; i++) {
        struct descendants d = { 0 };

        descendants_leave_out(other);
        assert_int_equal(descendants_list(&d, getpid(), &ways[i]), 0);
        assert_int_equal(d.count, 1);
        assert_int_equal(position(&d, child), 0);
        descendants_leave_out(0);
        assert_int_equal(descendants_list(&d, getpid(), &ways[i]), 0);
        assert_int_equal(d.count, 4);
        descendants_free(&d);
    }
    close(fd[0]);
    close(fd[1]);
}

/* A child at a time, each with a child of its own. */
static void come_and_go(void *data)
{
    (void)data;
    for (;;) {
        pid_t pid = fork();

        if (pid == 0) {
            pid = fork();
            if (pid == 0)
                _exit(0);
            waitpid(pid, NULL, 0);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
}

static void test_processes_may_vanish(void **state)
{
    pid_t child = family_fork(come_and_go, NULL);
    struct descendants d = { 0 };

    (void)state;
    for (int i = 0; i < 400; i++) {
        assert_int_equal(descendants_list(&d, getpid(), &ways[i % WAYS]), 0);
        (void)position(&d, child);
    }
    descendants_free(&d);
}

static void test_root_that_is_not_there(void **state)
{
    struct descendants d = { 0 };
    pid_t ended = family_fork(end, NULL);

    (void)state;
    assert_int_equal(waitpid(ended, NULL, 0), ended);
    for (size_t i = 0; i < WAYS; i++) {
        assert_int_equal(descendants_list(&d, ended, &ways[i]), 0);
        assert_int_equal(d.count, 0);
    }
    descendants_free(&d);
}

static void test_signals_each(void **state)
{
    struct descendants d = { 0 };
    pid_t gone = family_fork(end, NULL);

    (void)state;
    family_fork(block, NULL);
    family_fork(block, NULL);
    assert_int_equal(descendants_list(&d, getpid(), &ways[0]), 0);
    assert_int_equal(waitpid(gone, NULL, 0), gone);
    descendants_signal(&d, SIGTERM);
    for (int i = 0; i < 2; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    }
    descendants_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_lists_children_of_all_threads,
                                  family_end),
        cmocka_unit_test_teardown(test_lists_parents_first, family_end),
        cmocka_unit_test_teardown(test_name_with_parentheses, family_end),
        cmocka_unit_test_teardown(test_states, family_end),
        cmocka_unit_test_teardown(test_lists_zombies, family_end),
        cmocka_unit_test_teardown(test_leaves_out_one_and_its_own, family_end),
        cmocka_unit_test_teardown(test_processes_may_vanish, family_end),
        cmocka_unit_test_teardown(test_root_that_is_not_there, family_end),
        cmocka_unit_test_teardown(test_signals_each, family_end),
    };

    family_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
