/* text.h - texts: copying, UTF-8, comparing, reading numbers, and the growable text that
 * all output is built in. Functions own nothing; a ku_text is a plain value owned by the
 * caller, its bytes are freed by ku_text_clear. */
#ifndef KU_BASE_TEXT_H
#define KU_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/error.h"

/* ---- copying and trimming ------------------------------------------------------ */

/* Copies `from` into `to` of `size` bytes (size >= 1), cut at a whole character when it
 * does not fit, always ended by NUL. Returns the length copied. */
size_t ku_text_copy(char *to, size_t size, const char *from);
size_t ku_text_copyn(char *to, size_t size, const char *from, size_t length);

/* A stretch of someone else's text. */
typedef struct ku_span {
    const char *at;
    size_t length;
} ku_span;

/* Without ASCII white space (and UTF-8 no-break spaces) at both ends. */
ku_span ku_text_trim(const char *text, size_t length);

bool ku_text_starts(const char *text, const char *prefix);
bool ku_text_ends(const char *text, const char *suffix);

/* ---- UTF-8 --------------------------------------------------------------------- */

/* Bytes of the character whose first byte this is, 1 for a byte that starts none. */
size_t ku_utf8_size(unsigned char first);
/* Whether the bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, at most
 * U+10FFFF). When not, *bad_at (may be NULL) is the offset of the first wrong byte. */
bool ku_utf8_valid(const char *text, size_t length, size_t *bad_at);
/* The longest prefix of at most `limit` bytes that ends between characters. */
size_t ku_utf8_cut(const char *text, size_t length, size_t limit);
/* Number of characters (code points). */
size_t ku_utf8_count(const char *text, size_t length);
/* Reads the character at *at and moves past it; a wrong byte reads as U+FFFD. */
uint32_t ku_utf8_next(const char *text, size_t length, size_t *at);
/* Columns the text takes in a terminal: combining marks 0, East Asian wide 2, else 1. */
size_t ku_utf8_width(const char *text, size_t length);

/* ---- comparing ------------------------------------------------------------------ */

/* As strcmp, with ASCII letters folded. */
int ku_text_fold_compare(const char *a, const char *b);
bool ku_text_fold_equal(const char *a, const char *b);
char ku_char_lower(char c); /* ASCII only */
void ku_text_lower(char *text);

/* Edit distance with insertion, deletion, replacement and the swap of two neighbours
 * each counted once (the restricted Damerau-Levenshtein distance), ASCII letters folded.
 * Texts are compared by bytes; only the first 64 of each count. */
size_t ku_text_distance(const char *a, const char *b);
/* The name nearest to `word` for "did you mean": `name(data, i)` gives the i-th of
 * `count` names. NULL when none is near enough to be meant. */
const char *ku_text_nearest(const char *word, size_t count,
                            const char *(*name)(const void *data, size_t i), const void *data);

/* ---- the growable text ------------------------------------------------------------ */

/* Bytes ended by NUL. When memory runs out it stops growing and `failed` stays true
 * until ku_text_clear; ask once at the end with ku_text_check. All zero is empty. */
typedef struct ku_text {
    char *bytes;
    size_t length;
    size_t capacity;
    bool failed;
} ku_text;

void ku_text_init(ku_text *text);
void ku_text_clear(ku_text *text);               /* frees the bytes; the text is empty and usable */
void ku_text_empty(ku_text *text);               /* length 0, keeps the memory */
const char *ku_text_string(const ku_text *text); /* never NULL */
/* KU_NO_MEMORY when the text is not whole. */
ku_status ku_text_check(const ku_text *text, ku_error *err);
/* Hands the bytes over (free() them) and leaves the text empty; NULL when failed. */
char *ku_text_take(ku_text *text);

void ku_text_add(ku_text *text, const char *string);
void ku_text_addn(ku_text *text, const char *bytes, size_t length);
void ku_text_addc(ku_text *text, char c);
void ku_text_addf(ku_text *text, const char *format, ...) KU_PRINTF(2, 3);
void ku_text_addv(ku_text *text, const char *format, va_list args) KU_PRINTF(2, 0);

#endif
