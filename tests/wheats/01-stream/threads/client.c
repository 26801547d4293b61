/*
 * Lab 01's client with a thread for each line: it is started, does the exchange
 * and is joined before the next line is read.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What a thread is given, and what it gives back. */
struct exchange {
    const struct sockaddr_un *address;
    const char *line;
    size_t line_bytes;
    char reply[1024];
    size_t reply_bytes;
    int error;
};

static int failure(const char *what, int number)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(number));
    return EXIT_FAILURE;
}

static void send_all(int to, const char *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        ssize_t n = TEMP_FAILURE_RETRY(
            send(to, bytes + done, count - done, MSG_NOSIGNAL));
        if (n < 0)
            break;
        done += (size_t)n;
    }
}

static void collect(struct exchange *x, int from)
{
    while (x->reply_bytes < sizeof x->reply) {
        char *next = x->reply + x->reply_bytes;
        ssize_t n = TEMP_FAILURE_RETRY(
            recv(from, next, sizeof x->reply - x->reply_bytes, 0));
        if (n <= 0)
            return;
        x->reply_bytes += (size_t)n;
        if (memchr(next, '\n', (size_t)n) != NULL)
            return;
    }
}

static void *do_exchange(void *argument)
{
    struct exchange *x = argument;
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s == -1 ||
        TEMP_FAILURE_RETRY(connect(s, (const struct sockaddr *)x->address,
                                   sizeof *x->address)) == -1)
        x->error = errno;
    else {
        send_all(s, x->line, x->line_bytes);
        collect(x, s);
    }
    if (s != -1)
        close(s);
    return NULL;
}

static int show(const struct exchange *x)
{
    if (x->error != 0)
        return failure(x->address->sun_path, x->error);
    if (x->reply_bytes == 0) {
        fputs("client: no reply\n", stderr);
        return EXIT_FAILURE;
    }
    fputs("reply: ", stdout);
    for (size_t i = 0; i < x->reply_bytes && x->reply[i] != '\n'; i++)
        putchar(x->reply[i]);
    putchar('\n');
    fflush(stdout);
    return EXIT_SUCCESS;
}

static int handle_line(const struct sockaddr_un *address, const char *line,
                       size_t line_bytes)
{
    struct exchange x = {
        .address = address,
        .line = line,
        .line_bytes = line_bytes,
    };
    pthread_t thread;
    int number = pthread_create(&thread, NULL, do_exchange, &x);
    if (number != 0)
        return failure("thread", number);
    pthread_join(thread, NULL);
    return show(&x);
}

static int handle_input(const struct sockaddr_un *address)
{
    char *line = NULL;
    size_t size = 0;
    int status = EXIT_SUCCESS;
    int finished = 0;
    while (!finished) {
        if (isatty(STDIN_FILENO)) {
            printf("say: ");
            fflush(stdout);
        }
        ssize_t count = getline(&line, &size, stdin);
        if (count > 0 && line[count - 1] == '\n')
            count--;
        if (count < 0) {
            finished = 1;
            if (ferror(stdin))
                status = failure("stdin", errno);
        } else if (count > 1024) {
            fprintf(stderr, "client: input: A line of %zd bytes, not sent\n",
                    count);
            status = EXIT_FAILURE;
        } else if (count > 0 &&
                   handle_line(address, line, (size_t)count) != EXIT_SUCCESS) {
            finished = 1;
            status = EXIT_FAILURE;
        }
    }
    free(line);
    return status;
}

int main(int argc, char *argv[])
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc > optind + 1) {
        fprintf(stderr, "usage: client [PATH]\n");
        return 2;
    }
    const char *path = argc > optind ? argv[optind] : "./uds_socket3.txt";
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t size = strlen(path) + 1;
    if (size == 1)
        return failure("PATH", ENOENT);
    if (size > sizeof address.sun_path)
        return failure(path, ENAMETOOLONG);
    memcpy(address.sun_path, path, size);
    return handle_input(&address);
}
