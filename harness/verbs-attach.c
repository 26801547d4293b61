#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* The peer keeps one descriptor of what it attaches, to look at it later: the
 * others go away with what is sent. Takes `fd` over. */
static int attach(struct play *p, const struct step *s, int fd, long copies)
{
    struct peer *peer = &p->peers[s->peer];

    if (fd < 0)
        return play_trouble(p, "what is to be attached cannot be opened");
    if (peer->kept >= 0)
        close(peer->kept);
    peer->kept = fd;
    peer->offset = lseek(fd, 0, SEEK_CUR);
    while (copies-- > 0) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

        if (copy < 0 || parcel_add(&peer->attached, copy) < 0)
            return play_trouble(p, "a descriptor cannot be attached");
    }
    return 0;
}

int verb_attach(struct play *p, const struct step *s)
{
    const int always = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    struct bytes path = { 0 };
    int fd;

    if (play_path(p, s, &path) < 0)
        return -1;
    fd = open(path.data, (int)s->size | always);
    if (fd >= 0 && s->verb == VERB_ATTACH_AT)
        lseek(fd, s->number, SEEK_SET);
    bytes_free(&path);
    return attach(p, s, fd, s->verb == VERB_ATTACH_COPIES ? s->number : 1);
}

static int make_memory(const struct bytes *text)
{
    int fd = memfd_create("attached", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && write(fd, text->data, text->length) >= 0 &&
        lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

static int make_sealed(const struct bytes *text)
{
    int fd = make_memory(text);

    if (fd >= 0)
        fcntl(fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    return fd;
}

static int keep_first(const int ends[2], int result)
{
    if (result < 0)
        return -1;
    close(ends[1]);
    return ends[0];
}

static int make_socket(const struct bytes *text)
{
    int ends[2];

    (void)text;
    return keep_first(ends,
                      socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
}

/* Open for both, it has a writer for as long as it exists: whoever reads from
 * it waits for ever, and meets no end of file. */
static int make_pipe(const struct bytes *text)
{
    char path[64];
    int ends[2];
    int both;

    (void)text;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    both = open(path, O_RDWR | O_CLOEXEC);
    close(ends[0]);
    close(ends[1]);
    return both;
}

int verb_attach_made(struct play *p, const struct step *s)
{
    static int (*const make[ATTACHMENT_COUNT])(const struct bytes *text) = {
        [ATTACHMENT_MEMORY] = make_memory,
        [ATTACHMENT_SEALED] = make_sealed,
        [ATTACHMENT_SOCKET] = make_socket,
        [ATTACHMENT_PIPE] = make_pipe,
    };
    struct bytes text = { 0 };
    int result = 0;

    if (s->text)
        result = play_expand(p, &text, s->text, s->length);
    if (result == 0)
        result = attach(p, s, make[s->number](&text), 1);
    bytes_free(&text);
    return result;
}

/* One byte, and as many descriptors as go with it, over and over. Returns the
 * errno that ends it. */
static int send_hoard(int socket, int fd)
{
    _Alignas(struct cmsghdr) char control[PARCEL_ROOM];
    int copies[PARCEL_MOST];
    const struct parcel full = { .fd = copies, .count = PARCEL_MOST };
    struct iovec piece = { .iov_base = control, .iov_len = 1 };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };

    for (size_t n = 0; n < PARCEL_MOST; n++)
        copies[n] = fd;
    parcel_attach(&full, &message, control);
    while (sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        continue;
    return errno;
}

/* What is on its way is counted for the whole user, and compared with the
 * sender's own limit of open files: the program's is set here, too, so that
 * what is too much for us is too much for it. */
int verb_hoard(struct play *p, const struct step *s)
{
    struct rlimit before;
    struct rlimit limit;
    int ends[2];
    /* No socket: one that travels through itself is freed some time later. */
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (fd < 0 || getrlimit(RLIMIT_NOFILE, &before) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return play_trouble(p, "descriptors cannot be hoarded");
    limit = before;
    if (limit.rlim_cur > VERBS_DESCRIPTORS)
        limit.rlim_cur = VERBS_DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
    errno = send_hoard(ends[0], fd);
    setrlimit(RLIMIT_NOFILE, &before);
    close(ends[0]);
    close(fd);
    p->peers[s->peer].kept = ends[1];
    if (errno == ETOOMANYREFS)
        return 0;
    return play_trouble(p, "not enough descriptors can be hoarded");
}

int verb_offset_same(struct play *p, const struct step *s)
{
    const struct peer *peer = &p->peers[s->peer];
    off_t now = lseek(peer->kept, 0, SEEK_CUR);

    if (now == peer->offset)
        return 0;
    return play_fail(p,
                     "the offset of the file that %s sent is %lld now, and was "
                     "%lld: both descriptors share one offset",
                     play_peer_name(s->peer), (long long)now,
                     (long long)peer->offset);
}
