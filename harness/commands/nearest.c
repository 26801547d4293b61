#include "nearest.h"

#include <stdlib.h>
#include <string.h>

enum {
    /** Names are compared up to here. */
    LONGEST = 63
};

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein's distance, one row of his table at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t rows = strnlen(a, LONGEST);
    size_t columns = strnlen(b, LONGEST);
    size_t row[LONGEST + 1];

    for (size_t j = 0; j <= columns; j++)
        row[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t above = row[j];

            row[j] = least(above + 1, row[j - 1] + 1,
                           corner + (a[i - 1] != b[j - 1]));
            corner = above;
        }
    }
    return row[columns];
}

static int compare(const void *a, const void *b, void *wanted)
{
    const char *const *left = a;
    const char *const *right = b;
    size_t from_left = distance(*left, wanted);
    size_t from_right = distance(*right, wanted);

    if (from_left != from_right)
        return from_left < from_right ? -1 : 1;
    return strcmp(*left, *right);
}

void nearest_sort(const char **names, size_t count, const char *wanted)
{
    char *key = strdup(wanted);

    /* Without memory the order stays as it is. */
    if (key != NULL)
        qsort_r(names, count, sizeof *names, compare, key);
    free(key);
}

int nearest_list(struct bytes *out, const char *const *names, size_t count,
                 size_t most)
{
    for (size_t i = 0; i < count && i < most; i++) {
        if (bytes_printf(out, "%s%s", i == 0 ? "" : ", ", names[i]) < 0)
            return -1;
    }
    if (count > most)
        return bytes_printf(out, " and %zu more", count - most);
    return 0;
}
