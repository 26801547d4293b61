#include "cases.h"

static void test_blocked_for_ever_is_known(void **state)
{
    const struct scenario s = SCENARIO(START(), STDOUT("hello\n"));
    struct result r = play("exec cat", &s);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "waits for ever in read()"));
}

static void test_a_stop_does_not_hide_it(void **state)
{
    const struct scenario s = SCENARIO(START(), STDOUT("up\n"), SETTLE(),
                                       STOP(), CONTINUE(), STDOUT("hello\n"));
    struct result r = play_python("STREAM",
                                  "import select\n"
                                  "print(\"up\", flush=True)\n"
                                  "select.poll().poll()\n",
                                  &s);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "waits for ever in poll()"));
}

static void test_sleeper_has_until_its_clock_ends(void **state)
{
    const struct scenario s = SCENARIO(START(), STDOUT("hello\n"));
    struct result r;

    (void)state;
    assert_string_equal(play("sleep 0.3; echo hello", &s).verdict, "pass");
    r = play_scaled("exec sleep 1000", &s, 0.01);
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "still sleeps"));
}

static void test_spinning_is_told_by_its_cpu_time(void **state)
{
    const struct scenario s = SCENARIO(START(), SETTLE());
    struct result r = play_scaled("while :; do :; done", &s, 0.05);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "spins"));
}

static void test_early_end_is_told_with_its_words(void **state)
{
    const struct scenario s = SCENARIO(LISTEN(9, 5), START(), ACCEPT(0, 9));
    struct result r = play("echo oops >&2; exit 1", &s);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "exit status 1"));
    assert_non_null(strstr(r.reason, "oops"));
}

/* How many processes were started with this as an argument. */
static int count_processes(const char *argument)
{
    char command[128];
    FILE *grep;
    int count = 0;

    snprintf(command, sizeof command,
             "grep -lazx '%s' /proc/[0-9]*/cmdline 2>/dev/null", argument);
    grep = popen(command, "re");
    assert_non_null(grep);
    for (int c = fgetc(grep); c != EOF; c = fgetc(grep))
        count += c == '\n';
    pclose(grep);
    return count;
}

static void test_nothing_survives_a_case(void **state)
{
    const struct scenario s = SCENARIO(START(), STDOUT("up\nup\n"), EXIT(0));

    (void)state;
    assert_string_equal(
        play("setsid sh -c 'echo up; exec sleep 98765' &"
             " setsid sh -c 'trap \"\" TERM; echo up; sleep 98764' & exit 0",
             &s)
            .verdict,
        "pass");
    assert_int_equal(count_processes("98765"), 0);
    assert_int_equal(count_processes("98764"), 0);
}

static void test_trouble_is_unknown(void **state)
{
    const struct scenario s = SCENARIO(START(), EXIT(0));
    char kept = directory[5];
    struct result r;

    (void)state;
    directory[5] = '#';
    r = play("exit 0", &s);
    directory[5] = kept;
    assert_string_equal(r.verdict, "unknown");
    assert_non_null(strstr(r.reason, "No such file or directory"));
}

static void test_missing_program_fails_with_its_reason(void **state)
{
    const struct scenario s = SCENARIO(START(), EXIT(0));
    struct runner_config config = { .timeout_scale = 1,
                                    .missing = { "", "no client.c" },
                                    .probe = probe,
                                    .directory = directory };
    struct schedule schedule = { .config = &config };
    struct schedule_case one = { .lab = &lab, .scenario = &s };
    struct result r;

    (void)state;
    assert_int_equal(schedule_run(&schedule, &one, 1), 0);
    r = result_of(one.outcome);
    json_decref(one.outcome);
    assert_string_equal(r.verdict, "fail");
    assert_string_equal(r.reason, "no client.c");
}

/* Each outcome belongs to its own case, whatever runs beside it. */
static void test_many_at_once(void **state)
{
    enum { CASES = 40 };

    static struct scenario scenarios[CASES];
    static struct schedule_case cases[CASES];
    char sh[] = "/bin/sh";
    char c[] = "-c";
    char script[] = "read n; exit $n";
    char *argv[] = { sh, c, script, NULL };
    struct runner_config config = { .timeout_scale = 1,
                                    .argv = { argv, argv },
                                    .probe = probe,
                                    .directory = directory };
    struct schedule schedule = { .config = &config, .jobs = 8 };

    (void)state;
    for (int i = 0; i < CASES; i++) {
        scenarios[i] = (struct scenario)SCENARIO(START(), FEED("3\n"), EXIT(3));
        scenarios[i].steps[2].number = i % 2 ? 3 : 5;
        cases[i] =
            (struct schedule_case){ .lab = &lab, .scenario = &scenarios[i] };
    }
    assert_int_equal(schedule_run(&schedule, cases, CASES), 0);
    for (int i = 0; i < CASES; i++) {
        assert_string_equal(result_of(cases[i].outcome).verdict,
                            i % 2 ? "pass" : "fail");
        json_decref(cases[i].outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocked_for_ever_is_known),
        cmocka_unit_test(test_a_stop_does_not_hide_it),
        cmocka_unit_test(test_sleeper_has_until_its_clock_ends),
        cmocka_unit_test(test_spinning_is_told_by_its_cpu_time),
        cmocka_unit_test(test_early_end_is_told_with_its_words),
        cmocka_unit_test(test_nothing_survives_a_case),
        cmocka_unit_test(test_trouble_is_unknown),
        cmocka_unit_test(test_missing_program_fails_with_its_reason),
        cmocka_unit_test(test_many_at_once),
    };

    return cmocka_run_group_tests_name("runner", tests, enter, leave);
}
