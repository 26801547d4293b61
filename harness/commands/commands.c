#include "commands.h"

#include "report/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const struct command command_all[] = {
    { "list", "labs, their scenarios, points and best results", command_list },
    { "grade", "grade programs", command_grade },
    { "explain", "what a scenario does, its rules, hints and man pages",
      command_explain },
    { "doctor", "what this machine can do, and what to install",
      command_doctor },
    { NULL, NULL, NULL },
};

void command_say(const char *name, const char *format, ...)
{
    const struct report_style style = print_style(stderr);
    const struct print p = { stderr, &style };
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "sockdojo%s%s: ", *name != '\0' ? " " : "", name);
    if (length >= 0) {
        print_text(&p, PRINT_PLAIN, text);
        free(text);
    }
    print_end(&p);
}
