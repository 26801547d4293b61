/*
 * Lab 01's client in the oldest style: calls that block, and stdio for reading
 * both the lines and the replies.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *path = "./uds_socket3.txt";

static FILE *call_server(const struct sockaddr_un *where)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        err(1, "socket");
    while (connect(fd, (const struct sockaddr *)where, sizeof *where) == -1)
        if (errno != EINTR)
            err(1, "%s", path);
    FILE *stream = fdopen(fd, "r");
    if (stream == NULL)
        err(1, "fdopen");
    return stream;
}

static void tell(int fd, const char *words, size_t n)
{
    while (n > 0) {
        ssize_t gone = send(fd, words, n, MSG_NOSIGNAL);
        if (gone == -1 && errno == EINTR)
            continue;
        if (gone == -1)
            return; /* Perhaps there is an answer all the same. */
        words += gone;
        n -= (size_t)gone;
    }
}

/* A reset ends the stream as an end of file does: getc() says EOF to both. */
static void print_reply(FILE *stream)
{
    char text[1024];
    size_t n = 0;
    int c;
    while (n < sizeof text && (c = getc(stream)) != EOF) {
        text[n++] = (char)c;
        if (c == '\n')
            break;
    }
    if (n == 0)
        errx(1, "no reply");
    printf("reply: ");
    fwrite(text, 1, n, stdout);
    if (text[n - 1] != '\n')
        putchar('\n');
    fflush(stdout);
}

/* The exit status as far as it is known. */
static int converse(const struct sockaddr_un *where)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int status = 0;
    while ((n = getline(&line, &room, stdin)) != -1) {
        if (line[n - 1] == '\n')
            n--;
        if (n > 1024) {
            warnx("a line of %zd bytes: more than 1024", n);
            status = 1;
        } else if (n > 0) {
            FILE *stream = call_server(where);
            tell(fileno(stream), line, (size_t)n);
            print_reply(stream);
            fclose(stream);
        }
    }
    free(line);
    if (ferror(stdin))
        err(1, "stdin");
    return status;
}

int main(int argc, char *argv[])
{
    static char name[] = "client";
    program_invocation_short_name = name;
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || optind + 1 < argc) {
        fprintf(stderr, "usage: %s [PATH]\n", name);
        return 2;
    }
    if (optind < argc)
        path = argv[optind];
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    if (*path == '\0')
        errx(1, "PATH: It is empty");
    if (strlen(path) > sizeof where.sun_path - 1)
        errx(1, "%s: Longer than 107 bytes", path);
    stpcpy(where.sun_path, path);
    return converse(&where);
}
