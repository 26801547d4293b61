#include "keeper.h"

#include "peer.h"
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where a process has its orders from; above it nothing is open. */
enum { ORDERS = STDERR_FILENO + 1 };

/* ---- messages */

/* Room for what may go along, aligned as the kernel wants it. */
union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
};

static void attach(struct msghdr *message, union control *control, int type,
                   const void *data, size_t size)
{
    struct cmsghdr *header;

    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(size);
    header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), data, size);
}

int keeper_pass(int fd, const struct iovec part[2], int passed)
{
    struct iovec parts[2] = { part[0], part[1] };
    union control control = { 0 };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
    ssize_t n;

    if (passed >= 0)
        attach(&message, &control, SCM_RIGHTS, &passed, sizeof passed);
    do
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 0;
}

static int passed_along(struct msghdr *message)
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    int fd = -1;

    if (header != NULL && header->cmsg_level == SOL_SOCKET &&
        header->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

ssize_t keeper_take(int fd, const struct iovec part[2], int *passed)
{
    struct iovec parts[2] = { part[0], part[1] };
    union control control = { 0 };
    struct msghdr message = { .msg_iov = parts,
                              .msg_iovlen = 2,
                              .msg_control = &control,
                              .msg_controllen = sizeof control };
    ssize_t n;

    do
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    *passed = passed_along(&message);
    if ((size_t)n >= part[0].iov_len)
        return n - (ssize_t)part[0].iov_len;
    if (*passed >= 0)
        close(*passed);
    *passed = -1;
    errno = ECONNRESET;
    return -1;
}

static void answer(const struct keeper_answer *a, int passed)
{
    struct keeper_answer copy = *a;
    const struct iovec part[2] = { { &copy, sizeof copy }, { NULL, 0 } };

    /* Where nobody hears it, the next order is the end. */
    (void)keeper_pass(ORDERS, part, passed);
}

/* Nothing else stays open: whoever waits for the end of a case, or of a
 * connection, waits for all who hold a copy. */
static int keep_only(int fd)
{
    if (dup2(fd, ORDERS) < 0)
        return -1;
    closefrom(ORDERS + 1);
    return 0;
}

/* ---- a hand */

static bool is_already(const struct bytes_process *who)
{
    return getuid() == (uid_t)who->id[BYTES_RUID] &&
           geteuid() == (uid_t)who->id[BYTES_UID] &&
           getgid() == (gid_t)who->id[BYTES_RGID] &&
           getegid() == (gid_t)who->id[BYTES_GID];
}

static int become(const struct bytes_process *who)
{
    const uid_t uid = (uid_t)who->id[BYTES_UID];
    const uid_t ruid = (uid_t)who->id[BYTES_RUID];
    const gid_t gid = (gid_t)who->id[BYTES_GID];

    if (is_already(who))
        return 0;
    if (setgroups(0, NULL) < 0 ||
        setresgid((gid_t)who->id[BYTES_RGID], gid, gid) < 0 ||
        setresuid(ruid, uid, uid) < 0)
        return -1;
    /* Rights that outlive the change would make its claims come true. */
    if (uid != 0 && ruid != 0 && setresuid(0, 0, 0) == 0) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

/* After the change of user, which would undo both. */
static int belong_to(pid_t keeper)
{
    if (prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) < 0 ||
        prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L) < 0)
        return -1;
    if (getppid() == keeper)
        return 0;
    errno = ESRCH;
    return -1;
}

static void connect_for(const struct keeper_order *order, const char *path)
{
    struct keeper_answer a = { 0 };
    struct peer peer;

    peer_init(&peer);
    if (peer_connect(&peer, order->type, path) < 0)
        a.error = errno;
    answer(&a, peer.fd);
    peer_close(&peer);
}

static void send_for(const struct keeper_order *order, struct iovec piece,
                     int fd)
{
    union control control = { 0 };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
    struct keeper_answer a = { 0 };

    if (order->claims)
        attach(&message, &control, SCM_CREDENTIALS, &order->claim,
               sizeof order->claim);
    a.sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (a.sent < 0)
        a.error = errno;
    answer(&a, -1);
}

static _Noreturn void be_hand(int fd, pid_t keeper,
                              const struct bytes_process *who)
{
    static char text[KEEPER_TEXT + 1];
    struct keeper_order order;
    const struct iovec part[2] = { { &order, sizeof order },
                                   { text, KEEPER_TEXT } };
    struct keeper_answer a = { 0 };
    ssize_t length;
    int passed;

    if (keep_only(fd) < 0)
        _exit(1);
    if (become(who) < 0 || belong_to(keeper) < 0)
        a.error = errno;
    answer(&a, -1);
    while (a.error == 0 && (length = keeper_take(ORDERS, part, &passed)) >= 0) {
        text[length] = '\0';
        if (order.kind == KEEPER_CONNECT)
            connect_for(&order, text);
        else if (order.kind == KEEPER_SEND)
            send_for(&order, (struct iovec){ text, (size_t)length }, passed);
        if (passed >= 0)
            close(passed);
    }
    _exit(0);
}

/* ---- the keeper */

static void start(pid_t pids[SCENARIO_HANDS], const struct keeper_order *order)
{
    const pid_t keeper = getpid();
    struct keeper_answer a = { 0 };
    int ends[2];

    if (pids[order->hand] != 0) {
        a.error = EEXIST;
        answer(&a, -1);
        return;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        a.error = errno;
        answer(&a, -1);
        return;
    }
    a.pid = sandbox_fork(order->pid);
    if (a.pid == 0)
        be_hand(ends[1], keeper, &order->who);
    if (a.pid < 0)
        a.error = errno;
    else
        pids[order->hand] = a.pid;
    answer(&a, a.pid < 0 ? -1 : ends[0]);
    close(ends[0]);
    close(ends[1]);
}

/* Only its own children, whose numbers are theirs until they are reaped. */
static void end(pid_t pids[SCENARIO_HANDS], int hand, bool unreaped)
{
    siginfo_t info;
    int result;

    if (pids[hand] == 0)
        return;
    (void)kill(pids[hand], SIGKILL);
    do
        result = waitid(P_PID, (id_t)pids[hand], &info,
                        WEXITED | (unreaped ? WNOWAIT : 0));
    while (result < 0 && errno == EINTR);
    if (!unreaped)
        pids[hand] = 0;
}

_Noreturn void keeper_run(int fd)
{
    pid_t pids[SCENARIO_HANDS] = { 0 };
    struct keeper_order order;
    const struct iovec part[2] = { { &order, sizeof order }, { NULL, 0 } };
    const struct keeper_answer done = { 0 };
    int passed;

    /* What a terminal sends to the run's processes is not meant for it. */
    (void)setsid();
    (void)signal(SIGCHLD, SIG_DFL);
    (void)prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
    (void)prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L);
    if (keep_only(fd) < 0)
        _exit(1);
    while (keeper_take(ORDERS, part, &passed) >= 0) {
        if (order.kind == KEEPER_START) {
            start(pids, &order);
        } else {
            end(pids, order.hand, order.unreaped);
            answer(&done, -1);
        }
    }
    for (int hand = 0; hand < SCENARIO_HANDS; hand++)
        end(pids, hand, false);
    _exit(0);
}
