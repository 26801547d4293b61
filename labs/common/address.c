#include "address.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/*
 * sun_path has 108 bytes, one of them for the NUL. A longer path would be cut,
 * and an empty one would name no file at all: Linux would take it for an
 * abstract address (unix(7)).
 */
int address_make(struct sockaddr_un *address, const char *path)
{
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) {
        errno = length == 0 ? EINVAL : ENAMETOOLONG;
        return -1;
    }
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(address->sun_path, path, length);
    return 0;
}
