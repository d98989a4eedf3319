/* text.c - copying, comparing, and the growable text. */
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- copying and trimming ------------------------------------------------------ */

size_t ku_text_copyn(char *to, size_t size, const char *from, size_t length)
{
    assert(size > 0);
    size_t cut = ku_utf8_cut(from, length, size - 1);
    memcpy(to, from, cut);
    to[cut] = '\0';
    return cut;
}

size_t ku_text_copy(char *to, size_t size, const char *from)
{
    return ku_text_copyn(to, size, from, strlen(from));
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

ku_span ku_text_trim(const char *text, size_t length)
{
    static const char no_break[] = "\xC2\xA0";
    for (;;) {
        if (length >= 1 && is_space(text[0])) {
            text++;
            length--;
        } else if (length >= 2 && memcmp(text, no_break, 2) == 0) {
            text += 2;
            length -= 2;
        } else if (length >= 1 && is_space(text[length - 1])) {
            length--;
        } else if (length >= 2 && memcmp(text + length - 2, no_break, 2) == 0) {
            length -= 2;
        } else {
            return (ku_span){text, length};
        }
    }
}

bool ku_text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ku_text_ends(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && memcmp(text + length - tail, suffix, tail) == 0;
}

/* ---- comparing ------------------------------------------------------------------ */

char ku_char_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

void ku_text_lower(char *text)
{
    for (; *text != '\0'; text++) *text = ku_char_lower(*text);
}

int ku_text_fold_compare(const char *a, const char *b)
{
    for (;; a++, b++) {
        unsigned char x = (unsigned char)ku_char_lower(*a), y = (unsigned char)ku_char_lower(*b);
        if (x != y || x == '\0') return (x > y) - (x < y);
    }
}

bool ku_text_fold_equal(const char *a, const char *b)
{
    return ku_text_fold_compare(a, b) == 0;
}

enum { COMPARED = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t ku_text_distance(const char *a, const char *b)
{
    size_t n = strnlen(a, COMPARED), m = strnlen(b, COMPARED);
    /* Three rows of the table d[i][j] = distance of a's first i and b's first j bytes. */
    size_t rows[3][COMPARED + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++) last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        char x = ku_char_lower(a[i - 1]);
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            char y = ku_char_lower(b[j - 1]);
            row[j] = least(least(last[j] + 1, row[j - 1] + 1), last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == ku_char_lower(b[j - 2]) && ku_char_lower(a[i - 2]) == y)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[m];
}

const char *ku_text_nearest(const char *word, size_t count,
                            const char *(*name)(const void *data, size_t i), const void *data)
{
    const char *best = NULL;
    size_t best_distance = 1 + (strnlen(word, COMPARED) + 2) / 3; /* one slip in three letters */
    for (size_t i = 0; i < count; i++) {
        const char *candidate = name(data, i);
        size_t distance = ku_text_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

/* ---- the growable text ------------------------------------------------------------ */

void ku_text_init(ku_text *text)
{
    *text = (ku_text){0};
}

void ku_text_clear(ku_text *text)
{
    free(text->bytes);
    *text = (ku_text){0};
}

void ku_text_empty(ku_text *text)
{
    text->length = 0;
    if (text->bytes != NULL) text->bytes[0] = '\0';
}

const char *ku_text_string(const ku_text *text)
{
    return text->bytes != NULL ? text->bytes : "";
}

ku_status ku_text_check(const ku_text *text, ku_error *err)
{
    if (!text->failed) return KU_OK;
    return ku_error_set(err, KU_NO_MEMORY, NULL,
                        "there is not enough memory for a text of more than %zu bytes",
                        text->length);
}

char *ku_text_take(ku_text *text)
{
    ku_text_addn(text, "", 0); /* an empty text is handed over as "", not as NULL */
    char *bytes = text->failed ? NULL : text->bytes;
    if (text->failed) free(text->bytes);
    *text = (ku_text){0};
    return bytes;
}

/* Room for `more` bytes and the NUL. */
static bool reserve(ku_text *text, size_t more)
{
    if (text->failed) return false;
    if (more < text->capacity - text->length) return true;
    size_t wanted = text->length + more + 1;
    size_t capacity = text->capacity < 128 ? 256 : text->capacity * 2;
    if (capacity < wanted) capacity = wanted;
    char *bytes = wanted > more ? realloc(text->bytes, capacity) : NULL;
    if (bytes == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void ku_text_addn(ku_text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length)) return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void ku_text_add(ku_text *text, const char *string)
{
    ku_text_addn(text, string, strlen(string));
}

void ku_text_addc(ku_text *text, char c)
{
    ku_text_addn(text, &c, 1);
}

void ku_text_addv(ku_text *text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        text->failed = true;
        return;
    }
    if (!reserve(text, (size_t)length)) return;
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, args);
    text->length += (size_t)length;
}

void ku_text_addf(ku_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ku_text_addv(text, format, args);
    va_end(args);
}
