/**
 * @file asking.h
 * A server that says who is asking, for tests of hands.
 */
#ifndef ASKING_H
#define ASKING_H

#include "cases.h"

/* Peers that are other processes, and other users. The server tells what the
 * kernel tells it: `whoami` of who has connected, `sender` of who has sent. */

#define SERVE                                                                  \
    "import select, struct\n"                                                  \
    "s.setsockopt(1, 16, 1)\n"                                                 \
    "os.chmod(\"uds_socket3.txt\", 0o666)\n"                                   \
    "s.listen(9)\n"                                                            \
    "fds = {}\n"                                                               \
    "def pid(b): return struct.unpack(\"iii\", b)[0]\n"                        \
    "def tell(b): return (\"%d %d %d\" % struct.unpack(\"iii\", b)).encode()\n"

#define ANSWER                                                                 \
    "while True:\n"                                                            \
    "  for c in select.select([s] + [*fds], [], [])[0]:\n"                     \
    "    if c is s:\n"                                                         \
    "      c = s.accept()[0]\n"                                                \
    "      b = c.getsockopt(1, 17, 12)\n"                                      \
    "      fds[c] = b, os.pidfd_open(pid(b))\n"                                \
    "      continue\n"                                                         \
    "    d, a, _, _ = c.recvmsg(100, 99)\n"                                    \
    "    if not a:\n"                                                          \
    "      del fds[c]\n"                                                       \
    "      continue\n"                                                         \
    "    b, p = fds[c]\n"                                                      \
    "    q = a[0][2]\n"                                                        \
    "    c.send(answer(d, b, p, q))\n"

static const char right[] = SERVE
    "def answer(d, b, p, q):\n"
    "  if d == b\"alive\":\n"
    "    return b\"no\" if select.select([p], [], [], 0)[0] else b\"yes\"\n"
    "  return tell(b if d == b\"whoami\" else q)\n" ANSWER;

static inline const char *verdict(const char *program, const struct scenario *s)
{
    static char text[16];
    struct result r = play_python("SEQPACKET", program, s);

    if (strcmp(r.verdict, "pass") != 0)
        print_message("%s: %s %s %s\n", r.verdict, r.reason, r.expected,
                      r.actual);
    snprintf(text, sizeof text, "%s", r.verdict);
    return text;
}

static inline void skip_unless(bool present, const char *what)
{
    if (present)
        return;
    print_message("skipped: this needs %s\n", what);
    skip();
}

static inline int records(void **state)
{
    (void)state;
    lab.socket_type = SOCK_SEQPACKET;
    return 0;
}

#define EXPECT_EFFECTIVE(h) EXPECT(0, "{pid" h "} {uid" h "} {gid" h "}")
#define EXPECT_REAL(h) EXPECT(0, "{pid" h "} {ruid" h "} {rgid" h "}")

#endif
