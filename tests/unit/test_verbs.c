#include "cases.h"

static void test_output_and_exit(void **state)
{
    const struct scenario s =
        SCENARIO(START(), STDOUT("hello\n"), EXIT(3), STDOUT_END());

    (void)state;
    assert_string_equal(play("echo hello; exit 3", &s).verdict, "pass");
    assert_string_equal(play("echo hello; exit 4", &s).verdict, "fail");
    assert_string_equal(play("echo hullo; exit 3", &s).verdict, "fail");
    assert_string_equal(play("echo hello; echo more; exit 3", &s).verdict,
                        "fail");
    assert_string_equal(play("exit 3", &s).verdict, "fail");
}

static void test_difference_is_shown(void **state)
{
    const struct scenario s = SCENARIO(START(), STDOUT("hello\n"));
    struct result r = play("printf 'hel p'", &s);

    (void)state;
    assert_string_equal(r.expected, "\"hello\\n\"");
    assert_string_equal(r.actual, "\"hel p\"");
}

static void test_killed_by_signal(void **state)
{
    const struct scenario s = SCENARIO(START(), EXIT(-SIGKILL));

    (void)state;
    assert_string_equal(play("kill -9 $$", &s).verdict, "pass");
    assert_string_equal(play("exit 0", &s).verdict, "fail");
}

static void test_same_seed_same_payload(void **state)
{
    const struct scenario s =
        SCENARIO(START(), FEED("{0}\n"), END_INPUT(), STDOUT("never"));
    struct result a = play("cat", &s);
    struct result b = play("cat", &s);

    (void)state;
    assert_string_equal(a.actual, b.actual);
    assert_true(strlen(a.actual) > 12);
}

/* A child that outlives its killed parent would keep what that listened on. */
static void test_sigkill_reaches_all_descendants(void **state)
{
    const struct scenario s =
        SCENARIO(START(), STDOUT("up\n"), SIGNAL(SIGKILL), EXIT(-SIGKILL),
                 START(), STDOUT("gone\n"));
    const char program[] = "if [ -e f ]; then read -r pid <f;"
                           " if grep -qs '^State:.[SR]' /proc/$pid/status;"
                           " then echo lives; else echo gone; fi; exit; fi;"
                           " sleep 98762 & echo $! >f; echo up; exec cat";

    (void)state;
    assert_string_equal(play(program, &s).verdict, "pass");
}

/* The rest goes at once where a piece is looked at and not taken. */
static void test_pieces_that_are_only_looked_at(void **state)
{
    const struct scenario s =
        SCENARIO(LISTEN(9, 5), START(), ACCEPT(0, 9),
                 SEND_PIECES(0, 1, "abc\n"), STDOUT("abc\n"));
    const char peeks[] = "exec /usr/bin/python3 -c '\n"
                         "import socket\n"
                         "s = socket.socket(socket.AF_UNIX)\n"
                         "s.connect(\"./uds_socket3.txt\")\n"
                         "s.setsockopt(socket.SOL_SOCKET, 42, 0)\n"
                         "seen = b\"\"\n"
                         "while b\"\\n\" not in seen:\n"
                         "    seen += s.recv(9, socket.MSG_PEEK)\n"
                         "print(seen.decode(), end=\"\", flush=True)'";

    (void)state;
    assert_string_equal(play(peeks, &s).verdict, "pass");
}

static void test_repetition_counts(void **state)
{
    const struct scenario s =
        SCENARIO(START(), REPEAT(3), FEED("{i}\n"), STDOUT("{i}\n"), AGAIN(),
                 END_INPUT(), EXIT(0), STDOUT_END());

    (void)state;
    assert_string_equal(play("exec cat", &s).verdict, "pass");
}

static void test_lines_in_any_order(void **state)
{
    const struct scenario s =
        SCENARIO(START(), STDOUT_EACH(3, "n{i}\n"), STDOUT_END());

    (void)state;
    assert_string_equal(play("printf 'n2\\nn0\\nn1\\n'", &s).verdict, "pass");
    assert_string_equal(play("printf 'n2\\nn0\\nn2\\n'", &s).verdict, "fail");
    assert_string_equal(play("printf 'n2\\nn0\\n'", &s).verdict, "fail");
}

static void test_files(void **state)
{
    const struct scenario same =
        SCENARIO(PLANT_FILE("f", "{0}"), START(), EXIT(0), FILE_SAME("f"));
    const struct scenario gone =
        SCENARIO(PLANT_FIFO("f"), START(), EXIT(0), FILE_GONE("f"));
    const struct scenario tidy =
        SCENARIO(PLANT_FILE("f", "{0}"), START(), EXIT(0), TIDY());

    (void)state;
    assert_string_equal(play(":", &same).verdict, "pass");
    assert_string_equal(play("cp f g; mv g f", &same).verdict, "fail");
    assert_string_equal(play("echo x >>f", &same).verdict, "fail");
    assert_string_equal(play("chmod 600 f", &same).verdict, "fail");
    assert_string_equal(play("rm f", &gone).verdict, "pass");
    assert_string_equal(play(":", &gone).verdict, "fail");
    assert_string_equal(play("rm f", &tidy).verdict, "pass");
    assert_string_equal(play(": >g", &tidy).verdict, "fail");
    assert_string_equal(play(": >../g", &tidy).verdict, "fail");
}

static void test_complaints(void **state)
{
    const struct scenario s = SCENARIO(START(), COMPLAINS("why"));
    const struct scenario says = SCENARIO(START(), SAYS("client: no reply"));

    (void)state;
    assert_string_equal(play("echo client: what: why >&2", &s).verdict, "pass");
    assert_string_equal(play("echo client: why >&2", &s).verdict, "fail");
    assert_string_equal(play("echo what: why >&2", &s).verdict, "fail");
    assert_string_equal(play("echo client: what: why", &s).verdict, "fail");
    assert_string_equal(
        play("echo first >&2; echo client: no reply >&2", &says).verdict,
        "pass");
    assert_string_equal(play("echo client: no reply. >&2", &says).verdict,
                        "fail");
}

/* What looks right so far may still become wrong. */
static void test_line_counts_once_complete(void **state)
{
    const struct scenario says =
        SCENARIO(START(), SAYS("client: no reply"), EXIT(1));
    const char slow[] = "printf 'client: no reply' >&2; sleep 0.2;"
                        " echo ': Success' >&2; exit 1";

    (void)state;
    assert_string_equal(play(slow, &says).verdict, "fail");
    assert_string_equal(
        play("printf 'client: no reply' >&2; exit 1", &says).verdict, "pass");
}

static void test_stopped_and_continued(void **state)
{
    const struct scenario s =
        SCENARIO(START(), STDOUT("a\n"), STOP(), FEED("x\n"), SETTLE(),
                 STDOUT_END(), CONTINUE(), STDOUT("x\n"));

    (void)state;
    assert_string_equal(play("echo a; exec cat", &s).verdict, "pass");
}

static void test_quiet(void **state)
{
    static const struct scenario s = SCENARIO(START(), QUIET());

    (void)state;
    assert_string_equal(play("exit 0", &s).verdict, "pass");
    assert_string_equal(play("read line", &s).verdict, "pass");
    assert_string_equal(play("echo a word >&2; read line", &s).verdict, "fail");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_and_exit),
        cmocka_unit_test(test_difference_is_shown),
        cmocka_unit_test(test_killed_by_signal),
        cmocka_unit_test(test_same_seed_same_payload),
        cmocka_unit_test(test_sigkill_reaches_all_descendants),
        cmocka_unit_test(test_pieces_that_are_only_looked_at),
        cmocka_unit_test(test_repetition_counts),
        cmocka_unit_test(test_lines_in_any_order),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_line_counts_once_complete),
        cmocka_unit_test(test_stopped_and_continued),
    };

    return cmocka_run_group_tests_name("verbs", tests, enter, leave);
}
