#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schedule.h"

/* Scenarios are played with shell programs, so that each needs one line. */

static char directory[] = "/tmp/test_runner.XXXXXX";
static struct sandbox_probe probe;

static int enter(void **state)
{
    (void)state;
    sandbox_probe(&probe);
    return mkdtemp(directory) && chmod(directory, 0711) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    return rmdir(directory);
}

static const struct lab lab = { .name = "00-test", .socket_type = SOCK_STREAM };

struct result {
    char verdict[16];
    char reason[512];
    char expected[256];
    char actual[256];
};

static void copy(char *to, size_t size, const json_t *outcome, const char *key)
{
    const char *text = json_string_value(json_object_get(outcome, key));

    snprintf(to, size, "%s", text ? text : "");
}

static struct result result_of(const json_t *outcome)
{
    struct result r;

    copy(r.verdict, sizeof r.verdict, outcome, "verdict");
    copy(r.reason, sizeof r.reason, outcome, "reason");
    copy(r.expected, sizeof r.expected, outcome, "expected");
    copy(r.actual, sizeof r.actual, outcome, "actual");
    return r;
}

static struct result play_scaled(const char *program, const struct scenario *s,
                                 double scale)
{
    char sh[] = "/bin/sh";
    char c[] = "-c";
    char *script = strdup(program);
    char *argv[] = { sh, c, script, NULL };
    struct runner_config config = { .seed = 7,
                                    .timeout_scale = scale,
                                    .argv = { argv, argv },
                                    .probe = probe,
                                    .directory = directory };
    struct schedule schedule = { .config = &config, .jobs = 1 };
    struct schedule_case one = { .lab = &lab, .scenario = s };
    struct result r;

    assert_int_equal(schedule_run(&schedule, &one, 1), 0);
    r = result_of(one.outcome);
    json_decref(one.outcome);
    free(script);
    return r;
}

static struct result play(const char *program, const struct scenario *s)
{
    return play_scaled(program, s, 1);
}

#define SCENARIO(...)                                                          \
    {                                                                          \
        .name = "case", .role = ROLE_CLIENT, .payload = { TEXT(12), TEXT(9) }, \
        .steps = {                                                             \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

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

static void test_blocked_for_ever_is_known(void **state)
{
    const struct scenario s = SCENARIO(START(), STDOUT("hello\n"));
    struct result r = play("exec cat", &s);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "waits for ever in read()"));
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
        cmocka_unit_test(test_output_and_exit),
        cmocka_unit_test(test_difference_is_shown),
        cmocka_unit_test(test_blocked_for_ever_is_known),
        cmocka_unit_test(test_sleeper_has_until_its_clock_ends),
        cmocka_unit_test(test_spinning_is_told_by_its_cpu_time),
        cmocka_unit_test(test_early_end_is_told_with_its_words),
        cmocka_unit_test(test_killed_by_signal),
        cmocka_unit_test(test_same_seed_same_payload),
        cmocka_unit_test(test_nothing_survives_a_case),
        cmocka_unit_test(test_trouble_is_unknown),
        cmocka_unit_test(test_missing_program_fails_with_its_reason),
        cmocka_unit_test(test_repetition_counts),
        cmocka_unit_test(test_lines_in_any_order),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_line_counts_once_complete),
        cmocka_unit_test(test_stopped_and_continued),
        cmocka_unit_test(test_many_at_once),
    };

    return cmocka_run_group_tests_name("runner", tests, enter, leave);
}
