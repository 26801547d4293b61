#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of what is larger the beginning is compared: it may have any size. */
static int read_content(const char *path, struct bytes *out)
{
    enum { COMPARED = 1024 * 1024 };
    char buffer[4096];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return -1;
    while (out->length < COMPARED &&
           (n = read(fd, buffer, sizeof buffer)) > 0) {
        if (bytes_append(out, buffer, (size_t)n) < 0) {
            n = -1;
            break;
        }
    }
    close(fd);
    return n < 0 ? -1 : 0;
}

static int read_link(const char *path, struct bytes *out)
{
    char target[4096];
    ssize_t n = readlink(path, target, sizeof target);

    return n < 0 ? -1 : bytes_append(out, target, (size_t)n);
}

/* What stands at a path: its inode, and what it holds or points to. */
static int snapshot(const char *path, struct stat *stat, struct bytes *content)
{
    if (lstat(path, stat) < 0)
        return -1;
    if (S_ISREG(stat->st_mode))
        return read_content(path, content);
    if (S_ISLNK(stat->st_mode))
        return read_link(path, content);
    return 0;
}

static void forget(struct play *p, const char *path)
{
    for (int i = 0; i < p->plant_count; i++)
        if (strcmp(p->plants[i].path.data, path) == 0)
            bytes_drop(&p->plants[i].path, p->plants[i].path.length);
}

int verbs_remember(struct play *p, struct bytes *path)
{
    struct play_plant made = { 0 };

    if (p->plant_count == PLAY_PLANTS) {
        bytes_free(path);
        errno = ENOSPC;
        return play_trouble(p, "too many plants");
    }
    if (snapshot(path->data, &made.stat, &made.content) < 0) {
        bytes_free(path);
        return play_trouble(p, "what was planted cannot be read");
    }
    forget(p, path->data);
    made.path = *path;
    *path = (struct bytes){ 0 };
    p->plants[p->plant_count++] = made;
    return 0;
}

/* Plants with `make`, and remembers what it looks like. */
static int plant(struct play *p, const struct step *s,
                 int (*make)(const char *path, const struct bytes *text,
                             long number))
{
    struct bytes path = { 0 };
    struct bytes text = { 0 };
    int result = -1;

    if (play_path(p, s, &path) < 0 ||
        (s->text && play_expand(p, &text, s->text, s->length) < 0))
        goto out;
    if (make(path.data, &text, s->number) < 0)
        play_trouble(p, path.data);
    else
        result = verbs_remember(p, &path);
out:
    bytes_free(&path);
    bytes_free(&text);
    return result;
}

static int make_file(const char *path, const struct bytes *text, long number)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    ssize_t n;

    (void)number;
    if (fd < 0)
        return -1;
    n = write(fd, text->data, text->length);
    close(fd);
    return n == (ssize_t)text->length ? 0 : -1;
}

static int make_sparse(const char *path, const struct bytes *text, long number)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int result;

    (void)text;
    if (fd < 0)
        return -1;
    result = ftruncate(fd, number);
    close(fd);
    return result;
}

static int make_directory(const char *path, const struct bytes *text,
                          long number)
{
    (void)text;
    return mkdir(path, (mode_t)number);
}

static int make_fifo(const char *path, const struct bytes *text, long number)
{
    (void)text;
    (void)number;
    return mkfifo(path, 0666);
}

static int make_symlink(const char *path, const struct bytes *text, long number)
{
    (void)number;
    return text->data ? symlink(text->data, path) : -1;
}

int verb_plant_file(struct play *p, const struct step *s)
{
    return plant(p, s, make_file);
}

int verb_plant_sparse(struct play *p, const struct step *s)
{
    return plant(p, s, make_sparse);
}

int verb_plant_directory(struct play *p, const struct step *s)
{
    return plant(p, s, make_directory);
}

int verb_plant_fifo(struct play *p, const struct step *s)
{
    return plant(p, s, make_fifo);
}

int verb_plant_symlink(struct play *p, const struct step *s)
{
    return plant(p, s, make_symlink);
}

int verb_plant_stale(struct play *p, const struct step *s)
{
    struct bytes path = { 0 };
    int result = -1;

    if (play_path(p, s, &path) < 0)
        return -1;
    if (peer_plant_stale(p->lab->socket_type, path.data) < 0)
        play_trouble(p, "a stale socket cannot be planted");
    else
        result = verbs_remember(p, &path);
    bytes_free(&path);
    return result;
}

enum { OTHERS_BACKLOG = 5 };

static int bound_type(const struct play *p, const struct step *s)
{
    if (s->number > 0)
        return (int)s->number;
    if (s->number == 0)
        return p->lab->socket_type;
    return p->lab->socket_type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM;
}

int verb_plant_bound(struct play *p, const struct step *s)
{
    struct bytes path = { 0 };
    int result = -1;

    if (play_path(p, s, &path) < 0)
        return -1;
    if (peer_bind(&p->peers[s->peer], bound_type(p, s), path.data,
                  s->number < 0 ? OTHERS_BACKLOG : -1) < 0)
        play_trouble(p, "a socket cannot be bound");
    else
        result = verbs_remember(p, &path);
    bytes_free(&path);
    return result;
}

int verb_remove(struct play *p, const struct step *s)
{
    struct bytes path = { 0 };
    int result = 0;

    if (play_path(p, s, &path) < 0)
        return -1;
    if (unlink(path.data) < 0 && errno != ENOENT)
        result = play_trouble(p, "a file cannot be removed");
    forget(p, path.data);
    bytes_free(&path);
    return result;
}

int verb_chmod(struct play *p, const struct step *s)
{
    struct bytes path = { 0 };
    int result = 0;

    if (play_path(p, s, &path) < 0)
        return -1;
    if (chmod(path.data, (mode_t)s->number) < 0)
        result = play_trouble(p, "a mode cannot be changed");
    bytes_free(&path);
    return result;
}

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "regular file";
    case S_IFDIR:
        return "directory";
    case S_IFIFO:
        return "FIFO";
    case S_IFLNK:
        return "symbolic link";
    case S_IFSOCK:
        return "socket";
    default:
        return "special file";
    }
}

static const struct play_plant *find_plant(const struct play *p,
                                           const char *path)
{
    for (int i = 0; i < p->plant_count; i++)
        if (p->plants[i].path.length > 0 &&
            strcmp(p->plants[i].path.data, path) == 0)
            return &p->plants[i];
    return NULL;
}

static int compare(struct play *p, const struct play_plant *planted)
{
    struct bytes content = { 0 };
    struct stat now;
    const char *kind = kind_of(planted->stat.st_mode);
    const char *path = planted->path.data;
    int result = 0;

    if (snapshot(path, &now, &content) < 0)
        result =
            play_fail(p, "the %s at %s is gone: the %s must leave it as it was",
                      kind, path, play_role(p));
    else if (now.st_dev != planted->stat.st_dev ||
             now.st_ino != planted->stat.st_ino)
        result = play_fail(p,
                           "the %s at %s has been replaced by another %s: the "
                           "%s must leave it as it was",
                           kind, path, kind_of(now.st_mode), play_role(p));
    else if (now.st_mode != planted->stat.st_mode)
        result =
            play_fail(p, "the %s at %s has mode %o and had %o", kind, path,
                      now.st_mode & 07777U, planted->stat.st_mode & 07777U);
    else if (content.length != planted->content.length ||
             (content.length > 0 &&
              memcmp(content.data, planted->content.data, content.length) != 0))
        result =
            play_differs(p, &planted->content, content.data, content.length,
                         "the %s at %s holds something else now", kind, path);
    bytes_free(&content);
    return result;
}

int verb_file_same(struct play *p, const struct step *s)
{
    const struct play_plant *planted;
    struct bytes path = { 0 };
    int result = -1;

    if (play_path(p, s, &path) < 0)
        return -1;
    planted = find_plant(p, path.data);
    if (planted) {
        result = compare(p, planted);
    } else {
        errno = EINVAL;
        play_trouble(p, "nothing was planted there");
    }
    bytes_free(&path);
    return result;
}

int verb_file_gone(struct play *p, const struct step *s)
{
    struct bytes path = { 0 };
    struct stat stat;
    int result = 0;

    if (play_path(p, s, &path) < 0)
        return -1;
    if (lstat(path.data, &stat) == 0)
        result = play_fail(p, "there is still a %s at %s",
                           kind_of(stat.st_mode), path.data);
    bytes_free(&path);
    return result;
}

int verb_file_socket(struct play *p, const struct step *s)
{
    struct bytes path = { 0 };
    struct stat stat;
    int result = 0;

    if (play_path(p, s, &path) < 0)
        return -1;
    if (lstat(path.data, &stat) < 0)
        result = play_fail(p, "there is no socket at %s", path.data);
    else if (!S_ISSOCK(stat.st_mode))
        result = play_fail(p, "there is a %s at %s, and no socket",
                           kind_of(stat.st_mode), path.data);
    bytes_free(&path);
    return result;
}
