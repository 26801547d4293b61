/**
 * @file folder.h
 * A lab's folder with sources in it, and the programs made of them.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compile.h"
#include "reach.h"

#include "source.h"

enum { PATH_SIZE = 512 };

/* A directory with the folder `lab` in it, closed to other users. */
struct fixture {
    char directory[64];
    struct source source;
    struct bytes output;
};

static inline void path_of(const struct fixture *f, const char *name,
                           char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/lab/%s", f->directory, name);
}

static inline void write_file(const struct fixture *f, const char *name,
                              const char *text, mode_t mode)
{
    char path[PATH_SIZE];
    FILE *out;

    path_of(f, name, path);
    out = fopen(path, "we");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[PATH_SIZE];

    if (f == NULL)
        return -1;
    snprintf(f->directory, sizeof f->directory, "/tmp/test-source-XXXXXX");
    if (mkdtemp(f->directory) == NULL || source_open(&f->source) < 0)
        return -1;
    path_of(f, "", path);
    *state = f;
    return mkdir(path, 0700);
}

static inline int tear_down(void **state)
{
    static const char *const names[] = {
        "server.c",       "server",         "client.c",      "client", "data",
        "common/seven.c", "common/seven.h", "common/zero.c", "common", "",
    };
    struct fixture *f = *state;
    char path[PATH_SIZE];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_of(f, names[i], path);
        (void)remove(path);
    }
    (void)rmdir(f->directory);
    source_close(&f->source);
    bytes_free(&f->output);
    free(f);
    return 0;
}

static inline int take_folder(struct fixture *f, enum role role)
{
    static const struct compile plain = { .labs = NULL };

    return source_folder(&f->source, role, f->directory, "lab", &plain,
                         &f->output);
}

/* The same, for a lab that is given `common/`, here in the folder `lab`. */
static inline int take_folder_with_common(struct fixture *f)
{
    char labs[PATH_SIZE];
    struct compile how = { .labs = labs };

    path_of(f, "", labs);
    return source_folder(&f->source, ROLE_SERVER, f->directory, "lab", &how,
                         &f->output);
}

/* Everything on the way is open to other users. */
static inline void assert_reachable(const char *path)
{
    assert_int_equal(path[0], '/');
    assert_true(reach_everybody(path, S_IROTH | S_IXOTH));
    assert_int_equal(access(path, X_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
