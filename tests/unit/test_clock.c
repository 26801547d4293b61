#include "clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_time_goes_on(void **state)
{
    const int64_t begin = clock_now();
    struct timespec now;
    int64_t later;

    (void)state;
    /* As long as it takes for the clock to move. */
    do
        later = clock_now();
    while (later == begin);
    assert_true(later > begin);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    assert_true((now.tv_sec - begin / 1000000) <= 60);
}

static void test_what_is_left(void **state)
{
    const int64_t ahead = INT64_C(3600000250);
    struct timespec left = clock_left(clock_now() + ahead);
    int64_t us = (int64_t)left.tv_sec * 1000000 + left.tv_nsec / 1000;

    (void)state;
    assert_true(us <= ahead);
    assert_true(us > ahead - 60 * 1000000);
    assert_true(left.tv_nsec >= 0 && left.tv_nsec < 1000000000);
    left = clock_left(clock_now() + 3 * INT64_C(1000000000000));
    assert_true(left.tv_sec > 2999940 && left.tv_sec <= 3000000);
}

static void test_nothing_is_left_of_the_past(void **state)
{
    struct timespec left = clock_left(clock_now() - 1);

    (void)state;
    assert_int_equal(left.tv_sec, 0);
    assert_int_equal(left.tv_nsec, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_goes_on),
        cmocka_unit_test(test_what_is_left),
        cmocka_unit_test(test_nothing_is_left_of_the_past),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
