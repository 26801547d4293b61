#include "cases.h"

#include "verdict.h"

/* Which programs are played at all: each leaves its scenario's name in a list,
 * and ends with the status that its scenario gives it. */

enum { FIRST, SECOND, THIRD, ALONE, COUNT };

static char list[] = "/tmp/test_schedule.XXXXXX";

struct fixture {
    struct scenario scenarios[COUNT];
    struct schedule_case cases[COUNT];
    struct runner_config config;
    struct schedule schedule;
    char script[128];
    char *argv[4];
    /* Of `progress`: the calls, and the last `done` and `total`. */
    size_t calls;
    size_t done;
    size_t total;
    volatile sig_atomic_t stop;
};

static void note_progress(const struct schedule_case *ended, size_t done,
                          size_t total, void *data)
{
    struct fixture *f = data;

    assert_non_null(ended->outcome);
    f->calls++;
    f->done = done;
    f->total = total;
}

static struct scenario one(const char *name, const char *after)
{
    return (struct scenario){ .name = name,
                              .title = "a title",
                              .rules = "C3",
                              .role = ROLE_CLIENT,
                              .points = 1,
                              .after = after,
                              .args = { name, "0" },
                              .steps = { START(), EXIT(0) } };
}

static int set_up(void **state)
{
    static struct fixture f;
    static char sh[] = "/bin/sh";
    static char c[] = "-c";

    f = (struct fixture){
        .scenarios = { one("first", NULL), one("second", "first"),
                       one("third", "second"), one("alone", NULL) },
        .argv = { sh, c, f.script, NULL },
        .config = { .timeout_scale = 1,
                    .argv = { f.argv, f.argv },
                    .probe = probe,
                    .directory = directory },
        .schedule = { .config = &f.config,
                      .jobs = COUNT,
                      .progress = note_progress,
                      .data = &f,
                      .stop = &f.stop },
    };
    snprintf(f.script, sizeof f.script, "${2:+read go}; echo $0 >>%s; exit $1",
             list);
    for (size_t i = 0; i < COUNT; i++)
        f.cases[i] =
            (struct schedule_case){ .lab = &lab, .scenario = &f.scenarios[i] };
    *state = &f;
    return truncate(list, 0);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT; i++)
        json_decref(f->cases[i].outcome);
    return 0;
}

static void play_all(struct fixture *f)
{
    assert_int_equal(schedule_run(&f->schedule, f->cases, COUNT), 0);
    assert_int_equal(f->calls, COUNT);
    assert_int_equal(f->done, COUNT);
    assert_int_equal(f->total, COUNT);
}

/* Where in the order of the programs a scenario's was; 0 if it was not. */
static int place_of(const struct fixture *f, size_t index)
{
    char line[32];
    FILE *in = fopen(list, "re");
    int found = 0;

    assert_non_null(in);
    for (int n = 1; fgets(line, sizeof line, in) != NULL; n++) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, f->scenarios[index].name) == 0) {
            assert_int_equal(found, 0);
            found = n;
        }
    }
    fclose(in);
    return found;
}

static void assert_verdict(const struct fixture *f, size_t index,
                           const char *verdict)
{
    assert_string_equal(result_of(f->cases[index].outcome).verdict, verdict);
}

/* The first takes long enough for the others to overtake it. */
static void test_a_chain_is_played_in_its_order(void **state)
{
    static const struct step steps[] = { START(), SETTLE(), FEED("go\n"),
                                         EXIT(0) };
    struct fixture *f = *state;

    memcpy(f->scenarios[FIRST].steps, steps, sizeof steps);
    f->scenarios[FIRST].args[2] = "waits";
    play_all(f);
    for (size_t i = 0; i < COUNT; i++)
        assert_verdict(f, i, "pass");
    assert_true(place_of(f, FIRST) < place_of(f, SECOND));
    assert_true(place_of(f, SECOND) < place_of(f, THIRD));
    assert_true(place_of(f, ALONE) > 0);
}

static void test_what_waits_for_a_failure_is_not_played(void **state)
{
    struct fixture *f = *state;

    f->scenarios[FIRST].args[1] = "1";
    play_all(f);
    assert_verdict(f, FIRST, "fail");
    assert_int_equal(place_of(f, SECOND), 0);
    assert_int_equal(place_of(f, THIRD), 0);
    assert_verdict(f, SECOND, "unknown");
    assert_verdict(f, THIRD, "unknown");
    assert_verdict(f, ALONE, "pass");
}

static void test_only_what_stands_behind_a_failure_is_left_out(void **state)
{
    struct fixture *f = *state;

    f->scenarios[SECOND].args[1] = "1";
    f->schedule.jobs = 1;
    play_all(f);
    assert_verdict(f, SECOND, "fail");
    assert_int_equal(place_of(f, THIRD), 0);
    assert_true(place_of(f, ALONE) > 0);
}

/* Whoever asks for one alone gets it. */
static void test_without_its_prerequisite_a_case_is_played(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(schedule_run(&f->schedule, &f->cases[THIRD], 1), 0);
    assert_verdict(f, THIRD, "pass");
    assert_int_equal(place_of(f, THIRD), 1);
}

static void test_the_report_tells_what_was_waited_for(void **state)
{
    struct fixture *f = *state;
    struct verdict_run run = { .probe = &probe, .programs = "" };
    json_t *document;
    const json_t *third;

    lab.title = "A lab";
    f->scenarios[FIRST].args[1] = "1";
    play_all(f);
    document = verdict_document(&run, f->cases, COUNT);
    third = json_object_get(
        json_array_get(json_object_get(document, "labs"), 0), "scenarios");
    third = json_array_get(third, THIRD);
    assert_string_equal(json_string_value(json_object_get(third, "reason")),
                        "waits for first, which did not pass");
    assert_string_equal(json_string_value(json_object_get(third, "verdict")),
                        "skip");
    assert_int_equal(json_integer_value(json_object_get(third, "max")), 1);
    json_decref(document);
}

/* The maximum must not hang on what was played. */
static void test_what_the_machine_cannot_do_is_known_unplayed(void **state)
{
    struct fixture *f = *state;

    f->scenarios[FIRST].args[1] = "1";
    f->scenarios[THIRD].steps[0] = (struct step)HOLD_AT_SEND();
    f->config.probe.ptrace = false;
    play_all(f);
    assert_verdict(f, SECOND, "unknown");
    assert_verdict(f, THIRD, "skip");
    assert_non_null(
        strstr(result_of(f->cases[THIRD].outcome).reason, "(ptrace)"));
}

static void stop_at_once(const struct schedule_case *ended, size_t done,
                         size_t total, void *data)
{
    note_progress(ended, done, total, data);
    ((struct fixture *)data)->stop = SIGTERM;
}

static void test_a_run_that_is_stopped_starts_nothing_more(void **state)
{
    struct fixture *f = *state;

    f->schedule.progress = stop_at_once;
    assert_int_equal(schedule_run(&f->schedule, f->cases, ALONE), -1);
    assert_int_equal(errno, EINTR);
    assert_int_equal(f->calls, 1);
    assert_int_equal(place_of(f, FIRST), 1);
    assert_int_equal(place_of(f, SECOND), 0);
    assert_null(f->cases[SECOND].outcome);
}

static int make_list(void **state)
{
    int fd = mkstemp(list);

    if (fd < 0 || fchmod(fd, 0666) < 0 || close(fd) < 0)
        return -1;
    return enter(state);
}

static int remove_list(void **state)
{
    return unlink(list) == 0 ? leave(state) : -1;
}

#define SCHEDULE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCHEDULE_TEST(test_a_chain_is_played_in_its_order),
        SCHEDULE_TEST(test_what_waits_for_a_failure_is_not_played),
        SCHEDULE_TEST(test_only_what_stands_behind_a_failure_is_left_out),
        SCHEDULE_TEST(test_without_its_prerequisite_a_case_is_played),
        SCHEDULE_TEST(test_the_report_tells_what_was_waited_for),
        SCHEDULE_TEST(test_what_the_machine_cannot_do_is_known_unplayed),
        SCHEDULE_TEST(test_a_run_that_is_stopped_starts_nothing_more),
    };

    return cmocka_run_group_tests(tests, make_list, remove_list);
}
