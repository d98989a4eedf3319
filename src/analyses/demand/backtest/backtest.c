/* backtest.c - the run: what is asked for, what an error costs, and remarks on the whole. */
#include "analyses/demand/backtest/backtest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/text.h"

/* ---- methods ----------------------------------------------------------------------------------- */

/* A method's title; a single model, such as MAdM, is called what it was asked for as. */
static const char *title_of(const char *name)
{
#define KU_METHOD(own, title)                                                                      \
    if (strcmp(name, #own) == 0) return title;
#include "forecast/methods.def"
#undef KU_METHOD
    return strcmp(name, "auto") == 0 ? "The usual choice" : name;
}

static ku_status add_method(ku_backtest *b, const char *name, ku_error *err)
{
    int model = ku_outlook_model(name);
    if (model < KU_OUTLOOK_AUTO)
        return ku_error_set(err, KU_USAGE, "model",
                            "there is no method \"%s\"; expected names such as auto, ets or theta, "
                            "separated by commas",
                            name);
    for (int i = 0; i < b->methods; i++)
        if (strcmp(b->method[i].name, name) == 0) return KU_OK;
    if (b->methods == KU_BACKTEST_METHODS - 1)
        return ku_error_set(err, KU_USAGE, "model", "at most %d methods at once",
                            KU_BACKTEST_METHODS - 1);
    b->method[b->methods++] = (ku_backtest_method){
        .name = name, .title = title_of(name), .model = model};
    return KU_OK;
}

/* "auto, theta" and the yardstick behind them. */
static ku_status read_methods(ku_backtest *b, const char *list, ku_arena *arena, ku_error *err)
{
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        ku_span name = ku_text_trim(list, length);
        if (name.length > 0)
            KU_TRY(add_method(b, ku_arena_strndup(arena, name.at, name.length), err));
        list += length + (list[length] == ',');
    }
    if (b->methods == 0)
        return ku_error_set(err, KU_USAGE, "model", "expected at least one method, such as auto");
    b->method[b->methods++] = (ku_backtest_method){.name = "",
                                                   .title = "Repeating the past",
                                                   .model = ku_outlook_model("naive"),
                                                   .yardstick = true};
    return KU_OK;
}

/* ---- what an error costs --------------------------------------------------------------------------- */

static int by_name(const void *name, const void *series)
{
    return strcmp(name, ((const ku_series *)series)->name);
}

/* The place of each code of the column among the series; -1: none. */
static int64_t *places_of(const ku_backtest *b, const ku_column *series, ku_arena *arena)
{
    const ku_dictionary *names = &series->dictionary;
    int64_t *place = KU_ARRAY(arena, (size_t)names->size + 1, int64_t);
    for (int32_t code = 0; code < names->size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(names, code, &length);
        const char *name = ku_arena_strndup(arena, text, (size_t)length);
        const ku_series *found = bsearch(name, b->set.series, b->set.count, sizeof *found, by_name);
        place[code] = found != NULL ? found - b->set.series : -1;
    }
    return place;
}

static ku_status read_cost(const ku_backtest *b, const ku_frame *table, const char *name,
                           const int64_t *place, bool over, ku_error *err)
{
    const ku_column *series = ku_frame_column(table, "series");
    const ku_column *column = ku_frame_column(table, name);
    for (int64_t row = 0; column != NULL && row < table->rows; row++) {
        if (!ku_column_valid(column, row) || !ku_column_valid(series, row)) continue;
        double value = ku_column_number(column, row);
        if (!(value >= 0) || value > 1e100) {
            char where[80];
            snprintf(where, sizeof where, "series, row %lld, column %s", (long long)row + 1, name);
            return ku_error_set(err, KU_BAD_DATA, where,
                                "found %g; expected what one unit costs, 0 or more", value);
        }
        int64_t at = place[series->as.codes[row]];
        if (at >= 0) *(over ? &b->cost[at].over : &b->cost[at].under) = value;
    }
    return KU_OK;
}

/* From the table's columns; what a parameter gives goes before, for every series. */
static ku_status read_costs(ku_backtest *b, const ku_frame *table, const ku_params *params,
                            ku_error *err)
{
    ku_arena *arena = ku_run_arena(b->context);
    const ku_error_cost unknown = {NAN, NAN};
    const char *both = "price";
    b->cost = KU_ARRAY(arena, b->set.count, ku_error_cost);
    for (size_t i = 0; i < b->set.count; i++) b->cost[i] = unknown;
    const int64_t *place = places_of(b, ku_frame_column(table, "series"), arena);
    KU_TRY(read_cost(b, table, "cost_over", place, true, err));
    KU_TRY(read_cost(b, table, "cost_under", place, false, err));
    for (size_t i = 0; i < b->set.count; i++) {
        ku_error_cost *c = &b->cost[i];
        if (ku_param_set(params, both)) c->over = c->under = ku_param_real(params, both);
        if (ku_param_set(params, "cost-over")) c->over = ku_param_real(params, "cost-over");
        if (ku_param_set(params, "cost-under")) c->under = ku_param_real(params, "cost-under");
        if (isnan(c->over) || isnan(c->under))
            *c = unknown;
        else
            b->money = true;
    }
    return KU_OK;
}

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
    view.release = NULL;
    return view;
}

/* ---- remarks --------------------------------------------------------------------------------------- */

static void remark_all(const ku_backtest *b)
{
    char period[KU_SERIES_PERIOD], some[KU_NUMBER_TEXT], all[KU_NUMBER_TEXT];
    size_t without = 0, flat = 0, no_cost = 0;
    for (size_t i = 0; i < b->set.count; i++) {
        const ku_tally *t = ku_backtest_cell(b, i, 0);
        without += !(t->n > 0);
        flat += t->n > 0 && !(t->scaled_n > 0);
        no_cost += b->money && isnan(b->cost[i].over);
    }
    ku_format_int(all, (int64_t)b->set.count, NULL);
    ku_run_remark(b->context, KU_NOTE, "period",
                  "Period: %s; season: %d. Forecasts of %d periods from %d moments, %d apart.",
                  ku_series_period_name(&b->set.period, period), b->set.season, b->horizon,
                  b->origins, b->step);
    if (b->drivers.columns > 0)
        ku_run_remark(b->context, KU_NOTE, "regressors",
                      "Further columns are used as regressors; what they were after each moment "
                      "counts as planned.");
    if (without > 0)
        ku_run_remark(b->context, without == b->set.count ? KU_FAIL : KU_WARN, "too short",
                      "%s of %s series are too short: at least %d periods are needed, %d to learn "
                      "from and %d to compare with.",
                      ku_format_int(some, (int64_t)without, NULL), all, b->shortest + b->horizon,
                      b->shortest, b->horizon);
    if (flat > 0)
        ku_run_remark(b->context, KU_NOTE, "no change",
                      "%s of %s series never changed before, so their errors have no scale; they "
                      "are left out of the scaled measures and the skill.",
                      ku_format_int(some, (int64_t)flat, NULL), all);
    if (no_cost > 0)
        ku_run_remark(b->context, KU_WARN, "no cost",
                      "For %s of %s series it is not known what an error costs; they count as "
                      "costing nothing.",
                      ku_format_int(some, (int64_t)no_cost, NULL), all);
}

/* ---- the run ------------------------------------------------------------------------------------------ */

static void order_by_stake(ku_backtest *b);

ku_status ku_demand_backtest_run(const ku_frames *in, const ku_params *params,
                                 ku_run_context *context, ku_frames *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    ku_backtest *b = KU_NEW(arena, ku_backtest);
    const ku_frame *table = ku_frames_find(in, "series");
    b->context = context;
    b->horizon = (int)ku_param_int(params, "horizon");
    b->origins = (int)ku_param_int(params, "origins");
    b->step = ku_param_set(params, "step") ? (int)ku_param_int(params, "step")
                                           : (b->horizon + 3) / 4;
    b->shortest = (int)ku_param_int(params, "min-length");
    b->course = (int)ku_param_int(params, "course");
    KU_TRY(read_methods(b, ku_param_text_value(params, "model"), arena, err));
    ku_frame view = {.rows = 0};
    if (table != NULL) view = without_costs(table, arena);
    KU_TRY(ku_series_read(table != NULL ? &view : NULL, ku_param_text_value(params, "period"),
                          arena, &b->set, err));
    if (ku_param_set(params, "season"))
        KU_TRY(ku_series_seasons(&b->set, ku_param_text_value(params, "season"), err));
    KU_TRY(read_costs(b, table, params, err));
    KU_TRY(ku_drivers_init(&b->drivers, &b->set, b->horizon, false, false,
                           ku_pool_threads(ku_run_pool(context)), arena, err));
    KU_TRY(ku_backtest_evaluate(b, err));
    order_by_stake(b);
    remark_all(b);
    return ku_backtest_tables(b, out, err);
}

typedef struct staked {
    double stake;
    size_t at;
} staked;

static int larger_first(const void *a, const void *b)
{
    const staked *x = a, *y = b;
    if (x->stake > y->stake) return -1;
    if (x->stake < y->stake) return 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void order_by_stake(ku_backtest *b)
{
    staked *list = KU_ARRAY(ku_run_arena(b->context), b->set.count + 1, staked);
    for (size_t i = 0; i < b->set.count; i++) list[i] = (staked){b->signs[i].stake, i};
    qsort(list, b->set.count, sizeof *list, larger_first);
    for (size_t i = 0; i < b->set.count; i++) b->order[i] = list[i].at;
}
