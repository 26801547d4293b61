#include "compile.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    COMPILE_WORDS = 64,
    /** env(1): the command was not found. */
    STATUS_NOT_FOUND = 127
};

/* In the C locale, for the first error is looked for in what it says. */
static const char *const compiler[] = {
    "env",     "LC_ALL=C",   "cc",  "-std=c17", "-D_GNU_SOURCE", "-Wall",
    "-Wextra", "-Wpedantic", "-O2", "-g",       "-pthread",      NULL,
};

static const char *const sanitizers[] = {
    "-fsanitize=address,undefined",
    "-fno-omit-frame-pointer",
    NULL,
};

/* posix_spawn's argv is not const, though it changes nothing. */
union words {
    const char *in[COMPILE_WORDS];
    char *out[COMPILE_WORDS];
};

static size_t add_words(union words *w, size_t at, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++)
        w->in[at++] = list[i];
    return at;
}

/* The C files in `common/`. The caller frees them, also where this fails. */
static int find_common(const struct compile *how, glob_t *files)
{
    struct bytes pattern = { 0 };
    int problem;

    *files = (glob_t){ 0 };
    if (how->labs == NULL)
        return 0;
    if (bytes_printf(&pattern, "%s/common/*.c", how->labs) < 0)
        return -1;
    problem = glob(pattern.data, 0, NULL, files);
    bytes_free(&pattern);
    if (problem == 0)
        return 0;
    errno = problem == GLOB_NOMATCH ? ENOENT : ENOMEM;
    return -1;
}

/* The words of the compiler's command. They belong to the caller's strings. */
static int make_words(union words *w, const struct compile *how,
                      const char *file, const char *program,
                      const glob_t *common)
{
    const char *const ends[] = { "-o", program, file, NULL };
    const char *const include[] = { "-I", how->labs, NULL };
    size_t count = add_words(w, 0, compiler);

    if (how->sanitizer)
        count = add_words(w, count, sanitizers);
    if (how->labs != NULL)
        count = add_words(w, count, include);
    count = add_words(w, count, ends);
    if (common->gl_pathc >= COMPILE_WORDS - count) {
        errno = E2BIG;
        return -1;
    }
    for (size_t i = 0; i < common->gl_pathc; i++)
        w->in[count++] = common->gl_pathv[i];
    return 0;
}

/* Starts the compiler with its output on `to`. */
static int start(pid_t *pid, char *const *argv, int to)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        goto out;
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
                                             "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, to, STDERR_FILENO);
    if (error == 0)
        error = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
out:
    errno = error;
    return error == 0 ? 0 : -1;
}

static int read_all(int fd, struct bytes *output)
{
    char buffer[4096];

    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        if (bytes_append(output, buffer, (size_t)n) < 0)
            return -1;
    }
}

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return status;
}

/* Reads what the child says, then collects it: it is waited for in any case,
 * and the pipe is closed first, lest it waits itself. */
static int finish(pid_t pid, int fd, struct bytes *output)
{
    int result = read_all(fd, output);
    int status;

    close(fd);
    status = wait_for(pid);
    return result < 0 ? -1 : status;
}

/* Runs a command to its end. Returns its wait status, -1 and errno. */
static int run(char *const *argv, struct bytes *output)
{
    int pipes[2];
    pid_t pid;
    int result;

    if (pipe2(pipes, O_CLOEXEC) < 0)
        return -1;
    result = start(&pid, argv, pipes[1]);
    close(pipes[1]);
    if (result == 0)
        return finish(pid, pipes[0], output);
    close(pipes[0]);
    return -1;
}

/* Appends the first line that has an error in it. The linker's own line about
 * errors comes last, and says nothing. */
static int first_error(const struct bytes *output, size_t from,
                       struct bytes *why)
{
    static const char *const signs[] = { "undefined reference",
                                         " error: ", "error: " };
    const char *text = output->data != NULL ? output->data + from : "";
    const char *found = NULL;
    const char *line;

    for (size_t i = 0; found == NULL && i < sizeof signs / sizeof *signs; i++)
        found = strstr(text, signs[i]);
    if (found == NULL)
        return 0;
    line = found;
    while (line > text && line[-1] != '\n')
        line--;
    return bytes_printf(why, ": %.*s", (int)strcspn(line, "\n"), line);
}

/* Returns 1, -1 and ENOMEM. */
static int explain(int status, const char *file, const struct bytes *output,
                   size_t from, struct bytes *why)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NOT_FOUND)
        return bytes_printf(why, "there is no C compiler: cc is not found") < 0
                   ? -1
                   : 1;
    if (bytes_printf(why, "%s does not compile", file) < 0 ||
        first_error(output, from, why) < 0)
        return -1;
    return 1;
}

int compile_run(const char *file, const char *program,
                const struct compile *how, struct bytes *output,
                struct bytes *why)
{
    union words words = { 0 };
    size_t from = output->length;
    int status = -1;
    glob_t common;
    int saved;

    if (find_common(how, &common) == 0 &&
        make_words(&words, how, file, program, &common) == 0)
        status = run(words.out, output);
    saved = errno;
    globfree(&common);
    errno = saved;
    if (status < 0)
        return -1;
    if (status != 0)
        return explain(status, file, output, from, why);
    return chmod(program, 0755);
}
