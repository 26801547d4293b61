#include "commands/commands.h"
#include "commands/nearest.h"
#include "version.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COMMANDS = 16 };

static const struct command *find_command(const char *name)
{
    for (const struct command *c = command_all; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

static void print_help(FILE *out)
{
    fputs("Usage: sockdojo COMMAND [OPTION...]\n"
          "Labs in which you learn UNIX domain sockets, and their grader.\n\n",
          out);
    for (const struct command *c = command_all; c->name != NULL; c++)
        fprintf(out, "  %-8s  %s\n", c->name, c->help);
    fputs("\n`sockdojo COMMAND --help` tells more; `sockdojo --version` the "
          "version.\n",
          out);
}

static int unknown_command(const char *name)
{
    const char *names[MOST_COMMANDS];
    struct bytes list = { 0 };
    size_t count = 0;

    for (const struct command *c = command_all;
         c->name != NULL && count < MOST_COMMANDS; c++)
        names[count++] = c->name;
    nearest_sort(names, count, name);
    if (nearest_list(&list, names, count, count) < 0)
        return COMMAND_TROUBLE;
    command_say("", "there is no command \"%s\"; there is %s", name, list.data);
    bytes_free(&list);
    return COMMAND_USAGE;
}

/* What stands before argv[0]'s command in messages is the program's name. */
static int run_command(const struct command *command, int argc, char **argv)
{
    char name[64];

    snprintf(name, sizeof name, "sockdojo %s", command->name);
    argv[0] = name;
    argp_err_exit_status = COMMAND_USAGE;
    return command->run(argc, argv);
}

int main(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        print_help(stderr);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return COMMAND_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("sockdojo " SOCKDOJO_VERSION);
        return COMMAND_OK;
    }
    command = find_command(argv[1]);
    if (command == NULL)
        return unknown_command(argv[1]);
    return run_command(command, argc - 1, argv + 1);
}
