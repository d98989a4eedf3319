/* number.c - reading and writing numbers exactly. */
#include "base/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What was found, short enough for a message and with no wrong bytes in it. */
static const char *show(ku_span s, char to[48])
{
    if (!ku_utf8_valid(s.at, s.length, NULL)) return "bytes that are not text";
    size_t n = ku_text_copyn(to, 44, s.at, s.length);
    if (n < s.length) memcpy(to + n, "...", 4);
    return to;
}

ku_status ku_parse_int(const char *text, size_t length, int64_t *value, ku_error *err)
{
    ku_span s = ku_text_trim(text, length);
    char shown[48];
    size_t at = s.length > 0 && (s.at[0] == '-' || s.at[0] == '+');
    bool negative = at == 1 && s.at[0] == '-';
    int64_t sum = 0;
    if (at == s.length)
        return ku_error_set(err, KU_USAGE, NULL, "expected a whole number, found \"%s\"",
                            show(s, shown));
    for (; at < s.length; at++) {
        if (!is_digit(s.at[at]))
            return ku_error_set(err, KU_USAGE, NULL, "expected a whole number, found \"%s\"",
                                show(s, shown));
        int digit = s.at[at] - '0';
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
            return ku_error_set(err, KU_USAGE, NULL, "the whole number %s is too large",
                                show(s, shown));
    }
    *value = sum;
    return KU_OK;
}

/* ---- numbers with a decimal mark -------------------------------------------------- */

enum { LONGEST = 400 }; /* more digits than any double needs to be read correctly */

/* Length of a grouping mark at s[at], 0 when there is none. */
static size_t grouping_mark(ku_span s, size_t at, char decimal)
{
    static const char *const marks[] = {" ", "'", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x99"};
    char other = decimal == '.' ? ',' : '.';
    if (s.at[at] == other) return 1;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t n = strlen(marks[i]);
        if (s.length - at >= n && memcmp(s.at + at, marks[i], n) == 0) return n;
    }
    return 0;
}

/* Takes the sign off: "-5", "5-", "(5)", and the true minus sign. */
static bool take_sign(ku_span *s, bool *negative)
{
    static const char minus[] = "\xE2\x88\x92";
    *negative = false;
    if (s->length >= 2 && s->at[0] == '(' && s->at[s->length - 1] == ')') {
        *negative = true;
        *s = ku_text_trim(s->at + 1, s->length - 2);
        return s->length > 0 && s->at[0] != '-' && s->at[0] != '+';
    }
    if (s->length >= 1 && (s->at[0] == '-' || s->at[0] == '+')) {
        *negative = s->at[0] == '-';
        *s = ku_text_trim(s->at + 1, s->length - 1);
    } else if (s->length >= 3 && memcmp(s->at, minus, 3) == 0) {
        *negative = true;
        *s = ku_text_trim(s->at + 3, s->length - 3);
    } else if (s->length >= 2 && s->at[s->length - 1] == '-') {
        *negative = true;
        *s = ku_text_trim(s->at, s->length - 1);
    }
    return s->length > 0;
}

/* Digits before the decimal mark, in groups of three or in none. */
static bool take_whole(ku_span s, size_t *at, char decimal, char *to, size_t *n)
{
    size_t run = 0, groups = 0, mark = 0;
    for (; *at < s.length;) {
        if (is_digit(s.at[*at])) {
            if (*n >= LONGEST) return false;
            to[(*n)++] = s.at[(*at)++];
            run++;
            continue;
        }
        size_t size = grouping_mark(s, *at, decimal);
        if (size == 0) break;
        /* One kind of mark throughout; the first group has 1 to 3 digits, others 3. */
        if (groups > 0 ? run != 3 || (unsigned char)s.at[*at] != mark : run < 1 || run > 3)
            return false;
        mark = (unsigned char)s.at[*at];
        groups++;
        run = 0;
        *at += size;
    }
    return groups == 0 || run == 3;
}

/* Rewrites a number in the form strtod reads; false when it is none. */
static bool plain_form(ku_span s, char decimal, char *to)
{
    bool negative;
    size_t at = 0, n = 0;
    if (!take_sign(&s, &negative)) return false;
    if (negative) to[n++] = '-';
    size_t start = n;
    if (!take_whole(s, &at, decimal, to, &n)) return false;
    size_t digits = n - start;
    if (at < s.length && s.at[at] == decimal) {
        to[n++] = '.';
        for (at++; at < s.length && is_digit(s.at[at]); digits++) {
            if (n >= LONGEST) return false;
            to[n++] = s.at[at++];
        }
    }
    if (digits == 0) return false;
    if (at < s.length && (s.at[at] == 'e' || s.at[at] == 'E')) {
        to[n++] = s.at[at++];
        if (at < s.length && (s.at[at] == '-' || s.at[at] == '+')) to[n++] = s.at[at++];
        size_t first = n;
        while (at < s.length && is_digit(s.at[at]) && n < first + 6) to[n++] = s.at[at++];
        if (n == first) return false;
    }
    to[n] = '\0';
    return at == s.length;
}

ku_status ku_parse_double(const char *text, size_t length, char decimal, double *value,
                          ku_error *err)
{
    ku_span s = ku_text_trim(text, length);
    char plain[LONGEST + 32], shown[48];
    if (!plain_form(s, decimal, plain))
        return ku_error_set(err, KU_USAGE, NULL,
                            "expected a number with a decimal %s, found \"%s\"",
                            decimal == '.' ? "point" : "comma", show(s, shown));
    double number = strtod(plain, NULL);
    if (!isfinite(number))
        return ku_error_set(err, KU_USAGE, NULL, "the number %s is too large", show(s, shown));
    *value = number;
    return KU_OK;
}

ku_status ku_parse_bytes(const char *text, uint64_t *bytes, ku_error *err)
{
    size_t length = strlen(text), digits = 0;
    ku_span s = ku_text_trim(text, length);
    while (digits < s.length && (is_digit(s.at[digits]) || s.at[digits] == '.')) digits++;
    ku_span unit = ku_text_trim(s.at + digits, s.length - digits);
    static const char prefixes[] = "kmgt";
    double number, factor = 1;
    size_t used = 0;
    if (unit.length > 0) {
        const char *prefix = strchr(prefixes, ku_char_lower(unit.at[0]));
        if (prefix != NULL && *prefix != '\0') {
            factor = ldexp(1.0, 10 * (int)(prefix - prefixes + 1));
            used = 1;
            if (unit.length > 1 && ku_char_lower(unit.at[1]) == 'i') used = 2;
        }
        if (unit.length > used && ku_char_lower(unit.at[used]) == 'b') used++;
    }
    if (used != unit.length || ku_parse_double(s.at, digits, '.', &number, NULL) != KU_OK ||
        number * factor >= 9.2e18)
        return ku_error_set(err, KU_USAGE, NULL,
                            "expected a size such as 512 MiB or 2 GiB, found \"%.40s\"", text);
    *bytes = (uint64_t)(number * factor);
    return KU_OK;
}

/* ---- writing ------------------------------------------------------------------------ */

size_t ku_double_print(double value, char to[KU_DOUBLE_TEXT])
{
    if (isnan(value)) return ku_text_copy(to, KU_DOUBLE_TEXT, "NaN");
    if (isinf(value)) return ku_text_copy(to, KU_DOUBLE_TEXT, value > 0 ? "Infinity" : "-Infinity");
    if (fabs(value) < 1e15 && value == (double)(int64_t)value && (value != 0 || !signbit(value)))
        return (size_t)snprintf(to, KU_DOUBLE_TEXT, "%lld", (long long)value);
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(to, KU_DOUBLE_TEXT, "%.*g", digits, value);
        if (strtod(to, NULL) == value) break;
    }
    return (size_t)length;
}

void ku_text_add_double(ku_text *text, double value)
{
    char number[KU_DOUBLE_TEXT];
    ku_text_addn(text, number, ku_double_print(value, number));
}

void ku_text_add_int(ku_text *text, int64_t value)
{
    ku_text_addf(text, "%lld", (long long)value);
}
