#include "cases.h"

/* Peers on sockets that keep boundaries, and observations. */

static int datagrams(void **state)
{
    (void)state;
    lab.socket_type = SOCK_DGRAM;
    return 0;
}

static int records(void **state)
{
    (void)state;
    lab.socket_type = SOCK_SEQPACKET;
    return 0;
}

static void test_datagram_peers(void **state)
{
    static const struct scenario s = SERVED(
        START(), CONNECT(0), BIND(1, "./mine"), AUTOBIND(2), UNBOUND(3),
        SEND(3, "unnamed"), SEND(0, "{0}"), EXPECT(0, "{0}"), SEND(1, "{1}"),
        EXPECT(1, "{1}"), SEND(2, ""), EXPECT(2, ""), EXPECT_SILENCE(3));
    static const char echo[] = "while True:\n"
                               "  d, a = s.recvfrom(100)\n"
                               "  if a: s.sendto(d, a)\n";
    static const char joins[] = "while True:\n"
                                "  d, a = s.recvfrom(100)\n"
                                "  if a: s.sendto(d + b\"!\", a)\n";
    static const char elsewhere[] =
        "t = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "while True:\n"
        "  d, a = s.recvfrom(100)\n"
        "  try: a and t.sendto(d, a)\n"
        "  except OSError: pass\n";

    (void)state;
    assert_string_equal(play_python("DGRAM", echo, &s).verdict, "pass");
    assert_string_equal(play_python("DGRAM", joins, &s).verdict, "fail");
    /* Peer 0 is connected: it hears the server's own socket only. */
    assert_string_equal(play_python("DGRAM", elsewhere, &s).verdict, "fail");
}

static void test_full_queue(void **state)
{
    static const struct scenario s =
        SERVED(START(), SETTLE(), STOP(), UNBOUND(0), FLOOD(0, 1000, "x"),
               CONTINUE(), STDOUT("{q+1}\n"));
    static const char counts[] = "n = 0\nimport select\n"
                                 "while select.select([s], [], [], 0.3)[0]:\n"
                                 "  s.recv(1)\n"
                                 "  n += 1\n"
                                 "print(n, flush=True)\nsignal.pause()\n";

    (void)state;
    assert_string_equal(play_python("DGRAM", counts, &s).verdict, "pass");
}

static void test_datagram_client_and_third_parties(void **state)
{
    static const struct scenario s = SCENARIO(
        LISTEN(9, 0), START(), EXPECT(9, "hello"), UNBOUND(1),
        SEND_TO(1, 9, "no"), INTRUDE(1, "no"), SEND(9, "{0}"), STDOUT("{0}\n"));
    static const char anybody[] = "s.bind(\"\")\n"
                                  "s.sendto(b\"hello\", \"uds_socket3.txt\")\n"
                                  "print(s.recv(100).decode(), flush=True)\n";
    static const char careful[] = "s.connect(\"uds_socket3.txt\")\n"
                                  "s.bind(\"\")\ns.send(b\"hello\")\n"
                                  "print(s.recv(100).decode(), flush=True)\n";

    (void)state;
    assert_string_equal(play_python("DGRAM", anybody, &s).verdict, "fail");
    assert_string_equal(play_python("DGRAM", careful, &s).verdict, "pass");
}

static void test_intruder_before_connect(void **state)
{
    static const struct scenario s = SCENARIO(
        LISTEN(9, 0), UNBOUND(1), HOLD_AT_CONNECT(), INTRUDE(1, "no"),
        RELEASE(), EXPECT(9, "hello"), SEND(9, "{0}"), STDOUT("{0}\n"));
    static const char early[] = "s.bind(\"\")\ns.connect(\"uds_socket3.txt\")\n"
                                "s.send(b\"hello\")\n"
                                "print(s.recv(100).decode(), flush=True)\n";
    static const char late[] = "s.connect(\"uds_socket3.txt\")\ns.bind(\"\")\n"
                               "s.send(b\"hello\")\n"
                               "print(s.recv(100).decode(), flush=True)\n";

    (void)state;
    if (!probe.ptrace) {
        print_message("skipped: this machine does not let programs be held\n");
        skip();
    }
    assert_string_equal(play_python("DGRAM", early, &s).verdict, "fail");
    assert_string_equal(play_python("DGRAM", late, &s).verdict, "pass");
}

/* What frees room must come before what waits for it, however late. */
static void test_drain_up_to_one(void **state)
{
    static const struct scenario s =
        SCENARIO(LISTEN(9, 0), UNBOUND(1), FLOOD(1, 1000, "x"), START(),
                 DRAIN_TO(9, "hello"), ENDS(), STDOUT_END());
    static const char waits[] = "s.connect(\"uds_socket3.txt\")\n"
                                "s.send(b\"hello\")\n";
    static const char differs[] = "s.connect(\"uds_socket3.txt\")\n"
                                  "s.send(b\"hallo\")\n";

    (void)state;
    assert_string_equal(play_python("DGRAM", waits, &s).verdict, "pass");
    assert_string_equal(play_python("DGRAM", differs, &s).verdict, "fail");
    assert_string_equal(play_python("DGRAM", "signal.pause()\n", &s).verdict,
                        "fail");
}

static void test_one_way_or_the_other(void **state)
{
    static const struct scenario s =
        SCENARIO(LISTEN(9, 0), START(), OR_EXIT(9, 1, 2), EXPECT(9, "hello"),
                 EXIT(0), FILE_SAME("{path}"));
    static const char sends[] = "s.sendto(b\"hello\", \"uds_socket3.txt\")\n";

    (void)state;
    assert_string_equal(play_python("DGRAM", sends, &s).verdict, "pass");
    assert_string_equal(play("exit 1", &s).verdict, "pass");
    assert_string_equal(play("exit 2", &s).verdict, "fail");
    assert_string_equal(play_python("DGRAM", "signal.pause()\n", &s).verdict,
                        "fail");
}

static void test_empty_record_is_no_end(void **state)
{
    static const struct scenario record =
        SERVED(START(), CONNECT(0), SEND(0, "x"), EXPECT(0, ""), EXPECT_END(0));
    static const struct scenario end =
        SERVED(START(), CONNECT(0), SEND(0, "x"), EXPECT_END(0));
    static const char empty[] = "s.listen(5)\nc, _ = s.accept()\nc.recv(1)\n"
                                "c.send(b\"\")\nc.close()\nsignal.pause()\n";
    static const char none[] = "s.listen(5)\nc, _ = s.accept()\nc.recv(1)\n"
                               "c.close()\nsignal.pause()\n";

    (void)state;
    assert_string_equal(play_python("SEQPACKET", empty, &record).verdict,
                        "pass");
    assert_string_equal(play_python("SEQPACKET", none, &record).verdict,
                        "fail");
    assert_string_equal(play_python("SEQPACKET", empty, &end).verdict, "fail");
    assert_string_equal(play_python("SEQPACKET", none, &end).verdict, "pass");
}

static void test_records_are_compared_whole(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), SEND_TIMES(0, 3, "{n+1}"),
               EXPECT_TIMES(0, 3, "{n+1}"));
    static const char echo[] = "s.listen(5)\nc, _ = s.accept()\n"
                               "while d := c.recv(10): c.send(d)\n";
    static const char joins[] = "s.listen(5)\nc, _ = s.accept()\n"
                                "c.send(c.recv(10) + c.recv(10))\n"
                                "signal.pause()\n";

    (void)state;
    assert_string_equal(play_python("SEQPACKET", echo, &s).verdict, "pass");
    assert_string_equal(play_python("SEQPACKET", joins, &s).verdict, "fail");
}

static void test_reachable(void **state)
{
    static const struct scenario s =
        SCENARIO(LISTEN(9, 5), START(), EXIT(0), REACHABLE(9));

    (void)state;
    assert_string_equal(play("exit 0", &s).verdict, "pass");
    assert_string_equal(play("rm uds_socket3.txt", &s).verdict, "fail");
}

static void test_observations_cannot_be_failed(void **state)
{
    struct scenario s = SERVED(START(), EXIT(3), OBSERVED("{0} was seen"));
    struct result r = play("exit 3", &s);

    (void)state;
    assert_string_equal(r.verdict, "pass");
    s.points = 0;
    assert_string_equal(play("exit 4", &s).verdict, "pass");
    assert_string_equal(play("exit 4", &s).reason, "");
    s.points = 1;
    assert_string_equal(play("exit 4", &s).verdict, "fail");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_datagram_peers, datagrams),
        cmocka_unit_test_setup(test_full_queue, datagrams),
        cmocka_unit_test_setup(test_datagram_client_and_third_parties,
                               datagrams),
        cmocka_unit_test_setup(test_intruder_before_connect, datagrams),
        cmocka_unit_test_setup(test_drain_up_to_one, datagrams),
        cmocka_unit_test_setup(test_one_way_or_the_other, datagrams),
        cmocka_unit_test_setup(test_reachable, datagrams),
        cmocka_unit_test_setup(test_empty_record_is_no_end, records),
        cmocka_unit_test_setup(test_records_are_compared_whole, records),
        cmocka_unit_test_setup(test_reachable, records),
        cmocka_unit_test_setup(test_observations_cannot_be_failed, records),
    };

    return cmocka_run_group_tests_name("messages", tests, enter, leave);
}
