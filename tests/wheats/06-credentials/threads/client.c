/*
 * Lab 06's client with two threads: one does what may block on the socket, the
 * other reads the lines, and watches the clock while the first one is at work.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_LIMIT = 255, END_OF_FILE = -1 };

/* What the worker is to do, and what came of it: guarded by the lock. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool busy;
    const char *line;
    size_t line_bytes;
    /* Where it failed: what it was at, and an errno or END_OF_FILE. */
    const char *failed;
    int number;
    char answer[ANSWER_LIMIT];
    size_t answer_bytes;
} job = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The user who must run the server, where one is given. */
static long wanted_user = -1;

static struct sockaddr_un address = { .sun_family = AF_UNIX };

static int failure(const char *what, int number)
{
    fprintf(stderr, "client: %s: %s\n", what,
            number == END_OF_FILE ? "Connection closed" : strerror(number));
    return EXIT_FAILURE;
}

/*
 * Receives the answer: 0, or what went wrong. With SO_PASSCRED set and no room
 * for credentials MSG_CTRUNC stands on every record, and on no end of file.
 */
static int receive(int from)
{
    struct iovec part = { .iov_base = job.answer,
                          .iov_len = sizeof job.answer };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    ssize_t count = TEMP_FAILURE_RETRY(recvmsg(from, &message, MSG_TRUNC));
    if (count == -1)
        return errno;
    if (count == 0 && (message.msg_flags & MSG_CTRUNC) == 0)
        return END_OF_FILE;
    job.answer_bytes = (size_t)count;
    return 0;
}

/* A reset stands before the records that came ahead of it. */
static int receive_in_spite_of_reset(int from)
{
    int number = receive(from);
    if (number != ECONNRESET)
        return number;
    number = receive(from);
    return number == 0 ? 0 : ECONNRESET;
}

static int start_conversation(int s)
{
    const int yes = 1;
    if (TEMP_FAILURE_RETRY(connect(s, (const struct sockaddr *)&address,
                                   sizeof address)) == -1 ||
        setsockopt(s, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == -1)
        return errno;
    return 0;
}

static int converse(int s)
{
    if (job.line == NULL) {
        job.failed = address.sun_path;
        return start_conversation(s);
    }
    job.failed = "send";
    if (TEMP_FAILURE_RETRY(send(s, job.line, job.line_bytes, MSG_NOSIGNAL)) ==
        -1)
        return errno;
    job.failed = "answer";
    return receive_in_spite_of_reset(s);
}

/* The lock is given up for the conversation: while the worker is busy the
 * other thread touches nothing but `busy`. */
static void *work(void *argument)
{
    const int *s = argument;
    pthread_mutex_lock(&job.lock);
    for (;;) {
        while (!job.busy)
            pthread_cond_wait(&job.changed, &job.lock);
        pthread_mutex_unlock(&job.lock);
        int number = converse(*s);
        pthread_mutex_lock(&job.lock);
        job.number = number;
        job.busy = false;
        pthread_cond_signal(&job.changed);
    }
    return NULL;
}

static struct timespec moment_in(long ms)
{
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    moment.tv_sec += ms / 1000;
    moment.tv_nsec += ms % 1000 * 1000000;
    if (moment.tv_nsec >= 1000000000) {
        moment.tv_nsec -= 1000000000;
        moment.tv_sec++;
    }
    return moment;
}

/* Gives the worker a line, or NULL for the connection, and waits for it: an
 * exit status. After a failure the worker is left as it is, the end is near. */
static int have_done(const char *line, size_t bytes, long limit_ms)
{
    const struct timespec end = moment_in(limit_ms);
    int late = 0;
    pthread_mutex_lock(&job.lock);
    job.line = line;
    job.line_bytes = bytes;
    job.busy = true;
    pthread_cond_signal(&job.changed);
    while (job.busy && late == 0)
        late = pthread_cond_timedwait(&job.changed, &job.lock, &end);
    bool finished = !job.busy;
    pthread_mutex_unlock(&job.lock);
    if (!finished) {
        fprintf(stderr, "client: no reply within %ld ms\n", limit_ms);
        return EXIT_FAILURE;
    }
    return job.number == 0 ? EXIT_SUCCESS : failure(job.failed, job.number);
}

static int show(void)
{
    if (job.answer_bytes > sizeof job.answer) {
        fprintf(stderr, "client: answer of %zu bytes refused\n",
                job.answer_bytes);
        return EXIT_FAILURE;
    }
    fwrite(job.answer, 1, job.answer_bytes, stdout);
    putchar('\n');
    fflush(stdout);
    return EXIT_SUCCESS;
}

static int handle_input(long limit_ms)
{
    static char *line;
    size_t size = 0;
    for (;;) {
        if (isatty(STDIN_FILENO)) {
            printf("? ");
            fflush(stdout);
        }
        ssize_t count = getline(&line, &size, stdin);
        if (count < 0)
            return ferror(stdin) ? failure("stdin", errno) : EXIT_SUCCESS;
        if (line[count - 1] == '\n')
            count--;
        if (have_done(line, (size_t)count, limit_ms) != EXIT_SUCCESS ||
            show() != EXIT_SUCCESS)
            return EXIT_FAILURE;
    }
}

static int start_worker(int *s)
{
    pthread_t worker;
    pthread_condattr_t attributes;
    *s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (*s == -1)
        return errno;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&job.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int number = pthread_create(&worker, NULL, work, s);
    return number == 0 ? pthread_detach(worker) : number;
}

/* Who runs the server is known from the moment of the connection; nobody has
 * been told anything yet. */
static int recognise(int s)
{
    struct ucred server;
    socklen_t size = sizeof server;
    if (getsockopt(s, SOL_SOCKET, SO_PEERCRED, &server, &size) == -1)
        return failure("credentials", errno);
    if (wanted_user == -1 || wanted_user == (long)server.uid)
        return EXIT_SUCCESS;
    fprintf(stderr, "client: server runs as user %ld, not %ld\n",
            (long)server.uid, wanted_user);
    return EXIT_FAILURE;
}

static int run(const char *path, long limit_ms)
{
    static int s; /* The worker may outlive this function by a moment. */
    size_t size = strlen(path) + 1;
    if (size == 1)
        return failure("PATH", ENOENT);
    if (size > sizeof address.sun_path)
        return failure(path, ENAMETOOLONG);
    memcpy(address.sun_path, path, size);
    int number = start_worker(&s);
    if (number != 0)
        return failure("start", number);
    if (have_done(NULL, 0, limit_ms) != EXIT_SUCCESS ||
        recognise(s) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    return handle_input(limit_ms);
}

static bool parse(const char *text, long least, long most, long *number)
{
    char *end;
    *number = strtol(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' &&
           *number >= least && *number <= most;
}

int main(int argc, char *argv[])
{
    long limit_ms = 2000;
    bool right = true;
    int option;
    opterr = 0;
    while ((option = getopt(argc, argv, "+t:")) != -1)
        right = right && option == 't' && parse(optarg, 1, 86400000, &limit_ms);
    const int operands = argc - optind;
    if (operands == 2)
        right = right && parse(argv[optind + 1], 0, 4294967294, &wanted_user);
    if (!right || operands < 1 || operands > 2) {
        fprintf(stderr, "usage: client [-t TIMEOUT_MS] PATH [SERVER_UID]\n");
        return 2;
    }
    return run(argv[optind], limit_ms);
}
