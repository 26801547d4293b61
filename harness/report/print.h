/**
 * @file print.h
 * Text for a terminal. What is printed may come from the programs under test:
 * only printable ASCII reaches the stream, whatever stands in a text.
 */
#ifndef PRINT_H
#define PRINT_H

#include "report.h"

#include <stdio.h>

enum print_tone {
    PRINT_PLAIN,
    PRINT_GOOD,
    PRINT_BAD,
    PRINT_DOUBTFUL,
    PRINT_STRONG
};

struct print {
    FILE *out;
    const struct report_style *style;
};

/** Prints a text on the line that stands, `\xff` for what is not printable. */
void print_text(const struct print *p, enum print_tone tone, const char *text);

/** The same, in at most `width` columns: what is longer ends in "...". */
void print_cut(const struct print *p, enum print_tone tone, const char *text,
               int width);

/** The same, in just as many columns: cut, or with blanks behind it. */
void print_padded(const struct print *p, enum print_tone tone, const char *text,
                  int width);

/**
 * Prints a paragraph and ends its last line. Words are wrapped within the
 * style's width; a word that is longer than a line is broken.
 *
 * @param column where the text stands on the line already.
 * @param indent the column at which further lines begin.
 */
void print_wrapped(const struct print *p, int column, int indent,
                   const char *text);

/** Prints a label in a column of its own, then the text, wrapped. Nothing
 *  where the text is empty. */
void print_field(const struct print *p, const char *label, const char *text);

/** Ends a line. */
void print_end(const struct print *p);

/** As print_field, for a command that can be copied into a shell: a line that
 *  goes on ends in a backslash, and ends only before an option. */
void print_command(const struct print *p, const char *label,
                   const char *command);

/** Prints a cell of a table in markdown, where a bar would end it. */
void print_cell(FILE *out, const char *text);

/** The style for a stream: colour and width where it is a terminal. */
struct report_style print_style(FILE *out);

#endif
