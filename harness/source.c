#include "source.h"

#include "compile.h"
#include "reach.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wordexp.h>

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_SERVER] = "server",
    [ROLE_CLIENT] = "client",
};

const char *source_role_name(enum role role)
{
    return role_names[role];
}

/* Programs run as users of their own. */
static bool is_root(void)
{
    return geteuid() == 0;
}

static const char *temporary_directory(void)
{
    const char *place = getenv("TMPDIR");

    if (place == NULL || place[0] != '/' ||
        (is_root() && !reach_everybody(place, S_IXOTH)))
        return "/tmp";
    return place;
}

int source_open(struct source *s)
{
    char *path;

    *s = (struct source){ 0 };
    if (asprintf(&path, "%s/sockdojo-XXXXXX", temporary_directory()) < 0)
        return -1;
    if (mkdtemp(path) == NULL) {
        free(path);
        return -1;
    }
    s->directory = path;
    if (chmod(path, 0711) == 0)
        return 0;
    source_close(s);
    return -1;
}

/* A new directory for one file of a role's program, so that files keep their
 * names; the caller frees its path. */
static char *make_place(const struct source *s, enum role role, size_t number)
{
    char *path;

    if (asprintf(&path, "%s/%s-%zu", s->directory, role_names[role], number) <
        0)
        return NULL;
    if (mkdir(path, 0711) == 0 && chmod(path, 0711) == 0)
        return path;
    free(path);
    return NULL;
}

/* Replaces `*path` by a copy in the run's directory where not every user can
 * reach it. */
static int bring_near(const struct source *s, enum role role, size_t number,
                      char **path, unsigned permissions)
{
    char *place;
    char *copy;

    if (!is_root() || reach_everybody(*path, permissions))
        return 0;
    place = make_place(s, role, number);
    if (place == NULL)
        return -1;
    copy = reach_copy(*path, place);
    free(place);
    if (copy == NULL)
        return -1;
    free(*path);
    *path = copy;
    return 0;
}

static void free_argv(char **argv)
{
    for (char **word = argv; word != NULL && *word != NULL; word++)
        free(*word);
    free(argv);
}

static void set_argv(struct source *s, enum role role, char **argv)
{
    free_argv(s->argv[role]);
    s->argv[role] = argv;
}

int source_absent(struct source *s, enum role role, const char *why)
{
    char *copy = strdup(why);

    if (copy == NULL)
        return -1;
    free(s->missing[role]);
    s->missing[role] = copy;
    return 0;
}

/* Runs one file. Takes ownership of `path`, which may be NULL. */
static int set_program(struct source *s, enum role role, char *path)
{
    char **argv = calloc(2, sizeof *argv);

    if (argv == NULL || path == NULL) {
        free(argv);
        free(path);
        return -1;
    }
    argv[0] = path;
    set_argv(s, role, argv);
    return 0;
}

static int take_compiled(struct source *s, enum role role, const char *file,
                         const struct compile *how, struct bytes *output)
{
    char *place = make_place(s, role, 0);
    char *program = NULL;
    struct bytes why = { 0 };
    int result = -1;

    if (place == NULL)
        return -1;
    if (asprintf(&program, "%s/%s", place, role_names[role]) < 0) {
        program = NULL;
        goto out;
    }
    result = compile_run(file, program, how, output, &why);
    if (result > 0) {
        result = source_absent(s, role, why.data);
    } else if (result == 0) {
        result = set_program(s, role, program);
        program = NULL;
    }
out:
    bytes_free(&why);
    free(program);
    free(place);
    return result;
}

static int take_executable(struct source *s, enum role role, const char *file)
{
    char *path = reach_absolute(file);

    if (path == NULL)
        return -1;
    if (bring_near(s, role, 0, &path, S_IROTH | S_IXOTH) < 0) {
        free(path);
        return -1;
    }
    return set_program(s, role, path);
}

/* `file` is the executable's name; its source has `.c` behind it. */
static int say_missing(struct source *s, enum role role, const char *file)
{
    struct bytes why = { 0 };
    int result;

    result = bytes_printf(
        &why,
        access(file, F_OK) == 0
            ? "%s is not an executable file, and there is no %s.c beside it"
            : "there is neither %s.c nor an executable %s",
        file, access(file, F_OK) == 0 ? role_names[role] : file);
    if (result == 0)
        result = source_absent(s, role, why.data);
    bytes_free(&why);
    return result;
}

static bool is_regular(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int source_folder(struct source *s, enum role role, const char *from,
                  const char *lab, const struct compile *how,
                  struct bytes *output)
{
    struct bytes file = { 0 };
    int result = -1;
    size_t length;

    if (bytes_printf(&file, "%s/%s/%s.c", from, lab, role_names[role]) < 0)
        goto out;
    if (is_regular(file.data)) {
        result = take_compiled(s, role, file.data, how, output);
        goto out;
    }
    length = file.length - strlen(".c");
    file.data[length] = '\0';
    if (is_regular(file.data) && access(file.data, X_OK) == 0)
        result = take_executable(s, role, file.data);
    else
        result = say_missing(s, role, file.data);
out:
    bytes_free(&file);
    return result;
}

/* What a word of a command stands for; the caller frees it. */
static char *resolve(const struct source *s, enum role role, const char *word,
                     size_t number)
{
    bool is_program = number == 0;
    unsigned permissions = is_program ? S_IROTH | S_IXOTH : S_IROTH;
    char *path;

    if (!is_program && !is_regular(word))
        return strdup(word);
    path =
        is_program ? reach_executable(word, is_root()) : reach_absolute(word);
    if (path != NULL && bring_near(s, role, number, &path, permissions) < 0) {
        free(path);
        path = NULL;
    }
    return path;
}

static int take_words(struct source *s, enum role role, char *const *words,
                      size_t count)
{
    char **argv = calloc(count + 1, sizeof *argv);
    int saved;

    if (argv == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        argv[i] = resolve(s, role, words[i], i);
        if (argv[i] == NULL) {
            saved = errno;
            free_argv(argv);
            errno = saved;
            return -1;
        }
    }
    set_argv(s, role, argv);
    return 0;
}

int source_command(struct source *s, enum role role, const char *command)
{
    wordexp_t words;
    int problem = wordexp(command, &words, WRDE_NOCMD | WRDE_UNDEF);
    int result = -1;
    int saved;

    if (problem != 0) {
        if (problem == WRDE_NOSPACE)
            wordfree(&words);
        errno = problem == WRDE_NOSPACE ? ENOMEM : EINVAL;
        return -1;
    }
    errno = EINVAL;
    if (words.we_wordc > 0)
        result = take_words(s, role, words.we_wordv, words.we_wordc);
    saved = errno;
    wordfree(&words);
    errno = saved;
    return result;
}

static void remove_entry(FTS *tree, const FTSENT *entry)
{
    (void)tree;
    /* An ordinary user's directory may have been closed to its owner. Root can
     * enter any, and must not change modes where a name may be a trap. */
    if (entry->fts_info == FTS_D && !is_root())
        (void)chmod(entry->fts_accpath, 0700);
    else if (entry->fts_info == FTS_DP)
        (void)rmdir(entry->fts_accpath);
    else if (entry->fts_info != FTS_D)
        (void)unlink(entry->fts_accpath);
}

static void remove_tree(char *path)
{
    char *paths[] = { path, NULL };
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    FTSENT *entry;

    if (tree == NULL)
        return;
    while ((entry = fts_read(tree)) != NULL)
        remove_entry(tree, entry);
    fts_close(tree);
}

void source_close(struct source *s)
{
    int saved = errno;

    if (s->directory != NULL)
        remove_tree(s->directory);
    free(s->directory);
    for (int role = 0; role < ROLE_COUNT; role++) {
        free_argv(s->argv[role]);
        free(s->missing[role]);
    }
    *s = (struct source){ 0 };
    errno = saved;
}
