#include "runner.h"

#include "bytes.h"
#include "clock.h"
#include "directory.h"
#include "needs.h"
#include "play.h"
#include "procfs.h"
#include "steps.h"
#include "verbs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    /** What the warden may take to end all that is left. */
    FINISH_MS = 60 * 1000
};

static void note_step(struct play *p, const struct step *s)
{
    struct bytes_names names = { .payloads = &p->payloads,
                                 .path = p->address.data,
                                 .here = p->here,
                                 .i = p->i,
                                 .n = p->n,
                                 .queue = p->queue,
                                 .hands = p->hands.process };
    struct bytes text = { 0 };

    if (steps_describe(&text, s, &names) == 0)
        outcome_note(&p->outcome, OUTCOME_PEER, "%s", text.data);
    bytes_free(&text);
}

static int play_step(struct play *p, const struct step *s)
{
    note_step(p, s);
    for (int n = s->peer; n < play_last_peer(s); n++)
        if (p->peer_count <= n)
            p->peer_count = n + 1;
    return play_verbs[s->verb](p, s);
}

/* Steps of the lab's own, up to END, with another peer in the place of peer 0.
 */
static int play_given(struct play *p, const struct step *steps, int peer)
{
    for (const struct step *s = steps; s->verb != VERB_END; s++) {
        struct step step = *s;

        step.peer += peer;
        if (play_step(p, &step) < 0)
            return -1;
    }
    return 0;
}

static int play_any(struct play *p, const struct step *s)
{
    return s->verb == VERB_SERVES ? play_given(p, p->lab->serves, s->peer)
                                  : play_step(p, s);
}

/* Plays a run of steps up to END, REPEAT or AGAIN. Returns how many, -1 once
 * the case is judged. */
static int play_run(struct play *p, const struct step *steps)
{
    const struct step *end = p->scenario->steps + SCENARIO_STEPS;
    int n = 0;

    while (steps + n < end && steps[n].verb != VERB_END &&
           steps[n].verb != VERB_AGAIN && steps[n].verb != VERB_REPEAT) {
        const struct step *s = &steps[n++];

        if (play_any(p, s) < 0)
            return -1;
        n += (int)p->skip;
        p->skip = 0;
    }
    return n;
}

static int play_repeat(struct play *p, const struct step *repeat)
{
    int length = 0;

    for (int n = 0; n < repeat->count; n++) {
        /* A step inside may count copies. */
        p->i = n;
        p->n = n;
        length = play_run(p, repeat + 1);
        if (length < 0)
            return -1;
    }
    p->i = 0;
    p->n = 0;
    /* REPEAT and AGAIN themselves. */
    return length + 2;
}

static void play_steps(struct play *p)
{
    const struct step *s = p->scenario->steps;
    const struct step *end = s + SCENARIO_STEPS;

    if (p->scenario->role == ROLE_SERVER && p->lab->prepares &&
        play_given(p, p->lab->prepares, 0) < 0)
        return;
    while (s < end && s->verb != VERB_END) {
        int n = s->verb == VERB_REPEAT ? play_repeat(p, s) : play_run(p, s);

        if (n < 0)
            return;
        s += n;
    }
}

int runner_directory(const struct runner_config *config, const struct lab *lab,
                     const struct scenario *scenario, int slot, char *path,
                     size_t size)
{
    int n = snprintf(path, size, "%s/%d-%s-%s", config->directory, slot,
                     lab->name, scenario->name);

    if (n >= 0 && (size_t)n < size)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int expand_address(struct play *p)
{
    const char *address = p->scenario->address;

    if (!address)
        address = "./uds_socket3.txt";
    return play_expand(p, &p->address, address, strlen(address));
}

static struct play *new_play(const struct runner_config *config,
                             const struct lab *lab,
                             const struct scenario *scenario)
{
    struct play *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->config = config;
    p->lab = lab;
    p->scenario = scenario;
    p->signal_fd = -1;
    p->umask = PROGRAM_UMASK;
    program_init(&p->program);
    hands_init(&p->hands);
    for (int i = 0; i < SCENARIO_PEERS; i++)
        peer_init(&p->peers[i]);
    outcome_begin(&p->outcome);
    return p;
}

static bool not_running(struct play *p, const struct step *s)
{
    (void)s;
    return p->program.ended;
}

/* The coverage build writes its counters on SIGTERM; it gets the time to. */
static void end_gently(struct play *p)
{
    if (p->config->build != RUNNER_COVERAGE || !p->program.started ||
        p->program.ended || p->tracer.active)
        return;
    kill(p->program.pid, SIGCONT);
    kill(p->program.pid, SIGTERM);
    play_until(p, not_running, NULL, -1, 0);
}

/* An observation shows something or shows that it cannot be seen: nobody can
 * fail it. */
static void settle_observation(struct play *p)
{
    struct outcome *o = &p->outcome;

    if (p->scenario->points > 0 || o->verdict == VERDICT_PASS)
        return;
    bytes_drop(&o->observed, o->observed.length);
    bytes_printf(&o->observed, "It could not be seen here: %s.",
                 o->reason.data ? o->reason.data : "no reason is known");
    bytes_drop(&o->reason, o->reason.length);
    bytes_drop(&o->expected, o->expected.length);
    bytes_drop(&o->actual, o->actual.length);
    o->verdict = VERDICT_PASS;
}

static void measure(struct play *p)
{
    p->outcome.cpu_us = p->program.cpu_us;
    p->outcome.peak_kib = p->program.peak_kib;
    p->outcome.ended_us = clock_now();
}

/* Ends whatever the case started; if something survives, no verdict of this
 * case can be trusted. */
static int finish(struct play *p)
{
    int left;

    end_gently(p);
    hands_close(&p->hands);
    tracer_release(&p->tracer);
    left = warden_finish(&p->warden, FINISH_MS);
    measure(p);
    if (left >= 0)
        return 0;
    p->outcome.verdict = VERDICT_UNKNOWN;
    bytes_drop(&p->outcome.reason, p->outcome.reason.length);
    bytes_printf(&p->outcome.reason,
                 "the harness is in trouble: processes of the program could "
                 "not be ended");
    return -1;
}

/* In one write: json_dumpfd makes one of each token. */
static int write_outcome(const struct play *p, int fd)
{
    json_t *json = outcome_json(&p->outcome);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    int result = -1;

    if (text && dprintf(fd, "%s", text) >= 0)
        result = 0;
    free(text);
    json_decref(json);
    return result;
}

static void free_play(struct play *p)
{
    for (int i = 0; i < p->peer_count; i++)
        peer_close(&p->peers[i]);
    for (int i = 0; i < p->plant_count; i++) {
        bytes_free(&p->plants[i].path);
        bytes_free(&p->plants[i].content);
    }
    program_close(&p->program);
    bytes_payloads_free(&p->payloads);
    bytes_free(&p->address);
    bytes_free(&p->wanted);
    bytes_free(&p->because);
    outcome_free(&p->outcome);
    if (p->signal_fd >= 0)
        close(p->signal_fd);
    free(p);
}

/* What the machine lacks comes first: it is the same whatever was handed in. */
static bool can_play(struct play *p)
{
    const char *lack = needs_lack(p->scenario, &p->config->probe);
    enum role role = p->scenario->role;

    if (lack)
        outcome_judge(&p->outcome, VERDICT_SKIP, "%s", lack);
    else if (role != ROLE_NONE && !p->config->argv[role])
        outcome_judge(&p->outcome, VERDICT_FAIL, "%s",
                      p->config->missing[role]);
    return p->outcome.verdict == VERDICT_PASS;
}

static int prepare(struct play *p, uid_t user, int slot, char *path,
                   size_t size)
{
    if (runner_directory(p->config, p->lab, p->scenario, slot, path, size) <
            0 ||
        directory_enter(user, path) < 0 || !getcwd(p->here, sizeof p->here))
        return play_trouble(p, "the private directory cannot be made");
    if (verbs_prepare_hands(p) < 0)
        return -1;
    if (warden_enter(&p->warden, &p->config->probe, user) < 0)
        return play_trouble(p, "the case cannot be confined");
    hands_learn(&p->hands, p->scenario);
    p->queue = procfs_number("/proc/sys/net/unix/max_dgram_qlen");
    p->signal_fd = open_signals();
    if (p->signal_fd < 0)
        return play_trouble(p, "signals cannot be read");
    if (bytes_payloads_draw(&p->payloads, p->config->seed, p->lab->name,
                            p->scenario) < 0)
        return play_trouble(p, "the payloads cannot be drawn");
    return expand_address(p);
}

int runner_play(const struct runner_config *config, const struct lab *lab,
                const struct scenario *scenario, uid_t user, int slot,
                int result_fd)
{
    struct play *p = new_play(config, lab, scenario);
    char path[4096] = "";
    int status = 0;

    if (!p)
        return 3;
    if (can_play(p) && prepare(p, user, slot, path, sizeof path) == 0)
        play_steps(p);
    settle_observation(p);
    if (finish(p) < 0)
        status = 3;
    if (path[0] != '\0' && chdir("/") == 0)
        directory_remove(path);
    if (write_outcome(p, result_fd) < 0)
        status = 3;
    free_play(p);
    return status;
}
