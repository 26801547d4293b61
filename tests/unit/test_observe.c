#include "observe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfs.h"

/* What the kernel's documents say must be what is seen; unix(7), listen(2). */

static char directory[] = "/tmp/test_observe.XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    return chdir("/") == 0 ? rmdir(directory) : -1;
}

static void expect(enum observation what, const char *const *words)
{
    struct bytes seen = { 0 };

    assert_int_equal(observe(what, &seen), 0);
    for (; *words != NULL; words++)
        if (!strstr(seen.data, *words))
            fail_msg("\"%s\" is not in: %s", *words, seen.data);
    bytes_free(&seen);
}

static void test_backlog(void **state)
{
    const char *const words[] = { "listen(0) held 1,", "listen(1) held 2,",
                                  "listen(5) held 6,", "EAGAIN", NULL };

    (void)state;
    expect(OBSERVE_BACKLOG, words);
}

static void test_order(void **state)
{
    const char *const words[] = { "20000 datagrams sent, 20000 received, 0 of "
                                  "them out of order",
                                  NULL };

    (void)state;
    expect(OBSERVE_ORDER, words);
}

static void test_losses(void **state)
{
    char room[64];
    const char *const words[] = { room,
                                  "next send: EAGAIN",
                                  "longer than the send buffer: EMSGSIZE",
                                  "with room for 4 got 4",
                                  "next datagram (1 byte)",
                                  "SO_ERROR is 0",
                                  "the next send: ECONNREFUSED",
                                  NULL };

    (void)state;
    /* The kernel takes one while no more than the limit wait. */
    snprintf(room, sizeof room, "has room for %ld ",
             procfs_number("/proc/sys/net/unix/max_dgram_qlen") + 1);
    expect(OBSERVE_LOSSES, words);
}

static void test_raw(void **state)
{
    const char *const words[] = { "succeeded", "SO_TYPE says SOCK_DGRAM",
                                  NULL };

    (void)state;
    expect(OBSERVE_RAW, words);
}

/* leave() removes the directory, which must be empty by then. */
static void test_nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(access("./observed", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backlog),         cmocka_unit_test(test_order),
        cmocka_unit_test(test_losses),          cmocka_unit_test(test_raw),
        cmocka_unit_test(test_nothing_is_left),
    };

    return cmocka_run_group_tests_name("observe", tests, enter, leave);
}
