#include "options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_SERVER = 0x100,
    KEY_CLIENT,
    KEY_SCALE,
    KEY_SANDBOX,
    KEY_REQUIRE,
    KEY_FEEDBACK,
    KEY_BUILD,
    KEY_COUNTERS,
    MOST_JOBS = 1000,
    MOST_SCALE = 1000
};

static const struct argp_option described[] = {
    { "from", 'd', "DIR", 0, "Folder of the labs' folders (default: labs)", 0 },
    { "server", KEY_SERVER, "CMD", 0,
      "Grade this command as the server of one lab", 0 },
    { "client", KEY_CLIENT, "CMD", 0,
      "Grade this command as the client of one lab", 0 },
    { "format", 'f', "NAME[=FILE]", 0,
      "Report to write (default: text); may be given several times", 0 },
    { "feedback", KEY_FEEDBACK, "full|brief|score", 0, "How much is told", 0 },
    { "jobs", 'j', "N", 0, "Cases that run at once", 0 },
    { "seed", 's', "N", 0, "Draw the same values again", 0 },
    { "timeout-scale", KEY_SCALE, "X", 0, "Multiply all clocks by X", 0 },
    { "sandbox", KEY_SANDBOX, "auto|off", 0, "Confine the programs", 0 },
    { "require-sandbox", KEY_REQUIRE, "strong", 0,
      "Refuse to grade in a weaker sandbox", 0 },
    { "build", KEY_BUILD, "plain|sanitizer|coverage", 0,
      "How the programs are built", 0 },
    { "counters", KEY_COUNTERS, "DIR", 0,
      "Where a coverage build writes its counters", 0 },
    { 0 },
};

/* Digits, or 0x and digits of base 16, below 2^63. */
static bool parse_number(const char *text, uint64_t *number)
{
    bool hexadecimal = strncmp(text, "0x", 2) == 0;
    char *end;

    if (hexadecimal)
        text += 2;
    if (!isxdigit((unsigned char)*text))
        return false;
    errno = 0;
    *number = strtoull(text, &end, hexadecimal ? 16 : 10);
    return errno == 0 && *end == '\0' && end != text && *number <= INT64_MAX;
}

/* The word's place in a list; ends the process where it is not in it. */
static int choose(const struct argp_state *state, const char *option,
                  const char *const *words, const char *word)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    argp_error(state, "--%s does not take \"%s\"", option, word);
    return -1;
}

/* Ends the process. */
static void no_format(const struct argp_state *state, const char *name)
{
    char all[200] = "";
    size_t length = 0;

    for (const struct report *r = report_all;
         r->name != NULL && length < sizeof all; r++)
        length += (size_t)snprintf(all + length, sizeof all - length, "%s%s",
                                   r == report_all ? "" : ", ", r->name);
    argp_error(state, "there is no format \"%s\"; there is %s", name, all);
}

static void take_format(struct options *o, const char *argument,
                        const struct argp_state *state)
{
    struct options_format *format = &o->formats[o->format_count];
    size_t length = strcspn(argument, "=");
    char name[32];

    if (o->format_count == OPTIONS_FORMATS)
        argp_error(state, "--format can be given %d times", OPTIONS_FORMATS);
    snprintf(name, sizeof name, "%.*s", (int)length, argument);
    format->report = report_find(name);
    if (format->report == NULL)
        no_format(state, name);
    format->file = argument[length] == '=' ? argument + length + 1 : NULL;
    if (format->file != NULL && *format->file == '\0')
        argp_error(state, "--format %s= names no file", name);
    o->format_count++;
}

static void take_jobs(struct options *o, const char *argument,
                      const struct argp_state *state)
{
    uint64_t jobs = 0;

    if (!parse_number(argument, &jobs) || jobs < 1 || jobs > MOST_JOBS)
        argp_error(state, "--jobs takes a number from 1 to %d", MOST_JOBS);
    o->jobs = (int)jobs;
}

static void take_seed(struct options *o, const char *argument,
                      const struct argp_state *state)
{
    if (!parse_number(argument, &o->seed))
        argp_error(state, "--seed takes a number below 2^63, such as 4711 or "
                          "0x1267");
    o->seeded = true;
}

static void take_scale(struct options *o, const char *argument,
                       const struct argp_state *state)
{
    char *end;

    o->timeout_scale = strtod(argument, &end);
    if (end == argument || *end != '\0' || !isfinite(o->timeout_scale) ||
        o->timeout_scale <= 0 || o->timeout_scale > MOST_SCALE)
        argp_error(state, "--timeout-scale takes a number above 0, up to %d",
                   MOST_SCALE);
}

static void take_sandbox(struct options *o, const char *argument,
                         const struct argp_state *state)
{
    static const char *const words[] = { "auto", "off", NULL };

    o->sandbox_off = choose(state, "sandbox", words, argument) == 1;
}

static void take_require(struct options *o, const char *argument,
                         const struct argp_state *state)
{
    static const char *const words[] = { "strong", NULL };

    o->require_strong = choose(state, "require-sandbox", words, argument) == 0;
}

static void take_feedback(struct options *o, const char *argument,
                          const struct argp_state *state)
{
    static const char *const words[] = { [REPORT_FULL] = "full",
                                         [REPORT_BRIEF] = "brief",
                                         [REPORT_SCORE] = "score",
                                         NULL };

    o->feedback = choose(state, "feedback", words, argument);
}

static void take_build(struct options *o, const char *argument,
                       const struct argp_state *state)
{
    static const char *const words[] = { [RUNNER_PLAIN] = "plain",
                                         [RUNNER_SANITIZER] = "sanitizer",
                                         [RUNNER_COVERAGE] = "coverage",
                                         NULL };

    o->build = (enum runner_build)choose(state, "build", words, argument);
}

static void take_from(struct options *o, const char *argument,
                      const struct argp_state *state)
{
    (void)state;
    o->from = argument;
}

static void take_server(struct options *o, const char *argument,
                        const struct argp_state *state)
{
    (void)state;
    o->command[ROLE_SERVER] = argument;
}

static void take_client(struct options *o, const char *argument,
                        const struct argp_state *state)
{
    (void)state;
    o->command[ROLE_CLIENT] = argument;
}

static void take_counters(struct options *o, const char *argument,
                          const struct argp_state *state)
{
    (void)state;
    o->counters = argument;
}

static const struct {
    int key;
    void (*take)(struct options *o, const char *argument,
                 const struct argp_state *state);
} takers[] = {
    { 'd', take_from },
    { KEY_SERVER, take_server },
    { KEY_CLIENT, take_client },
    { 'f', take_format },
    { KEY_FEEDBACK, take_feedback },
    { 'j', take_jobs },
    { 's', take_seed },
    { KEY_SCALE, take_scale },
    { KEY_SANDBOX, take_sandbox },
    { KEY_REQUIRE, take_require },
    { KEY_BUILD, take_build },
    { KEY_COUNTERS, take_counters },
};

/* Options that have a meaning only with others, or without. */
static void check(const struct options *o, const struct argp_state *state)
{
    bool commands =
        o->command[ROLE_SERVER] != NULL || o->command[ROLE_CLIENT] != NULL;

    if (commands && o->from != NULL)
        argp_error(state, "--from and --server or --client exclude each other");
    if (o->counters != NULL && o->build != RUNNER_COVERAGE)
        argp_error(state, "--counters needs --build coverage");
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (takers[i].key == key) {
            takers[i].take(o, argument, state);
            return 0;
        }
    }
    if (key == ARGP_KEY_ARGS) {
        o->names = state->argv + state->next;
        o->name_count = (size_t)(state->argc - state->next);
        return 0;
    }
    if (key == ARGP_KEY_SUCCESS) {
        check(o, state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

void options_parse(struct options *o, int argc, char **argv)
{
    static const struct argp parser = {
        .options = described,
        .parser = parse_option,
        .args_doc = "[LAB[/SCENARIO]]...",
        .doc = "Grades programs: all labs, one, or single scenarios.\v"
               "Exit status: 0 all points, 1 points lost, 2 wrong usage, "
               "3 the grader or the machine is in trouble.",
    };

    *o = (struct options){ .timeout_scale = 1, .feedback = REPORT_FULL };
    (void)argp_parse(&parser, argc, argv, 0, NULL, o);
    if (o->format_count == 0)
        o->formats[o->format_count++].report = report_find("text");
}
