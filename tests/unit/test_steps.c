#include "steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>

#include "bytes.h"
#include "scenario.h"

static void describe(struct bytes *out, const struct step *step,
                     const struct bytes_names *names)
{
    bytes_drop(out, out->length);
    assert_int_equal(steps_describe(out, step, names), 0);
}

static void test_steps_are_told_in_words(void **state)
{
    const struct step connect = CONNECT(1);
    const struct step send = SEND(0, "{0}\n");
    const struct step all = CLOSE_ALL(2, 3);
    const struct step killed = EXIT(-9);
    const struct step planted = PLANT_DIRECTORY("./d", 0555);
    const struct step bound = PLANT_BOUND(9, "{path}", SOCK_DGRAM);
    const struct step taken = HAND_TAKES_NUMBER(2, 1, HAND_OTHER);
    const struct step forged = FORGE_AS(3, 2, 0, "{pid0}");
    struct bytes out = { 0 };

    (void)state;
    describe(&out, &taken, NULL);
    assert_string_equal(out.data, "hand 2 is started with the process number "
                                  "that hand 1 had, as another user");
    describe(&out, &forged, NULL);
    assert_string_equal(out.data,
                        "peer 3 sends \"{pid0}\", by hand 2, which claims to "
                        "be the process that plays the peers");
    describe(&out, &connect, NULL);
    assert_string_equal(out.data, "peer 1 connects");
    describe(&out, &send, NULL);
    assert_string_equal(out.data, "peer sends \"{0}\\n\"");
    describe(&out, &all, NULL);
    assert_string_equal(out.data, "peers 2 to 4 close");
    describe(&out, &killed, NULL);
    assert_string_equal(out.data, "the program is killed by SIGKILL");
    describe(&out, &planted, NULL);
    assert_non_null(strstr(out.data, "./d"));
    assert_non_null(strstr(out.data, "0555"));
    describe(&out, &bound, NULL);
    assert_non_null(strstr(out.data, "datagram socket to {path}"));
    bytes_free(&out);
}

static void
test_steps_of_several_peers_show_the_first_and_the_last(void **state)
{
    const struct step each = SEND_ALL(1, 3, "m-{i}");
    const struct step same = SEND_ALL(1, 3, "m");
    const struct bytes_names names = { .path = "./p", .i = 7 };
    struct bytes out = { 0 };

    (void)state;
    describe(&out, &each, &names);
    assert_string_equal(out.data, "peers 1 to 3 send \"m-0\" to \"m-2\"");
    describe(&out, &same, &names);
    assert_string_equal(out.data, "peers 1 to 3 send \"m\"");
    bytes_free(&out);
}

static void test_every_verb_has_words(void **state)
{
    struct bytes out = { 0 };

    (void)state;
    for (int verb = VERB_END + 1; verb < SCENARIO_VERB_COUNT; verb++) {
        const struct step step = {
            .verb = (enum verb)verb, .path = "p", .text = "t", .length = 1
        };

        assert_int_equal(steps_describe(&out, &step, NULL), 0);
    }
    assert_null(strchr(out.data, '$'));
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_told_in_words),
        cmocka_unit_test(
            test_steps_of_several_peers_show_the_first_and_the_last),
        cmocka_unit_test(test_every_verb_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
