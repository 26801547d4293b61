#include "quiescence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "naps.h"

/* ---- not known */

static void epoll_idle_timer(void)
{
    wait_on_epoll(armed_timer(&(struct timespec){ 0 }), -1);
}

static void read_terminal(void)
{
    int main_side = posix_openpt(O_RDWR | O_NOCTTY);

    must(grantpt(main_side) == 0 && unlockpt(main_side) == 0);
    read_one(open(ptsname(main_side), O_RDWR | O_NOCTTY));
}

static void wait_on_ring(void)
{
    struct io_uring_params parameters = { 0 };
    long fd = syscall(SYS_io_uring_setup, 1, &parameters);

    must(fd >= 0);
    syscall(SYS_io_uring_enter, fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}

/* A request of a ring may end a wait on anything. */
static void read_beside_ring(void)
{
    struct io_uring_params parameters = { 0 };

    must(syscall(SYS_io_uring_setup, 1, &parameters) >= 0);
    read_pipe();
}

static void receive_inet(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    must(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    read_one(fd);
}

static void read_undumpable(void)
{
    prctl(PR_SET_DUMPABLE, 0L);
    read_pipe();
}

/* ---- busy */

static void *spin_in_thread(void *data)
{
    spin();
    return data;
}

static void spin_beside_thread(void)
{
    pthread_t thread;

    must(pthread_create(&thread, NULL, spin_in_thread, NULL) == 0);
    read_pipe();
}

static void spin_in_orphan(void)
{
    if (fork() == 0)
        spin();
    _exit(0);
}

static void end_at_once(void)
{
    _exit(0);
}

/* ---- tests */

static void test_timed(void **state)
{
    static const struct behaviour table[] = {
        { "sleep", sleep_until, QUIESCENCE_TIMED, "clock_nanosleep", NULL },
        { "poll", poll_until, QUIESCENCE_TIMED, NULL, NULL },
        { "ppoll", ppoll_until, QUIESCENCE_TIMED, "ppoll", NULL },
        { "select", select_until, QUIESCENCE_TIMED, "pselect6", NULL },
        { "epoll", epoll_until, QUIESCENCE_TIMED, NULL, NULL },
        { "SO_RCVTIMEO, recv", receive_until, QUIESCENCE_TIMED, "recvfrom",
          NULL },
        { "SO_RCVTIMEO, recvmmsg", receive_many_until, QUIESCENCE_TIMED,
          "recvmmsg", NULL },
        { "SO_RCVTIMEO, accept", accept_until, QUIESCENCE_TIMED, "accept",
          NULL },
        { "SO_SNDTIMEO", send_until, QUIESCENCE_TIMED, "sendto", NULL },
        { "timer in epoll", epoll_timer, QUIESCENCE_TIMED, NULL, NULL },
        { "timer read", read_timer, QUIESCENCE_TIMED, "read", NULL },
        { "alarm handler", pause_until_alarm, QUIESCENCE_TIMED, NULL, NULL },
        { "sigwait for an alarm", await_alarm, QUIESCENCE_TIMED,
          "rt_sigtimedwait", NULL },
        { "signalfd for an alarm", read_alarm, QUIESCENCE_TIMED, "read", NULL },
        { "POSIX timer, sigwaitinfo", await_posix_timer, QUIESCENCE_TIMED,
          "rt_sigtimedwait", NULL },
        { "POSIX timer, read", read_until_posix_timer, QUIESCENCE_TIMED, "read",
          NULL },
        { "sigtimedwait", await_signal_until, QUIESCENCE_TIMED,
          "rt_sigtimedwait", NULL },
        { "condition variable", condition_until, QUIESCENCE_TIMED, "futex",
          NULL },
        { "beside a thread", sleep_beside_thread, QUIESCENCE_TIMED,
          "clock_nanosleep", NULL },
        { "in a child", wait_for_sleeping_child, QUIESCENCE_TIMED, "wait4",
          NULL },
    };

    (void)state;
    PLAY(table);
}

/* A limit of more than any wait lasts. */
static void test_long(void **state)
{
    static const struct behaviour table[] = {
        { "poll", poll_until, QUIESCENCE_LONG, NULL, NULL },
        { "ppoll", ppoll_until, QUIESCENCE_LONG, "ppoll", NULL },
        { "select", select_until, QUIESCENCE_LONG, "pselect6", NULL },
        { "epoll", epoll_until, QUIESCENCE_LONG, NULL, NULL },
        { "SO_RCVTIMEO, recv", receive_until, QUIESCENCE_LONG, "recvfrom",
          NULL },
        { "SO_RCVTIMEO, accept", accept_until, QUIESCENCE_LONG, "accept",
          NULL },
        { "SO_SNDTIMEO", send_until, QUIESCENCE_LONG, "sendto", NULL },
        { "timer in epoll", epoll_timer, QUIESCENCE_LONG, NULL, NULL },
        { "sigtimedwait", await_signal_until, QUIESCENCE_LONG,
          "rt_sigtimedwait", NULL },
        { "condition variable", condition_until, QUIESCENCE_LONG, "futex",
          NULL },
        /* How far these are away does not show. */
        { "sleep", sleep_until, QUIESCENCE_TIMED, "clock_nanosleep", NULL },
        { "alarm handler", pause_until_alarm, QUIESCENCE_TIMED, NULL, NULL },
    };

    (void)state;
    nap = &beyond_time;
    PLAY(table);
    nap = &long_time;
}

static void test_dormant(void **state)
{
    static const struct behaviour table[] = {
        { "an idle timer, or one that is due", epoll_idle_timer,
          QUIESCENCE_DORMANT, NULL, NULL },
    };

    (void)state;
    PLAY(table);
}

static void test_unknown(void **state)
{
    static const struct behaviour table[] = {
        { "time-outs not readable", read_socket, QUIESCENCE_UNKNOWN, "read",
          &no_getfd },
        { "time-outs not readable, accept", accept_nobody, QUIESCENCE_UNKNOWN,
          "accept4", &no_getfd },
        { "a terminal", read_terminal, QUIESCENCE_UNKNOWN, "read", NULL },
        { "another family of sockets", receive_inet, QUIESCENCE_UNKNOWN, "read",
          NULL },
        { "calls not readable", read_pipe, QUIESCENCE_UNKNOWN, "",
          &no_syscall },
        { "calls not readable, sleeping", sleep_until, QUIESCENCE_UNKNOWN, "",
          &no_syscall },
    };
    static const struct behaviour pipe_without_getfd = {
        "a pipe has no time-outs", read_pipe, QUIESCENCE_FOREVER, "read",
        &no_getfd
    };

    (void)state;
    PLAY(table);
    play(&pipe_without_getfd, 1);
}

static void test_not_ours_to_read(void **state)
{
    const struct behaviour b = { "not dumpable", read_undumpable,
                                 QUIESCENCE_UNKNOWN, "", NULL };

    (void)state;
    if (geteuid() == 0) {
        print_message("skipped: root may read everything\n");
        skip();
    }
    play(&b, 1);
}

static void test_ring(void **state)
{
    static const struct behaviour table[] = {
        { "io_uring", wait_on_ring, QUIESCENCE_UNKNOWN, "io_uring_enter",
          NULL },
        { "beside an io_uring", read_beside_ring, QUIESCENCE_UNKNOWN, "read",
          NULL },
    };
    struct io_uring_params parameters = { 0 };
    long fd = syscall(SYS_io_uring_setup, 1, &parameters);

    (void)state;
    if (fd < 0) {
        print_message("skipped: this machine has no io_uring\n");
        skip();
    }
    close((int)fd);
    PLAY(table);
}

static void test_busy(void **state)
{
    static const struct behaviour table[] = {
        { "spin", spin, QUIESCENCE_BUSY, "", NULL },
        { "a thread spins", spin_beside_thread, QUIESCENCE_BUSY, NULL, NULL },
        { "an orphan spins", spin_in_orphan, QUIESCENCE_BUSY, "", NULL },
        { "calls not readable", spin, QUIESCENCE_BUSY, "", &no_syscall },
    };

    (void)state;
    PLAY(table);
}

static void test_gone(void **state)
{
    static const struct behaviour table[] = {
        { "ended", end_at_once, QUIESCENCE_GONE, "", NULL },
        { "ended, calls not readable", end_at_once, QUIESCENCE_GONE, "",
          &no_syscall },
        { "ended, walk of /proc", end_at_once, QUIESCENCE_GONE, "",
          &no_children },
    };

    (void)state;
    PLAY(table);
}

static void test_cpu_time(void **state)
{
    const struct behaviour busy = { "spin", spin, QUIESCENCE_BUSY, "", NULL };
    const struct behaviour idle = { "read", read_pipe, QUIESCENCE_FOREVER, "",
                                    NULL };
    const struct sandbox_probe *const probes[] = { &complete, &no_syscall };
    int64_t began = clock_now();
    struct quiescence q;
    pid_t pid;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        pid_t root = stage_begin(&busy, false, &pid);

        do {
            quiescence_look(root, probes[i], &q);
            assert_true(clock_now() - began < FAMILY_PATIENCE_US);
        } while (q.cpu_us < 50000);
        family_end(NULL);
        root = stage_begin(&idle, false, &pid);
        family_await(pid, 'S');
        quiescence_look(root, probes[i], &q);
        assert_in_range(q.cpu_us, 0, 50000);
        family_end(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_timed, family_end),
        cmocka_unit_test_teardown(test_long, family_end),
        cmocka_unit_test_teardown(test_dormant, family_end),
        cmocka_unit_test_teardown(test_unknown, family_end),
        cmocka_unit_test_teardown(test_not_ours_to_read, family_end),
        cmocka_unit_test_teardown(test_ring, family_end),
        cmocka_unit_test_teardown(test_busy, family_end),
        cmocka_unit_test_teardown(test_gone, family_end),
        cmocka_unit_test_teardown(test_cpu_time, family_end),
    };

    family_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
