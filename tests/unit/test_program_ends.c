#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "family.h"
#include "started.h"

static void test_exit_status_and_signal(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "seven");
    finish(&p);
    assert_exit(&p, 7);
    assert_true(p.peak_kib > 0);
    start(&p, "terminate");
    finish(&p);
    assert_true(WIFSIGNALED(p.status));
    assert_int_equal(WTERMSIG(p.status), SIGTERM);
    program_close(&p);
}

static void test_cpu_time_is_counted(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "spin");
    finish(&p);
    assert_in_range(p.cpu_us, 55000, 5000000);
    program_close(&p);
}

static void test_orphans_are_reaped(void **state)
{
    struct descendants all = { 0 };
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "orphan");
    while (!p.ended) {
        siginfo_t info;

        assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
        program_reap(&p);
    }
    assert_exit(&p, 0);
    assert_int_equal(descendants_list(&all, getpid(), &probe), 0);
    assert_int_equal(all.count, 1);
    program_feed_end(&p);
    program_pump(&p);
    family_await(all.pid[0], 'Z');
    program_reap(&p);
    assert_int_equal(descendants_list(&all, getpid(), &probe), 0);
    assert_int_equal(all.count, 0);
    assert_exit(&p, 0);
    descendants_free(&all);
    program_close(&p);
}

static void test_a_stop_is_no_end(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "close-stdin");
    kill(p.pid, SIGSTOP);
    family_await(p.pid, 'T');
    program_reap(&p);
    assert_false(p.ended);
    kill(p.pid, SIGKILL);
    finish(&p);
    assert_int_equal(WTERMSIG(p.status), SIGKILL);
    program_close(&p);
}

static void test_restart_keeps_output(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "sum");
    program_feed(&p, "a", 1);
    program_feed_end(&p);
    finish(&p);
    start(&p, "sum");
    program_feed(&p, "ab", 2);
    program_feed_end(&p);
    finish(&p);
    assert_string_equal(text(&p.out), "1 97\n2 3105\n");
    program_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_exit_status_and_signal, family_end),
        cmocka_unit_test_teardown(test_cpu_time_is_counted, family_end),
        cmocka_unit_test_teardown(test_orphans_are_reaped, family_end),
        cmocka_unit_test_teardown(test_a_stop_is_no_end, family_end),
        cmocka_unit_test_teardown(test_restart_keeps_output, family_end),
    };

    if (argc > 1)
        return act(argv[1]);
    family_begin();
    return cmocka_run_group_tests(tests, enter, leave);
}
