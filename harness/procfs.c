#include "procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

static int path_format(char path[PROCFS_PATH], const char *format, va_list list)
{
    int length = vsnprintf(path, PROCFS_PATH, format, list);

    if (length < 0 || length >= PROCFS_PATH) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return 0;
}

ssize_t procfs_read(char *text, size_t size, const char *format, ...)
{
    char path[PROCFS_PATH];
    va_list list;

    va_start(list, format);
    int formatted = path_format(path, format, list);
    va_end(list);
    if (formatted < 0)
        return -1;

    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;

    ssize_t length = read(fd, text, size - 1);
    int kept = errno;

    close(fd);
    errno = kept;
    if (length >= 0)
        text[length] = '\0';
    return length;
}

ssize_t procfs_link(char *text, size_t size, const char *format, ...)
{
    char path[PROCFS_PATH];
    va_list list;

    va_start(list, format);
    int formatted = path_format(path, format, list);
    va_end(list);
    if (formatted < 0)
        return -1;

    ssize_t length = readlink(path, text, size - 1);

    if (length >= 0)
        text[length] = '\0';
    return length;
}

int procfs_numbers(const char *path, int (*each)(long number, void *context),
                   void *context)
{
    DIR *directory = opendir(path);
    int result = 0;

    if (directory == NULL)
        return -1;
    while (result == 0) {
        const struct dirent *entry = readdir(directory);

        if (entry == NULL)
            break;

        char *end = NULL;
        long number = strtol(entry->d_name, &end, 10);

        if (end != entry->d_name && *end == '\0')
            result = each(number, context);
    }

    int kept = errno;

    closedir(directory);
    errno = kept;
    return result;
}

const char *procfs_state(const char *stat)
{
    const char *end = strrchr(stat, ')');

    return end == NULL || end[1] != ' ' || end[2] == '\0' ? NULL : end + 2;
}

int procfs_borrow(pid_t process, int number)
{
    int pidfd = pidfd_open(process, 0);

    if (pidfd < 0)
        return -1;

    int fd = pidfd_getfd(pidfd, number, 0);
    int kept = errno;

    close(pidfd);
    errno = kept;
    return fd;
}

long procfs_number(const char *path)
{
    char text[PROCFS_STAT];

    return procfs_read(text, sizeof text, "%s", path) > 0
               ? strtol(text, NULL, 10)
               : 0;
}
