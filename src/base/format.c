/* format.c - numbers written for people. */
#include "base/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/text.h"

static const char *or_usual(const char *mark, const char *usual)
{
    return mark != NULL ? mark : usual;
}

/* Puts marks between groups of three digits and the decimal mark into "-1234.5". */
static void with_marks(char to[KU_NUMBER_TEXT], const char *plain, const ku_format *format)
{
    const char *thousands = or_usual(format != NULL ? format->thousands : NULL, ",");
    const char *decimal = or_usual(format != NULL ? format->decimal : NULL, ".");
    size_t at = 0, whole = strcspn(plain + (*plain == '-'), ".");
    if (*plain == '-') to[at++] = *plain++;
    for (size_t i = 0; i < whole && at + 8 < KU_NUMBER_TEXT; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            at += ku_text_copy(to + at, KU_NUMBER_TEXT - at, thousands);
        to[at++] = plain[i];
    }
    to[at] = '\0';
    if (plain[whole] != '.') return;
    at += ku_text_copy(to + at, KU_NUMBER_TEXT - at, decimal);
    ku_text_copy(to + at, KU_NUMBER_TEXT - at, plain + whole + 1);
}

static bool is_zero_text(const char *plain)
{
    return strspn(plain, "-0.") == strlen(plain);
}

char *ku_format_fixed(char to[KU_NUMBER_TEXT], double value, int decimals, const ku_format *format)
{
    char plain[KU_NUMBER_TEXT];
    if (isnan(value)) {
        ku_text_copy(to, KU_NUMBER_TEXT, "–");
    } else if (!(fabs(value) < 1e21)) { /* too long for digits */
        snprintf(to, KU_NUMBER_TEXT, isinf(value) ? "%s∞" : "%s%.3g", value < 0 ? "-" : "",
                 fabs(value));
    } else {
        snprintf(plain, sizeof plain, "%.*f", decimals, value);
        with_marks(to, plain[0] == '-' && is_zero_text(plain) ? plain + 1 : plain, format);
    }
    return to;
}

char *ku_format_int(char to[KU_NUMBER_TEXT], int64_t value, const ku_format *format)
{
    char plain[KU_NUMBER_TEXT];
    snprintf(plain, sizeof plain, "%lld", (long long)value);
    with_marks(to, plain, format);
    return to;
}

/* ---- by unit ----------------------------------------------------------------------------- */

/* Decimals that leave about four significant digits: 0.1235, 12.35, 1,235. */
static int usual_decimals(double value)
{
    double size = fabs(value);
    if (size == 0 || size >= 1000 || (size >= 1 && size == floor(size))) return 0;
    int decimals = 3 - (int)floor(log10(size));
    return decimals > 8 ? 8 : decimals;
}

static void drop_zeros(char *number, const char *decimal)
{
    char *mark = strstr(number, decimal);
    if (mark == NULL || *decimal == '\0') return;
    char *end = number + strlen(number);
    while (end > mark + strlen(decimal) && end[-1] == '0') end--;
    *(end == mark + strlen(decimal) ? mark : end) = '\0';
}

static void with_sign(char to[KU_NUMBER_TEXT], const char *sign)
{
    char number[KU_NUMBER_TEXT];
    ku_text_copy(number, sizeof number, to);
    bool minus = number[0] == '-';
    size_t last = strlen(sign) - 1;
    bool letter = (sign[last] >= 'A' && sign[last] <= 'Z') ||
                  (sign[last] >= 'a' && sign[last] <= 'z');
    size_t at = ku_text_copy(to, KU_NUMBER_TEXT, minus ? "-" : "");
    at += ku_text_copy(to + at, KU_NUMBER_TEXT - at, sign);
    if (letter) at += ku_text_copy(to + at, KU_NUMBER_TEXT - at, " ");
    ku_text_copy(to + at, KU_NUMBER_TEXT - at, number + minus);
}

static void append(char to[KU_NUMBER_TEXT], const char *text)
{
    size_t at = strlen(to);
    ku_text_copy(to + at, KU_NUMBER_TEXT - at, text);
}

/* "1.2 M": the number scaled, and the letter for the scale. */
static const char *brief_scale(double *value)
{
    static const struct {
        double size;
        const char *letter;
    } scales[] = {{1e12, " T"}, {1e9, " B"}, {1e6, " M"}, {1e3, " k"}};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        /* 999,960 would be written 1,000.0 k. */
        if (fabs(*value) >= scales[i].size * 0.9995) {
            *value /= scales[i].size;
            return scales[i].letter;
        }
    return "";
}

static void plain_number(char to[KU_NUMBER_TEXT], double value, const ku_format *format)
{
    ku_format_fixed(to, value, usual_decimals(value), format);
    drop_zeros(to, or_usual(format != NULL ? format->decimal : NULL, "."));
}

static void brief_number(char to[KU_NUMBER_TEXT], double value, const ku_format *format)
{
    const char *letter = brief_scale(&value);
    int decimals = usual_decimals(value);
    if (*letter != '\0') decimals = fabs(value) < 100 ? 1 : 0;
    ku_format_fixed(to, value, decimals, format);
    drop_zeros(to, or_usual(format != NULL ? format->decimal : NULL, "."));
    append(to, letter);
}

static void percent(char to[KU_NUMBER_TEXT], double value, bool signed_, const ku_format *format)
{
    double hundred = value * 100;
    int decimals = fabs(hundred) < 0.995 && hundred != 0 ? 2 : 1;
    ku_format_fixed(to, hundred, decimals, format);
    if (format != NULL && format->brief) drop_zeros(to, or_usual(format->decimal, "."));
    if (signed_ && to[0] != '-' && strpbrk(to, "123456789") != NULL) {
        memmove(to + 1, to, strnlen(to, KU_NUMBER_TEXT - 2) + 1);
        to[0] = '+';
    }
    if (format == NULL || !format->bare) append(to, " %");
}

static bool is_money(const char *unit)
{
    return strcmp(unit, "money") == 0 || strcmp(unit, "money/unit") == 0;
}

static const ku_currency *currency_of(const ku_format *format)
{
    return format != NULL && format->currency != NULL ? ku_currency_find(format->currency) : NULL;
}

static void money(char to[KU_NUMBER_TEXT], double value, const char *unit, const ku_format *format)
{
    const ku_currency *currency = currency_of(format);
    int digits = currency != NULL ? currency->digits : 2;
    if (format != NULL && format->brief)
        brief_number(to, value, format);
    else
        ku_format_fixed(to, value, fabs(value) < 1e6 ? digits : 0, format);
    if (format != NULL && format->bare) return;
    if (currency != NULL) with_sign(to, currency->symbol);
    if (strcmp(unit, "money/unit") == 0) append(to, " per unit");
}

/* Units that only whole numbers have, unless they were averaged. */
static bool is_counted(const char *unit)
{
    static const char *const counted[] = {"units", "orders",  "customers", "lines",
                                          "days",  "periods", "count"};
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        if (strcmp(counted[i], unit) == 0) return true;
    return false;
}

static void counted(char to[KU_NUMBER_TEXT], double value, const ku_format *format)
{
    ku_format_fixed(to, value, value == floor(value) || fabs(value) >= 100 ? 0 : 1, format);
}

char *ku_format_number(char to[KU_NUMBER_TEXT], double value, const char *unit,
                       const ku_format *format)
{
    if (unit == NULL) unit = "";
    if (!isfinite(value)) return ku_format_fixed(to, value, 0, format);
    if (is_money(unit)) {
        money(to, value, unit, format);
        return to;
    }
    if (strcmp(unit, "share") == 0 || strcmp(unit, "change") == 0) {
        percent(to, value, unit[0] == 'c', format);
        return to;
    }
    if (format != NULL && format->brief)
        brief_number(to, value, format);
    else if (is_counted(unit))
        counted(to, value, format);
    else
        plain_number(to, value, format);
    const char *word = ku_unit_word(unit);
    if (word != NULL && word[0] != '\0' && (format == NULL || (!format->bare && !format->brief))) {
        append(to, " ");
        append(to, word);
    }
    return to;
}

const char *ku_format_unit_heading(const char *unit, const ku_format *format)
{
    if (unit == NULL) return "";
    if (is_money(unit)) {
        const ku_currency *currency = currency_of(format);
        return currency != NULL ? currency->code : "";
    }
    if (strcmp(unit, "share") == 0 || strcmp(unit, "change") == 0) return "%";
    const char *word = ku_unit_word(unit);
    return word != NULL ? word : "";
}

/* ---- sizes and times ------------------------------------------------------------------------ */

char *ku_format_bytes(char to[KU_NUMBER_TEXT], double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    for (; i + 1 < sizeof units / sizeof *units && bytes >= 1023.5; i++) bytes /= 1024;
    snprintf(to, KU_NUMBER_TEXT, i == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes, units[i]);
    return to;
}

char *ku_format_duration(char to[KU_NUMBER_TEXT], double seconds)
{
    if (seconds < 0.9995)
        snprintf(to, KU_NUMBER_TEXT, "%.0f ms", seconds * 1000);
    else if (seconds < 59.95)
        snprintf(to, KU_NUMBER_TEXT, "%.1f s", seconds);
    else if (seconds < 3599.5)
        snprintf(to, KU_NUMBER_TEXT, "%d min %d s", (int)(seconds + 0.5) / 60,
                 (int)(seconds + 0.5) % 60);
    else
        snprintf(to, KU_NUMBER_TEXT, "%d h %d min", (int)(seconds / 60 + 0.5) / 60,
                 (int)(seconds / 60 + 0.5) % 60);
    return to;
}
