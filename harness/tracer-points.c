#include "tracer-inside.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "procfs.h"

/* Not every machine has the older calls. */
#ifndef SYS_open
#define SYS_open SYS_openat
#define SYS_stat SYS_newfstatat
#define SYS_lstat SYS_newfstatat
#define SYS_readlink SYS_readlinkat
#define SYS_access SYS_faccessat
#endif

static pid_t process_of(pid_t task)
{
    char status[PROCFS_STATUS];
    const char *at = NULL;

    if (procfs_read(status, sizeof status, "/proc/%d/status", task) > 0)
        at = strstr(status, "Tgid:");
    return at == NULL ? task : (pid_t)strtol(at + strlen("Tgid:"), NULL, 10);
}

/** Whether this process is at the other end of a socket: the program may have
 *  others, between parts of its own. Where that cannot be told, it is. */
static bool leads_here(pid_t task, int number)
{
    struct ucred peer = { .pid = getpid() };
    socklen_t length = sizeof peer;
    int fd = procfs_borrow(process_of(task), number);

    if (fd < 0)
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        peer.pid = getpid();
    close(fd);
    /* A datagram socket names nobody. */
    return peer.pid == 0 || peer.pid == getpid();
}

static bool is_socket(pid_t task, const uint64_t *argument, unsigned socket)
{
    int number = (int)(uint32_t)argument[socket];
    char target[32];

    return procfs_link(target, sizeof target, "/proc/%d/fd/%d", task, number) >
               0 &&
           strncmp(target, "socket:", strlen("socket:")) == 0 &&
           leads_here(task, number);
}

/** A client may also connect to services of the system, over other types of
 *  socket or none that it names; those are UNIX sockets too, and are few. */
static bool is_unix_socket(pid_t task, const uint64_t *argument,
                           unsigned socket)
{
    int domain = AF_UNIX;
    socklen_t length = sizeof domain;
    int fd = procfs_borrow(process_of(task), (int)(uint32_t)argument[socket]);

    if (fd < 0)
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0)
        domain = AF_UNSPEC;
    close(fd);
    return domain == AF_UNIX;
}

/** Neither an abstract address nor one that the kernel picks makes a file. A
 *  word is read at its own boundary, and so within one page. */
static bool is_given_path(pid_t task, const uint64_t *argument, unsigned socket)
{
    const size_t name = offsetof(struct sockaddr_un, sun_path);
    uint64_t at = argument[1] + name;
    unsigned char bytes[sizeof(long)];
    long word;

    if ((uint32_t)argument[2] <= name ||
        !is_unix_socket(task, argument, socket))
        return false;
    errno = 0;
    word = ptrace(PTRACE_PEEKDATA, task, at - at % sizeof word, NULL);
    memcpy(bytes, &word, sizeof bytes);
    return errno == 0 && bytes[at % sizeof word] != '\0';
}

static bool is_any(pid_t task, const uint64_t *argument, unsigned socket)
{
    (void)task;
    (void)argument;
    (void)socket;
    return true;
}

static const struct tracer_call calls[] = {
    { SYS_sendto, TRACER_SEND, 0, is_socket, false },
    { SYS_sendmsg, TRACER_SEND, 0, is_socket, false },
    { SYS_sendmmsg, TRACER_SEND, 0, is_socket, false },
    { SYS_write, TRACER_SEND, 0, is_socket, false },
    { SYS_writev, TRACER_SEND, 0, is_socket, false },
    { SYS_pwritev2, TRACER_SEND, 0, is_socket, false },
    { SYS_splice, TRACER_SEND, 2, is_socket, false },
    { SYS_sendfile, TRACER_SEND, 0, is_socket, false },
    { SYS_connect, TRACER_CONNECT, 0, is_unix_socket, false },
    { SYS_bind, TRACER_BOUND, 0, is_given_path, true },
    { SYS_listen, TRACER_LISTEN, 0, is_unix_socket, false },
    { SYS_open, TRACER_NAMES, 0, is_any, false },
    { SYS_openat, TRACER_NAMES, 0, is_any, false },
    { SYS_openat2, TRACER_NAMES, 0, is_any, false },
    { SYS_stat, TRACER_NAMES, 0, is_any, false },
    { SYS_lstat, TRACER_NAMES, 0, is_any, false },
    { SYS_newfstatat, TRACER_NAMES, 0, is_any, false },
    { SYS_statx, TRACER_NAMES, 0, is_any, false },
    { SYS_readlink, TRACER_NAMES, 0, is_any, false },
    { SYS_readlinkat, TRACER_NAMES, 0, is_any, false },
    { SYS_access, TRACER_NAMES, 0, is_any, false },
    { SYS_faccessat, TRACER_NAMES, 0, is_any, false },
    { SYS_faccessat2, TRACER_NAMES, 0, is_any, false },
};

const struct tracer_call *
tracer_find_call(pid_t task, enum tracer_point point,
                 const struct __ptrace_syscall_info *info)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].point == point && info->entry.nr == calls[i].number)
            return calls[i].counts(task, info->entry.args, calls[i].socket)
                       ? &calls[i]
                       : NULL;
    return NULL;
}
