#include "tracer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>

#include "family.h"
#include "procfs.h"
#include "scene.h"
#include "traced.h"

static void test_stopped_program_stays_stopped_when_let_go(void **state)
{
    struct scene s;

    (void)state;
    scene_begin(&s, "stop");
    drive_until_asleep(&s, TRACER_NOTHING);
    tracer_release(&s.tracer);
    family_await(s.program.pid, 'T');
    kill(s.program.pid, SIGCONT);
    s.peer = accept4(s.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_arrives(&s, "helloworld");
    assert_ends(&s, 4);
    scene_end(&s);
}

static void assert_untraced(pid_t pid)
{
    char status[PROCFS_STATUS];

    assert_true(procfs_read(status, sizeof status, "/proc/%d/status", pid) > 0);
    assert_non_null(strstr(status, "TracerPid:\t0\n"));
}

static void test_release_disturbs_no_other_thread(void **state)
{
    struct scene s;

    (void)state;
    scene_begin(&s, "beside");
    assert_int_equal(drive(&s), TRACER_HELD);
    assert_stands(&s);
    tracer_release(&s.tracer);
    assert_untraced(s.program.pid);
    assert_arrives(&s, "helloworld");
    program_feed_end(&s.program);
    program_pump(&s.program);
    assert_ends(&s, 4);
    assert_string_equal(s.program.out.kept.data, "undisturbed\n");
    scene_end(&s);
}

/* At any moment, not only while it holds. */
static void test_release_at_once(void **state)
{
    static const char *const names[] = { "send", "thread", "fork", "spawn" };

    (void)state;
    for (int i = 0; i < 40; i++) {
        struct scene s;

        scene_begin(&s, names[i % 4]);
        for (int steps = 0; steps < i; steps++)
            if (step(&s) == TRACER_HELD)
                break;
        tracer_release(&s.tracer);
        s.peer = accept4(s.listener, NULL, NULL, SOCK_CLOEXEC);
        assert_arrives(&s, "helloworld");
        assert_ends(&s, 4);
        scene_end(&s);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, family_end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stopped_program_stays_stopped_when_let_go),
        TEST(test_release_disturbs_no_other_thread),
        TEST(test_release_at_once),
    };

    if (argc > 2)
        return act(argv[1], argv[2]);
    family_begin();
    return cmocka_run_group_tests(tests, enter, leave);
}
