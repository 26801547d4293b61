#include "bytes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* splitmix64: any state will do, and neighbouring states are unlike. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* FNV-1a, with the NUL, so that "a", "bc" and "ab", "c" differ. */
static uint64_t hash(uint64_t h, const char *text)
{
    do {
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    } while (*text++ != '\0');
    return h;
}

static size_t below(uint64_t *state, size_t n)
{
    return (size_t)(draw(state) % n);
}

static char pick(uint64_t *state, const char *set)
{
    return set[below(state, strlen(set))];
}

/* Begins with a letter: an operand, and never a number. */
static void fill_text(char *at, size_t length, uint64_t *state)
{
    at[0] = pick(state, LETTERS);
    for (size_t n = 1; n < length; n++)
        at[n] = pick(state, LETTERS DIGITS "!#&*+,-./:;=?@^_~");
}

/* A NUL first or last might be lost without being missed. */
static void fill_binary(char *at, size_t length, uint64_t *state)
{
    size_t nul;
    size_t invalid;

    for (size_t n = 0; n < length; n++) {
        unsigned char byte;

        do
            byte = (unsigned char)draw(state);
        while (byte == '\n' || (byte == '\0' && (n == 0 || n == length - 1)));
        memcpy(at + n, &byte, 1);
    }
    if (length < 4)
        return;
    nul = 1 + below(state, length - 2);
    /* Any other place. */
    invalid = (nul + 1 + below(state, length - 1)) % length;
    at[nul] = '\0';
    memset(at + invalid, 0xff, 1);
}

static void fill_path(char *at, size_t length, uint64_t *state)
{
    at[0] = '.';
    at[1] = '/';
    for (size_t n = 2; n < length; n++)
        at[n] = pick(state, LETTERS DIGITS);
}

static const struct {
    size_t shortest;
    void (*fill)(char *at, size_t length, uint64_t *state);
} kinds[] = {
    [PAYLOAD_TEXT] = { 1, fill_text },
    [PAYLOAD_BINARY] = { 1, fill_binary },
    [PAYLOAD_PATH] = { 3, fill_path },
};

static bool drawn_before(const struct bytes_payloads *p, size_t n)
{
    const struct bytes *value = p->value;

    for (size_t k = 0; k < n; k++)
        if (value[k].length == value[n].length &&
            memcmp(value[k].data, value[n].data, value[n].length) == 0)
            return true;
    return false;
}

static int draw_one(struct bytes_payloads *p, size_t n,
                    const struct payload *payload, uint64_t state)
{
    struct bytes *value = &p->value[n];

    if (payload->length < kinds[payload->kind].shortest) {
        errno = EINVAL;
        return -1;
    }
    value->data = calloc(1, payload->length + 1);
    if (value->data == NULL)
        return -1;
    value->length = payload->length;
    value->capacity = payload->length + 1;
    /* Ends: even the shortest kind has more values than a case has payloads. */
    do
        kinds[payload->kind].fill(value->data, value->length, &state);
    while (drawn_before(p, n));
    return 0;
}

int bytes_payloads_draw(struct bytes_payloads *p, uint64_t seed,
                        const char *lab, const struct scenario *s)
{
    uint64_t names = hash(hash(UINT64_C(0xcbf29ce484222325), lab), s->name);
    int saved;

    *p = (struct bytes_payloads){ .value = { { .data = NULL } } };
    for (size_t n = 0; n < SCENARIO_PAYLOADS; n++) {
        uint64_t state = seed;

        if (s->payload[n].kind == PAYLOAD_NONE)
            continue;
        state = draw(&state) ^ names;
        state = draw(&state) + n;
        if (draw_one(p, n, &s->payload[n], state) < 0)
            goto failed;
    }
    return 0;
failed:
    saved = errno;
    bytes_payloads_free(p);
    errno = saved;
    return -1;
}

void bytes_payloads_free(struct bytes_payloads *p)
{
    for (size_t n = 0; n < SCENARIO_PAYLOADS; n++)
        bytes_free(&p->value[n]);
}
