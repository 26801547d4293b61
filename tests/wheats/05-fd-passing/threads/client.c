/*
 * Lab 05's client with two threads: one does all that may block on the socket,
 * the other waits for its end, but no longer than the limit, and looks at what
 * it has got. A name is sent whatever its length: the server may say no to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINE_LIMIT = 255, FROM_SERVER_ROOM = 2, FIRST_ERROR = 1, ERRORS = 133 };

/* What is to be done. */
static struct {
    struct sockaddr_un address;
    char *request;
    long limit_ms;
    const char *verb;
    const char *operand;
    int file;
} task = { .address.sun_family = AF_UNIX, .limit_ms = 2000, .file = -1 };

/* What came of it: the worker's until it has ended. */
static struct {
    const char *failed;
    int number;
    bool ended;
    char line[LINE_LIMIT + 2];
    size_t length;
    int passed[2];
    size_t count;
    bool cut;
} outcome;

static int failure(const char *what, int number)
{
    fprintf(stderr, "client: %s: %s\n", what, strerror(number));
    return EXIT_FAILURE;
}

static int objection(void)
{
    fprintf(stderr, "client: protocol error\n");
    return EXIT_FAILURE;
}

static void keep(const struct cmsghdr *header)
{
    for (size_t at = CMSG_LEN(0); at < header->cmsg_len; at += sizeof(int)) {
        int file;
        memcpy(&file, (const char *)header + at, sizeof file);
        if (outcome.count < FROM_SERVER_ROOM)
            outcome.passed[outcome.count++] = file;
        else
            close(file);
    }
}

/* A few bytes, and at most two descriptors at a time: with more of them the
 * kernel closes those and says so. */
static ssize_t receive_some(int from)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(FROM_SERVER_ROOM * sizeof(int))];
    } control;
    size_t left = sizeof outcome.line - 1 - outcome.length;
    struct iovec part = { .iov_base = outcome.line + outcome.length,
                          .iov_len = left < 16 ? left : 16 };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen = sizeof control.room };
    ssize_t bytes =
        TEMP_FAILURE_RETRY(recvmsg(from, &message, MSG_CMSG_CLOEXEC));
    if (bytes == -1)
        return -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS)
        keep(header);
    if ((message.msg_flags & MSG_CTRUNC) != 0)
        outcome.cut = true;
    outcome.length += (size_t)bytes;
    return bytes;
}

static void receive(int from)
{
    ssize_t bytes;
    outcome.failed = "answer";
    do {
        bytes = receive_some(from);
        outcome.number = bytes == -1 ? errno : 0;
        outcome.ended = bytes == 0;
    } while (bytes > 0 && outcome.length <= LINE_LIMIT &&
             memchr(outcome.line, '\n', outcome.length) == NULL);
}

/* The descriptor goes with the first byte, and only once. */
static int send_request(int to)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                              .cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS } };
    struct iovec part = { .iov_base = task.request,
                          .iov_len = strlen(task.request) };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen =
                                  task.file == -1 ? 0 : sizeof control.room };
    char *from = task.request;
    memcpy(CMSG_DATA(&control.header), &task.file, sizeof task.file);
    while (part.iov_len > 0) {
        ssize_t bytes = TEMP_FAILURE_RETRY(sendmsg(to, &message, MSG_NOSIGNAL));
        if (bytes == -1)
            return errno;
        part.iov_base = from += bytes;
        part.iov_len -= (size_t)bytes;
        message.msg_controllen = 0;
    }
    return 0;
}

/* A server that would not have all of the request may have said why. */
static void converse(int s)
{
    outcome.failed = task.address.sun_path;
    if (TEMP_FAILURE_RETRY(connect(s, (const struct sockaddr *)&task.address,
                                   sizeof task.address)) == -1) {
        outcome.number = errno;
        return;
    }
    int sending = send_request(s);
    if (sending == 0 || sending == EPIPE || sending == ECONNRESET)
        receive(s);
    else {
        outcome.failed = "send";
        outcome.number = sending;
    }
}

static void *work(void *unused)
{
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s == -1) {
        outcome.failed = "socket";
        outcome.number = errno;
        return unused;
    }
    converse(s);
    close(s);
    return unused;
}

/* 0 when the worker has ended in time, else an error. */
static int have_done(void)
{
    struct timespec end;
    pthread_t worker;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += task.limit_ms / 1000;
    end.tv_nsec += task.limit_ms % 1000 * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec++;
    }
    int number = pthread_create(&worker, NULL, work, NULL);
    if (number != 0)
        return number;
    return pthread_clockjoin_np(worker, NULL, CLOCK_MONOTONIC, &end);
}

/* 0, or an error. The output may have been made non-blocking. */
static int write_out(const char *from, size_t left)
{
    while (left > 0) {
        struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };
        if (TEMP_FAILURE_RETRY(poll(&room, 1, -1)) == -1)
            return errno;
        ssize_t bytes = write(STDOUT_FILENO, from, left);
        if (bytes == -1 && errno != EAGAIN && errno != EINTR)
            return errno;
        if (bytes > 0) {
            from += bytes;
            left -= (size_t)bytes;
        }
    }
    return 0;
}

static int copy_file(int file)
{
    static char bytes[100000];
    off_t at = 0;
    for (;;) {
        ssize_t got = TEMP_FAILURE_RETRY(pread(file, bytes, sizeof bytes, at));
        if (got == -1)
            return failure(task.operand, errno);
        if (got == 0)
            return EXIT_SUCCESS;
        int number = write_out(bytes, (size_t)got);
        if (number != 0)
            return failure("stdout", number);
        at += got;
    }
}

static bool can_be_read(int file)
{
    struct stat status;
    int flags = fcntl(file, F_GETFL);
    if (flags == -1 || fstat(file, &status) == -1)
        return false;
    flags &= O_ACCMODE | O_PATH;
    return S_ISREG(status.st_mode) && (flags == O_RDONLY || flags == O_RDWR);
}

/* How many of `numbers` the text has, each of digits only, with one blank
 * between them: all of it, or 0. */
static size_t numbers_in(const char *text)
{
    for (size_t numbers = 1;; numbers++) {
        size_t digits = strspn(text, "0123456789");
        text += digits;
        if (digits == 0 || (*text != '\0' && *text != ' '))
            return 0;
        if (*text++ == '\0')
            return numbers;
    }
}

static int pass_on_refusal(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            return objection();
    const char *words = name;
    for (int number = FIRST_ERROR; number <= ERRORS; number++) {
        const char *known = strerrorname_np(number);
        if (known != NULL && strcmp(known, name) == 0)
            words = strerror(number);
    }
    fprintf(stderr, "client: %s %s: %s\n", task.verb, task.operand, words);
    return EXIT_FAILURE;
}

static int judge(void)
{
    const char *text = outcome.line + 1;
    const char *newline = memchr(outcome.line, '\n', outcome.length);
    if (newline == NULL || outcome.cut ||
        strcspn(outcome.line, "\n") != (size_t)(newline - outcome.line))
        return objection();
    outcome.line[newline - outcome.line] = '\0';
    if (outcome.line[0] == '-' && outcome.count == 0 && text[0] != '\0')
        return pass_on_refusal(text);
    if (outcome.line[0] != '+')
        return objection();
    if (task.file == -1) {
        if (numbers_in(text) != 1 || outcome.count != 1 ||
            !can_be_read(outcome.passed[0]))
            return objection();
        return copy_file(outcome.passed[0]);
    }
    if (numbers_in(text) != 2 || outcome.count != 0)
        return objection();
    outcome.line[newline - outcome.line] = '\n';
    int number = write_out(text, (size_t)(newline - text) + 1);
    return number == 0 ? EXIT_SUCCESS : failure("stdout", number);
}

static int run(void)
{
    int number = have_done();
    if (number == ETIMEDOUT) {
        fprintf(stderr, "client: no reply within %ld ms\n", task.limit_ms);
        _exit(EXIT_FAILURE); /* The other thread is still at work. */
    }
    if (number != 0)
        return failure("thread", number);
    if (outcome.number != 0)
        return failure(outcome.failed, outcome.number);
    int status = EXIT_FAILURE;
    if (outcome.ended)
        fprintf(stderr, "client: answer: Connection closed\n");
    else
        status = judge();
    while (outcome.count > 0)
        close(outcome.passed[--outcome.count]);
    return status;
}

static int prepare(const char *path)
{
    size_t size = strlen(path) + 1;
    if (size == 1 || size > sizeof task.address.sun_path)
        return failure("PATH", size == 1 ? ENOENT : ENAMETOOLONG);
    memcpy(task.address.sun_path, path, size);
    if (strcmp(task.verb, "count") == 0) {
        task.request = strdup("count\n");
        task.file = open(task.operand, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (task.file == -1)
            return failure(task.operand, errno);
    } else if (strchr(task.operand, '\n') != NULL)
        return failure("NAME", EINVAL);
    else if (asprintf(&task.request, "open %s\n", task.operand) == -1)
        task.request = NULL;
    return task.request == NULL ? failure("request", ENOMEM) : EXIT_SUCCESS;
}

static bool parse_limit(const char *text)
{
    char *end;
    task.limit_ms = strtol(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' &&
           task.limit_ms >= 1 && task.limit_ms <= 86400000;
}

int main(int argc, char *argv[])
{
    bool right = true;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1)
        right = right && option == 't' && parse_limit(optarg);
    if (right && argc - optind == 3) {
        task.verb = argv[optind + 1];
        task.operand = argv[optind + 2];
        right =
            strcmp(task.verb, "open") == 0 || strcmp(task.verb, "count") == 0;
    }
    if (!right || argc - optind != 3) {
        fprintf(stderr,
                "usage: client [-t TIMEOUT_MS] PATH open NAME|count FILE\n");
        return 2;
    }
    int status = prepare(argv[optind]);
    if (status == EXIT_SUCCESS)
        status = run();
    free(task.request);
    return status;
}
