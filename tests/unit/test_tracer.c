#include "tracer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "family.h"
#include "quiescence.h"
#include "scene.h"
#include "traced.h"

static void hold_and_release(const char *name)
{
    struct scene s;

    scene_begin(&s, name);
    assert_int_equal(drive(&s), TRACER_HELD);
    assert_stands(&s);
    tracer_release(&s.tracer);
    assert_false(s.tracer.active);
    assert_int_equal(s.tracer.held, 0);
    assert_arrives(&s, "helloworld");
    assert_ends(&s, 4);
    scene_end(&s);
}

static void test_stands_before_its_first_instruction(void **state)
{
    char act_name[] = "send";
    char *const argv[] = { self, act_name, address, NULL };
    struct quiescence q;
    struct scene s;

    (void)state;
    scene_start(&s, argv);
    for (int i = 0; i < 50; i++) {
        program_pump(&s.program);
        assert_int_equal(s.program.out.kept.length, 0);
        assert_int_equal(descendants_state(s.program.pid), 't');
    }
    quiescence_look(getpid(), &probe, &q);
    assert_int_equal(q.state, QUIESCENCE_FOREVER);
    scene_end(&s);
}

/* A stop that the tracer has not been told of is not the program's end. */
static void test_stop_that_awaits_the_tracer_is_busy(void **state)
{
    struct quiescence q;
    struct scene s;
    siginfo_t info;

    (void)state;
    scene_begin(&s, "send");
    assert_int_equal(
        waitid(P_PID, (id_t)s.program.pid, &info, WSTOPPED | WNOWAIT), 0);
    assert_int_equal(descendants_state(s.program.pid), 't');
    quiescence_look(getpid(), &probe, &q);
    assert_int_equal(q.state, QUIESCENCE_BUSY);
    scene_end(&s);
}

static void test_holds_before_the_first_send(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        hold_and_release("send");
}

static void test_holds_a_child(void **state)
{
    (void)state;
    hold_and_release("fork");
}

static void test_holds_a_spawned_program(void **state)
{
    (void)state;
    hold_and_release("spawn");
}

static void test_holds_a_thread(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        hold_and_release("thread");
}

static void test_holds_after_the_first_thread_has_gone(void **state)
{
    (void)state;
    hold_and_release("leave-first-thread");
}

static void test_follows_an_exec_from_a_thread(void **state)
{
    (void)state;
    hold_and_release("exec");
}

static void test_holds_a_python_program(void **state)
{
    char python[] = "/usr/bin/python3";
    char option[] = "-c";
    char code[] = "import socket, sys\n"
                  "s = socket.socket(socket.AF_UNIX)\n"
                  "s.connect(sys.argv[1])\n"
                  "print('connected', flush=True)\n"
                  "s.sendall(b'hello')\n"
                  "s.sendall(b'world')\n"
                  "sys.exit(4)\n";
    char *const argv[] = { python, option, code, address, NULL };
    struct scene s;

    (void)state;
    if (access(python, X_OK) < 0) {
        print_message("skipped: there is no %s\n", python);
        skip();
    }
    scene_start(&s, argv);
    assert_int_equal(tracer_begin(&s.tracer, s.program.pid, TRACER_SEND), 0);
    assert_int_equal(drive(&s), TRACER_HELD);
    assert_string_equal(s.program.out.kept.data, "connected\n");
    assert_stands(&s);
    tracer_release(&s.tracer);
    assert_arrives(&s, "helloworld");
    assert_ends(&s, 4);
    scene_end(&s);
}

static void test_program_that_sends_nothing(void **state)
{
    struct scene s;

    (void)state;
    scene_begin(&s, "quiet");
    assert_int_equal(drive(&s), TRACER_ENDED);
    assert_true(WIFEXITED(s.status));
    assert_int_equal(WEXITSTATUS(s.status), 3);
    assert_int_equal(s.tracer.held, 0);
    assert_string_equal(s.program.out.kept.data, "says nothing\n");
    scene_end(&s);
}

static void test_program_that_is_killed(void **state)
{
    struct scene s;

    (void)state;
    scene_begin(&s, "die");
    assert_int_equal(drive(&s), TRACER_ENDED);
    assert_true(WIFSIGNALED(s.status));
    assert_int_equal(WTERMSIG(s.status), SIGKILL);
    scene_end(&s);
}

static void test_held_program_can_be_killed(void **state)
{
    struct scene s;

    (void)state;
    scene_begin(&s, "send");
    assert_int_equal(drive(&s), TRACER_HELD);
    kill(s.program.pid, SIGKILL);
    while (step(&s) == TRACER_HELD)
        wait_for_child();
    assert_true(WIFSIGNALED(s.status));
    assert_int_equal(s.tracer.held, 0);
    scene_end(&s);
}

static void test_signals_reach_the_program(void **state)
{
    struct scene s;

    (void)state;
    scene_begin(&s, "signal");
    while (s.program.out.kept.length == 0) {
        assert_int_equal(step(&s), TRACER_NOTHING);
        if (s.program.out.kept.length == 0)
            wait_for_child();
    }
    kill(s.program.pid, SIGUSR1);
    assert_int_equal(drive(&s), TRACER_HELD);
    assert_stands(&s);
    tracer_release(&s.tracer);
    assert_arrives(&s, "helloworld");
    assert_ends(&s, 4);
    scene_end(&s);
}

static void test_stopped_program_stays_stopped(void **state)
{
    struct scene s;

    (void)state;
    scene_begin(&s, "stop");
    drive_until_asleep(&s, TRACER_NOTHING);
    assert_int_equal(s.tracer.held, 0);
    kill(s.program.pid, SIGCONT);
    assert_int_equal(drive(&s), TRACER_HELD);
    assert_stands(&s);
    tracer_release(&s.tracer);
    assert_arrives(&s, "helloworld");
    assert_ends(&s, 4);
    scene_end(&s);
}

static void test_begin_needs_a_program_that_stands(void **state)
{
    struct tracer t = { 0 };

    (void)state;
    errno = 0;
    assert_int_equal(tracer_begin(&t, getpid(), TRACER_SEND), -1);
    assert_int_equal(errno, ESRCH);
    assert_false(t.active);
    assert_null(t.task);
    tracer_release(&t);
}

#define TEST(name) cmocka_unit_test_teardown(name, family_end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stands_before_its_first_instruction),
        TEST(test_stop_that_awaits_the_tracer_is_busy),
        TEST(test_holds_before_the_first_send),
        TEST(test_holds_a_child),
        TEST(test_holds_a_spawned_program),
        TEST(test_holds_a_thread),
        TEST(test_holds_after_the_first_thread_has_gone),
        TEST(test_follows_an_exec_from_a_thread),
        TEST(test_holds_a_python_program),
        TEST(test_program_that_sends_nothing),
        TEST(test_program_that_is_killed),
        TEST(test_held_program_can_be_killed),
        TEST(test_signals_reach_the_program),
        TEST(test_stopped_program_stays_stopped),
        TEST(test_begin_needs_a_program_that_stands),
    };

    if (argc > 2)
        return act(argv[1], argv[2]);
    family_begin();
    return cmocka_run_group_tests(tests, enter, leave);
}
