#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "peer.h"

/* Every test runs in a directory of its own. */
static char directory[] = "/tmp/test_peer.XXXXXX";

static int enter(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    unlink("s");
    return chdir("/") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

/* A listener at "s", a client, and the connection accepted from it. */
struct trio {
    struct peer listener;
    struct peer client;
    struct peer server;
};

static void trio_open(struct trio *t, int backlog)
{
    unlink("s");
    peer_init(&t->listener);
    peer_init(&t->client);
    peer_init(&t->server);
    assert_int_equal(peer_bind(&t->listener, SOCK_STREAM, "s", backlog), 0);
    assert_int_equal(peer_connect(&t->client, SOCK_STREAM, "s"), 0);
    assert_int_equal(peer_accept(&t->server, &t->listener), 0);
}

static void trio_close(struct trio *t)
{
    peer_close(&t->listener);
    peer_close(&t->client);
    peer_close(&t->server);
    unlink("s");
}

static void test_address_limits(void **state)
{
    struct sockaddr_un address;
    char path[109];

    (void)state;
    memset(path, 'x', sizeof path);
    path[107] = '\0';
    assert_int_equal(peer_address(&address, path), 0);
    path[107] = 'x';
    path[108] = '\0';
    assert_int_equal(peer_address(&address, path), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_int_equal(peer_address(&address, ""), -1);
    assert_int_equal(errno, EINVAL);
}

static void test_nobody_there(void **state)
{
    struct peer p;

    (void)state;
    peer_init(&p);
    assert_int_equal(peer_connect(&p, SOCK_STREAM, "s"), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(p.fd, -1);
}

static void test_stale_socket_is_refused(void **state)
{
    struct peer p;

    (void)state;
    peer_init(&p);
    assert_int_equal(peer_plant_stale(SOCK_STREAM, "s"), 0);
    assert_int_equal(peer_connect(&p, SOCK_STREAM, "s"), -1);
    assert_int_equal(errno, ECONNREFUSED);
    unlink("s");
}

static void test_socket_is_open_to_all(void **state)
{
    struct trio t;
    struct stat stat_;

    (void)state;
    trio_open(&t, 1);
    assert_int_equal(stat("s", &stat_), 0);
    assert_int_equal(stat_.st_mode & 0777, 0777);
    trio_close(&t);
}

static void test_full_backlog_says_so(void **state)
{
    struct trio t;
    struct peer first;
    struct peer second;

    (void)state;
    peer_init(&first);
    peer_init(&second);
    trio_open(&t, 0);
    assert_int_equal(peer_connect(&first, SOCK_STREAM, "s"), 0);
    assert_int_equal(peer_connect(&second, SOCK_STREAM, "s"), -1);
    assert_int_equal(errno, EAGAIN);
    peer_close(&first);
    trio_close(&t);
}

static void test_wrong_type_is_told(void **state)
{
    struct trio t;
    struct peer p;

    (void)state;
    peer_init(&p);
    trio_open(&t, 1);
    assert_int_equal(peer_connect(&p, SOCK_SEQPACKET, "s"), -1);
    assert_int_equal(errno, EPROTOTYPE);
    trio_close(&t);
}

static void test_bytes_arrive_with_nul(void **state)
{
    struct trio t;

    (void)state;
    trio_open(&t, 1);
    assert_int_equal(peer_send(&t.client, "a\0b", 3), 0);
    assert_true(peer_readable(&t.server));
    assert_int_equal(t.server.in.length, 0);
    assert_int_equal(peer_take(&t.server), 0);
    assert_int_equal(t.server.in.length, 3);
    assert_memory_equal(t.server.in.data, "a\0b", 3);
    assert_false(t.server.ended);
    trio_close(&t);
}

static void test_consumed_only_after_receive(void **state)
{
    struct trio t;

    (void)state;
    trio_open(&t, 1);
    assert_true(peer_consumed(&t.client));
    peer_send(&t.client, "abc", 3);
    assert_false(peer_consumed(&t.client));
    peer_take(&t.server);
    assert_true(peer_consumed(&t.client));
    trio_close(&t);
}

static void test_more_than_the_buffer_holds(void **state)
{
    static char megabyte[1 << 20];
    struct trio t;

    (void)state;
    memset(megabyte, 'm', sizeof megabyte);
    trio_open(&t, 1);
    assert_int_equal(peer_send_buffer(&t.client, 1), 0);
    assert_int_equal(peer_send(&t.client, megabyte, sizeof megabyte), 0);
    assert_true(t.client.out.length > 0);
    while (t.client.out.length > 0) {
        size_t before = t.server.in.length;

        peer_take(&t.server);
        assert_true(t.server.in.length > before);
        peer_flush(&t.client);
    }
    peer_take(&t.server);
    assert_int_equal(t.server.in.length, sizeof megabyte);
    trio_close(&t);
}

static void test_failed_send_is_noted(void **state)
{
    struct trio t;

    (void)state;
    trio_open(&t, 1);
    peer_close(&t.server);
    assert_int_equal(peer_send(&t.client, "x", 1), 0);
    assert_int_equal(t.client.send_error, EPIPE);
    assert_int_equal(t.client.out.length, 0);
    trio_close(&t);
}

static void test_end_and_reset_differ(void **state)
{
    struct trio t;

    (void)state;
    trio_open(&t, 1);
    peer_close(&t.server);
    peer_take(&t.client);
    assert_true(t.client.ended);
    assert_int_equal(t.client.receive_error, 0);
    trio_close(&t);

    /* Closing with bytes unread: what was sent first comes first. */
    trio_open(&t, 1);
    peer_send(&t.client, "unread", 6);
    peer_send(&t.server, "last words", 10);
    peer_close(&t.server);
    peer_take(&t.client);
    assert_memory_equal(t.client.in.data, "last words", 10);
    assert_int_equal(t.client.receive_error, ECONNRESET);
    trio_close(&t);
}

static void test_half_close_leaves_the_other_half(void **state)
{
    struct trio t;

    (void)state;
    trio_open(&t, 1);
    assert_int_equal(peer_half_close(&t.client), 0);
    peer_take(&t.server);
    assert_true(t.server.ended);
    assert_false(peer_closed(&t.server));
    peer_send(&t.server, "still", 5);
    peer_take(&t.client);
    assert_int_equal(t.client.in.length, 5);
    peer_close(&t.client);
    assert_true(peer_closed(&t.server));
    trio_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address_limits),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_stale_socket_is_refused),
        cmocka_unit_test(test_socket_is_open_to_all),
        cmocka_unit_test(test_full_backlog_says_so),
        cmocka_unit_test(test_wrong_type_is_told),
        cmocka_unit_test(test_bytes_arrive_with_nul),
        cmocka_unit_test(test_consumed_only_after_receive),
        cmocka_unit_test(test_more_than_the_buffer_holds),
        cmocka_unit_test(test_failed_send_is_noted),
        cmocka_unit_test(test_end_and_reset_differ),
        cmocka_unit_test(test_half_close_leaves_the_other_half),
    };

    return cmocka_run_group_tests_name("peer", tests, enter, leave);
}
