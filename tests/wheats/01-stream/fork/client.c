/*
 * Lab 01's client with a process for each line. The parent reads the lines; a
 * child connects, sends, prints the reply, and tells by its exit status how it
 * went.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT = 1024 };

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "client: %s: %s\n", what, why);
    return 1;
}

/* All that the server sends, up to a newline or the limit. */
static size_t read_reply(int s, char *reply)
{
    size_t n = 0;
    while (n < LIMIT && memchr(reply, '\n', n) == NULL) {
        ssize_t more = read(s, reply + n, LIMIT - n);
        if (more <= 0)
            break;
        n += (size_t)more;
    }
    return n;
}

static void print_reply(const char *reply, size_t n)
{
    const char *end = memchr(reply, '\n', n);
    if (end != NULL)
        n = (size_t)(end - reply);
    printf("reply: ");
    fwrite(reply, 1, n, stdout);
    printf("\n");
    fflush(stdout);
}

/* The child's work and its exit status. */
static int ask(const struct sockaddr_un *a, const char *line, size_t length)
{
    char reply[LIMIT];
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s == -1 || connect(s, (const struct sockaddr *)a, sizeof *a) == -1)
        return complain(a->sun_path, strerror(errno));
    send(s, line, length, MSG_NOSIGNAL);
    size_t n = read_reply(s, reply);
    if (n == 0) {
        fputs("client: no reply\n", stderr);
        return 1;
    }
    print_reply(reply, n);
    return 0;
}

/* Only _exit() in the child: exit() would set the shared file offset of stdin
 * back to where stdio's buffer was read. */
static int ask_in_child(const struct sockaddr_un *a, const char *line,
                        size_t length)
{
    int status;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == -1)
        return complain("fork", strerror(errno));
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(getppid() == parent ? ask(a, line, length) : 1);
    }
    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            return complain("waitpid", strerror(errno));
    if (WIFSIGNALED(status))
        return complain("child", strsignal(WTERMSIG(status)));
    return WEXITSTATUS(status);
}

static int read_lines(const struct sockaddr_un *a)
{
    static char *line;
    size_t size = 0;
    int too_long = 0;
    for (;;) {
        if (isatty(0))
            dprintf(1, "? ");
        ssize_t n = getdelim(&line, &size, '\n', stdin);
        if (n == -1)
            break;
        size_t length = (size_t)n - (line[n - 1] == '\n');
        if (length > LIMIT) {
            fprintf(stderr, "client: line of %zu bytes refused\n", length);
            too_long = 1;
        } else if (length > 0 && ask_in_child(a, line, length) != 0)
            return 1;
    }
    return ferror(stdin) ? complain("stdin", strerror(errno)) : too_long;
}

int main(int argc, char **argv)
{
    opterr = 0;
    int option = getopt(argc, argv, "+");
    if (option != -1 || argc > optind + 1) {
        fputs("usage: client [PATH]\n", stderr);
        return 2;
    }
    const char *path = argc > optind ? argv[optind] : "./uds_socket3.txt";
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    if (path[0] == '\0')
        return complain("address", "An empty path");
    if (strnlen(path, sizeof a.sun_path) == sizeof a.sun_path)
        return complain(path, "Too long a path");
    memcpy(a.sun_path, path, strlen(path));
    return read_lines(&a);
}
