/**
 * @file keeper.h
 * The processes behind hands.h, and how orders reach them: the keeper, which
 * starts and ends hands, and the hands, which connect and send. Internal to
 * hands.c.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/** What a hand can send at once. */
enum { KEEPER_TEXT = 64 * 1024 };

enum keeper_kind {
    /** To the keeper: brings the socket of a hand, on which the hand itself
     *  answers once it has become who it is to be. */
    KEEPER_START,
    /** To the keeper: over once the hand has been reaped, or is a zombie. */
    KEEPER_END,
    /** To a hand, with a path behind it: brings a connected socket. */
    KEEPER_CONNECT,
    /** To a hand, with what is to be sent behind it and the socket. */
    KEEPER_SEND
};

struct keeper_order {
    enum keeper_kind kind;
    /** START, END: which hand. */
    int hand;
    /** START: the process number it is to have, or 0; and who it is. */
    pid_t pid;
    struct bytes_process who;
    /** END */
    bool unreaped;
    /** CONNECT: the type of socket. */
    int type;
    /** SEND: with these credentials, where there are some. */
    bool claims;
    struct ucred claim;
};

struct keeper_answer {
    /** 0, or why it could not be done. */
    int error;
    /** START */
    pid_t pid;
    /** SEND: how many bytes have gone. */
    ssize_t sent;
};

/** A message of two parts, with a descriptor where `passed` is one. -1 and
 *  errno. */
int keeper_pass(int fd, const struct iovec part[2], int passed);

/** Takes a message whose first part is full; `*passed` becomes the descriptor
 *  that came along, or -1. Returns the length of the second part; -1 and errno:
 *  ECONNRESET where nobody is there any more. */
ssize_t keeper_take(int fd, const struct iovec part[2], int *passed);

/** What the keeper's process does, until nobody holds the other end of `fd`:
 *  then all its hands end, and so does it. */
_Noreturn void keeper_run(int fd);

#endif
