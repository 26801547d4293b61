#include "cases.h"

#include <fcntl.h>

/* Descriptors that travel with bytes, both ways. The server is a line of Python
 * behind this. */
#define SERVER                                                                 \
    "s.listen(5)\nc, _ = s.accept()\n"                                         \
    "def take(n=9): return socket.recv_fds(c, 99, n)[:2]\n"

static const char *verdict(const char *program, const struct scenario *s)
{
    static struct result r;

    r = play_python("STREAM", program, s);
    return r.verdict;
}

static void test_a_file_is_expected(void **state)
{
    static const struct scenario s =
        SERVED(PLANT_FILE("f", "{0}"), PLANT_FILE("g", "{0}"), START(),
               CONNECT(0), SEND(0, "f"), EXPECT_FILE(0, "f"));
    static const struct {
        const char *answer;
        const char *verdict;
    } answers[] = {
        { "socket.send_fds(c, [b\"+12\\n\"], [os.open(\"f\", 0)])", "pass" },
        /* In pieces, the descriptor with the first byte. */
        { "socket.send_fds(c, [b\"+\"], [os.open(\"f\", 0)]); c.send(b\"12\\n\")",
          "pass" },
        { "c.send(b\"+\"); socket.send_fds(c, [b\"12\\n\"], [os.open(\"f\", 0)])",
          "fail" },
        { "socket.send_fds(c, [b\"+11\\n\"], [os.open(\"f\", 0)])", "fail" },
        { "c.send(b\"+12\\n\")", "fail" },
        { "socket.send_fds(c, [b\"+12\\n\"], 2 * [os.open(\"f\", 0)])",
          "fail" },
        { "socket.send_fds(c, [b\"+12\\n\"], [os.open(\"g\", 0)])", "fail" },
        { "socket.send_fds(c, [b\"+12\\n\"], [os.open(\"f\", os.O_RDWR)])",
          "fail" },
        { "socket.send_fds(c, [b\"+12\\n\"], [os.open(\"f\", os.O_PATH)])",
          "fail" },
        { "c.send(b\"-EXDEV\\n\")", "fail" },
        { "c.close()", "fail" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        char program[512];

        snprintf(program, sizeof program, SERVER "take()\n%s\nsignal.pause()\n",
                 answers[i].answer);
        if (strcmp(verdict(program, &s), answers[i].verdict) != 0)
            fail_msg("%s: not %s", answers[i].answer, answers[i].verdict);
    }
}

static void test_one_of_several_answers(void **state)
{
    static const struct scenario file =
        SERVED(PLANT_FILE("f", "{0}"), START(), CONNECT(0), SEND(0, "f"),
               EXPECT_FILE_OR(0, "f", "-A\n|-B\n"));
    static const struct scenario text = SERVED(
        START(), CONNECT(0), SEND(0, "f"), EXPECT_EITHER(0, "-A\n|-BC{0}\n"),
        SEND(0, "g"), EXPECT(0, "done"));
    static const char *const more = "take()\nc.send(b\"done\")\nsignal.pause()";
    static const struct {
        const char *answer;
        const char *file;
        const char *text;
    } answers[] = {
        { "c.send(b\"-A\\n\")", "pass", "pass" },
        { "c.send(b\"-B\\n\")", "pass", "fail" },
        { "c.send(b\"-B\"); c.send(b\"\\n\")", "pass", "fail" },
        { "c.send(b\"-C\\n\")", "fail", "fail" },
        { "c.send(b\"-A\")", "fail", "fail" },
        { "socket.send_fds(c, [b\"-A\\n\"], [0])", "fail", "fail" },
        { "socket.send_fds(c, [b\"+12\\n\"], [os.open(\"f\", 0)])", "pass",
          "fail" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        char program[512];

        snprintf(program, sizeof program, SERVER "take()\n%s\n%s\n",
                 answers[i].answer, more);
        if (strcmp(verdict(program, &file), answers[i].file) != 0 ||
            strcmp(verdict(program, &text), answers[i].text) != 0)
            fail_msg("%s: not %s and %s", answers[i].answer, answers[i].file,
                     answers[i].text);
    }
}

static void test_surplus_descriptors_are_refused(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), SEND(0, "x"), EXPECT(0, "y"));

    (void)state;
    assert_string_equal(
        verdict(SERVER "take()\nc.send(b\"y\")\nsignal.pause()", &s), "pass");
    assert_string_equal(verdict(SERVER
                                "take()\nsocket.send_fds(c, [b\"y\"], [0])\n"
                                "signal.pause()",
                                &s),
                        "fail");
}

/* What the server says of what it has got is what was attached. */
static void test_what_is_attached_arrives(void **state)
{
    static const struct scenario s = SERVED(
        PLANT_FILE("f", "{0}"), PLANT_FIFO("p"), PLANT_SPARSE("big", 20000000),
        START(), CONNECT(0), ATTACH(0, "f", O_RDONLY), ATTACH(0, "p", O_RDONLY),
        ATTACH_AT(0, "big", O_RDONLY, 5), SEND(0, "a"),
        EXPECT(0, "{0}|p|5 20000000"), OFFSET_SAME(0), ATTACH_MEMORY(0, "{1}"),
        ATTACH_SEALED(0, "{0}"), ATTACH_SOCKET(0), ATTACH_PIPE(0),
        ATTACH_COPIES(0, "f", O_WRONLY, 5), SEND(0, "b"),
        EXPECT(0, "{1}|{0}|0 15|s|p|5"), SEND(0, "c"), EXPECT(0, "0"));
    static const char server[] = SERVER
        "import fcntl, stat\n"
        "def kind(f): return stat.filemode(os.fstat(f).st_mode)[0].encode()\n"
        "def text(f): return os.pread(f, 99, 0)\n"
        "d, f = take(99)\n"
        "big = b\"%d %d\" % (os.lseek(f[2], 0, 1), os.fstat(f[2]).st_size)\n"
        "c.send(b\"|\".join([text(f[0]), kind(f[1]), big]))\n"
        "d, f = take(99)\n"
        "seals = [fcntl.fcntl(x, 1034) for x in f[:2]]\n"
        "c.send(b\"|\".join([text(f[0]), text(f[1]), b\"%d %d\" % "
        "tuple(seals), kind(f[2]), kind(f[3]), b\"%d\" % len(f[4:])]))\n"
        "d, f = take(99)\nc.send(b\"%d\" % len(f))\nsignal.pause()\n";
    struct result r = play_python("STREAM", server, &s);

    (void)state;
    if (strcmp(r.verdict, "pass") != 0)
        fail_msg("%s (%s, %s)", r.reason, r.expected, r.actual);
}

static void test_a_moved_offset_is_seen(void **state)
{
    static const struct scenario s =
        SERVED(PLANT_FILE("f", "{0}"), START(), CONNECT(0),
               ATTACH_AT(0, "f", O_RDONLY, 5), SEND(0, "a"), EXPECT(0, "b"),
               OFFSET_SAME(0));

    (void)state;
    assert_string_equal(verdict(SERVER "d, f = take()\nos.pread(f[0], 9, 0)\n"
                                       "c.send(b\"b\")\nsignal.pause()",
                                &s),
                        "pass");
    assert_string_equal(verdict(SERVER "d, f = take()\nos.read(f[0], 2)\n"
                                       "c.send(b\"b\")\nsignal.pause()",
                                &s),
                        "fail");
}

static void test_a_file_is_sent_by_a_client(void **state)
{
    static const struct scenario s =
        SCENARIO(PLANT_FILE("f", "{0}"), LISTEN(9, 5), START(), ACCEPT(0, 9),
                 EXPECT_WITH(0, "f", "count\n"));
    static const char connects[] = "s.connect(\"./uds_socket3.txt\")\n"
                                   "socket.send_fds(s, [b\"count\\n\"], "
                                   "[os.open(\"f\", %s)])\nsignal.pause()\n";
    char program[256];

    (void)state;
    snprintf(program, sizeof program, connects, "os.O_RDWR");
    assert_string_equal(verdict(program, &s), "pass");
    snprintf(program, sizeof program, connects, "os.O_WRONLY");
    assert_string_equal(verdict(program, &s), "fail");
}

/* A program that maps what shrinks is killed by SIGBUS; one that reads is not.
 */
static void test_a_file_shrinks_while_it_is_read(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), ATTACH_MEMORY(0, "{0}"),
               RESIZE(0, 16000000, "a"), EXPECT(0, "b"), ALIVE());
    static const char reads[] =
        SERVER "d, f = take()\n"
               "for i in range(99): os.pread(f[0], 16000000, 0)\n"
               "c.send(b\"b\")\nsignal.pause()\n";
    static const char maps[] = SERVER "import mmap\nd, f = take()\n"
                                      "while True:\n"
                                      "  try: m = mmap.mmap(f[0], 16000000, "
                                      "prot=1)\n"
                                      "  except ValueError: continue\n"
                                      "  m.find(b\"x\")\n";

    (void)state;
    assert_string_equal(verdict(reads, &s), "pass");
    assert_string_equal(verdict(maps, &s), "fail");
}

/* A name that is looked at and then opened is two names, for whoever is quick.
 */
static void test_a_directory_and_a_link_change_places(void **state)
{
    static const struct scenario s =
        SERVED(PLANT_DIRECTORY("d", 0755), PLANT_FILE("d/f", "{0}"),
               PLANT_DIRECTORY("e", 0755), PLANT_FILE("e/f", "{1}"),
               PLANT_SYMLINK("d.other", "e"), START(), CONNECT(0), REPEAT(500),
               SWAP(0, "d", "a"), EXPECT_FILE_OR(0, "d/f", "-\n"), AGAIN());
    static const char looks[] =
        SERVER "while take()[0]:\n"
               "  if os.path.islink(\"d\"): c.send(b\"-\\n\")\n"
               "  else:\n"
               "    f = os.open(\"d/f\", 0)\n"
               "    socket.send_fds(c, [b\"+12\\n\"], [f])\n"
               "    os.close(f)\n";
    static const char holds[] =
        SERVER "while take()[0]:\n"
               "  try: d = os.open(\"d\", os.O_DIRECTORY | os.O_NOFOLLOW)\n"
               "  except OSError: c.send(b\"-\\n\"); continue\n"
               "  f = os.open(\"f\", 0, dir_fd=d)\n"
               "  socket.send_fds(c, [b\"+12\\n\"], [f])\n"
               "  os.close(f)\n"
               "  os.close(d)\n";

    (void)state;
    assert_string_equal(verdict(looks, &s), "fail");
    assert_string_equal(verdict(holds, &s), "pass");
}

static void test_modes_are_changed(void **state)
{
    static const struct scenario s =
        SCENARIO(PLANT_FILE("f", "{0}"), CHMOD("f", 0), START(), EXIT(0),
                 STDOUT("100000\n"));

    (void)state;
    assert_string_equal(verdict("print(\"%o\" % os.stat(\"f\").st_mode)", &s),
                        "pass");
}

static void test_the_private_directory_has_a_name(void **state)
{
    static const struct scenario s = SCENARIO(
        PLANT_SYMLINK("l", "{here}/x"), START(), EXIT(0), STDOUT("True\n"));

    (void)state;
    assert_string_equal(
        verdict("print(os.readlink(\"l\") == os.getcwd() + \"/x\")", &s),
        "pass");
}

/* The kernel lets this user send no more, until the hoard has gone. */
static void test_a_hoard(void **state)
{
    static const struct scenario s =
        SERVED(START(), CONNECT(0), HOARD(1), SEND(0, "a"), EXPECT(0, "b"),
               CLOSE(1), SEND(0, "a"), EXPECT_WITH(0, "/dev/null", "b"));
    static const char server[] =
        SERVER "while take()[0]:\n"
               "  try: socket.send_fds(c, [b\"b\"], [os.open(\"/dev/null\", "
               "0)])\n"
               "  except OSError as e:\n"
               "    assert e.errno == 109\n"
               "    c.send(b\"b\")\n";
    struct result r;

    (void)state;
    if (!probe.root) {
        print_message("skipped: other programs of this user would suffer\n");
        skip();
    }
    r = play_python("STREAM", server, &s);
    if (strcmp(r.verdict, "pass") != 0)
        fail_msg("%s", r.reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_expected),
        cmocka_unit_test(test_one_of_several_answers),
        cmocka_unit_test(test_surplus_descriptors_are_refused),
        cmocka_unit_test(test_what_is_attached_arrives),
        cmocka_unit_test(test_a_moved_offset_is_seen),
        cmocka_unit_test(test_a_file_is_sent_by_a_client),
        cmocka_unit_test(test_a_file_shrinks_while_it_is_read),
        cmocka_unit_test(test_a_directory_and_a_link_change_places),
        cmocka_unit_test(test_modes_are_changed),
        cmocka_unit_test(test_the_private_directory_has_a_name),
        cmocka_unit_test(test_a_hoard),
    };

    return cmocka_run_group_tests_name("parcels", tests, enter, leave);
}
