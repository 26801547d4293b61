/**
 * @file procfs.h
 * Reading /proc: small files and directories of numbers.
 */
#ifndef PROCFS_H
#define PROCFS_H

#include <stddef.h>
#include <sys/types.h>

enum {
    /** Room for any path below /proc/PID that is made of numbers. */
    PROCFS_PATH = 96,
    /** Room for /proc/PID/stat, and for /proc/PID/status. */
    PROCFS_STAT = 1024,
    PROCFS_STATUS = 4096
};

/**
 * Reads the file that `format` names into `text`: at most `size` - 1 bytes, and
 * a NUL behind them.
 *
 * @return how many bytes there were; -1 and errno: ENOENT or ESRCH where the
 * process has gone, EACCES where it is not ours to read.
 */
ssize_t procfs_read(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** What a descriptor's link or another one says, with a NUL; as procfs_read. */
ssize_t procfs_link(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The number that a file of the kernel's settings holds; 0 where it cannot be
 *  read. */
long procfs_number(const char *path);

/** A copy of a process's descriptor, close-on-exec, which the caller closes. -1
 *  and errno: EPERM where it is not ours to take, EBADF, ESRCH, ENOSYS. */
int procfs_borrow(pid_t process, int number);

/**
 * Calls `each` for every entry of the directory `path` whose name is a number,
 * ascending, until it returns another value than 0.
 *
 * @return what `each` returned at last; -1 and errno where the directory cannot
 * be read.
 */
int procfs_numbers(const char *path, int (*each)(long number, void *context),
                   void *context);

/** The state letter within the text of a stat file, with the other fields
 *  behind it; NULL where there is none. The name before it may hold blanks and
 *  parentheses. */
const char *procfs_state(const char *stat);

#endif
