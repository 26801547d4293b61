/**
 * @file options.h
 * What `grade` is told on its command line.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "report/report.h"
#include "runner.h"

enum { OPTIONS_FORMATS = 8 };

/** `--format NAME[=FILE]`. */
struct options_format {
    const struct report *report;
    /** NULL is stdout. */
    const char *file;
};

struct options {
    /** `LAB` or `LAB/SCENARIO`; belongs to argv. */
    char *const *names;
    size_t name_count;
    /** The folder of the labs' folders; NULL where it was not given. */
    const char *from;
    /** The commands given in place of a folder, or NULL. */
    const char *command[ROLE_COUNT];
    struct options_format formats[OPTIONS_FORMATS];
    size_t format_count;
    int jobs;
    bool seeded;
    uint64_t seed;
    double timeout_scale;
    bool sandbox_off;
    bool require_strong;
    int feedback;
    enum runner_build build;
    const char *counters;
};

/** Reads the command line. Wrong usage ends the process with status 2, and
 *  `--help` with 0, as argp(3) does. */
void options_parse(struct options *o, int argc, char **argv);

#endif
