/*
 * Lab 06's server with a thread for each connection, and every call blocks. The
 * main thread sleeps in sigwait() and ends the program; one more thread accepts
 * and finds out who is there before a thread is started for him.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/listening.h"
#include "common/options.h"

#ifndef SO_PEERPIDFD
enum { SO_PEERPIDFD = 77 };
#endif

enum {
    RECORD_LIMIT = 64,
    STACK_BYTES = 256 * 1024,
    PAUSE_NS = 100 * 1000 * 1000,
    FINAL_MODE = 0666,
    MODE_UNTIL_READY = 0600
};

/* Filled in before any thread starts, and only read from then on. */
static struct {
    struct listening listening;
    const char *secret;
    uid_t *users;
    int user_count;
} self;

/* Somebody connected; his thread frees it. */
struct peer {
    int descriptor;
    /* Becomes readable when the process exits; -1 where it had already gone. */
    int pidfd;
    struct ucred connector;
    bool is_trusted;
};

struct record {
    char bytes[RECORD_LIMIT];
    size_t length;
    bool has_sender;
    struct ucred sender;
};

/* A peer has left: a descriptor, a thread or memory may be free again. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left;

static int failure(const char *what, int number)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(number));
    return EXIT_FAILURE;
}

static bool trust(const struct ucred *who)
{
    for (int i = 0; i < self.user_count; i++)
        if (self.users[i] == who->uid && who->pid > 0)
            return true;
    return false;
}

/* Each writes what it has to say and returns its length. */
static int name_connector(const struct peer *p, const struct record *r,
                          char *answer, size_t room)
{
    (void)r;
    return snprintf(answer, room, "pid=%ld uid=%lu gid=%lu",
                    (long)p->connector.pid, (unsigned long)p->connector.uid,
                    (unsigned long)p->connector.gid);
}

static int name_sender(const struct peer *p, const struct record *r,
                       char *answer, size_t room)
{
    (void)p;
    return snprintf(answer, room, "pid=%ld uid=%lu gid=%lu",
                    (long)r->sender.pid, (unsigned long)r->sender.uid,
                    (unsigned long)r->sender.gid);
}

static int tell_secret(const struct peer *p, const struct record *r,
                       char *answer, size_t room)
{
    bool may_know = p->is_trusted && trust(&r->sender);
    return snprintf(answer, room, "%s", may_know ? self.secret : "denied");
}

static int tell_life(const struct peer *p, const struct record *r, char *answer,
                     size_t room)
{
    struct pollfd exited = { .fd = p->pidfd, .events = POLLIN };
    (void)r;
    bool runs = p->pidfd != -1 && TEMP_FAILURE_RETRY(poll(&exited, 1, 0)) == 0;
    return snprintf(answer, room, runs ? "yes" : "no");
}

static const struct {
    const char *word;
    int (*answer)(const struct peer *p, const struct record *r, char *answer,
                  size_t room);
} requests[] = {
    { "whoami", name_connector },
    { "sender", name_sender },
    { "secret", tell_secret },
    { "alive", tell_life },
};

static int reply_to(const struct peer *p, const struct record *r, char *answer,
                    size_t room)
{
    if (!r->has_sender)
        return snprintf(answer, room, "denied");
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (strlen(requests[i].word) == r->length &&
            memcmp(requests[i].word, r->bytes, r->length) == 0)
            return requests[i].answer(p, r, answer, room);
    return snprintf(answer, room, "error: unknown request");
}

static void take_in(struct record *r, const struct cmsghdr *item)
{
    const unsigned char *data = CMSG_DATA(item);
    size_t bytes = item->cmsg_len - CMSG_LEN(0);
    if (item->cmsg_level != SOL_SOCKET)
        return;
    if (item->cmsg_type == SCM_CREDENTIALS && bytes == sizeof r->sender) {
        memcpy(&r->sender, data, bytes);
        r->has_sender = r->sender.pid > 0;
    }
    if (item->cmsg_type != SCM_RIGHTS)
        return;
    for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
        int unwanted;
        memcpy(&unwanted, data + at, sizeof unwanted);
        close(unwanted);
    }
}

/*
 * Receives a record: 1, and 0 when there will be no more. The credentials come
 * first; behind them there is room for a descriptor or two, which shows that
 * some had been sent. The kernel lets go of those that find no room.
 */
static int receive(int peer, struct record *r)
{
    _Alignas(struct cmsghdr) char
        control[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
    struct iovec part = { .iov_base = r->bytes, .iov_len = RECORD_LIMIT };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof control };
    ssize_t count = TEMP_FAILURE_RETRY(
        recvmsg(peer, &message, MSG_TRUNC | MSG_CMSG_CLOEXEC));
    if (count == -1 || (count == 0 && message.msg_controllen == 0 &&
                        (message.msg_flags & MSG_CTRUNC) == 0))
        return 0;
    r->length = (size_t)count;
    r->has_sender = false;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item != NULL;
         item = CMSG_NXTHDR(&message, item))
        take_in(r, item);
    return 1;
}

static void let_go(struct peer *p)
{
    if (p->pidfd != -1)
        close(p->pidfd);
    close(p->descriptor);
    free(p);
    pthread_mutex_lock(&lock);
    pthread_cond_signal(&left);
    pthread_mutex_unlock(&lock);
}

static void *attend(void *argument)
{
    struct peer *p = argument;
    struct record record = { .length = 0 };
    char answer[RECORD_LIMIT + 256];
    while (receive(p->descriptor, &record)) {
        int bytes = reply_to(p, &record, answer, sizeof answer);
        if (TEMP_FAILURE_RETRY(
                send(p->descriptor, answer, (size_t)bytes, MSG_NOSIGNAL)) == -1)
            break;
    }
    let_go(p);
    return NULL;
}

/* 0, or the number of an error. */
static int start_thread(void *(*work)(void *), struct peer *p)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int result = pthread_attr_init(&attributes);
    if (result != 0)
        return result;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    result = pthread_create(&thread, &attributes, work, p);
    pthread_attr_destroy(&attributes);
    return result;
}

/* Until somebody leaves, or a moment: others may free what is short, too. */
static void wait_for_a_change(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PAUSE_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&lock);
    pthread_cond_timedwait(&left, &lock, &until);
    pthread_mutex_unlock(&lock);
}

static bool will_pass(int number)
{
    return number == EMFILE || number == ENFILE || number == ENOBUFS ||
           number == ENOMEM;
}

/* The next connection; -1 with errno when there will never be one again. */
static int accept_one(void)
{
    for (;;) {
        int peer = accept4(self.listening.descriptor, NULL, NULL, SOCK_CLOEXEC);
        if (peer >= 0)
            return peer;
        if (will_pass(errno))
            wait_for_a_change();
        else if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED)
            return -1;
    }
}

/* Before Linux 6.5 the process has to be found by its number. Every other
 * reason means that there is no process any more. */
static int find_process(int peer, pid_t number)
{
    for (;;) {
        int pidfd = -1;
        socklen_t size = sizeof pidfd;
        long result = getsockopt(peer, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size);
        if (result == -1 && errno == ENOPROTOOPT)
            result = pidfd = (int)syscall(SYS_pidfd_open, number, 0);
        if (result != -1)
            return pidfd;
        if (!will_pass(errno))
            return -1;
        wait_for_a_change();
    }
}

/* Nobody is turned away: for what is short he waits here, as the others wait
 * in the backlog. */
static void admit(int descriptor)
{
    struct peer *p;
    while ((p = malloc(sizeof *p)) == NULL)
        wait_for_a_change();
    socklen_t size = sizeof p->connector;
    *p = (struct peer){ .descriptor = descriptor, .pidfd = -1 };
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &p->connector, &size) ==
        -1) {
        let_go(p);
        return;
    }
    p->is_trusted = trust(&p->connector);
    p->pidfd = find_process(descriptor, p->connector.pid);
    while (start_thread(attend, p) != 0)
        wait_for_a_change();
}

static void *accept_for_ever(void *unused)
{
    int peer;
    while ((peer = accept_one()) != -1)
        admit(peer);
    int number = errno;
    listening_remove(&self.listening);
    _exit(failure("accept", number));
    return unused;
}

/* Until listen() nobody gets in anyway: the file may have fewer rights. The
 * credentials must be asked for before somebody can send. */
static int open_to_all(const char *path)
{
    const int yes = 1;
    const int listener = self.listening.descriptor;
    if (setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == -1 ||
        fcntl(listener, F_SETFL, 0) == -1 || chmod(path, FINAL_MODE) == -1 ||
        listen(listener, 128) == -1)
        return errno;
    return start_thread(accept_for_ever, NULL);
}

static void set_up_condition(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&left, &attributes);
    pthread_condattr_destroy(&attributes);
}

static int run(const char *path)
{
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    set_up_condition();
    umask(0777 & ~MODE_UNTIL_READY);
    if (listening_bind(&self.listening, path, SOCK_SEQPACKET) == -1)
        return failure(path, errno);
    int status = EXIT_SUCCESS;
    number = open_to_all(path);
    if (number != 0)
        status = failure(path, number);
    else
        while (sigwait(&signals, &number) != 0)
            continue;
    listening_remove(&self.listening);
    _exit(status);
}

static bool parse_user(const char *text)
{
    long number = options_number(text, 0, 4294967294);
    self.users[self.user_count++] = (uid_t)number;
    return number != -1;
}

static bool parse(int count, char *texts[])
{
    if (count < 2 || texts[1][0] == '\0' || strlen(texts[1]) > 255)
        return false;
    self.secret = texts[1];
    self.users = calloc((size_t)count, sizeof *self.users);
    if (self.users == NULL)
        _exit(failure("users", errno));
    for (int i = 2; i < count; i++)
        if (!parse_user(texts[i]))
            return false;
    if (count == 2)
        self.users[self.user_count++] = geteuid();
    return true;
}

int main(int argc, char *argv[])
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || !parse(argc - optind, argv + optind)) {
        fprintf(stderr, "usage: server PATH SECRET [UID...]\n");
        return 2;
    }
    return run(argv[optind]);
}
