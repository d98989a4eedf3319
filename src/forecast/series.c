/* series.c - from rows to series.
 *
 * Rows come in any order. They are sorted by series and date, the period is found
 * (series_period.c), and each series is laid out over its periods: values, with gaps filled
 * from their neighbours, and the further columns beside them, up to the last period that is
 * planned. Gaps of further columns stay gaps here: what is best put there depends on what
 * they are used for. */
#include "forecast/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "base/text.h"
#include "forecast/series_internal.h"

/* Squares of values up to here stay far from overflow. */
static const double largest_value = 1e120;
/* Whole-number dates up to here leave room for any forecast. */
static const int64_t largest_date = 1000000000;
/* 0001-01-01 and 9999-12-31 in days. */
static const int64_t first_day = -719162, last_day = 2932896;

typedef ku_series_row row;

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
    bool numbers = date->type == KU_INT64;
    for (int64_t i = 0; i < table->rows; i++) {
        if (!ku_column_valid(series, i))
            return bad_row(i, err, "the name of the series is missing");
        if (!ku_column_valid(date, i)) return bad_row(i, err, "the date is missing");
        rows[i] = (row){rank[series->as.codes[i]], true,
                        numbers ? date->as.i64[i] : date->as.days[i], i,
                        ku_column_number(value, i)};
        if (numbers && (rows[i].date > largest_date || rows[i].date < -largest_date))
            return bad_row(i, err, "the number for the date is too large (at most 1,000,000,000)");
        if (!numbers && (rows[i].date < first_day || rows[i].date > last_day))
            return bad_row(i, err, "the date is not in the years 1 to 9999");
        bool known = ku_column_valid(value, i);
        if (known && (!isfinite(rows[i].value) || fabs(rows[i].value) > largest_value))
            return bad_row(i, err, "the value is not a number of usual size (at most 1e120)");
        if (complete && ku_column_valid(complete, i))
            rows[i].complete = ku_column_bool(complete, i);
    }
    return KU_OK;
}

/* ---- further columns --------------------------------------------------------------------- */

static bool is_further(const ku_column *column)
{
    static const char *const own[] = {"series", "date", "value", "complete", "group"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(column->name, own[i]) == 0) return false;
    return true;
}

static bool counts(const ku_column *column)
{
    return column->type == KU_DOUBLE || column->type == KU_INT64 || column->type == KU_BOOL;
}

/* Names of those that can be reckoned with, and of those that cannot. Columns without any
 * value, such as what the bank was not asked for, are neither. */
static const ku_column **find_columns(const ku_frame *table, ku_arena *arena, ku_series_set *set)
{
    size_t most = (size_t)table->columns;
    const ku_column **found = KU_ARRAY(arena, most + 1, const ku_column *);
    set->column = KU_ARRAY(arena, most + 1, const char *);
    for (int32_t i = 0; i < table->columns; i++) {
        const ku_column *column = &table->column[i];
        if (!is_further(column) || column->nulls == column->rows) continue;
        const char *name = ku_arena_strdup(arena, column->name);
        if (counts(column)) {
            set->column[set->columns] = name;
            found[set->columns++] = column;
        } else {
            set->unused = set->unused ? ku_arena_printf(arena, "%s, %s", set->unused, name) : name;
        }
    }
    return found;
}

static ku_status read_further(const ku_column *const *columns, const row *r, ptrdiff_t place,
                              ku_series *s, const ku_series_set *set, ku_error *err)
{
    size_t length = (size_t)(s->n + s->ahead);
    for (int c = 0; c < set->columns; c++) {
        double value = ku_column_number(columns[c], r->at);
        s->x[(size_t)c * length + (size_t)place] = value;
        if (isnan(value) || (isfinite(value) && fabs(value) <= largest_value)) continue;
        char message[160];
        snprintf(message, sizeof message, "%.60s is not a number of usual size (at most 1e120)",
                 set->column[c]);
        return bad_row(r->at, err, message);
    }
    return KU_OK;
}

/* ---- laying out -------------------------------------------------------------------------- */

void ku_series_fill(double *value, const bool *known, int n, int season)
{
    int last = n - 1;
    while (!known[last]) last--;
    for (int t = 0, before = 0; t < last; t++) {
        if (known[t]) {
            before = t;
            continue;
        }
        int after = t;
        while (!known[after]) after++;
        if (season > 1 && t >= season && t + season <= last && known[t - season] &&
            known[t + season]) {
            value[t] = value[t - season] / 2 + value[t + season] / 2;
            continue;
        }
        double share = (double)(t - before) / (after - before);
        value[t] = (1 - share) * value[before] + share * value[after];
    }
    for (int t = last + 1; t < n; t++)
        value[t] = season > 1 && t >= season ? value[t - season] : value[last];
}

static ku_status two_values(const ku_series_period *period, const char *name, const row *a,
                            const row *b, ku_error *err)
{
    char where[64], date[KU_SERIES_DATE];
    snprintf(where, sizeof where, "series, rows %lld and %lld", (long long)a->at + 1,
             (long long)b->at + 1);
    return ku_error_set(err, KU_BAD_DATA, where,
                        "the series \"%s\" has two values for the period of %s; expected one", name,
                        ku_series_date_text(period, b->date, date));
}

/* Two rows of one date would hide the period. */
static ku_status check_twice(const row *rows, size_t count, const char *const *names, bool numbers,
                             ku_error *err)
{
    ku_series_period days = {.numbers = numbers, .step = 1};
    for (size_t i = 1; i < count; i++)
        if (rows[i].rank == rows[i - 1].rank && rows[i].date == rows[i - 1].date)
            return two_values(&days, names[rows[i].rank], &rows[i - 1], &rows[i], err);
    return KU_OK;
}

/* Dates of a forecast stay within what the calendar can reckon. */
static ku_status check_step(const ku_series_period *p, ku_error *err)
{
    int64_t most = p->months ? 1200 : 36525;
    char name[KU_SERIES_PERIOD];
    if (p->numbers || p->step <= most) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "series",
                        "the dates lie %s apart; expected at most a hundred years",
                        ku_series_period_name(p, name));
}

static bool is_known(const row *r)
{
    return r->complete && !isnan(r->value);
}

/* The extent of a series from its sorted rows: past from the first to the last value, what
 * is planned behind it. Returns the row of the first value. */
static size_t measure(const row *rows, size_t count, const ku_series_period *period, ku_series *s)
{
    size_t from = 0, last = count;
    while (last > 0 && !is_known(&rows[last - 1])) s->unfinished |= !rows[--last].complete;
    if (last == 0) return 0;
    while (!is_known(&rows[from])) s->unfinished |= !rows[from++].complete;
    s->first = rows[from].date;
    /* Dates are days in 32 bits and numbers below 2^30, so the periods fit. */
    s->n = (int)ku_series_place(period, s->first, rows[last - 1].date) + 1;
    int64_t ahead = ku_series_place(period, s->first, rows[count - 1].date) + 1 - s->n;
    s->ahead = ahead < KU_SERIES_AHEAD ? (int)ahead : KU_SERIES_AHEAD;
    s->gaps = s->n;
    for (size_t i = from; i < last; i++) s->gaps -= is_known(&rows[i]);
    return from;
}

/* Memory for a measured series; false when there is not enough. */
static bool make_room(ku_series *s, const ku_series_set *set, bool **known, ku_arena *arena)
{
    size_t n = (size_t)s->n, cells = (size_t)set->columns * (n + (size_t)s->ahead);
    s->value = ku_arena_try(arena, n * sizeof *s->value);
    *known = ku_arena_try(arena, n);
    if (cells) s->x = ku_arena_try(arena, cells * sizeof *s->x);
    if (!s->value || !*known || (cells && !s->x)) return false;
    memset(*known, 0, n);
    for (size_t i = 0; i < cells; i++) s->x[i] = NAN;
    return true;
}

/* One series from its rows [0, count), sorted by date. */
static ku_status lay_out(const row *rows, size_t count, const char *name,
                         const ku_column *const *columns, const ku_series_set *set, ku_arena *arena,
                         ku_series *s, ku_error *err)
{
    *s = (ku_series){.name = name, .first = rows[0].date};
    size_t from = measure(rows, count, &set->period, s);
    if (s->n == 0 || s->gaps > s->n / 2) return KU_OK;
    bool *known;
    if (!make_room(s, set, &known, arena))
        return ku_error_set(err, KU_NO_MEMORY, "series", "too many rows for the memory");
    int64_t before = -1;
    for (size_t i = from; i < count; i++) {
        int64_t at = ku_series_place(&set->period, s->first, rows[i].date);
        if (at == before) return two_values(&set->period, name, &rows[i - 1], &rows[i], err);
        before = at;
        if (at >= s->n + s->ahead) break;
        if (at < s->n && is_known(&rows[i])) known[at] = true, s->value[at] = rows[i].value;
        if (set->columns) KU_TRY(read_further(columns, &rows[i], (ptrdiff_t)at, s, set, err));
    }
    if (s->gaps) {
        ku_series_fill(s->value, known, s->n, set->season);
        s->known = known;
    }
    return KU_OK;
}

static ku_status lay_out_all(const row *rows, size_t count, const char **names,
                             const ku_column *const *columns, ku_series_set *set, ku_arena *arena,
                             ku_error *err)
{
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && rows[to].rank == rows[from].rank;) to++;
        ku_series *s = &set->series[set->count++];
        KU_TRY(
            lay_out(rows + from, to - from, names[rows[from].rank], columns, set, arena, s, err));
        if (s->value && s->n > set->longest) set->longest = s->n;
    }
    return KU_OK;
}

/* ---- seasons ----------------------------------------------------------------------------- */

static void set_season(ku_series_set *set, int season)
{
    set->season = season;
    set->season_count = season > 1;
    set->seasons[0] = season;
}

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static ku_status wrong_season(const char *text, ku_error *err)
{
    return ku_error_set(err, KU_USAGE, "season",
                        "must be up to %d whole numbers from 1 to %d, such as 12 or 24,168; "
                        "found \"%.60s\"",
                        KU_SEASONS, KU_SEASON_LONGEST, text);
}

ku_status ku_series_seasons(ku_series_set *set, const char *text, ku_error *err)
{
    int season[KU_SEASONS] = {1}, count = 0;
    for (const char *at = text; at != NULL;) {
        const char *comma = strchr(at, ',');
        ku_span part = ku_text_trim(at, comma ? (size_t)(comma - at) : strlen(at));
        int64_t number;
        if (count == KU_SEASONS || ku_parse_int(part.at, part.length, &number, NULL) != KU_OK ||
            number < 1 || number > KU_SEASON_LONGEST)
            return wrong_season(text, err);
        season[count++] = (int)number;
        at = comma ? comma + 1 : NULL;
    }
    qsort(season, (size_t)count, sizeof *season, ascending);
    set_season(set, season[0]);
    for (int i = 1; i < count; i++)
        if (season[i] > set->seasons[0] && season[i] > season[i - 1]) {
            if (set->season_count == 0)
                set_season(set, season[i]);
            else
                set->seasons[set->season_count++] = season[i];
        }
    return KU_OK;
}

int ku_series_longest_season(const ku_series_set *set)
{
    return set->season_count > 0 ? set->seasons[set->season_count - 1] : 1;
}

/* ---- the whole table --------------------------------------------------------------------- */

/* Finds the period and the season; dates of a named period become its first days. */
static ku_status find_period(row *rows, size_t count, const char *const *names, const char *period,
                             bool numbers, ku_series_set *set, ku_error *err)
{
    ku_period length;
    bool is_named = ku_period_find(period, &length);
    if (is_named && numbers)
        return ku_error_set(err, KU_USAGE, "period",
                            "the dates are whole numbers, which tell no %s; give the periods in "
                            "a season instead, such as 12",
                            period);
    if (is_named) set->period = ku_series_named_period(period, rows, count);
    qsort(rows, count, sizeof *rows, by_series_and_date);
    if (!is_named) {
        KU_TRY(check_twice(rows, count, names, numbers, err));
        set->period = ku_series_find_period(rows, count, numbers);
        KU_TRY(check_step(&set->period, err));
    }
    set_season(set, ku_series_season_of(&set->period));
    if (is_named || strcmp(period, "auto") == 0) return KU_OK;
    return ku_series_seasons(set, period, err);
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
    bool numbers = ku_frame_column(table, "date")->type == KU_INT64;
    KU_TRY(find_period(rows, count, names, period, numbers, set, err));
    const ku_column **columns = find_columns(table, arena, set);
    set->series = KU_ARRAY(arena, (size_t)dictionary->size + 1, ku_series);
    return lay_out_all(rows, count, names, columns, set, arena, err);
}

const ku_series *ku_series_find(const ku_series_set *set, const char *name)
{
    size_t from = 0, to = set->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(name, set->series[middle].name);
        if (order == 0) return &set->series[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

uint64_t ku_series_stream(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
}
