#include "landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As of ABI 6. Debian 12's header ends before `scoped`. */
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

enum { ASK_VERSION = 1 << 0, SCOPE_SIGNAL = 1 << 1 };

int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
                       (unsigned)ASK_VERSION);

    return abi > 0 ? (int)abi : 0;
}

int landlock_scope_signals(void)
{
    const struct ruleset ruleset = { .scoped = SCOPE_SIGNAL };
    int fd =
        (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0U);
    int result;
    int saved;

    if (fd < 0)
        return -1;
    result = (int)syscall(SYS_landlock_restrict_self, fd, 0U);
    saved = errno;
    close(fd);
    errno = saved;
    return result;
}
