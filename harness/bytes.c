#include "bytes.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `more` bytes and the NUL behind them. */
static int reserve(struct bytes *b, size_t more)
{
    size_t capacity = b->capacity != 0 ? b->capacity : 64;
    char *data;

    if (more >= SIZE_MAX / 2 - b->length) {
        errno = ENOMEM;
        return -1;
    }
    while (capacity < b->length + more + 1)
        capacity *= 2;
    if (capacity == b->capacity)
        return 0;
    data = realloc(b->data, capacity);
    if (data == NULL)
        return -1;
    b->data = data;
    b->capacity = capacity;
    return 0;
}

/* Back to a length it had before. */
void bytes_cut(struct bytes *b, size_t length)
{
    b->length = length;
    if (b->data != NULL)
        b->data[length] = '\0';
}

int bytes_append(struct bytes *b, const void *data, size_t length)
{
    if (reserve(b, length) < 0)
        return -1;
    if (length > 0)
        memcpy(b->data + b->length, data, length);
    bytes_cut(b, b->length + length);
    return 0;
}

int bytes_printf(struct bytes *b, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || reserve(b, (size_t)length) < 0)
        return -1;
    va_start(args, format);
    (void)vsnprintf(b->data + b->length, (size_t)length + 1, format, args);
    va_end(args);
    b->length += (size_t)length;
    return 0;
}

void bytes_drop(struct bytes *b, size_t length)
{
    if (length > b->length)
        length = b->length;
    if (length == 0)
        return;
    memmove(b->data, b->data + length, b->length - length);
    bytes_cut(b, b->length - length);
}

void bytes_free(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){ .data = NULL };
}

size_t bytes_common(const struct bytes *a, const struct bytes *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    size_t at = 0;

    while (at < shorter && a->data[at] == b->data[at])
        at++;
    return at;
}

/* ---- bytes for people */

/* Whether the character behind an escape would be read as a part of it: octal
 * escapes end after three digits, hexadecimal ones never. */
static bool ambiguous(unsigned char escaped, int next)
{
    if (next < 0)
        return false;
    return escaped == '\0' ? isdigit(next) != 0 : isxdigit(next) != 0;
}

/* Appends one byte as a C literal has it; `next` is -1 at the end. */
static int show_byte(struct bytes *out, unsigned char c, int next)
{
    static const char letters[] = "abtnvfr";

    if (c == '"' || c == '\\')
        return bytes_printf(out, "\\%c", c);
    if (c >= ' ' && c <= '~')
        return bytes_append(out, &c, 1);
    if (c >= '\a' && c <= '\r')
        return bytes_printf(out, "\\%c", letters[c - '\a']);
    if (ambiguous(c, next))
        return bytes_printf(out, "\\%03o", c);
    if (c == '\0')
        return bytes_append(out, "\\0", 2);
    return bytes_printf(out, "\\x%02x", c);
}

static int show_quoted(struct bytes *out, const unsigned char *data,
                       size_t length)
{
    if (bytes_append(out, "\"", 1) < 0)
        return -1;
    for (size_t n = 0; n < length; n++)
        if (show_byte(out, data[n], n + 1 < length ? data[n + 1] : -1) < 0)
            return -1;
    return bytes_append(out, "\"", 1);
}

static int show_ends(struct bytes *out, const unsigned char *data,
                     size_t length, size_t most)
{
    size_t tail = most / 2;

    if (show_quoted(out, data, most - tail) < 0 ||
        bytes_append(out, "...", 3) < 0 ||
        show_quoted(out, data + length - tail, tail) < 0)
        return -1;
    return bytes_printf(out, " (%zu bytes)", length);
}

int bytes_show(struct bytes *out, const void *data, size_t length, size_t most)
{
    size_t before = out->length;
    int result;

    if (most == 0)
        most = BYTES_SHOWN;
    result = length > most ? show_ends(out, data, length, most)
                           : show_quoted(out, data, length);
    if (result < 0)
        bytes_cut(out, before);
    return result;
}

int bytes_show_choices(struct bytes *out, const char *data, size_t length)
{
    const char *end = data + length;

    for (;;) {
        const char *bar = memchr(data, '|', (size_t)(end - data));
        const char *stop = bar != NULL ? bar : end;

        if (bytes_show(out, data, (size_t)(stop - data), 0) < 0)
            return -1;
        if (bar == NULL)
            return 0;
        if (bytes_append(out, " or ", 4) < 0)
            return -1;
        data = bar + 1;
    }
}
