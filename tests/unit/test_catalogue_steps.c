#include "catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "bytes.h"
#include "labs/labs.h"
#include "steps.h"
#include "tables.h"

/* Do the steps of every scenario make sense? */

static size_t count_steps(const struct scenario *s)
{
    size_t count = 0;

    while (count < SCENARIO_STEPS && s->steps[count].verb != VERB_END)
        count++;
    return count;
}

static bool is_expectation(enum verb verb)
{
    static const enum verb verbs[] = {
        VERB_FILE_SAME,     VERB_FILE_GONE,      VERB_FILE_SOCKET,
        VERB_TIDY,          VERB_COUNT_SAME,     VERB_CLOEXEC,
        VERB_STDOUT,        VERB_STDOUT_END,     VERB_STDOUT_EACH,
        VERB_COMPLAINS,     VERB_SAYS,           VERB_USAGE,
        VERB_EXIT,          VERB_ALIVE,          VERB_NO_CONNECTION,
        VERB_REFUSED,       VERB_EXPECT,         VERB_EXPECT_END,
        VERB_EXPECT_CLOSED, VERB_EXPECT_SILENCE, VERB_EXPECT_TIMES,
        VERB_EXPECT_FLOOD,  VERB_EXPECT_PIECES,  VERB_EXPECT_DROPPED,
        VERB_SERVES,        VERB_REACHABLE,      VERB_MEMORY_SAME,
        VERB_PEAK_SAME,     VERB_NOT_BEFORE,     VERB_DRIP,
        VERB_SIP,           VERB_QUIET,          VERB_ENDS,
        VERB_OBSERVE,       VERB_OBSERVED,       VERB_OFFSET_SAME,
        VERB_EXPECT_EITHER, VERB_EXPECT_FILE,    VERB_EXPECT_WITH,
        VERB_MODE,          VERB_MODE_WITHIN,
    };

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (verbs[i] == verb)
            return true;
    }
    return false;
}

static void check_frame(const struct lab *lab, const struct scenario *s,
                        size_t index)
{
    size_t count = count_steps(s);
    bool started = false;

    (void)lab;
    (void)index;
    for (size_t i = 0; i < count; i++)
        started |= s->steps[i].verb == VERB_START ||
                   s->steps[i].verb == VERB_HOLD_AT_SEND ||
                   s->steps[i].verb == VERB_HOLD_AT_CONNECT ||
                   s->steps[i].verb == VERB_HOLD_AFTER_BIND ||
                   s->steps[i].verb == VERB_HOLD_AT_LISTEN ||
                   s->steps[i].verb == VERB_START_APART ||
                   s->steps[i].verb == VERB_START_CLOSED;
    REQUIRE(s, started == (s->role != ROLE_NONE));
    REQUIRE(s, is_expectation(s->steps[count - 1].verb));
}

static void test_scenarios_start_the_program_and_end_with_a_check(void **state)
{
    (void)state;
    for_each(check_frame);
}

static void check_repetition(const struct lab *lab, const struct scenario *s,
                             size_t index)
{
    size_t count = count_steps(s);
    bool inside = false;

    (void)lab;
    (void)index;
    for (size_t i = 0; i < count; i++) {
        if (s->steps[i].verb == VERB_REPEAT) {
            REQUIRE(s, !inside && s->steps[i].count > 1);
            inside = true;
        } else if (s->steps[i].verb == VERB_AGAIN) {
            REQUIRE(s, inside);
            inside = false;
        }
    }
    REQUIRE(s, !inside);
}

static void test_repetitions_are_closed_and_not_nested(void **state)
{
    (void)state;
    for_each(check_repetition);
}

static void check_peers(const struct lab *lab, const struct scenario *s,
                        size_t index)
{
    (void)lab;
    (void)index;
    for (size_t i = 0; i < count_steps(s); i++) {
        const struct step *step = &s->steps[i];

        REQUIRE(s, step->peer >= 0 && step->count >= 0);
        /* A repetition's count is no number of peers. */
        if (step->verb != VERB_REPEAT && step->verb != VERB_STDOUT_EACH)
            REQUIRE(s, step->peer + step->count <= SCENARIO_PEERS);
        if (step->verb == VERB_ACCEPT || step->verb == VERB_ACCEPT_TALKER)
            REQUIRE(s, step->number >= 0 && step->number < SCENARIO_PEERS);
    }
}

static void test_peers_have_numbers_that_fit(void **state)
{
    (void)state;
    for_each(check_peers);
}

static bool uses_hand(enum verb verb)
{
    return verb == VERB_HAND_ENDS || verb == VERB_HAND_ENDS_UNREAPED ||
           verb == VERB_CONNECT_AS || verb == VERB_SEND_AS ||
           verb == VERB_FORGE_AS;
}

/* What `{uid1}` stands for is known before the hand is. */
static void check_hands(const struct lab *lab, const struct scenario *s,
                        size_t index)
{
    int who[SCENARIO_HANDS] = { HAND_SAME + 1 };

    (void)lab;
    (void)index;
    for (size_t i = 0; i < count_steps(s); i++) {
        const struct step *step = &s->steps[i];
        bool takes = step->verb == VERB_HAND_TAKES_NUMBER;

        if (step->verb == VERB_HAND || takes) {
            REQUIRE(s, step->number > 0 && step->number < SCENARIO_HANDS);
            REQUIRE(s, who[step->number] == 0 ||
                           who[step->number] == (int)step->who + 1);
            who[step->number] = (int)step->who + 1;
        } else if (uses_hand(step->verb)) {
            REQUIRE(s, step->number > 0 && step->number < SCENARIO_HANDS);
            REQUIRE(s, who[step->number] != 0);
        }
        if (takes || step->verb == VERB_FORGE_AS)
            REQUIRE(s, step->size >= takes && step->size < SCENARIO_HANDS &&
                           who[step->size] != 0);
    }
}

static void test_hands_are_started_and_stay_who_they_are(void **state)
{
    (void)state;
    for_each(check_hands);
}

static void check_expansion(const struct lab *lab, const struct scenario *s,
                            size_t index)
{
    const char *address = s->address != NULL ? s->address : "./a";
    struct bytes_payloads payloads = { 0 };
    static const struct bytes_process hands[SCENARIO_HANDS];
    struct bytes_names names = {
        .payloads = &payloads, .here = "/somewhere", .queue = 10, .hands = hands
    };
    const char *args[CATALOGUE_ARGS + 1];
    struct bytes path = { 0 };
    struct bytes out = { 0 };

    (void)index;
    assert_int_equal(bytes_payloads_draw(&payloads, 4711, lab->name, s), 0);
    REQUIRE(s, bytes_expand(&path, address, strlen(address), &names) == 0);
    names.path = path.data;
    catalogue_args(lab, s, args);
    for (int i = 0; args[i] != NULL; i++)
        REQUIRE(s, bytes_expand(&out, args[i], strlen(args[i]), &names) == 0);
    for (size_t i = 0; i < count_steps(s); i++) {
        bytes_drop(&out, out.length);
        REQUIRE(s, steps_describe(&out, &s->steps[i], &names) == 0);
        REQUIRE(s, out.length > 0 && strchr(out.data, '\n') == NULL);
        REQUIRE(s, steps_describe(&out, &s->steps[i], NULL) == 0);
    }
    bytes_free(&out);
    bytes_free(&path);
    bytes_payloads_free(&payloads);
}

static void test_all_templates_expand(void **state)
{
    (void)state;
    for_each(check_expansion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenarios_start_the_program_and_end_with_a_check),
        cmocka_unit_test(test_repetitions_are_closed_and_not_nested),
        cmocka_unit_test(test_peers_have_numbers_that_fit),
        cmocka_unit_test(test_hands_are_started_and_stay_who_they_are),
        cmocka_unit_test(test_all_templates_expand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
