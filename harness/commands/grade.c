#include "commands.h"

#include "best.h"
#include "live.h"
#include "options.h"
#include "programs.h"
#include "report/print.h"
#include "selection.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

static const char me[] = "grade";

enum {
    /** What an ended process's status is above, by custom, for a signal. */
    SIGNALLED = 128
};

struct grade {
    struct options options;
    struct selection selection;
    /** For each format; stdout is not closed. */
    FILE *streams[OPTIONS_FORMATS];
    struct report_style styles[OPTIONS_FORMATS];
    struct sandbox_probe probe;
    /** How the programs were given. */
    struct bytes programs;
    char *counters;
    struct verdict_run run;
    json_t *document;
};

/* The signal that ends the run, or 0. Programs and the run's directory must go
 * first, so that the handler only takes note. */
static volatile sig_atomic_t stopped;

static void take_note(int signal)
{
    stopped = signal;
}

/* A reader of the report who goes away must not leave the directory behind, so
 * SIGPIPE becomes an error of the stream. */
static void catch_signals(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction note = { .sa_handler = take_note };
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    sigemptyset(&note.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &note, NULL);
    sigemptyset(&ignore.sa_mask);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

/* Trouble with the machine or the grader. Returns its exit status. */
static int trouble(const char *what)
{
    command_say(me, "%s: %s", what, strerror(errno));
    return COMMAND_TROUBLE;
}

/* Wrong usage where `problem` says so, else trouble. */
static int refuse(const struct bytes *problem, const char *what)
{
    if (errno != EINVAL || problem->length == 0)
        return trouble(what);
    command_say(me, "%s", problem->data);
    return COMMAND_USAGE;
}

static int keep_given_role(struct grade *g)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (g->options.command[i] == NULL && g->options.command[1 - i] != NULL)
            selection_keep_role(&g->selection, (enum role)(1 - i));
    }
    if (g->selection.count == 0) {
        command_say(me, "\"%s\" is no scenario of the program that was given",
                    g->options.names[0]);
        return COMMAND_USAGE;
    }
    return COMMAND_OK;
}

static int select_cases(struct grade *g)
{
    const struct options *o = &g->options;
    struct bytes problem = { 0 };
    int status = COMMAND_OK;

    if (selection_make(&g->selection, o->names, o->name_count, &problem) < 0) {
        status = refuse(&problem, "the scenarios cannot be listed");
    } else if (o->command[ROLE_SERVER] != NULL ||
               o->command[ROLE_CLIENT] != NULL) {
        if (o->name_count > 0 && selection_is_one_lab(&g->selection)) {
            status = keep_given_role(g);
        } else {
            command_say(me, "--server and --client need the name of one lab, "
                            "such as 01-stream");
            status = COMMAND_USAGE;
        }
    }
    bytes_free(&problem);
    return status;
}

/* Files that cannot be written are found before anything is graded. */
static int open_formats(struct grade *g)
{
    for (size_t i = 0; i < g->options.format_count; i++) {
        const char *file = g->options.formats[i].file;

        g->streams[i] = file != NULL ? fopen(file, "we") : stdout;
        if (g->streams[i] == NULL) {
            command_say(me, "%s cannot be written: %s", file, strerror(errno));
            return COMMAND_USAGE;
        }
        g->styles[i] = print_style(g->streams[i]);
        g->styles[i].feedback = g->options.feedback;
    }
    return COMMAND_OK;
}

static int open_counters(struct grade *g)
{
    struct stat status;

    if (g->options.counters == NULL)
        return COMMAND_OK;
    g->counters = realpath(g->options.counters, NULL);
    if (g->counters != NULL && stat(g->counters, &status) == 0 &&
        S_ISDIR(status.st_mode))
        return COMMAND_OK;
    command_say(me, "--counters %s is not a directory", g->options.counters);
    return COMMAND_USAGE;
}

static int check_sandbox(struct grade *g)
{
    struct bytes missing = { 0 };
    int status = COMMAND_OK;

    sandbox_probe(&g->probe);
    if (g->options.sandbox_off) {
        command_say(me, "warning: the sandbox is off: programs may signal "
                        "whatever their user may signal");
        /* What only observes stays, and so do the users of their own. */
        g->probe.landlock_abi = 0;
        g->probe.signal_scope = false;
    }
    if (!g->options.require_strong)
        return COMMAND_OK;
    if (sandbox_missing(&g->probe, &missing) < 0) {
        status = trouble("the sandbox cannot be described");
    } else if (missing.length > 0) {
        command_say(me, "refused: the sandbox is not strong; missing: %s",
                    missing.data);
        status = COMMAND_TROUBLE;
    }
    bytes_free(&missing);
    return status;
}

static int prepare_run(struct grade *g)
{
    uint64_t seed = g->options.seed;
    uint32_t drawn;

    if (programs_describe(&g->programs, &g->options) < 0)
        return trouble("the programs cannot be described");
    /* Short enough to be typed again. */
    if (!g->options.seeded) {
        if (getrandom(&drawn, sizeof drawn, 0) != (ssize_t)sizeof drawn)
            return trouble("no seed can be drawn");
        seed = drawn;
    }
    g->run = (struct verdict_run){ .seed = seed,
                                   .probe = &g->probe,
                                   .programs = g->programs.data };
    return COMMAND_OK;
}

/* What the compiler said, a line at a time: it quotes the learner's source. */
static void show_output(const struct bytes *output)
{
    const struct report_style style = print_style(stderr);
    const struct print p = { stderr, &style };
    char *rest = output->data;
    char *line;

    if (output->length == 0)
        return;
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (rest == NULL && *line == '\0')
            break;
        print_text(&p, PRINT_PLAIN, line);
        print_end(&p);
    }
}

/* The first text report on stdout, which shows the run as it goes on; or the
 * number of formats. */
static size_t find_live(const struct grade *g)
{
    size_t i = 0;

    while (i < g->options.format_count &&
           (g->options.formats[i].file != NULL ||
            g->options.formats[i].report->write != report_text))
        i++;
    return i;
}

/* The seed first: a run that is given up can be repeated. */
static void announce(const struct grade *g)
{
    size_t i = find_live(g);
    size_t count = g->selection.count;

    if (i < g->options.format_count && g->options.feedback != REPORT_SCORE)
        fprintf(g->streams[i], "%zu %s, seed %llu\n\n", count,
                count == 1 ? "scenario" : "scenarios",
                (unsigned long long)g->run.seed);
}

static int play_cases(struct grade *g, const struct source *source,
                      struct schedule_case *cases, size_t count)
{
    size_t i = find_live(g);
    bool is_live = i < g->options.format_count;
    struct live live = {
        .run = &g->run,
        .cases = g->selection.cases,
        .stop = &stopped,
    };
    struct runner_config config = {
        .seed = g->run.seed,
        .timeout_scale = g->options.timeout_scale,
        .build = g->options.build,
        .counters = g->counters,
        .probe = g->probe,
        .directory = source->directory,
    };
    const struct schedule schedule = {
        .config = &config,
        .jobs = g->options.jobs,
        .progress = is_live ? live_line : NULL,
        .data = &live,
        .stop = &stopped,
    };

    for (int role = 0; role < ROLE_COUNT; role++) {
        config.argv[role] = source->argv[role];
        config.missing[role] = source->missing[role];
    }
    if (cases == g->selection.cases)
        announce(g);
    if (is_live) {
        live.out = g->streams[i];
        live.style = &g->styles[i];
        /* What is buffered here must not be in the cases' processes, too. */
        fflush(live.out);
        g->styles[i].listed = true;
    }
    if (schedule_run(&schedule, cases, count) == 0 || stopped != 0)
        return COMMAND_OK;
    return trouble("no case can be started");
}

/* Grades `count` cases, all of one lab. */
static int play_lab(struct grade *g, struct schedule_case *cases, size_t count)
{
    struct source source;
    struct bytes output = { 0 };
    struct bytes problem = { 0 };
    int status;

    if (source_open(&source) < 0)
        return trouble("the run's directory cannot be made");
    if (programs_prepare(&source, &g->options, cases[0].lab, &output,
                         &problem) < 0)
        status = refuse(&problem, "the programs cannot be prepared");
    else
        status = COMMAND_OK;
    show_output(&output);
    if (status == COMMAND_OK && stopped == 0)
        status = play_cases(g, &source, cases, count);
    source_close(&source);
    bytes_free(&output);
    bytes_free(&problem);
    return status;
}

static int play_all(struct grade *g)
{
    struct schedule_case *cases = g->selection.cases;
    size_t count = g->selection.count;
    int status = COMMAND_OK;
    size_t end;

    for (size_t i = 0; i < count && status == COMMAND_OK; i = end) {
        end = i + 1;
        while (end < count && cases[end].lab == cases[i].lab)
            end++;
        status = play_lab(g, &cases[i], end - i);
        if (stopped != 0) {
            command_say(me, "stopped by SIG%s", sigabbrev_np(stopped));
            status = SIGNALLED + stopped;
        }
    }
    return status;
}

static int write_reports(struct grade *g)
{
    g->document =
        verdict_document(&g->run, g->selection.cases, g->selection.count);
    if (g->document == NULL)
        return trouble("the result cannot be put together");
    for (size_t i = 0; i < g->options.format_count; i++) {
        const struct options_format *format = &g->options.formats[i];

        if (format->report->write(g->streams[i], g->document, &g->styles[i]) <
            0)
            return trouble(format->file != NULL ? format->file : "stdout");
    }
    return verdict_exit_status(g->document);
}

/* Only the learner's own work in the usual place counts as progress. */
static void record_best(const struct grade *g)
{
    const struct options *o = &g->options;

    if (o->from != NULL || o->command[ROLE_SERVER] != NULL ||
        o->command[ROLE_CLIENT] != NULL || g->document == NULL)
        return;
    if (best_record(g->document) < 0)
        command_say(me,
                    "warning: the best results cannot be kept in build/: "
                    "%s",
                    strerror(errno));
}

static void grade_free(struct grade *g)
{
    for (size_t i = 0; i < g->options.format_count; i++) {
        if (g->streams[i] != NULL && g->streams[i] != stdout)
            fclose(g->streams[i]);
    }
    json_decref(g->document);
    selection_free(&g->selection);
    bytes_free(&g->programs);
    free(g->counters);
}

int command_grade(int argc, char **argv)
{
    static int (*const stages[])(struct grade * g) = {
        select_cases, open_counters, open_formats,  check_sandbox,
        prepare_run,  play_all,      write_reports,
    };
    struct grade g = { 0 };
    int status = COMMAND_OK;

    options_parse(&g.options, argc, argv);
    catch_signals();
    for (size_t i = 0;
         i < sizeof stages / sizeof stages[0] && status == COMMAND_OK; i++)
        status = stages[i](&g);
    record_best(&g);
    grade_free(&g);
    return status;
}
