/**
 * @file bytes.h
 * Strings of bytes: growing buffers, payloads drawn from a seed, and bytes made
 * printable for people.
 */
#ifndef BYTES_H
#define BYTES_H

#include "scenario.h"

#include <stddef.h>
#include <stdint.h>

/** A buffer that grows. Starts as { 0 }; the owner calls bytes_free. */
struct bytes {
    char *data;
    size_t length;
    size_t capacity;
};

/** Appends; a NUL is kept behind the last byte. -1 and ENOMEM: unchanged. */
int bytes_append(struct bytes *b, const void *data, size_t length);

/** Appends formatted text, as printf(3) does. -1 and errno: unchanged. */
int bytes_printf(struct bytes *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Takes the first `length` bytes away. */
void bytes_drop(struct bytes *b, size_t length);

/** Makes it this long; it must not have been shorter. */
void bytes_cut(struct bytes *b, size_t length);

/** Gives the memory back; the buffer can be used again. */
void bytes_free(struct bytes *b);

/** The payloads of one case, drawn from the run's seed and the names of lab
 *  and scenario: whatever runs beside it, the case is the same. */
struct bytes_payloads {
    struct bytes value[SCENARIO_PAYLOADS];
};

/** Draws the scenario's payloads. The owner calls bytes_payloads_free.
 *  -1 and ENOMEM; -1 and EINVAL: a payload too short for its kind. */
int bytes_payloads_draw(struct bytes_payloads *p, uint64_t seed,
                        const char *lab, const struct scenario *s);

/** Gives the memory back. */
void bytes_payloads_free(struct bytes_payloads *p);

/** What tells of a process to others: `{pid1}`, `{uid1}` and so on. */
enum bytes_id {
    BYTES_PID,
    BYTES_UID,
    BYTES_GID,
    BYTES_RUID,
    BYTES_RGID,
    BYTES_IDS
};

/** A process's numbers, below 0 as long as there is none. */
struct bytes_process {
    long id[BYTES_IDS];
};

/** What a template's braces stand for, beside the payloads. */
struct bytes_names {
    const struct bytes_payloads *payloads;
    /** `{path}`; may be NULL while the address itself is expanded. */
    const char *path;
    /** `{here}`; NULL where there is no private directory. */
    const char *here;
    /** `{i}` */
    long i;
    /** `{n}` */
    long n;
    /** `{q}`: the kernel's limit of a datagram queue. */
    long queue;
    /** SCENARIO_HANDS of them, hand 0 first; may be NULL where no brace names
     *  one. */
    const struct bytes_process *hands;
};

/** Appends the template with its braces replaced. -1 and EINVAL: an unknown
 *  brace, which the tests of the tables exclude; -1 and ENOMEM. Unchanged
 *  then. */
int bytes_expand(struct bytes *out, const char *text, size_t length,
                 const struct bytes_names *names);

enum {
    /** What bytes_show shows of a long string: its two ends. */
    BYTES_SHOWN = 96
};

/**
 * Appends the bytes as a C string literal in quotes: `\n`, `\0`, `\xff`; blanks
 * stay blanks, for the quotes show them. Where the next character would be read
 * as a part of an escape, the escape has three octal digits: `\0001`, `\377a`;
 * so the literal always means exactly these bytes. A string longer than `most`
 * bytes is cut in the middle: `"abc"..."xyz" (1024 bytes)`. `most` 0 is
 * BYTES_SHOWN. -1 and ENOMEM: unchanged.
 */
int bytes_show(struct bytes *out, const void *data, size_t length, size_t most);

/** The same for each of the strings that `|` separates, with "or" between. */
int bytes_show_choices(struct bytes *out, const char *data, size_t length);

/** Where two strings part: the index of the first byte that differs. */
size_t bytes_common(const struct bytes *a, const struct bytes *b);

#endif
