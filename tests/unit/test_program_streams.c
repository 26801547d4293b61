#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "family.h"
#include "started.h"

static long resident_kib(void)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");

    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%*s %ld", &pages), 1);
    fclose(statm);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void test_output_beyond_the_cap_is_dropped(void **state)
{
    struct program p;
    long resident = 0;

    (void)state;
    program_init(&p);
    start(&p, "much");
    for (program_pump(&p); p.out.fd >= 0 || p.err.fd >= 0; program_pump(&p)) {
        if (resident == 0 && p.out.dropped > 0)
            resident = resident_kib();
        wait_on_streams(&p);
    }
    assert_int_equal(p.out.kept.length, PROGRAM_KEPT);
    assert_int_equal(p.out.dropped, MUCH - PROGRAM_KEPT);
    for (size_t i = 0; i < p.out.kept.length; i++)
        if (p.out.kept.data[i] != 'a' + (char)(i % 23))
            fail_msg("byte %zu differs", i);
    assert_string_equal(text(&p.err), "end");
    assert_int_equal(p.err.dropped, 0);
    assert_true(resident > 0);
    assert_in_range(resident_kib() - resident + 512, 0, 1024);
    finish(&p);
    program_close(&p);
    assert_null(p.out.kept.data);
}

static void test_feeds_more_than_a_pipe_holds(void **state)
{
    enum { PIECE = 100003, PIECES = 12 };
    static char piece[PIECE];
    unsigned long sum = 0;
    char expected[64];
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "sum");
    for (int i = 0; i < PIECES; i++) {
        for (int j = 0; j < PIECE; j++) {
            piece[j] = (char)((i + j) % 101);
            sum = sum * 31 + (unsigned long)piece[j];
        }
        assert_int_equal(program_feed(&p, piece, PIECE), 0);
        program_pump(&p);
    }
    assert_true(p.feed.length > 0);
    program_feed_end(&p);
    finish(&p);
    assert_exit(&p, 0);
    assert_int_equal(p.stdin_fd, -1);
    snprintf(expected, sizeof expected, "%d %lu\n", PIECE * PIECES, sum);
    assert_string_equal(text(&p.out), expected);
    program_close(&p);
}

static void test_stdin_stays_open_until_told(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "sum");
    assert_int_equal(program_feed(&p, "ab", 2), 0);
    program_pump(&p);
    assert_int_equal(p.feed.length, 0);
    assert_true(p.stdin_fd >= 0);
    family_await(p.pid, 'S');
    program_reap(&p);
    assert_false(p.ended);
    program_feed_end(&p);
    finish(&p);
    assert_string_equal(text(&p.out), "2 3105\n");
    program_close(&p);
}

static void test_program_that_closes_stdin(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "close-stdin");
    while (strcmp(text(&p.out), "closed\n") != 0) {
        wait_on_streams(&p);
        program_pump(&p);
    }
    assert_int_equal(program_feed(&p, "x", 1), 0);
    program_pump(&p);
    assert_int_equal(p.stdin_fd, -1);
    kill(p.pid, SIGKILL);
    finish(&p);
    program_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_output_beyond_the_cap_is_dropped,
                                  family_end),
        cmocka_unit_test_teardown(test_feeds_more_than_a_pipe_holds,
                                  family_end),
        cmocka_unit_test_teardown(test_stdin_stays_open_until_told, family_end),
        cmocka_unit_test_teardown(test_program_that_closes_stdin, family_end),
    };

    if (argc > 1)
        return act(argv[1]);
    family_begin();
    return cmocka_run_group_tests(tests, enter, leave);
}
