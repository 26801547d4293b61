/*
 * The address of a UNIX domain socket in the file system.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <sys/un.h>

/* Fills in the address of `path`. Returns -1 with EINVAL where the path is
 * empty, with ENAMETOOLONG where it is longer than the 107 bytes that fit. */
int address_make(struct sockaddr_un *address, const char *path);

#endif
