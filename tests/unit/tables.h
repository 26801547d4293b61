/**
 * @file tables.h
 * Every scenario of every lab, for checks of whether the tables make sense.
 * Include cmocka.h first.
 */
#ifndef TABLES_H
#define TABLES_H

#include "catalogue.h"

static inline void for_each(void (*check)(const struct lab *lab,
                                          const struct scenario *s,
                                          size_t index))
{
    for (size_t i = 0; catalogue_labs[i] != NULL; i++) {
        size_t count = catalogue_count(catalogue_labs[i]);

        for (size_t j = 0; j < count; j++)
            check(catalogue_labs[i], catalogue_at(catalogue_labs[i], j), j);
    }
}

#define REQUIRE(s, condition)                                                  \
    do {                                                                       \
        if (!(condition))                                                      \
            fail_msg("%s: %s does not hold", (s)->name, #condition);           \
    } while (0)

#endif
