#include "directory.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

int directory_enter(uid_t user, const char *path)
{
    if (mkdir(path, 0700) < 0 || (user && chown(path, user, user) < 0) ||
        chdir(path) < 0)
        return -1;
    if (mkdir("work", 0700) < 0 || (user && chown("work", user, user) < 0))
        return -1;
    return chdir("work");
}

static int remove_entry(const char *path, const struct stat *stat, int type,
                        struct FTW *ftw)
{
    (void)stat;
    (void)ftw;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

static int open_entry(const char *path, const struct stat *stat, int type,
                      struct FTW *ftw)
{
    (void)stat;
    (void)ftw;
    return type == FTW_D || type == FTW_DNR ? chmod(path, 0700) : 0;
}

/* A program may leave directories that cannot be entered; they are its own, so
 * they can be opened first. */
void directory_remove(const char *path)
{
    nftw(path, open_entry, 16, FTW_PHYS);
    nftw(path, remove_entry, 16, FTW_PHYS | FTW_DEPTH);
}
