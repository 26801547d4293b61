/**
 * @file stage.h
 * Programs that do one thing, and a look at each of them by quiescence.h.
 */
#ifndef STAGE_H
#define STAGE_H

#include "quiescence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

#include "family.h"

/* Everything that this kit asks of a kernel, and less of it. */
static const struct sandbox_probe complete = { .pidfd_getfd = true,
                                               .proc_children = true,
                                               .proc_syscall = true };
static const struct sandbox_probe no_getfd = { .proc_children = true,
                                               .proc_syscall = true };
static const struct sandbox_probe no_children = { .pidfd_getfd = true,
                                                  .proc_syscall = true };
static const struct sandbox_probe no_syscall = { .pidfd_getfd = true,
                                                 .proc_children = true };

/* Where a child that wakes by itself says so. */
static int answer_fd = -1;

static inline void answer(void)
{
    if (write(answer_fd, "!", 1) != 1)
        _exit(1);
}

static inline void must(bool fine)
{
    if (!fine)
        _exit(3);
}

static inline void block(void)
{
    for (;;)
        pause();
}

static inline void spin(void)
{
    for (;;)
        continue;
}

struct behaviour {
    const char *name;
    void (*run)(void);
    enum quiescence_state state;
    const char *call;
    const struct sandbox_probe *probe;
};

/* The process under look is a child of a subreaper, as a program is of its
 * case. `data` is the behaviour and a pipe to say that it has begun. */
struct stage {
    const struct behaviour *behaviour;
    int begun;
    bool answers;
};

static inline void stage_run(void *data)
{
    const struct stage *s = data;

    prctl(PR_SET_CHILD_SUBREAPER, 1L);
    pid_t pid = fork();

    if (pid == 0) {
        s->behaviour->run();
        if (!s->answers)
            _exit(4);
        answer();
        block();
    }
    must(pid > 0 && write(s->begun, &pid, sizeof pid) == sizeof pid);
    block();
}

/* Returns the subreaper, and the program in `pid`. */
static inline pid_t stage_begin(const struct behaviour *b, bool answers,
                                pid_t *pid)
{
    int fd[2];

    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);

    struct stage stage = { .behaviour = b, .begun = fd[1], .answers = answers };
    pid_t root = family_fork(stage_run, &stage);

    assert_int_equal(read(fd[0], pid, sizeof *pid), sizeof *pid);
    close(fd[0]);
    close(fd[1]);
    return root;
}

static inline enum quiescence_state look(pid_t root, const struct behaviour *b)
{
    struct quiescence q;

    quiescence_look(root, b->probe != NULL ? b->probe : &complete, &q);
    if (q.state == b->state && b->call != NULL)
        assert_string_equal(q.call, b->call);
    return q.state;
}

/* Looks until the state is as it should be, and a while longer. It must not be
 * "for ever" before, where it is not to be that in the end. */
static inline void settle(pid_t root, const struct behaviour *b)
{
    enum { AFTERWARDS = 30 };
    int64_t began = clock_now();
    enum quiescence_state state;

    while ((state = look(root, b)) != b->state) {
        if (state == QUIESCENCE_FOREVER ||
            clock_now() - began > FAMILY_PATIENCE_US)
            fail_msg("%s: state %u, not %u", b->name, state, b->state);
        sched_yield();
    }
    for (int i = 0; i < AFTERWARDS; i++) {
        state = look(root, b);
        if (state != b->state)
            fail_msg("%s: state %u after %u", b->name, state, b->state);
    }
}

static inline void play(const struct behaviour *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pid_t pid;

        settle(stage_begin(&b[i], false, &pid), &b[i]);
        family_end(NULL);
    }
}

#define PLAY(table) play(table, sizeof(table) / sizeof *(table))

#endif
