/* series.c - from rows to series.
 *
 * A file gives dates, not periods. Which period it is, is found from all distances
 * between neighbouring dates: if every date is the same day of its month (or the last
 * one), the distances count in months, else in days; the period is their greatest common
 * divisor. So a month without a row is seen as a gap and not taken for a shorter step. */
#include "forecast/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"

/* Squares of values up to here stay far from overflow. */
static const double largest_value = 1e120;

typedef struct row {
    int32_t rank; /* of the name */
    int32_t date;
    int64_t at; /* row in the table */
    double value;
    bool complete;
} row;

static int by_series_and_date(const void *a, const void *b)
{
    const row *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->date != y->date) return x->date < y->date ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

typedef struct named {
    const char *name;
    int32_t code;
} named;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const named *)a)->name, ((const named *)b)->name);
}

/* Names in byte order; rank[code] is the place of a code's name, equal names share one. */
static const char **rank_names(const ku_dictionary *dictionary, int32_t *rank, ku_arena *arena)
{
    size_t count = (size_t)dictionary->size;
    named *list = KU_ARRAY(arena, count + 1, named);
    const char **names = KU_ARRAY(arena, count + 1, const char *);
    for (int32_t i = 0; i < dictionary->size; i++) {
        int32_t length;
        const char *text = ku_dictionary_at(dictionary, i, &length);
        list[i] = (named){ku_arena_strndup(arena, text, (size_t)length), i};
    }
    qsort(list, count, sizeof *list, by_name);
    int32_t place = -1;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(list[i].name, list[i - 1].name) != 0) names[++place] = list[i].name;
        rank[list[i].code] = place;
    }
    return names;
}

static ku_status bad_row(int64_t at, ku_error *err, const char *message)
{
    char where[64];
    snprintf(where, sizeof where, "series, row %lld", (long long)at + 1);
    return ku_error_set(err, KU_BAD_DATA, where, "%s", message);
}

static ku_status read_rows(const ku_frame *table, const int32_t *rank, row *rows, ku_error *err)
{
    const ku_column *series = ku_frame_column(table, "series");
    const ku_column *date = ku_frame_column(table, "date");
    const ku_column *value = ku_frame_column(table, "value");
    const ku_column *complete = ku_frame_column(table, "complete");
    for (int64_t i = 0; i < table->rows; i++) {
        if (!ku_column_valid(series, i))
            return bad_row(i, err, "the name of the series is missing");
        if (!ku_column_valid(date, i)) return bad_row(i, err, "the date is missing");
        rows[i] = (row){rank[series->as.codes[i]], date->as.days[i], i, ku_column_number(value, i),
                        true};
        if (!ku_column_valid(value, i))
            return bad_row(i, err, "the value is missing; leave the row out where it is not known");
        if (!isfinite(rows[i].value) || fabs(rows[i].value) > largest_value)
            return bad_row(i, err, "the value is not a number of usual size (at most 1e120)");
        if (complete && ku_column_valid(complete, i))
            rows[i].complete = ku_column_bool(complete, i);
    }
    return KU_OK;
}

/* ---- the period -------------------------------------------------------------------------- */

static int gcd(int a, int b)
{
    while (b) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int month_number(int32_t date)
{
    ku_civil c = ku_date_to_civil(date);
    return c.year * 12 + c.month - 1;
}

static bool is_month_end(int32_t date)
{
    ku_civil c = ku_date_to_civil(date);
    return c.day == ku_month_days(c.year, c.month);
}

/* Whether all dates are the same day of their months, or all last days. */
static bool counts_in_months(const row *rows, size_t count, bool *month_end)
{
    bool same = true;
    *month_end = true;
    int day = ku_date_to_civil(rows[0].date).day;
    for (size_t i = 0; i < count; i++) {
        same = same && ku_date_to_civil(rows[i].date).day == day;
        *month_end = *month_end && is_month_end(rows[i].date);
        if (!same && !*month_end) return false;
    }
    return true;
}

static ku_series_period find_period(const row *rows, size_t count)
{
    ku_series_period p = {.months = true};
    p.months = counts_in_months(rows, count, &p.month_end);
    for (size_t i = 1; i < count; i++) {
        if (rows[i].rank != rows[i - 1].rank) continue;
        int distance = p.months ? month_number(rows[i].date) - month_number(rows[i - 1].date)
                                : rows[i].date - rows[i - 1].date;
        p.step = gcd(p.step, distance);
    }
    if (p.step == 0)
        p = (ku_series_period){.months = true, .step = 1}; /* no series has two dates */
    return p;
}

static int season_of(const ku_series_period *p)
{
    if (p->months) return p->step < 12 && 12 % p->step == 0 ? 12 / p->step : 1;
    if (p->step == 1) return 7;
    int season = (int)lround(365.25 / p->step);
    return season > 1 ? season : 1;
}

static ku_series_period named_period(ku_period period)
{
    switch (period) {
    case KU_PERIOD_DAY:
        return (ku_series_period){.step = 1};
    case KU_PERIOD_WEEK:
        return (ku_series_period){.step = 7};
    case KU_PERIOD_MONTH:
        return (ku_series_period){.months = true, .step = 1};
    case KU_PERIOD_QUARTER:
        return (ku_series_period){.months = true, .step = 3};
    default:
        return (ku_series_period){.months = true, .step = 12};
    }
}

int32_t ku_series_date(const ku_series_period *period, int32_t first, int n)
{
    if (!period->months) return first + n * period->step;
    ku_civil c = ku_date_to_civil(first);
    int month = c.year * 12 + c.month - 1 + n * period->step;
    int year = month / 12, days = ku_month_days(year, month % 12 + 1);
    int day = period->month_end || c.day > days ? days : c.day;
    return ku_date_from_civil(year, month % 12 + 1, day);
}

char *ku_series_period_name(const ku_series_period *p, char to[KU_SERIES_PERIOD])
{
    static const struct {
        bool months;
        int step;
        const char *name;
    } named_steps[] = {
        {false, 1, "day"},    {false, 7, "week"}, {true, 1, "month"},
        {true, 3, "quarter"}, {true, 12, "year"},
    };
    for (size_t i = 0; i < sizeof named_steps / sizeof *named_steps; i++)
        if (named_steps[i].months == p->months && named_steps[i].step == p->step) {
            snprintf(to, KU_SERIES_PERIOD, "%s", named_steps[i].name);
            return to;
        }
    snprintf(to, KU_SERIES_PERIOD, "%d %s", p->step, p->months ? "months" : "days");
    return to;
}

/* Which period after the first the date lies in. */
static int64_t place_of(const ku_series_period *p, int32_t first, int32_t date)
{
    return p->months ? (month_number(date) - month_number(first)) / p->step
                     : (date - first) / p->step;
}

/* ---- laying out -------------------------------------------------------------------------- */

/* Fills gaps: from the same place in the seasons around where both are known, else on the
 * line between the neighbours. `known` marks what was given. */
static void fill_gaps(ku_series *s, const bool *known, int season)
{
    for (int t = 0, before = 0; t < s->n; t++) {
        if (known[t]) {
            before = t;
            continue;
        }
        int after = t;
        while (!known[after]) after++;
        if (season > 1 && t >= season && t + season < s->n && known[t - season] &&
            known[t + season]) {
            s->value[t] = s->value[t - season] / 2 + s->value[t + season] / 2;
            continue;
        }
        double share = (double)(t - before) / (after - before);
        s->value[t] = (1 - share) * s->value[before] + share * s->value[after];
    }
}

static ku_status two_values(const char *name, const row *a, const row *b, ku_error *err)
{
    char where[64], date[KU_DATE_TEXT];
    snprintf(where, sizeof where, "series, rows %lld and %lld", (long long)a->at + 1,
             (long long)b->at + 1);
    return ku_error_set(err, KU_BAD_DATA, where,
                        "the series \"%s\" has two values for the period of %s; expected one", name,
                        ku_date_format(b->date, date));
}

/* One series from its rows [0, count), sorted by date. */
static ku_status lay_out(const row *rows, size_t count, const char *name, const ku_series_set *set,
                         ku_arena *arena, ku_series *s, ku_error *err)
{
    *s = (ku_series){.name = name, .first = rows[0].date};
    while (count > 0 && !rows[count - 1].complete) s->unfinished = true, count--;
    while (count > 0 && !rows[0].complete) s->unfinished = true, rows++, count--;
    if (count == 0) return KU_OK;
    s->first = rows[0].date;
    int64_t periods = place_of(&set->period, s->first, rows[count - 1].date) + 1;
    s->n = (int)periods; /* dates are days in 32 bits, so this fits */
    s->gaps = s->n - (int)count;
    if (s->gaps > s->n / 2) return KU_OK;
    s->value = ku_arena_try(arena, (size_t)s->n * sizeof *s->value);
    bool *known = ku_arena_try(arena, (size_t)s->n);
    if (!s->value || !known)
        return ku_error_set(err, KU_NO_MEMORY, "series", "too many rows for the memory");
    memset(known, 0, (size_t)s->n);
    for (size_t i = 0; i < count; i++) {
        int64_t at = place_of(&set->period, s->first, rows[i].date);
        if (known[at]) return two_values(name, &rows[i - 1], &rows[i], err);
        known[at] = true;
        s->value[at] = rows[i].value;
    }
    if (s->gaps) fill_gaps(s, known, set->season);
    return KU_OK;
}

static ku_status lay_out_all(const row *rows, size_t count, const char **names, ku_series_set *set,
                             ku_arena *arena, ku_error *err)
{
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && rows[to].rank == rows[from].rank;) to++;
        ku_series *s = &set->series[set->count++];
        KU_TRY(lay_out(rows + from, to - from, names[rows[from].rank], set, arena, s, err));
        if (s->value && s->n > set->longest) set->longest = s->n;
    }
    return KU_OK;
}

ku_status ku_series_read(const ku_frame *table, const char *period, ku_arena *arena,
                         ku_series_set *set, ku_error *err)
{
    *set = (ku_series_set){0};
    if (table == NULL || table->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, "series", "there is not one row to forecast from");
    const ku_dictionary *dictionary = &ku_frame_column(table, "series")->dictionary;
    size_t count = (size_t)table->rows;
    int32_t *rank = KU_ARRAY(arena, (size_t)dictionary->size + 1, int32_t);
    row *rows = ku_arena_try(arena, count * sizeof *rows);
    if (rows == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "series", "too many rows for the memory");
    const char **names = rank_names(dictionary, rank, arena);
    KU_TRY(read_rows(table, rank, rows, err));
    ku_period fixed;
    if (ku_period_find(period, &fixed)) {
        set->period = named_period(fixed);
        for (size_t i = 0; i < count; i++) rows[i].date = ku_period_floor(fixed, rows[i].date);
    }
    qsort(rows, count, sizeof *rows, by_series_and_date);
    if (set->period.step == 0) {
        /* Two rows of one date would hide the period; they are refused first. */
        for (size_t i = 1; i < count; i++)
            if (rows[i].rank == rows[i - 1].rank && rows[i].date == rows[i - 1].date)
                return two_values(names[rows[i].rank], &rows[i - 1], &rows[i], err);
        set->period = find_period(rows, count);
    }
    set->season = season_of(&set->period);
    set->series = KU_ARRAY(arena, (size_t)dictionary->size + 1, ku_series);
    return lay_out_all(rows, count, names, set, arena, err);
}
