#include "report.h"

#include <string.h>

const struct report report_all[] = {
    { "text", "for people, as progress and result (the default)", report_text },
    { "json", "everything, for programs", report_json },
    { NULL, NULL, NULL },
};

const struct report *report_find(const char *name)
{
    for (const struct report *r = report_all; r->name != NULL; r++) {
        if (strcmp(r->name, name) == 0)
            return r;
    }
    return NULL;
}
