#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* strtol(3) alone would take blanks, a sign, and the front part of "12x". */
long options_number(const char *text, long least, long most)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return -1;
    errno = 0;
    long number = strtol(text, NULL, 10);
    return errno == 0 && number >= least && number <= most ? number : -1;
}
