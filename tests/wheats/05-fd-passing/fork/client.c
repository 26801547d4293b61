/*
 * Lab 05's client with a process for the exchange. The child connects, sends
 * and receives, byte by byte, in calls that block; the limit is that of its
 * life: an alarm ends it, until the answer is there. Then it writes what is to
 * be written, and the parent passes its status on.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LINE_LIMIT = 255,
    MOST_PASSED = 253,
    PIECE = 64 * 1024,
    TIME_IS_UP = 124, /* A status that nothing else ends with. */
    WRONG_USE = 2
};

struct order {
    long limit_ms;
    const char *verb;
    const char *operand;
    /* What `count` passes; or -1. */
    int file;
    struct sockaddr_un address;
};

struct answer {
    char line[LINE_LIMIT + 1];
    size_t length;
    /* The first descriptor that came, or -1, and how many there were: at least
     * two where the kernel had to leave some out. */
    int passed;
    size_t count;
};

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "client: %s: %s\n", what, why);
    return 1;
}

static int refuse(void)
{
    fputs("client: protocol error\n", stderr);
    return 1;
}

static void keep_first(struct answer *a, const struct cmsghdr *c)
{
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
        if (a->count++ == 0)
            a->passed = fd;
        else
            close(fd);
    }
}

/* Receives one byte, and the descriptors that come with it. */
static ssize_t receive_byte(int s, struct answer *a, void *byte)
{
    union {
        struct cmsghdr alignment;
        char room[CMSG_SPACE(MOST_PASSED * sizeof(int))];
    } control = { .room = { 0 } };
    struct iovec v = { .iov_base = byte, .iov_len = 1 };
    struct msghdr m = { .msg_iov = &v,
                        .msg_iovlen = 1,
                        .msg_control = control.room,
                        .msg_controllen = sizeof control.room };
    ssize_t n;
    do
        n = recvmsg(s, &m, MSG_CMSG_CLOEXEC);
    while (n == -1 && errno == EINTR);
    if (n == -1)
        return -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    for (; c != NULL; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            keep_first(a, c);
    if ((m.msg_flags & MSG_CTRUNC) != 0)
        a->count += 2;
    return n;
}

/* 1 when there is a line, or what is too long for one; else 0 at the end of the
 * connection, or -1. */
static ssize_t receive_answer(int s, struct answer *a)
{
    while (a->length <= LINE_LIMIT) {
        ssize_t n = receive_byte(s, a, &a->line[a->length]);
        if (n < 1)
            return n;
        if (a->line[a->length] == '\n') {
            a->line[a->length] = '\0';
            return 1;
        }
        a->length++;
    }
    return 1;
}

/* The whole request goes into the socket's buffer at once. */
static int send_request(int s, const struct order *o)
{
    char line[LINE_LIMIT + 2];
    const bool is_open = strcmp(o->verb, "open") == 0;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    memcpy(CMSG_DATA(&control.header), &o->file, sizeof o->file);
    int size = is_open ? snprintf(line, sizeof line, "open %s\n", o->operand)
                       : snprintf(line, sizeof line, "count\n");
    struct iovec v = { .iov_base = line, .iov_len = (size_t)size };
    struct msghdr m = { .msg_iov = &v,
                        .msg_iovlen = 1,
                        .msg_control = is_open ? NULL : control.room,
                        .msg_controllen = is_open ? 0 : sizeof control.room };
    ssize_t n;
    do
        n = sendmsg(s, &m, MSG_NOSIGNAL);
    while (n == -1 && errno == EINTR);
    return n == -1 ? -1 : 0;
}

/* Somebody may have made standard output non-blocking. */
static int write_all(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, size);
        if (n == -1 && errno == EAGAIN) {
            struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
            (void)poll(&p, 1, -1);
        } else if (n == -1 && errno != EINTR)
            return complain("stdout", strerror(errno));
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

/* By positions of our own: where the descriptor stands is its sender's
 * business. */
static int write_file(int fd)
{
    static char piece[PIECE];
    off_t from = 0;
    for (;;) {
        ssize_t n = pread(fd, piece, sizeof piece, from);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return complain("read", strerror(errno));
        if (n == 0 || write_all(piece, (size_t)n) != 0)
            return n != 0;
        from += n;
    }
}

static bool is_readable_file(int fd)
{
    struct stat found;
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || (flags & O_PATH) != 0 || fstat(fd, &found) == -1)
        return false;
    int mode = flags & O_ACCMODE;
    return S_ISREG(found.st_mode) && (mode == O_RDONLY || mode == O_RDWR);
}

static const char *reason(const char *name)
{
    for (int number = 1; number <= 133; number++) {
        const char *known = strerrorname_np(number);
        if (known != NULL && strcmp(known, name) == 0)
            return strerror(number);
    }
    return name;
}

static int report(const struct order *o, const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (!isgraph((unsigned char)*c))
            return refuse();
    if (*name == '\0')
        return refuse();
    fprintf(stderr, "client: %s %s: %s\n", o->verb, o->operand, reason(name));
    return 1;
}

static int take_file(const struct answer *a)
{
    size_t digits = strspn(a->line + 1, "0123456789");
    if (a->count != 1 || digits == 0 || a->line[1 + digits] != '\0' ||
        !is_readable_file(a->passed))
        return refuse();
    return write_file(a->passed);
}

static int take_numbers(struct answer *a)
{
    char *numbers = a->line + 1;
    size_t lines = strspn(numbers, "0123456789");
    if (a->count != 0 || lines == 0 || numbers[lines] != ' ')
        return refuse();
    size_t bytes = strspn(numbers + lines + 1, "0123456789");
    if (bytes == 0 || numbers[lines + 1 + bytes] != '\0')
        return refuse();
    a->line[a->length] = '\n';
    return write_all(numbers, a->length);
}

static int judge(const struct order *o, struct answer *a)
{
    if (a->length > LINE_LIMIT || strlen(a->line) != a->length)
        return refuse();
    if (a->line[0] == '-')
        return a->count == 0 ? report(o, a->line + 1) : refuse();
    if (a->line[0] != '+')
        return refuse();
    return o->file == -1 ? take_file(a) : take_numbers(a);
}

static void end_late(int number)
{
    (void)number;
    _exit(TIME_IS_UP);
}

static void set_alarm(long limit_ms)
{
    const struct itimerval limit = {
        .it_value = { .tv_sec = limit_ms / 1000,
                      .tv_usec = limit_ms % 1000 * 1000 },
    };
    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    signal(SIGALRM, end_late);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    setitimer(ITIMER_REAL, &limit, NULL);
}

/* In the child: an exit status. */
static int exchange(const struct order *o)
{
    static const struct itimerval never;
    struct answer a = { .passed = -1 };
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s == -1)
        return complain("socket", strerror(errno));
    while (connect(s, (const struct sockaddr *)&o->address,
                   sizeof o->address) == -1)
        if (errno != EINTR)
            return complain(o->address.sun_path, strerror(errno));
    if (send_request(s, o) == -1)
        return complain("send", strerror(errno));
    ssize_t got = receive_answer(s, &a);
    int why = errno;
    setitimer(ITIMER_REAL, &never, NULL);
    if (got < 1)
        return complain("answer", got == 0 ? "End of file" : strerror(why));
    int status = judge(o, &a);
    if (a.passed != -1)
        close(a.passed);
    return status;
}

static int run(const struct order *o)
{
    int status;
    signal(SIGCHLD, SIG_DFL); /* Ignored, a child would leave no status. */
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == -1)
        return complain("fork", strerror(errno));
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        set_alarm(o->limit_ms);
        _exit(getppid() == parent ? exchange(o) : 1);
    }
    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            return complain("waitpid", strerror(errno));
    if (WIFSIGNALED(status))
        return complain("child", strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) != TIME_IS_UP)
        return WEXITSTATUS(status);
    fprintf(stderr, "client: no reply within %ld ms\n", o->limit_ms);
    return 1;
}

/* Of the arguments behind the options: 0, or an exit status. */
static int prepare(struct order *o, char **operands)
{
    const char *path = operands[0];
    o->verb = operands[1];
    o->operand = operands[2];
    if (path[0] == '\0' || strlen(path) >= sizeof o->address.sun_path)
        return complain(path, "A path has 1 to 107 bytes");
    memcpy(o->address.sun_path, path, strlen(path));
    if (strcmp(o->verb, "open") == 0)
        return strlen(o->operand) > LINE_LIMIT - strlen("open ") ||
                       strchr(o->operand, '\n') != NULL
                   ? complain("NAME", "A name has up to 250 bytes, and no "
                                      "newline")
                   : 0;
    o->file = open(o->operand, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return o->file == -1 ? complain(o->operand, strerror(errno)) : 0;
}

/* 1 to 86400000, digits only; or 0. */
static long parse_limit(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    long number = strtol(text, NULL, 10);
    return digits > 0 && text[digits] == '\0' && number <= 86400000 ? number
                                                                    : 0;
}

int main(int argc, char **argv)
{
    struct order o = { .limit_ms = 2000,
                       .file = -1,
                       .address.sun_family = AF_UNIX };
    int option;
    opterr = 0;
    while (o.limit_ms != 0 && (option = getopt(argc, argv, "+t:")) != -1)
        o.limit_ms = option == 't' ? parse_limit(optarg) : 0;
    if (o.limit_ms == 0 || argc != optind + 3 ||
        (strcmp(argv[optind + 1], "open") != 0 &&
         strcmp(argv[optind + 1], "count") != 0)) {
        fputs("usage: client [-t TIMEOUT_MS] PATH open NAME | count FILE\n",
              stderr);
        return WRONG_USE;
    }
    int status = prepare(&o, argv + optind);
    return status == 0 ? run(&o) : status;
}
