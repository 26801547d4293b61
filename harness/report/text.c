#include "failure.h"
#include "print.h"

#include <errno.h>
#include <string.h>

enum {
    NAME_WIDTH = 28,
    TITLE_COLUMN = 14 + NAME_WIDTH,
    /** Below one in this many points a lab counts as not begun. */
    BEGINNING = 10
};

/* One line's mark, said in words for those who see no colour. */
struct mark {
    const char *verdict;
    const char *word;
    enum print_tone tone;
};

static const struct mark marks[] = {
    { "pass", "ok", PRINT_GOOD },
    { "fail", "FAIL", PRINT_BAD },
    { "skip", "skip", PRINT_DOUBTFUL },
    { "unknown", "????", PRINT_DOUBTFUL },
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static long long number_of(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static bool has_verdict(const json_t *scenario, const char *verdict)
{
    return strcmp(text_of(scenario, "verdict"), verdict) == 0;
}

static bool waits(const json_t *scenario)
{
    return json_object_get(scenario, "waits_for") != NULL;
}

/* Worth no points by itself, and not for want of something in this machine. */
static bool is_observation(const json_t *scenario)
{
    return text_of(scenario, "observed")[0] != '\0';
}

static const struct mark *mark_of(const json_t *scenario)
{
    static const struct mark look = { "pass", "look", PRINT_STRONG };
    size_t last = sizeof marks / sizeof marks[0] - 1;

    if (is_observation(scenario))
        return &look;

    for (size_t i = 0; i < last; i++) {
        if (has_verdict(scenario, marks[i].verdict))
            return &marks[i];
    }
    return &marks[last];
}

static int finish(FILE *out)
{
    if (fflush(out) == 0 && !ferror(out))
        return 0;
    if (errno == 0)
        errno = EIO;
    return -1;
}

int report_text_line(FILE *out, const json_t *scenario,
                     const struct report_style *style)
{
    const struct print p = { out, style };
    const struct mark *mark = mark_of(scenario);

    if (waits(scenario) || style->feedback == REPORT_SCORE)
        return 0;
    print_padded(&p, mark->tone, mark->word, 4);
    fprintf(out, " %3lld/%-3lld ", number_of(scenario, "points"),
            number_of(scenario, "max"));
    print_padded(&p, PRINT_PLAIN, text_of(scenario, "name"), NAME_WIDTH);
    putc(' ', out);
    print_cut(&p, PRINT_PLAIN, text_of(scenario, "title"),
              style->width - TITLE_COLUMN);
    print_end(&p);
    return finish(out);
}

static size_t count_waiting(const json_t *scenarios, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(scenarios); i++)
        count += strcmp(text_of(json_array_get(scenarios, i), "waits_for"),
                        name) == 0;
    return count;
}

static void print_waiting(const struct print *p, const json_t *scenarios,
                          const char *name)
{
    size_t count = count_waiting(scenarios, name);
    char line[160];

    if (count == 0)
        return;
    snprintf(line, sizeof line, "%zu more %s for %s", count,
             count == 1 ? "waits" : "wait", name);
    print_field(p, "skip", line);
}

/* What a scenario that is worth no points has shown. */
static void print_observation(const struct print *p, const json_t *scenario)
{
    if (!is_observation(scenario))
        return;
    print_end(p);
    print_text(p, PRINT_STRONG, "look");
    fprintf(p->out, "       %s\n", text_of(scenario, "name"));
    print_field(p, "", text_of(scenario, "title"));
    print_field(p, "seen", text_of(scenario, "observed"));
}

/* A scenario's share in the report, behind its line. */
static void print_case(const struct print *p, const json_t *lab,
                       const json_t *scenario)
{
    if (waits(scenario) || has_verdict(scenario, "pass")) {
        print_observation(p, scenario);
        return;
    }
    if (has_verdict(scenario, "skip")) {
        print_end(p);
        print_text(p, PRINT_DOUBTFUL, "skip");
        fprintf(p->out, "       %s\n", text_of(scenario, "name"));
        print_field(p, "reason", text_of(scenario, "reason"));
    } else {
        failure_print(p, lab, scenario);
    }
    print_waiting(p, json_object_get(lab, "scenarios"),
                  text_of(scenario, "name"));
}

static void print_lab(const struct print *p, const json_t *lab)
{
    const json_t *scenarios = json_object_get(lab, "scenarios");
    size_t count = json_array_size(scenarios);

    for (size_t i = 0; i < count && !p->style->listed; i++)
        report_text_line(p->out, json_array_get(scenarios, i), p->style);
    for (size_t i = 0; i < count; i++)
        print_case(p, lab, json_array_get(scenarios, i));
}

static int count_verdict(const json_t *lab, const char *verdict, bool waiting)
{
    const json_t *scenarios = json_object_get(lab, "scenarios");
    int count = 0;

    for (size_t i = 0; i < json_array_size(scenarios); i++) {
        const json_t *scenario = json_array_get(scenarios, i);

        count += has_verdict(scenario, verdict) && waits(scenario) == waiting &&
                 !is_observation(scenario);
    }
    return count;
}

/* Some scenarios of this lab wait, and hardly anything else brings points. */
static bool is_beginning(const json_t *lab)
{
    return number_of(lab, "max") > 0 &&
           number_of(lab, "points") * BEGINNING <= number_of(lab, "max") &&
           count_verdict(lab, "skip", true) > 0;
}

static void print_counts(const struct print *p, const json_t *lab)
{
    char line[200];

    snprintf(
        line, sizeof line,
        "%d passed, %d failed, %d waiting, %d not possible here, "
        "%d unknown",
        count_verdict(lab, "pass", false), count_verdict(lab, "fail", false),
        count_verdict(lab, "skip", true), count_verdict(lab, "skip", false),
        count_verdict(lab, "unknown", false));
    print_field(p, "", line);
}

static void print_points(const struct print *p, const json_t *lab)
{
    long long points = number_of(lab, "points");
    long long max = number_of(lab, "max");
    char line[64];

    snprintf(line, sizeof line, "%lld/%lld", points, max);
    print_padded(p, points == max && max > 0 ? PRINT_GOOD : PRINT_STRONG, line,
                 9);
    putc(' ', p->out);
    print_padded(p, PRINT_STRONG, text_of(lab, "lab"), 15);
    print_wrapped(p, 25, 25, text_of(lab, "title"));
    if (p->style->feedback != REPORT_SCORE)
        print_counts(p, lab);
    if (is_beginning(lab))
        print_field(p, "note",
                    "This is how a lab is meant to begin: make the first "
                    "scenario pass, and those that wait for it are graded "
                    "too.");
}

/* How many points the machine's skips take off, over all labs. */
static void print_reduced(const struct print *p, const json_t *document)
{
    const json_t *labs = json_object_get(document, "labs");
    int impossible = 0;
    char line[120];

    for (size_t i = 0; i < json_array_size(labs); i++)
        impossible += count_verdict(json_array_get(labs, i), "skip", false);
    if (impossible == 0)
        return;
    snprintf(line, sizeof line,
             "graded out of %lld: this machine cannot play everything",
             number_of(document, "max"));
    print_field(p, "note", line);
}

static void print_sandbox(const struct print *p, const json_t *document)
{
    const json_t *sandbox = json_object_get(document, "sandbox");
    const json_t *missing = json_object_get(sandbox, "missing");
    char line[512];
    size_t length;

    length =
        (size_t)snprintf(line, sizeof line, "%s", text_of(sandbox, "level"));
    for (size_t i = 0; i < json_array_size(missing) && length < sizeof line;
         i++)
        length +=
            (size_t)snprintf(line + length, sizeof line - length, "%s%s",
                             i == 0 ? " (missing: " : ", ",
                             json_string_value(json_array_get(missing, i)));
    if (json_array_size(missing) > 0 && length < sizeof line)
        snprintf(line + length, sizeof line - length, ")");
    print_field(p, "sandbox", line);
}

static void print_run(const struct print *p, const json_t *document)
{
    char line[64];

    print_reduced(p, document);
    snprintf(line, sizeof line, "%lld", number_of(document, "seed"));
    print_field(p, "seed", line);
    print_sandbox(p, document);
    if (json_is_true(json_object_get(document, "provisional")))
        print_field(p, "note",
                    "PROVISIONAL: some verdicts are unknown, because the "
                    "grader or this machine was in trouble. That is no fault "
                    "of the program; grade again.");
}

static void print_total(const struct print *p, const json_t *document)
{
    char line[64];

    if (json_array_size(json_object_get(document, "labs")) < 2)
        return;
    snprintf(line, sizeof line, "%lld/%lld", number_of(document, "points"),
             number_of(document, "max"));
    print_padded(p, PRINT_STRONG, line, 9);
    print_text(p, PRINT_STRONG, " all labs");
    print_end(p);
}

int report_text(FILE *out, const json_t *document,
                const struct report_style *style)
{
    const struct print p = { out, style };
    const json_t *labs = json_object_get(document, "labs");

    for (size_t i = 0;
         i < json_array_size(labs) && style->feedback != REPORT_SCORE; i++)
        print_lab(&p, json_array_get(labs, i));
    print_end(&p);
    for (size_t i = 0; i < json_array_size(labs); i++)
        print_points(&p, json_array_get(labs, i));
    print_total(&p, document);
    print_run(&p, document);
    return finish(out);
}
