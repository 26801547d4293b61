#include "reach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool reach_everybody(const char *path, unsigned permissions)
{
    char *real = realpath(path, NULL);
    struct stat status;
    bool reached = real != NULL && stat(real, &status) == 0 &&
                   (status.st_mode & permissions) == permissions;

    /* Shortened by one name at a time: every directory up to the root. */
    while (reached && strcmp(real, "/") != 0) {
        char *slash = strrchr(real, '/');

        slash[slash == real ? 1 : 0] = '\0';
        reached = stat(real, &status) == 0 && (status.st_mode & S_IXOTH) != 0;
    }
    free(real);
    return reached;
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

static int copy_content(int to, int from)
{
    char buffer[65536];

    for (;;) {
        ssize_t n = read(from, buffer, sizeof buffer);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        if (write_all(to, buffer, (size_t)n) < 0)
            return -1;
    }
}

/* Opens without waiting for a FIFO. */
static int open_regular(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;

    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

static int copy_to(const char *target, int from)
{
    int to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    int result = -1;

    if (to < 0)
        return -1;
    if (copy_content(to, from) == 0 && fchmod(to, 0755) == 0)
        result = 0;
    /* What a full disk refuses may show only here. */
    if (close(to) < 0)
        result = -1;
    return result;
}

char *reach_copy(const char *path, const char *directory)
{
    const char *slash = strrchr(path, '/');
    char *target = NULL;
    int from = open_regular(path);

    if (from < 0)
        return NULL;
    if (asprintf(&target, "%s/%s", directory,
                 slash != NULL ? slash + 1 : path) < 0)
        target = NULL;
    if (target != NULL && copy_to(target, from) < 0) {
        int saved = errno;

        free(target);
        target = NULL;
        errno = saved;
    }
    close(from);
    return target;
}

char *reach_absolute(const char *path)
{
    char *directory;
    char *absolute;

    if (path[0] == '/')
        return strdup(path);
    directory = getcwd(NULL, 0);
    if (directory == NULL)
        return NULL;
    if (asprintf(&absolute, "%s/%s", directory, path) < 0)
        absolute = NULL;
    free(directory);
    return absolute;
}

static bool is_executable(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           access(path, X_OK) == 0;
}

/* The name in one directory of a search path; NULL where it is not there. */
static char *look_in(const char *directory, size_t length, const char *name)
{
    char *relative;
    char *path = NULL;

    if (length == 0) {
        directory = ".";
        length = 1;
    }
    if (asprintf(&relative, "%.*s/%s", (int)length, directory, name) < 0)
        return NULL;
    if (is_executable(relative))
        path = reach_absolute(relative);
    free(relative);
    return path;
}

static char *search(const char *list, const char *name, bool everybody)
{
    for (const char *part = list;; part++) {
        size_t length = strcspn(part, ":");
        char *path = look_in(part, length, name);

        if (path != NULL &&
            (!everybody || reach_everybody(path, S_IROTH | S_IXOTH)))
            return path;
        free(path);
        part += length;
        if (*part == '\0')
            break;
    }
    errno = ENOENT;
    return NULL;
}

char *reach_executable(const char *name, bool everybody)
{
    const char *path = getenv("PATH");
    char *list;
    char *found;

    if (strchr(name, '/') != NULL) {
        if (is_executable(name))
            return reach_absolute(name);
        errno = access(name, F_OK) < 0 ? errno : EACCES;
        return NULL;
    }
    if (asprintf(&list, "%s%s/usr/bin:/bin", path != NULL ? path : "",
                 path != NULL ? ":" : "") < 0)
        return NULL;
    found = search(list, name, everybody);
    if (found == NULL && everybody)
        found = search(list, name, false);
    free(list);
    return found;
}
