/* reading.c - a view's rows as points: whatever the columns hold, a chart only needs to know
 * how far along x, how high, whose, and between which limits. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"

typedef struct source {
    const ku_column *x, *y, *series, *lo, *hi, *lo_inner, *hi_inner, *kind, *filter;
} source;

/* ---- distinct texts --------------------------------------------------------------------- */

/* Texts in order of first sight. A text column's dictionary code finds its place at once;
 * values of other types are compared. */
typedef struct words {
    ku_arena *arena;
    const char **text;
    int32_t count, capacity;
    int32_t *of_code; /* place + 1 of each dictionary code */
} words;

static words words_of(const ku_column *column, ku_arena *arena)
{
    words all = {.arena = arena, .capacity = 16};
    all.text = KU_ARRAY(arena, 16, const char *);
    if (column && column->type == KU_TEXT)
        all.of_code = KU_ARRAY(arena, (size_t)column->dictionary.size + 1, int32_t);
    return all;
}

static int32_t add_word(words *all, const char *text)
{
    for (int32_t i = 0; i < all->count; i++)
        if (strcmp(all->text[i], text) == 0) return i;
    if (all->count == all->capacity) {
        const char **more = KU_ARRAY(all->arena, (size_t)all->capacity * 2, const char *);
        memcpy(more, all->text, (size_t)all->count * sizeof *more);
        all->text = more;
        all->capacity *= 2;
    }
    all->text[all->count] = text;
    return all->count++;
}

/* A value of any type as people read it. */
static const char *value_text(const ku_column *column, int64_t row, ku_arena *arena)
{
    char text[KU_NUMBER_TEXT], date[KU_DATE_TEXT];
    if (!ku_column_valid(column, row)) return "";
    switch (column->type) {
    case KU_TEXT:
        return ku_column_text(column, row, arena);
    case KU_DATE:
        return ku_arena_strdup(arena, ku_date_show(column->as.days[row], date));
    case KU_TIMESTAMP:
        return ku_arena_strdup(arena, ku_date_show(ku_date_of(column->as.i64[row]), date));
    case KU_BOOL:
        return ku_column_bool(column, row) ? "yes" : "no";
    default:
        return ku_arena_strdup(arena,
                               ku_format_number(text, ku_column_number(column, row), "", NULL));
    }
}

static int32_t word_at(words *all, const ku_column *column, int64_t row)
{
    if (column->type != KU_TEXT || !ku_column_valid(column, row))
        return add_word(all, value_text(column, row, all->arena));
    int32_t *place = &all->of_code[column->as.codes[row]];
    if (*place == 0) *place = add_word(all, ku_column_text(column, row, all->arena)) + 1;
    return *place - 1;
}

/* ---- columns ---------------------------------------------------------------------------- */

static const ku_column *column_of(const ku_frame *frame, const char *name)
{
    return frame && name ? ku_frame_column(frame, name) : NULL;
}

static source source_of(const ku_frame *frame, const ku_view_spec *view)
{
    return (source){
        .x = column_of(frame, view->x),
        .y = column_of(frame, view->y),
        .series = column_of(frame, view->series),
        .lo = column_of(frame, view->lo),
        .hi = column_of(frame, view->hi),
        .lo_inner = column_of(frame, view->lo_inner),
        .hi_inner = column_of(frame, view->hi_inner),
        .kind = column_of(frame, view->kind_column),
        .filter = column_of(frame, view->filter),
    };
}

static const ku_column_spec *spec_of(const ku_chart *chart, const char *name)
{
    if (!name) return NULL;
    for (const ku_table_spec *t = chart->analysis->outputs; t->name; t++)
        for (const ku_column_spec *c = t->columns;
             strcmp(t->name, chart->view->table) == 0 && c->name; c++)
            if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

static double number_at(const ku_column *column, int64_t row)
{
    return column && column->type != KU_TEXT ? ku_column_number(column, row) : NAN;
}

static double x_at(const ku_column *column, int64_t row)
{
    if (!column || column->type == KU_TEXT || !ku_column_valid(column, row)) return NAN;
    if (column->type == KU_TIMESTAMP) return (double)column->as.i64[row] / (double)KU_DAY_MICROS;
    return ku_column_number(column, row);
}

/* ---- the filter ----------------------------------------------------------------------------- */

/* Which rows belong to the chart. */
typedef struct row_filter {
    const ku_column *column;
    words values;
    int32_t wanted;
} row_filter;

static ku_status no_such_value(const ku_chart *chart, const words *values, ku_error *err)
{
    ku_text known = {0};
    for (int32_t i = 0; i < values->count && i < 8; i++)
        ku_text_addf(&known, "%s%s", i ? ", " : "", values->text[i]);
    if (values->count > 8) ku_text_addf(&known, " and %d more", values->count - 8);
    ku_status status = ku_error_set(err, KU_USAGE, chart->view->filter,
                                    "found \"%s\", expected one of: %s", chart->filter,
                                    ku_text_string(&known));
    ku_text_clear(&known);
    return status;
}

static ku_status filter_of(const ku_chart *chart, const source *from, ku_arena *arena,
                           row_filter *out, ku_error *err)
{
    *out = (row_filter){.column = from->filter, .values = words_of(from->filter, arena)};
    if (chart->filter && !chart->view->filter)
        return ku_error_set(err, KU_USAGE, chart->view->name,
                            "there is one chart only, found \"%s\"", chart->filter);
    if (!from->filter || chart->frame->rows == 0) return KU_OK;
    for (int64_t row = 0; row < chart->frame->rows; row++) word_at(&out->values, from->filter, row);
    if (!chart->filter) return KU_OK;
    for (out->wanted = 0; out->wanted < out->values.count; out->wanted++)
        if (strcmp(out->values.text[out->wanted], chart->filter) == 0) return KU_OK;
    return no_such_value(chart, &out->values, err);
}

static bool passes(row_filter *filter, int64_t row)
{
    return !filter->column || word_at(&filter->values, filter->column, row) == filter->wanted;
}

/* ---- points ------------------------------------------------------------------------------- */

static bool is_forecast(const ku_column *kind, int64_t row, ku_arena *arena)
{
    if (!kind || kind->type != KU_TEXT || !ku_column_valid(kind, row)) return false;
    return strcmp(ku_column_text(kind, row, arena), "actual") != 0;
}

static chart_point point_at(const source *from, int64_t row, ku_arena *arena)
{
    return (chart_point){
        .x = x_at(from->x, row),
        .y = number_at(from->y, row),
        .lo = number_at(from->lo, row),
        .hi = number_at(from->hi, row),
        .lo_inner = number_at(from->lo_inner, row),
        .hi_inner = number_at(from->hi_inner, row),
        .forecast = is_forecast(from->kind, row, arena),
    };
}

/* Points of the chart, with their places in the lists of names and (unless x is a date)
 * keys. Rows without x or without any height are nothing to draw. */
static void gather(const ku_chart *chart, const source *from, row_filter *filter, ku_arena *arena,
                   chart_reading *reading)
{
    words names = words_of(from->series, arena), keys = words_of(from->x, arena);
    reading->point = KU_ARRAY(arena, (size_t)chart->frame->rows + 1, chart_point);
    for (int64_t row = 0; row < chart->frame->rows; row++) {
        if (!passes(filter, row) || !ku_column_valid(from->x, row)) continue;
        chart_point point = point_at(from, row, arena);
        if (isnan(point.y) && (isnan(point.lo) || isnan(point.hi))) continue;
        point.series = from->series ? word_at(&names, from->series, row) : add_word(&names, "");
        if (!reading->dated) point.key = word_at(&keys, from->x, row);
        reading->point[reading->count++] = point;
    }
    reading->name = names.text;
    reading->name_count = names.count;
    reading->key = keys.text;
    reading->key_count = keys.count;
}

/* ---- dates ---------------------------------------------------------------------------------- */

static int by_x(const void *a, const void *b)
{
    const chart_point *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->forecast > q->forecast) - (p->forecast < q->forecast);
}

/* Lays dated points out in periods, whose length the least distance of two dates tells. */
static void lay_out_dates(chart_reading *reading, ku_arena *arena)
{
    double least = INFINITY;
    if (reading->count == 0) return;
    qsort(reading->point, reading->count, sizeof *reading->point, by_x);
    for (size_t i = 1; i < reading->count; i++) {
        double gap = reading->point[i].x - reading->point[i - 1].x;
        if (gap > 0) least = fmin(least, gap);
    }
    reading->period = isinf(least) ? KU_PERIOD_DAY : ku_scale_period((int32_t)fmax(least, 1));
    reading->first_day = ku_period_floor(reading->period, (int32_t)floor(reading->point[0].x));
    for (size_t i = 0; i < reading->count; i++)
        reading->point[i].key = (int32_t)ku_period_between(reading->period, reading->first_day,
                                                           (int32_t)floor(reading->point[i].x));
    reading->key_count = reading->point[reading->count - 1].key + 1;
    reading->key = KU_ARRAY(arena, (size_t)reading->key_count, const char *);
    for (int32_t i = 0; i < reading->key_count; i++) {
        char label[KU_PERIOD_TEXT];
        int32_t day = ku_period_add(reading->period, reading->first_day, i);
        reading->key[i] = ku_arena_strdup(arena, ku_period_label(reading->period, day, label));
    }
}

ku_status chart_read(const ku_chart *chart, ku_arena *arena, chart_reading *reading, ku_error *err)
{
    const ku_view_spec *view = chart->view;
    source from = source_of(chart->frame, view);
    row_filter filter;
    *reading = (chart_reading){.x = spec_of(chart, view->x),
                               .y = spec_of(chart, view->y),
                               .series = spec_of(chart, view->series),
                               .filter = spec_of(chart, view->filter)};
    KU_TRY(filter_of(chart, &from, arena, &filter, err));
    if (!from.x || !from.y) return KU_OK;
    reading->dated = from.x->type == KU_DATE || from.x->type == KU_TIMESTAMP;
    if (filter.column && filter.values.count > 0)
        reading->filter_value = filter.values.text[filter.wanted];
    gather(chart, &from, &filter, arena, reading);
    if (reading->dated)
        lay_out_dates(reading, arena);
    else if (from.x->type != KU_TEXT &&
             (view->kind == KU_VIEW_LINE || view->kind == KU_VIEW_PARETO))
        qsort(reading->point, reading->count, sizeof *reading->point, by_x);
    return KU_OK;
}
