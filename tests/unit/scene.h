/**
 * @file scene.h
 * A program that the tracer holds, for tests. Include cmocka.h first.
 */
#ifndef SCENE_H
#define SCENE_H

#include "family.h"
#include "program.h"
#include "quiescence.h"
#include "traced.h"
#include "tracer.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

/** Every test's listener is here, at "s". */
static char directory[] = "/tmp/test_tracer.XXXXXX";
static char address[64];

static const struct sandbox_probe probe = { .pidfd_getfd = true,
                                            .proc_children = true,
                                            .proc_syscall = true };

/** A program, the tracer that holds it, and the listener it connects to. */
struct scene {
    struct program program;
    struct tracer tracer;
    int listener;
    int peer;
    int status;
};

static inline void scene_start(struct scene *s, char *const *argv)
{
    const struct program_spec spec = { .argv = argv,
                                       .name = "client",
                                       .directory = directory,
                                       .probe = &probe,
                                       .traced = true };
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    *s = (struct scene){ .peer = -1 };
    snprintf(at.sun_path, sizeof at.sun_path, "%s", address);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(address);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listener, 5), 0);
    program_init(&s->program);
    assert_int_equal(program_start(&s->program, &spec), 0);
}

static inline void scene_begin(struct scene *s, const char *name)
{
    char argument[32];
    char *const argv[] = { self, argument, address, NULL };

    snprintf(argument, sizeof argument, "%s", name);
    scene_start(s, argv);
    assert_int_equal(tracer_begin(&s->tracer, s->program.pid, TRACER_SEND), 0);
    assert_true(s->tracer.active);
}

static inline void wait_for_child(void)
{
    const struct timespec patience = { .tv_sec = FAMILY_PATIENCE_US / 1000000 };
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigtimedwait(&set, NULL, &patience) < 0 && errno != EINTR)
        fail_msg("no child has come to anything");
}

static inline enum tracer_event step(struct scene *s)
{
    enum tracer_event event =
        tracer_step(&s->tracer, s->program.pid, &s->status);

    program_pump(&s->program);
    return event;
}

static inline enum tracer_event drive(struct scene *s)
{
    enum tracer_event event;

    while ((event = step(s)) == TRACER_NOTHING)
        wait_for_child();
    return event;
}

/** Looks at all that awaits the tracer, until nothing does and the program is
 * asleep for ever. */
static inline void drive_until_asleep(struct scene *s,
                                      enum tracer_event expected)
{
    int64_t began = clock_now();
    struct quiescence q;

    do {
        assert_int_equal(step(s), expected);
        quiescence_look(getpid(), &probe, &q);
        assert_true(clock_now() - began < FAMILY_PATIENCE_US);
    } while (q.state != QUIESCENCE_FOREVER);
}

/** The program stands: it has connected, and the peer has got nothing. */
static inline void assert_stands(struct scene *s)
{
    char byte;

    drive_until_asleep(s, TRACER_HELD);
    assert_int_not_equal(s->tracer.held, 0);
    s->peer = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(s->peer >= 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(recv(s->peer, &byte, 1, 0), -1);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(step(s), TRACER_HELD);
        assert_int_equal(descendants_state(s->tracer.held), 't');
    }
}

static inline void assert_arrives(const struct scene *s, const char *expected)
{
    char got[64] = "";
    size_t length = 0;
    struct pollfd fd = { .fd = s->peer, .events = POLLIN };

    while (length < strlen(expected)) {
        assert_true(poll(&fd, 1, FAMILY_PATIENCE_US / 1000) > 0);

        ssize_t more = recv(s->peer, got + length, sizeof got - 1 - length, 0);

        if (more == 0)
            break;
        assert_true(more > 0);
        length += (size_t)more;
    }
    assert_string_equal(got, expected);
}

static inline void assert_ends(struct scene *s, int status)
{
    while (!s->program.ended) {
        siginfo_t info;

        assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
        program_reap(&s->program);
        program_pump(&s->program);
    }
    assert_true(WIFEXITED(s->program.status));
    assert_int_equal(WEXITSTATUS(s->program.status), status);
}

static inline void scene_end(struct scene *s)
{
    tracer_release(&s->tracer);
    program_close(&s->program);
    close(s->listener);
    if (s->peer >= 0)
        close(s->peer);
}

static inline int enter(void **state)
{
    sigset_t set;

    (void)state;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(address, sizeof address, "%s/s", directory);
    return 0;
}

static inline int leave(void **state)
{
    (void)state;
    unlink(address);
    return rmdir(directory);
}

#endif
