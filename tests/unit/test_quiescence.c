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
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>

#include "family.h"

/* Everything that this kit asks of a kernel, and less of it. */
static const struct sandbox_probe complete = { .pidfd_getfd = true,
                                               .proc_children = true,
                                               .proc_syscall = true };
static const struct sandbox_probe no_getfd = { .proc_children = true,
                                               .proc_syscall = true };
static const struct sandbox_probe no_children = { .pidfd_getfd = true,
                                                  .proc_syscall = true };
static const struct sandbox_probe no_syscall = { .pidfd_getfd = true,
                                                 .proc_children = true };

enum { LONG_S = 1000, SHORT_MS = 12 };

static const struct timespec long_time = { .tv_sec = LONG_S };
static const struct timespec short_time = { .tv_nsec = SHORT_MS * 1000000L };

/* Where a child that wakes by itself says so. */
static int answer_fd = -1;

static void answer(void)
{
    if (write(answer_fd, "!", 1) != 1)
        _exit(1);
}

static void must(bool fine)
{
    if (!fine)
        _exit(3);
}

static void block(void)
{
    for (;;)
        pause();
}

static void spin(void)
{
    for (;;)
        continue;
}

/* ---- things to wait on; nobody else has the other ends */

static int silent_pipe(void)
{
    int fd[2];

    must(pipe(fd) == 0);
    return fd[0];
}

static int silent_socket(int type)
{
    int fd[2];

    must(socketpair(AF_UNIX, type, 0, fd) == 0);
    return fd[0];
}

/* An address of the calling process's own, in the abstract space. */
static socklen_t own_address(struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int length = snprintf(address->sun_path + 1, 64, "quiescence-%d", getpid());

    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       (size_t)length);
}

static int silent_listener(void)
{
    struct sockaddr_un address;
    socklen_t length = own_address(&address);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    must(bind(fd, (struct sockaddr *)&address, length) == 0);
    must(listen(fd, 0) == 0);
    return fd;
}

static void set_timeout(int fd, int option, bool is_long)
{
    const struct timeval timeout = { .tv_sec = is_long ? LONG_S : 0,
                                     .tv_usec = is_long ? 0 : SHORT_MS * 1000 };

    must(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout) == 0);
}

static void fill(int fd)
{
    static const char bytes[65536];
    int flags = fcntl(fd, F_GETFL);

    must(fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
    while (write(fd, bytes, sizeof bytes) > 0)
        continue;
    while (write(fd, bytes, 1) > 0)
        continue;
    must(fcntl(fd, F_SETFL, flags) == 0);
}

static void hold_signal(int number, sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, number);
    must(sigprocmask(SIG_BLOCK, set, NULL) == 0);
}

static int armed_timer(const struct timespec *time)
{
    const struct itimerspec spec = { .it_value = *time };
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);

    must(timerfd_settime(fd, 0, &spec, NULL) == 0);
    return fd;
}

static void arm_alarm(bool is_long)
{
    const struct itimerval timer = {
        .it_value = { .tv_sec = is_long ? LONG_S : 0,
                      .tv_usec = is_long ? 0 : SHORT_MS * 1000 }
    };

    must(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void arm_posix_timer(int number, const struct timespec *time)
{
    const struct itimerspec spec = { .it_value = *time };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = number };
    timer_t timer;

    must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    must(timer_settime(timer, 0, &spec, NULL) == 0);
}

static void ignore_call(int number)
{
    (void)number;
}

static void catch_signal(int number)
{
    must(sigaction(number, &(struct sigaction){ .sa_handler = ignore_call },
                   NULL) == 0);
}

static void wait_on_epoll(int fd, int milliseconds)
{
    struct epoll_event event = { .events = EPOLLIN };
    int epoll = epoll_create1(0);

    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    must(epoll_wait(epoll, &event, 1, milliseconds) >= 0);
}

static void read_one(int fd)
{
    char byte;

    must(read(fd, &byte, 1) >= 0);
}

/* ---- for ever */

static void read_socket(void)
{
    read_one(silent_socket(SOCK_STREAM));
}

static void read_pipe(void)
{
    read_one(silent_pipe());
}

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

static void accept_nobody(void)
{
    must(accept4(silent_listener(), NULL, NULL, SOCK_CLOEXEC) >= 0);
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

/* ---- until a time; `time` is long where nothing is to happen */

static const struct timespec *nap = &long_time;

static bool is_long(void)
{
    return nap == &long_time;
}

static int nap_ms(void)
{
    return is_long() ? LONG_S * 1000 : SHORT_MS;
}

static void sleep_until(void)
{
    clock_nanosleep(CLOCK_MONOTONIC, 0, nap, NULL);
}

static void poll_until(void)
{
    poll(NULL, 0, nap_ms());
}

static void ppoll_until(void)
{
    ppoll(NULL, 0, nap, NULL);
}

static void select_until(void)
{
    pselect(0, NULL, NULL, NULL, nap, NULL);
}

static void epoll_until(void)
{
    wait_on_epoll(silent_pipe(), nap_ms());
}

static void receive_until(void)
{
    char byte;
    int fd = silent_socket(SOCK_STREAM);

    set_timeout(fd, SO_RCVTIMEO, is_long());
    recv(fd, &byte, 1, 0);
}

static void receive_many_until(void)
{
    struct timespec time = *nap;
    struct mmsghdr message = { 0 };
    int fd = silent_socket(SOCK_DGRAM);

    set_timeout(fd, SO_RCVTIMEO, is_long());
    recvmmsg(fd, &message, 1, 0, &time);
}

static void accept_until(void)
{
    int fd = silent_listener();

    set_timeout(fd, SO_RCVTIMEO, is_long());
    accept(fd, NULL, NULL);
}

static void send_until(void)
{
    int fd = silent_socket(SOCK_STREAM);

    fill(fd);
    set_timeout(fd, SO_SNDTIMEO, is_long());
    send(fd, "", 1, MSG_NOSIGNAL);
}

static void epoll_timer(void)
{
    wait_on_epoll(armed_timer(nap), -1);
}

static void read_timer(void)
{
    uint64_t value;

    must(read(armed_timer(nap), &value, sizeof value) > 0);
}

static void pause_until_alarm(void)
{
    catch_signal(SIGALRM);
    arm_alarm(is_long());
    pause();
}

static void await_alarm(void)
{
    sigset_t set;
    int number;

    hold_signal(SIGALRM, &set);
    arm_alarm(is_long());
    must(sigwait(&set, &number) == 0);
}

static void read_alarm(void)
{
    struct signalfd_siginfo info;
    sigset_t set;

    hold_signal(SIGALRM, &set);
    int fd = signalfd(-1, &set, 0);

    arm_alarm(is_long());
    must(read(fd, &info, sizeof info) > 0);
}

static void await_posix_timer(void)
{
    sigset_t set;

    hold_signal(SIGRTMIN, &set);
    arm_posix_timer(SIGRTMIN, nap);
    must(sigwaitinfo(&set, NULL) > 0);
}

static void read_until_posix_timer(void)
{
    char byte;

    catch_signal(SIGUSR1);
    arm_posix_timer(SIGUSR1, nap);
    must(read(silent_pipe(), &byte, 1) < 0);
}

static void await_signal_until(void)
{
    sigset_t set;

    hold_signal(SIGTERM, &set);
    sigtimedwait(&set, NULL, nap);
}

static void condition_until(void)
{
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += nap->tv_sec;
    time.tv_nsec += nap->tv_nsec;
    if (time.tv_nsec >= 1000000000L) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&mutex[0]);
    pthread_cond_clockwait(&condition, &mutex[0], CLOCK_MONOTONIC, &time);
}

static void *pause_in_thread(void *data)
{
    block();
    return data;
}

static void sleep_beside_thread(void)
{
    pthread_t thread;

    must(pthread_create(&thread, NULL, pause_in_thread, NULL) == 0);
    sleep_until();
}

static void wait_for_sleeping_child(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        sleep_until();
        _exit(0);
    }
    must(waitpid(pid, NULL, 0) == pid);
}

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

static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void take_turns(int own, int64_t began)
{
    pthread_mutex_lock(&mutex[0]);
    while (!is_over(began)) {
        while (turn != own)
            pthread_cond_wait(&turn_changed, &mutex[0]);
        turn = 1 - own;
        pthread_cond_signal(&turn_changed);
    }
    turn = 1 - own;
    pthread_cond_signal(&turn_changed);
    pthread_mutex_unlock(&mutex[0]);
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

/* ---- playing them */

struct behaviour {
    const char *name;
    void (*run)(void);
    enum quiescence_state state;
    const char *call;
    const struct sandbox_probe *probe;
};

/* The process under look is a child of a subreaper, as a program is of its
 * case. `data` is the behaviour and a pipe to say that it has begun. */
struct stage {
    const struct behaviour *behaviour;
    int begun;
    bool answers;
};

static void stage_run(void *data)
{
    const struct stage *s = data;

    prctl(PR_SET_CHILD_SUBREAPER, 1L);
    pid_t pid = fork();

    if (pid == 0) {
        s->behaviour->run();
        if (!s->answers)
            _exit(4);
        answer();
        block();
    }
    must(pid > 0 && write(s->begun, &pid, sizeof pid) == sizeof pid);
    block();
}

/* Returns the subreaper, and the program in `pid`. */
static pid_t stage_begin(const struct behaviour *b, bool answers, pid_t *pid)
{
    int fd[2];

    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);

    struct stage stage = { .behaviour = b, .begun = fd[1], .answers = answers };
    pid_t root = family_fork(stage_run, &stage);

    assert_int_equal(read(fd[0], pid, sizeof *pid), sizeof *pid);
    close(fd[0]);
    close(fd[1]);
    return root;
}

static enum quiescence_state look(pid_t root, const struct behaviour *b)
{
    struct quiescence q;

    quiescence_look(root, b->probe != NULL ? b->probe : &complete, &q);
    if (q.state == b->state && b->call != NULL)
        assert_string_equal(q.call, b->call);
    return q.state;
}

/* Looks until the state is as it should be, and a while longer. It must not be
 * "for ever" before, where it is not to be that in the end. */
static void settle(pid_t root, const struct behaviour *b)
{
    enum { AFTERWARDS = 30 };
    int64_t began = clock_now();
    enum quiescence_state state;

    while ((state = look(root, b)) != b->state) {
        if (state == QUIESCENCE_FOREVER ||
            clock_now() - began > FAMILY_PATIENCE_US)
            fail_msg("%s: state %u, not %u", b->name, state, b->state);
        sched_yield();
    }
    for (int i = 0; i < AFTERWARDS; i++) {
        state = look(root, b);
        if (state != b->state)
            fail_msg("%s: state %u after %u", b->name, state, b->state);
    }
}

static void play(const struct behaviour *b, size_t count)
{
    nap = &long_time;
    for (size_t i = 0; i < count; i++) {
        pid_t pid;

        settle(stage_begin(&b[i], false, &pid), &b[i]);
        family_end(NULL);
    }
}

#define PLAY(table) play(table, sizeof(table) / sizeof *(table))

static void test_for_ever(void **state)
{
    static const struct behaviour table[] = {
        { "read a socket", read_socket, QUIESCENCE_FOREVER, "read", NULL },
        { "read a pipe", read_pipe, QUIESCENCE_FOREVER, "read", NULL },
        { "read an eventfd", read_eventfd, QUIESCENCE_FOREVER, "read", NULL },
        { "receive a record", receive_record, QUIESCENCE_FOREVER, "recvmsg",
          NULL },
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

static void test_unknown(void **state)
{
    static const struct behaviour table[] = {
        { "time-outs not readable", read_socket, QUIESCENCE_UNKNOWN, "read",
          &no_getfd },
        { "time-outs not readable, accept", accept_nobody, QUIESCENCE_UNKNOWN,
          "accept4", &no_getfd },
        { "an idle timer, or one that is due", epoll_idle_timer,
          QUIESCENCE_UNKNOWN, NULL, NULL },
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

/* A stopped program does nothing for ever. Continued, poll goes on in
 * restart_syscall, whose time limit nothing shows. */
static void test_stopped_and_continued(void **state)
{
    struct behaviour b = { "poll", poll_for_ever, QUIESCENCE_FOREVER, NULL,
                           NULL };
    pid_t pid;

    (void)state;
    pid_t root = stage_begin(&b, false, &pid);

    settle(root, &b);
    kill(pid, SIGSTOP);
    family_await(pid, 'T');
    b.call = "";
    settle(root, &b);
    kill(pid, SIGCONT);
    b.call = "restart_syscall";
    b.state = QUIESCENCE_TIMED;
    settle(root, &b);
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
        cmocka_unit_test_teardown(test_for_ever, family_end),
        cmocka_unit_test_teardown(test_timed, family_end),
        cmocka_unit_test_teardown(test_unknown, family_end),
        cmocka_unit_test_teardown(test_not_ours_to_read, family_end),
        cmocka_unit_test_teardown(test_ring, family_end),
        cmocka_unit_test_teardown(test_busy, family_end),
        cmocka_unit_test_teardown(test_gone, family_end),
        cmocka_unit_test_teardown(test_stopped_and_continued, family_end),
        cmocka_unit_test_teardown(test_stopped_while_busy, family_end),
        cmocka_unit_test_teardown(test_cpu_time, family_end),
        cmocka_unit_test_teardown(test_never_before_the_answer, family_end),
        cmocka_unit_test_teardown(test_never_before_the_answer_with_less,
                                  family_end),
        cmocka_unit_test_teardown(test_never_before_the_answer_under_load,
                                  family_end),
    };

    family_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
