#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void wait_for_end(int leash, int own_end)
{
    char byte;
    ssize_t n;

    close(own_end);
    (void)dup2(leash, STDIN_FILENO);
    /* It must not keep open what others wait to see closed. */
    (void)close_range(STDIN_FILENO + 1, ~0U, 0);
    do
        n = read(STDIN_FILENO, &byte, 1);
    while (n < 0 && errno == EINTR);
    _exit(0);
}

int witness_start(struct witness *w)
{
    int ends[2];
    int saved;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    w->pid = fork();
    if (w->pid == 0)
        wait_for_end(ends[0], ends[1]);
    saved = errno;
    close(ends[0]);
    if (w->pid < 0) {
        close(ends[1]);
        errno = saved;
        return -1;
    }
    w->leash = ends[1];
    return 0;
}

bool witness_reaches(pid_t pid)
{
    /* 0 and below are groups to kill(2). */
    return pid <= 0 || kill(pid, 0) == 0 || errno != EPERM;
}

void witness_end(struct witness *w)
{
    int saved = errno;
    pid_t pid;

    close(w->leash);
    do
        pid = waitpid(w->pid, NULL, __WALL);
    while (pid < 0 && errno == EINTR);
    *w = (struct witness){ .pid = -1, .leash = -1 };
    errno = saved;
}
