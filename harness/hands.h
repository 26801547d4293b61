/**
 * @file hands.h
 * Hands: processes of the harness that connect and send in the place of the
 * case's own, as other users, or to be gone when it matters. They are numbered
 * from 1; hand 0 is the process of the case.
 *
 * A keeper, forked before the case becomes an ordinary user, starts them on
 * request. Keeper and hands are no processes of the program's: descendants.h
 * leaves them out. None survives the case.
 *
 * Hands keep no copy of a connection. Orders block, but never for long: a hand
 * waits for nothing but orders. Where one gets no answer, `lost` is true, and
 * nothing that hands_connect or hands_send says is about the program.
 */
#ifndef HANDS_H
#define HANDS_H

#include "bytes.h"

#include <stdbool.h>
#include <sys/types.h>

struct hands {
    /** 0 where there is none. */
    pid_t keeper;
    /** To the keeper, and to each hand; -1 where there is none. */
    int fd;
    int hand[SCENARIO_HANDS];
    bool lost;
    /** What `{pid1}` and its like stand for. A hand that has ended keeps its
     *  number here. */
    struct bytes_process process[SCENARIO_HANDS];
};

/** No keeper, no hands. */
void hands_init(struct hands *h);

/** Whether a step of the scenario is about a hand. */
bool hands_are_used(const struct scenario *s);

/** Starts the keeper, before warden_enter. -1 and errno. */
int hands_open(struct hands *h);

/** Fills in who everybody is, once the calling process is the program's user:
 *  it is known before a hand is started, but for its number. */
void hands_learn(struct hands *h, const struct scenario *s);

/** Starts a hand as who it was learned to be; where `pid` is not 0, with this
 *  process number. -1 and errno: EEXIST where the number is somebody's. */
int hands_start(struct hands *h, int hand, pid_t pid);

/** Ends a hand: it has been reaped, or is a zombie, before this returns. A
 *  zombie can be ended again, to be reaped. -1 and errno. */
int hands_end(struct hands *h, int hand, bool unreaped);

/** The hand connects with a socket of this type. Returns the socket,
 *  non-blocking and close-on-exec; -1 and errno of connect(2). */
int hands_connect(struct hands *h, int hand, int type,
                  const struct bytes *path);

/** The hand sends on this socket, without waiting; where `claims` is 0 or more,
 *  with the process number and the real ids of that hand. Returns how many
 *  bytes; -1 and errno of sendmsg(2): EAGAIN, EPERM, EPIPE and others. */
ssize_t hands_send(struct hands *h, int hand, int fd, int claims,
                   const struct bytes *text);

/** Ends all hands and the keeper, before warden_finish. Waits for it. */
void hands_close(struct hands *h);

#endif
