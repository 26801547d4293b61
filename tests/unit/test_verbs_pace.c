#include "cases.h"

/* Programs that keep to a time, that are slow, and that take too much. */

static void test_clock_from_below(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), CLOCK(60), SEND(0, "x"), EXPECT_CLOSED(0),
               NOT_BEFORE());
    static const char hasty[] = "s.listen(5)\nc, _ = s.accept()\nc.recv(1)\n"
                                "c.close()\nsignal.pause()\n";
    static const char patient[] = "s.listen(5)\nc, _ = s.accept()\nc.recv(1)\n"
                                  "import select\n"
                                  "select.select([c], [], [], 0.06)\n"
                                  "c.close()\nsignal.pause()\n";
    struct result r = play_python("STREAM", hasty, &s);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "has to give it 60 ms"));
    assert_string_equal(play_python("STREAM", patient, &s).verdict, "pass");
}

static void test_clock_ends_a_wait(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), CLOCK(10), SEND(0, "x"), EXPECT_CLOSED(0));
    /* Longer than 20 times 10 ms, and far shorter than the harness's own. */
    static const char slow[] = "s.listen(5)\nc, _ = s.accept()\nimport select\n"
                               "select.select([], [], [], 15)\n";
    struct result r = play_python("STREAM", slow, &s);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "keeps it open"));
}

static const char *const lenient = "s.listen(5)\nc, _ = s.accept()\n"
                                   "while c.recv(1): pass\n";
static const char *const strict =
    "s.listen(5)\nc, _ = s.accept()\nend = time.monotonic() + 0.05\n"
    "while (left := end - time.monotonic()) > 0:\n"
    "  c.settimeout(left)\n"
    "  try: c.recv(1)\n"
    "  except TimeoutError: break\n"
    "c.close()\nsignal.pause()\n";

static void test_drip(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), CLOCK(50), DRIP(0, 5, "{0}"), NOT_BEFORE());
    struct result r = play_python("STREAM", lenient, &s);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "still lets it"));
    assert_string_equal(play_python("STREAM", strict, &s).verdict, "pass");
}

static void test_sip(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), CLOCK(20), SIP(0, 5, 10));
    static const char endless[] = "s.listen(5)\nc, _ = s.accept()\n"
                                  "while True: c.send(bytes(1000))\n";
    static const char bounded[] = "s.listen(5)\nc, _ = s.accept()\n"
                                  "c.send(bytes(1000))\nc.close()\n"
                                  "signal.pause()\n";

    (void)state;
    assert_string_equal(play_python("STREAM", endless, &s).verdict, "fail");
    assert_string_equal(play_python("STREAM", bounded, &s).verdict, "pass");
}

static void test_flood_and_what_comes_of_it(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), FLOOD(0, -20000, "{n}\n"),
               EXPECT_FLOOD(0, "{n}\n"));
    static const char hoarder[] = "s.listen(5)\nc, _ = s.accept()\n"
                                  "while c.recv(65536): pass\n";
    static const char echo[] = "s.listen(5)\nc, _ = s.accept()\n"
                               "while d := c.recv(65536): c.sendall(d)\n";
    static const char loser[] = "s.listen(5)\nc, _ = s.accept()\n"
                                "while d := c.recv(65536): c.sendall(d[4:])\n";
    static const char quitter[] = "s.listen(5)\nc, _ = s.accept()\n"
                                  "c.sendall(c.recv(2))\nc.close()\n"
                                  "signal.pause()\n";
    struct result r = play_python("STREAM", hoarder, &s);

    (void)state;
    assert_string_equal(r.verdict, "fail");
    assert_non_null(strstr(r.reason, "keeps them all"));
    assert_string_equal(play_python("STREAM", echo, &s).verdict, "pass");
    assert_string_equal(play_python("STREAM", loser, &s).verdict, "fail");
    assert_string_equal(play_python("STREAM", quitter, &s).verdict, "pass");
}

static void test_splits_and_copies(void **state)
{
    static const struct scenario s = SERVED(
        START(), CONNECT(0), REPEAT(3), SEND_SPLIT(0, SPLIT_HERE, "{f0}"),
        EXPECT_PIECES(0, 5, "{r0}"), AGAIN(), SEND_TIMES(0, 4, "{f0/n}"),
        EXPECT_TIMES(0, 4, "{r0/n}"), HALF_CLOSE(0), EXPECT_END(0));
    static const char frames[] =
        "s.listen(5)\nc, _ = s.accept()\nf = c.makefile(\"rb\")\n"
        "while h := f.read(4):\n"
        "  c.sendall(h + f.read(int.from_bytes(h, \"big\"))[::-1])\n"
        "f.close()\nc.close()\nsignal.pause()\n";
    static const char naive[] =
        "s.listen(5)\nc, _ = s.accept()\n"
        "while d := c.recv(65536): c.sendall(d[:4] + d[4:][::-1])\n"
        "c.close()\nsignal.pause()\n";

    (void)state;
    assert_string_equal(play_python("STREAM", frames, &s).verdict, "pass");
    assert_string_equal(play_python("STREAM", naive, &s).verdict, "fail");
}

static void test_disconnected_or_not(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), SEND(0, "x"), EXPECT_DROPPED(0));
    static const char closes[] = "s.listen(5)\nc, _ = s.accept()\n"
                                 "c.send(b\"unread\")\nc.close()\n"
                                 "signal.pause()\n";
    static const char half[] = "s.listen(5)\nc, _ = s.accept()\n"
                               "c.shutdown(1)\nsignal.pause()\n";

    (void)state;
    assert_string_equal(play_python("STREAM", closes, &s).verdict, "pass");
    assert_string_equal(play_python("STREAM", half, &s).verdict, "fail");
}

static void test_memory(void **state)
{
    static const struct scenario held =
        SERVED(START(), CONNECT(0), SETTLE(), COUNT(), SEND(0, "x"),
               EXPECT(0, "y"), MEMORY_SAME(4096));
    static const struct scenario asked =
        SERVED(START(), CONNECT(0), SETTLE(), COUNT(), SEND(0, "x"),
               EXPECT(0, "y"), PEAK_SAME(64 << 10));
    static const char modest[] = "s.listen(5)\nc, _ = s.accept()\nc.recv(1)\n"
                                 "c.send(b\"y\")\nsignal.pause()\n";
    static const char greedy[] = "s.listen(5)\nc, _ = s.accept()\nc.recv(1)\n"
                                 "b = b\"x\" * (16 << 20)\nc.send(b\"y\")\n"
                                 "signal.pause()\n";
    static const char passing[] = "import mmap\n"
                                  "s.listen(5)\nc, _ = s.accept()\nc.recv(1)\n"
                                  "mmap.mmap(-1, 1 << 30).close()\n"
                                  "c.send(b\"y\")\nsignal.pause()\n";

    (void)state;
    assert_string_equal(play_python("STREAM", modest, &held).verdict, "pass");
    assert_string_equal(play_python("STREAM", greedy, &held).verdict, "fail");
    assert_string_equal(play_python("STREAM", passing, &held).verdict, "pass");
    assert_string_equal(play_python("STREAM", modest, &asked).verdict, "pass");
    assert_string_equal(play_python("STREAM", passing, &asked).verdict, "fail");
}

/* More than a pipe holds: what wakes the program is that the harness reads. A
 * wait that gave up on one look would lose now and then. */
static void test_more_output_than_a_pipe_holds(void **state)
{
    enum { TIMES = 20 };
    struct scenario s = SCENARIO(START(), FEED("{0}"), END_INPUT(),
                                 STDOUT("{0}"), STDOUT_END(), EXIT(0));

    (void)state;
    s.payload[0] = (struct payload)TEXT(400000);
    for (int i = 0; i < TIMES; i++)
        assert_string_equal(play("exec cat", &s).reason, "");
}

/* The same in a connection's buffer. */
static void test_more_bytes_than_a_buffer_holds(void **state)
{
    enum { TIMES = 20 };
    struct scenario s =
        SERVED(START(), CONNECT(0), SEND(0, "{0}"), EXPECT(0, "{0}"));
    static const char echo[] = "s.listen(5)\nc, _ = s.accept()\n"
                               "d = c.recv(900000, socket.MSG_WAITALL)\n"
                               "c.sendall(d)\nsignal.pause()\n";

    (void)state;
    s.payload[0] = (struct payload)TEXT(900000);
    for (int i = 0; i < TIMES; i++)
        assert_string_equal(play_python("STREAM", echo, &s).reason, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_from_below),
        cmocka_unit_test(test_clock_ends_a_wait),
        cmocka_unit_test(test_drip),
        cmocka_unit_test(test_sip),
        cmocka_unit_test(test_flood_and_what_comes_of_it),
        cmocka_unit_test(test_splits_and_copies),
        cmocka_unit_test(test_disconnected_or_not),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_more_output_than_a_pipe_holds),
        cmocka_unit_test(test_more_bytes_than_a_buffer_holds),
    };

    return cmocka_run_group_tests_name("pace", tests, enter, leave);
}
