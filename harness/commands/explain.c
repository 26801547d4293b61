#include "commands.h"

#include "catalogue.h"
#include "labs/labs.h"
#include "report/print.h"
#include "selection.h"
#include "steps.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char me[] = "explain";

enum { KEY_HINT = 0x100, KEY_MARKDOWN };

struct explain {
    const char *name;
    /** How many hints are told. */
    int hints;
    bool markdown;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct explain *e = state->input;

    if (key == KEY_HINT) {
        if (strlen(argument) != 1 || *argument < '1' ||
            *argument > '0' + SCENARIO_HINTS)
            argp_error(state, "--hint takes a number from 1 to %d",
                       SCENARIO_HINTS);
        e->hints = *argument - '0';
    } else if (key == KEY_MARKDOWN) {
        e->markdown = true;
    } else if (key == ARGP_KEY_ARG) {
        if (e->name != NULL)
            argp_error(state, "one scenario or rule at a time");
        e->name = argument;
    } else if (key == ARGP_KEY_NO_ARGS) {
        argp_error(state, "which scenario, or which rule?");
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void print_heading(const struct print *p, const char *text)
{
    print_end(p);
    print_text(p, PRINT_STRONG, text);
    print_end(p);
}

static void print_paragraph(const struct print *p, const char *text)
{
    fputs("  ", p->out);
    print_wrapped(p, 2, 2, text);
}

static void print_step(const struct print *p, const struct step *s, int indent)
{
    struct bytes text = { 0 };

    if (steps_describe(&text, s, NULL) == 0) {
        fprintf(p->out, "%*s", indent, "");
        print_wrapped(p, indent, indent + 2, text.data);
    }
    bytes_free(&text);
}

/* What is there before, in a scenario of a server. */
static void print_prepared(const struct print *p, const struct lab *lab,
                           const struct scenario *s)
{
    const struct step *step = lab->prepares;

    if (s->role != ROLE_SERVER || step == NULL)
        return;
    for (; step->verb != VERB_END; step++)
        print_step(p, step, 2);
}

static void print_steps(const struct print *p, const struct lab *lab,
                        const struct scenario *s)
{
    int indent = 2;

    print_heading(p, "What happens");
    print_prepared(p, lab, s);
    for (int i = 0; i < SCENARIO_STEPS && s->steps[i].verb != VERB_END; i++) {
        if (s->steps[i].verb == VERB_AGAIN) {
            indent -= 2;
            continue;
        }
        print_step(p, &s->steps[i], indent);
        if (s->steps[i].verb == VERB_REPEAT)
            indent += 2;
    }
}

static const char *const payload_kinds[] = {
    [PAYLOAD_TEXT] = "of printable text",
    [PAYLOAD_BINARY] = "of any value but newline",
    [PAYLOAD_PATH] = "long, a path",
};

/* What else a template may make of a payload; told where one does. */
static const struct {
    const char *mark;
    const char *meaning;
} shapes[] = {
    { "{f", "{f0}  a frame that holds {0}" },
    { "{r", "{r0}  a frame that holds {0} reversed" },
    { "/n}", "{0/n}  the first byte of {0}, then the first two, and so on" },
};

/* A frame's mark has a payload's number behind it; "{ruid1}" is none. */
static bool is_mark(const char *found, const char *mark)
{
    char next = found[strlen(mark)];

    return mark[0] != '{' || (next >= '0' && next <= '9');
}

static bool holds(const struct step *s, const char *mark)
{
    for (size_t at = 0; at + strlen(mark) <= s->length; at++)
        if (memcmp(s->text + at, mark, strlen(mark)) == 0 &&
            is_mark(s->text + at, mark))
            return true;
    return false;
}

static bool uses(const struct scenario *s, const char *mark)
{
    for (int i = 0; i < SCENARIO_STEPS; i++)
        if (holds(&s->steps[i], mark))
            return true;
    return false;
}

static void print_shapes(const struct print *p, const struct scenario *s)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (uses(s, shapes[i].mark))
            fprintf(p->out, "  %s\n", shapes[i].meaning);
}

static void print_payloads(const struct print *p, const struct scenario *s)
{
    if (s->payload[0].kind == PAYLOAD_NONE)
        return;
    print_heading(p, "Drawn from the seed");
    for (int i = 0; i < SCENARIO_PAYLOADS && s->payload[i].kind != PAYLOAD_NONE;
         i++)
        fprintf(p->out, "  {%d}  %zu %s %s\n", i, s->payload[i].length,
                s->payload[i].length == 1 ? "byte" : "bytes",
                payload_kinds[s->payload[i].kind]);
    print_shapes(p, s);
}

static void print_rule(const struct print *p, const struct rule *rule)
{
    fputs("  ", p->out);
    print_padded(p, PRINT_STRONG, rule->id, 5);
    print_wrapped(p, 7, 7, rule->text);
}

static void print_rules(const struct print *p, const struct lab *lab,
                        const struct scenario *s)
{
    const char *rest = s->rules;
    const char *id;
    size_t length;

    print_heading(p, "Rules");
    while ((id = catalogue_word(&rest, &length)) != NULL) {
        const struct rule *rule = catalogue_rule(lab, id, length);

        if (rule != NULL)
            print_rule(p, rule);
    }
}

static void print_hints(const struct print *p, const struct lab *lab,
                        const struct scenario *s, int hints)
{
    print_heading(p, "Hints");
    for (int i = 0; i < hints && s->hints[i] != NULL; i++) {
        fprintf(p->out, "  %d. ", i + 1);
        print_wrapped(p, 5, 5, s->hints[i]);
    }
    if (hints < SCENARIO_HINTS)
        fprintf(p->out,
                "  The next one: build/sockdojo explain %s/%s --hint %d\n",
                lab->name, s->name, hints + 1);
}

static void print_program(const struct print *p, const struct lab *lab,
                          const struct scenario *s)
{
    const char *args[CATALOGUE_ARGS + 1];
    size_t count = catalogue_args(lab, s, args);

    if (s->role == ROLE_NONE) {
        fputs("  nothing: the harness holds both ends\n", p->out);
        return;
    }
    fprintf(p->out, "  ./%s", s->role == ROLE_SERVER ? "server" : "client");
    for (size_t i = 0; i < count; i++) {
        putc(' ', p->out);
        print_text(p, PRINT_PLAIN, *args[i] != '\0' ? args[i] : "''");
    }
    print_end(p);
}

static void print_by_hand(const struct print *p, const struct lab *lab,
                          const struct scenario *s)
{
    struct bytes command = { 0 };

    if (s->by_hand == NULL)
        return;
    if (catalogue_by_hand(lab, s, &command) == 0) {
        print_heading(p, "By hand");
        fprintf(p->out, "  %s\n", command.data);
    }
    bytes_free(&command);
}

static void print_scenario(const struct print *p, const struct lab *lab,
                           const struct scenario *s, int hints)
{
    print_text(p, PRINT_STRONG, s->name);
    fprintf(p->out, " (%s, %d %s%s%s)\n", lab->name, s->points,
            s->points == 1 ? "point" : "points",
            s->after != NULL ? ", after " : "",
            s->after != NULL ? s->after : "");
    print_paragraph(p, s->title);
    print_heading(p, "The program is started as");
    print_program(p, lab, s);
    print_steps(p, lab, s);
    print_payloads(p, s);
    print_rules(p, lab, s);
    print_heading(p, "Why it matters");
    print_paragraph(p, s->why);
    print_heading(p, "Man pages");
    print_paragraph(p, s->man);
    print_by_hand(p, lab, s);
    print_hints(p, lab, s, hints);
}

static void print_row(const struct rule *rule)
{
    printf("| %s | ", rule->id);
    print_cell(stdout, rule->text);
    puts(" |");
}

static bool is_among(const char *rules, const struct rule *rule)
{
    const char *id;
    size_t length;

    while ((id = catalogue_word(&rules, &length)) != NULL) {
        if (strlen(rule->id) == length && strncmp(id, rule->id, length) == 0)
            return true;
    }
    return false;
}

static bool is_checked(const struct lab *lab, const struct rule *rule)
{
    size_t count = catalogue_count(lab);

    for (size_t i = 0; i < count; i++) {
        if (is_among(catalogue_at(lab, i)->rules, rule))
            return true;
    }
    return false;
}

/* The lab's rules, and of the common ones those that it checks. */
static void print_table(const struct lab *lab)
{
    puts("| rule | text |");
    puts("|---|---|");
    for (size_t i = 0; i < lab->rule_count; i++)
        print_row(&lab->rules[i]);
    for (size_t i = 0; i < rules_common_count; i++) {
        if (is_checked(lab, &rules_common[i]))
            print_row(&rules_common[i]);
    }
}

static const struct rule *find_rule(const char *id)
{
    const struct rule *rule = NULL;

    for (size_t i = 0; rule == NULL && catalogue_labs[i] != NULL; i++)
        rule = catalogue_rule(catalogue_labs[i], id, strlen(id));
    return rule;
}

/* A letter in upper case and digits: such is no lab's name. */
static bool is_rule_id(const char *name)
{
    return isupper((unsigned char)name[0]) &&
           strspn(name + 1, "0123456789") == strlen(name + 1);
}

static int explain_rule(const struct print *p, const char *id)
{
    const struct rule *rule = find_rule(id);

    if (rule == NULL) {
        command_say(me,
                    "there is no rule %s; `sockdojo explain LAB "
                    "--markdown` lists a lab's rules",
                    id);
        return COMMAND_USAGE;
    }
    print_rule(p, rule);
    return COMMAND_OK;
}

static int explain_name(const struct print *p, const struct explain *e)
{
    struct selection_name found;
    struct bytes problem = { 0 };
    int status = COMMAND_OK;

    if (selection_find(&found, e->name, &problem) < 0) {
        status = errno == EINVAL ? COMMAND_USAGE : COMMAND_TROUBLE;
        command_say(me, "%s", errno == EINVAL ? problem.data : strerror(errno));
    } else if (found.scenario != NULL) {
        print_scenario(p, found.lab, found.scenario, e->hints);
    } else if (e->markdown) {
        print_table(found.lab);
    } else {
        command_say(me,
                    "%s is a lab: name a scenario, such as %s/%s, or ask "
                    "for its rules with --markdown",
                    e->name, found.lab->name, catalogue_at(found.lab, 0)->name);
        status = COMMAND_USAGE;
    }
    bytes_free(&problem);
    return status;
}

int command_explain(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "hint", KEY_HINT, "N", 0, "Tell the first N hints (default: 1)", 0 },
        { "markdown", KEY_MARKDOWN, NULL, 0,
          "Print the rules of a lab as a table", 0 },
        { 0 },
    };
    static const struct argp parser = {
        .options = options,
        .parser = parse_option,
        .args_doc = "LAB/SCENARIO\nRULE\nLAB --markdown",
        .doc = "Explains a scenario or a rule.",
    };
    const struct report_style style = print_style(stdout);
    const struct print p = { stdout, &style };
    struct explain e = { .hints = 1 };

    (void)argp_parse(&parser, argc, argv, 0, NULL, &e);
    return is_rule_id(e.name) ? explain_rule(&p, e.name) : explain_name(&p, &e);
}
