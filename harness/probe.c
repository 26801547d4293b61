#include "sandbox.h"

#include "clock.h"
#include "landlock.h"
#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    /** Anybody but root, so that what is seen is what programs will see. */
    SOMEBODY = 65534,
    /** Far more than it takes; what takes longer is as good as missing. */
    PROBE_US = 5 * 1000 * 1000,
    /** Until a child that was just started waits in its first read. */
    WAITING_US = 1000 * 1000,
    TEXT = 256
};

/* Reads the beginning of a file as a string. False: nothing there. */
static bool read_text(char text[TEXT], const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, text, TEXT - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static bool lists_children(pid_t child)
{
    char path[64];
    char text[TEXT];
    char *end = text;
    long pid;

    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", getpid(),
                   getpid());
    if (!read_text(text, path))
        return false;
    do
        pid = strtol(end, &end, 10);
    while (pid != 0 && pid != child);
    return pid == child;
}

/* A child that waits in read(2) can be seen to do so. */
static bool shows_wait(pid_t child)
{
    const int64_t deadline = clock_now() + WAITING_US;
    char path[64];
    char text[TEXT];

    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", child, child);
    while (read_text(text, path)) {
        char *end = text;

        if (strtol(text, &end, 10) == SYS_read && end != text)
            return true;
        if (clock_now() > deadline)
            return false;
        (void)sched_yield();
    }
    return false;
}

/* The time it has run, which is 0 where the kernel does not keep it. */
static bool shows_run_time(pid_t child)
{
    char path[64];
    char text[TEXT];

    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", child,
                   child);
    return read_text(text, path) && strtoull(text, NULL, 10) > 0;
}

static bool shares_descriptor(pid_t child)
{
    int pidfd = pidfd_open(child, 0);
    int fd = -1;

    if (pidfd < 0)
        return false;
    fd = pidfd_getfd(pidfd, STDIN_FILENO, 0);
    close(pidfd);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static bool can_be_traced(pid_t child)
{
    /* More than the kernel ever fills in. */
    char info[TEXT];
    int status;
    bool seen;

    if (ptrace(PTRACE_SEIZE, child, NULL, NULL) < 0)
        return false;
    if (ptrace(PTRACE_INTERRUPT, child, NULL, NULL) < 0 ||
        waitpid(child, &status, __WALL) != child || !WIFSTOPPED(status))
        return false;
    seen = ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, info) > 0;
    return ptrace(PTRACE_DETACH, child, NULL, NULL) == 0 && seen;
}

static void look_at_child(struct sandbox_probe *probe)
{
    struct witness child;

    if (witness_start(&child) < 0)
        return;
    probe->proc_children = lists_children(child.pid);
    probe->proc_syscall = shows_wait(child.pid) && shows_run_time(child.pid);
    probe->pidfd_getfd = shares_descriptor(child.pid);
    probe->ptrace = can_be_traced(child.pid);
    witness_end(&child);
}

/* Limits the calling process for good, and finds out what that has changed. */
static bool scope_holds(int abi)
{
    const struct sandbox_probe promise = { .landlock_abi = abi,
                                           .signal_scope = true };
    struct witness outside;
    struct witness inside;
    bool holds;

    if (witness_start(&outside) < 0)
        return false;
    holds = witness_reaches(outside.pid) &&
            sandbox_scope_signals(&promise) == 0 &&
            !witness_reaches(outside.pid) && !witness_reaches(getppid());
    witness_end(&outside);
    if (!holds || witness_start(&inside) < 0)
        return false;
    holds = witness_reaches(inside.pid);
    witness_end(&inside);
    return holds;
}

static _Noreturn void wait_apart(int gate)
{
    char byte;

    _exit(read(gate, &byte, 1) == 0 && getpid() == 1 ? 0 : 1);
}

/* As programs are started: with no new privileges, and within a scope. */
static bool starts_apart(bool look)
{
    int gate[2];
    int status = 1;
    bool fine;
    pid_t pid;

    (void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
    if (pipe2(gate, O_CLOEXEC) < 0)
        return false;
    pid = sandbox_fork_apart();
    if (pid == 0) {
        close(gate[1]);
        wait_apart(gate[0]);
    }
    close(gate[0]);
    fine = pid > 0 && sandbox_map_apart(pid) == 0 && (!look || shows_wait(pid));
    close(gate[1]);
    if (pid > 0 && waitpid(pid, &status, 0) != pid)
        return false;
    return fine && status == 0;
}

static bool has_ended(pid_t child)
{
    return child > 0 && waitpid(child, NULL, __WALL) == child;
}

/* A number that has just become free is given to nobody else for long. */
static bool gives_numbers(void)
{
    pid_t first = fork();
    pid_t second;

    if (first == 0)
        _exit(0);
    if (!has_ended(first))
        return false;
    second = sandbox_fork(first);
    if (second == 0)
        _exit(getpid() == first ? 0 : 1);
    return has_ended(second) && second == first;
}

/* Process 1 is always there, and never the prober. */
static bool claims_credentials(void)
{
    const struct ucred other = { .pid = 1, .uid = SOMEBODY, .gid = SOMEBODY };
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof other)] = { 0 };
    struct cmsghdr *header;
    char byte = 0;
    struct iovec piece = { &byte, sizeof byte };
    struct msghdr message = { .msg_iov = &piece,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof control };
    int ends[2];
    bool sent;

    header = CMSG_FIRSTHDR(&message);
    if (header == NULL ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    *header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                .cmsg_type = SCM_CREDENTIALS,
                                .cmsg_len = CMSG_LEN(sizeof other) };
    memcpy(CMSG_DATA(header), &other, sizeof other);
    sent = sendmsg(ends[0], &message, MSG_NOSIGNAL) == sizeof byte;
    close(ends[0]);
    close(ends[1]);
    return sent;
}

/* What root alone may do, before it becomes somebody else. */
static void look_at_root(struct sandbox_probe *probe)
{
    if (geteuid() != 0)
        return;
    probe->numbers = gives_numbers();
    probe->claims = claims_credentials();
    probe->root = sandbox_become(SOMEBODY) == 0;
}

static _Noreturn void probe_all(int answer)
{
    struct sandbox_probe probe;

    /* All of it, for it is sent as bytes. */
    memset(&probe, 0, sizeof probe);
    (void)signal(SIGCHLD, SIG_DFL);
    look_at_root(&probe);
    /* A change of user forbids others of this user to look; a program that is
     * executed can be looked at again. */
    (void)prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
    (void)prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L);
    probe.landlock_abi = landlock_abi();
    look_at_child(&probe);
    probe.signal_scope = scope_holds(probe.landlock_abi);
    probe.pid_namespace = starts_apart(probe.proc_syscall);
    _exit(write(answer, &probe, sizeof probe) == sizeof probe ? 0 : 1);
}

/* Waits for the answer, which comes in one piece or not at all. */
static bool receive(struct sandbox_probe *probe, int fd)
{
    const int64_t deadline = clock_now() + PROBE_US;
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    struct sandbox_probe answer;
    int n;

    do {
        struct timespec left = clock_left(deadline);

        n = ppoll(&ready, 1, &left, NULL);
    } while (n < 0 && errno == EINTR);
    if (n != 1 || read(fd, &answer, sizeof answer) != sizeof answer)
        return false;
    *probe = answer;
    return true;
}

static void collect(pid_t child)
{
    pid_t pid;

    do
        pid = waitpid(child, NULL, 0);
    while (pid < 0 && errno == EINTR);
}

void sandbox_probe(struct sandbox_probe *probe)
{
    int ends[2];
    pid_t pid;

    *probe = (struct sandbox_probe){ .landlock_abi = 0 };
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    pid = fork();
    if (pid == 0)
        probe_all(ends[1]);
    close(ends[1]);
    if (pid > 0) {
        if (!receive(probe, ends[0]))
            (void)kill(pid, SIGKILL);
        collect(pid);
    }
    close(ends[0]);
}
