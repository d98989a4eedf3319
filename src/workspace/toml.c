/* toml.c - a strict reader for a small part of TOML.
 *
 * The file is written by people, so each error names the line and what was expected.
 * Whatever TOML allows beyond texts, whole numbers and one level of sections is refused
 * with a sentence rather than guessed at. */
#include "workspace/toml.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

enum { NAME_SIZE = 64, VALUE_SIZE = 4096 };

typedef struct reader {
    const char *at, *end; /* the current line, without its newline */
    const char *name;
    int line;
    char section[NAME_SIZE];
    char key[NAME_SIZE];
    char value[VALUE_SIZE];
} reader;

#define REFUSE(r, err, ...)                                                                        \
    (ku_error_set((err), KU_BAD_DATA, NULL, __VA_ARGS__),                                          \
     ku_error_at((err), "%s, line %d", (r)->name, (r)->line))

static void skip_blanks(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t')) r->at++;
}

/* Nothing or a comment may follow. */
static ku_status end_of_line(reader *r, ku_error *err)
{
    skip_blanks(r);
    if (r->at == r->end || *r->at == '#') return KU_OK;
    return REFUSE(r, err, "\"%.*s\" is too much here; one line holds one entry",
                  (int)ku_utf8_cut(r->at, (size_t)(r->end - r->at), 40), r->at);
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static ku_status read_name(reader *r, char name[NAME_SIZE], const char *what, ku_error *err)
{
    const char *start = r->at;
    while (r->at < r->end && is_name_char(*r->at)) r->at++;
    size_t length = (size_t)(r->at - start);
    if (length == 0 || length >= NAME_SIZE)
        return REFUSE(r, err, "expected the name of a %s: letters, digits, - and _", what);
    ku_text_copyn(name, NAME_SIZE, start, length);
    return KU_OK;
}

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) return to[0] = (char)c, 1;
    if (c < 0x800) return to[0] = (char)(0xC0 | c >> 6), to[1] = (char)(0x80 | (c & 63)), 2;
    size_t n = 0;
    if (c < 0x10000) {
        to[n++] = (char)(0xE0 | c >> 12);
    } else {
        to[n++] = (char)(0xF0 | c >> 18);
        to[n++] = (char)(0x80 | (c >> 12 & 63));
    }
    to[n++] = (char)(0x80 | (c >> 6 & 63));
    to[n++] = (char)(0x80 | (c & 63));
    return n;
}

/* The digits of \uXXXX or \UXXXXXXXX. */
static bool read_hex(reader *r, int digits, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, r->at++) {
        if (r->at == r->end) return false;
        char c = ku_char_lower(*r->at);
        uint32_t d;
        if (c >= '0' && c <= '9')
            d = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            d = (uint32_t)(c - 'a') + 10;
        else
            return false;
        *value = *value << 4 | d;
    }
    return *value != 0 && *value <= 0x10FFFF && (*value < 0xD800 || *value > 0xDFFF);
}

static ku_status read_escape(reader *r, size_t *used, ku_error *err)
{
    static const char letters[] = "\"\\nt", meant[] = "\"\\\n\t";
    char c = r->at < r->end ? *r->at++ : '\0';
    const char *known = c != '\0' ? strchr(letters, c) : NULL;
    uint32_t code;
    if (known != NULL) {
        r->value[(*used)++] = meant[known - letters];
        return KU_OK;
    }
    if ((c == 'u' && read_hex(r, 4, &code)) || (c == 'U' && read_hex(r, 8, &code))) {
        *used += put_utf8(r->value + *used, code);
        return KU_OK;
    }
    return REFUSE(r, err,
                  "a backslash stands before \", \\, n, t or uXXXX only; "
                  "text in '...' is taken as it is");
}

static ku_status read_text(reader *r, ku_error *err)
{
    char quote = *r->at++;
    size_t used = 0;
    while (r->at < r->end && *r->at != quote) {
        if (used + 8 > VALUE_SIZE) return REFUSE(r, err, "the text is too long");
        if (quote == '"' && *r->at == '\\') {
            r->at++;
            KU_TRY(read_escape(r, &used, err));
        } else {
            r->value[used++] = *r->at++;
        }
    }
    if (r->at == r->end) return REFUSE(r, err, "the text has no closing %c", quote);
    r->at++;
    r->value[used] = '\0';
    return KU_OK;
}

static ku_status read_integer(reader *r, int64_t *value, ku_error *err)
{
    bool negative = *r->at == '-';
    if (*r->at == '-' || *r->at == '+') r->at++;
    int64_t n = 0;
    bool digit = false, over = false;
    for (; r->at < r->end && ((*r->at >= '0' && *r->at <= '9') || (digit && *r->at == '_'));
         r->at++) {
        if (*r->at == '_') {
            digit = false; /* one must follow */
            continue;
        }
        digit = true;
        over = over || __builtin_mul_overflow(n, 10, &n) ||
               __builtin_add_overflow(n, *r->at - '0', &n);
    }
    if (over) return REFUSE(r, err, "the number is too large");
    if (!digit) return REFUSE(r, err, "expected a text in quotes or a whole number");
    if (r->at < r->end && (*r->at == '.' || is_name_char(*r->at)))
        return REFUSE(r, err, "expected a whole number; a text stands in quotes");
    *value = negative ? -n : n;
    return KU_OK;
}

static ku_status read_section(reader *r, ku_error *err)
{
    r->at++;
    skip_blanks(r);
    KU_TRY(read_name(r, r->section, "section", err));
    skip_blanks(r);
    if (r->at == r->end || *r->at != ']')
        return REFUSE(r, err, "expected ] after the section's name");
    r->at++;
    return end_of_line(r, err);
}

static ku_status read_entry(reader *r, ku_toml_fn *each, void *data, ku_error *err)
{
    ku_toml_entry entry = {.section = r->section, .key = r->key, .line = r->line};
    KU_TRY(read_name(r, r->key, "setting", err));
    skip_blanks(r);
    if (r->at == r->end || *r->at != '=') return REFUSE(r, err, "expected = after %s", r->key);
    r->at++;
    skip_blanks(r);
    if (r->at == r->end) return REFUSE(r, err, "%s has no value", r->key);
    if (*r->at == '"' || *r->at == '\'') {
        entry.type = KU_TOML_TEXT;
        KU_TRY(read_text(r, err));
        entry.text = r->value;
    } else {
        entry.type = KU_TOML_INTEGER;
        KU_TRY(read_integer(r, &entry.integer, err));
    }
    KU_TRY(end_of_line(r, err));
    ku_status status = each(data, &entry, err);
    if (status != KU_OK) ku_error_at(err, "%s, line %d", r->name, r->line);
    return status;
}

static ku_status read_line(reader *r, ku_toml_fn *each, void *data, ku_error *err)
{
    skip_blanks(r);
    if (r->at == r->end || *r->at == '#') return KU_OK;
    if (memchr(r->at, '\0', (size_t)(r->end - r->at)) != NULL ||
        !ku_utf8_valid(r->at, (size_t)(r->end - r->at), NULL))
        return REFUSE(r, err, "this is not text in UTF-8");
    return *r->at == '[' ? read_section(r, err) : read_entry(r, each, data, err);
}

ku_status ku_toml_read(const char *text, size_t length, const char *name, ku_toml_fn *each,
                       void *data, ku_error *err)
{
    ku_error local = {0};
    if (err == NULL) err = &local;
    reader r = {.name = name};
    const char *at = text, *end = text + length;
    if (length >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) at += 3;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        r.line++;
        r.at = at;
        r.end = stop > at && stop[-1] == '\r' ? stop - 1 : stop;
        KU_TRY(read_line(&r, each, data, err));
        at = newline != NULL ? newline + 1 : end;
    }
    return KU_OK;
}
