#include "cases.h"

static void skip_unless_apart(void)
{
    if (probe.pid_namespace)
        return;
    print_message("skipped: this needs user and pid namespaces\n");
    skip();
}

static void expect_pass(struct result r)
{
    if (strcmp(r.verdict, "pass") != 0)
        fail_msg("%s: %s", r.verdict, r.reason);
}

/* It is process 1, its user and group are what they are outside, and a peer has
 * no number; it can be stopped, counted, limited and ended. */
static void test_server_apart(void **state)
{
    const struct scenario s =
        SERVED(START_APART(), CONNECT(0), STDOUT("1 0 True 0 True\n"), SETTLE(),
               COUNT(), STOP(), SEND(0, "{0}"), CONTINUE(), EXPECT(0, "{0}"),
               COUNT_SAME(), CLOEXEC(), LIMIT_DESCRIPTORS(),
               UNLIMIT_DESCRIPTORS(), ALIVE(), SIGNAL(SIGTERM), EXIT(0));
    const char program[] =
        "import struct\n"
        "def end(number, frame): sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "s.listen()\n"
        "c = s.accept()[0]\n"
        "peer = struct.unpack(\"3i\", c.getsockopt(1, socket.SO_PEERCRED, 12))\n"
        "here = os.stat(\".\")\n"
        "print(os.getpid(), os.getppid(),\n"
        "      (os.getuid(), os.getgid()) == (here.st_uid, here.st_gid),\n"
        "      peer[0], peer[1:] == (os.getuid(), os.getgid()), flush=True)\n"
        "c.send(c.recv(99))\n"
        "signal.pause()\n";

    (void)state;
    skip_unless_apart();
    expect_pass(play_python("STREAM", program, &s));
}

/* What it waits in can be seen, as that of any program. */
static void test_its_sleep_is_seen(void **state)
{
    const struct scenario s = SCENARIO(START_APART(), STDOUT("never"));
    struct result r;

    (void)state;
    skip_unless_apart();
    if (!probe.proc_syscall) {
        print_message("skipped: this needs /proc/PID/syscall\n");
        skip();
    }
    r = play("echo $$; read -r line", &s);
    assert_string_equal(r.verdict, "fail");
    assert_string_equal(r.actual, "\"1\\n\"");
    r = play("read -r line", &s);
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "waits for ever in read()"));
}

/* The kernel spares process 1 a signal that it does not handle, and SIGKILL
 * from outside not. */
static void test_signals_to_process_1(void **state)
{
    const struct scenario ends =
        SCENARIO(START_APART(), STDOUT("up\n"), SIGNAL(SIGTERM), EXIT(7));
    const struct scenario killed = SCENARIO(
        START_APART(), STDOUT("up\n"), SIGNAL(SIGKILL), EXIT(-SIGKILL),
        START_APART(), STDOUT("up\n"), SIGNAL(SIGKILL), EXIT(-SIGKILL));

    (void)state;
    skip_unless_apart();
    expect_pass(play("trap 'exit 7' TERM; echo up; read -r line", &ends));
    assert_string_equal(play("echo up; read -r line; exit 7", &ends).verdict,
                        "fail");
    expect_pass(play("echo up; read -r line", &killed));
    expect_pass(play("sleep 98764 & echo up; exec cat", &killed));
}

/* Nothing that it has started survives it, nor the case. A verdict other than
 * "unknown" says that nothing was left. */
static void test_what_it_leaves_is_ended(void **state)
{
    const struct scenario ends =
        SCENARIO(START_APART(), STDOUT("up\n"), EXIT(3), SETTLE(), ALIVE());
    const struct scenario stays = SCENARIO(START_APART(), STDOUT("up\n"));
    const struct scenario stopped =
        SCENARIO(START_APART(), STDOUT("up\n"), SETTLE(), STOP());

    (void)state;
    skip_unless_apart();
    assert_string_equal(
        play("(sleep 98765 & sleep 98766 &); echo up; exit 3", &ends).verdict,
        "fail");
    expect_pass(play("(sleep 98767 & sleep 98768 &); echo up; cat", &stays));
    expect_pass(play("(sleep 98767 & sleep 98768 &); echo up; cat", &stopped));
}

/* The same by other means: without a scope, and without lists of children. */
static void test_what_it_leaves_is_ended_without_a_scope(void **state)
{
    const struct scenario stays = SCENARIO(START_APART(), STDOUT("up\n"));
    const struct sandbox_probe whole = probe;
    struct result r;

    (void)state;
    skip_unless_apart();
    probe.signal_scope = false;
    probe.landlock_abi = 0;
    r = play("(sleep 98767 & sleep 98768 &); echo up; cat", &stays);
    probe.proc_children = false;
    expect_pass(r);
    r = play("(sleep 98767 & sleep 98768 &); echo up; cat", &stays);
    probe = whole;
    expect_pass(r);
}

static void test_skipped_where_it_cannot_be(void **state)
{
    const struct scenario s = SCENARIO(START_APART(), EXIT(0));
    const struct sandbox_probe whole = probe;
    struct result r;

    (void)state;
    probe.pid_namespace = false;
    r = play("exit 0", &s);
    probe = whole;
    assert_string_equal(r.verdict, "skip");
    assert_non_null(strstr(r.reason, "pid namespace"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_apart),
        cmocka_unit_test(test_its_sleep_is_seen),
        cmocka_unit_test(test_signals_to_process_1),
        cmocka_unit_test(test_what_it_leaves_is_ended),
        cmocka_unit_test(test_what_it_leaves_is_ended_without_a_scope),
        cmocka_unit_test(test_skipped_where_it_cannot_be),
    };

    return cmocka_run_group_tests_name("apart", tests, enter, leave);
}
