#include "needs.h"

#include "catalogue.h"

#include "procfs.h"

#include <stddef.h>
#include <string.h>

static bool has_users(const struct sandbox_probe *probe)
{
    return probe->root;
}

static bool has_numbers(const struct sandbox_probe *probe)
{
    return probe->root && probe->numbers;
}

static bool has_claims(const struct sandbox_probe *probe)
{
    return probe->root && probe->claims;
}

static bool has_namespace(const struct sandbox_probe *probe)
{
    return probe->pid_namespace;
}

static bool can_hold(const struct sandbox_probe *probe)
{
    return probe->ptrace;
}

static bool can_see(const struct sandbox_probe *probe)
{
    return probe->pidfd_getfd;
}

static bool has_queue(const struct sandbox_probe *probe)
{
    enum { LEAST = 1, MOST = 80 };
    long queue = procfs_number("/proc/sys/net/unix/max_dgram_qlen");

    (void)probe;
    return queue >= LEAST && queue <= MOST;
}

static const struct {
    const char *name;
    bool (*met)(const struct sandbox_probe *probe);
    /** What `doctor` says where it is met. */
    const char *good;
    /** What is said of a scenario where it is not. */
    const char *lack;
} needs[NEED_COUNT] = {
    [NEED_USERS] = { "other users", has_users,
                     "peers can be processes of other users",
                     "needs peers of other users, which only root can have: "
                     "run it as root, or in the container" },
    [NEED_NUMBERS] = { "numbers", has_numbers,
                       "a process can be given the number of one that has gone",
                       "needs a process with the number of one that has gone: "
                       "run it as root with CAP_SYS_ADMIN or "
                       "CAP_CHECKPOINT_RESTORE" },
    [NEED_CLAIMS] = { "claims", has_claims,
                      "root can send the credentials of another process",
                      "needs a root who may send the credentials of another "
                      "process: run it as root with CAP_SYS_ADMIN" },
    [NEED_NAMESPACE] = { "namespaces", has_namespace,
                         "a program can be process 1 of a pid namespace",
                         "needs a pid namespace, which this machine forbids "
                         "(containers often do)" },
    [NEED_ACCOUNT] = { "own users", has_users,
                       "a program has its user to itself",
                       "needs a user whom nobody else uses, for it fills what "
                       "counts for all of a user's programs: run it as root, or "
                       "in the container" },
    [NEED_HOLDING] = { "tracer", can_hold,
                       "a program can be held at a system call",
                       "needs a machine that lets a program be held at a call "
                       "(ptrace)" },
    [NEED_SIGHT] = { "addresses", can_see,
                     "the addresses of a program's sockets can be read",
                     "needs a machine that shows the program's addresses "
                     "(pidfd_getfd)" },
    [NEED_QUEUE] = { "queues", has_queue, "a datagram queue can be filled",
                     "needs a datagram queue that can be filled, of 80 at most "
                     "(/proc/sys/net/unix/max_dgram_qlen)" },
};

/* ---- who needs what */

static bool is_another_user(const struct scenario *scenario,
                            const struct step *s)
{
    (void)scenario;
    return s->who != HAND_SAME;
}

static bool is_by_root(const struct scenario *scenario, const struct step *s)
{
    for (int n = 0; n < SCENARIO_STEPS; n++) {
        const struct step *other = &scenario->steps[n];

        if ((other->verb == VERB_HAND ||
             other->verb == VERB_HAND_TAKES_NUMBER) &&
            other->number == s->number && other->who == HAND_ROOT)
            return true;
    }
    return false;
}

static const struct {
    enum verb verb;
    enum need need;
    /** Only where this says so; NULL: always. */
    bool (*where)(const struct scenario *scenario, const struct step *s);
} needs_of_verbs[] = {
    { VERB_HAND, NEED_USERS, is_another_user },
    { VERB_HAND_TAKES_NUMBER, NEED_USERS, is_another_user },
    { VERB_HAND_TAKES_NUMBER, NEED_NUMBERS, NULL },
    { VERB_FORGE_AS, NEED_CLAIMS, is_by_root },
    { VERB_START_APART, NEED_NAMESPACE, NULL },
    { VERB_HOARD, NEED_ACCOUNT, NULL },
    { VERB_HOLD_AT_SEND, NEED_HOLDING, NULL },
    { VERB_HOLD_AT_CONNECT, NEED_HOLDING, NULL },
    { VERB_HOLD_AFTER_BIND, NEED_HOLDING, NULL },
    { VERB_HOLD_AT_LISTEN, NEED_HOLDING, NULL },
    { VERB_SWAP, NEED_HOLDING, NULL },
    { VERB_INTRUDE, NEED_SIGHT, NULL },
};

static bool speaks_of_queue(const struct step *s)
{
    return s->text != NULL && memmem(s->text, s->length, "{q", 2) != NULL;
}

static bool step_needs(const struct scenario *scenario, const struct step *s,
                       enum need need)
{
    for (size_t n = 0; n < sizeof needs_of_verbs / sizeof *needs_of_verbs; n++)
        if (needs_of_verbs[n].verb == s->verb &&
            needs_of_verbs[n].need == need &&
            (needs_of_verbs[n].where == NULL ||
             needs_of_verbs[n].where(scenario, s)))
            return true;
    return need == NEED_QUEUE && speaks_of_queue(s);
}

bool needs_has(const struct scenario *s, enum need need)
{
    for (int n = 0; n < SCENARIO_STEPS; n++)
        if (step_needs(s, &s->steps[n], need))
            return true;
    return false;
}

/* ---- and what comes of it */

const char *needs_name(enum need need)
{
    return needs[need].name;
}

bool needs_are_met(enum need need, const struct sandbox_probe *probe)
{
    return needs[need].met(probe);
}

const char *needs_lack(const struct scenario *s,
                       const struct sandbox_probe *probe)
{
    for (int need = 0; need < NEED_COUNT; need++)
        if (!needs[need].met(probe) && needs_has(s, (enum need)need))
            return needs[need].lack;
    return NULL;
}

/* Returns how many names there are, -1 and ENOMEM. */
static int append_names(struct bytes *out, enum need need,
                        const struct lab *const *labs)
{
    int count = 0;

    for (size_t i = 0; labs[i] != NULL; i++) {
        size_t scenarios = catalogue_count(labs[i]);

        for (size_t j = 0; j < scenarios; j++) {
            const struct scenario *s = catalogue_at(labs[i], j);

            if (!needs_has(s, need))
                continue;
            if (bytes_printf(out, "%s%s/%s", count++ > 0 ? ", " : "",
                             labs[i]->name, s->name) < 0)
                return -1;
        }
    }
    return count;
}

int needs_tell(struct bytes *out, enum need need,
               const struct sandbox_probe *probe, const struct lab *const *labs)
{
    struct bytes names = { 0 };
    int result = -1;

    if (needs[need].met(probe))
        return bytes_printf(out, "%s", needs[need].good);

    int count = append_names(&names, need, labs);

    if (count == 0)
        result = bytes_printf(out, "no scenario %s", needs[need].lack);
    else if (count > 0)
        result = bytes_printf(out, "skipped: %s; %s %s", names.data,
                              count > 1 ? "each" : "it", needs[need].lack);
    bytes_free(&names);
    return result;
}
