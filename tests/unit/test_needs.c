#include "needs.h"

#include "procfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static const struct sandbox_probe user = { .landlock_abi = 0 };
static const struct sandbox_probe little_root = { .root = true };
static const struct sandbox_probe root = {
    .root = true, .numbers = true, .claims = true, .pid_namespace = true
};

#define STEPS(...)                                                             \
    {                                                                          \
        .name = "server-some", .steps = { __VA_ARGS__ }                        \
    }

static const struct scenario plain =
    STEPS(HAND(1, HAND_SAME), FORGE_AS(0, 1, 0, "x"));
static const struct scenario others = STEPS(START(), HAND(1, HAND_OTHER));
static const struct scenario reuses =
    STEPS(HAND(1, HAND_SAME), HAND_TAKES_NUMBER(2, 1, HAND_SAME));
static const struct scenario forges =
    STEPS(HAND(1, HAND_SAME), HAND(2, HAND_ROOT), FORGE_AS(0, 2, 1, "x"));
static const struct scenario tries =
    STEPS(HAND(1, HAND_OTHER), HAND(2, HAND_ROOT), FORGE_AS(0, 1, 2, "x"));

static void test_needs_come_from_steps(void **state)
{
    (void)state;
    assert_null(needs_lack(&plain, &user));
    assert_non_null(needs_lack(&others, &user));
    assert_null(needs_lack(&others, &little_root));
    assert_non_null(needs_lack(&reuses, &user));
    assert_non_null(strstr(needs_lack(&reuses, &little_root), "number"));
    assert_null(needs_lack(&reuses, &root));
    assert_non_null(strstr(needs_lack(&forges, &little_root), "credentials"));
    assert_null(needs_lack(&forges, &root));
    /* It is to be refused. */
    assert_null(needs_lack(&tries, &little_root));
    assert_true(needs_has(&others, NEED_USERS));
    assert_false(needs_has(&reuses, NEED_USERS));
}

/* What root's rights are worth to others is nothing. */
static void test_rights_without_users_are_not_enough(void **state)
{
    static const struct sandbox_probe odd = { .numbers = true, .claims = true };

    (void)state;
    for (int need = 0; need <= NEED_ACCOUNT; need++) {
        assert_false(needs_are_met((enum need)need, &odd));
        assert_true(needs_are_met((enum need)need, &root));
    }
    for (int need = 0; need < NEED_COUNT; need++)
        assert_true(*needs_name((enum need)need) != '\0');
}

static void tell(struct bytes *out, enum need need,
                 const struct sandbox_probe *probe,
                 const struct lab *const *labs)
{
    bytes_drop(out, out->length);
    assert_int_equal(needs_tell(out, need, probe, labs), 0);
}

static void test_names_what_is_skipped(void **state)
{
    static const struct scenario some[] = { STEPS(HAND(1, HAND_OTHER)),
                                            STEPS(HAND(1, HAND_SAME)) };
    static const struct lab one = { .name = "08-one",
                                    .groups = { { "", some, 2 } } };
    static const struct lab two = { .name = "09-two",
                                    .groups = { { "", some, 1 } } };
    static const struct lab *const few[] = { &one, NULL };
    static const struct lab *const all[] = { &one, &two, NULL };
    struct bytes out = { 0 };

    (void)state;
    tell(&out, NEED_USERS, &user, few);
    assert_ptr_equal(strstr(out.data, "skipped: 08-one/server-some; it needs "),
                     out.data);
    tell(&out, NEED_USERS, &user, all);
    assert_ptr_equal(strstr(out.data, "skipped: 08-one/server-some, "
                                      "09-two/server-some; each needs "),
                     out.data);
    tell(&out, NEED_NUMBERS, &user, all);
    assert_ptr_equal(strstr(out.data, "no scenario needs "), out.data);
    tell(&out, NEED_USERS, &root, all);
    assert_string_equal(out.data, "peers can be processes of other users");
    bytes_free(&out);
}

static const struct sandbox_probe able = { .ptrace = true,
                                           .pidfd_getfd = true };

static void assert_lacks(const struct scenario *s,
                         const struct sandbox_probe *probe, const char *word)
{
    const char *lack = needs_lack(s, probe);

    assert_non_null(lack);
    assert_non_null(strstr(lack, word));
}

/* Wherever in the table the step stands. */
static void test_holding_needs_ptrace(void **state)
{
    static const struct scenario sends = { .steps = { LISTEN(9, 5),
                                                      HOLD_AT_SEND() } };
    static const struct scenario connects = { .steps = { HOLD_AT_CONNECT() } };
    struct sandbox_probe probe = able;

    (void)state;
    assert_null(needs_lack(&sends, &probe));
    assert_null(needs_lack(&connects, &probe));
    probe.ptrace = false;
    assert_lacks(&sends, &probe, "ptrace");
    assert_lacks(&connects, &probe, "ptrace");
}

static void test_intruding_needs_the_programs_descriptors(void **state)
{
    static const struct scenario s = { .steps = { START(), EXIT(0),
                                                  INTRUDE(1, "no") } };
    struct sandbox_probe probe = able;

    (void)state;
    assert_null(needs_lack(&s, &probe));
    probe.pidfd_getfd = false;
    assert_lacks(&s, &probe, "pidfd_getfd");
}

static void test_a_queue_must_be_one_that_can_be_filled(void **state)
{
    static const struct scenario s = { .steps = { STDOUT("{q+1}\n") } };
    long queue = procfs_number("/proc/sys/net/unix/max_dgram_qlen");

    (void)state;
    if (queue >= 1 && queue <= 80)
        assert_null(needs_lack(&s, &able));
    else
        assert_lacks(&s, &able, "max_dgram_qlen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needs_come_from_steps),
        cmocka_unit_test(test_rights_without_users_are_not_enough),
        cmocka_unit_test(test_names_what_is_skipped),
        cmocka_unit_test(test_holding_needs_ptrace),
        cmocka_unit_test(test_intruding_needs_the_programs_descriptors),
        cmocka_unit_test(test_a_queue_must_be_one_that_can_be_filled),
    };

    return cmocka_run_group_tests_name("needs", tests, NULL, NULL);
}
