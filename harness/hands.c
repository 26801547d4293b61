#include "hands.h"

#include "descendants.h"
#include "keeper.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    /** A user and a group that Debian gives to nobody, other than those of
     *  users.h, and other than each other. */
    OTHER_USER = 64601,
    OTHER_GROUP = 64602,
    /** An order takes far less: who takes longer has been stopped. */
    PATIENCE_S = 60
};

/* ---- who they are */

static struct bytes_process nobody(void)
{
    struct bytes_process p;

    for (int n = 0; n < BYTES_IDS; n++)
        p.id[n] = -1;
    return p;
}

void hands_init(struct hands *h)
{
    *h = (struct hands){ .fd = -1 };
    for (int n = 0; n < SCENARIO_HANDS; n++) {
        h->hand[n] = -1;
        h->process[n] = nobody();
    }
}

static bool starts_hand(const struct step *s)
{
    return s->verb == VERB_HAND || s->verb == VERB_HAND_TAKES_NUMBER;
}

bool hands_are_used(const struct scenario *s)
{
    for (int n = 0; n < SCENARIO_STEPS; n++)
        if (starts_hand(&s->steps[n]))
            return true;
    return false;
}

/* Who the effective ids are of, and who the real ones. */
static const struct {
    enum hand_who effective;
    enum hand_who real;
} sides[HAND_WHO_COUNT] = {
    [HAND_SAME] = { HAND_SAME, HAND_SAME },
    [HAND_OTHER] = { HAND_OTHER, HAND_OTHER },
    [HAND_ROOT] = { HAND_ROOT, HAND_ROOT },
    [HAND_EFFECTIVE] = { HAND_SAME, HAND_OTHER },
    [HAND_REAL] = { HAND_OTHER, HAND_SAME },
};

static long user_of(enum hand_who who, long same)
{
    return who == HAND_SAME ? same : who == HAND_OTHER ? OTHER_USER : 0;
}

static long group_of(enum hand_who who, long same)
{
    return who == HAND_SAME ? same : who == HAND_OTHER ? OTHER_GROUP : 0;
}

static struct bytes_process describe(const struct bytes_process *same,
                                     enum hand_who who)
{
    struct bytes_process p = nobody();
    long uid = same->id[BYTES_UID];
    long gid = same->id[BYTES_GID];

    p.id[BYTES_UID] = user_of(sides[who].effective, uid);
    p.id[BYTES_RUID] = user_of(sides[who].real, uid);
    p.id[BYTES_GID] = group_of(sides[who].effective, gid);
    p.id[BYTES_RGID] = group_of(sides[who].real, gid);
    return p;
}

void hands_learn(struct hands *h, const struct scenario *s)
{
    struct bytes_process *own = &h->process[0];

    own->id[BYTES_PID] = getpid();
    own->id[BYTES_UID] = geteuid();
    own->id[BYTES_GID] = getegid();
    own->id[BYTES_RUID] = getuid();
    own->id[BYTES_RGID] = getgid();
    for (int n = 0; n < SCENARIO_STEPS; n++)
        if (starts_hand(&s->steps[n]))
            h->process[s->steps[n].number] = describe(own, s->steps[n].who);
}

/* ---- orders */

static const struct bytes nothing = { .data = NULL };

/* One order, and its answer. Returns what the answer brings along, -1 where
 * that is nothing. */
static int ask(struct hands *h, int fd, struct keeper_order *order,
               const struct bytes *text, int passed,
               struct keeper_answer *answer)
{
    const struct iovec part[2] = { { order, sizeof *order },
                                   { text->data, text->length } };
    const struct iovec back[2] = { { answer, sizeof *answer }, { NULL, 0 } };
    int brought = -1;

    if (keeper_pass(fd, part, passed) == 0 &&
        keeper_take(fd, back, &brought) >= 0)
        return brought;
    if (errno == EAGAIN)
        errno = ETIMEDOUT;
    *answer = (struct keeper_answer){ .error = errno };
    h->lost = true;
    return -1;
}

/* 0, or -1 and the errno of the answer. */
static int result_of(const struct keeper_answer *answer)
{
    if (answer->error == 0)
        return 0;
    errno = answer->error;
    return -1;
}

static int be_patient(int fd)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };

    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

int hands_open(struct hands *h)
{
    int ends[2];
    int saved;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    h->keeper = fork();
    if (h->keeper == 0)
        keeper_run(ends[1]);
    saved = errno;
    close(ends[1]);
    h->fd = ends[0];
    errno = saved;
    if (h->keeper < 0)
        return -1;
    descendants_leave_out(h->keeper);
    return be_patient(h->fd);
}

/* The hand itself says when it has become who it is to be. */
static int await_hand(struct hands *h, int fd)
{
    struct keeper_answer answer = { 0 };
    const struct iovec back[2] = { { &answer, sizeof answer }, { NULL, 0 } };
    int brought;

    if (be_patient(fd) < 0 || keeper_take(fd, back, &brought) < 0) {
        h->lost = true;
        return -1;
    }
    return result_of(&answer);
}

int hands_start(struct hands *h, int hand, pid_t pid)
{
    struct keeper_order order = {
        .kind = KEEPER_START, .hand = hand, .pid = pid, .who = h->process[hand]
    };
    struct keeper_answer answer = { 0 };
    int fd = ask(h, h->fd, &order, &nothing, -1, &answer);

    if (result_of(&answer) < 0)
        return -1;
    h->hand[hand] = fd;
    h->process[hand].id[BYTES_PID] = answer.pid;
    return await_hand(h, fd);
}

static void let_go(struct hands *h, int hand)
{
    if (h->hand[hand] >= 0)
        close(h->hand[hand]);
    h->hand[hand] = -1;
}

int hands_end(struct hands *h, int hand, bool unreaped)
{
    struct keeper_order order = { .kind = KEEPER_END,
                                  .hand = hand,
                                  .unreaped = unreaped };
    struct keeper_answer answer = { 0 };

    let_go(h, hand);
    (void)ask(h, h->fd, &order, &nothing, -1, &answer);
    return result_of(&answer);
}

int hands_connect(struct hands *h, int hand, int type, const struct bytes *path)
{
    struct keeper_order order = { .kind = KEEPER_CONNECT, .type = type };
    struct keeper_answer answer = { 0 };
    int fd = ask(h, h->hand[hand], &order, path, -1, &answer);

    return result_of(&answer) < 0 ? -1 : fd;
}

ssize_t hands_send(struct hands *h, int hand, int fd, int claims,
                   const struct bytes *text)
{
    struct keeper_order order = { .kind = KEEPER_SEND, .claims = claims >= 0 };
    struct keeper_answer answer = { 0 };

    if (text->length > KEEPER_TEXT) {
        h->lost = true;
        errno = EMSGSIZE;
        return -1;
    }
    if (claims >= 0)
        order.claim = (struct ucred){
            .pid = (pid_t)h->process[claims].id[BYTES_PID],
            .uid = (uid_t)h->process[claims].id[BYTES_RUID],
            .gid = (gid_t)h->process[claims].id[BYTES_RGID],
        };
    (void)ask(h, h->hand[hand], &order, text, fd, &answer);
    return result_of(&answer) < 0 ? -1 : answer.sent;
}

void hands_close(struct hands *h)
{
    pid_t pid = -1;

    for (int n = 0; n < SCENARIO_HANDS; n++)
        let_go(h, n);
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
    if (h->keeper <= 0)
        return;
    /* Where the keeper is the program's user, the program may have stopped it.
     * As root it is out of reach of both. */
    (void)kill(h->keeper, SIGCONT);
    do
        pid = waitpid(h->keeper, NULL, 0);
    while (pid < 0 && errno == EINTR);
    descendants_leave_out(0);
    h->keeper = 0;
}
