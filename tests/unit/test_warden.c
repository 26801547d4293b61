#include "warden.h"

#include "wardens.h"
#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int stands_apart(void *data)
{
    const struct sandbox_probe probe = wardens_sweeping();
    struct warden w;
    sigset_t mask;
    int subreaper = 0;
    int end_with = 0;

    (void)data;
    (void)signal(SIGCHLD, SIG_IGN);
    CHECK(warden_enter(&w, &probe, 0) == 0);
    CHECK(w.parent == getppid());
    CHECK(getsid(0) == getpid());
    CHECK(prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0L, 0L, 0L) == 0);
    CHECK(subreaper == 1);
    CHECK(prctl(PR_GET_PDEATHSIG, &end_with, 0L, 0L, 0L) == 0);
    CHECK(end_with == SIGKILL);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1);
    CHECK(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0);
    CHECK(signal(SIGCHLD, SIG_DFL) == SIG_DFL);
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 0);
    CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
    CHECK(sigismember(&mask, SIGCHLD) == 0);
    return 0;
}

static void test_stands_apart(void **state)
{
    (void)state;
    wardens_expect_success(stands_apart);
}

/* A change of user undoes what was set before it. */
static int keeps_its_promises_as_another_user(void *data)
{
    struct warden w;
    int end_with = 0;

    (void)data;
    CHECK(warden_enter(&w, &wardens.machine, wardens.user.uid) == 0);
    CHECK(getuid() == wardens.user.uid && geteuid() == wardens.user.uid);
    CHECK(prctl(PR_GET_PDEATHSIG, &end_with, 0L, 0L, 0L) == 0);
    CHECK(end_with == SIGKILL);
    CHECK(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0);
    return 0;
}

static void test_keeps_its_promises_as_another_user(void **state)
{
    (void)state;
    wardens_skip_unless(wardens.machine.root, "root");
    assert_int_equal(child_run(keeps_its_promises_as_another_user, NULL), 0);
}

/* What a warden at work holds, and what holds it: should it not die, it ends
 * with the test. */
struct orphan {
    int alive[2];
    int leash[2];
};

static _Noreturn void work_until_death(const struct orphan *o)
{
    struct warden w;
    char byte;

    close(o->leash[1]);
    if (warden_enter(&w, &wardens.machine, wardens.user.uid) == 0 &&
        write(o->alive[1], "w", 1) == 1)
        (void)!read(o->leash[0], &byte, 1);
    _exit(0);
}

/* A parent that ends as soon as its warden is at work. */
static int parent_that_dies(void *data)
{
    const struct orphan *o = data;
    char byte = 0;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0)
        work_until_death(o);
    close(o->alive[1]);
    CHECK(read(o->alive[0], &byte, 1) == 1 && byte == 'w');
    return 0;
}

static void test_dies_with_its_parent(void **state)
{
    struct orphan o;
    struct pollfd end = { .events = POLLIN };
    int ended;

    (void)state;
    assert_int_equal(pipe2(o.alive, O_CLOEXEC), 0);
    assert_int_equal(pipe2(o.leash, O_CLOEXEC), 0);
    assert_int_equal(child_run(parent_that_dies, &o), 0);
    close(o.alive[1]);
    end.fd = o.alive[0];
    /* Its end of the pipe closes when it dies. */
    ended = poll(&end, 1, WARDENS_WAIT_MS);
    close(o.alive[0]);
    close(o.leash[0]);
    close(o.leash[1]);
    assert_int_equal(ended, 1);
    assert_int_equal(end.revents, POLLHUP);
}

/* Looks until the process waits in a system call. */
static bool seen_waiting(pid_t pid)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/syscall", pid);
    for (;;) {
        char text[64] = "";
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

        if (fd >= 0)
            close(fd);
        if (n <= 0)
            return false;
        if (strtol(text, NULL, 10) == SYS_read && text[0] != 'r')
            return true;
        (void)sched_yield();
    }
}

/* Starts cat, which waits for input; returns once it has been executed. */
static pid_t start_program(int input, int unused)
{
    int executed[2];
    char byte;
    pid_t pid;

    if (pipe2(executed, O_CLOEXEC) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        (void)dup2(input, STDIN_FILENO);
        close(unused);
        execl("/bin/cat", "cat", (char *)NULL);
        (void)!write(executed[1], "e", 1);
        _exit(127);
    }
    close(executed[1]);
    if (read(executed[0], &byte, 1) != 0)
        pid = -1;
    close(executed[0]);
    return pid;
}

static int programs_can_be_watched(void *data)
{
    const uid_t *user = data;
    struct warden w;
    int input[2];
    pid_t pid;

    CHECK(warden_enter(&w, &wardens.machine, *user) == 0);
    CHECK(geteuid() != 0);
    CHECK(pipe2(input, O_CLOEXEC) == 0);
    pid = start_program(input[0], input[1]);
    CHECK(pid > 0);
    CHECK(seen_waiting(pid));
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 1);
    return 0;
}

static int ordinary_programs_can_be_watched(void *data)
{
    uid_t none = 0;

    (void)data;
    return programs_can_be_watched(&none);
}

static void test_programs_can_be_watched(void **state)
{
    (void)state;
    wardens_skip_unless(wardens.machine.proc_syscall, "/proc/PID/syscall");
    wardens_expect_success(ordinary_programs_can_be_watched);
    if (wardens.machine.root)
        assert_int_equal(child_run(programs_can_be_watched, &wardens.user.uid),
                         0);
}

static int open_my_warden(void *data)
{
    char path[64];

    (void)data;
    (void)snprintf(path, sizeof path, "/proc/%d/mem", getppid());
    CHECK(open(path, O_RDWR | O_CLOEXEC) == -1 && errno == EACCES);
    (void)snprintf(path, sizeof path, "/proc/%d/environ", getppid());
    CHECK(open(path, O_RDONLY | O_CLOEXEC) == -1 && errno == EACCES);
    return 0;
}

/* Without Landlock too. */
static int memory_is_closed(void *data)
{
    const struct sandbox_probe probe = wardens_sweeping();
    struct warden w;

    (void)data;
    CHECK(geteuid() != 0);
    CHECK(warden_enter(&w, &probe, 0) == 0);
    return child_run(open_my_warden, NULL);
}

static void test_its_memory_is_closed_to_what_it_starts(void **state)
{
    (void)state;
    wardens_expect_success(memory_is_closed);
}

/* ---- its end */

static int ends_in_time(void *data)
{
    struct witness outside;
    struct warden w;

    (void)data;
    CHECK(geteuid() != 0);
    CHECK(witness_start(&outside) == 0);
    CHECK(warden_enter(&w, &wardens.machine, 0) == 0);
    CHECK(w.armed);
    errno = 0;
    CHECK(wardens_finish(&w, 30) == -1 && errno == ETIMEDOUT);
    CHECK(wardens_finish(&w, 0) == -1 && errno == ETIMEDOUT);
    witness_end(&outside);
    CHECK(wardens_finish(&w, 0) == 0);
    return 0;
}

/* What was started before the warden is out of its reach. */
static void test_gives_up_in_time(void **state)
{
    (void)state;
    wardens_skip_unless(wardens.machine.signal_scope, "a signal scope");
    wardens_expect_success(ends_in_time);
}

static int counts_the_living_only(void *data)
{
    struct witness left[3];
    struct warden w;

    (void)data;
    CHECK(warden_enter(&w, &wardens.machine, 0) == 0);
    for (int n = 0; n < 3; n++)
        CHECK(witness_start(&left[n]) == 0);
    close(left[0].leash);
    CHECK(waitid(P_PID, (id_t)left[0].pid, &(siginfo_t){ 0 },
                 WEXITED | WNOWAIT) == 0);
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 2);
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 0);
    return 0;
}

static void test_counts_the_living_only(void **state)
{
    (void)state;
    wardens_expect_success(counts_the_living_only);
}

/* ---- a container */

static void *set_flag(void *flag)
{
    *(int *)flag = 1;
    return NULL;
}

/* Docker's default profile answers so; libraries fall back to clone. */
static int without_clone3(const struct sandbox_probe *probe)
{
    struct witness left;
    struct warden w;
    pthread_t thread;
    int flag = 0;

    CHECK(filter_call(SYS_clone3, 1, 0, FILTER_ANSWER(ENOSYS)) == 0);
    CHECK(syscall(SYS_clone3, NULL, (size_t)0) == -1 && errno == ENOSYS);
    CHECK(pthread_create(&thread, NULL, set_flag, &flag) == 0);
    CHECK(pthread_join(thread, NULL) == 0 && flag == 1);
    CHECK(warden_enter(&w, probe, 0) == 0);
    CHECK(witness_start(&left) == 0);
    CHECK(wardens_finish(&w, WARDENS_WAIT_MS) == 1);
    return 0;
}

static int scope_without_clone3(void *data)
{
    (void)data;
    CHECK(geteuid() != 0);
    return without_clone3(&wardens.machine);
}

static int sweep_without_clone3(void *data)
{
    const struct sandbox_probe probe = wardens_sweeping();

    (void)data;
    CHECK(geteuid() != 0);
    return without_clone3(&probe);
}

static int probe_without_clone3(void *data)
{
    struct sandbox_probe probe;

    (void)data;
    CHECK(filter_call(SYS_clone3, 1, 0, FILTER_ANSWER(ENOSYS)) == 0);
    sandbox_probe(&probe);
    CHECK(probe.signal_scope == wardens.machine.signal_scope);
    CHECK(probe.pidfd_getfd == wardens.machine.pidfd_getfd);
    return 0;
}

static void test_without_clone3(void **state)
{
    (void)state;
    wardens_expect_success(probe_without_clone3);
    wardens_expect_success(sweep_without_clone3);
    wardens_expect_success(scope_without_clone3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stands_apart),
        cmocka_unit_test(test_keeps_its_promises_as_another_user),
        cmocka_unit_test(test_dies_with_its_parent),
        cmocka_unit_test(test_programs_can_be_watched),
        cmocka_unit_test(test_its_memory_is_closed_to_what_it_starts),
        cmocka_unit_test(test_gives_up_in_time),
        cmocka_unit_test(test_counts_the_living_only),
        cmocka_unit_test(test_without_clone3),
    };

    return cmocka_run_group_tests_name("warden", tests, wardens_setup,
                                       wardens_teardown);
}
