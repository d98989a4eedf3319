/* match.c - which column of a file is meant by a name. */
#include "bank/match.h"

#include <string.h>

#include "base/text.h"

/* The next byte that counts: letters in lower case, digits and anything beyond ASCII. */
static unsigned char next_letter(const char **text)
{
    for (;; (*text)++) {
        unsigned char c = (unsigned char)**text;
        bool counts = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                      (c >= 'A' && c <= 'Z');
        if (c == '\0') return c;
        if (!counts) continue;
        (*text)++;
        return (unsigned char)ku_char_lower((char)c);
    }
}

static bool alike(const char *a, const char *b)
{
    unsigned char x, y;
    do {
        x = next_letter(&a);
        y = next_letter(&b);
    } while (x == y && x != '\0');
    return x == y;
}

static int find(const char *name, const char *const *names, const bool *taken, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((taken == NULL || !taken[i]) && strcmp(name, names[i]) == 0) return (int)i;
    for (size_t i = 0; i < count; i++)
        if ((taken == NULL || !taken[i]) && alike(name, names[i])) return (int)i;
    return -1;
}

int ku_match_column(const char *name, const char *const *aliases, const char *const *names,
                    const bool *taken, size_t count)
{
    int at = find(name, names, taken, count);
    for (size_t i = 0; at < 0 && aliases != NULL && aliases[i] != NULL; i++)
        at = find(aliases[i], names, taken, count);
    return at;
}
