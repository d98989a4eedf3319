/* date_text.c - reading and writing dates and times. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"

static const char *const month_short[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const month_long[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
static const char *const order_example[] = {"2026-11-23", "23.11.2026", "11/23/2026"};

/* ---- reading ------------------------------------------------------------------------ */

/* A place in a text that is being read. */
typedef struct cursor {
    const char *at, *end;
} cursor;

/* Digits at the cursor, at least `least` and at most `most`; -1 when there are fewer. */
static int take_digits(cursor *c, int least, int most, int *count)
{
    int value = 0, n = 0;
    for (; n < most && c->at < c->end && *c->at >= '0' && *c->at <= '9'; n++)
        value = value * 10 + (*c->at++ - '0');
    if (count != NULL) *count = n;
    return n < least ? -1 : value;
}

static bool take_char(cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

/* The mark between the parts of a date, or 0. */
static char take_mark(cursor *c)
{
    if (c->at == c->end || (*c->at != '-' && *c->at != '/' && *c->at != '.')) return 0;
    return *c->at++;
}

static const char *ordinal_suffix(int n)
{
    if (n % 100 >= 11 && n % 100 <= 13) return "th";
    return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
}

static ku_status refuse(int year, int month, int day, ku_error *err)
{
    if (month < 1 || month > 12)
        return ku_error_set(err, KU_USAGE, NULL, "there is no month %d", month);
    if (year < 1) return ku_error_set(err, KU_USAGE, NULL, "there is no year %d", year);
    if (month == 2 && day == 29)
        return ku_error_set(err, KU_USAGE, NULL, "February %d has no 29th, it has 28 days", year);
    return ku_error_set(err, KU_USAGE, NULL, "%s has no %d%s", month_long[month - 1], day,
                        ordinal_suffix(day));
}

/* Eight digits without marks, year first. */
static bool take_compact(cursor *c, int part[3])
{
    cursor probe = *c;
    part[0] = take_digits(&probe, 4, 4, NULL);
    part[1] = take_digits(&probe, 2, 2, NULL);
    part[2] = take_digits(&probe, 2, 2, NULL);
    if (part[0] < 0 || part[1] < 0 || part[2] < 0) return false;
    *c = probe;
    return true;
}

/* Three numbers and one kind of mark; part[] gets year, month, day. False when the text
 * is not of this form. */
static bool take_parts(cursor *c, ku_date_order order, int part[3])
{
    static const int place[3][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
    if (order == KU_DATE_YMD && take_compact(c, part)) return true;
    char mark = 0;
    for (int i = 0; i < 3; i++) {
        int which = place[order][i], digits;
        part[which] = take_digits(c, which == 0 ? 4 : 1, which == 0 ? 4 : 2, &digits);
        if (part[which] < 0) return false;
        if (i == 2) return true;
        char found = take_mark(c);
        if (found == 0 || (mark != 0 && found != mark)) return false;
        mark = found;
    }
    return false;
}

static ku_status take_date(cursor *c, ku_date_order order, int32_t *days, bool *form, ku_error *err)
{
    int part[3];
    *form = take_parts(c, order, part);
    if (!*form) return KU_USAGE;
    if (!ku_civil_valid(part[0], part[1], part[2])) return refuse(part[0], part[1], part[2], err);
    *days = ku_date_from_civil(part[0], part[1], part[2]);
    return KU_OK;
}

static ku_status not_this_form(const char *what, ku_span s, ku_date_order order, const char *more,
                               ku_error *err)
{
    char found[48];
    if (!ku_utf8_valid(s.at, s.length, NULL)) s = (ku_span){"?", 1};
    ku_text_copyn(found, sizeof found, s.at, s.length);
    return ku_error_set(err, KU_USAGE, NULL, "expected a %s such as %s%s, found \"%s\"", what,
                        order_example[order], more, found);
}

ku_status ku_date_parse(const char *text, size_t length, ku_date_order order, int32_t *days,
                        ku_error *err)
{
    ku_span s = ku_text_trim(text, length);
    cursor c = {s.at, s.at + s.length};
    int32_t date = 0;
    bool form;
    ku_status status = take_date(&c, order, &date, &form, err);
    if (!form || (status == KU_OK && c.at != c.end))
        return not_this_form("date", s, order, "", err);
    if (status == KU_OK) *days = date;
    return status;
}

/* .ffffff in microseconds; digits past the sixth are dropped. */
static int64_t take_fraction(cursor *c)
{
    int64_t micros = 0, unit = 100000;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, unit /= 10)
        micros += (*c->at - '0') * unit;
    return micros;
}

/* Z, +hh:mm, +hhmm, +hh, or nothing: minutes east of Greenwich. */
static bool take_zone(cursor *c, int *minutes)
{
    *minutes = 0;
    if (c->at == c->end) return true;
    if (take_char(c, 'Z') || take_char(c, 'z')) return true;
    int sign = take_char(c, '+') ? 1 : take_char(c, '-') ? -1 : 0;
    int hours = take_digits(c, 2, 2, NULL), rest = 0;
    if (sign == 0 || hours < 0 || hours > 14) return false;
    bool colon = take_char(c, ':');
    if (colon || c->at < c->end) rest = take_digits(c, 2, 2, NULL);
    if (rest < 0 || rest > 59) return false;
    *minutes = sign * (hours * 60 + rest);
    return true;
}

/* hh:mm[:ss[.ffffff]][zone], in microseconds since midnight UTC. */
static bool take_time(cursor *c, int64_t *micros)
{
    int hour = take_digits(c, 1, 2, NULL), minute = -1, second = 0, zone;
    int64_t fraction = 0;
    if (take_char(c, ':')) minute = take_digits(c, 2, 2, NULL);
    if (take_char(c, ':')) {
        second = take_digits(c, 2, 2, NULL);
        if (take_char(c, '.') || take_char(c, ',')) fraction = take_fraction(c);
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    if (!take_zone(c, &zone)) return false;
    *micros = (int64_t)((hour * 60 + minute - zone) * 60 + second) * 1000000 + fraction;
    return true;
}

ku_status ku_timestamp_parse(const char *text, size_t length, ku_date_order order, int64_t *micros,
                             ku_error *err)
{
    ku_span s = ku_text_trim(text, length);
    cursor c = {s.at, s.at + s.length};
    int32_t days = 0;
    int64_t time = 0;
    bool form;
    ku_status status = take_date(&c, order, &days, &form, err);
    if (form && status != KU_OK) return status;
    if (form && c.at < c.end)
        form = (take_char(&c, 'T') || take_char(&c, ' ')) && take_time(&c, &time) && c.at == c.end;
    if (!form) return not_this_form("time", s, order, " 14:05:00", err);
    *micros = days * KU_DAY_MICROS + time;
    return KU_OK;
}

/* ---- writing ------------------------------------------------------------------------- */

char *ku_date_format(int32_t days, char to[KU_DATE_TEXT])
{
    ku_civil c = ku_date_to_civil(days);
    snprintf(to, KU_DATE_TEXT, "%04d-%02d-%02d", c.year, c.month, c.day);
    return to;
}

char *ku_date_show(int32_t days, char to[KU_DATE_TEXT])
{
    ku_civil c = ku_date_to_civil(days);
    snprintf(to, KU_DATE_TEXT, "%d %s %d", c.day, month_short[c.month - 1], c.year);
    return to;
}

char *ku_timestamp_format(int64_t micros, char to[KU_TIMESTAMP_TEXT])
{
    int32_t days = ku_date_of(micros);
    int64_t rest = micros % KU_DAY_MICROS; /* days * KU_DAY_MICROS might not fit */
    if (rest < 0) rest += KU_DAY_MICROS;
    int seconds = (int)(rest / 1000000), fraction = (int)(rest % 1000000);
    char date[KU_DATE_TEXT];
    int n = snprintf(to, KU_TIMESTAMP_TEXT, "%sT%02d:%02d:%02d", ku_date_format(days, date),
                     seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (n > 0 && n < KU_TIMESTAMP_TEXT - 9)
        snprintf(to + n, KU_TIMESTAMP_TEXT - (size_t)n, fraction != 0 ? ".%06dZ" : "Z", fraction);
    return to;
}

char *ku_period_label(ku_period period, int32_t days, char to[KU_PERIOD_TEXT])
{
    ku_civil c = ku_date_to_civil(days);
    ku_week w = ku_date_to_week(days);
    switch (period) {
    case KU_PERIOD_DAY:
        return ku_date_show(days, to);
    case KU_PERIOD_WEEK:
        snprintf(to, KU_PERIOD_TEXT, "%04d-W%02d", w.year, w.week);
        break;
    case KU_PERIOD_MONTH:
        snprintf(to, KU_PERIOD_TEXT, "%s %d", month_short[c.month - 1], c.year);
        break;
    case KU_PERIOD_QUARTER:
        snprintf(to, KU_PERIOD_TEXT, "Q%d %d", (c.month + 2) / 3, c.year);
        break;
    default:
        snprintf(to, KU_PERIOD_TEXT, "%d", c.year);
        break;
    }
    return to;
}
