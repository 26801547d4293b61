#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

#include "users.h"

static void test_two_locks_never_share_a_user(void **state)
{
    struct users_lock a = { .fd = -1 };
    struct users_lock b = { .fd = -1 };

    (void)state;
    assert_int_equal(users_lock(&a, USERS_FIRST), 0);
    assert_int_equal(users_lock(&b, USERS_FIRST), 0);
    assert_int_not_equal(a.uid, b.uid);
    users_unlock(&a);
    users_unlock(&b);
}

static void test_unlock_gives_it_back(void **state)
{
    struct users_lock a = { .fd = -1 };
    uid_t first;

    (void)state;
    assert_int_equal(users_lock(&a, USERS_FIRST), 0);
    first = a.uid;
    users_unlock(&a);
    assert_int_equal(a.fd, -1);
    assert_int_equal(users_lock(&a, USERS_FIRST), 0);
    assert_int_equal(a.uid, first);
    users_unlock(&a);
}

static void test_none_left(void **state)
{
    struct users_lock a = { .fd = -1 };

    (void)state;
    assert_int_equal(users_lock(&a, USERS_LAST + 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(a.fd, -1);
}

/* A user that owns a process is passed over: everything that runs as a slot's
 * user is killed after each case. */
static void test_busy_user_is_passed_over(void **state)
{
    struct users_lock a = { .fd = -1 };
    int pipes[2];
    char byte;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(pipe(pipes), 0);
    if (fork() == 0) {
        if (setresuid(USERS_FIRST, USERS_FIRST, USERS_FIRST) < 0)
            _exit(1);
        close(pipes[1]);
        /* Lives until the test closes its end. */
        _exit(read(pipes[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(pipes[0]);
    do {
        users_unlock(&a);
        assert_int_equal(users_lock(&a, USERS_FIRST), 0);
    } while (a.uid == USERS_FIRST);
    users_unlock(&a);
    close(pipes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_locks_never_share_a_user),
        cmocka_unit_test(test_unlock_gives_it_back),
        cmocka_unit_test(test_none_left),
        cmocka_unit_test(test_busy_user_is_passed_over),
    };

    return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
