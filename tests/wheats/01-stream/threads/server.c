/*
 * Lab 01's server with a thread for each connection. One more thread sleeps in
 * sigwait() and ends the program; all others have the signals blocked.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { STACK_BYTES = 256 * 1024 };

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

/* Filled in before any thread starts, and only read from then on. */
static struct {
    struct sockaddr_un address;
    struct stat file;
    sigset_t signals;
} self = { .address.sun_family = AF_UNIX };

static int failure(const char *what, int number)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(number));
    return EXIT_FAILURE;
}

static void withdraw(void)
{
    struct stat found;
    if (lstat(self.address.sun_path, &found) == -1)
        return;
    if (found.st_dev == self.file.st_dev && found.st_ino == self.file.st_ino)
        unlink(self.address.sun_path);
}

static void *wait_for_the_end(void *unused)
{
    int number;
    while (sigwait(&self.signals, &number) != 0)
        continue;
    withdraw();
    _exit(EXIT_SUCCESS);
    return unused;
}

static void log_message(const char *bytes, size_t count)
{
    pthread_mutex_lock(&output);
    fputs("received: ", stdout);
    fwrite(bytes, sizeof *bytes, count, stdout);
    fputc('\n', stdout);
    fflush(stdout);
    pthread_mutex_unlock(&output);
}

static void *attend(void *argument)
{
    int peer = (int)(intptr_t)argument;
    char bytes[1024];
    ssize_t count = TEMP_FAILURE_RETRY(recv(peer, bytes, sizeof bytes, 0));
    if (count > 0) {
        log_message(bytes, (size_t)count);
        TEMP_FAILURE_RETRY(send(peer, "thank you!\n", 11, MSG_NOSIGNAL));
    }
    close(peer);
    return NULL;
}

/* 0, or the number of an error. */
static int start_thread(void *(*work)(void *), int descriptor)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int result = pthread_attr_init(&attributes);
    if (result != 0)
        return result;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    result = pthread_create(&thread, &attributes, work,
                            (void *)(intptr_t)descriptor);
    pthread_attr_destroy(&attributes);
    return result;
}

static void pause_a_little(void)
{
    (void)poll(NULL, 0, 100);
}

static int accept_for_ever(int listener)
{
    for (;;) {
        int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (peer >= 0) {
            /* No thread to be had: the peer waits, nobody is turned away. */
            while (start_thread(attend, peer) != 0)
                pause_a_little();
            continue;
        }
        switch (errno) {
        case EINTR:
        case EAGAIN:
        case ECONNABORTED:
            break;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            pause_a_little();
            break;
        default:
            return errno;
        }
    }
}

/* The type of socket makes no difference to this: it asks without waiting. */
static int ask_owner(void)
{
    int number = 0;
    int asking = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (asking == -1)
        return errno;
    if (connect(asking, (const struct sockaddr *)&self.address,
                sizeof self.address) == -1)
        number = errno;
    close(asking);
    return number == EAGAIN || number == EPROTOTYPE ? 0 : number;
}

/* 0 when nothing is left at the path, or the number of an error. */
static int make_way(void)
{
    const char *path = self.address.sun_path;
    struct stat found;
    if (lstat(path, &found) == -1)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(found.st_mode))
        return ENOTSOCK;
    int number = ask_owner();
    if (number != ECONNREFUSED)
        return number == 0 ? EADDRINUSE : number;
    return unlink(path) == -1 ? errno : 0;
}

static int set_up(int listener)
{
    int number = make_way();
    if (number != 0)
        return number;
    if (bind(listener, (const struct sockaddr *)&self.address,
             sizeof self.address) == -1 ||
        lstat(self.address.sun_path, &self.file) == -1 ||
        listen(listener, 128) == -1)
        return errno;
    return start_thread(wait_for_the_end, -1);
}

static int run(const char *path)
{
    size_t size = strlen(path) + 1;
    if (size == 1 || size > sizeof self.address.sun_path)
        return failure(size == 1 ? "PATH" : path,
                       size == 1 ? ENOENT : ENAMETOOLONG);
    memcpy(self.address.sun_path, path, size);

    sigemptyset(&self.signals);
    sigaddset(&self.signals, SIGINT);
    sigaddset(&self.signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &self.signals, NULL);

    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener == -1)
        return failure("socket", errno);
    int number = set_up(listener);
    if (number == 0)
        number = accept_for_ever(listener);
    withdraw();
    return failure(path, number);
}

int main(int argc, char *argv[])
{
    opterr = 0;
    if (getopt(argc, argv, "+") != -1 || argc > optind + 1) {
        fprintf(stderr, "usage: server [PATH]\n");
        return 2;
    }
    return run(argc > optind ? argv[optind] : "./uds_socket3.txt");
}
