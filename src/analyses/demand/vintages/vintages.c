/* vintages.c - the run: actual values laid out period by period, and beside them what was
 * believed of each period, and when, and by whom. */
#include "analyses/demand/vintages/vintages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/format.h"

static const int64_t day_micros = INT64_C(86400000000);

/* ---- looking things up --------------------------------------------------------------------- */

ku_vintage ku_vintage_at(const ku_vintages *v, size_t from)
{
    size_t end = v->belief_from[v->belief[from].series + 1], to = from + 1;
    while (to < end && v->belief[to].made_at == v->belief[from].made_at) to++;
    return (ku_vintage){from, to};
}

const ku_belief *ku_vintage_find(const ku_vintages *v, ku_vintage vintage, int32_t place)
{
    for (size_t i = vintage.from; i < vintage.to; i++)
        if (v->belief[i].place == place) return &v->belief[i];
    return NULL;
}

const ku_override *ku_override_find(const ku_vintages *v, int32_t series, int32_t place,
                                    int64_t before)
{
    const ku_override *found = NULL;
    int64_t end = ku_vintages_end(v, series, place);
    if (end < before) before = end;
    for (size_t i = v->override_from[series]; i < v->override_from[series + 1]; i++) {
        const ku_override *o = &v->override[i];
        if (o->place == place && o->made_at < before) found = o;
    }
    return found;
}

int64_t ku_vintages_end(const ku_vintages *v, int32_t series, int32_t place)
{
    return ku_series_date(&v->set.period, v->set.series[series].first, place + 1) * day_micros;
}

void ku_vintages_put_date(const ku_vintages *v, ku_frame_builder *to, int column, int32_t series,
                          int32_t place)
{
    ku_build_date(to, column,
                  (int32_t)ku_series_date(&v->set.period, v->set.series[series].first, place));
}

ku_status ku_vintages_add(ku_frame_builder *table, ku_frames *out, ku_error *err)
{
    ku_frame *frame;
    KU_TRY(ku_frame_builder_finish(table, &frame, err));
    return ku_frames_add(out, frame, err);
}

/* ---- reading ------------------------------------------------------------------------------------- */

static int by_name(const void *name, const void *series)
{
    return strcmp(name, ((const ku_series *)series)->name);
}

/* A text column's values once each, by code. */
static const char **texts_of(const ku_column *column, ku_arena *arena)
{
    const char **text = KU_ARRAY(arena, (size_t)column->dictionary.size + 1, const char *);
    for (int32_t code = 0; code < column->dictionary.size; code++) {
        int32_t length;
        const char *at = ku_dictionary_at(&column->dictionary, code, &length);
        text[code] = ku_arena_strndup(arena, at, (size_t)length);
    }
    return text;
}

/* The place among the series of each code; -1: it has no actual values. */
static int32_t *series_of(const ku_vintages *v, const ku_column *column, ku_arena *arena)
{
    const char **text = texts_of(column, arena);
    int32_t *place = KU_ARRAY(arena, (size_t)column->dictionary.size + 1, int32_t);
    for (int32_t code = 0; code < column->dictionary.size; code++) {
        const ku_series *found = bsearch(text[code], v->set.series, v->set.count, sizeof *found,
                                         by_name);
        place[code] = found != NULL && found->value != NULL ? (int32_t)(found - v->set.series) : -1;
    }
    return place;
}

static const char *text_at(const ku_column *column, const char *const *texts, int64_t row)
{
    return column != NULL && ku_column_valid(column, row) ? texts[column->as.codes[row]] : "";
}

/* Dates before the series begins or far beyond it tell nothing; -1. */
static int32_t place_at(const ku_vintages *v, int32_t series, int32_t date)
{
    const ku_series *s = &v->set.series[series];
    int64_t place = ku_series_place(&v->set.period, s->first, date);
    return place >= 0 && place < (int64_t)s->n + KU_SERIES_AHEAD ? (int32_t)place : -1;
}

static ku_status bad_value(const char *table, const char *column, int64_t row, double value,
                           ku_error *err)
{
    char where[96];
    snprintf(where, sizeof where, "%s, row %lld, column %s", table, (long long)row + 1, column);
    return ku_error_set(err, KU_BAD_DATA, where,
                        "found %g; expected a number of usual size (at most 1e120)", value);
}

static bool usual(double value)
{
    return isfinite(value) && fabs(value) <= 1e120;
}

static int belief_order(const void *a, const void *b)
{
    const ku_belief *x = a, *y = b;
    if (x->series != y->series) return x->series < y->series ? -1 : 1;
    if (x->made_at != y->made_at) return x->made_at < y->made_at ? -1 : 1;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int override_order(const void *a, const void *b)
{
    const ku_override *x = a, *y = b;
    if (x->series != y->series) return x->series < y->series ? -1 : 1;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    if (x->made_at != y->made_at) return x->made_at < y->made_at ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static ku_status read_beliefs(ku_vintages *v, const ku_frame *table, int64_t *strangers,
                              ku_error *err)
{
    static const char *const bound[KU_BOUNDS] = {"lo80", "hi80", "lo95", "hi95"};
    ku_arena *arena = ku_run_arena(v->context);
    const ku_column *series = ku_frame_column(table, "series");
    const ku_column *model = ku_frame_column(table, "model");
    const char **models = model != NULL ? texts_of(model, arena) : NULL;
    const int32_t *at = series_of(v, series, arena);
    v->belief = ku_arena_try(arena, ((size_t)table->rows + 1) * sizeof *v->belief);
    if (v->belief == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "forecast", "too many rows for the memory");
    for (int64_t row = 0; row < table->rows; row++) {
        ku_belief b = {.series = at[series->as.codes[row]], .row = row};
        if (b.series < 0) {
            ++*strangers;
            continue;
        }
        b.made_at = ku_frame_column(table, "made_at")->as.i64[row];
        b.place = place_at(v, b.series, ku_frame_column(table, "date")->as.days[row]);
        b.mean = ku_column_number(ku_frame_column(table, "mean"), row);
        b.model = text_at(model, models, row);
        if (!usual(b.mean)) return bad_value("forecast", "mean", row, b.mean, err);
        for (int i = 0; i < KU_BOUNDS; i++) {
            const ku_column *c = ku_frame_column(table, bound[i]);
            b.bound[i] = c != NULL && ku_column_valid(c, row) ? ku_column_number(c, row) : NAN;
            if (!isnan(b.bound[i]) && !isfinite(b.bound[i])) b.bound[i] = NAN;
        }
        if (b.place >= 0) v->belief[v->beliefs++] = b;
    }
    qsort(v->belief, v->beliefs, sizeof *v->belief, belief_order);
    return KU_OK;
}

static ku_status read_overrides(ku_vintages *v, const ku_frame *table, ku_error *err)
{
    ku_arena *arena = ku_run_arena(v->context);
    size_t rows = table != NULL ? (size_t)table->rows : 0;
    v->override = KU_ARRAY(arena, rows + 1, ku_override);
    if (rows == 0) return KU_OK;
    const ku_column *series = ku_frame_column(table, "series");
    const ku_column *person = ku_frame_column(table, "person");
    const ku_column *reason = ku_frame_column(table, "reason");
    const ku_column *model = ku_frame_column(table, "model_value");
    const char **people = person != NULL ? texts_of(person, arena) : NULL;
    const char **reasons = reason != NULL ? texts_of(reason, arena) : NULL;
    const int32_t *at = series_of(v, series, arena);
    for (int64_t row = 0; row < table->rows; row++) {
        ku_override o = {.series = at[series->as.codes[row]], .row = row, .model_value = NAN};
        if (o.series < 0) continue;
        o.made_at = ku_frame_column(table, "made_at")->as.i64[row];
        o.place = place_at(v, o.series, ku_frame_column(table, "date")->as.days[row]);
        o.value = ku_column_number(ku_frame_column(table, "value"), row);
        if (!usual(o.value)) return bad_value("forecast_override", "value", row, o.value, err);
        if (model != NULL && ku_column_valid(model, row)) {
            o.model_value = ku_column_number(model, row);
            if (!usual(o.model_value))
                return bad_value("forecast_override", "model_value", row, o.model_value, err);
        }
        o.person = text_at(person, people, row);
        o.reason = text_at(reason, reasons, row);
        if (o.place >= 0) v->override[v->overrides++] = o;
    }
    qsort(v->override, v->overrides, sizeof *v->override, override_order);
    return KU_OK;
}

/* Of two rows of one vintage about one period the later in the table holds. */
static void drop_twins(ku_vintages *v)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->beliefs; i++) {
        const ku_belief *b = &v->belief[i], *next = b + 1;
        if (i + 1 < v->beliefs && next->series == b->series && next->made_at == b->made_at &&
            next->place == b->place)
            continue;
        v->belief[kept++] = *b;
    }
    v->beliefs = kept;
}

static void index_rows(ku_vintages *v)
{
    ku_arena *arena = ku_run_arena(v->context);
    v->belief_from = KU_ARRAY(arena, v->set.count + 2, size_t);
    v->override_from = KU_ARRAY(arena, v->set.count + 2, size_t);
    for (size_t i = 0; i < v->beliefs; i++) v->belief_from[v->belief[i].series + 1]++;
    for (size_t i = 0; i < v->overrides; i++) v->override_from[v->override[i].series + 1]++;
    for (size_t s = 0; s < v->set.count; s++) {
        v->belief_from[s + 1] += v->belief_from[s];
        v->override_from[s + 1] += v->override_from[s];
    }
}

/* What an error costs, from the table's columns; a parameter goes before. */
static ku_status read_costs(ku_vintages *v, const ku_frame *table, const ku_params *params,
                            ku_error *err)
{
    ku_arena *arena = ku_run_arena(v->context);
    const ku_column *series = ku_frame_column(table, "series");
    const ku_column *column[2] = {ku_frame_column(table, "cost_over"),
                                  ku_frame_column(table, "cost_under")};
    static const char *const given[2] = {"cost-over", "cost-under"};
    static const char *const name[2] = {"cost_over", "cost_under"};
    const int32_t *at = series_of(v, series, arena);
    v->cost = KU_ARRAY(arena, v->set.count, ku_error_cost);
    for (size_t s = 0; s < v->set.count; s++) v->cost[s] = (ku_error_cost){NAN, NAN};
    for (int c = 0; c < 2; c++) {
        for (int64_t row = 0; column[c] != NULL && row < table->rows; row++) {
            if (!ku_column_valid(column[c], row)) continue;
            double value = ku_column_number(column[c], row);
            if (!(value >= 0) || !usual(value))
                return bad_value("series", name[c], row, value, err);
            int32_t s = at[series->as.codes[row]];
            if (s >= 0) *(c == 0 ? &v->cost[s].over : &v->cost[s].under) = value;
        }
        for (size_t s = 0; s < v->set.count; s++) {
            double *cost = c == 0 ? &v->cost[s].over : &v->cost[s].under;
            if (ku_param_set(params, "price")) *cost = ku_param_real(params, "price");
            if (ku_param_set(params, given[c])) *cost = ku_param_real(params, given[c]);
        }
    }
    for (size_t s = 0; s < v->set.count; s++) {
        bool known = !isnan(v->cost[s].over) && !isnan(v->cost[s].under);
        if (!known) v->cost[s] = (ku_error_cost){NAN, NAN};
        v->money = v->money || known;
    }
    return KU_OK;
}

/* ---- the run ----------------------------------------------------------------------------------------- */

/* The table without the columns of costs, which do not move demand. */
static ku_frame without_costs(const ku_frame *table, ku_arena *arena)
{
    ku_frame view = *table;
    ku_column *kept = KU_ARRAY(arena, (size_t)table->columns + 1, ku_column);
    view.columns = 0;
    for (int32_t i = 0; i < table->columns; i++)
        if (strncmp(table->column[i].name, "cost_", 5) != 0)
            kept[view.columns++] = table->column[i];
    view.column = kept;
    return view;
}

static ku_status read_actual(ku_vintages *v, const ku_frame *table, const ku_params *params,
                             ku_error *err)
{
    ku_arena *arena = ku_run_arena(v->context);
    ku_frame view = {.rows = 0};
    if (table != NULL) view = without_costs(table, arena);
    KU_TRY(ku_series_read(table != NULL ? &view : NULL, ku_param_text_value(params, "period"),
                          arena, &v->set, err));
    if (ku_param_set(params, "season"))
        KU_TRY(ku_series_seasons(&v->set, ku_param_text_value(params, "season"), err));
    return read_costs(v, table, params, err);
}

static void remark_strangers(const ku_vintages *v, int64_t strangers, int64_t of)
{
    char some[KU_NUMBER_TEXT], all[KU_NUMBER_TEXT];
    if (strangers > 0)
        ku_run_remark(v->context, strangers == of ? KU_FAIL : KU_NOTE, "no actual values",
                      "%s of %s kept forecasts are of series without actual values here, such as "
                      "those of another grouping; they are left out.",
                      ku_format_int(some, strangers, NULL), ku_format_int(all, of, NULL));
}

ku_status ku_demand_vintages_run(const ku_frames *in, const ku_params *params,
                                 ku_run_context *context, ku_frames *out, ku_error *err)
{
    int64_t strangers = 0;
    ku_vintages *v = KU_NEW(ku_run_arena(context), ku_vintages);
    const ku_frame *beliefs = ku_frames_find(in, "forecast");
    v->context = context;
    if (beliefs == NULL || beliefs->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, "forecast",
                            "no forecast has been kept yet; keep one with kemudi import forecast"
                            " --run RUN, or on the page of the run");
    KU_TRY(read_actual(v, ku_frames_find(in, "series"), params, err));
    KU_TRY(read_beliefs(v, beliefs, &strangers, err));
    drop_twins(v);
    KU_TRY(read_overrides(v, ku_frames_find(in, "forecast_override"), err));
    index_rows(v);
    remark_strangers(v, strangers, beliefs->rows);
    KU_TRY(ku_vintages_changes(v, out, err));
    return ku_vintages_value(v, out, err);
}
