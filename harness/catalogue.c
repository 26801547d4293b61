#include "catalogue.h"

#include "labs/labs.h"

#include <string.h>

const struct lab *const catalogue_labs[] = {
    &lab_01_stream,
    &lab_02_framing,
    &lab_03_datagram,
    &lab_04_seqpacket,
    &lab_05_fd_passing,
    &lab_06_credentials,
    NULL,
};

/* "01" for "01-stream": all that stands before the hyphen. */
static int is_called(const struct lab *lab, const char *name)
{
    size_t number = strcspn(lab->name, "-");

    return strcmp(lab->name, name) == 0 ||
           (strlen(name) == number && strncmp(lab->name, name, number) == 0);
}

const struct lab *catalogue_find(const char *name)
{
    for (size_t i = 0; catalogue_labs[i] != NULL; i++) {
        if (is_called(catalogue_labs[i], name))
            return catalogue_labs[i];
    }
    return NULL;
}

size_t catalogue_count(const struct lab *lab)
{
    size_t count = 0;

    for (size_t i = 0; i < LAB_GROUPS; i++)
        count += lab->groups[i].count;
    return count;
}

const struct scenario *catalogue_at(const struct lab *lab, size_t index)
{
    for (size_t i = 0; i < LAB_GROUPS; i++) {
        if (index < lab->groups[i].count)
            return &lab->groups[i].scenarios[index];
        index -= lab->groups[i].count;
    }
    return NULL;
}

const struct scenario *catalogue_scenario(const struct lab *lab,
                                          const char *name)
{
    for (size_t i = 0; i < LAB_GROUPS; i++) {
        const struct scenario_group *group = &lab->groups[i];

        for (size_t j = 0; j < group->count; j++) {
            if (strcmp(group->scenarios[j].name, name) == 0)
                return &group->scenarios[j];
        }
    }
    return NULL;
}

const char *catalogue_word(const char **rest, size_t *length)
{
    const char *word = *rest + strspn(*rest, " ");

    *length = strcspn(word, " ");
    *rest = word + *length;
    return *length > 0 ? word : NULL;
}

static const struct rule *find_rule(const struct rule *rules, size_t count,
                                    const char *id, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(rules[i].id) == length &&
            strncmp(rules[i].id, id, length) == 0)
            return &rules[i];
    }
    return NULL;
}

const struct rule *catalogue_rule(const struct lab *lab, const char *id,
                                  size_t length)
{
    const struct rule *rule =
        find_rule(lab->rules, lab->rule_count, id, length);

    if (rule == NULL)
        rule = find_rule(lab->more_rules, lab->more_count, id, length);
    return rule != NULL
               ? rule
               : find_rule(rules_common, rules_common_count, id, length);
}
