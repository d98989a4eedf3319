/* value.c - cells as values.
 *
 * A large file has a hundred million cells, nearly all in one of two shapes: a plain
 * decimal number and an ISO date or time. These are read here in one pass; everything
 * else (grouped digits, brackets, other orders of the date, zones) goes to the thorough
 * readers of base, which also know why a text is not a number or a date. */
#include "bank/import/value.h"

#include <math.h>

#include "base/number.h"

/* ---- nothing ------------------------------------------------------------------------- */

static bool is_one_of(ku_span cell, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strlen(*words) == cell.length && memcmp(*words, cell.at, cell.length) == 0) return true;
    return false;
}

bool ku_value_missing(ku_span cell, ku_type type)
{
    static const char *const any[] = {"NULL", "nan", "NaN", "\\N", "#N/A", NULL};
    static const char *const not_text[] = {"NA",   "N/A", "n/a", "null", "None",
                                           "none", "-",   "--",  NULL};
    if (cell.length == 0) return true;
    if (cell.length > 4) return false;
    return is_one_of(cell, any) || (type != KU_TEXT && is_one_of(cell, not_text));
}

/* ---- numbers --------------------------------------------------------------------------- */

/* [-]digits[.digits] of at most 15 digits: both the digits as a whole number and the power
 * of ten are exact as doubles, so their quotient is the nearest double (Clinger 1990, "How
 * to read floating point numbers accurately"). */
static bool plain_number(ku_span cell, char decimal, double *value)
{
    static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *p = cell.at, *end = cell.at + cell.length;
    bool negative = p < end && *p == '-';
    p += negative;
    if (end - p > 16 || p == end) return false;
    int64_t digits = 0;
    int count = 0, after = -1;
    for (; p < end; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (digit <= 9) {
            digits = digits * 10 + digit;
            count++;
            after += after >= 0;
        } else if (*p == decimal && after < 0) {
            after = 0;
        } else {
            return false;
        }
    }
    if (count == 0 || count > 15) return false;
    double number = (double)digits / power[after > 0 ? after : 0];
    *value = negative ? -number : number;
    return true;
}

/* Without a currency sign or code at either end: "12.50 EUR", "$12.50". */
static ku_span without_currency(ku_span cell)
{
    static const char *const sign[] = {"\u20ac", "$",   "\u00a3", "\u00a5", "\u20b9", "EUR",
                                       "USD",    "GBP", "CHF",    "Rp",     "IDR",    NULL};
    for (const char *const *s = sign; *s != NULL; s++) {
        size_t n = strlen(*s);
        if (cell.length <= n) continue;
        if (memcmp(cell.at, *s, n) == 0) return ku_text_trim(cell.at + n, cell.length - n);
        if (memcmp(cell.at + cell.length - n, *s, n) == 0)
            return ku_text_trim(cell.at, cell.length - n);
    }
    return cell;
}

static bool two_marks(ku_span cell, char decimal)
{
    size_t marks = 0;
    for (size_t i = 0; i < cell.length; i++) marks += cell.at[i] == decimal;
    return marks > 1;
}

static ku_value_kind read_double(ku_span cell, char decimal, double *value, ku_error *err)
{
    if (plain_number(cell, decimal, value)) return KU_VALUE_PRESENT;
    ku_span bare = without_currency(cell);
    if (ku_parse_double(bare.at, bare.length, decimal, value, NULL) == KU_OK)
        return KU_VALUE_PRESENT;
    if (two_marks(bare, decimal))
        ku_error_set(err, KU_BAD_DATA, NULL, "two decimal marks in a number");
    else
        ku_error_set(err, KU_BAD_DATA, NULL, "not a number with a decimal %s",
                     decimal == ',' ? "comma" : "point");
    return KU_VALUE_WRONG;
}

static ku_value_kind read_int(ku_span cell, char decimal, int64_t *value, ku_error *err)
{
    double number = 0;
    if (ku_parse_int(cell.at, cell.length, value, NULL) == KU_OK) return KU_VALUE_PRESENT;
    if (read_double(cell, decimal, &number, err) == KU_VALUE_WRONG) return KU_VALUE_WRONG;
    if (number != trunc(number) || fabs(number) > 9007199254740992.0) {
        ku_error_set(err, KU_BAD_DATA, NULL, "not a whole number");
        return KU_VALUE_WRONG;
    }
    *value = (int64_t)number;
    return KU_VALUE_PRESENT;
}

/* ---- dates ------------------------------------------------------------------------------ */

/* `count` digits at p, or a value above any two or four digits. */
static unsigned digits_at(const char *p, int count)
{
    unsigned number = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)(p[i] - '0');
        if (digit > 9) return 100000;
        number = number * 10 + digit;
    }
    return number;
}

/* yyyy-mm-dd in the first ten characters. */
static bool iso_date(const char *p, int32_t *days)
{
    unsigned year = digits_at(p, 4), month = digits_at(p + 5, 2), day = digits_at(p + 8, 2);
    if (p[4] != '-' || p[7] != '-' || year > 9999 || month > 12 || day > 31) return false;
    if (!ku_civil_valid((int)year, (int)month, (int)day)) return false;
    *days = ku_date_from_civil((int)year, (int)month, (int)day);
    return true;
}

/* yyyy-mm-dd, or with hh:mm:ss after a space or T. */
static bool iso_time(ku_span cell, int64_t *micros)
{
    int32_t days;
    if ((cell.length != 10 && cell.length != 19) || !iso_date(cell.at, &days)) return false;
    *micros = days * KU_DAY_MICROS;
    if (cell.length == 10) return true;
    const char *p = cell.at + 10;
    unsigned hour = digits_at(p + 1, 2), minute = digits_at(p + 4, 2), second = digits_at(p + 7, 2);
    if ((p[0] != ' ' && p[0] != 'T') || p[3] != ':' || p[6] != ':') return false;
    if (hour > 23 || minute > 59 || second > 59) return false;
    *micros += (int64_t)(hour * 3600 + minute * 60 + second) * 1000000;
    return true;
}

static const char *order_words(ku_date_order order)
{
    return order == KU_DATE_DMY   ? "day, month, year"
           : order == KU_DATE_MDY ? "month, day, year"
                                  : "year, month, day";
}

/* A date written year first is understood whatever the order of the others is: no
 * country writes year, day, month. */
static bool read_time(ku_span cell, ku_date_order order, int64_t *micros, ku_error *why)
{
    return ku_timestamp_parse(cell.at, cell.length, order, micros, why) == KU_OK ||
           (order != KU_DATE_YMD &&
            ku_timestamp_parse(cell.at, cell.length, KU_DATE_YMD, micros, NULL) == KU_OK);
}

static ku_value_kind wrong_date(ku_span cell, ku_date_order order, const ku_error *why,
                                ku_error *err)
{
    static const ku_date_order all[] = {KU_DATE_YMD, KU_DATE_DMY, KU_DATE_MDY};
    int64_t micros;
    bool no_such_day = strstr(why->message, " has ") != NULL;
    for (size_t i = 0; i < 3; i++) {
        ku_error other = {0};
        if (all[i] == order) continue;
        if (read_time(cell, all[i], &micros, &other)) {
            ku_error_set(err, KU_BAD_DATA, NULL,
                         "not a date in the order %s; it would be in the order %s",
                         order_words(order), order_words(all[i]));
            return KU_VALUE_WRONG;
        }
        no_such_day = no_such_day || strstr(other.message, " has ") != NULL;
    }
    if (no_such_day)
        ku_error_set(err, KU_BAD_DATA, NULL, "no such day in the calendar");
    else
        ku_error_set(err, KU_BAD_DATA, NULL, "not a date in the order %s", order_words(order));
    return KU_VALUE_WRONG;
}

static ku_value_kind read_timestamp(ku_span cell, ku_date_order order, int64_t *micros,
                                    ku_error *err)
{
    ku_error why = {0};
    if (iso_time(cell, micros) || read_time(cell, order, micros, &why)) return KU_VALUE_PRESENT;
    return wrong_date(cell, order, &why, err);
}

static ku_value_kind read_date(ku_span cell, ku_date_order order, int32_t *days, ku_error *err)
{
    int64_t micros;
    if (read_timestamp(cell, order, &micros, err) == KU_VALUE_WRONG) return KU_VALUE_WRONG;
    *days = ku_date_of(micros);
    return KU_VALUE_PRESENT;
}

/* ---- yes and no --------------------------------------------------------------------------- */

static ku_value_kind read_bool(ku_span cell, bool *value, ku_error *err)
{
    static const char *const yes[] = {"1", "true", "yes", "y", "t", "ja", "oui", "si", "ya"};
    static const char *const no[] = {"0", "false", "no", "n", "f", "nein", "non", "tidak"};
    char word[8];
    if (cell.length < sizeof word) {
        ku_text_copyn(word, sizeof word, cell.at, cell.length);
        for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
            if (ku_text_fold_equal(word, yes[i])) return *value = true, KU_VALUE_PRESENT;
        for (size_t i = 0; i < sizeof no / sizeof *no; i++)
            if (ku_text_fold_equal(word, no[i])) return *value = false, KU_VALUE_PRESENT;
    }
    ku_error_set(err, KU_BAD_DATA, NULL, "not yes or no");
    return KU_VALUE_WRONG;
}

/* ---- any type ------------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\xa0';
}

ku_value_kind ku_value_read(ku_span cell, ku_type type, const ku_value_style *style,
                            ku_value *value, ku_error *err)
{
    if (cell.length > 0 && (is_space(cell.at[0]) || (unsigned char)cell.at[0] >= 0x80 ||
                            is_space(cell.at[cell.length - 1])))
        cell = ku_text_trim(cell.at, cell.length);
    if (ku_value_missing(cell, type)) return KU_VALUE_MISSING;
    switch (type) {
    case KU_TEXT:
        value->as.text = cell;
        return KU_VALUE_PRESENT;
    case KU_DOUBLE:
        return read_double(cell, style->decimal, &value->as.f64, err);
    case KU_INT64:
        return read_int(cell, style->decimal, &value->as.i64, err);
    case KU_TIMESTAMP:
        return read_timestamp(cell, style->date_order, &value->as.i64, err);
    case KU_DATE:
        return read_date(cell, style->date_order, &value->as.days, err);
    case KU_BOOL:
        return read_bool(cell, &value->as.boolean, err);
    case KU_TYPE_COUNT:
        break;
    }
    return ku_error_set(err, KU_FAULT, NULL, "unknown type"), KU_VALUE_WRONG;
}
