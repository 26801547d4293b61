/* Hostile programs against every rung of the ladder. */
#include "warden.h"

#include "hostile.h"
#include "wardens.h"
#include "witness.h"

#include <errno.h>
#include <fcntl.h>

/* A rung, and how the machine is made to need it. */
struct ladder {
    enum sandbox_kill rung;
    /** The harness is root and gives the warden a user; else it is an ordinary
     *  user itself. */
    bool slot;
    bool scope;
    bool children;
    /** The bystander is of the warden's own user. */
    bool same_user;
};

struct trial {
    const struct ladder *ladder;
    size_t kind;
    struct hostile *hostile;
    /** Where those at work are heard. */
    int work;
    /** The end of the leash that the test alone holds. */
    int hand;
};

static struct sandbox_probe probe_of(const struct ladder *l)
{
    struct sandbox_probe probe = wardens.machine;

    probe.signal_scope = probe.signal_scope && l->scope;
    probe.proc_children = probe.proc_children && l->children;
    probe.root = l->slot;
    /* The end of a case needs neither. */
    probe.pidfd_getfd = false;
    probe.ptrace = false;
    return probe;
}

static int start_hostile(const struct trial *t)
{
    struct pollfd work = { .fd = t->work, .events = POLLIN };
    char byte;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        hostile_kinds[t->kind].run(t->hostile);
        _exit(0);
    }
    for (int n = 0; n < hostile_kinds[t->kind].at_work; n++)
        CHECK(poll(&work, 1, WARDENS_WAIT_MS) == 1 &&
              read(t->work, &byte, 1) == 1);
    return 0;
}

/* The process of a case. */
static int run_case(void *data)
{
    const struct trial *t = data;
    const struct sandbox_probe probe = probe_of(t->ladder);
    struct warden w;
    int killed;

    CHECK(warden_enter(&w, &probe, t->ladder->slot ? wardens.user.uid : 0) ==
          0);
    CHECK(geteuid() != 0);
    CHECK(w.rung == t->ladder->rung);
    CHECK(w.armed == (w.rung != SANDBOX_KILL_SWEEP));
    CHECK(start_hostile(t) == 0);
    killed = wardens_finish(&w, WARDENS_WAIT_MS);
    CHECK(killed >= hostile_kinds[t->kind].killed);
    CHECK(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD);
    return 0;
}

/* A bystander of another user; it tells when it has become that user. */
static int start_as(struct witness *w, uid_t user)
{
    int leash[2];
    int become[2];
    char byte;

    CHECK(pipe2(leash, O_CLOEXEC) == 0);
    CHECK(pipe2(become, O_CLOEXEC) == 0);
    w->pid = fork();
    CHECK(w->pid >= 0);
    if (w->pid == 0) {
        close(leash[1]);
        if (sandbox_become(user) < 0 || write(become[1], "b", 1) != 1)
            _exit(1);
        _exit(read(leash[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(leash[0]);
    close(become[1]);
    CHECK(read(become[0], &byte, 1) == 1);
    close(become[0]);
    w->leash = leash[1];
    return 0;
}

static int start_bystander(struct witness *w, const struct ladder *l)
{
    if (l->slot)
        return start_as(w, l->same_user ? wardens.user.uid : wardens.other.uid);
    CHECK(wardens_become_ordinary() == 0);
    CHECK(witness_start(w) == 0);
    return 0;
}

/* It comes to its own end, so nobody has killed it. */
static int end_bystander(const struct witness *w)
{
    int status = -1;

    CHECK(waitpid(w->pid, &status, WNOHANG) == 0);
    close(w->leash);
    CHECK(waitpid(w->pid, &status, 0) == w->pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return 0;
}

/* Whoever is left would still hold the other end. */
static int nobody_holds(int work)
{
    char byte;
    ssize_t n;

    CHECK(fcntl(work, F_SETFL, O_NONBLOCK) == 0);
    do
        n = read(work, &byte, 1);
    while (n == 1);
    CHECK(n == 0);
    return 0;
}

/* The harness: starts a bystander, and then the case. */
static int run_harness(void *data)
{
    struct trial *t = data;
    struct witness bystander;
    int work[2];
    int line;

    close(t->hand);
    line = start_bystander(&bystander, t->ladder);
    if (line != 0)
        return line;
    CHECK(pipe2(work, O_CLOEXEC) == 0);
    t->work = work[0];
    t->hostile->ready = work[1];
    line = child_run(run_case, t);
    if (line != 0)
        return line;
    line = end_bystander(&bystander);
    close(work[1]);
    return line != 0 ? line : nobody_holds(work[0]);
}

static int run_trial(const struct ladder *ladder, size_t kind)
{
    struct hostile *hostile =
        mmap(NULL, sizeof *hostile, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct trial t = { .ladder = ladder, .kind = kind, .hostile = hostile };
    int line;
    int leash[2];

    assert_true(hostile != MAP_FAILED);
    assert_int_equal(pipe2(leash, O_CLOEXEC), 0);
    hostile->leash = leash[0];
    t.hand = leash[1];
    line = child_run(run_harness, &t);
    close(leash[0]);
    close(leash[1]);
    (void)munmap(hostile, sizeof *hostile);
    return line;
}

static void run_all(const struct ladder *ladder)
{
    if (ladder->slot)
        wardens_skip_unless(wardens.machine.root, "root");
    if (ladder->scope)
        wardens_skip_unless(wardens.machine.signal_scope, "a signal scope");
    for (size_t kind = 0; kind < HOSTILE_KINDS; kind++) {
        int line = run_trial(ladder, kind);

        if (line != 0)
            fail_msg("%s: check in line %d", hostile_kinds[kind].name, line);
    }
}

static void test_sweep(void **state)
{
    static const struct ladder sweep = { .rung = SANDBOX_KILL_SWEEP,
                                         .children = true };

    (void)state;
    run_all(&sweep);
}

/* Without /proc/PID/task/TID/children. */
static void test_sweep_of_all_processes(void **state)
{
    static const struct ladder sweep = { .rung = SANDBOX_KILL_SWEEP };

    (void)state;
    run_all(&sweep);
}

static void test_scope(void **state)
{
    static const struct ladder scope = { .rung = SANDBOX_KILL_SCOPE,
                                         .scope = true };

    (void)state;
    run_all(&scope);
}

static void test_scope_below_root(void **state)
{
    static const struct ladder scope = { .rung = SANDBOX_KILL_SCOPE,
                                         .slot = true,
                                         .scope = true,
                                         .same_user = true };

    (void)state;
    run_all(&scope);
}

static void test_user(void **state)
{
    static const struct ladder user = { .rung = SANDBOX_KILL_USER,
                                        .slot = true };

    (void)state;
    run_all(&user);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_sweep_of_all_processes),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_scope_below_root),
        cmocka_unit_test(test_user),
    };

    return cmocka_run_group_tests_name("hostile programs", tests, wardens_setup,
                                       wardens_teardown);
}
