#include "verbs.h"

#include <dirent.h>
#include <string.h>

/* The first name of a relative path: "./a/b" -> "a". */
static size_t first_name(const char **path)
{
    while ((*path)[0] == '.' && (*path)[1] == '/')
        *path += 2;
    return strcspn(*path, "/");
}

static bool same_first(const char *name, const char *path, const char *suffix)
{
    size_t length = first_name(&path);

    return path[0] != '\0' && strncmp(name, path, length) == 0 &&
           strcmp(name + length, suffix) == 0;
}

static bool allowed(const struct play *p, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        same_first(name, p->address.data, ".lock") ||
        (!p->program.ended && same_first(name, p->address.data, "")))
        return true;
    for (int i = 0; i < p->plant_count; i++)
        if (p->plants[i].path.length > 0 &&
            same_first(name, p->plants[i].path.data, ""))
            return true;
    return false;
}

/* The first entry of the directory that must not be there, or "". */
static int find_stray(const struct play *p, const char *directory,
                      const char *only, struct bytes *stray)
{
    DIR *dir = opendir(directory);
    const struct dirent *entry;

    if (!dir)
        return -1;
    while (stray->length == 0 && (entry = readdir(dir)) != NULL)
        if (only ? strcmp(entry->d_name, only) != 0 &&
                       strcmp(entry->d_name, ".") != 0 &&
                       strcmp(entry->d_name, "..") != 0
                 : !allowed(p, entry->d_name))
            bytes_printf(stray, "%s", entry->d_name);
    closedir(dir);
    return 0;
}

int verb_tidy(struct play *p, const struct step *s)
{
    struct bytes stray = { 0 };
    int result = 0;

    if (!s->number && find_stray(p, ".", NULL, &stray) < 0)
        result = play_trouble(p, "the private directory cannot be read");
    else if (stray.length > 0)
        result = play_fail(p, "the %s left \"%s\" in its directory",
                           play_role(p), stray.data);
    else if (find_stray(p, "..", "work", &stray) < 0)
        result = play_trouble(p, "the case's directory cannot be read");
    else if (stray.length > 0)
        result = play_fail(p, "the %s wrote \"%s\" outside its directory",
                           play_role(p), stray.data);
    bytes_free(&stray);
    return result;
}
