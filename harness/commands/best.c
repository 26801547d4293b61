#include "best.h"

#include "catalogue.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char directory[] = "build";
static const char path[] = "build/progress.json";

json_t *best_load(void)
{
    json_t *best = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);

    if (json_is_object(best))
        return best;
    json_decref(best);
    return json_object();
}

static int points_or_none(const json_t *value)
{
    return json_is_integer(value) ? (int)json_integer_value(value) : -1;
}

int best_scenario(const json_t *best, const char *lab, const char *scenario)
{
    const json_t *scenarios =
        json_object_get(json_object_get(best, lab), "scenarios");

    return points_or_none(json_object_get(scenarios, scenario));
}

int best_lab(const json_t *best, const char *lab)
{
    return points_or_none(
        json_object_get(json_object_get(best, lab), "points"));
}

/* The object of this name, made where it is missing. */
static json_t *inner_object(json_t *outer, const char *name)
{
    json_t *inner = json_object_get(outer, name);

    if (json_is_object(inner))
        return inner;
    inner = json_object();
    if (json_object_set_new(outer, name, inner) < 0)
        return NULL;
    return inner;
}

static int raise_to(json_t *object, const char *name, const json_t *points)
{
    json_t *old = json_object_get(object, name);

    if (json_is_integer(old) &&
        json_integer_value(old) >= json_integer_value(points))
        return 0;
    return json_object_set_new(object, name,
                               json_integer(json_integer_value(points)));
}

static int add_scenarios(json_t *kept, const json_t *scenarios)
{
    size_t index;
    const json_t *scenario;

    if (kept == NULL)
        return -1;
    json_array_foreach(scenarios, index, scenario)
    {
        const char *name = json_string_value(json_object_get(scenario, "name"));

        if (raise_to(kept, name, json_object_get(scenario, "points")) < 0)
            return -1;
    }
    return 0;
}

static int add_lab(json_t *best, const json_t *graded)
{
    const char *name = json_string_value(json_object_get(graded, "lab"));
    const json_t *scenarios = json_object_get(graded, "scenarios");
    const struct lab *lab = catalogue_find(name);
    json_t *kept = inner_object(best, name);

    if (kept == NULL ||
        add_scenarios(inner_object(kept, "scenarios"), scenarios) < 0)
        return -1;
    /* A lab's points are those of one run with all its scenarios. */
    if (lab == NULL || json_array_size(scenarios) != catalogue_count(lab))
        return 0;
    return raise_to(kept, "points", json_object_get(graded, "points"));
}

/* Whoever reads meanwhile sees the old results or the new ones. */
static int save(const json_t *best)
{
    char temporary[64];

    snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
    if (mkdir(directory, 0777) < 0 && errno != EEXIST)
        return -1;
    if (json_dump_file(best, temporary, JSON_INDENT(2) | JSON_SORT_KEYS) < 0)
        return -1;
    if (rename(temporary, path) == 0)
        return 0;
    (void)unlink(temporary);
    return -1;
}

int best_record(const json_t *document)
{
    json_t *best = best_load();
    int result = best == NULL ? -1 : 0;
    size_t index;
    const json_t *lab;

    json_array_foreach(json_object_get(document, "labs"), index, lab)
    {
        if (result == 0)
            result = add_lab(best, lab);
    }
    if (result == 0)
        result = save(best);
    else
        errno = ENOMEM;
    json_decref(best);
    return result;
}
