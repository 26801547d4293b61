#include "users.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool owns_process(uid_t uid)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    bool owns = false;

    /* Without /proc nothing is known, so the user is not taken. */
    if (!proc)
        return true;
    while (!owns && (entry = readdir(proc)) != NULL) {
        struct stat stat;

        if (isdigit((unsigned char)entry->d_name[0]) &&
            fstatat(dirfd(proc), entry->d_name, &stat, 0) == 0)
            owns = stat.st_uid == uid;
    }
    closedir(proc);
    return owns;
}

static int hold_address(uid_t uid)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1,
                          "sockdojo-user-%u", uid);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                                 (size_t)length);

    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, size) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int users_lock(struct users_lock *lock, uid_t from)
{
    for (uid_t uid = from; uid <= USERS_LAST; uid++) {
        int fd = hold_address(uid);

        if (fd < 0)
            continue;
        /* Looked at only once it is ours: another run may just be ending. */
        if (!owns_process(uid)) {
            *lock = (struct users_lock){ .uid = uid, .fd = fd };
            return 0;
        }
        close(fd);
    }
    errno = EAGAIN;
    return -1;
}

void users_unlock(struct users_lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    *lock = (struct users_lock){ .fd = -1 };
}
