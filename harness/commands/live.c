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

/* A case is judged along with those that it hangs on, and only as far as they
 * have ended: the result at the end may turn an `ok` into a skip. */
static json_t *judge(const struct live *live, const struct schedule_case *ended)
{
    struct schedule_case chain[LONGEST_CHAIN];
    size_t first = LONGEST_CHAIN;

    for (const struct schedule_case *c = ended; c != NULL && first > 0;
         c = before(live, c))
        chain[--first] = *c;
    return verdict_document(live->run, &chain[first], LONGEST_CHAIN - first);
}

void live_line(const struct schedule_case *ended, size_t done, size_t total,
               void *data)
{
    const struct live *live = data;
    json_t *document = *live->stop ? NULL : judge(live, ended);
    const json_t *lab = json_array_get(json_object_get(document, "labs"), 0);
    const json_t *scenarios = json_object_get(lab, "scenarios");
    size_t count = json_array_size(scenarios);

    (void)done;
    (void)total;
    /* A line that cannot be printed shows when the report is. */
    if (count > 0)
        (void)report_text_line(live->out, json_array_get(scenarios, count - 1),
                               live->style);
    json_decref(document);
}
