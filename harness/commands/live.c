#include "live.h"

#include <string.h>

enum {
    /** A scenario, what it waits for, what that waits for, and so on. */
    LONGEST_CHAIN = 16
};

/* The prerequisite of a case, if it has ended before it; or NULL. */
static const struct schedule_case *before(const struct live *live,
                                          const struct schedule_case *c)
{
    const struct schedule_case *found = NULL;

    for (const struct schedule_case *p = live->cases;
         c->scenario->after != NULL && p < c; p++) {
        if (p->lab == c->lab && p->outcome != NULL &&
            strcmp(p->scenario->name, c->scenario->after) == 0)
            found = p;
    }
    return found;
}

/* A case is judged along with those that it hangs on. */
static json_t *judge(const struct live *live, const struct schedule_case *c)
{
    struct schedule_case chain[LONGEST_CHAIN];
    size_t first = LONGEST_CHAIN;

    for (; c != NULL && first > 0; c = before(live, c))
        chain[--first] = *c;
    return verdict_document(live->run, &chain[first], LONGEST_CHAIN - first);
}

/* What waits for a scenario that was lost is no news: the report counts it. */
static void print_line(const struct live *live, const struct schedule_case *c)
{
    json_t *document = judge(live, c);
    const json_t *lab = json_array_get(json_object_get(document, "labs"), 0);
    const json_t *scenarios = json_object_get(lab, "scenarios");
    const json_t *last =
        json_array_get(scenarios, json_array_size(scenarios) - 1);

    /* A line that cannot be printed shows when the report is. */
    if (last != NULL && json_object_get(last, "waits_for") == NULL)
        (void)report_text_line(live->out, last, live->style);
    json_decref(document);
}

void live_line(const struct schedule_case *ended, size_t done, size_t total,
               void *data)
{
    struct live *live = data;

    (void)ended;
    (void)done;
    while (!*live->stop && live->printed < total &&
           live->cases[live->printed].outcome != NULL) {
        print_line(live, &live->cases[live->printed]);
        live->printed++;
    }
}
