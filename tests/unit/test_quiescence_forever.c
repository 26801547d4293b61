#include "quiescence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "naps.h"

static void read_eventfd(void)
{
    uint64_t value;

    must(read(eventfd(0, 0), &value, sizeof value) > 0);
}

static void receive_record(void)
{
    struct msghdr message = { 0 };

    must(recvmsg(silent_socket(SOCK_SEQPACKET), &message, 0) >= 0);
}

/* By the name that its descriptor has: so nothing is left lying about. */
static void open_fifo(void)
{
    char directory[] = "/tmp/test_quiescence.XXXXXX";
    char path[64];
    int place;

    must(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/fifo", directory);
    must(mkfifo(path, 0600) == 0);
    place = open(path, O_PATH | O_CLOEXEC);
    unlink(path);
    rmdir(directory);
    snprintf(path, sizeof path, "/proc/self/fd/%d", place);
    must(open(path, O_RDONLY | O_CLOEXEC) >= 0);
}

static void epoll_for_ever(void)
{
    wait_on_epoll(silent_socket(SOCK_STREAM), -1);
}

static void poll_for_ever(void)
{
    struct pollfd fd = { .fd = silent_pipe(), .events = POLLIN };

    must(poll(&fd, 1, -1) > 0);
}

static void ppoll_for_ever(void)
{
    struct pollfd fd = { .fd = silent_pipe(), .events = POLLIN };

    must(ppoll(&fd, 1, NULL, NULL) > 0);
}

static void select_for_ever(void)
{
    int fd = silent_pipe();
    fd_set set;

    FD_ZERO(&set);
    FD_SET(fd, &set);
    must(select(fd + 1, &set, NULL, NULL, NULL) > 0);
}

static pthread_mutex_t mutex[2] = { PTHREAD_MUTEX_INITIALIZER,
                                    PTHREAD_MUTEX_INITIALIZER };
static pthread_barrier_t barrier;

static void lock_both(int first)
{
    pthread_mutex_lock(&mutex[first]);
    pthread_barrier_wait(&barrier);
    pthread_mutex_lock(&mutex[1 - first]);
}

static void *lock_other_way(void *data)
{
    lock_both(1);
    return data;
}

static void deadlock(void)
{
    pthread_t thread;

    must(pthread_barrier_init(&barrier, NULL, 2) == 0);
    must(pthread_create(&thread, NULL, lock_other_way, NULL) == 0);
    lock_both(0);
}

static void wait_for_blocked_child(void)
{
    pid_t pid = fork();

    if (pid == 0)
        read_pipe();
    must(waitpid(pid, NULL, 0) == pid);
}

static void write_full_pipe(void)
{
    int fd[2];

    must(pipe(fd) == 0);
    fill(fd[1]);
    must(write(fd[1], "", 1) == 1);
}

static void send_to_full_socket(void)
{
    int fd = silent_socket(SOCK_STREAM);

    fill(fd);
    must(send(fd, "", 1, MSG_NOSIGNAL) == 1);
}

static void connect_full_backlog(void)
{
    struct sockaddr_un address;
    socklen_t length = own_address(&address);

    silent_listener();
    for (;;)
        must(connect(socket(AF_UNIX, SOCK_STREAM, 0),
                     (struct sockaddr *)&address, length) == 0);
}

static void read_in_two_processes(void)
{
    int fd = silent_pipe();

    must(fork() >= 0);
    read_one(fd);
}

static void leave_orphan(void)
{
    if (fork() == 0)
        read_socket();
    _exit(0);
}

static void keep_zombie(void)
{
    if (fork() == 0)
        _exit(0);
    read_pipe();
}

static void wait_for_signal(void)
{
    sigset_t set;
    int number;

    hold_signal(SIGTERM, &set);
    must(sigwait(&set, &number) == 0);
}

static void suspend(void)
{
    sigset_t none;

    sigemptyset(&none);
    catch_signal(SIGUSR1);
    sigsuspend(&none);
}

static void read_signalfd(void)
{
    struct signalfd_siginfo info;
    sigset_t set;

    hold_signal(SIGTERM, &set);
    must(read(signalfd(-1, &set, 0), &info, sizeof info) > 0);
}

static void stop_in_timed_wait(void)
{
    armed_timer(&long_time);
    catch_signal(SIGALRM);
    raise(SIGSTOP);
}

static void *read_pipe_in_thread(void *data)
{
    read_pipe();
    return data;
}

static void leave_first_thread(void)
{
    pthread_t thread;

    must(pthread_create(&thread, NULL, read_pipe_in_thread, NULL) == 0);
    pthread_exit(NULL);
}

/* ---- tests */

static void test_for_ever(void **state)
{
    static const struct behaviour table[] = {
        { "read a socket", read_socket, QUIESCENCE_FOREVER, "read", NULL },
        { "read a pipe", read_pipe, QUIESCENCE_FOREVER, "read", NULL },
        { "read an eventfd", read_eventfd, QUIESCENCE_FOREVER, "read", NULL },
        { "receive a record", receive_record, QUIESCENCE_FOREVER, "recvmsg",
          NULL },
        { "open a FIFO", open_fifo, QUIESCENCE_FOREVER, "openat", NULL },
        { "accept", accept_nobody, QUIESCENCE_FOREVER, "accept4", NULL },
        { "epoll", epoll_for_ever, QUIESCENCE_FOREVER, NULL, NULL },
        { "poll", poll_for_ever, QUIESCENCE_FOREVER, NULL, NULL },
        { "ppoll", ppoll_for_ever, QUIESCENCE_FOREVER, "ppoll", NULL },
        { "select", select_for_ever, QUIESCENCE_FOREVER, "pselect6", NULL },
        { "deadlock", deadlock, QUIESCENCE_FOREVER, "futex", NULL },
        { "wait for a blocked child", wait_for_blocked_child,
          QUIESCENCE_FOREVER, "wait4", NULL },
        { "write to a full pipe", write_full_pipe, QUIESCENCE_FOREVER, "write",
          NULL },
        { "send to a full socket", send_to_full_socket, QUIESCENCE_FOREVER,
          "sendto", NULL },
        { "connect to a full backlog", connect_full_backlog, QUIESCENCE_FOREVER,
          "connect", NULL },
        { "two processes", read_in_two_processes, QUIESCENCE_FOREVER, "read",
          NULL },
        { "an orphan", leave_orphan, QUIESCENCE_FOREVER, "read", NULL },
        { "a zombie", keep_zombie, QUIESCENCE_FOREVER, "read", NULL },
        { "sigwait", wait_for_signal, QUIESCENCE_FOREVER, "rt_sigtimedwait",
          NULL },
        { "sigsuspend", suspend, QUIESCENCE_FOREVER, "rt_sigsuspend", NULL },
        { "pause", block, QUIESCENCE_FOREVER, NULL, NULL },
        { "read a signalfd", read_signalfd, QUIESCENCE_FOREVER, "read", NULL },
        { "stopped, with timers", stop_in_timed_wait, QUIESCENCE_FOREVER, "",
          NULL },
        { "without its first thread", leave_first_thread, QUIESCENCE_FOREVER,
          "read", NULL },
        { "walk of /proc", leave_orphan, QUIESCENCE_FOREVER, "read",
          &no_children },
    };

    (void)state;
    PLAY(table);
}

static void poll_for_long(void)
{
    must(poll(NULL, 0, 1000 * 1000) == 0);
}

static void poll_for_a_while(void)
{
    must(poll(NULL, 0, 40 * 1000) == 0);
}

/* A stopped program does nothing for ever. Continued, it goes on in
 * restart_syscall, which shows of poll only what it waits for, and until when.
 */
static void test_stopped_and_continued(void **state)
{
    static const struct behaviour table[] = {
        { "poll", poll_for_ever, QUIESCENCE_FOREVER, "poll", NULL },
        { "poll, long", poll_for_long, QUIESCENCE_LONG, "poll", NULL },
        { "poll, short", poll_for_a_while, QUIESCENCE_TIMED, "poll", NULL },
        { "sleep", sleep_until, QUIESCENCE_TIMED, NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct behaviour b = table[i];
        pid_t pid;
        pid_t root = stage_begin(&b, false, &pid);

        settle(root, &b);
        kill(pid, SIGSTOP);
        family_await(pid, 'T');
        b.state = QUIESCENCE_FOREVER;
        b.call = "";
        settle(root, &b);
        kill(pid, SIGCONT);
        settle(root, &table[i]);
    }
}

static void test_stopped_while_busy(void **state)
{
    struct behaviour b = { "spin", spin, QUIESCENCE_BUSY, "", NULL };
    pid_t pid;

    (void)state;
    pid_t root = stage_begin(&b, false, &pid);

    settle(root, &b);
    kill(pid, SIGSTOP);
    family_await(pid, 'T');
    b.state = QUIESCENCE_FOREVER;
    settle(root, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_for_ever, family_end),
        cmocka_unit_test_teardown(test_stopped_and_continued, family_end),
        cmocka_unit_test_teardown(test_stopped_while_busy, family_end),
    };

    family_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
