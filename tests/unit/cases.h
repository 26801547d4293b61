/**
 * @file cases.h
 * Scenarios played with shell programs, so that each needs one line.
 */
#ifndef CASES_H
#define CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schedule.h"

static char directory[] = "/tmp/test_runner.XXXXXX";
static struct sandbox_probe probe;

static inline int enter(void **state)
{
    (void)state;
    sandbox_probe(&probe);
    return mkdtemp(directory) && chmod(directory, 0711) == 0 ? 0 : -1;
}

static inline int leave(void **state)
{
    (void)state;
    return rmdir(directory);
}

/* A test that needs another type of socket sets it. */
static struct lab lab = { .name = "00-test", .socket_type = SOCK_STREAM };

struct result {
    char verdict[16];
    char reason[512];
    char expected[256];
    char actual[256];
};

static inline void copy(char *to, size_t size, const json_t *outcome,
                        const char *key)
{
    const char *text = json_string_value(json_object_get(outcome, key));

    snprintf(to, size, "%s", text ? text : "");
}

static inline struct result result_of(const json_t *outcome)
{
    struct result r;

    copy(r.verdict, sizeof r.verdict, outcome, "verdict");
    copy(r.reason, sizeof r.reason, outcome, "reason");
    copy(r.expected, sizeof r.expected, outcome, "expected");
    copy(r.actual, sizeof r.actual, outcome, "actual");
    return r;
}

static inline struct result play_scaled(const char *program,
                                        const struct scenario *s, double scale)
{
    char sh[] = "/bin/sh";
    char c[] = "-c";
    char *script = strdup(program);
    char *argv[] = { sh, c, script, NULL };
    struct runner_config config = { .seed = 7,
                                    .timeout_scale = scale,
                                    .argv = { argv, argv },
                                    .probe = probe,
                                    .directory = directory };
    struct schedule schedule = { .config = &config, .jobs = 1 };
    struct schedule_case one = { .lab = &lab, .scenario = s };
    struct result r;

    assert_int_equal(schedule_run(&schedule, &one, 1), 0);
    r = result_of(one.outcome);
    json_decref(one.outcome);
    free(script);
    return r;
}

static inline struct result play(const char *program, const struct scenario *s)
{
    return play_scaled(program, s, 1);
}

/* The same with a program in Python, which knows `os`, `signal`, `time` and
 * `socket`, and `s`, a socket of that type: bound to the address for a server.
 */
static inline struct result play_python(const char *type, const char *program,
                                        const struct scenario *s)
{
    char text[4096];

    snprintf(text, sizeof text,
             "exec /usr/bin/python3 -c '\n"
             "import os, signal, socket, sys, time\n"
             "s = socket.socket(socket.AF_UNIX, socket.SOCK_%s)\n"
             "%s%s'",
             type,
             s->role == ROLE_SERVER ? "s.bind(\"./uds_socket3.txt\")\n" : "",
             program);
    return play(text, s);
}

#define SERVED(...)                                                            \
    {                                                                          \
        .name = "case", .role = ROLE_SERVER, .points = 1,                      \
        .payload = { TEXT(12), TEXT(9) }, .steps = {                           \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

#define SCENARIO(...)                                                          \
    {                                                                          \
        .name = "case", .role = ROLE_CLIENT, .points = 1,                      \
        .payload = { TEXT(12), TEXT(9) }, .steps = {                           \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

#endif
