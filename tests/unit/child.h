/**
 * @file child.h
 * Tests that change their process for good run in a child.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_LOST = -1, CHILD_SKIP = -2 };

/** In a function that child_run runs: ends it with the line's number. */
#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition))                                                      \
            return __LINE__;                                                   \
    } while (0)

/** Runs it in a child. Returns what it returned: 0, the line of the check that
 *  failed, or CHILD_SKIP; CHILD_LOST where the child did not come to its
 *  end. */
static int child_run(int (*run)(void *data), void *data)
{
    int *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int value = CHILD_LOST;
    pid_t pid;

    if (result == MAP_FAILED)
        return CHILD_LOST;
    *result = CHILD_LOST;
    pid = fork();
    if (pid == 0) {
        *result = run(data);
        _exit(0);
    }
    if (pid > 0 && waitpid(pid, NULL, 0) == pid)
        value = *result;
    (void)munmap(result, sizeof *result);
    return value;
}

#endif
