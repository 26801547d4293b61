#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "procfs.h"

/** The pipes between a program that is being started and its starter. */
enum {
    PIPE_STDIN,
    PIPE_STDOUT,
    PIPE_STDERR,
    /** Brings the errno of a failed exec; closed by one that succeeds. */
    PIPE_REPORT,
    /** Holds the child back until it is closed. */
    PIPE_GATE,
    PIPES
};

enum { READ_END, WRITE_END };

/** A program being started. */
struct launch {
    const struct program_spec *spec;
    char **environment;
    char *home;
    char *tmpdir;
    int pipe[PIPES][2];
    pid_t parent;
};

static void fd_close(int *fd)
{
    int kept = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = kept;
}

/** Out of the way of 0, 1 and 2, should the harness have them closed. */
static int fd_raise(int *fd)
{
    if (*fd > STDERR_FILENO)
        return 0;

    int raised = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    if (raised < 0)
        return -1;
    close(*fd);
    *fd = raised;
    return 0;
}

static int pipes_open(struct launch *l)
{
    for (int i = 0; i < PIPES; i++)
        if (pipe2(l->pipe[i], O_CLOEXEC) < 0 ||
            fd_raise(&l->pipe[i][READ_END]) < 0 ||
            fd_raise(&l->pipe[i][WRITE_END]) < 0)
            return -1;
    return 0;
}

static void pipes_close(struct launch *l)
{
    for (int i = 0; i < PIPES; i++) {
        fd_close(&l->pipe[i][READ_END]);
        fd_close(&l->pipe[i][WRITE_END]);
    }
}

/** PATH, LANG, HOME and TMPDIR, then what the specification adds. */
static int environment_make(struct launch *l)
{
    static char path[] = "PATH=/usr/bin:/bin";
    static char language[] = "LANG=C.UTF-8";
    char *const *more = l->spec->environment;
    size_t count = 0;

    while (more != NULL && more[count] != NULL)
        count++;
    l->environment = calloc(count + 5, sizeof *l->environment);
    if (l->environment == NULL)
        return -1;
    l->environment[0] = path;
    l->environment[1] = language;
    if (asprintf(&l->home, "HOME=%s", l->spec->directory) < 0) {
        l->home = NULL;
        return -1;
    }
    if (asprintf(&l->tmpdir, "TMPDIR=%s", l->spec->directory) < 0) {
        l->tmpdir = NULL;
        return -1;
    }
    l->environment[2] = l->home;
    l->environment[3] = l->tmpdir;
    for (size_t i = 0; i < count; i++)
        l->environment[4 + i] = more[i];
    return 0;
}

static void environment_free(struct launch *l)
{
    free(l->environment);
    free(l->home);
    free(l->tmpdir);
}

/* ---- in the child */

static int child_fd(long number, void *context)
{
    (void)context;
    if (number > STDERR_FILENO)
        fcntl((int)number, F_SETFD, FD_CLOEXEC);
    return 0;
}

/** Close-on-exec rather than closed: the report must outlive this. Kernels
 *  before 5.11 do not know the flag. */
static int child_descriptors(const struct launch *l)
{
    static const int end[] = { READ_END, WRITE_END, WRITE_END };

    for (int i = l->spec->no_input ? STDOUT_FILENO : STDIN_FILENO;
         i <= STDERR_FILENO; i++)
        if (dup2(l->pipe[PIPE_STDIN + i][end[i]], i) < 0)
            return -1;
    if (l->spec->no_input)
        close(STDIN_FILENO);
    if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return 0;
    return procfs_numbers("/proc/self/fd", child_fd, NULL);
}

/** By the kernel's own call: the C library keeps two signals (32 and 33) to
 *  itself, and these may be ignored too where a parent has it so, as make does.
 *  All zero is the default action, in whatever order the fields come. */
static int child_signals(const struct launch *l)
{
    const unsigned long standard[8] = { 0 };
    sigset_t none;

    (void)l;
    for (int signal = 1; signal < NSIG; signal++)
        syscall(SYS_rt_sigaction, signal, standard, NULL,
                (size_t)(NSIG - 1) / 8);
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

/** Whether anybody but this process can still read the report. From within a
 *  pid namespace a parent outside has no number, dead or alive. */
static bool is_heard(const struct launch *l)
{
    struct pollfd report = { .fd = l->pipe[PIPE_REPORT][WRITE_END] };

    close(l->pipe[PIPE_REPORT][READ_END]);
    return poll(&report, 1, 0) == 0;
}

/** A process group of its own, and no life beyond the case's. */
static int child_belonging(const struct launch *l)
{
    if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -1;
    if (l->spec->apart ? is_heard(l) : getppid() == l->parent)
        return 0;
    errno = ESRCH;
    return -1;
}

static int child_surroundings(const struct launch *l)
{
    umask(l->spec->umask != NULL ? *l->spec->umask : PROGRAM_UMASK);
    return chdir(l->spec->directory);
}

/** The scope first: it needs a descriptor, which the limits may forbid. */
static int child_bounds(const struct launch *l)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0 ||
        sandbox_scope_signals(l->spec->probe) < 0)
        return -1;
    return sandbox_limit(&l->spec->limits);
}

/** The starter opens the gate by closing it, tracing or not. */
static int child_gate(const struct launch *l)
{
    char nothing;

    close(l->pipe[PIPE_GATE][WRITE_END]);
    return read(l->pipe[PIPE_GATE][READ_END], &nothing, 1) < 0 ? -1 : 0;
}

static _Noreturn void child_run(const struct launch *l)
{
    static int (*const steps[])(const struct launch *) = {
        child_gate,         child_belonging,   child_signals,
        child_surroundings, child_descriptors, child_bounds,
    };
    size_t done = 0;

    while (done < sizeof steps / sizeof *steps && steps[done](l) == 0)
        done++;
    if (done == sizeof steps / sizeof *steps)
        execve(l->spec->argv[0], l->spec->argv, l->environment);

    int error = errno;

    if (write(l->pipe[PIPE_REPORT][WRITE_END], &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

/* ---- starting */

/** Runs a traced child up to its exec, where it stands still; or to its end,
 *  where the exec fails: it is left to be waited for. */
static int await_traced(pid_t pid)
{
    const int events = WSTOPPED | __WALL;

    for (;;) {
        siginfo_t info;

        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | events) < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
            return 0;
        waitid(P_PID, (id_t)pid, &info, events);
        if (info.si_status == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
            return 0;
        ptrace(PTRACE_CONT, pid, NULL, (long)(info.si_status & 0x7f));
    }
}

/** 0 where the exec has happened; else -1 and its errno. */
static int await_exec(int report)
{
    int error = 0;
    ssize_t length;

    do
        length = read(report, &error, sizeof error);
    while (length < 0 && errno == EINTR);
    if (length == 0)
        return 0;
    if (length == sizeof error)
        errno = error;
    return -1;
}

/** Lets the child go on to its exec, and waits for that. */
static int launch_release(struct launch *l, pid_t pid)
{
    if (l->spec->traced &&
        ptrace(PTRACE_SEIZE, pid, NULL,
               (long)(PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) < 0)
        return -1;
    if (l->spec->apart && sandbox_map_apart(pid) < 0)
        return -1;
    for (int i = 0; i < PIPES; i++)
        fd_close(&l->pipe[i][i == PIPE_STDIN || i == PIPE_GATE ? READ_END
                                                               : WRITE_END]);
    fd_close(&l->pipe[PIPE_GATE][WRITE_END]);
    if (l->spec->traced && await_traced(pid) < 0)
        return -1;
    return await_exec(l->pipe[PIPE_REPORT][READ_END]);
}

/** Our ends only: the program's are other open file descriptions. */
static int ends_take(struct launch *l, struct launch_ends *ends)
{
    int *const taken[] = { &l->pipe[PIPE_STDIN][WRITE_END],
                           &l->pipe[PIPE_STDOUT][READ_END],
                           &l->pipe[PIPE_STDERR][READ_END] };

    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (fcntl(*taken[i], F_SETFL, O_NONBLOCK) < 0)
            return -1;
    ends->in = *taken[0];
    ends->out = *taken[1];
    ends->err = *taken[2];
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        *taken[i] = -1;
    return 0;
}

static pid_t fork_as_asked(const struct launch *l)
{
    return l->spec->apart ? sandbox_fork_apart() : fork();
}

/** A warden keeps itself from being dumped, and so from being traced, and its
 *  files in /proc from being written; a child has that from it until its exec,
 *  and both are to be done before. */
static pid_t fork_open(const struct launch *l)
{
    int dumpable = prctl(PR_GET_DUMPABLE);
    pid_t pid;

    if ((!l->spec->traced && !l->spec->apart) || dumpable == 1)
        return fork_as_asked(l);
    prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
    pid = fork_as_asked(l);
    if (pid != 0)
        prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
    return pid;
}

static pid_t launch_fork(struct launch *l, struct launch_ends *ends)
{
    pid_t pid = fork_open(l);

    if (pid == 0)
        child_run(l);
    if (pid < 0)
        return -1;
    if (launch_release(l, pid) == 0 && ends_take(l, ends) == 0)
        return pid;

    int kept = errno;

    pid_t ended;

    kill(pid, SIGKILL);
    do
        ended = waitpid(pid, NULL, __WALL);
    while (ended < 0 && errno == EINTR);
    errno = kept;
    return -1;
}

pid_t launch_program(const struct program_spec *spec, struct launch_ends *ends)
{
    struct launch l = { .spec = spec, .parent = getpid() };
    pid_t pid = -1;

    for (int i = 0; i < PIPES; i++)
        l.pipe[i][READ_END] = l.pipe[i][WRITE_END] = -1;
    if (environment_make(&l) == 0 && pipes_open(&l) == 0)
        pid = launch_fork(&l, ends);

    int kept = errno;

    pipes_close(&l);
    environment_free(&l);
    errno = kept;
    return pid;
}
