#include "turns.h"

#include "outcome.h"

#include <stdlib.h>
#include <string.h>

size_t turns_prerequisite(const struct schedule_case *cases, size_t index)
{
    const char *after = cases[index].scenario->after;

    for (size_t i = 0; after != NULL && i < index; i++) {
        if (cases[i].lab == cases[index].lab &&
            strcmp(cases[i].scenario->name, after) == 0)
            return i;
    }
    return index;
}

static long clocks_of(const struct scenario *s)
{
    long sum = 0;

    for (int n = 0; n < SCENARIO_STEPS; n++) {
        if (s->steps[n].verb == VERB_CLOCK)
            sum += s->steps[n].number;
    }
    return sum;
}

/* From the last to the first: what waits stands behind what it waits for. */
static void weigh(struct turns *t)
{
    for (size_t i = t->count; i-- > 0;) {
        struct turn *own = &t->turn[i];
        struct turn *after = &t->turn[own->after];

        own->weight += clocks_of(t->cases[i].scenario);
        if (after != own && after->weight < own->weight)
            after->weight = own->weight;
    }
}

int turns_open(struct turns *t, const struct schedule_case *cases, size_t count)
{
    *t = (struct turns){ .cases = cases, .count = count };
    t->turn = calloc(count + 1, sizeof *t->turn);
    if (t->turn == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        t->turn[i].after = turns_prerequisite(cases, i);
    weigh(t);
    return 0;
}

static bool has_passed(const struct schedule_case *c)
{
    const char *verdict =
        json_string_value(json_object_get(c->outcome, "verdict"));

    return verdict != NULL &&
           strcmp(verdict, outcome_verdict_name(VERDICT_PASS)) == 0;
}

static bool is_ready(const struct turns *t, size_t index)
{
    const struct turn *turn = &t->turn[index];

    return !turn->taken &&
           (turn->after == index || has_passed(&t->cases[turn->after]));
}

size_t turns_next(const struct turns *t)
{
    size_t best = t->count;

    for (size_t i = 0; i < t->count; i++) {
        if (is_ready(t, i) &&
            (best == t->count || t->turn[i].weight > t->turn[best].weight))
            best = i;
    }
    return best;
}

bool turns_is_lost(const struct turns *t, size_t index)
{
    const struct turn *turn = &t->turn[index];
    const struct schedule_case *after = &t->cases[turn->after];

    return !turn->taken && turn->after != index && after->outcome != NULL &&
           !has_passed(after);
}

void turns_free(struct turns *t)
{
    free(t->turn);
    *t = (struct turns){ 0 };
}
