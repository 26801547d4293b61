#include "catalogue.h"

#include <string.h>

/* What a program is given, by its lab: the address, or not, and what stands
 * behind it. */

static size_t add_operands(const struct lab *lab, enum role role,
                           const char *args[], size_t n)
{
    for (size_t i = 0; i < LAB_OPERANDS && role < ROLE_COUNT; i++)
        if (lab->operands[role][i] != NULL)
            args[n++] = lab->operands[role][i];
    return n;
}

size_t catalogue_args(const struct lab *lab, const struct scenario *s,
                      const char *args[CATALOGUE_ARGS + 1])
{
    size_t n = 0;

    if (s->args[0] == NULL && lab->given) {
        args[n++] = "{path}";
        n = add_operands(lab, s->role, args, n);
    }
    for (size_t i = 0; i < SCENARIO_ARGS && s->args[i] != NULL; i++) {
        if (strcmp(s->args[i], "{operands}") == 0)
            n = add_operands(lab, s->role, args, n);
        else if (strcmp(s->args[i], "{given}") != 0)
            args[n++] = s->args[i];
        else if (lab->given)
            args[n++] = "{path}";
    }
    args[n] = NULL;
    return n;
}

static int append_operands(const struct lab *lab, enum role role,
                           struct bytes *out)
{
    const char *args[LAB_OPERANDS];
    size_t count = add_operands(lab, role, args, 0);

    for (size_t i = 0; i < count; i++)
        if (bytes_printf(out, " %s", args[i]) < 0)
            return -1;
    return 0;
}

static int append_address(const struct lab *lab, enum role role,
                          struct bytes *out)
{
    (void)role;
    return bytes_printf(out, "%s", lab->given ? " uds_socket3.txt" : "");
}

static int append_program(const struct lab *lab, enum role role,
                          struct bytes *out)
{
    if (bytes_printf(out, "./%s", role == ROLE_SERVER ? "server" : "client") <
            0 ||
        append_address(lab, role, out) < 0)
        return -1;
    return append_operands(lab, role, out);
}

static const struct {
    const char *word;
    /** ROLE_NONE is the scenario's own. */
    enum role role;
    int (*append)(const struct lab *lab, enum role role, struct bytes *out);
} words[] = {
    { "{server}", ROLE_SERVER, append_program },
    { "{client}", ROLE_CLIENT, append_program },
    { "{operands}", ROLE_NONE, append_operands },
    { "{given}", ROLE_NONE, append_address },
};

/* Appends what the word at `text` stands for, or its first byte. Returns how
 * much of `text` that was, 0 and ENOMEM. */
static size_t append_word(const struct lab *lab, const struct scenario *s,
                          const char *text, struct bytes *out)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i].word);
        enum role role = words[i].role == ROLE_NONE ? s->role : words[i].role;

        if (strncmp(text, words[i].word, length) == 0)
            return words[i].append(lab, role, out) == 0 ? length : 0;
    }
    return bytes_append(out, text, 1) == 0 ? 1 : 0;
}

int catalogue_by_hand(const struct lab *lab, const struct scenario *s,
                      struct bytes *out)
{
    const char *text = s->by_hand;

    while (*text != '\0') {
        size_t plain = strcspn(text, "{");
        size_t length;

        if (bytes_append(out, text, plain) < 0)
            return -1;
        text += plain;
        if (*text == '\0')
            break;
        length = append_word(lab, s, text, out);
        if (length == 0)
            return -1;
        text += length;
    }
    return 0;
}
