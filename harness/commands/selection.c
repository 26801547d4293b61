#include "selection.h"

#include "catalogue.h"
#include "nearest.h"
#include "programs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    /** How many names an error message lists. */
    LISTED = 6
};

static size_t count_labs(void)
{
    size_t count = 0;

    while (catalogue_labs[count] != NULL)
        count++;
    return count;
}

/* The names of the labs in this kit; returns how many. */
static size_t name_labs(const char **names)
{
    size_t count = 0;

    for (size_t i = 0; catalogue_labs[i] != NULL; i++) {
        if (programs_has_lab(catalogue_labs[i]))
            names[count++] = catalogue_labs[i]->name;
    }
    return count;
}

/* Appends what there is in place of `wanted`. Returns -1, with EINVAL or
 * ENOMEM. */
static int list_others(struct bytes *problem, const char **names, size_t count,
                       const char *wanted)
{
    nearest_sort(names, count, wanted);
    if (nearest_list(problem, names, count, LISTED) == 0)
        errno = EINVAL;
    return -1;
}

static int no_lab(struct bytes *problem, const char *wanted)
{
    const char **names = calloc(count_labs() + 1, sizeof *names);
    int result = -1;
    size_t count;

    if (names == NULL)
        return -1;
    count = name_labs(names);
    if (bytes_printf(problem, "there is no lab \"%s\"; there is %s", wanted,
                     count == 0 ? "none in labs/" : "") == 0)
        result = list_others(problem, names, count, wanted);
    free(names);
    return result;
}

static int no_scenario(struct bytes *problem, const struct lab *lab,
                       const char *wanted)
{
    size_t count = catalogue_count(lab);
    const char **names = calloc(count + 1, sizeof *names);
    int result = -1;

    if (names == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        names[i] = catalogue_at(lab, i)->name;
    if (bytes_printf(problem, "there is no scenario \"%s\" in %s; there is ",
                     wanted, lab->name) == 0)
        result = list_others(problem, names, count, wanted);
    free(names);
    return result;
}

int selection_find(struct selection_name *name, const char *argument,
                   struct bytes *problem)
{
    size_t length = strcspn(argument, "/");
    char *lab = strndup(argument, length);
    const char *scenario = argument[length] == '/' ? argument + length + 1 : "";
    int result = 0;

    *name = (struct selection_name){ 0 };
    if (lab == NULL)
        return -1;
    name->lab = catalogue_find(lab);
    if (name->lab == NULL || !programs_has_lab(name->lab)) {
        result = no_lab(problem, lab);
    } else if (*scenario != '\0') {
        name->scenario = catalogue_scenario(name->lab, scenario);
        if (name->scenario == NULL)
            result = no_scenario(problem, name->lab, scenario);
    }
    free(lab);
    return result;
}

static bool is_meant(const struct selection_name *names, size_t count,
                     const struct lab *lab, const struct scenario *scenario)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].lab == lab &&
            (names[i].scenario == NULL || names[i].scenario == scenario))
            return true;
    }
    return count == 0;
}

static void take_lab(struct selection *s, const struct selection_name *names,
                     size_t name_count, const struct lab *lab)
{
    size_t count = catalogue_count(lab);

    for (size_t i = 0; i < count; i++) {
        const struct scenario *scenario = catalogue_at(lab, i);

        if (is_meant(names, name_count, lab, scenario))
            s->cases[s->count++] =
                (struct schedule_case){ .lab = lab, .scenario = scenario };
    }
}

static size_t count_all(void)
{
    size_t count = 0;

    for (size_t i = 0; catalogue_labs[i] != NULL; i++)
        count += catalogue_count(catalogue_labs[i]);
    return count;
}

int selection_make(struct selection *s, char *const *arguments, size_t count,
                   struct bytes *problem)
{
    struct selection_name *names = calloc(count + 1, sizeof *names);
    int result = -1;

    *s = (struct selection){ 0 };
    if (names == NULL)
        goto out;
    for (size_t i = 0; i < count; i++) {
        if (selection_find(&names[i], arguments[i], problem) < 0)
            goto out;
    }
    s->cases = calloc(count_all() + 1, sizeof *s->cases);
    if (s->cases == NULL)
        goto out;
    for (size_t i = 0; catalogue_labs[i] != NULL; i++) {
        if (programs_has_lab(catalogue_labs[i]))
            take_lab(s, names, count, catalogue_labs[i]);
    }
    result = 0;
out:
    free(names);
    return result;
}

void selection_keep_role(struct selection *s, enum role role)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (s->cases[i].scenario->role == role)
            s->cases[kept++] = s->cases[i];
    }
    s->count = kept;
}

bool selection_is_one_lab(const struct selection *s)
{
    for (size_t i = 1; i < s->count; i++) {
        if (s->cases[i].lab != s->cases[0].lab)
            return false;
    }
    return s->count > 0;
}

void selection_free(struct selection *s)
{
    for (size_t i = 0; i < s->count; i++)
        json_decref(s->cases[i].outcome);
    free(s->cases);
    *s = (struct selection){ 0 };
}
