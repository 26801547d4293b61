#include "verbs.h"

#include <unistd.h>

static int limit(struct play *p, bool on, unsigned descriptors)
{
    if (census_limit(getpid(), &p->config->probe, on, descriptors) < 0)
        return play_trouble(p, "the limit of open files cannot be set");
    return 0;
}

int verb_limit_descriptors(struct play *p, const struct step *s)
{
    return limit(p, true, (unsigned)s->number);
}

int verb_unlimit_descriptors(struct play *p, const struct step *s)
{
    (void)s;
    return limit(p, false, VERBS_DESCRIPTORS);
}

int verb_count(struct play *p, const struct step *s)
{
    if (verb_settle(p, s) < 0)
        return -1;
    if (census_take(&p->noted, getpid(), &p->config->probe) < 0)
        return play_trouble(p, "the descriptors cannot be counted");
    return 0;
}

/* A server may reap its children when the next connection comes, and so keep
 * one zombie while it rests; what it must not do is to collect them. */
static bool no_more_than_noted(struct play *p, const struct step *s)
{
    struct census now;

    (void)s;
    return census_take(&now, getpid(), &p->config->probe) == 0 &&
           now.descriptors <= p->noted.descriptors &&
           now.processes <= p->noted.processes &&
           now.zombies <= p->noted.zombies + 1;
}

static void tell_surplus(struct bytes *out, int now, int before,
                         const char *one, const char *several)
{
    if (now > before)
        bytes_printf(out, "%s%d more %s than before (%d, was %d)",
                     out->length > 0 ? ", " : "", now - before,
                     now - before == 1 ? one : several, now, before);
}

int verb_count_same(struct play *p, const struct step *s)
{
    struct bytes surplus = { 0 };
    struct census now = { 0 };

    if (play_until(p, no_more_than_noted, s, -1, 0) == 0)
        return 0;
    census_take(&now, getpid(), &p->config->probe);
    tell_surplus(&surplus, now.descriptors, p->noted.descriptors, "descriptor",
                 "descriptors");
    tell_surplus(&surplus, now.processes, p->noted.processes, "process",
                 "processes");
    tell_surplus(&surplus, now.zombies, p->noted.zombies, "zombie", "zombies");
    play_fail(p, "the %s holds %s", play_role(p),
              surplus.data ? surplus.data : "more than before");
    bytes_free(&surplus);
    return -1;
}

static bool no_more_memory(struct play *p, const struct step *s)
{
    struct census now;

    return census_take(&now, getpid(), &p->config->probe) == 0 &&
           now.memory_kib <= p->noted.memory_kib + s->number;
}

int verb_memory_same(struct play *p, const struct step *s)
{
    struct census now = { 0 };

    if (play_until(p, no_more_memory, s, -1, 0) == 0)
        return 0;
    census_take(&now, getpid(), &p->config->probe);
    return play_fail(p,
                     "the %s holds %ld KiB of memory, and had %ld KiB before",
                     play_role(p), now.memory_kib, p->noted.memory_kib);
}

int verb_peak_same(struct play *p, const struct step *s)
{
    struct census now = { 0 };

    /* A process on its way out cannot be read, and is not to be. */
    if (verb_settle(p, s) < 0)
        return -1;
    if (census_take(&now, getpid(), &p->config->probe) < 0)
        return play_trouble(p, "the memory cannot be read");
    if (now.peak_kib <= p->noted.peak_kib + s->number)
        return 0;
    return play_fail(p,
                     "the %s has asked for %ld KiB of memory more than it had "
                     "(%ld KiB)",
                     play_role(p), now.peak_kib - p->noted.peak_kib,
                     p->noted.peak_kib);
}

int verb_cloexec(struct play *p, const struct step *s)
{
    struct census now;

    if (verb_settle(p, s) < 0)
        return -1;
    if (census_take(&now, getpid(), &p->config->probe) < 0)
        return play_trouble(p, "the descriptors cannot be read");
    if (now.inheritable > 0)
        return play_fail(p,
                         "descriptor %d (%s) of the %s is not close-on-exec: a "
                         "program that it executes would inherit it",
                         now.inheritable_number, now.inheritable_what,
                         play_role(p));
    return 0;
}
