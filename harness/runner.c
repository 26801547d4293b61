#include "runner.h"

#include "bytes.h"
#include "clock.h"
#include "directory.h"
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

play_verb *const play_verbs[SCENARIO_VERB_COUNT] = {
    [VERB_PLANT_FILE] = verb_plant_file,
    [VERB_PLANT_DIRECTORY] = verb_plant_directory,
    [VERB_PLANT_FIFO] = verb_plant_fifo,
    [VERB_PLANT_SYMLINK] = verb_plant_symlink,
    [VERB_PLANT_STALE] = verb_plant_stale,
    [VERB_PLANT_BOUND] = verb_plant_bound,
    [VERB_REMOVE] = verb_remove,
    [VERB_FILE_SAME] = verb_file_same,
    [VERB_FILE_GONE] = verb_file_gone,
    [VERB_FILE_SOCKET] = verb_file_socket,
    [VERB_TIDY] = verb_tidy,
    [VERB_START] = verb_start,
    [VERB_FEED] = verb_feed,
    [VERB_END_INPUT] = verb_end_input,
    [VERB_SIGNAL] = verb_signal,
    [VERB_STOP] = verb_stop,
    [VERB_STOP_MAIN] = verb_stop_main,
    [VERB_CONTINUE] = verb_continue,
    [VERB_HOLD_AT_SEND] = verb_hold_at_send,
    [VERB_HOLD_AT_CONNECT] = verb_hold_at_connect,
    [VERB_RELEASE] = verb_release,
    [VERB_LIMIT_DESCRIPTORS] = verb_limit_descriptors,
    [VERB_UNLIMIT_DESCRIPTORS] = verb_unlimit_descriptors,
    [VERB_SETTLE] = verb_settle,
    [VERB_COUNT] = verb_count,
    [VERB_COUNT_SAME] = verb_count_same,
    [VERB_MEMORY_SAME] = verb_memory_same,
    [VERB_PEAK_SAME] = verb_peak_same,
    [VERB_CLOEXEC] = verb_cloexec,
    [VERB_CLOCK] = verb_clock,
    [VERB_NOT_BEFORE] = verb_not_before,
    [VERB_STDOUT] = verb_stdout,
    [VERB_STDOUT_EACH] = verb_stdout_each,
    [VERB_STDOUT_END] = verb_stdout_end,
    [VERB_COMPLAINS] = verb_complains,
    [VERB_SAYS] = verb_says,
    [VERB_QUIET] = verb_quiet,
    [VERB_USAGE] = verb_usage,
    [VERB_EXIT] = verb_exit,
    [VERB_ENDS] = verb_ends,
    [VERB_ALIVE] = verb_alive,
    [VERB_STAYS] = verb_stays,
    [VERB_REACHABLE] = verb_reachable,
    [VERB_LISTEN] = verb_listen,
    [VERB_ACCEPT] = verb_accept,
    [VERB_ACCEPT_TALKER] = verb_accept_talker,
    [VERB_NO_CONNECTION] = verb_no_connection,
    [VERB_CONNECT] = verb_connect,
    [VERB_BIND] = verb_open,
    [VERB_AUTOBIND] = verb_open,
    [VERB_UNBOUND] = verb_open,
    [VERB_REFUSED] = verb_refused,
    [VERB_SEND_BUFFER] = verb_send_buffer,
    [VERB_SEND] = verb_send,
    [VERB_SEND_PIECES] = verb_send_pieces,
    [VERB_SEND_SPLIT] = verb_send_split,
    [VERB_SEND_TIMES] = verb_send_times,
    [VERB_SEND_TO] = verb_send_to,
    [VERB_INTRUDE] = verb_intrude,
    [VERB_FLOOD] = verb_flood,
    [VERB_DRIP] = verb_drip,
    [VERB_SIP] = verb_sip,
    [VERB_AWAIT] = verb_await,
    [VERB_EXPECT] = verb_expect,
    [VERB_EXPECT_PIECES] = verb_expect_pieces,
    [VERB_EXPECT_TIMES] = verb_expect_times,
    [VERB_EXPECT_FLOOD] = verb_expect_flood,
    [VERB_EXPECT_DROPPED] = verb_expect_dropped,
    [VERB_DRAIN] = verb_drain,
    [VERB_DRAIN_TO] = verb_drain_to,
    [VERB_OR_EXIT] = verb_or_exit,
    [VERB_EXPECT_END] = verb_expect_end,
    [VERB_EXPECT_CLOSED] = verb_expect_closed,
    [VERB_EXPECT_SILENCE] = verb_expect_silence,
    [VERB_HALF_CLOSE] = verb_half_close,
    [VERB_CLOSE] = verb_close,
    [VERB_OBSERVE] = verb_observe,
    [VERB_OBSERVED] = verb_observed,
};

static void note_step(struct play *p, const struct step *s)
{
    struct bytes_names names = { .payloads = &p->payloads,
                                 .path = p->address.data,
                                 .i = p->i,
                                 .n = p->n,
                                 .queue = p->queue };
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

/* The lab's own exchange, with another peer in the place of its peer 0. */
static int play_serves(struct play *p, const struct step *serves)
{
    for (const struct step *s = p->lab->serves; s->verb != VERB_END; s++) {
        struct step step = *s;

        step.peer += serves->peer;
        if (play_step(p, &step) < 0)
            return -1;
    }
    return 0;
}

/* Plays a run of steps up to END, REPEAT or AGAIN. Returns how many, -1 once
 * the case is judged. */
static int play_run(struct play *p, const struct step *steps)
{
    int n = 0;

    while (n < SCENARIO_STEPS && steps[n].verb != VERB_END &&
           steps[n].verb != VERB_AGAIN && steps[n].verb != VERB_REPEAT) {
        const struct step *s = &steps[n++];

        if (s->verb == VERB_SERVES ? play_serves(p, s) < 0
                                   : play_step(p, s) < 0)
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
    program_init(&p->program);
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

static int prepare(struct play *p, uid_t user, int slot, char *path,
                   size_t size)
{
    if (runner_directory(p->config, p->lab, p->scenario, slot, path, size) <
            0 ||
        directory_enter(user, path) < 0)
        return play_trouble(p, "the private directory cannot be made");
    if (warden_enter(&p->warden, &p->config->probe, user) < 0)
        return play_trouble(p, "the case cannot be confined");
    p->queue = procfs_number("/proc/sys/net/unix/max_dgram_qlen");
    if (!play_reaches_queue(p)) {
        outcome_judge(&p->outcome, VERDICT_SKIP,
                      "a datagram queue of this machine is too long to be "
                      "filled here (max_dgram_qlen is %ld)",
                      p->queue);
        return -1;
    }
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
    if (scenario->role != ROLE_NONE && !config->argv[scenario->role])
        outcome_judge(&p->outcome, VERDICT_FAIL, "%s",
                      config->missing[scenario->role]);
    else if (prepare(p, user, slot, path, sizeof path) == 0)
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
