#include "verbs.h"

#include <stdlib.h>
#include <string.h>

static const char *fresh(const struct play *p, size_t *length)
{
    const struct program_stream *out = &p->program.out;

    *length = out->kept.length - out->taken;
    return *length > 0 ? out->kept.data + out->taken : "";
}

/* How long the text is that the step waits for, without keeping it. */
static int wanted_text(struct play *p, const struct step *s, struct bytes *out)
{
    long outer = p->i;
    int result = 0;

    for (int i = 0; i < (s->count > 1 ? s->count : 1) && result == 0; i++) {
        if (s->count > 1)
            p->i = i;
        result = play_expand(p, out, s->text, s->length);
    }
    p->i = outer;
    return result;
}

static bool decided(struct play *p, const struct step *s)
{
    size_t length;
    const char *data = fresh(p, &length);

    if (length >= p->wanted.length)
        return true;
    /* Of several lines in any order, no single byte is wrong before all are
     * there. */
    return s->verb == VERB_STDOUT && length > 0 &&
           memcmp(data, p->wanted.data, length) != 0;
}

static int wrong_output(struct play *p, const char *how)
{
    size_t length;
    const char *data = fresh(p, &length);

    return play_differs(p, &p->wanted, data, length, "%s", how);
}

/* Long texts are shown cut, so the place of the first difference is told. */
static int other_output(struct play *p)
{
    size_t length;
    const char *data = fresh(p, &length);
    size_t same = 0;

    while (same < length && same < p->wanted.length &&
           data[same] == p->wanted.data[same])
        same++;
    return play_differs(p, &p->wanted, data, length,
                        "stdout shows something else than it should, from "
                        "byte %zu on",
                        same);
}

static int check_stdout(struct play *p, const struct step *s)
{
    bool met = play_until(p, decided, s, -1, 0) == 0;
    size_t length;
    const char *data = fresh(p, &length);
    size_t shorter = length < p->wanted.length ? length : p->wanted.length;

    if (shorter > 0 && memcmp(data, p->wanted.data, shorter) != 0)
        return other_output(p);
    if (!met)
        return wrong_output(p, length == 0
                                   ? "stdout stays empty"
                                   : "stdout stops before it is complete");
    p->program.out.taken += p->wanted.length;
    return 0;
}

int verb_stdout(struct play *p, const struct step *s)
{
    int result = wanted_text(p, s, &p->wanted);

    if (result == 0)
        result = check_stdout(p, s);
    bytes_free(&p->wanted);
    return result;
}

/* The lines of a text, sorted, so that two texts can be compared whatever the
 * order of their lines. */
struct line {
    const char *data;
    size_t length;
};

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;
    size_t shorter = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->data, y->data, shorter);

    return order ? order : (x->length > y->length) - (x->length < y->length);
}

static struct line *sorted_lines(const char *data, size_t length, size_t *count)
{
    struct line *lines = calloc(length + 1, sizeof *lines);

    *count = 0;
    while (lines && length > 0) {
        const char *newline = memchr(data, '\n', length);
        size_t n = newline ? (size_t)(newline - data) + 1 : length;

        lines[(*count)++] = (struct line){ data, n };
        data += n;
        length -= n;
    }
    if (lines)
        qsort(lines, *count, sizeof *lines, compare_lines);
    return lines;
}

static bool same_lines(const struct play *p, const char *data, size_t length)
{
    size_t n = 0;
    size_t m = 0;
    struct line *have = sorted_lines(data, length, &n);
    struct line *want = sorted_lines(p->wanted.data, p->wanted.length, &m);
    bool same = have && want && n == m;

    for (size_t i = 0; same && i < n; i++)
        same = compare_lines(&have[i], &want[i]) == 0;
    free(have);
    free(want);
    return same;
}

static int check_stdout_each(struct play *p, const struct step *s)
{
    size_t length;
    const char *data;

    if (play_until(p, decided, s, -1, 0) < 0)
        return wrong_output(p, "lines are missing on stdout");
    data = fresh(p, &length);
    if (!same_lines(p, data, p->wanted.length))
        return wrong_output(p, "stdout shows other lines than it should (their "
                               "order is free)");
    p->program.out.taken += p->wanted.length;
    return 0;
}

int verb_stdout_each(struct play *p, const struct step *s)
{
    int result = wanted_text(p, s, &p->wanted);

    if (result == 0)
        result = check_stdout_each(p, s);
    bytes_free(&p->wanted);
    return result;
}

int verb_stdout_end(struct play *p, const struct step *s)
{
    size_t length;

    (void)s;
    if (play_settle(p) < 0)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    fresh(p, &length);
    if (length > 0)
        return wrong_output(p, "stdout shows more than it should");
    return 0;
}

/* Whether a line of stderr matches. A line counts once it is complete: more
 * may be on its way, and would make it another line. */
static bool stderr_has(const struct play *p, const struct bytes *text,
                       bool (*matches)(const struct play *p, const char *line,
                                       size_t length, const struct bytes *text))
{
    const struct bytes err = program_said(&p->program);
    const char *at = err.data;
    size_t left = err.length;

    while (left > 0) {
        const char *newline = memchr(at, '\n', left);
        size_t n = newline ? (size_t)(newline - at) : left;

        if ((newline || p->program.ended) && matches(p, at, n, text))
            return true;
        n += newline ? 1 : 0;
        at += n;
        left -= n;
    }
    return false;
}

/* "PROGRAM: WHAT: REASON"; where no reason is asked for, "PROGRAM: " and
 * anything: what no errno fits may be said freely (C3). */
static bool is_complaint(const struct play *p, const char *line, size_t length,
                         const struct bytes *text)
{
    size_t role = strlen(play_role(p));
    const char *what = line + role + 2;

    if (length <= role + 2 || memcmp(line, play_role(p), role) != 0 ||
        memcmp(line + role, ": ", 2) != 0)
        return false;
    length -= role + 2;
    return text->length == 0 ||
           (memmem(what, length, ": ", 2) &&
            memmem(what, length, text->data, text->length));
}

static bool is_exactly(const struct play *p, const char *line, size_t length,
                       const struct bytes *text)
{
    (void)p;
    return length == text->length && memcmp(line, text->data, length) == 0;
}

static bool is_usage(const struct play *p, const char *line, size_t length,
                     const struct bytes *text)
{
    (void)p;
    (void)text;
    for (size_t i = 0; i + 5 <= length; i++)
        if (strncasecmp(line + i, "usage", 5) == 0)
            return true;
    return false;
}

static bool is_anything(const struct play *p, const char *line, size_t length,
                        const struct bytes *text)
{
    (void)p;
    (void)line;
    (void)text;
    return length > 0;
}

static bool complained(struct play *p, const struct step *s)
{
    if (s->verb == VERB_COMPLAINS)
        return stderr_has(p, &p->wanted,
                          s->number ? is_anything : is_complaint);
    return stderr_has(p, &p->wanted,
                      s->verb == VERB_SAYS ? is_exactly : is_usage);
}

/* Without a form it is the text itself that is wanted. */
static int check_stderr(struct play *p, const struct step *s, const char *form)
{
    struct bytes text = { 0 };
    int result = s->text ? play_expand(p, &p->wanted, s->text, s->length) : 0;

    /* A path may be named with its leading "./", without, or in full. */
    if (s->verb == VERB_COMPLAINS && p->wanted.length > 2 &&
        memcmp(p->wanted.data, "./", 2) == 0)
        bytes_drop(&p->wanted, 2);
    if (result == 0 && play_until(p, complained, s, -1, 0) < 0) {
        if (!form)
            form = p->wanted.data ? p->wanted.data : "";
        if (s->verb == VERB_COMPLAINS && p->wanted.length > 0)
            bytes_printf(&text, " that holds \"%s\"", p->wanted.data);
        result = play_fail(p, "stderr has no line of the form \"%s\"%s", form,
                           text.data ? text.data : "");
        bytes_printf(&p->outcome.expected, "%s", form);

        const struct bytes err = program_said(&p->program);

        bytes_show(&p->outcome.actual, err.data, err.length, 0);
    }
    bytes_free(&text);
    bytes_free(&p->wanted);
    return result;
}

int verb_complains(struct play *p, const struct step *s)
{
    static const char *const form[ROLE_COUNT] = {
        [ROLE_SERVER] = "server: WHAT: REASON",
        [ROLE_CLIENT] = "client: WHAT: REASON",
    };

    if (!s->number)
        return check_stderr(p, s, form[p->scenario->role]);
    if (play_until(p, complained, s, -1, 0) < 0)
        return play_fail(p, "stderr stays empty, and should say what is wrong");
    return 0;
}

int verb_says(struct play *p, const struct step *s)
{
    return check_stderr(p, s, NULL);
}

int verb_quiet(struct play *p, const struct step *s)
{
    const struct bytes *err = &p->program.err.kept;

    (void)s;
    if (play_settle(p) < 0)
        return play_fail(p, "the %s does not come to rest", play_role(p));
    if (err->length == 0)
        return 0;
    return play_differs(p, &(struct bytes){ 0 }, err->data, err->length,
                        "the %s should have said nothing on stderr",
                        play_role(p));
}

int verb_usage(struct play *p, const struct step *s)
{
    return check_stderr(p, s, "usage: ...");
}
