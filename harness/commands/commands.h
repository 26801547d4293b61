/**
 * @file commands.h
 * The subcommands. Each parses its own options (argp) and is the top level:
 * only here is anything printed to stderr.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

enum {
    COMMAND_OK = 0,
    COMMAND_LOST = 1,
    COMMAND_USAGE = 2,
    COMMAND_TROUBLE = 3
};

struct command {
    const char *name;
    const char *help;
    /** Runs it; argv[0] is "sockdojo NAME". Returns the exit status. */
    int (*run)(int argc, char **argv);
};

/** All commands, a NULL name behind the last. */
extern const struct command command_all[];

/** Prints a line to stderr, with "sockdojo NAME: " before it, "sockdojo: " for
 * an empty name; what is not printable is escaped. */
void command_say(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** `sockdojo list` */
int command_list(int argc, char **argv);
/** `sockdojo grade` */
int command_grade(int argc, char **argv);
/** `sockdojo explain` */
int command_explain(int argc, char **argv);
/** `sockdojo doctor` */
int command_doctor(int argc, char **argv);

#endif
