#include "verbs.h"

#include <sys/stat.h>

/* A name that leads nowhere has no mode; where it is a symbolic link, what it
 * leads to is what a connection meets. */
static int check_mode(struct play *p, const struct step *s, mode_t allowed,
                      mode_t required)
{
    struct bytes path = { 0 };
    struct stat status;
    int result = 0;

    if (play_path(p, s, &path) < 0)
        return -1;
    if (stat(path.data, &status) == 0) {
        mode_t mode = status.st_mode & 07777U;

        if ((mode & ~allowed) != 0 || (required & ~mode) != 0)
            result = play_fail(p, "%s has mode %04o, and should have %04o%s",
                               path.data, mode, allowed,
                               required == allowed ? "" : " at most");
    }
    bytes_free(&path);
    return result;
}

int verb_umask(struct play *p, const struct step *s)
{
    p->umask = (mode_t)s->number;
    return 0;
}

int verb_mode(struct play *p, const struct step *s)
{
    return check_mode(p, s, (mode_t)s->number, (mode_t)s->number);
}

int verb_mode_within(struct play *p, const struct step *s)
{
    return check_mode(p, s, (mode_t)s->number, 0);
}
