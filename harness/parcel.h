/**
 * @file parcel.h
 * Descriptors that travel with bytes (SCM_RIGHTS, unix(7)): those that are to
 * be sent, or those that have come. Whoever sent them is not to be trusted:
 * what they lead to is looked at, and never read or waited for.
 */
#ifndef PARCEL_H
#define PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
    /** The kernel lets no message carry more (SCM_MAX_FD). */
    PARCEL_MOST = 253,
    /** Room for the control data of any message: so many descriptors, the
     *  sender's credentials, and what else may be turned on. */
    PARCEL_ROOM = CMSG_SPACE(PARCEL_MOST * sizeof(int)) + 256
};

/** Starts as all zero; the owner calls parcel_empty. */
struct parcel {
    int *fd;
    size_t count;
    /** How many bytes were there before the first of them came. */
    size_t at;
    /** Control data did not fit in, or the process may have no more
     *  descriptors: the kernel has dropped some (MSG_CTRUNC). */
    bool cut;
};

/** Adds a descriptor, which becomes the parcel's. -1 and ENOMEM; then it is
 *  closed. */
int parcel_add(struct parcel *p, int fd);

/** Takes over the descriptors of a message that recvmsg(2) has received, with
 *  PARCEL_ROOM for its control data; `at` bytes were there before it. -1 and
 *  ENOMEM: some of them are closed. */
int parcel_collect(struct parcel *p, struct msghdr *message, size_t at);

/** Makes the parcel's descriptors, PARCEL_MOST at most, the control data of a
 *  message that is to be sent. `control` has PARCEL_ROOM bytes, aligned as
 *  struct cmsghdr is. Without descriptors there is no control data. */
void parcel_attach(const struct parcel *p, struct msghdr *message,
                   void *control);

/** Closes them all. */
void parcel_empty(struct parcel *p);

#endif
