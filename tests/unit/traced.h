/**
 * @file traced.h
 * What the program does that a test of the tracer starts: the test itself, told
 * by its arguments what to do at which address.
 */
#ifndef TRACED_H
#define TRACED_H

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char self[] = "/proc/self/exe";

static inline int connect_to(const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        _exit(5);
    return fd;
}

static inline void say(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(6);
}

static inline void send_all(int fd)
{
    if (send(fd, "hello", 5, MSG_NOSIGNAL) != 5 || write(fd, "world", 5) != 5)
        _exit(7);
}

static inline int act_send(const char *path)
{
    say("begins\n");
    send_all(connect_to(path));
    return 4;
}

static inline int act_quiet(const char *path)
{
    connect_to(path);
    say("says nothing\n");
    return 3;
}

static inline int act_die(const char *path)
{
    connect_to(path);
    raise(SIGKILL);
    return 0;
}

static inline int act_fork(const char *path)
{
    int fd = connect_to(path);
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        send_all(fd);
        _exit(0);
    }
    close(fd);
    return waitpid(pid, &status, 0) == pid && status == 0 ? 4 : 8;
}

static inline void *send_from_thread(void *data)
{
    send_all(*(const int *)data);
    return NULL;
}

static inline int act_thread(const char *path)
{
    int fd = connect_to(path);
    pthread_t thread;

    if (pthread_create(&thread, NULL, send_from_thread, &fd) != 0)
        return 8;
    return pthread_join(thread, NULL) == 0 ? 4 : 8;
}

static inline void *end_from_thread(void *data)
{
    send_all(*(const int *)data);
    _exit(4);
}

static inline int act_leave_first_thread(const char *path)
{
    static int fd;
    pthread_t thread;

    fd = connect_to(path);
    if (pthread_create(&thread, NULL, end_from_thread, &fd) != 0)
        return 8;
    pthread_exit(NULL);
}

static inline void *exec_from_thread(void *data)
{
    char act[] = "send";
    char *argv[] = { self, act, data, NULL };

    execve(self, argv, environ);
    _exit(9);
}

static inline int act_exec(const char *path)
{
    char copy[64];
    pthread_t thread;

    snprintf(copy, sizeof copy, "%s", path);
    if (pthread_create(&thread, NULL, exec_from_thread, copy) == 0)
        pthread_join(thread, NULL);
    return 8;
}

static inline int act_spawn(const char *path)
{
    char act[] = "send";
    char copy[64];
    char *argv[] = { self, act, copy, NULL };
    int status;
    pid_t pid;

    snprintf(copy, sizeof copy, "%s", path);
    if (posix_spawn(&pid, self, NULL, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return 8;
    return WEXITSTATUS(status);
}

static volatile sig_atomic_t caught;

static inline void catch_signal(int number)
{
    caught = number;
}

static inline int act_signal(const char *path)
{
    int fd = connect_to(path);
    sigset_t none;
    sigset_t block;

    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, NULL);
    sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = catch_signal }, NULL);
    say("ready\n");
    while (caught != SIGUSR1)
        sigsuspend(&none);
    send_all(fd);
    return 4;
}

static inline int act_stop(const char *path)
{
    int fd = connect_to(path);

    raise(SIGSTOP);
    send_all(fd);
    return 4;
}

/** A thread waits on stdin while the other one sends: letting go must not
 * disturb it. */
static inline void *read_in_thread(void *data)
{
    char byte;

    (void)data;
    say(read(STDIN_FILENO, &byte, 1) == 0 ? "undisturbed\n" : "disturbed\n");
    return NULL;
}

static inline int act_beside(const char *path)
{
    int fd = connect_to(path);
    pthread_t thread;

    if (pthread_create(&thread, NULL, read_in_thread, NULL) != 0)
        return 8;
    send_all(fd);
    return pthread_join(thread, NULL) == 0 ? 4 : 8;
}

static inline int bind_to(int fd, const char *name, size_t length)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    /* What stands behind the name is none of it. */
    memset(at.sun_path, 'x', sizeof at.sun_path);
    memcpy(at.sun_path, name, length);
    return bind(fd, (struct sockaddr *)&at,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

/** Everything that is no address of a server, before one that is: another
 * family, an address that the kernel picks, an abstract one, a path that is
 * taken, a socket that has no address. */
static inline void serve(const char *path)
{
    const struct sockaddr_in local = { .sin_family = AF_INET,
                                       .sin_addr.s_addr =
                                           htonl(INADDR_LOOPBACK) };
    int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fd[3];

    (void)!bind(other, (const struct sockaddr *)&local, sizeof local);
    (void)!listen(other, 5);
    for (size_t i = 0; i < 3; i++)
        fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind_to(fd[0], "", 0) < 0 || bind_to(fd[1], "\0served", 7) < 0 ||
        bind_to(fd[2], path, strlen(path)) == 0 || unlink(path) < 0)
        _exit(5);
    say("begins\n");
    if (bind_to(fd[2], path, strlen(path)) < 0)
        _exit(6);
    say("bound\n");
    if (listen(fd[2], 5) < 0)
        _exit(7);
    say("listens\n");
}

static inline int act_serve(const char *path)
{
    serve(path);
    return 4;
}

static inline int act_serve_in_child(const char *path)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        serve(path);
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid && status == 0 ? 4 : 8;
}

static inline void *serve_from_thread(void *data)
{
    serve(data);
    return NULL;
}

static inline int act_serve_in_thread(const char *path)
{
    char copy[64];
    pthread_t thread;

    snprintf(copy, sizeof copy, "%s", path);
    if (pthread_create(&thread, NULL, serve_from_thread, copy) != 0)
        return 8;
    return pthread_join(thread, NULL) == 0 ? 4 : 8;
}

static const struct {
    const char *name;
    int (*act)(const char *path);
} acts[] = {
    { "send", act_send },
    { "quiet", act_quiet },
    { "die", act_die },
    { "fork", act_fork },
    { "thread", act_thread },
    { "leave-first-thread", act_leave_first_thread },
    { "exec", act_exec },
    { "spawn", act_spawn },
    { "signal", act_signal },
    { "stop", act_stop },
    { "beside", act_beside },
    { "serve", act_serve },
    { "serve-in-child", act_serve_in_child },
    { "serve-in-thread", act_serve_in_thread },
};

static inline int act(const char *name, const char *path)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].name, name) == 0)
            _exit(acts[i].act(path));
    return 64;
}

#endif
