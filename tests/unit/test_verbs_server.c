#include "cases.h"

/* A server in Python: `s` is its socket, `p` its address. */
static struct result serve(const char *program, const struct scenario *s)
{
    char text[2048];

    snprintf(text, sizeof text,
             "exec /usr/bin/python3 -c '\n"
             "import os, signal, socket, struct, sys\n"
             "s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)\n"
             "p = \"./uds_socket3.txt\"\n"
             "%s'",
             program);
    return play(text, s);
}

static void expect(const char *verdict, const char *program,
                   const struct scenario *s)
{
    struct result r = serve(program, s);

    if (strcmp(r.verdict, verdict) != 0)
        fail_msg("%s, not %s: %s; of\n%s", r.verdict, verdict, r.reason,
                 program);
}

static void expect_reason(const char *reason, struct result r)
{
    if (strstr(r.reason, reason) == NULL)
        fail_msg("\"%s\" is missing in: %s: %s", reason, r.verdict, r.reason);
}

static void skip_unless(bool present, const char *what)
{
    if (present)
        return;
    print_message("skipped: this needs %s\n", what);
    skip();
}

/* ---- held while it becomes a server */

static const char narrow_first[] = "os.umask(0o111)\n"
                                   "s.bind(p)\n"
                                   "s.listen()\n"
                                   "s.accept()[0].recv(1)\n";
static const char widened[] = "os.umask(0o177)\n"
                              "s.bind(p)\n"
                              "os.chmod(p, 0o666)\n"
                              "s.listen()\n"
                              "s.accept()[0].recv(1)\n";
static const char renamed[] = "s.bind(\"./other\")\n"
                              "os.chmod(\"./other\", 0o666)\n"
                              "s.listen()\n"
                              "os.rename(\"./other\", p)\n"
                              "s.accept()[0].recv(1)\n";
static const char too_wide[] = "s.bind(p)\n"
                               "os.chmod(p, 0o666)\n"
                               "s.listen()\n"
                               "s.accept()[0].recv(1)\n";
static const char too_late[] = "s.bind(p)\n"
                               "s.listen()\n"
                               "os.chmod(p, 0o666)\n"
                               "s.accept()[0].recv(1)\n";

static void test_held_behind_bind(void **state)
{
    const struct scenario s =
        SERVED(UMASK(0), HOLD_AFTER_BIND(), MODE_WITHIN("{path}", 0666),
               RELEASE(), CONNECT(0), MODE("{path}", 0666), CLOSE(0), EXIT(0));

    (void)state;
    skip_unless(probe.ptrace, "ptrace");
    expect("pass", narrow_first, &s);
    expect("pass", widened, &s);
    expect("pass", renamed, &s);
    expect("fail", too_wide, &s);
    expect_reason("./uds_socket3.txt has mode 0777, and should have 0666 at "
                  "most",
                  serve(too_wide, &s));
}

static void test_held_before_listen(void **state)
{
    const struct scenario s =
        SERVED(UMASK(077), HOLD_AT_LISTEN(), MODE("{path}", 0666), RELEASE(),
               CONNECT(0), CLOSE(0), EXIT(0));

    (void)state;
    skip_unless(probe.ptrace, "ptrace");
    expect("pass", narrow_first, &s);
    expect("pass", widened, &s);
    expect("pass", renamed, &s);
    expect("pass", too_wide, &s);
    expect("fail", too_late, &s);
    expect_reason("has mode 0700, and should have 0666", serve(too_late, &s));
}

static void test_server_that_never_comes_there(void **state)
{
    const struct scenario bind = SERVED(HOLD_AFTER_BIND(), RELEASE());
    const struct scenario listen = SERVED(HOLD_AT_LISTEN(), RELEASE());

    (void)state;
    skip_unless(probe.ptrace, "ptrace");
    expect("fail", "signal.pause()", &bind);
    expect_reason("never binds a socket to a path",
                  serve("signal.pause()", &bind));
    expect_reason("never listens", serve("s.bind(p); signal.pause()", &listen));
    expect_reason("never listens", serve("sys.exit(3)", &listen));
}

/* Nobody saw it bind, and it can be connected to: a peer plays that here. */
static void test_server_whose_calls_are_unseen(void **state)
{
    const struct scenario bind = SERVED(LISTEN(9, 5), HOLD_AFTER_BIND());
    const struct scenario listen = SERVED(LISTEN(9, 5), HOLD_AT_LISTEN());

    (void)state;
    skip_unless(probe.ptrace, "ptrace");
    expect("skip", "signal.pause()", &bind);
    expect("skip", "signal.pause()", &listen);
}

/* ---- modes */

static void test_modes(void **state)
{
    const struct scenario exact = SCENARIO(START(), EXIT(0), MODE("f", 0640));
    const struct scenario within =
        SCENARIO(START(), EXIT(0), MODE_WITHIN("f", 0640));

    (void)state;
    assert_string_equal(play(": >f; chmod 640 f", &exact).verdict, "pass");
    assert_string_equal(play(": >f; chmod 600 f", &exact).verdict, "fail");
    assert_string_equal(play(": >f; chmod 644 f", &exact).verdict, "fail");
    assert_string_equal(play(": >f; chmod 4640 f", &exact).verdict, "fail");
    assert_string_equal(play(":", &exact).verdict, "pass");
    assert_string_equal(play(": >f; chmod 640 f", &within).verdict, "pass");
    assert_string_equal(play(": >f; chmod 400 f", &within).verdict, "pass");
    assert_string_equal(play(": >f; chmod 650 f", &within).verdict, "fail");
    assert_string_equal(play(": >f; chmod 1640 f", &within).verdict, "fail");
    assert_string_equal(play(":", &within).verdict, "pass");
}

static void test_umask_is_for_the_next_start(void **state)
{
    const struct scenario s = SCENARIO(
        UMASK(0), START(), STDOUT("0000\n"), EXIT(0), START(), STDOUT("0022\n"),
        EXIT(0), UMASK(0137), START(), STDOUT("0137\n"), EXIT(0));

    (void)state;
    assert_string_equal(play("umask", &s).verdict, "pass");
    assert_string_equal(play("umask 0; umask", &s).verdict, "fail");
}

static void test_without_stdin(void **state)
{
    const struct scenario s = SCENARIO(START_CLOSED(), STDOUT("closed\n"),
                                       EXIT(0), START(), STDOUT("open\n"));
    const char look[] =
        "if [ -e /proc/$$/fd/0 ]; then echo open; else echo closed; fi";

    (void)state;
    assert_string_equal(play(look, &s).verdict, "pass");
    assert_string_equal(play("exec 0</dev/null; " /* not closed any more */
                             "if [ -e /proc/$$/fd/0 ]; then echo open; fi",
                             &s)
                            .verdict,
                        "fail");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held_behind_bind),
        cmocka_unit_test(test_held_before_listen),
        cmocka_unit_test(test_server_that_never_comes_there),
        cmocka_unit_test(test_server_whose_calls_are_unseen),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_umask_is_for_the_next_start),
        cmocka_unit_test(test_without_stdin),
    };

    return cmocka_run_group_tests_name("server verbs", tests, enter, leave);
}
