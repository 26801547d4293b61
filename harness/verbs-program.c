#include "verbs.h"

#include "catalogue.h"
#include "clock.h"
#include "procfs.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROGRAM_CPU_SECONDS = 30, PROGRAM_FILE_SIZE = 16 << 20 };

/* argv of the case: the program's own words, then what it is given. */
static char **build_argv(struct play *p)
{
    const char *args[CATALOGUE_ARGS + 1];
    size_t count = catalogue_args(p->lab, p->scenario, args);
    char *const *base = p->config->argv[p->scenario->role];
    char **argv;
    size_t n = 0;

    while (base[n])
        n++;
    argv = calloc(n + count + 1, sizeof *argv);
    if (!argv)
        return NULL;
    for (size_t i = 0; i < n; i++)
        argv[i] = base[i];
    for (size_t i = 0; i < count; i++) {
        struct bytes word = { 0 };

        if (bytes_append(&word, "", 0) < 0 ||
            play_expand(p, &word, args[i], strlen(args[i])) < 0) {
            bytes_free(&word);
            break;
        }
        argv[n + i] = word.data;
    }
    return argv;
}

static void free_argv(const struct play *p, char **argv)
{
    size_t n = 0;

    if (!argv)
        return;
    while (p->config->argv[p->scenario->role][n])
        n++;
    for (; argv[n]; n++)
        free(argv[n]);
    free(argv);
}

static bool takes_descriptors_away(const struct scenario *s)
{
    for (int i = 0; i < SCENARIO_STEPS; i++)
        if (s->steps[i].verb == VERB_LIMIT_DESCRIPTORS)
            return true;
    return false;
}

static char **build_environment(const struct play *p)
{
    /* At its end a leak checker opens files of its own; without a free
     * descriptor it would fail a program that leaks nothing. */
    static char no_leak_check[] = "ASAN_OPTIONS=detect_leaks=0";
    static char prefix[4200];
    static char *environment[3];
    size_t n = 0;

    if (takes_descriptors_away(p->scenario))
        environment[n++] = no_leak_check;
    if (p->config->build == RUNNER_COVERAGE && p->config->counters) {
        snprintf(prefix, sizeof prefix, "GCOV_PREFIX=%s", p->config->counters);
        environment[n++] = prefix;
    }
    environment[n] = NULL;
    return environment;
}

int verbs_start(struct play *p, struct verbs_way way)
{
    char directory[4096];
    struct program_spec spec = {
        .name = play_role(p),
        .directory = directory,
        .limits = { .cpu_seconds = PROGRAM_CPU_SECONDS,
                    .file_size = PROGRAM_FILE_SIZE,
                    .descriptors = VERBS_DESCRIPTORS },
        .probe = &p->config->probe,
        .environment = build_environment(p),
        .umask = &p->umask,
        .traced = way.traced,
        .apart = way.apart,
        .no_input = way.no_input,
    };
    char **argv = build_argv(p);
    int result = 0;

    spec.argv = argv;
    if (!argv || !getcwd(directory, sizeof directory))
        result = play_trouble(p, "the program cannot be prepared");
    else if (program_start(&p->program, &spec) < 0)
        result = play_fail(p, "the %s cannot be executed: %s", play_role(p),
                           strerror(errno));
    free_argv(p, argv);
    p->ready = false;
    p->umask = PROGRAM_UMASK;
    return result;
}

int verb_start(struct play *p, const struct step *s)
{
    (void)s;
    return verbs_start(p, (struct verbs_way){ 0 });
}

int verb_start_apart(struct play *p, const struct step *s)
{
    (void)s;
    return verbs_start(p, (struct verbs_way){ .apart = true });
}

int verb_start_closed(struct play *p, const struct step *s)
{
    (void)s;
    return verbs_start(p, (struct verbs_way){ .no_input = true });
}

int verb_feed(struct play *p, const struct step *s)
{
    struct bytes text = { 0 };
    int result = play_expand(p, &text, s->text, s->length);

    if (result == 0 && program_feed(&p->program, text.data, text.length) < 0)
        result = play_trouble(p, "stdin cannot be fed");
    bytes_free(&text);
    return result;
}

int verb_end_input(struct play *p, const struct step *s)
{
    (void)s;
    program_feed_end(&p->program);
    return 0;
}

/* An orphan on its way to its new parent may be missed by one look. */
static int until_twice(struct play *p, play_condition *met,
                       const struct step *s)
{
    for (int look = 0; look < 2; look++)
        if (play_until(p, met, s, -1, 0) < 0)
            return -1;
    return 0;
}

/* Children that outlived a killed server would keep its listener: the next one
 * would find a live server, and be right to refuse. */
static bool all_killed(struct play *p, const struct step *s)
{
    struct descendants d = { 0 };
    bool all = true;

    (void)s;
    if (descendants_list(&d, getpid(), &p->config->probe) < 0)
        return false;
    for (size_t i = 0; i < d.count; i++) {
        char state = descendants_state(d.pid[i]);

        if (state != 'Z' && state != 'X' && state != 0) {
            kill(d.pid[i], SIGKILL);
            all = false;
        }
    }
    descendants_free(&d);
    return all;
}

int verb_signal(struct play *p, const struct step *s)
{
    if (p->program.ended) {
        play_describe_end(p, &p->because);
        return play_fail(p, "there is no %s left to send a signal to",
                         play_role(p));
    }
    kill(p->program.pid, (int)s->number);
    if (s->number == SIGKILL && until_twice(p, all_killed, s) < 0)
        return play_fail(p, "the %s cannot be killed", play_role(p));
    return 0;
}

/* A thread has a file of its own, though no listing of /proc shows it. */
static int is_running(long task, void *context)
{
    char state = descendants_state((pid_t)task);

    (void)context;
    return state != 'T' && state != 't' && state != 'Z' && state != 'X' &&
           state != 0;
}

/* Every thread: one may be on its way to its stop when the first is there. */
static bool stopped(pid_t pid)
{
    char path[PROCFS_PATH];

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    return procfs_numbers(path, is_running, NULL) <= 0;
}

static bool all_stopped(struct play *p, const struct step *s)
{
    struct descendants d = { 0 };
    bool all = true;

    if (descendants_list(&d, getpid(), &p->config->probe) < 0)
        return false;
    for (size_t i = 0; i < d.count; i++) {
        bool concerned = s->verb == VERB_STOP || d.pid[i] == p->program.pid;

        if (!concerned || stopped(d.pid[i]))
            continue;
        all = false;
        kill(d.pid[i], SIGSTOP);
    }
    descendants_free(&d);
    return all;
}

int verb_stop(struct play *p, const struct step *s)
{
    /* A process is found stopped only by looking; one that was forked
     * meanwhile is found by looking again. */
    if (until_twice(p, all_stopped, s) < 0)
        return play_fail(p, "the %s cannot be stopped", play_role(p));
    return 0;
}

int verb_stop_main(struct play *p, const struct step *s)
{
    return verb_stop(p, s);
}

static bool all_continued(struct play *p, const struct step *s)
{
    struct descendants d = { 0 };
    bool all = true;

    (void)s;
    if (descendants_list(&d, getpid(), &p->config->probe) < 0)
        return false;
    for (size_t i = 0; i < d.count; i++)
        all = all && descendants_state(d.pid[i]) != 'T';
    if (!all)
        descendants_signal(&d, SIGCONT);
    descendants_free(&d);
    return all;
}

int verb_continue(struct play *p, const struct step *s)
{
    if (until_twice(p, all_continued, s) < 0)
        return play_fail(p, "the %s cannot be continued", play_role(p));
    return 0;
}

int verb_settle(struct play *p, const struct step *s)
{
    (void)s;
    if (play_settle(p) < 0)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    return 0;
}

static bool has_ended(struct play *p, const struct step *s)
{
    (void)s;
    return p->program.ended;
}

static bool ended_as(int status, long wanted)
{
    if (wanted < 0)
        return WIFSIGNALED(status) && WTERMSIG(status) == -wanted;
    return WIFEXITED(status) && WEXITSTATUS(status) == wanted;
}

/* What a killed process had handed to the kernel, such as an accept in an
 * io_uring, may keep its listener for some milliseconds more. */
static void await_release(struct play *p)
{
    int64_t deadline = clock_now() + RUNNER_CLOCK_US;
    struct peer visitor;

    peer_init(&visitor);
    while (clock_now() < deadline &&
           (peer_connect(&visitor, p->lab->socket_type, p->address.data) == 0 ||
            errno == EAGAIN))
        sched_yield();
    peer_close(&visitor);
}

int verb_ends(struct play *p, const struct step *s)
{
    if (play_until(p, has_ended, s, -1, 0) < 0)
        return play_fail(p, "the %s should have ended and has not",
                         play_role(p));
    return verb_settle(p, s);
}

int verb_exit(struct play *p, const struct step *s)
{
    if (play_until(p, has_ended, s, -1, 0) < 0)
        return play_fail(p, "the %s should have ended and has not",
                         play_role(p));
    if (ended_as(p->program.status, s->number)) {
        if (s->number == -SIGKILL && p->scenario->role == ROLE_SERVER)
            await_release(p);
        return 0;
    }
    play_describe_end(p, &p->because);
    if (s->number < 0)
        return play_fail(p, "the %s should have been killed by signal %ld",
                         play_role(p), -s->number);
    return play_fail(p, "the %s should have ended with exit status %ld",
                     play_role(p), s->number);
}

int verb_alive(struct play *p, const struct step *s)
{
    if (verb_settle(p, s) < 0)
        return -1;
    if (!p->program.ended)
        return 0;
    play_describe_end(p, &p->because);
    return play_fail(p, "the %s should still run", play_role(p));
}

static bool ended_or_unknown(struct play *p, const struct step *s)
{
    (void)s;
    return p->program.ended || p->state == QUIESCENCE_UNKNOWN;
}

/* A time limit that the program has set itself must not bring it to an end: it
 * is given a step's clock to run out. One that sleeps for ever has set none,
 * and of one whose sleep cannot be read nothing is known. */
int verb_stays(struct play *p, const struct step *s)
{
    play_until(p, ended_or_unknown, s, -1, 0);
    if (p->unknown)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    bytes_drop(&p->because, p->because.length);
    return verb_alive(p, s);
}
