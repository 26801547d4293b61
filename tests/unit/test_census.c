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

#include "ways.h"

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
        assert_int_equal(census_limit(getpid(), &ways[i], true, 0), 0);
        assert_int_equal(ask(fd), EMFILE);
        assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &after), 0);
        assert_int_equal(after.rlim_cur, 4);
        assert_int_equal(after.rlim_max, before.rlim_max);
        assert_int_equal(census_limit(getpid(), &ways[i], true, 2), 0);
        assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &after), 0);
        assert_int_equal(after.rlim_cur, 6);
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
    assert_int_equal(census_limit(getpid(), &ways[0], true, 0), 0);
    assert_int_equal(census_limit(getpid(), &ways[0], false, 1000), 0);
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
    assert_int_equal(limit.rlim_cur, 32);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
