#include "tracer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "family.h"
#include "procfs.h"
#include "program.h"
#include "quiescence.h"

extern char **environ;

/* Every test's listener is here, at "s". */
static char directory[] = "/tmp/test_tracer.XXXXXX";
static char address[64];
static char self[] = "/proc/self/exe";

static const struct sandbox_probe probe = { .pidfd_getfd = true,
                                            .proc_children = true,
                                            .proc_syscall = true };

static int connect_to(const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        _exit(5);
    return fd;
}

/* ---- what the program under test does: this very file, by its argument */

static void say(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(6);
}

static void send_all(int fd)
{
    if (send(fd, "hello", 5, MSG_NOSIGNAL) != 5 || write(fd, "world", 5) != 5)
        _exit(7);
}

static int act_send(const char *path)
{
    say("begins\n");
    send_all(connect_to(path));
    return 4;
}

static int act_quiet(const char *path)
{
    connect_to(path);
    say("says nothing\n");
    return 3;
}

static int act_die(const char *path)
{
    connect_to(path);
    raise(SIGKILL);
    return 0;
}

static int act_fork(const char *path)
{
    int fd = connect_to(path);
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        send_all(fd);
        _exit(0);
    }
    close(fd);
    return waitpid(pid, &status, 0) == pid && status == 0 ? 4 : 8;
}

static void *send_from_thread(void *data)
{
    send_all(*(const int *)data);
    return NULL;
}

static int act_thread(const char *path)
{
    int fd = connect_to(path);
    pthread_t thread;

    if (pthread_create(&thread, NULL, send_from_thread, &fd) != 0)
        return 8;
    return pthread_join(thread, NULL) == 0 ? 4 : 8;
}

static void *end_from_thread(void *data)
{
    send_all(*(const int *)data);
    _exit(4);
}

static int act_leave_first_thread(const char *path)
{
    static int fd;
    pthread_t thread;

    fd = connect_to(path);
    if (pthread_create(&thread, NULL, end_from_thread, &fd) != 0)
        return 8;
    pthread_exit(NULL);
}

static void *exec_from_thread(void *data)
{
    char act[] = "send";
    char *argv[] = { self, act, data, NULL };

    execve(self, argv, environ);
    _exit(9);
}

static int act_exec(const char *path)
{
    char copy[64];
    pthread_t thread;

    snprintf(copy, sizeof copy, "%s", path);
    if (pthread_create(&thread, NULL, exec_from_thread, copy) == 0)
        pthread_join(thread, NULL);
    return 8;
}

static int act_spawn(const char *path)
{
    char act[] = "send";
    char copy[64];
    char *argv[] = { self, act, copy, NULL };
    int status;
    pid_t pid;

    snprintf(copy, sizeof copy, "%s", path);
    if (posix_spawn(&pid, self, NULL, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return 8;
    return WEXITSTATUS(status);
}

static volatile sig_atomic_t caught;

static void catch_signal(int number)
{
    caught = number;
}

static int act_signal(const char *path)
{
    int fd = connect_to(path);
    sigset_t none;
    sigset_t block;

    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, NULL);
    sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = catch_signal }, NULL);
    say("ready\n");
    while (caught != SIGUSR1)
        sigsuspend(&none);
    send_all(fd);
    return 4;
}

static int act_stop(const char *path)
{
    int fd = connect_to(path);

    raise(SIGSTOP);
    send_all(fd);
    return 4;
}

/* A thread waits on stdin while the other one sends: letting go must not
 * disturb it. */
static void *read_in_thread(void *data)
{
    char byte;

    (void)data;
    say(read(STDIN_FILENO, &byte, 1) == 0 ? "undisturbed\n" : "disturbed\n");
    return NULL;
}

static int act_beside(const char *path)
{
    int fd = connect_to(path);
    pthread_t thread;

    if (pthread_create(&thread, NULL, read_in_thread, NULL) != 0)
        return 8;
    send_all(fd);
    return pthread_join(thread, NULL) == 0 ? 4 : 8;
}

static const struct {
    const char *name;
    int (*act)(const char *path);
} acts[] = {
    { "send", act_send },     { "quiet", act_quiet },
    { "die", act_die },       { "fork", act_fork },
    { "thread", act_thread }, { "leave-first-thread", act_leave_first_thread },
    { "exec", act_exec },     { "spawn", act_spawn },
    { "signal", act_signal }, { "stop", act_stop },
    { "beside", act_beside },
};

static int act(const char *name, const char *path)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].name, name) == 0)
            _exit(acts[i].act(path));
    return 64;
}

/* ---- helpers of the tests */

/* A program, the tracer that holds it, and the listener it connects to. */
struct scene {
    struct program program;
    struct tracer tracer;
    int listener;
    int peer;
    int status;
};

static void scene_start(struct scene *s, char *const *argv)
{
    const struct program_spec spec = { .argv = argv,
                                       .name = "client",
                                       .directory = directory,
                                       .probe = &probe,
                                       .traced = true };
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    *s = (struct scene){ .peer = -1 };
    snprintf(at.sun_path, sizeof at.sun_path, "%s", address);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(address);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listener, 5), 0);
    program_init(&s->program);
    assert_int_equal(program_start(&s->program, &spec), 0);
}

static void scene_begin(struct scene *s, const char *name)
{
    char argument[32];
    char *const argv[] = { self, argument, address, NULL };

    snprintf(argument, sizeof argument, "%s", name);
    scene_start(s, argv);
    assert_int_equal(tracer_begin(&s->tracer, s->program.pid), 0);
    assert_true(s->tracer.active);
}

static void wait_for_child(void)
{
    const struct timespec patience = { .tv_sec = FAMILY_PATIENCE_US / 1000000 };
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigtimedwait(&set, NULL, &patience) < 0 && errno != EINTR)
        fail_msg("no child has come to anything");
}

static enum tracer_event step(struct scene *s)
{
    enum tracer_event event =
        tracer_step(&s->tracer, s->program.pid, &s->status);

    program_pump(&s->program);
    return event;
}

static enum tracer_event drive(struct scene *s)
{
    enum tracer_event event;

    while ((event = step(s)) == TRACER_NOTHING)
        wait_for_child();
    return event;
}

/* Looks at all that awaits the tracer, until nothing does and the program is
 * asleep for ever. */
static void drive_until_asleep(struct scene *s, enum tracer_event expected)
{
    int64_t began = clock_now();
    struct quiescence q;

    do {
        assert_int_equal(step(s), expected);
        quiescence_look(getpid(), &probe, &q);
        assert_true(clock_now() - began < FAMILY_PATIENCE_US);
    } while (q.state != QUIESCENCE_FOREVER);
}

/* The program stands: it has connected, and the peer has got nothing. */
static void assert_stands(struct scene *s)
{
    char byte;

    drive_until_asleep(s, TRACER_HELD);
    assert_int_not_equal(s->tracer.held, 0);
    s->peer = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(s->peer >= 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(recv(s->peer, &byte, 1, 0), -1);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(step(s), TRACER_HELD);
        assert_int_equal(descendants_state(s->tracer.held), 't');
    }
}

static void assert_arrives(const struct scene *s, const char *expected)
{
    char got[64] = "";
    size_t length = 0;
    struct pollfd fd = { .fd = s->peer, .events = POLLIN };

    while (length < strlen(expected)) {
        assert_true(poll(&fd, 1, FAMILY_PATIENCE_US / 1000) > 0);

        ssize_t more = recv(s->peer, got + length, sizeof got - 1 - length, 0);

        if (more == 0)
            break;
        assert_true(more > 0);
        length += (size_t)more;
    }
    assert_string_equal(got, expected);
}

static void assert_ends(struct scene *s, int status)
{
    while (!s->program.ended) {
        siginfo_t info;

        assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
        program_reap(&s->program);
        program_pump(&s->program);
    }
    assert_true(WIFEXITED(s->program.status));
    assert_int_equal(WEXITSTATUS(s->program.status), status);
}

static void scene_end(struct scene *s)
{
    tracer_release(&s->tracer);
    program_close(&s->program);
    close(s->listener);
    if (s->peer >= 0)
        close(s->peer);
}

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

/* ---- tests */

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
    assert_int_equal(tracer_begin(&s.tracer, s.program.pid), 0);
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

static void test_begin_needs_a_program_that_stands(void **state)
{
    struct tracer t = { 0 };

    (void)state;
    errno = 0;
    assert_int_equal(tracer_begin(&t, getpid()), -1);
    assert_int_equal(errno, ESRCH);
    assert_false(t.active);
    assert_null(t.task);
    tracer_release(&t);
}

static int enter(void **state)
{
    sigset_t set;

    (void)state;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(address, sizeof address, "%s/s", directory);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    unlink(address);
    return rmdir(directory);
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
        TEST(test_stopped_program_stays_stopped_when_let_go),
        TEST(test_release_disturbs_no_other_thread),
        TEST(test_release_at_once),
        TEST(test_begin_needs_a_program_that_stands),
    };

    if (argc > 2)
        return act(argv[1], argv[2]);
    family_begin();
    return cmocka_run_group_tests(tests, enter, leave);
}
