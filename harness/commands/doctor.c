#include "commands.h"

#include "catalogue.h"
#include "compile.h"
#include "needs.h"
#include "reach.h"
#include "report/print.h"
#include "sandbox.h"
#include "source.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORD_COLUMN = 2, LABEL_COLUMN = 8, TEXT_COLUMN = 24 };

/* What a finding means for grading. */
enum state { FINE, WORSE, FATAL };

static const struct {
    const char *word;
    enum print_tone tone;
} words[] = {
    [FINE] = { "ok", PRINT_GOOD },
    [WORSE] = { "less", PRINT_DOUBTFUL },
    [FATAL] = { "FAIL", PRINT_BAD },
};

static void print_finding(const struct print *p, enum state state,
                          const char *label, const char *text)
{
    fprintf(p->out, "%*s", WORD_COLUMN, "");
    print_padded(p, words[state].tone, words[state].word,
                 LABEL_COLUMN - WORD_COLUMN);
    print_padded(p, PRINT_STRONG, label, TEXT_COLUMN - LABEL_COLUMN);
    print_wrapped(p, TEXT_COLUMN, TEXT_COLUMN, text);
}

/* One thing that the probe has found or not. */
static void print_probed(const struct print *p, bool found, const char *label,
                         const char *good, const char *bad)
{
    print_finding(p, found ? FINE : WORSE, label, found ? good : bad);
}

/* Compiles a program, for a compiler may stand there and have no libc. */
static int try_compiler(const struct source *s, struct bytes *why)
{
    static const char text[] = "int main(void)\n{\n    return 0;\n}\n";
    const struct compile plain = { .labs = NULL };
    struct bytes file = { 0 };
    struct bytes program = { 0 };
    struct bytes output = { 0 };
    FILE *out = NULL;
    int result = -1;

    if (bytes_printf(&file, "%s/try.c", s->directory) == 0 &&
        bytes_printf(&program, "%s/try", s->directory) == 0)
        out = fopen(file.data, "we");
    if (out != NULL) {
        fputs(text, out);
        if (fclose(out) == 0)
            result = compile_run(file.data, program.data, &plain, &output, why);
    }
    if (result < 0)
        (void)bytes_printf(why, "nothing can be written to %s: %s",
                           s->directory, strerror(errno));
    bytes_free(&output);
    bytes_free(&program);
    bytes_free(&file);
    return result == 0 ? 0 : -1;
}

static int print_building(const struct print *p)
{
    struct source source;
    struct bytes why = { 0 };
    int result;

    if (source_open(&source) < 0) {
        print_finding(p, FATAL, "run directory",
                      "cannot be made: set TMPDIR to a directory you may "
                      "write to");
        return -1;
    }
    result = try_compiler(&source, &why);
    if (result == 0)
        print_finding(p, FINE, "C compiler", "cc compiles and links");
    else
        print_finding(p, FATAL, "C compiler", why.data);
    if (result < 0)
        print_finding(p, FATAL, "", "apt-get install gcc libc6-dev");
    source_close(&source);
    bytes_free(&why);
    return result;
}

static void print_level(const struct print *p,
                        const struct sandbox_probe *probe)
{
    struct bytes missing = { 0 };
    struct bytes line = { 0 };

    if (sandbox_missing(probe, &missing) == 0 &&
        bytes_printf(&line, missing.length > 0 ? "basic (missing: %s)" : "%s",
                     missing.length > 0 ? missing.data : "strong") == 0)
        print_finding(p, missing.length > 0 ? WORSE : FINE, "sandbox",
                      line.data);
    bytes_free(&missing);
    bytes_free(&line);
}

static void print_kill(const struct print *p, const struct sandbox_probe *probe)
{
    enum sandbox_kill rung = sandbox_kill_rung(probe);
    struct bytes line = { 0 };

    if (bytes_printf(&line, "%s: what programs start is ended %s",
                     sandbox_kill_name(rung),
                     rung == SANDBOX_KILL_SWEEP ? "as far as it can be found"
                                                : "for certain") == 0)
        print_finding(p, rung == SANDBOX_KILL_SWEEP ? WORSE : FINE, "clean-up",
                      line.data);
    bytes_free(&line);
}

static void print_users(const struct print *p,
                        const struct sandbox_probe *probe)
{
    if (probe->root)
        print_finding(p, FINE, "users",
                      "root: each program runs as an unprivileged user of its "
                      "own");
    else if (geteuid() == 0)
        print_finding(p, WORSE, "users",
                      "root, but it cannot become other users");
    else
        print_finding(p, FINE, "users",
                      "programs run as you; grade only what you would run "
                      "yourself");
}

static void print_landlock(const struct print *p,
                           const struct sandbox_probe *probe)
{
    char line[96];

    if (probe->landlock_abi > 0)
        snprintf(line, sizeof line, "ABI %d%s", probe->landlock_abi,
                 probe->signal_scope ? ", with signal scopes"
                                     : ", no signal scope (Linux 6.12 has it)");
    else
        snprintf(line, sizeof line, "not in this kernel, or not permitted");
    print_finding(p, probe->signal_scope ? FINE : WORSE, "Landlock", line);
}

static void print_kernel(const struct print *p,
                         const struct sandbox_probe *probe)
{
    print_landlock(p, probe);
    print_probed(p, probe->proc_syscall, "waiting",
                 "a program that will never answer is known at once",
                 "/proc does not show system calls: programs that never "
                 "answer cost their whole time");
    print_probed(p, probe->pidfd_getfd, "time-outs",
                 "time limits on sockets can be read",
                 "pidfd_getfd is refused: sockets' time limits are waited "
                 "out");
    print_probed(p, probe->proc_children, "children",
                 "/proc lists a process's children",
                 "/proc lists no children: all processes are searched");
}

/* What single scenarios ask for, beyond what all do. */
static void print_needs(const struct print *p,
                        const struct sandbox_probe *probe)
{
    for (int n = 0; n < NEED_COUNT; n++) {
        enum need need = (enum need)n;
        struct bytes line = { 0 };

        if (needs_tell(&line, need, probe, catalogue_labs) == 0)
            print_finding(p, needs_are_met(need, probe) ? FINE : WORSE,
                          needs_name(need), line.data);
        bytes_free(&line);
    }
}

static void print_tools(const struct print *p)
{
    static const char *const tools[] = { "valgrind", "lcov", "socat",
                                         "strace" };

    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        char *path = reach_executable(tools[i], false);
        char line[80];

        snprintf(line, sizeof line,
                 "not needed for grading: apt-get install %s", tools[i]);
        print_finding(p, path != NULL ? FINE : WORSE, tools[i],
                      path != NULL ? path : line);
        free(path);
    }
}

int command_doctor(int argc, char **argv)
{
    static const struct argp parser = {
        .doc = "Says what this machine can do, and what to install.\v"
               "Exit status: 0 where grading works, 3 where it does not.",
    };
    const struct report_style style = print_style(stdout);
    const struct print p = { stdout, &style };
    struct sandbox_probe probe;
    int result;

    (void)argp_parse(&parser, argc, argv, 0, NULL, NULL);
    sandbox_probe(&probe);
    result = print_building(&p);
    print_users(&p, &probe);
    print_level(&p, &probe);
    print_kill(&p, &probe);
    print_kernel(&p, &probe);
    print_needs(&p, &probe);
    print_tools(&p);
    puts(result == 0 ? "\nGrading works here."
                     : "\nGrading does not work here yet: see FAIL above.");
    return result == 0 ? COMMAND_OK : COMMAND_TROUBLE;
}
