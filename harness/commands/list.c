#include "commands.h"

#include "best.h"
#include "catalogue.h"
#include "programs.h"
#include "report/print.h"
#include "selection.h"

#include <argp.h>
#include <errno.h>
#include <string.h>

static const char me[] = "list";

enum { KEY_MARKDOWN = 0x100, NAME_WIDTH = 28, LAB_COLUMN = 26 };

struct list {
    /** NULL for all labs; belongs to argv. */
    char *name;
    bool markdown;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct list *list = state->input;

    if (key == KEY_MARKDOWN) {
        list->markdown = true;
    } else if (key == ARGP_KEY_ARG) {
        if (list->name != NULL)
            argp_error(state, "one lab at a time");
        list->name = argument;
    } else if (key == ARGP_KEY_SUCCESS) {
        if (list->markdown && list->name == NULL)
            argp_error(state, "--markdown needs a lab");
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void print_table(const struct lab *lab)
{
    size_t count = catalogue_count(lab);

    puts("| scenario | points | what the peer does, what is right | rules |");
    puts("|---|---|---|---|");
    for (size_t i = 0; i < count; i++) {
        const struct scenario *s = catalogue_at(lab, i);

        printf("| `%s` | %d | ", s->name, s->points);
        print_cell(stdout, s->title);
        fputs(" | ", stdout);
        print_cell(stdout, s->rules);
        puts(" |");
    }
}

static int sum_points(const struct lab *lab)
{
    size_t count = catalogue_count(lab);
    int points = 0;

    for (size_t i = 0; i < count; i++)
        points += catalogue_at(lab, i)->points;
    return points;
}

/* "best/points", or "-/points" where there is no best result yet. */
static void print_best(int best, int points)
{
    char text[32];

    if (best < 0)
        snprintf(text, sizeof text, "-/%d", points);
    else
        snprintf(text, sizeof text, "%d/%d", best, points);
    printf("%8s  ", text);
}

static void print_lab(const struct print *p, const struct lab *lab,
                      const json_t *best)
{
    print_best(best_lab(best, lab->name), sum_points(lab));
    print_padded(p, PRINT_STRONG, lab->name, 16);
    print_wrapped(p, LAB_COLUMN, LAB_COLUMN, lab->title);
}

static void print_scenarios(const struct print *p, const struct lab *lab,
                            const json_t *best)
{
    for (size_t i = 0; i < LAB_GROUPS; i++) {
        const struct scenario_group *group = &lab->groups[i];

        if (group->count == 0)
            continue;
        print_end(p);
        print_text(p, PRINT_STRONG, group->title);
        print_end(p);
        for (size_t j = 0; j < group->count; j++) {
            const struct scenario *s = &group->scenarios[j];

            print_best(best_scenario(best, lab->name, s->name), s->points);
            print_padded(p, PRINT_PLAIN, s->name, NAME_WIDTH);
            putchar(' ');
            print_wrapped(p, 11 + NAME_WIDTH, 11 + NAME_WIDTH, s->title);
        }
    }
}

static int print_all(const struct lab *only)
{
    const struct report_style style = print_style(stdout);
    const struct print p = { stdout, &style };
    json_t *best = best_load();

    puts("Your best result so far, and the points there are:");
    for (size_t i = 0; catalogue_labs[i] != NULL; i++) {
        if (only != NULL ? only != catalogue_labs[i]
                         : !programs_has_lab(catalogue_labs[i]))
            continue;
        print_lab(&p, catalogue_labs[i], best);
        print_scenarios(&p, catalogue_labs[i], best);
    }
    json_decref(best);
    return COMMAND_OK;
}

static int find_lab(const char *name, const struct lab **lab)
{
    struct selection_name found;
    struct bytes problem = { 0 };
    int status = COMMAND_OK;

    if (selection_find(&found, name, &problem) < 0) {
        status = errno == EINVAL ? COMMAND_USAGE : COMMAND_TROUBLE;
        command_say(me, "%s", errno == EINVAL ? problem.data : strerror(errno));
    } else if (found.scenario != NULL) {
        command_say(me, "%s is a scenario: `sockdojo explain %s` tells more",
                    name, name);
        status = COMMAND_USAGE;
    }
    bytes_free(&problem);
    *lab = found.lab;
    return status;
}

int command_list(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "markdown", KEY_MARKDOWN, NULL, 0,
          "Print the lab's checks as a table for its handout", 0 },
        { 0 },
    };
    static const struct argp parser = {
        .options = options,
        .parser = parse_option,
        .args_doc = "[LAB]",
        .doc = "Lists labs, their scenarios, points and your best results.",
    };
    struct list list = { 0 };
    const struct lab *lab = NULL;
    int status = COMMAND_OK;

    (void)argp_parse(&parser, argc, argv, 0, NULL, &list);
    if (list.name != NULL)
        status = find_lab(list.name, &lab);
    if (status != COMMAND_OK)
        return status;
    if (list.markdown) {
        print_table(lab);
        return COMMAND_OK;
    }
    return print_all(lab);
}
