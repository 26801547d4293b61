#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void prompt(void)
{
    if (isatty(STDIN_FILENO) == 1) {
        fputs("message: ", stdout);
        (void)fflush(stdout);
    }
}

/* A read that a signal has interrupted has lost nothing: it is made again. */
static int read_byte(void)
{
    for (;;) {
        int byte = getc(stdin);
        if (byte != EOF || !ferror(stdin) || errno != EINTR)
            return byte;
        clearerr(stdin);
    }
}

int lines_read(char *line, size_t room, size_t *length)
{
    size_t count = 0;
    int byte;
    prompt();
    while ((byte = read_byte()) != EOF && byte != '\n') {
        if (count < room)
            line[count] = (char)byte;
        count++;
    }
    if (ferror(stdin))
        return -1;
    *length = count;
    return byte == '\n' || count > 0;
}
