/**
 * @file started.h
 * Programs that tests of program.h start: the test itself, told by its argument
 * what to do. Include cmocka.h first.
 */
#ifndef STARTED_H
#define STARTED_H

#include "family.h"
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

extern char **environ;

/** Every test's programs run here. */
static char directory[] = "/tmp/test_program.XXXXXX";
static const struct sandbox_probe probe = { .proc_children = true };

/* ---- what the program under test does */

static inline void print_status(void)
{
    static const char *const wanted[] = { "SigIgn:", "SigBlk:", "NoNewPrivs:" };
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");

    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
                fputs(line, stdout);
    if (status != NULL)
        fclose(status);
}

static inline int act_surroundings(void)
{
    char path[4096];
    int on_death = 0;
    struct rlimit files;

    print_status();
    prctl(PR_GET_PDEATHSIG, &on_death);
    getrlimit(RLIMIT_NOFILE, &files);
    printf("umask %03o\n", umask(0));
    printf("directory %s\n", getcwd(path, sizeof path));
    printf("on death of its parent %d\n", on_death);
    printf("leads its group %d\n", getpgrp() == getpid());
    printf("files %llu\n", (unsigned long long)files.rlim_cur);
    return 0;
}

static inline int act_environment(void)
{
    for (char **e = environ; *e != NULL; e++)
        puts(*e);
    return 0;
}

static inline int act_descriptors(void)
{
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFL) >= 0)
            printf("%d%s\n", fd,
                   fcntl(fd, F_GETFL) & O_NONBLOCK ? " non-blocking" : "");
    return 0;
}

enum { MUCH = 5 << 20 };

static inline int act_much(void)
{
    for (int i = 0; i < MUCH; i++)
        putchar('a' + i % 23);
    fputs("end", stderr);
    return 0;
}

static inline int act_sum(void)
{
    unsigned long sum = 0;
    unsigned long count = 0;

    for (int c = getchar(); c != EOF; c = getchar()) {
        sum = sum * 31 + (unsigned long)c;
        count++;
    }
    printf("%lu %lu\n", count, sum);
    return 0;
}

static inline int act_close_stdin(void)
{
    close(STDIN_FILENO);
    puts("closed");
    fflush(stdout);
    pause();
    return 0;
}

static inline int act_seven(void)
{
    return 7;
}

static inline int act_terminate(void)
{
    raise(SIGTERM);
    return 0;
}

/** Its orphan ends once the test closes stdin. */
static inline int act_orphan(void)
{
    char byte;

    if (fork() == 0)
        _exit(read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 1);
    return 0;
}

static inline int act_spin(void)
{
    struct rusage usage;

    do
        getrusage(RUSAGE_SELF, &usage);
    while (usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec < 60000);
    return 0;
}

static inline int act_signal_parent(void)
{
    printf("%s\n", kill(getppid(), 0) == 0 ? "within reach" : strerror(errno));
    return 0;
}

static const struct {
    const char *name;
    int (*act)(void);
} acts[] = {
    { "surroundings", act_surroundings },
    { "environment", act_environment },
    { "descriptors", act_descriptors },
    { "much", act_much },
    { "sum", act_sum },
    { "close-stdin", act_close_stdin },
    { "seven", act_seven },
    { "terminate", act_terminate },
    { "orphan", act_orphan },
    { "spin", act_spin },
    { "signal-parent", act_signal_parent },
};

/** Ends without the checks of a sanitizer's exit, which are not the matter. */
static inline int act(const char *name)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].name, name) == 0) {
            int status = acts[i].act();

            fflush(NULL);
            _exit(status);
        }
    return 64;
}

/* ---- helpers of the tests */

static char self[] = "/proc/self/exe";

static inline int start_with(struct program *p, const char *name,
                             struct program_spec spec)
{
    char argument[32];
    char *argv[] = { self, argument, NULL };

    snprintf(argument, sizeof argument, "%s", name);
    spec.argv = argv;
    spec.name = "server";
    spec.directory = directory;
    if (spec.probe == NULL)
        spec.probe = &probe;
    return program_start(p, &spec);
}

static inline void start(struct program *p, const char *name)
{
    assert_int_equal(start_with(p, name, (struct program_spec){ 0 }), 0);
    assert_true(p->started);
    assert_false(p->ended);
}

/** Waits for something to happen on the program's descriptors. */
static inline void wait_on_streams(const struct program *p)
{
    struct pollfd fds[] = {
        { .fd = p->out.fd, .events = POLLIN },
        { .fd = p->err.fd, .events = POLLIN },
        { .fd = p->feed.length > 0 ? p->stdin_fd : -1, .events = POLLOUT },
    };

    assert_true(poll(fds, 3, FAMILY_PATIENCE_US / 1000) > 0);
}

/** Serves the program until it has closed its streams, and has ended. */
static inline void finish(struct program *p)
{
    for (program_pump(p); p->out.fd >= 0 || p->err.fd >= 0; program_pump(p))
        wait_on_streams(p);
    while (!p->ended) {
        siginfo_t info;

        assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
        program_reap(p);
    }
}

static inline void assert_exit(const struct program *p, int status)
{
    assert_true(WIFEXITED(p->status));
    assert_int_equal(WEXITSTATUS(p->status), status);
}

static inline const char *text(const struct program_stream *s)
{
    return s->kept.data != NULL ? s->kept.data : "";
}

static inline void assert_says(const struct program *p, const char *line)
{
    if (strstr(text(&p->out), line) == NULL)
        fail_msg("\"%s\" is missing in:\n%s", line, text(&p->out));
}

static inline int enter(void **state)
{
    (void)state;
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static inline int leave(void **state)
{
    (void)state;
    return rmdir(directory);
}

#endif
