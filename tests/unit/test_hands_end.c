#include "asking.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "hands.h"

/* ---- they are no part of the program, and end with the case */

static void test_are_not_counted(void **state)
{
    static const struct scenario s = SERVED(
        START(), CONNECT(0), SEND(0, "whoami"), EXPECT_EFFECTIVE("0"), CLOSE(0),
        COUNT(), HAND(1, HAND_SAME), HAND(2, HAND_SAME), HAND_ENDS_UNREAPED(2),
        COUNT_SAME(), CLOEXEC(), STOP(), CONNECT_AS(0, 1), SEND_AS(0, 1, "x"),
        CONTINUE(), EXPECT_REAL("1"), SIGNAL(SIGKILL), EXIT(-SIGKILL),
        REMOVE("{path}"), START(), CONNECT_AS(0, 1), SEND_AS(0, 1, "x"),
        EXPECT_REAL("1"));
    bool children = probe.proc_children;

    (void)state;
    assert_string_equal(verdict(right, &s), "pass");
    probe.proc_children = false;
    assert_string_equal(verdict(right, &s), "pass");
    probe.proc_children = children;
}

static void await_no_child(void)
{
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
        continue;
    assert_int_equal(errno, ECHILD);
}

static void test_end_with_the_case(void **state)
{
    static const struct scenario s = SERVED(
        START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), HAND(2, HAND_SAME),
        HAND_ENDS_UNREAPED(2), SEND(0, "whoami"), EXPECT(0, "nothing"));
    const struct sandbox_probe kept = probe;
    struct sandbox_probe all[] = { kept, kept, kept };

    (void)state;
    all[1].signal_scope = false;
    all[2].signal_scope = false;
    all[2].root = false;
    for (int n = 0; n < 3; n++) {
        probe = all[n];
        assert_string_equal(verdict(right, &s), "fail");
        assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
        assert_int_equal(errno, ECHILD);
    }
    probe = kept;
}

static void test_keep_no_copy(void **state)
{
    static const struct scenario s =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1),
               SEND_AS(0, 1, "{0}"), CLOSE(0), STDOUT("{0}\nend\n"));
    static const char ends[] = "s.listen(5)\nc, _ = s.accept()\n"
                               "while d := c.recv(99): "
                               "print(d.decode(), flush=True)\n"
                               "print(\"end\", flush=True)\nsignal.pause()\n";

    (void)state;
    assert_string_equal(verdict(ends, &s), "pass");
}

/* The process of a case that is killed while it has hands. */
static _Noreturn void be_killed(int fd)
{
    static const struct scenario s = SERVED(HAND(1, HAND_SAME));
    struct hands h;

    hands_init(&h);
    if (hands_open(&h) < 0 || (probe.root && sandbox_become(61011) < 0))
        _exit(1);
    hands_learn(&h, &s);
    if (hands_start(&h, 1, 0) < 0)
        _exit(1);
    if (write(fd, &h.keeper, sizeof h.keeper) < 0)
        _exit(1);
    raise(SIGKILL);
    _exit(1);
}

static void test_end_with_a_case_that_is_killed(void **state)
{
    int fd[2];
    pid_t keeper = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0)
        be_killed(fd[1]);
    close(fd[1]);
    assert_int_equal(read(fd[0], &keeper, sizeof keeper), sizeof keeper);
    assert_true(keeper > 0);
    /* Nobody else holds the pipe: the keeper and its hand have let go. */
    assert_int_equal(read(fd[0], &keeper, sizeof keeper), 0);
    close(fd[0]);
    await_no_child();
}

static void test_a_lost_hand_is_no_verdict(void **state)
{
    static const struct scenario s =
        SERVED(START(), HAND(1, HAND_SAME), FEED("{pid1}\n"), EXIT(0),
               CONNECT_AS(0, 1), STDOUT_END());
    const struct sandbox_probe kept = probe;

    (void)state;
    probe.signal_scope = false;
    assert_string_equal(play("read pid; kill -9 $pid; exit 0", &s).verdict,
                        "unknown");
    probe = kept;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_are_not_counted),
        cmocka_unit_test(test_end_with_the_case),
        cmocka_unit_test(test_keep_no_copy),
        cmocka_unit_test(test_end_with_a_case_that_is_killed),
        cmocka_unit_test(test_a_lost_hand_is_no_verdict),
    };

    /* What a case leaves behind becomes a child of this process. */
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
    lab.socket_type = SOCK_SEQPACKET;
    return cmocka_run_group_tests_name("hands, ended", tests, enter, leave);
}
