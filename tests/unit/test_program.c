#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "family.h"

extern char **environ;

/* Every test's programs run here. */
static char directory[] = "/tmp/test_program.XXXXXX";
static const struct sandbox_probe probe = { .proc_children = true };

/* ---- what the program under test does: this very file, by its argument */

static void print_status(void)
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

static int act_surroundings(void)
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

static int act_environment(void)
{
    for (char **e = environ; *e != NULL; e++)
        puts(*e);
    return 0;
}

static int act_descriptors(void)
{
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFL) >= 0)
            printf("%d%s\n", fd,
                   fcntl(fd, F_GETFL) & O_NONBLOCK ? " non-blocking" : "");
    return 0;
}

enum { MUCH = 5 << 20 };

static int act_much(void)
{
    for (int i = 0; i < MUCH; i++)
        putchar('a' + i % 23);
    fputs("end", stderr);
    return 0;
}

static int act_sum(void)
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

static int act_close_stdin(void)
{
    close(STDIN_FILENO);
    puts("closed");
    fflush(stdout);
    pause();
    return 0;
}

static int act_seven(void)
{
    return 7;
}

static int act_terminate(void)
{
    raise(SIGTERM);
    return 0;
}

/* Its orphan ends once the test closes stdin. */
static int act_orphan(void)
{
    char byte;

    if (fork() == 0)
        _exit(read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 1);
    return 0;
}

static int act_spin(void)
{
    struct rusage usage;

    do
        getrusage(RUSAGE_SELF, &usage);
    while (usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec < 60000);
    return 0;
}

static int act_signal_parent(void)
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

/* Ends without the checks of a sanitizer's exit, which are not the matter. */
static int act(const char *name)
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

static int start_with(struct program *p, const char *name,
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

static void start(struct program *p, const char *name)
{
    assert_int_equal(start_with(p, name, (struct program_spec){ 0 }), 0);
    assert_true(p->started);
    assert_false(p->ended);
}

/* Waits for something to happen on the program's descriptors. */
static void wait_on_streams(const struct program *p)
{
    struct pollfd fds[] = {
        { .fd = p->out.fd, .events = POLLIN },
        { .fd = p->err.fd, .events = POLLIN },
        { .fd = p->feed.length > 0 ? p->stdin_fd : -1, .events = POLLOUT },
    };

    assert_true(poll(fds, 3, FAMILY_PATIENCE_US / 1000) > 0);
}

/* Serves the program until it has closed its streams, and has ended. */
static void finish(struct program *p)
{
    for (program_pump(p); p->out.fd >= 0 || p->err.fd >= 0; program_pump(p))
        wait_on_streams(p);
    while (!p->ended) {
        siginfo_t info;

        assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
        program_reap(p);
    }
}

static void assert_exit(const struct program *p, int status)
{
    assert_true(WIFEXITED(p->status));
    assert_int_equal(WEXITSTATUS(p->status), status);
}

static const char *text(const struct program_stream *s)
{
    return s->kept.data != NULL ? s->kept.data : "";
}

static void assert_says(const struct program *p, const char *line)
{
    if (strstr(text(&p->out), line) == NULL)
        fail_msg("\"%s\" is missing in:\n%s", line, text(&p->out));
}

/* ---- a clean process */

static void test_surroundings(void **state)
{
    struct program p;
    char expected[128];
    struct sigaction before;
    sigset_t block;

    (void)state;
    program_init(&p);
    sigfillset(&block);
    sigprocmask(SIG_BLOCK, &block, NULL);
    sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_IGN }, &before);
    umask(077);
    start_with(&p, "surroundings",
               (struct program_spec){ .limits = { .descriptors = 61 } });
    umask(022);
    sigaction(SIGUSR1, &before, NULL);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    finish(&p);
    assert_exit(&p, 0);
    assert_says(&p, "SigIgn:\t0000000000000000\n");
    assert_says(&p, "SigBlk:\t0000000000000000\n");
    assert_says(&p, "NoNewPrivs:\t1\n");
    assert_says(&p, "umask 022\n");
    snprintf(expected, sizeof expected, "directory %s\n", directory);
    assert_says(&p, expected);
    assert_says(&p, "on death of its parent 9\n");
    assert_says(&p, "leads its group 1\n");
    assert_says(&p, "files 61\n");
    program_close(&p);
}

static void test_environment_is_exact(void **state)
{
    static const char own[] = "PATH=/usr/bin:/bin\nLANG=C.UTF-8\n"
                              "HOME=%s\nTMPDIR=%s\n%s";
    char more[] = "GCOV_PREFIX=/x";
    char *const environment[] = { more, NULL };

    (void)state;
    setenv("LEAK", "1", 1);
    for (size_t i = 0; i < 2; i++) {
        struct program_spec spec = { .environment = i ? environment : NULL };
        struct program p;
        char wanted[256];

        program_init(&p);
        assert_int_equal(start_with(&p, "environment", spec), 0);
        finish(&p);
        snprintf(wanted, sizeof wanted, own, directory, directory,
                 i ? "GCOV_PREFIX=/x\n" : "");
        assert_string_equal(text(&p.out), wanted);
        program_close(&p);
    }
}

static void test_three_descriptors(void **state)
{
    struct program p;
    int low = open("/dev/null", O_RDONLY);
    int high = fcntl(low, F_DUPFD, 200);

    (void)state;
    program_init(&p);
    assert_true(low >= 0 && high >= 200);
    start(&p, "descriptors");
    finish(&p);
    assert_string_equal(text(&p.out), "0\n1\n2\n");
    close(low);
    close(high);
    program_close(&p);
}

/* A harness that was itself started without them hands out 0 to 2 as pipes. */
static void start_without_streams(void *data)
{
    struct program p;

    (void)data;
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    program_init(&p);
    if (start_with(&p, "descriptors", (struct program_spec){ 0 }) < 0)
        _exit(1);
    while (p.out.fd >= 0)
        program_pump(&p);
    _exit(strcmp(text(&p.out), "0\n1\n2\n") == 0 ? 0 : 2);
}

static void test_harness_without_streams(void **state)
{
    int status;
    pid_t pid = family_fork(start_without_streams, NULL);

    (void)state;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_own_descriptors(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "close-stdin");

    const int fds[] = { p.stdin_fd, p.out.fd, p.err.fd };

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
        assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
    }
    program_close(&p);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fcntl(fds[i], F_GETFD), -1);
}

static void test_cannot_signal_its_parent(void **state)
{
    struct sandbox_probe found;
    struct program p;

    (void)state;
    sandbox_probe(&found);
    if (!found.signal_scope) {
        print_message("skipped: this machine has no signal scope\n");
        skip();
    }
    program_init(&p);
    assert_int_equal(start_with(&p, "signal-parent",
                                (struct program_spec){ .probe = &found }),
                     0);
    finish(&p);
    assert_string_equal(text(&p.out), "Operation not permitted\n");
    program_close(&p);
}

/* ---- what cannot be executed */

static void expect_refusal(char *path, const char *where, bool traced,
                           int error)
{
    char *argv[] = { path, NULL };
    const struct program_spec spec = { .argv = argv,
                                       .name = "server",
                                       .directory = where,
                                       .probe = &probe,
                                       .traced = traced };
    struct program p;

    program_init(&p);
    errno = 0;
    assert_int_equal(program_start(&p, &spec), -1);
    assert_int_equal(errno, error);
    assert_false(p.started);
    assert_int_equal(p.out.fd, -1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    program_close(&p);
}

static void test_exec_errors(void **state)
{
    char missing[] = "/tmp/there/is/nothing";
    char data[64];
    char empty[64];

    (void)state;
    snprintf(data, sizeof data, "%s/data", directory);
    snprintf(empty, sizeof empty, "%s/empty", directory);
    close(open(data, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    int fd = open(empty, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

    assert_int_equal(write(fd, "x\n", 2), 2);
    close(fd);
    for (int traced = 0; traced <= 1; traced++) {
        expect_refusal(missing, directory, traced, ENOENT);
        expect_refusal(data, directory, traced, EACCES);
        expect_refusal(empty, directory, traced, ENOEXEC);
        expect_refusal(self, "/tmp/there/is/nothing", traced, ENOENT);
    }
    unlink(data);
    unlink(empty);
}

static void test_running_one_is_not_started_again(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "close-stdin");
    errno = 0;
    assert_int_equal(start_with(&p, "seven", (struct program_spec){ 0 }), -1);
    assert_int_equal(errno, EBUSY);
    program_close(&p);
}

/* ---- streams */

static long resident_kib(void)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");

    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%*s %ld", &pages), 1);
    fclose(statm);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void test_output_beyond_the_cap_is_dropped(void **state)
{
    struct program p;
    long resident = 0;

    (void)state;
    program_init(&p);
    start(&p, "much");
    for (program_pump(&p); p.out.fd >= 0 || p.err.fd >= 0; program_pump(&p)) {
        if (resident == 0 && p.out.dropped > 0)
            resident = resident_kib();
        wait_on_streams(&p);
    }
    assert_int_equal(p.out.kept.length, PROGRAM_KEPT);
    assert_int_equal(p.out.dropped, MUCH - PROGRAM_KEPT);
    for (size_t i = 0; i < p.out.kept.length; i++)
        if (p.out.kept.data[i] != 'a' + (char)(i % 23))
            fail_msg("byte %zu differs", i);
    assert_string_equal(text(&p.err), "end");
    assert_int_equal(p.err.dropped, 0);
    assert_true(resident > 0);
    assert_in_range(resident_kib() - resident + 512, 0, 1024);
    finish(&p);
    program_close(&p);
    assert_null(p.out.kept.data);
}

static void test_feeds_more_than_a_pipe_holds(void **state)
{
    enum { PIECE = 100003, PIECES = 12 };
    static char piece[PIECE];
    unsigned long sum = 0;
    char expected[64];
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "sum");
    for (int i = 0; i < PIECES; i++) {
        for (int j = 0; j < PIECE; j++) {
            piece[j] = (char)((i + j) % 101);
            sum = sum * 31 + (unsigned long)piece[j];
        }
        assert_int_equal(program_feed(&p, piece, PIECE), 0);
        program_pump(&p);
    }
    assert_true(p.feed.length > 0);
    program_feed_end(&p);
    finish(&p);
    assert_exit(&p, 0);
    assert_int_equal(p.stdin_fd, -1);
    snprintf(expected, sizeof expected, "%d %lu\n", PIECE * PIECES, sum);
    assert_string_equal(text(&p.out), expected);
    program_close(&p);
}

static void test_stdin_stays_open_until_told(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "sum");
    assert_int_equal(program_feed(&p, "ab", 2), 0);
    program_pump(&p);
    assert_int_equal(p.feed.length, 0);
    assert_true(p.stdin_fd >= 0);
    family_await(p.pid, 'S');
    program_reap(&p);
    assert_false(p.ended);
    program_feed_end(&p);
    finish(&p);
    assert_string_equal(text(&p.out), "2 3105\n");
    program_close(&p);
}

static void test_program_that_closes_stdin(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "close-stdin");
    while (strcmp(text(&p.out), "closed\n") != 0) {
        wait_on_streams(&p);
        program_pump(&p);
    }
    assert_int_equal(program_feed(&p, "x", 1), 0);
    program_pump(&p);
    assert_int_equal(p.stdin_fd, -1);
    kill(p.pid, SIGKILL);
    finish(&p);
    program_close(&p);
}

/* ---- ends */

static void test_exit_status_and_signal(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "seven");
    finish(&p);
    assert_exit(&p, 7);
    assert_true(p.peak_kib > 0);
    start(&p, "terminate");
    finish(&p);
    assert_true(WIFSIGNALED(p.status));
    assert_int_equal(WTERMSIG(p.status), SIGTERM);
    program_close(&p);
}

static void test_cpu_time_is_counted(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "spin");
    finish(&p);
    assert_in_range(p.cpu_us, 55000, 5000000);
    program_close(&p);
}

static void test_orphans_are_reaped(void **state)
{
    struct descendants all = { 0 };
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "orphan");
    while (!p.ended) {
        siginfo_t info;

        assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
        program_reap(&p);
    }
    assert_exit(&p, 0);
    assert_int_equal(descendants_list(&all, getpid(), &probe), 0);
    assert_int_equal(all.count, 1);
    program_feed_end(&p);
    program_pump(&p);
    family_await(all.pid[0], 'Z');
    program_reap(&p);
    assert_int_equal(descendants_list(&all, getpid(), &probe), 0);
    assert_int_equal(all.count, 0);
    assert_exit(&p, 0);
    descendants_free(&all);
    program_close(&p);
}

static void test_a_stop_is_no_end(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "close-stdin");
    kill(p.pid, SIGSTOP);
    family_await(p.pid, 'T');
    program_reap(&p);
    assert_false(p.ended);
    kill(p.pid, SIGKILL);
    finish(&p);
    assert_int_equal(WTERMSIG(p.status), SIGKILL);
    program_close(&p);
}

static void test_restart_keeps_output(void **state)
{
    struct program p;

    (void)state;
    program_init(&p);
    start(&p, "sum");
    program_feed(&p, "a", 1);
    program_feed_end(&p);
    finish(&p);
    start(&p, "sum");
    program_feed(&p, "ab", 2);
    program_feed_end(&p);
    finish(&p);
    assert_string_equal(text(&p.out), "1 97\n2 3105\n");
    program_close(&p);
}

static int enter(void **state)
{
    (void)state;
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_surroundings, family_end),
        cmocka_unit_test_teardown(test_environment_is_exact, family_end),
        cmocka_unit_test_teardown(test_three_descriptors, family_end),
        cmocka_unit_test_teardown(test_harness_without_streams, family_end),
        cmocka_unit_test_teardown(test_own_descriptors, family_end),
        cmocka_unit_test_teardown(test_cannot_signal_its_parent, family_end),
        cmocka_unit_test_teardown(test_exec_errors, family_end),
        cmocka_unit_test_teardown(test_running_one_is_not_started_again,
                                  family_end),
        cmocka_unit_test_teardown(test_output_beyond_the_cap_is_dropped,
                                  family_end),
        cmocka_unit_test_teardown(test_feeds_more_than_a_pipe_holds,
                                  family_end),
        cmocka_unit_test_teardown(test_stdin_stays_open_until_told, family_end),
        cmocka_unit_test_teardown(test_program_that_closes_stdin, family_end),
        cmocka_unit_test_teardown(test_exit_status_and_signal, family_end),
        cmocka_unit_test_teardown(test_cpu_time_is_counted, family_end),
        cmocka_unit_test_teardown(test_orphans_are_reaped, family_end),
        cmocka_unit_test_teardown(test_a_stop_is_no_end, family_end),
        cmocka_unit_test_teardown(test_restart_keeps_output, family_end),
    };

    if (argc > 1)
        return act(argv[1]);
    family_begin();
    return cmocka_run_group_tests(tests, enter, leave);
}
