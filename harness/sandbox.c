#include "sandbox.h"

#include "landlock.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
