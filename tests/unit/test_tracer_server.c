#include "tracer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "family.h"
#include "scene.h"
#include "traced.h"

static void scene_begin_at(struct scene *s, const char *name,
                           enum tracer_point point)
{
    char argument[32];
    char *const argv[] = { self, argument, address, NULL };

    snprintf(argument, sizeof argument, "%s", name);
    scene_start(s, argv);
    assert_int_equal(tracer_begin(&s->tracer, s->program.pid, point), 0);
}

/* Nobody listens at the address, and somebody has bound a socket to it. */
static void assert_bound_only(void)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat status;

    snprintf(to.sun_path, sizeof to.sun_path, "%s", address);
    assert_int_equal(lstat(address, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(fd);
}

static void hold_server(const char *name, enum tracer_point point,
                        const char *printed)
{
    struct scene s;

    scene_begin_at(&s, name, point);
    assert_int_equal(drive(&s), TRACER_HELD);
    drive_until_asleep(&s, TRACER_HELD);
    assert_string_equal(s.program.out.kept.data, printed);
    assert_bound_only();
    tracer_release(&s.tracer);
    assert_ends(&s, 4);
    assert_string_equal(s.program.out.kept.data, "begins\nbound\nlistens\n");
    scene_end(&s);
}

static const char *const servers[] = { "serve", "serve-in-child",
                                       "serve-in-thread" };

static void test_holds_behind_the_bind_to_a_path(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++)
        hold_server(servers[i % 3], TRACER_BOUND, "begins\n");
}

static void test_holds_before_listen(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++)
        hold_server(servers[i % 3], TRACER_LISTEN, "begins\nbound\n");
}

static void test_client_comes_to_neither(void **state)
{
    static const enum tracer_point points[] = { TRACER_BOUND, TRACER_LISTEN };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct scene s;

        scene_begin_at(&s, "quiet", points[i]);
        assert_int_equal(drive(&s), TRACER_ENDED);
        assert_int_equal(WEXITSTATUS(s.status), 3);
        scene_end(&s);
    }
}

/* In the middle of the call, too. */
static void test_release_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        struct scene s;

        scene_begin_at(&s, servers[i % 3], TRACER_BOUND);
        for (int steps = 0; steps < i; steps++)
            if (step(&s) == TRACER_HELD)
                break;
        tracer_release(&s.tracer);
        assert_ends(&s, 4);
        scene_end(&s);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, family_end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_holds_behind_the_bind_to_a_path),
        TEST(test_holds_before_listen),
        TEST(test_client_comes_to_neither),
        TEST(test_release_at_once),
    };

    if (argc > 2)
        return act(argv[1], argv[2]);
    family_begin();
    return cmocka_run_group_tests(tests, enter, leave);
}
