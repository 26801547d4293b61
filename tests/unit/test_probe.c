#include "sandbox.h"

#include "child.h"
#include "filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

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
    int line = child_run(run, NULL);

    if (line == CHILD_SKIP)
        skip_unless(false, "rights that root does not have here");
    assert_int_equal(line, 0);
}

static bool same(const struct sandbox_probe *a, const struct sandbox_probe *b)
{
    return a->landlock_abi == b->landlock_abi &&
           a->signal_scope == b->signal_scope &&
           a->pidfd_getfd == b->pidfd_getfd &&
           a->proc_children == b->proc_children &&
           a->proc_syscall == b->proc_syscall && a->ptrace == b->ptrace &&
           a->pid_namespace == b->pid_namespace && a->root == b->root &&
           a->numbers == b->numbers && a->claims == b->claims;
}

/* With `forbidden` refused, everything is as before but what `lacks` clears. */
static int probe_where(int any, uint32_t first, long forbidden, uint32_t action,
                       void (*lacks)(struct sandbox_probe *))
{
    struct sandbox_probe expected = machine;
    struct sandbox_probe probe;

    lacks(&expected);
    CHECK(filter_call(forbidden, any, first, action) == 0);
    sandbox_probe(&probe);
    CHECK(same(&probe, &expected));
    return 0;
}

static int probe_without(long forbidden, uint32_t action,
                         void (*lacks)(struct sandbox_probe *))
{
    return probe_where(1, 0, forbidden, action, lacks);
}

static void lack_scope(struct sandbox_probe *probe)
{
    probe->signal_scope = false;
}

static void lack_landlock(struct sandbox_probe *probe)
{
    probe->landlock_abi = 0;
    probe->signal_scope = false;
}

static void lack_getfd(struct sandbox_probe *probe)
{
    probe->pidfd_getfd = false;
}

static void lack_ptrace(struct sandbox_probe *probe)
{
    probe->ptrace = false;
}

static void lack_namespace(struct sandbox_probe *probe)
{
    probe->pid_namespace = false;
}

static void lack_root(struct sandbox_probe *probe)
{
    probe->root = false;
    probe->numbers = false;
    probe->claims = false;
}

static void lack_numbers(struct sandbox_probe *probe)
{
    probe->numbers = false;
}

static void lack_everything(struct sandbox_probe *probe)
{
    *probe = (struct sandbox_probe){ .landlock_abi = 0 };
}

static int without_landlock(void *data)
{
    (void)data;
    return probe_without(SYS_landlock_create_ruleset, FILTER_ANSWER(ENOSYS),
                         lack_landlock);
}

/* Success is claimed, and nothing has happened: only a look shows it. */
static int scope_is_a_lie(void *data)
{
    (void)data;
    return probe_without(SYS_landlock_restrict_self, FILTER_ANSWER(0),
                         lack_scope);
}

static int without_pidfd_open(void *data)
{
    (void)data;
    return probe_without(SYS_pidfd_open, FILTER_ANSWER(ENOSYS), lack_getfd);
}

static int without_pidfd_getfd(void *data)
{
    (void)data;
    return probe_without(SYS_pidfd_getfd, FILTER_ANSWER(EPERM), lack_getfd);
}

static int without_ptrace(void *data)
{
    (void)data;
    return probe_without(SYS_ptrace, FILTER_ANSWER(EPERM), lack_ptrace);
}

/* As a container's default profile has it. */
static int without_namespaces(void *data)
{
    const uint32_t flags = CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD;

    (void)data;
    return probe_where(0, flags, SYS_clone, FILTER_ANSWER(EPERM),
                       lack_namespace);
}

static void lack_users(struct sandbox_probe *probe)
{
    probe->root = false;
}

static int without_setresuid(void *data)
{
    (void)data;
    return probe_without(SYS_setresuid, FILTER_ANSWER(EPERM), lack_users);
}

static int without_clone3(void *data)
{
    (void)data;
    return probe_without(SYS_clone3, FILTER_ANSWER(EPERM), lack_numbers);
}

/* Root in a container often lacks what the two take. */
static int with_little_root(void *data)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3
    };
    struct __user_cap_data_struct set[2];
    struct sandbox_probe expected = machine;
    struct sandbox_probe probe;

    (void)data;
    CHECK(syscall(SYS_capget, &header, set) == 0);
    for (int n = 0; n < 2; n++)
        set[n].effective = set[n].permitted;
    set[0].effective &= ~(1U << CAP_SYS_ADMIN);
    set[1].effective &= ~(1U << (CAP_CHECKPOINT_RESTORE - 32));
    CHECK(syscall(SYS_capset, &header, set) == 0);
    sandbox_probe(&probe);
    expected.numbers = false;
    expected.claims = false;
    CHECK(same(&probe, &expected));
    return 0;
}

static void test_probe_tells_what_root_may_do(void **state)
{
    (void)state;
    skip_unless(machine.root && machine.numbers && machine.claims,
                "root with all its rights");
    expect_success(without_clone3);
    expect_success(with_little_root);
}

/* The prober is killed on its way. */
static int killed_prober(void *data)
{
    (void)data;
    return probe_without(SYS_ptrace, SECCOMP_RET_KILL_PROCESS, lack_everything);
}

static void test_probe_finds_what_is_missing(void **state)
{
    (void)state;
    expect_success(without_landlock);
    expect_success(without_pidfd_open);
    expect_success(without_pidfd_getfd);
    expect_success(without_ptrace);
    expect_success(without_namespaces);
    expect_success(without_setresuid);
    expect_success(killed_prober);
}

static void test_probe_believes_no_promise(void **state)
{
    (void)state;
    skip_unless(machine.signal_scope, "a signal scope");
    expect_success(scope_is_a_lie);
}

static int probe_without_proc(void *data)
{
    struct sandbox_probe probe;
    struct sandbox_probe expected = machine;

    (void)data;
    if (unshare(CLONE_NEWNS) < 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", "/proc", "tmpfs", 0, NULL) < 0)
        return CHILD_SKIP;
    sandbox_probe(&probe);
    expected.proc_children = false;
    expected.proc_syscall = false;
    expected.pid_namespace = false;
    CHECK(same(&probe, &expected));
    return 0;
}

static void test_probe_without_proc(void **state)
{
    (void)state;
    skip_unless(geteuid() == 0, "root");
    expect_success(probe_without_proc);
}

static int probe_as_ordinary_user(void *data)
{
    struct sandbox_probe expected = machine;
    struct sandbox_probe probe;

    (void)data;
    CHECK(sandbox_become(NOBODY_ELSE) == 0);
    sandbox_probe(&probe);
    lack_root(&expected);
    CHECK(same(&probe, &expected));
    return 0;
}

/* What root sees of the machine is what the programs' users see. */
static void test_probe_sees_the_same_as_an_ordinary_user(void **state)
{
    (void)state;
    skip_unless(machine.root, "root");
    expect_success(probe_as_ordinary_user);
}

static int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int n = 0;

    if (directory == NULL)
        return -1;
    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n;
}

static int probe_leaves_nothing(void *data)
{
    const int before = open_descriptors();
    struct sandbox_probe probe;
    sigset_t mask;

    (void)data;
    sandbox_probe(&probe);
    CHECK(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD);
    CHECK(before > 0 && open_descriptors() == before);
    CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
    CHECK(sigismember(&mask, SIGCHLD) == 0);
    /* Its own reach is as before. */
    CHECK(kill(getppid(), 0) == 0);
    return 0;
}

static int probe_where_children_are_ignored(void *data)
{
    struct sandbox_probe probe;

    (void)data;
    (void)signal(SIGCHLD, SIG_IGN);
    sandbox_probe(&probe);
    CHECK(same(&probe, &machine));
    return 0;
}

static void test_probe_leaves_nothing_behind(void **state)
{
    (void)state;
    expect_success(probe_leaves_nothing);
    expect_success(probe_where_children_are_ignored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe_finds_what_is_missing),
        cmocka_unit_test(test_probe_tells_what_root_may_do),
        cmocka_unit_test(test_probe_believes_no_promise),
        cmocka_unit_test(test_probe_without_proc),
        cmocka_unit_test(test_probe_sees_the_same_as_an_ordinary_user),
        cmocka_unit_test(test_probe_leaves_nothing_behind),
    };

    sandbox_probe(&machine);
    print_message(
        "this machine: landlock %d, scope %d, pidfd_getfd %d, children "
        "%d, syscall %d, ptrace %d, pid namespace %d, root %d\n",
        machine.landlock_abi, machine.signal_scope, machine.pidfd_getfd,
        machine.proc_children, machine.proc_syscall, machine.ptrace,
        machine.pid_namespace, machine.root);
    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
