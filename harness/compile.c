#include "compile.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    COMPILE_WORDS = 24,
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

int compile_run(const char *file, const char *program, bool sanitizer,
                struct bytes *output, struct bytes *why)
{
    const char *const ends[] = { "-o", program, file, NULL };
    union words words = { 0 };
    size_t from = output->length;
    size_t count = add_words(&words, 0, compiler);
    int status;

    if (sanitizer)
        count = add_words(&words, count, sanitizers);
    add_words(&words, count, ends);
    status = run(words.out, output);
    if (status < 0)
        return -1;
    if (status != 0)
        return explain(status, file, output, from, why);
    return chmod(program, 0755);
}
