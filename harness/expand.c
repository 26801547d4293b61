#include "bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static int put_brace(struct bytes *out, const struct bytes_names *names)
{
    (void)names;
    return bytes_append(out, "{", 1);
}

static int put_name(struct bytes *out, const char *name)
{
    if (name == NULL) {
        errno = EINVAL;
        return -1;
    }
    return bytes_append(out, name, strlen(name));
}

static int put_path(struct bytes *out, const struct bytes_names *names)
{
    return put_name(out, names->path);
}

static int put_here(struct bytes *out, const struct bytes_names *names)
{
    return put_name(out, names->here);
}

static int put_number(struct bytes *out, const struct bytes_names *names)
{
    return bytes_printf(out, "%ld", names->i);
}

static int put_copy(struct bytes *out, const struct bytes_names *names)
{
    return bytes_printf(out, "%ld", names->n);
}

static int put_copy_from_1(struct bytes *out, const struct bytes_names *names)
{
    return bytes_printf(out, "%ld", names->n + 1);
}

static const struct {
    const char *word;
    int (*put)(struct bytes *out, const struct bytes_names *names);
} words[] = {
    { "{{", put_brace }, { "{path}", put_path },       { "{i}", put_number },
    { "{n}", put_copy }, { "{n+1}", put_copy_from_1 }, { "{here}", put_here },
};

/* A brace's parts: `{f0/n}`, `{q+5}`. */
struct brace {
    /** 'f', 'r', 'q', or 0 for a plain payload. */
    char shape;
    /** Behind the shape; the end. */
    const char *at;
    const char *end;
};

static bool take(struct brace *b, char c)
{
    if (b->at == b->end || *b->at != c)
        return false;
    b->at++;
    return true;
}

static bool take_digit(struct brace *b, long *digit)
{
    if (b->at == b->end || *b->at < '0' || *b->at > '9')
        return false;
    *digit = *b->at++ - '0';
    return true;
}

/* A frame of lab 02: its payload's length, 4 bytes with the most significant
 * first, and the payload. */
static int put_frame(struct bytes *out, const char *data, size_t length,
                     bool reversed)
{
    const uint32_t header = htonl((uint32_t)length);
    char *payload;

    if (bytes_append(out, &header, sizeof header) < 0 ||
        bytes_append(out, data, length) < 0)
        return -1;
    payload = out->data + out->length - length;
    for (size_t n = 0; reversed && n < length; n++)
        payload[n] = data[length - 1 - n];
    return 0;
}

static int put_payload(struct bytes *out, struct brace *b,
                       const struct bytes_names *names)
{
    const struct bytes *value;
    size_t length;
    long number;

    if (!take_digit(b, &number) || number >= SCENARIO_PAYLOADS ||
        names->payloads == NULL)
        return -1;
    value = &names->payloads->value[number];
    length = value->length;
    if (take(b, '/')) {
        if (!take(b, 'n'))
            return -1;
        if (length > (size_t)names->n + 1)
            length = (size_t)names->n + 1;
    }
    /* The scenario has no such payload, or the brace goes on. */
    if (length == 0 || !take(b, '}'))
        return -1;
    return b->shape == 0 ? bytes_append(out, value->data, length)
                         : put_frame(out, value->data, length, b->shape == 'r');
}

static int put_queue(struct bytes *out, struct brace *b,
                     const struct bytes_names *names)
{
    long more = 0;
    long digit;

    if (take(b, '+'))
        while (take_digit(b, &digit))
            more = 10 * more + digit;
    return take(b, '}') ? bytes_printf(out, "%ld", names->queue + more) : -1;
}

static const char *const ids[BYTES_IDS] = {
    [BYTES_PID] = "pid",   [BYTES_UID] = "uid",   [BYTES_GID] = "gid",
    [BYTES_RUID] = "ruid", [BYTES_RGID] = "rgid",
};

/* Behind which of these words `b` goes on; BYTES_IDS: none. */
static size_t take_id(struct brace *b)
{
    size_t left = (size_t)(b->end - b->at);
    size_t n = 0;

    while (n < BYTES_IDS && (strlen(ids[n]) > left ||
                             memcmp(b->at, ids[n], strlen(ids[n])) != 0))
        n++;
    if (n < BYTES_IDS)
        b->at += strlen(ids[n]);
    return n;
}

static int put_id(struct bytes *out, struct brace *b, size_t id,
                  const struct bytes_names *names)
{
    long hand;

    if (!take_digit(b, &hand) || !take(b, '}') || names->hands == NULL ||
        names->hands[hand].id[id] < 0)
        return -1;
    return bytes_printf(out, "%ld", names->hands[hand].id[id]);
}

/* Appends what the brace at the start of `text` stands for. Returns how long
 * the brace is, 0 and errno. */
static size_t expand_brace(struct bytes *out, const char *text, size_t length,
                           const struct bytes_names *names)
{
    struct brace b = { .at = text + 1, .end = text + length };
    size_t id;
    int result;

    for (size_t n = 0; n < sizeof words / sizeof *words; n++) {
        size_t size = strlen(words[n].word);

        if (size <= length && memcmp(text, words[n].word, size) == 0)
            return words[n].put(out, names) == 0 ? size : 0;
    }
    errno = EINVAL;
    id = take_id(&b);
    if (id < BYTES_IDS) {
        result = put_id(out, &b, id, names);
    } else if (take(&b, 'q')) {
        result = put_queue(out, &b, names);
    } else {
        b.shape = take(&b, 'f') ? 'f' : take(&b, 'r') ? 'r' : '\0';
        result = put_payload(out, &b, names);
    }
    return result == 0 ? (size_t)(b.at - text) : 0;
}

int bytes_expand(struct bytes *out, const char *text, size_t length,
                 const struct bytes_names *names)
{
    size_t before = out->length;
    size_t at = 0;

    while (at < length) {
        const char *brace = memchr(text + at, '{', length - at);
        size_t plain =
            brace != NULL ? (size_t)(brace - (text + at)) : length - at;
        size_t size = 0;

        if (bytes_append(out, text + at, plain) < 0)
            goto failed;
        at += plain;
        if (at == length)
            break;
        size = expand_brace(out, text + at, length - at, names);
        if (size == 0)
            goto failed;
        at += size;
    }
    return 0;
failed:
    bytes_cut(out, before);
    return -1;
}
