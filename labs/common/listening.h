/*
 * A server's socket and its file.
 *
 *     struct listening l = { .descriptor = -1 };
 *     if (listening_bind(&l, path, SOCK_STREAM) == -1)
 *         ...
 *     if (listen(l.descriptor, 128) == -1)
 *         ...
 *     listening_remove(&l);
 *
 * A datagram socket needs no listen(2).
 */
#ifndef LISTENING_H
#define LISTENING_H

#include <sys/stat.h>

struct listening {
    const char *path;
    int descriptor;
    /* The socket file as it was when we made it: by its device and inode we
     * know it again. */
    struct stat file;
};

/*
 * Makes a socket of this type, non-blocking and close-on-exec, and binds it to
 * the path, which must stay valid. A socket file that a dead server has left
 * there is replaced; anything else stays. Returns -1 with errno: EADDRINUSE (a
 * live server), EEXIST (not a socket), ENAMETOOLONG, EINVAL (an empty path),
 * and what socket(2) and bind(2) say; then nothing is open and no file is left.
 */
int listening_bind(struct listening *l, const char *path, int type);

/*
 * Removes the socket file, unless another one has taken its place. To be
 * called while the descriptor is open: until then the kernel gives the inode's
 * number to no other file.
 */
void listening_remove(const struct listening *l);

#endif
