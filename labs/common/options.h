/*
 * Numbers on the command line.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

/* The number that the text is, digits only, from `least` to `most`; -1 where it
 * is anything else. */
long options_number(const char *text, long least, long most);

#endif
