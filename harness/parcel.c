#include "parcel.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int parcel_add(struct parcel *p, int fd)
{
    int *grown = realloc(p->fd, (p->count + 1) * sizeof *grown);

    if (!grown) {
        close(fd);
        return -1;
    }
    p->fd = grown;
    p->fd[p->count++] = fd;
    return 0;
}

/* All are walked, also when there is no memory for one more: what is not kept
 * must be closed. */
static int collect_one(struct parcel *p, const struct cmsghdr *c)
{
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    int result = 0;

    for (size_t n = 0; n < count; n++) {
        int fd;

        memcpy(&fd, CMSG_DATA(c) + n * sizeof fd, sizeof fd);
        if (parcel_add(p, fd) < 0)
            result = -1;
    }
    return result;
}

int parcel_collect(struct parcel *p, struct msghdr *message, size_t at)
{
    int result = 0;

    p->cut |= (message->msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c;
         c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        if (p->count == 0)
            p->at = at;
        if (collect_one(p, c) < 0)
            result = -1;
    }
    return result;
}

void parcel_attach(const struct parcel *p, struct msghdr *message,
                   void *control)
{
    struct cmsghdr *c = control;
    size_t size = p->count * sizeof(int);

    if (p->count == 0)
        return;
    memset(control, 0, PARCEL_ROOM);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(c), p->fd, size);
    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(size);
}

void parcel_empty(struct parcel *p)
{
    for (size_t n = 0; n < p->count; n++)
        close(p->fd[n]);
    free(p->fd);
    *p = (struct parcel){ 0 };
}
