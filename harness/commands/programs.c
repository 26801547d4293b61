#include "programs.h"

#include "compile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char programs_folder[] = "labs";

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool programs_has_lab(const struct lab *lab)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", programs_folder, lab->name);
    return !is_folder(programs_folder) || is_folder(path);
}

static int take_command(struct source *source, enum role role,
                        const char *command, struct bytes *problem)
{
    const char *why;

    if (source_command(source, role, command) == 0)
        return 0;
    why = errno == EINVAL ? "it is empty, or not a plain command line"
                          : strerror(errno);
    if (bytes_printf(problem, "--%s \"%s\" cannot be run: %s",
                     source_role_name(role), command, why) == 0)
        errno = EINVAL;
    return -1;
}

/* A lab that is not there is the learner's affair, and scores nothing; a folder
 * of labs that is not there is a slip of whoever grades. */
static int check_folder(const char *from, struct bytes *problem)
{
    if (is_folder(from))
        return 0;
    if (bytes_printf(problem,
                     "there is no folder %s; --from takes one that "
                     "holds the labs' folders",
                     from) == 0)
        errno = EINVAL;
    return -1;
}

/* What a lab's programs are compiled along with is always the kit's own. */
static int check_common(const struct lab *lab, struct bytes *problem)
{
    if (!lab->common || is_folder("labs/common"))
        return 0;
    if (bytes_printf(problem,
                     "there is no folder labs/common, which %s is compiled "
                     "with; run this in the kit's folder",
                     lab->name) == 0)
        errno = EINVAL;
    return -1;
}

int programs_prepare(struct source *source, const struct options *o,
                     const struct lab *lab, struct bytes *output,
                     struct bytes *problem)
{
    const char *from = o->from != NULL ? o->from : programs_folder;
    const struct compile how = {
        .sanitizer = o->build == RUNNER_SANITIZER,
        .labs = lab->common ? programs_folder : NULL,
    };
    bool commands =
        o->command[ROLE_SERVER] != NULL || o->command[ROLE_CLIENT] != NULL;

    if (!commands &&
        (check_folder(from, problem) < 0 || check_common(lab, problem) < 0))
        return -1;
    for (int i = 0; i < ROLE_COUNT; i++) {
        enum role role = (enum role)i;
        int result = 0;

        if (o->command[role] != NULL)
            result = take_command(source, role, o->command[role], problem);
        else if (commands)
            result = source_absent(source, role, "no command was given for it");
        else
            result = source_folder(source, role, from, lab->name, &how, output);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int quote(struct bytes *out, const char *text)
{
    if (bytes_append(out, "'", 1) < 0)
        return -1;
    for (;;) {
        size_t plain = strcspn(text, "'");

        if (bytes_append(out, text, plain) < 0)
            return -1;
        if (text[plain] == '\0')
            return bytes_append(out, "'", 1);
        if (bytes_append(out, "'\\''", strlen("'\\''")) < 0)
            return -1;
        text += plain + 1;
    }
}

static int describe(struct bytes *out, const char *option, const char *value)
{
    if (value == NULL)
        return 0;
    if (bytes_printf(out, " --%s ", option) < 0)
        return -1;
    /* Most folders need no quotes. */
    if (value[strcspn(value, " \t\n'\"\\$`|&;<>()*?[]#~!{}")] == '\0' &&
        *value != '\0')
        return bytes_append(out, value, strlen(value));
    return quote(out, value);
}

int programs_describe(struct bytes *out, const struct options *o)
{
    static const char *const builds[] = { [RUNNER_PLAIN] = NULL,
                                          [RUNNER_SANITIZER] = "sanitizer",
                                          [RUNNER_COVERAGE] = "coverage" };

    /* So that it is a string where nothing is to be said. */
    if (bytes_append(out, "", 0) < 0 || describe(out, "from", o->from) < 0 ||
        describe(out, "server", o->command[ROLE_SERVER]) < 0 ||
        describe(out, "client", o->command[ROLE_CLIENT]) < 0)
        return -1;
    return describe(out, "build", builds[o->build]);
}
