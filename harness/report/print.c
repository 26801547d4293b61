#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    DEFAULT_WIDTH = 80,
    LEAST_WIDTH = 40,
    /** Longer lines are hard to read. */
    MOST_WIDTH = 100,
    /** Where the labels of print_field begin, and the texts behind them. */
    LABEL_COLUMN = 6,
    FIELD_COLUMN = 16
};

static const char *const colours[] = {
    [PRINT_PLAIN] = "",         [PRINT_GOOD] = "\033[32m",
    [PRINT_BAD] = "\033[1;31m", [PRINT_DOUBTFUL] = "\033[33m",
    [PRINT_STRONG] = "\033[1m",
};

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

static int width_of(char c)
{
    return is_printable(c) ? 1 : (int)strlen("\\xff");
}

static void put(const struct print *p, char c)
{
    if (is_printable(c))
        putc(c, p->out);
    else
        fprintf(p->out, "\\x%02x", (unsigned)(unsigned char)c);
}

static int width_of_text(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++)
        width += width_of(*text);
    return width;
}

static void begin(const struct print *p, enum print_tone tone)
{
    if (p->style->colour)
        fputs(colours[tone], p->out);
}

static void end(const struct print *p, enum print_tone tone)
{
    if (p->style->colour && tone != PRINT_PLAIN)
        fputs("\033[0m", p->out);
}

void print_text(const struct print *p, enum print_tone tone, const char *text)
{
    begin(p, tone);
    for (; *text != '\0'; text++)
        put(p, *text);
    end(p, tone);
}

void print_cut(const struct print *p, enum print_tone tone, const char *text,
               int width)
{
    static const char dots[] = "...";
    bool cut = width_of_text(text) > width;
    int left = cut ? width - (int)strlen(dots) : width;

    begin(p, tone);
    for (; *text != '\0' && width_of(*text) <= left; text++) {
        left -= width_of(*text);
        put(p, *text);
    }
    if (cut)
        fputs(dots, p->out);
    end(p, tone);
}

void print_padded(const struct print *p, enum print_tone tone, const char *text,
                  int width)
{
    int missing = width - width_of_text(text);

    print_cut(p, tone, text, width);
    if (missing > 0)
        fprintf(p->out, "%*s", missing, "");
}

void print_end(const struct print *p)
{
    putc('\n', p->out);
}

/* Prints `length` bytes of a word from `column` on; the column behind it. */
static int put_word(const struct print *p, int column, int indent,
                    const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (column + width_of(word[i]) > p->style->width) {
            fprintf(p->out, "\n%*s", indent, "");
            column = indent;
        }
        put(p, word[i]);
        column += width_of(word[i]);
    }
    return column;
}

static int width_of_word(const char *word, size_t length)
{
    int width = 0;

    for (size_t i = 0; i < length; i++)
        width += width_of(word[i]);
    return width;
}

void print_wrapped(const struct print *p, int column, int indent,
                   const char *text)
{
    /* The blanks before a word belong to it: in shown bytes they count. */
    for (const char *rest = text; *rest != '\0';) {
        size_t blanks = strspn(rest, " ");
        size_t length = blanks + strcspn(rest + blanks, " ");
        int width = width_of_word(rest, length);

        if (column > indent && blanks > 0 && column + width > p->style->width) {
            fprintf(p->out, "\n%*s", indent, "");
            column = indent;
            rest++;
            length--;
        }
        column = put_word(p, column, indent, rest, length);
        rest += length;
    }
    print_end(p);
}

static void print_label(const struct print *p, const char *label)
{
    fprintf(p->out, "%*s%-*s", LABEL_COLUMN, "", FIELD_COLUMN - LABEL_COLUMN,
            label);
}

void print_field(const struct print *p, const char *label, const char *text)
{
    if (*text == '\0')
        return;
    print_label(p, label);
    print_wrapped(p, FIELD_COLUMN, FIELD_COLUMN, text);
}

/* Where the next option of a command begins, with the blank before it, or the
 * command's end. Blanks within quotes are none. */
static size_t next_option(const char *command)
{
    bool quoted = false;
    size_t i = 0;

    for (; command[i] != '\0'; i++) {
        if (i > 0 && !quoted && strncmp(command + i, " --", 3) == 0)
            break;
        if (command[i] == '\\' && !quoted && command[i + 1] != '\0')
            i++;
        else if (command[i] == '\'')
            quoted = !quoted;
    }
    return i;
}

void print_command(const struct print *p, const char *label,
                   const char *command)
{
    int column = FIELD_COLUMN;

    print_label(p, label);
    while (*command != '\0') {
        size_t length = next_option(command);
        int width = width_of_word(command, length);

        /* Two columns are kept for the backslash. */
        if (column > FIELD_COLUMN && column + width > p->style->width - 2) {
            fprintf(p->out, " \\\n%*s", FIELD_COLUMN + 1, "");
            column = FIELD_COLUMN + 1;
        }
        for (size_t i = 0; i < length; i++)
            put(p, command[i]);
        column += width;
        command += length;
    }
    print_end(p);
}

void print_cell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            putc('\\', out);
        putc(*text, out);
    }
}

static int terminal_width(int fd)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col < LEAST_WIDTH)
        return DEFAULT_WIDTH;
    return size.ws_col < MOST_WIDTH ? size.ws_col : MOST_WIDTH;
}

struct report_style print_style(FILE *out)
{
    struct report_style style = { .width = DEFAULT_WIDTH };
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    if (!isatty(fileno(out)))
        return style;
    style.width = terminal_width(fileno(out));
    style.colour = (no_colour == NULL || *no_colour == '\0') &&
                   (terminal == NULL || strcmp(terminal, "dumb") != 0);
    return style;
}
