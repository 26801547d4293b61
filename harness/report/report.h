/**
 * @file report.h
 * Pure functions of the document (verdict.h). A new report is one file and one
 * line in report.c.
 */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct report_style {
    /** Colour: a terminal, and NO_COLOR not set. */
    bool colour;
    /** Columns of the terminal, 80 where it is none. */
    int width;
    /** full: everything; brief: no expected and actual; score: points only. */
    enum { REPORT_FULL, REPORT_BRIEF, REPORT_SCORE } feedback;
    /** The lines of report_text_line have been printed already. */
    bool listed;
};

struct report {
    const char *name;
    const char *help;
    /** Writes the report. -1 and errno of the stream. */
    int (*write)(FILE *out, const json_t *document,
                 const struct report_style *style);
};

/** All reports, a NULL name behind the last. */
extern const struct report report_all[];

/** The report of this name, or NULL. */
const struct report *report_find(const char *name);

/** For people: failures with their steps, then the points. */
int report_text(FILE *out, const json_t *document,
                const struct report_style *style);
/** The document itself. */
int report_json(FILE *out, const json_t *document,
                const struct report_style *style);

/** One line for one scenario of the document, as report_text prints it while
 *  the run goes on. Nothing for one that waits for another, which report_text
 *  counts, and nothing where the feedback is points alone. -1 and errno. */
int report_text_line(FILE *out, const json_t *scenario,
                     const struct report_style *style);

#endif
