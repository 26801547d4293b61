/*
 * Lab 06's client with a process for each exchange. The parent has the socket
 * and reads the lines; a child sends one, waits and prints. The limit is that
 * of the child's life: an alarm ends it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_LIMIT = 255, ANYONE = -1, NO_NUMBER = -2 };

struct line {
    const char *bytes;
    size_t length;
};

struct client {
    int s;
    long limit_ms;
    /* Who must run the server: a user, or ANYONE. */
    long user;
    struct sockaddr_un address;
};

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "client: %s: %s\n", what, why);
    return 1;
}

/*
 * Receives one record: its true length, or -1; at an end of file errno is 0.
 * Credentials are asked for only to tell an empty record, which carries them,
 * from an end of file, which does not. A reset is reported before the records
 * that came ahead of it, and once only: so it is worth looking again.
 */
static ssize_t receive(int s, void *answer)
{
    union {
        struct cmsghdr alignment;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    int resets = 0;
    for (;;) {
        struct iovec v = { .iov_base = answer, .iov_len = ANSWER_LIMIT };
        struct msghdr m = { .msg_iov = &v,
                            .msg_iovlen = 1,
                            .msg_control = control.room,
                            .msg_controllen = sizeof control.room };
        ssize_t n = recvmsg(s, &m, MSG_TRUNC | MSG_CMSG_CLOEXEC);
        if (n == -1 &&
            (errno == EINTR || (errno == ECONNRESET && resets++ == 0)))
            continue;
        if (n == 0 && m.msg_controllen == 0) {
            errno = resets > 0 ? ECONNRESET : 0;
            return -1;
        }
        return n;
    }
}

static int print_answer(const char *answer, size_t n)
{
    if (n > ANSWER_LIMIT) {
        fprintf(stderr, "client: answer of %zu bytes refused\n", n);
        return 1;
    }
    fwrite(answer, 1, n, stdout);
    putchar('\n');
    fflush(stdout);
    return 0;
}

/* What children do; each returns an exit status. */
static int make_call(const struct client *c, const struct line *unused)
{
    (void)unused;
    while (connect(c->s, (const struct sockaddr *)&c->address,
                   sizeof c->address) == -1)
        if (errno != EINTR)
            return complain(c->address.sun_path, strerror(errno));
    return 0;
}

/* The user who called listen(2), as it was then. */
static int check_server(const struct client *c)
{
    struct ucred u;
    socklen_t size = sizeof u;
    if (getsockopt(c->s, SOL_SOCKET, SO_PEERCRED, &u, &size) == -1)
        return complain("SO_PEERCRED", strerror(errno));
    if (c->user == ANYONE || c->user == u.uid)
        return 0;
    fprintf(stderr, "client: server runs as user %u, not %ld\n", u.uid,
            c->user);
    return 1;
}

static int exchange(const struct client *c, const struct line *line)
{
    static const struct itimerval never;
    char answer[ANSWER_LIMIT];
    while (send(c->s, line->bytes, line->length, MSG_NOSIGNAL) == -1)
        if (errno != EINTR)
            return complain("send", strerror(errno));
    ssize_t n = receive(c->s, answer);
    int why = errno;
    setitimer(ITIMER_REAL, &never, NULL);
    if (n == -1)
        return complain("answer", why == 0 ? "End of file" : strerror(why));
    return print_answer(answer, (size_t)n);
}

/* A status that nothing else ends with. */
enum { TIME_IS_UP = 124 };

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

/* Only _exit() in the child: exit() would set the shared file offset of stdin
 * back to where stdio's buffer was read. */
static int do_in_child(const struct client *c, const struct line *line,
                       int (*work)(const struct client *, const struct line *))
{
    int status;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == -1)
        return complain("fork", strerror(errno));
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        set_alarm(c->limit_ms);
        _exit(getppid() == parent ? work(c, line) : 1);
    }
    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            return complain("waitpid", strerror(errno));
    if (WIFSIGNALED(status))
        return complain("child", strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) != TIME_IS_UP)
        return WEXITSTATUS(status);
    fprintf(stderr, "client: no reply within %ld ms\n", c->limit_ms);
    return 1;
}

static int read_lines(const struct client *c)
{
    static char *buffer;
    size_t size = 0;
    for (;;) {
        if (isatty(0))
            dprintf(1, "? ");
        errno = 0;
        ssize_t n = getdelim(&buffer, &size, '\n', stdin);
        if (n == -1)
            return ferror(stdin) ? complain("stdin", strerror(errno)) : 0;
        struct line line = {
            .bytes = buffer,
            .length = (size_t)n - (buffer[n - 1] == '\n'),
        };
        if (do_in_child(c, &line, exchange) != 0)
            return 1;
    }
}

static int run(struct client *c)
{
    const int yes = 1;
    signal(SIGCHLD, SIG_DFL); /* Ignored, a child would leave no status. */
    c->s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (c->s == -1 ||
        setsockopt(c->s, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == -1)
        return complain("socket", strerror(errno));
    if (do_in_child(c, NULL, make_call) != 0 || check_server(c) != 0)
        return 1;
    return read_lines(c);
}

static long parse(const char *text, long least, long most)
{
    size_t digits = strspn(text, "0123456789");
    long number = strtol(text, NULL, 10);
    return digits > 0 && text[digits] == '\0' && number >= least &&
                   number <= most
               ? number
               : NO_NUMBER;
}

int main(int argc, char **argv)
{
    struct client c = { .limit_ms = 2000,
                        .user = ANYONE,
                        .address.sun_family = AF_UNIX };
    int option;
    opterr = 0;
    while (c.limit_ms > 0 && (option = getopt(argc, argv, "+t:")) != -1)
        c.limit_ms = option == 't' ? parse(optarg, 1, 86400000) : NO_NUMBER;
    if (argc == optind + 2)
        c.user = parse(argv[optind + 1], 0, 4294967294);
    if (c.limit_ms == NO_NUMBER || c.user == NO_NUMBER || argc <= optind ||
        argc > optind + 2) {
        fputs("usage: client [-t TIMEOUT_MS] PATH [SERVER_UID]\n", stderr);
        return 2;
    }
    const char *path = argv[optind];
    if (path[0] == '\0' || strlen(path) >= sizeof c.address.sun_path)
        return complain(path, "A path has 1 to 107 bytes");
    memcpy(c.address.sun_path, path, strlen(path));
    return run(&c);
}
