#include "report.h"

#include <errno.h>

/* What a reader of brief feedback is not told, and then of points alone. */
static const char *const not_brief[] = { "expected", "actual", "transcript",
                                         NULL };
static const char *const not_score[] = { "reason", "hint", "command", NULL };

static void leave_out(json_t *scenario, const char *const *names)
{
    for (; *names != NULL; names++)
        (void)json_object_del(scenario, *names);
}

static void reduce(json_t *document, const struct report_style *style)
{
    json_t *labs = json_object_get(document, "labs");
    size_t i;
    json_t *lab;

    json_array_foreach(labs, i, lab)
    {
        json_t *scenarios = json_object_get(lab, "scenarios");
        size_t j;
        json_t *scenario;

        json_array_foreach(scenarios, j, scenario)
        {
            leave_out(scenario, not_brief);
            if (style->feedback == REPORT_SCORE)
                leave_out(scenario, not_score);
        }
    }
}

int report_json(FILE *out, const json_t *document,
                const struct report_style *style)
{
    json_t *copy = json_deep_copy(document);
    int result;

    if (copy == NULL) {
        errno = ENOMEM;
        return -1;
    }
    if (style->feedback != REPORT_FULL)
        reduce(copy, style);
    result = json_dumpf(copy, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(copy);
    if (result < 0 || putc('\n', out) == EOF || fflush(out) == EOF)
        return -1;
    return 0;
}
