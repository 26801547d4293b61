#include "quiescence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/stat.h>

#include "naps.h"

/* ---- for a while, mostly asleep at any one moment */

static bool is_over(int64_t began)
{
    return clock_now() - began > SHORT_MS * 1000;
}

static void spin_for_a_while(void)
{
    int64_t began = clock_now();

    while (!is_over(began))
        continue;
}

/* One byte goes to and fro: exactly one of the two is awake. */
static void pass_to_and_fro(int in, int out)
{
    char byte = 0;
    int64_t began = clock_now();

    while (!is_over(began) && write(out, &byte, 1) == 1)
        read_one(in);
}

static void ping_pong(void)
{
    int there[2];
    int back[2];

    must(pipe(there) == 0 && pipe(back) == 0);
    if (fork() == 0) {
        char byte;

        close(there[1]);
        while (read(there[0], &byte, 1) == 1)
            must(write(back[1], &byte, 1) == 1);
        block();
    }
    pass_to_and_fro(back[0], there[1]);
}

static pthread_mutex_t turn_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void take_turns(int own, int64_t began)
{
    pthread_mutex_lock(&turn_mutex);
    while (!is_over(began)) {
        while (turn != own)
            pthread_cond_wait(&turn_changed, &turn_mutex);
        turn = 1 - own;
        pthread_cond_signal(&turn_changed);
    }
    turn = 1 - own;
    pthread_cond_signal(&turn_changed);
    pthread_mutex_unlock(&turn_mutex);
}

static void *take_turns_in_thread(void *data)
{
    take_turns(1, *(int64_t *)data);
    block();
    return NULL;
}

static void threads_in_turn(void)
{
    int64_t began = clock_now();
    pthread_t thread;

    must(pthread_create(&thread, NULL, take_turns_in_thread, &began) == 0);
    take_turns(0, began);
}

static void fork_and_wait(void)
{
    int64_t began = clock_now();

    while (!is_over(began)) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(0);
        must(waitpid(pid, NULL, 0) == pid);
    }
}

static void spawn_and_wait(void)
{
    char name[] = "/bin/true";
    char *argv[] = { name, NULL };
    char *environment[] = { NULL };
    int64_t began = clock_now();

    while (!is_over(began)) {
        pid_t pid;

        must(posix_spawn(&pid, name, NULL, NULL, argv, environment) == 0);
        must(waitpid(pid, NULL, 0) == pid);
    }
}

/* Each process has a child and ends: whoever walks the tree may miss it on its
 * way to a new parent. The last one goes on. */
static void hop(void)
{
    int64_t began = clock_now();

    while (!is_over(began)) {
        pid_t pid = fork();

        must(pid >= 0);
        if (pid != 0)
            _exit(0);
    }
}

static void write_file(void)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR, S_IRUSR | S_IWUSR);
    int64_t began = clock_now();

    must(fd >= 0);
    while (!is_over(began))
        must(pwrite(fd, "x", 1, 0) == 1 && fsync(fd) == 0);
}

/* ---- never "for ever" before the answer of a child that will answer */

static const struct behaviour answering[] = {
    { .name = "sleep", .run = sleep_until },
    { .name = "poll", .run = poll_until },
    { .name = "ppoll", .run = ppoll_until },
    { .name = "select", .run = select_until },
    { .name = "epoll", .run = epoll_until },
    { .name = "SO_RCVTIMEO, recv", .run = receive_until },
    { .name = "SO_RCVTIMEO, accept", .run = accept_until },
    { .name = "SO_SNDTIMEO", .run = send_until },
    { .name = "timer in epoll", .run = epoll_timer },
    { .name = "timer read", .run = read_timer },
    { .name = "alarm handler", .run = pause_until_alarm },
    { .name = "sigwait for an alarm", .run = await_alarm },
    { .name = "signalfd for an alarm", .run = read_alarm },
    { .name = "POSIX timer, sigwaitinfo", .run = await_posix_timer },
    { .name = "POSIX timer, read", .run = read_until_posix_timer },
    { .name = "sigtimedwait", .run = await_signal_until },
    { .name = "condition variable", .run = condition_until },
    { .name = "sleep beside a thread", .run = sleep_beside_thread },
    { .name = "sleep in a child", .run = wait_for_sleeping_child },
    { .name = "spin", .run = spin_for_a_while },
    { .name = "processes in turn", .run = ping_pong },
    { .name = "threads in turn", .run = threads_in_turn },
    { .name = "fork and wait", .run = fork_and_wait },
    { .name = "spawn and wait", .run = spawn_and_wait },
    { .name = "hop from process to process", .run = hop },
    { .name = "write to a disk", .run = write_file },
};

static bool has_answered(int fd)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

    return poll(&poll_fd, 1, 0) > 0;
}

/* The look comes first: a child may answer and block between the two. */
static void watch_until_answer(pid_t root, int fd, const struct behaviour *b,
                               const struct sandbox_probe *probe)
{
    int64_t began = clock_now();

    for (;;) {
        struct quiescence q;

        quiescence_look(root, probe, &q);
        if (has_answered(fd))
            return;
        if (q.state == QUIESCENCE_FOREVER || q.state == QUIESCENCE_GONE)
            fail_msg("%s: state %u in %s before the answer", b->name, q.state,
                     q.call);
        assert_true(clock_now() - began < FAMILY_PATIENCE_US);
    }
}

static void watch_all(int times, const struct sandbox_probe *probe)
{
    static const size_t count = sizeof answering / sizeof *answering;

    nap = &short_time;
    for (size_t i = 0; i < count * (size_t)times; i++) {
        const struct behaviour *b = &answering[i % count];
        int fd[2];
        pid_t pid;

        assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
        answer_fd = fd[1];

        pid_t root = stage_begin(b, true, &pid);

        watch_until_answer(root, fd[0], b, probe);
        /* Only what was started here: others keep the processors busy. */
        struct descendants all = { 0 };

        assert_int_equal(descendants_list(&all, root, &complete), 0);
        kill(root, SIGKILL);
        descendants_signal(&all, SIGKILL);
        for (size_t j = 0; j <= all.count; j++)
            waitpid(j == 0 ? root : all.pid[j - 1], NULL, 0);
        descendants_free(&all);
        close(fd[0]);
        close(fd[1]);
    }
}

/* Forking costs much under the sanitizer, and a race gains nothing from it. */
#ifdef __SANITIZE_ADDRESS__
enum { TIMES = 4 };
#else
enum { TIMES = 20 };
#endif

static void test_never_before_the_answer(void **state)
{
    (void)state;
    watch_all(TIMES, &complete);
}

static void test_never_before_the_answer_with_less(void **state)
{
    (void)state;
    watch_all(2, &no_getfd);
    watch_all(2, &no_children);
    watch_all(2, &no_syscall);
}

static void spin_beside(void *data)
{
    (void)data;
    spin();
}

static void test_never_before_the_answer_under_load(void **state)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    (void)state;
    for (long i = 0; i < processors; i++)
        family_fork(spin_beside, NULL);
    watch_all(3, &complete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_never_before_the_answer, family_end),
        cmocka_unit_test_teardown(test_never_before_the_answer_with_less,
                                  family_end),
        cmocka_unit_test_teardown(test_never_before_the_answer_under_load,
                                  family_end),
    };

    family_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
