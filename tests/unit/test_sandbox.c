#include "sandbox.h"

#include "child.h"
#include "landlock.h"
#include "witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { NOBODY_ELSE = 61010 };

/* What this machine can do. */
static struct sandbox_probe machine;

static void skip_unless(bool present, const char *what)
{
    if (present)
        return;
    print_message("skipped: this needs %s\n", what);
    skip();
}

static void expect_success(int (*run)(void *data))
{
    assert_int_equal(child_run(run, NULL), 0);
}

static void test_ladder(void **state)
{
    static const struct {
        struct sandbox_probe probe;
        enum sandbox_kill rung;
        const char *name;
    } cases[] = {
        { { .signal_scope = true }, SANDBOX_KILL_SCOPE, "landlock scope" },
        { { .signal_scope = true, .root = true },
          SANDBOX_KILL_SCOPE,
          "landlock scope" },
        { { .root = true }, SANDBOX_KILL_USER, "user" },
        { { .landlock_abi = 5 }, SANDBOX_KILL_SWEEP, "sweep" },
    };

    (void)state;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        enum sandbox_kill rung = sandbox_kill_rung(&cases[n].probe);

        assert_int_equal(rung, cases[n].rung);
        assert_string_equal(sandbox_kill_name(rung), cases[n].name);
    }
}

static void test_missing(void **state)
{
    static const struct sandbox_probe all = { .landlock_abi = 7,
                                              .signal_scope = true,
                                              .pidfd_getfd = true,
                                              .proc_children = true,
                                              .proc_syscall = true,
                                              .ptrace = true,
                                              .root = true };
    static const struct sandbox_probe none = { .landlock_abi = 0 };
    struct bytes out = { .data = NULL };

    (void)state;
    assert_int_equal(bytes_append(&out, "basic: ", 7), 0);
    assert_int_equal(sandbox_missing(&all, &out), 0);
    assert_string_equal(out.data, "basic: file confinement, system call "
                                  "filter, network confinement");
    bytes_drop(&out, out.length);
    assert_int_equal(sandbox_missing(&none, &out), 0);
    assert_string_equal(out.data,
                        "signal scope, separate user, file confinement, "
                        "system call filter, network confinement, tracing, "
                        "reading of waiting processes, "
                        "reading of socket time-outs");
    bytes_free(&out);
}

/* ---- another user */

static int become_somebody(void *data)
{
    uid_t uid[3];
    gid_t gid[3];
    gid_t group = 0;

    (void)data;
    CHECK(setgroups(1, &group) == 0);
    CHECK(sandbox_become(NOBODY_ELSE) == 0);
    CHECK(getresuid(&uid[0], &uid[1], &uid[2]) == 0);
    CHECK(getresgid(&gid[0], &gid[1], &gid[2]) == 0);
    for (int n = 0; n < 3; n++)
        CHECK(uid[n] == NOBODY_ELSE && gid[n] == NOBODY_ELSE);
    CHECK(getgroups(0, NULL) == 0);
    CHECK(setresuid(0, 0, 0) == -1);
    CHECK(kill(getppid(), 0) == -1 && errno == EPERM);
    /* And an ordinary user becomes nobody else. */
    CHECK(sandbox_become(NOBODY_ELSE + 1) == -1 && errno == EPERM);
    return 0;
}

static void test_become(void **state)
{
    (void)state;
    skip_unless(machine.root, "root");
    expect_success(become_somebody);
}

/* ---- the signal scope */

static int become_ordinary(void)
{
    return geteuid() == 0 ? sandbox_become(NOBODY_ELSE) : 0;
}

static int scope(void *data)
{
    struct witness outside;
    struct witness inside;

    (void)data;
    CHECK(become_ordinary() == 0);
    CHECK(witness_start(&outside) == 0);
    CHECK(witness_reaches(outside.pid));
    CHECK(sandbox_scope_signals(&machine) == 0);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1);
    CHECK(!witness_reaches(outside.pid));
    CHECK(kill(outside.pid, SIGKILL) == -1 && errno == EPERM);
    CHECK(witness_start(&inside) == 0);
    CHECK(witness_reaches(inside.pid));
    /* Once more, as the program below its warden: what is inside the first
     * scope is outside the second. */
    CHECK(sandbox_scope_signals(&machine) == 0);
    CHECK(!witness_reaches(inside.pid));
    witness_end(&inside);
    witness_end(&outside);
    return 0;
}

static void test_scope(void **state)
{
    (void)state;
    skip_unless(machine.signal_scope, "a signal scope");
    expect_success(scope);
}

static int no_scope(void *data)
{
    const struct sandbox_probe none = { .landlock_abi = machine.landlock_abi };
    const struct sandbox_probe wrong = { .landlock_abi =
                                             LANDLOCK_ABI_SIGNAL_SCOPE - 1,
                                         .signal_scope = true };
    struct witness outside;

    (void)data;
    CHECK(become_ordinary() == 0);
    CHECK(witness_start(&outside) == 0);
    CHECK(sandbox_scope_signals(&none) == 0);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1);
    CHECK(sandbox_scope_signals(&wrong) == -1 && errno == EOPNOTSUPP);
    CHECK(witness_reaches(outside.pid));
    witness_end(&outside);
    return 0;
}

static void test_no_scope(void **state)
{
    (void)state;
    expect_success(no_scope);
}

static void test_witness_reaches_no_group(void **state)
{
    (void)state;
    /* "Not known to be out of reach": the safe side. */
    assert_true(witness_reaches(0));
    assert_true(witness_reaches(-1));
    assert_true(witness_reaches(getpid()));
}

/* ---- limits */

static bool limited(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
    struct rlimit limit;

    return getrlimit(resource, &limit) == 0 && limit.rlim_cur == soft &&
           limit.rlim_max == hard;
}

static int limits(void *data)
{
    static const struct sandbox_limits set = { .cpu_seconds = 3,
                                               .file_size = 1000,
                                               .descriptors = 20 };
    const char block[4096] = { 0 };
    int file = memfd_create("limits", MFD_CLOEXEC);
    int fd = -1;
    int last = -1;

    (void)data;
    CHECK(sandbox_limit(&set) == 0);
    CHECK(limited(RLIMIT_CORE, 0, 0));
    CHECK(limited(RLIMIT_CPU, 3, 4));
    CHECK(limited(RLIMIT_FSIZE, 1000, 1000));
    CHECK(limited(RLIMIT_NOFILE, 20, 20));
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK(write(file, block, sizeof block) == 1000);
    CHECK(write(file, block, sizeof block) == -1 && errno == EFBIG);
    while ((fd = dup(file)) >= 0)
        last = fd;
    CHECK(errno == EMFILE && last == 19);
    return 0;
}

static int limits_left_alone(void *data)
{
    static const struct sandbox_limits zero = { .cpu_seconds = 0 };
    static const struct sandbox_limits more = { .descriptors = 64 };
    const struct rlimit few = { .rlim_cur = 9, .rlim_max = 10 };
    struct rlimit cpu;
    struct rlimit size;

    (void)data;
    CHECK(become_ordinary() == 0);
    CHECK(getrlimit(RLIMIT_CPU, &cpu) == 0);
    CHECK(getrlimit(RLIMIT_FSIZE, &size) == 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    CHECK(sandbox_limit(&zero) == 0);
    CHECK(limited(RLIMIT_CPU, cpu.rlim_cur, cpu.rlim_max));
    CHECK(limited(RLIMIT_FSIZE, size.rlim_cur, size.rlim_max));
    CHECK(limited(RLIMIT_NOFILE, 9, 10));
    CHECK(limited(RLIMIT_CORE, 0, 0));
    /* Somebody has set less already, and an ordinary user cannot raise it. */
    CHECK(sandbox_limit(&more) == 0);
    CHECK(limited(RLIMIT_NOFILE, 10, 10));
    return 0;
}

static void test_limits(void **state)
{
    (void)state;
    expect_success(limits);
    expect_success(limits_left_alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_become),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_no_scope),
        cmocka_unit_test(test_witness_reaches_no_group),
        cmocka_unit_test(test_limits),
    };

    sandbox_probe(&machine);
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
