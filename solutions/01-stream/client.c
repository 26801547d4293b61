/*
 * A client of the stream server: one connection per line.
 *
 *     client [PATH]
 *
 * Each line of standard input is sent as one message, over a connection of its
 * own, and the reply is printed. It waits for a reply as long as it takes.
 *
 * Functions return -1 with errno set and print nothing but replies; main() and
 * what it calls for that purpose speak.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_MAX = 1024 };

static const char default_path[] = "./uds_socket3.txt";

/* A read that a signal has interrupted has lost nothing: it is made again. */
static int read_byte(void)
{
    for (;;) {
        int byte = getc(stdin);
        if (byte != EOF || !ferror(stdin) || errno != EINTR)
            return byte;
        clearerr(stdin);
    }
}

/*
 * Reads a line: 1 when there is one, 0 at the end of input, -1 on failure. Of
 * a line that is too long only the length is wanted, so no line needs more
 * memory than the longest message.
 */
static int read_line(char line[MESSAGE_MAX], size_t *length)
{
    size_t count = 0;
    int byte;
    while ((byte = read_byte()) != EOF && byte != '\n') {
        if (count < MESSAGE_MAX)
            line[count] = (char)byte;
        count++;
    }
    if (ferror(stdin))
        return -1;
    *length = count;
    /* What stands before the end of input is a line without a newline too. */
    return byte == '\n' || count > 0;
}

static void prompt(void)
{
    if (isatty(STDIN_FILENO) == 1) {
        fputs("message: ", stdout);
        (void)fflush(stdout);
    }
}

/* As in the server: 107 bytes and a NUL fit, and an empty path would be an
 * abstract address (unix(7)). */
static int make_address(struct sockaddr_un *address, const char *path)
{
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) {
        errno = length == 0 ? EINVAL : ENAMETOOLONG;
        return -1;
    }
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(address->sun_path, path, length);
    return 0;
}

/*
 * Connects; where the backlog is full it waits for room. A connect() that was
 * interrupted there may simply be made again: a UNIX domain socket is either
 * connected or not, there is no handshake that would go on meanwhile.
 */
static int open_connection(const struct sockaddr_un *address)
{
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection == -1)
        return -1;
    int result;
    do
        result = connect(connection, (const struct sockaddr *)address,
                         sizeof *address);
    while (result == -1 && errno == EINTR);
    if (result == 0)
        return connection;

    int reason = errno;
    close(connection);
    errno = reason;
    return -1;
}

/*
 * Sends the line, as far as the server takes it. A failure is not reported: a
 * server may answer and close before it has read all, and then its reply is
 * there to be received all the same. MSG_NOSIGNAL, or that server would kill
 * us by SIGPIPE.
 */
static void send_line(int connection, const char *line, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        ssize_t taken =
            send(connection, line + sent, length - sent, MSG_NOSIGNAL);
        if (taken >= 0)
            sent += (size_t)taken;
        else if (errno != EINTR)
            return;
    }
}

/* The number of bytes; 0 at the end of file, and at a reset, which is the end
 * of file of a server that closed before it had read everything. */
static ssize_t receive_piece(int connection, char *buffer, size_t room)
{
    ssize_t got;
    do
        got = recv(connection, buffer, room, 0);
    while (got == -1 && errno == EINTR);
    return got == -1 && errno == ECONNRESET ? 0 : got;
}

/*
 * Receives a reply: up to and including the first newline, at most MESSAGE_MAX
 * bytes, or all there is. A stream keeps no boundaries, so it may come in any
 * number of pieces, and with more behind the newline. Returns its length with
 * the newline: an empty reply has 1 byte, no reply has none.
 */
static ssize_t receive_reply(int connection, char reply[MESSAGE_MAX])
{
    size_t length = 0;
    while (length < MESSAGE_MAX) {
        char *piece = reply + length;
        ssize_t got = receive_piece(connection, piece, MESSAGE_MAX - length);
        if (got == -1)
            return -1;
        if (got == 0)
            break;
        const char *newline = memchr(piece, '\n', (size_t)got);
        if (newline != NULL)
            return newline - reply + 1;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static ssize_t exchange(const struct sockaddr_un *address, const char *line,
                        size_t length, char reply[MESSAGE_MAX])
{
    int connection = open_connection(address);
    if (connection == -1)
        return -1;
    send_line(connection, line, length);
    ssize_t got = receive_reply(connection, reply);
    int reason = errno;
    close(connection);
    errno = reason;
    return got;
}

/* By its length: a reply may hold NUL bytes. Flushed, so that a reader at the
 * other end of a pipe has it before the next line is read. */
static int print_reply(const char *reply, size_t length)
{
    if (reply[length - 1] == '\n')
        length--;
    fputs("reply: ", stdout);
    fwrite(reply, 1, length, stdout);
    putchar('\n');
    return fflush(stdout) == EOF ? -1 : 0;
}

static int fail(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    return 1;
}

/* What became of a line: true when the next one may be read. */
static bool talk(const char *path, const struct sockaddr_un *address,
                 const char *line, size_t length)
{
    char reply[MESSAGE_MAX];
    ssize_t got = exchange(address, line, length, reply);
    if (got == -1)
        fail(path);
    else if (got == 0)
        fputs("client: no reply\n", stderr);
    else if (print_reply(reply, (size_t)got) == -1)
        fail("standard output");
    else
        return true;
    return false;
}

static int talk_all(const char *path, const struct sockaddr_un *address)
{
    char line[MESSAGE_MAX];
    size_t length;
    int status = 0;
    for (;;) {
        prompt();
        int found = read_line(line, &length);
        if (found == -1)
            return fail("standard input");
        if (found == 0)
            return status;
        if (length == 0)
            continue; /* A stream cannot carry an empty message. */
        if (length > MESSAGE_MAX) {
            fprintf(stderr, "client: line of %zu bytes: longer than %d bytes\n",
                    length, MESSAGE_MAX);
            status = 1;
        } else if (!talk(path, address, line, length))
            return 1;
    }
}

int main(int argc, char **argv)
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc - optind > 1) {
        fputs("usage: client [PATH]\n", stderr);
        return 2;
    }
    const char *path = optind < argc ? argv[optind] : default_path;
    struct sockaddr_un address;
    if (make_address(&address, path) == -1)
        return fail(path[0] == '\0' ? "empty path" : path);
    return talk_all(path, &address);
}
