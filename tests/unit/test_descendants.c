#include "descendants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "family.h"

/* The two ways to find descendants. */
static const struct sandbox_probe ways[] = { { .proc_children = true },
                                             { .proc_children = false } };
enum { WAYS = sizeof ways / sizeof *ways };

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

static void end(void *data)
{
    (void)data;
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

/* ---- census */

/* Does as it is told on `fd`: 'o' opens a file, and the answer is its errno. */
static void obey(int fd)
{
    char command;

    while (read(fd, &command, 1) == 1) {
        int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
        int error = opened < 0 ? errno : 0;

        if (opened >= 0)
            close(opened);
        if (write(fd, &error, sizeof error) < 0)
            _exit(1);
    }
}

static int ask(int fd)
{
    int error = -1;

    assert_int_equal(write(fd, "o", 1), 1);
    assert_int_equal(read(fd, &error, sizeof error), sizeof error);
    return error;
}

/* 0 to 2, a socket at 3, close-on-exec; nothing at 4; 5 close-on-exec, 7 and 9
 * not. */
static void hold_descriptors(void *data)
{
    const int *fd = data;
    int null = open("/dev/null", O_RDWR);

    for (int i = 0; i <= 2; i++)
        dup2(null, i);
    dup3(*fd, 20, O_CLOEXEC);
    dup3(20, 3, O_CLOEXEC);
    close_range(4, 19, 0);
    close_range(21, ~0U, 0);
    dup3(1, 5, O_CLOEXEC);
    dup2(1, 7);
    dup2(1, 9);
    close(20);
    obey(3);
}

static pid_t start_holder(int *fd, void (*run)(void *data))
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
                     0);

    pid_t pid = family_fork(run, &pair[1]);

    close(pair[1]);
    *fd = pair[0];
    assert_int_equal(ask(*fd), 0);
    return pid;
}

static void test_census_counts(void **state)
{
    int fd;
    pid_t ended = family_fork(end, NULL);

    (void)state;
    family_await(ended, 'Z');
    start_holder(&fd, hold_descriptors);
    for (size_t i = 0; i < WAYS; i++) {
        struct census c;

        memset(&c, 0xff, sizeof c);
        assert_int_equal(census_take(&c, getpid(), &ways[i]), 0);
        assert_int_equal(c.processes, 1);
        assert_int_equal(c.zombies, 1);
        assert_int_equal(c.descriptors, 7);
        assert_int_equal(c.inheritable, 2);
        assert_int_equal(c.inheritable_number, 7);
        assert_string_equal(c.inheritable_what, "/dev/null");
    }
    close(fd);
}

static void *obey_as_thread(void *data)
{
    (void)data;
    obey(3);
    _exit(0);
}

static void leave_to_thread(void *data)
{
    const int *fd = data;
    pthread_t thread;

    dup3(*fd, 60, O_CLOEXEC);
    close_range(3, 59, 0);
    dup3(60, 3, O_CLOEXEC);
    close_range(4, ~0U, 0);
    if (pthread_create(&thread, NULL, obey_as_thread, NULL) == 0)
        pthread_exit(NULL);
}

static void test_census_of_a_process_without_its_first_thread(void **state)
{
    struct census c;
    int fd;
    pid_t pid = start_holder(&fd, leave_to_thread);

    (void)state;
    family_await(pid, 'Z');
    assert_int_equal(census_take(&c, getpid(), &ways[0]), 0);
    assert_int_equal(c.processes, 1);
    assert_int_equal(c.zombies, 0);
    assert_int_equal(c.descriptors, 4);
    close(fd);
}

static void test_limit_leaves_no_descriptor(void **state)
{
    struct rlimit before;
    struct rlimit after;
    int fd;
    pid_t pid = start_holder(&fd, hold_descriptors);

    (void)state;
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &before), 0);
    for (size_t i = 0; i < WAYS; i++) {
        assert_int_equal(census_limit(getpid(), &ways[i], true, 64), 0);
        assert_int_equal(ask(fd), EMFILE);
        assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &after), 0);
        assert_int_equal(after.rlim_cur, 4);
        assert_int_equal(after.rlim_max, before.rlim_max);
        assert_int_equal(census_limit(getpid(), &ways[i], false, 64), 0);
        assert_int_equal(ask(fd), 0);
        assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &after), 0);
        assert_int_equal(after.rlim_cur, 64);
    }
    close(fd);
}

static void test_limit_stays_below_the_hard_one(void **state)
{
    struct rlimit limit = { .rlim_cur = 32, .rlim_max = 32 };
    int fd;
    pid_t pid = start_holder(&fd, hold_descriptors);

    (void)state;
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
    assert_int_equal(census_limit(getpid(), &ways[0], true, 1000), 0);
    assert_int_equal(census_limit(getpid(), &ways[0], false, 1000), 0);
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
    assert_int_equal(limit.rlim_cur, 32);
    close(fd);
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
        cmocka_unit_test_teardown(test_processes_may_vanish, family_end),
        cmocka_unit_test_teardown(test_root_that_is_not_there, family_end),
        cmocka_unit_test_teardown(test_signals_each, family_end),
        cmocka_unit_test_teardown(test_census_counts, family_end),
        cmocka_unit_test_teardown(
            test_census_of_a_process_without_its_first_thread, family_end),
        cmocka_unit_test_teardown(test_limit_leaves_no_descriptor, family_end),
        cmocka_unit_test_teardown(test_limit_stays_below_the_hard_one,
                                  family_end),
    };

    family_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
