#include "verbs.h"

#include "observe.h"

int verb_observe(struct play *p, const struct step *s)
{
    if (observe((enum observation)s->number, &p->outcome.observed) < 0)
        return play_trouble(p, "the observation cannot be made");
    return 0;
}

int verb_observed(struct play *p, const struct step *s)
{
    return play_expand(p, &p->outcome.observed, s->text, s->length);
}
