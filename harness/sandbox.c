#include "sandbox.h"

#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum sandbox_kill sandbox_kill_rung(const struct sandbox_probe *probe)
{
    if (probe->signal_scope)
        return SANDBOX_KILL_SCOPE;
    return probe->root ? SANDBOX_KILL_USER : SANDBOX_KILL_SWEEP;
}

const char *sandbox_kill_name(enum sandbox_kill rung)
{
    static const char *const names[] = {
        [SANDBOX_KILL_SCOPE] = "landlock scope",
        [SANDBOX_KILL_USER] = "user",
        [SANDBOX_KILL_SWEEP] = "sweep",
    };

    return names[rung];
}

int sandbox_missing(const struct sandbox_probe *probe, struct bytes *out)
{
    const struct {
        const char *what;
        bool present;
    } means[] = {
        { "signal scope", probe->signal_scope },
        { "separate user", probe->root },
        { "file confinement", false },
        { "system call filter", false },
        { "network confinement", false },
        { "tracing", probe->ptrace },
        { "reading of waiting processes", probe->proc_syscall },
        { "reading of socket time-outs", probe->pidfd_getfd },
    };
    size_t before = out->length;

    for (size_t n = 0; n < sizeof means / sizeof *means; n++)
        if (!means[n].present &&
            bytes_printf(out, "%s%s", out->length > before ? ", " : "",
                         means[n].what) < 0)
            return -1;
    return 0;
}

int sandbox_become(uid_t user)
{
    if (setgroups(0, NULL) < 0 || setresgid(user, user, user) < 0 ||
        setresuid(user, user, user) < 0)
        return -1;
    /* Capabilities that outlive the change would make it worth nothing. */
    if (setresuid(0, 0, 0) == 0) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

pid_t sandbox_fork(pid_t number)
{
    struct clone_args arguments = { .exit_signal = SIGCHLD };

    if (number == 0)
        return fork();
    arguments.set_tid = (uint64_t)(uintptr_t)&number;
    arguments.set_tid_size = 1;
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

int sandbox_scope_signals(const struct sandbox_probe *probe)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
        return -1;
    if (!probe->signal_scope)
        return 0;
    if (probe->landlock_abi < LANDLOCK_ABI_SIGNAL_SCOPE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return landlock_scope_signals();
}

pid_t sandbox_fork_apart(void)
{
    const unsigned long flags = CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD;

    return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

/* These files take one write each. */
static int write_proc(pid_t pid, const char *name, const char *text)
{
    char path[64];
    ssize_t n;
    int saved;
    int fd;

    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    n = write(fd, text, strlen(text));
    saved = errno;
    close(fd);
    errno = saved;
    return n < 0 ? -1 : 0;
}

int sandbox_map_apart(pid_t child)
{
    char user[64];
    char group[64];

    (void)snprintf(user, sizeof user, "%u %u 1", geteuid(), geteuid());
    (void)snprintf(group, sizeof group, "%u %u 1", getegid(), getegid());
    /* Without the second, nobody but root may write the third. */
    if (write_proc(child, "uid_map", user) < 0 ||
        write_proc(child, "setgroups", "deny") < 0)
        return -1;
    return write_proc(child, "gid_map", group);
}

static rlim_t least(rlim_t a, rlim_t b)
{
    return a < b ? a : b;
}

/* What is lower already stays: an ordinary user could not raise it. */
static int lower(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) < 0)
        return -1;
    limit.rlim_max = least(limit.rlim_max, hard);
    limit.rlim_cur = least(limit.rlim_max, soft);
    return setrlimit(resource, &limit);
}

int sandbox_limit(const struct sandbox_limits *limits)
{
    const rlim_t cpu = limits->cpu_seconds;

    if (lower(RLIMIT_CORE, 0, 0) < 0)
        return -1;
    if (cpu > 0 && lower(RLIMIT_CPU, cpu, cpu + 1) < 0)
        return -1;
    if (limits->file_size > 0 &&
        lower(RLIMIT_FSIZE, limits->file_size, limits->file_size) < 0)
        return -1;
    if (limits->descriptors > 0 &&
        lower(RLIMIT_NOFILE, limits->descriptors, limits->descriptors) < 0)
        return -1;
    return 0;
}
