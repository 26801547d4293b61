#include "warden.h"

#include "wardens.h"
#include "witness.h"

#include <errno.h>
#include <signal.h>

/* Refused, not armed, and its end still works without kill(-1). */
static int expect_refusal(const struct sandbox_probe *probe, uid_t user,
                          int error)
{
    struct warden w;
    struct witness left;

    errno = 0;
    CHECK(warden_enter(&w, probe, user) == -1);
    CHECK(errno == error);
    CHECK(!w.armed);
    CHECK(witness_start(&left) == 0);
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 1);
    CHECK(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD);
    return 0;
}

/* The kernel says that the scope is there, and has done nothing. */
static int scope_that_is_a_lie(void *data)
{
    (void)data;
    CHECK(geteuid() != 0);
    CHECK(filter_call(SYS_landlock_restrict_self, 1, 0, FILTER_ANSWER(0)) == 0);
    return expect_refusal(&wardens.machine, 0, EPERM);
}

static void test_interlock_finds_that_the_scope_is_a_lie(void **state)
{
    (void)state;
    wardens_skip_unless(wardens.machine.signal_scope, "a signal scope");
    wardens_expect_success(scope_that_is_a_lie);
}

/* Where the parent is root it is out of reach anyway, and proves nothing. */
static int scope_that_is_a_lie_below_root(void *data)
{
    (void)data;
    CHECK(geteuid() == 0);
    CHECK(filter_call(SYS_landlock_restrict_self, 1, 0, FILTER_ANSWER(0)) == 0);
    return expect_refusal(&wardens.machine, wardens.user.uid, EPERM);
}

static void test_interlock_below_root(void **state)
{
    (void)state;
    wardens_skip_unless(wardens.machine.root, "root");
    wardens_skip_unless(wardens.machine.signal_scope, "a signal scope");
    assert_int_equal(child_run(scope_that_is_a_lie_below_root, NULL), 0);
}

static int scope_beyond_the_abi(void *data)
{
    const struct sandbox_probe probe = { .signal_scope = true };

    (void)data;
    CHECK(geteuid() != 0);
    return expect_refusal(&probe, 0, EOPNOTSUPP);
}

static int scope_without_landlock(void *data)
{
    const struct sandbox_probe probe = { .landlock_abi = 6,
                                         .signal_scope = true };

    (void)data;
    CHECK(geteuid() != 0);
    CHECK(filter_call(SYS_landlock_create_ruleset, 1, 0,
                      FILTER_ANSWER(ENOSYS)) == 0);
    return expect_refusal(&probe, 0, ENOSYS);
}

static void test_scope_that_is_not_there(void **state)
{
    (void)state;
    wardens_expect_success(scope_beyond_the_abi);
    wardens_expect_success(scope_without_landlock);
}

static int user_without_root(void *data)
{
    struct sandbox_probe probe = wardens_sweeping();

    (void)data;
    CHECK(geteuid() != 0);
    probe.root = true;
    return expect_refusal(&probe, getuid() + 1, EPERM);
}

/* Nobody was given up: the parent is of the same user. */
static int user_that_stays(void *data)
{
    struct sandbox_probe probe = wardens_sweeping();

    (void)data;
    CHECK(geteuid() != 0);
    probe.root = true;
    return expect_refusal(&probe, 0, EPERM);
}

static int root_that_stays(void *data)
{
    struct sandbox_probe probe = wardens_sweeping();

    (void)data;
    CHECK(geteuid() == 0);
    probe.root = true;
    return expect_refusal(&probe, 0, EPERM);
}

static void test_user_that_is_not_of_its_own(void **state)
{
    (void)state;
    wardens_expect_success(user_without_root);
    wardens_expect_success(user_that_stays);
    if (wardens.machine.root)
        assert_int_equal(child_run(root_that_stays, NULL), 0);
}

static int sweep_is_never_armed(void *data)
{
    const struct sandbox_probe probe = wardens_sweeping();
    struct warden w;

    (void)data;
    CHECK(geteuid() != 0);
    CHECK(warden_enter(&w, &probe, 0) == 0);
    CHECK(w.rung == SANDBOX_KILL_SWEEP && !w.armed);
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 0);
    return 0;
}

static void test_sweep_is_never_armed(void **state)
{
    (void)state;
    wardens_expect_success(sweep_is_never_armed);
}

static int never_entered(void *data)
{
    struct warden w = { .armed = false };
    struct witness left;

    (void)data;
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 0);
    CHECK(witness_start(&left) == 0);
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 1);
    return 0;
}

static void test_warden_that_was_never_entered(void **state)
{
    (void)state;
    wardens_expect_success(never_entered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interlock_finds_that_the_scope_is_a_lie),
        cmocka_unit_test(test_interlock_below_root),
        cmocka_unit_test(test_scope_that_is_not_there),
        cmocka_unit_test(test_user_that_is_not_of_its_own),
        cmocka_unit_test(test_sweep_is_never_armed),
        cmocka_unit_test(test_warden_that_was_never_entered),
    };

    return cmocka_run_group_tests_name("interlock", tests, wardens_setup,
                                       wardens_teardown);
}
