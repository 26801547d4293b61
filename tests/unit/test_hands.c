#include "asking.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "hands.h"

/* Who has sent is taken for who has connected. */
static const char mixed_up[] = SERVE "def answer(d, b, p, q):\n"
                                     "  return tell(q)\n" ANSWER;

/* A number is taken for the process that had it. */
static const char by_number[] =
    SERVE "def answer(d, b, p, q):\n"
          "  try: os.kill(pid(b), 0)\n"
          "  except ProcessLookupError: return b\"no\"\n"
          "  except PermissionError: pass\n"
          "  return b\"yes\"\n" ANSWER;

/* ---- who connects, who sends */

static void test_connects_and_sends_as_another_process(void **state)
{
    static const struct scenario s =
        SERVED(START(), HAND(1, HAND_SAME), HAND(2, HAND_SAME),
               CONNECT_AS(0, 1), SEND(0, "whoami"), EXPECT_EFFECTIVE("1"),
               SEND(0, "sender"), EXPECT_REAL("0"), SEND_AS(0, 1, "sender"),
               EXPECT_REAL("1"), SEND_AS(0, 2, "whoami"), EXPECT_EFFECTIVE("1"),
               SEND_AS(0, 2, "{0}"), EXPECT_REAL("2"), CLOSE(0), CONNECT(0),
               SEND_AS(0, 1, "whoami"), EXPECT_EFFECTIVE("0"));

    (void)state;
    assert_string_equal(verdict(right, &s), "pass");
    assert_string_equal(verdict(mixed_up, &s), "fail");
}

static void test_is_another_user(void **state)
{
    static const struct scenario s = SERVED(
        START(), HAND(1, HAND_OTHER), HAND(2, HAND_ROOT), CONNECT_AS(0, 1),
        SEND(0, "whoami"), EXPECT(0, "{pid1} 64601 64602"),
        SEND_AS(0, 1, "sender"), EXPECT(0, "{pid1} 64601 64602"),
        SEND_AS(0, 2, "sender"), EXPECT(0, "{pid2} 0 0"), CLOSE(0),
        CONNECT_AS(0, 2), SEND(0, "whoami"), EXPECT(0, "{pid2} 0 0"));

    (void)state;
    skip_unless(probe.root, "root");
    assert_string_equal(verdict(right, &s), "pass");
    assert_string_equal(verdict(mixed_up, &s), "fail");
}

static void test_effective_ids_connect_and_real_ones_send(void **state)
{
    static const struct scenario s =
        SERVED(START(), HAND(1, HAND_EFFECTIVE), HAND(2, HAND_REAL),
               CONNECT_AS(0, 1), SEND_AS(0, 1, "whoami"),
               EXPECT(0, "{pid1} {uid0} {gid0}"), SEND_AS(0, 1, "sender"),
               EXPECT(0, "{pid1} 64601 64602"), CLOSE(0), CONNECT_AS(0, 2),
               SEND_AS(0, 2, "whoami"), EXPECT(0, "{pid2} 64601 64602"),
               SEND_AS(0, 2, "sender"), EXPECT(0, "{pid2} {uid0} {gid0}"));

    (void)state;
    skip_unless(probe.root, "root");
    assert_string_equal(verdict(right, &s), "pass");
    assert_string_equal(verdict(mixed_up, &s), "fail");
}

static void test_forging_is_refused_and_no_verdict(void **state)
{
    static const struct scenario refused =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1),
               FORGE_AS(0, 1, 0, "sender"), EXPECT_SILENCE(0),
               FORGE_AS(0, 1, 1, "sender"), EXPECT_REAL("1"), SEND(0, "sender"),
               EXPECT_REAL("0"));
    static const struct scenario comes =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1),
               FORGE_AS(0, 1, 0, "sender"), EXPECT_REAL("0"));

    (void)state;
    assert_string_equal(verdict(right, &refused), "pass");
    assert_string_equal(verdict(right, &comes), "fail");
}

static void test_root_can_forge(void **state)
{
    static const struct scenario s = SERVED(
        START(), HAND(1, HAND_SAME), HAND(2, HAND_ROOT), HAND(3, HAND_OTHER),
        CONNECT_AS(0, 1), FORGE_AS(0, 2, 1, "sender"), EXPECT_REAL("1"),
        FORGE_AS(0, 2, 0, "sender"), EXPECT_REAL("0"),
        FORGE_AS(0, 3, 1, "sender"), EXPECT_SILENCE(0));

    (void)state;
    skip_unless(probe.root && probe.claims, "root with all its rights");
    assert_string_equal(verdict(right, &s), "pass");
}

/* ---- the end of a hand */

static void test_ends(void **state)
{
    static const struct scenario reaped = SERVED(
        START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), SEND(0, "alive"),
        EXPECT(0, "yes"), HAND_ENDS(1), SEND(0, "alive"), EXPECT(0, "no"));
    static const struct scenario unreaped =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), SEND(0, "alive"),
               EXPECT(0, "yes"), HAND_ENDS_UNREAPED(1), SEND(0, "alive"),
               EXPECT(0, "no"));
    static const struct scenario both =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), SEND(0, "alive"),
               EXPECT(0, "yes"), HAND_ENDS_UNREAPED(1), HAND_ENDS(1),
               SEND(0, "alive"), EXPECT(0, "no"), HAND(1, HAND_SAME),
               CONNECT_AS(0, 1), SEND(0, "alive"), EXPECT(0, "yes"));

    (void)state;
    assert_string_equal(verdict(right, &reaped), "pass");
    assert_string_equal(verdict(by_number, &reaped), "pass");
    assert_string_equal(verdict(right, &unreaped), "pass");
    assert_string_equal(verdict(by_number, &unreaped), "fail");
    assert_string_equal(verdict(right, &both), "pass");
    assert_string_equal(verdict(by_number, &both), "pass");
}

static void test_takes_a_number(void **state)
{
    static const struct scenario s = SERVED(
        START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), SEND(0, "alive"),
        EXPECT(0, "yes"), HAND_ENDS(1), HAND_TAKES_NUMBER(2, 1, HAND_OTHER),
        SEND(0, "alive"), EXPECT(0, "no"), CONNECT_AS(0, 2), SEND(0, "whoami"),
        EXPECT(0, "{pid1} {uid2} {gid2}"), SEND(0, "alive"), EXPECT(0, "yes"));

    (void)state;
    skip_unless(probe.root && probe.numbers, "root with all its rights");
    assert_string_equal(verdict(right, &s), "pass");
    assert_string_equal(verdict(by_number, &s), "fail");
}

static void test_takes_no_number_that_is_somebody_s(void **state)
{
    static const struct scenario s =
        SERVED(START(), HAND(1, HAND_SAME), HAND_TAKES_NUMBER(2, 1, HAND_SAME));

    (void)state;
    skip_unless(probe.root && probe.numbers, "root with all its rights");
    assert_string_equal(verdict(right, &s), "unknown");
}

/* ---- waiting */

static void test_waits_for_the_mode(void **state)
{
    static const struct scenario other =
        SERVED(START(), HAND(1, HAND_OTHER), CONNECT_AS(0, 1),
               SEND(0, "whoami"), EXPECT_EFFECTIVE("1"));
    static const struct scenario same =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), SEND(0, "whoami"),
               EXPECT_EFFECTIVE("1"));
    static const char late[] = "os.chmod(\"uds_socket3.txt\", 0)\n"
                               "for n in range(20000): os.sched_yield()\n";
    static const char never[] = "os.chmod(\"uds_socket3.txt\", 0o600)\n"
                                "s.listen(5)\nsignal.pause()\n";
    char program[2048];
    struct result r;

    (void)state;
    snprintf(program, sizeof program, "%s%s", late, right);
    assert_string_equal(verdict(program, &same), "pass");
    skip_unless(probe.root, "root");
    assert_string_equal(verdict(program, &other), "pass");
    r = play_python("SEQPACKET", never, &other);
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "Permission denied"));
}

static void test_sends_behind_what_was_sent(void **state)
{
    static const struct scenario runs =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), SETTLE(), STOP(),
               SEND_TIMES(0, 2000, "x"), CONTINUE(), SEND_AS(0, 1, "end"),
               STDOUT("2000\n"));
    static const struct scenario stands =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), SETTLE(), STOP(),
               FLOOD(0, 10000, "x"), SEND_AS(0, 1, "end"));
    static const char counts[] = "s.listen(5)\nc, _ = s.accept()\nn = 0\n"
                                 "while c.recv(9) != b\"end\": n += 1\n"
                                 "print(n, flush=True)\nsignal.pause()\n";

    (void)state;
    assert_string_equal(verdict(counts, &runs), "pass");
    assert_string_equal(verdict(counts, &stands), "fail");
}

static int streams(void **state)
{
    (void)state;
    lab.socket_type = SOCK_STREAM;
    return 0;
}

static void test_streams(void **state)
{
    static const struct scenario s =
        SERVED(START(), HAND(1, HAND_SAME), CONNECT_AS(0, 1), SEND(0, "a"),
               SEND_AS(0, 1, "{0}"), SEND(0, "b"), EXPECT(0, "a{0}b"));
    static const char echo[] = "s.listen(5)\nc, _ = s.accept()\n"
                               "while d := c.recv(5): c.send(d)\n";

    (void)state;
    assert_string_equal(play_python("STREAM", echo, &s).verdict, "pass");
}

/* ---- who they are is known from the start */

static void test_arguments_name_users(void **state)
{
    static const struct scenario s = {
        .name = "case",
        .role = ROLE_CLIENT,
        .points = 1,
        .args = { "{uid0} {gid0}", "{uid1} {gid1}", "{ruid1}" },
        .steps = { START(), STDOUT("{ruid0} {rgid0}, {uid1} {gid1}, {uid0}\n"),
                   HAND(1, HAND_SAME), EXIT(0) },
    };
    static const struct scenario other = {
        .name = "case",
        .role = ROLE_CLIENT,
        .points = 1,
        .args = { "{uid1} {gid1} {ruid2} {rgid2} {uid3}" },
        .steps = { START(), HAND(1, HAND_OTHER), HAND(2, HAND_EFFECTIVE),
                   HAND(3, HAND_ROOT), STDOUT("64601 64602 64601 64602 0\n") },
    };
    static const struct scenario none =
        SCENARIO(START(), STDOUT("{uid0}\n"), EXIT(0));

    (void)state;
    assert_string_equal(play("echo \"$0, $1, $2\"", &s).verdict, "pass");
    assert_string_equal(play("id -u", &none).verdict, "pass");
    assert_string_equal(play("echo x", &none).verdict, "fail");
    skip_unless(probe.root, "root");
    assert_string_equal(play("echo \"$0\"", &other).verdict, "pass");
}

/* ---- a machine that has no other users */

static void test_skipped_without_root(void **state)
{
    static const struct scenario other =
        SERVED(START(), HAND(1, HAND_OTHER), EXIT(0));
    static const struct scenario same =
        SERVED(START(), HAND(1, HAND_SAME), EXIT(0));
    const struct sandbox_probe kept = probe;
    struct result r;

    (void)state;
    probe.root = false;
    r = play("exit 1", &other);
    assert_string_equal(r.verdict, "skip");
    assert_non_null(strstr(r.reason, "run it as root"));
    assert_string_equal(play("exit 0", &same).verdict, "pass");
    assert_string_equal(play("exit 1", &same).verdict, "fail");
    probe = kept;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connects_and_sends_as_another_process),
        cmocka_unit_test(test_is_another_user),
        cmocka_unit_test(test_effective_ids_connect_and_real_ones_send),
        cmocka_unit_test(test_forging_is_refused_and_no_verdict),
        cmocka_unit_test(test_root_can_forge),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_takes_a_number),
        cmocka_unit_test(test_takes_no_number_that_is_somebody_s),
        cmocka_unit_test(test_waits_for_the_mode),
        cmocka_unit_test(test_sends_behind_what_was_sent),
        cmocka_unit_test_setup_teardown(test_streams, streams, records),
        cmocka_unit_test(test_arguments_name_users),
        cmocka_unit_test(test_skipped_without_root),
    };

    /* What a case leaves behind becomes a child of this process. */
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
    lab.socket_type = SOCK_SEQPACKET;
    return cmocka_run_group_tests_name("hands", tests, enter, leave);
}
