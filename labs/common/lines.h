/*
 * Standard input, line by line.
 */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>

/*
 * Reads a line, without its newline, into `room` bytes: 1 when there is one, 0
 * at the end of input, -1 with errno on failure. `length` becomes the line's
 * true length: of a longer line only the first `room` bytes are kept. What
 * stands before the end of input is a line too. Prompts where standard input is
 * a terminal.
 */
int lines_read(char *line, size_t room, size_t *length);

#endif
