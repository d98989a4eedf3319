/* forecast.c - the run: read the series, forecast each on its own thread's memory, write
 * the tables in the order of the names. A series' random numbers come from a stream of its
 * own, so that neither the threads nor the other series change its result. */
#include "analyses/demand/forecast/forecast.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "analyses/demand/forecast/driven.h"
#include "base/format.h"
#include "forecast/counts/counts.h"
#include "forecast/life/life.h"
#include "forecast/life/outliers.h"
#include "forecast/outlook.h"
#include "forecast/series.h"
#include "forecast/stock/shelf.h"

enum { UNUSUAL = 200, GONE = 6 }; /* text on outliers; periods of zeros that may be an end */

typedef struct job {
    ku_run_context *context;
    ku_outlook_options options;
    ku_series_set set;
    ku_stock_summary *lost; /* one a series; NULL: nothing is known of the stock */
    driven driven;
    const char **replaced;    /* a sentence on each series that goes on from another, or NULL */
    char (*unusual)[UNUSUAL]; /* dates of outliers and jumps, by series; NULL: not looked for */
    bool soften, end; /* outliers are put on the course; gone products get a forecast of zero */
    ku_outliers_work **outliers; /* by thread, as are the next two */
    double **soft;
    bool **odd;
    ku_outlook_work **work; /* by thread */
    ku_counts_pool *pool;   /* what counted series have in common; NULL: not asked for */
    int64_t begin;          /* first period of all series */
    ku_outlook *outlook;
    atomic_size_t done;
    bool course; /* wanted */
} job;

/* ---- settings ------------------------------------------------------------------------------ */

static ku_outlook_options read_options(const ku_params *params)
{
    return (ku_outlook_options){
        .horizon = (int)ku_param_int(params, "horizon"),
        .shortest = (int)ku_param_int(params, "min-length"),
        .model = ku_outlook_model(ku_param_text_value(params, "model")),
        .plain_intervals = strcmp(ku_param_text_value(params, "intervals"), "model") == 0,
        .below_zero = ku_param_bool(params, "below-zero"),
    };
}

/* Arrays of the results; false when there is not enough memory. */
static bool make_room(job *j, ku_arena *arena)
{
    size_t threads = ku_pool_threads(ku_run_pool(j->context));
    j->outlook = KU_ARRAY(arena, j->set.count + 1, ku_outlook);
    j->work = KU_ARRAY(arena, threads, ku_outlook_work *);
    for (size_t i = 0; i < j->set.count; i++) {
        const ku_series *s = &j->set.series[i];
        if (s->value != NULL && !ku_outlook_room(arena, j->options.horizon, s->n, &j->outlook[i]))
            return false;
    }
    for (size_t t = 0; t < threads; t++) {
        j->work[t] = ku_outlook_work_new(arena, j->set.longest, ku_series_longest_season(&j->set),
                                         &j->options);
        if (j->work[t] == NULL) return false;
    }
    return true;
}

/* The same for the search for outliers, where it is asked for. */
static bool make_outlier_room(job *j, const char *asked, ku_arena *arena)
{
    size_t threads = ku_pool_threads(ku_run_pool(j->context)), n = (size_t)j->set.longest + 1;
    if (strcmp(asked, "keep") == 0) return true;
    j->soften = strcmp(asked, "soften") == 0;
    j->outliers = KU_ARRAY(arena, threads, ku_outliers_work *);
    j->soft = KU_ARRAY(arena, threads, double *);
    j->odd = KU_ARRAY(arena, threads, bool *);
    j->unusual = ku_arena_try(arena, (j->set.count + 1) * sizeof *j->unusual);
    if (j->unusual == NULL) return false;
    memset(j->unusual, 0, (j->set.count + 1) * sizeof *j->unusual);
    for (size_t t = 0; t < threads; t++) {
        j->outliers[t] = ku_outliers_work_new(arena, j->set.longest, j->set.season);
        j->soft[t] = ku_arena_try(arena, n * sizeof(double));
        j->odd[t] = ku_arena_try(arena, 2 * n);
        if (!j->outliers[t] || !j->soft[t] || !j->odd[t]) return false;
    }
    return true;
}

/* ---- one series ------------------------------------------------------------------------------ */

/* Names the unusual periods; returns the past to forecast from. `room` has 2 n doubles. */
static const double *look_for_outliers(job *j, size_t item, unsigned thread, const double *y)
{
    const ku_series *s = &j->set.series[item];
    double *soft = j->soft[thread];
    bool *odd = j->odd[thread], *jump = odd + s->n;
    ku_outliers_find(j->outliers[thread], y, s->n, j->set.season, odd, jump, soft);
    char *to = j->unusual[item];
    size_t length = 0;
    for (int kind = 0; kind < 2; kind++)
        for (int t = 0, first = 1; t < s->n && length + 80 < UNUSUAL; t++) {
            char date[KU_SERIES_DATE];
            if (!(kind == 0 ? odd : jump)[t]) continue;
            const char *head = !first      ? ", "
                               : kind      ? "A new level from: "
                               : j->soften ? "Outliers, put on the course of the others: "
                                           : "Outliers: ";
            ku_series_date_text(&j->set.period, ku_series_date(&j->set.period, s->first, t), date);
            length += (size_t)snprintf(to + length, UNUSUAL - length, "%s%s%s",
                                       first && length > 0 ? ". " : "", head, date);
            first = 0;
        }
    if (length > 0) snprintf(to + length, UNUSUAL - length, ".");
    return j->soften ? soft : y;
}

/* A product that is gone is asked for no more. */
static void end_forecast(const job *j, const ku_series *s, ku_outlook *o)
{
    size_t h = (size_t)j->options.horizon * sizeof(double);
    if (!j->end || !o->forecast || ku_life_gone(s, j->set.season, GONE) == 0) return;
    memset(o->mean, 0, h);
    for (int b = 0; b < KU_BOUNDS; b++) memset(o->bound[b], 0, h);
}

/* --model counts: few units a period, so every series leans on what all have in common. */
static void pool_counts(job *j, ku_arena *arena)
{
    size_t count = 0;
    if (j->options.model != ku_outlook_model("counts") || j->set.count == 0) return;
    ku_counts_series *all = KU_ARRAY(arena, j->set.count, ku_counts_series);
    j->begin = j->set.series[0].first;
    for (size_t i = 1; i < j->set.count; i++)
        if (j->set.series[i].first < j->begin) j->begin = j->set.series[i].first;
    for (size_t i = 0; i < j->set.count; i++) {
        const ku_series *s = &j->set.series[i];
        if (s->value == NULL) continue;
        int place = (int)ku_series_place(&j->set.period, j->begin, s->first);
        all[count++] = (ku_counts_series){s->value, s->n, place};
    }
    ku_counts_pool *pool = KU_NEW(arena, ku_counts_pool);
    if (ku_counts_pool_learn(pool, all, count, j->set.season, ku_run_pool(j->context), arena))
        j->pool = pool;
}

static void forecast_one(void *data, size_t item, unsigned thread)
{
    job *j = data;
    const ku_series *s = &j->set.series[item];
    if (ku_run_cancelled(j->context)) return;
    if (s->value != NULL) {
        ku_past past = {.n = s->n, .season = j->set.season, .season_count = j->set.season_count};
        past.y = driven_past(&j->driven, thread, item);
        if (j->unusual != NULL) past.y = look_for_outliers(j, item, thread, past.y);
        memcpy(past.seasons, j->set.seasons, sizeof past.seasons);
        past.pool = j->pool;
        past.place = j->pool != NULL ? (int)ku_series_place(&j->set.period, j->begin, s->first) : 0;
        ku_outlook_make(j->work[thread], &past, ku_run_rng(j->context, ku_series_stream(s->name)),
                        &j->outlook[item]);
        driven_restore(&j->driven, thread, item, &j->outlook[item]);
        end_forecast(j, s, &j->outlook[item]);
    }
    size_t done = atomic_fetch_add(&j->done, 1) + 1;
    ku_run_progress(j->context, (double)done / (double)j->set.count, "Forecasting each series");
}

/* ---- tables ------------------------------------------------------------------------------------ */

static void put_effects(const job *j, ku_frame_builder *to)
{
    driven_put_effects(&j->driven, to);
}

static void put_scenarios(const job *j, ku_frame_builder *to)
{
    driven_put_scenarios(&j->driven, j->outlook, to);
}

static void put_forecast(const job *j, ku_frame_builder *to)
{
    for (size_t i = 0; i < j->set.count; i++) {
        const ku_series *s = &j->set.series[i];
        const ku_outlook *o = &j->outlook[i];
        for (int k = 0; o->forecast && k < j->options.horizon; k++) {
            ku_build_text(to, 0, s->name);
            ku_series_put_date(to, 1, &j->set.period, s->first, s->n + k);
            ku_build_double(to, 2, ku_outlook_in_range(o->mean[k]));
            for (int b = 0; b < KU_BOUNDS; b++)
                ku_build_double(to, 3 + b, ku_outlook_in_range(o->bound[b][k]));
            ku_build_row(to);
        }
    }
}

/* Past and forecast in one table, so that a chart shows both. */
static void put_course(const job *j, ku_frame_builder *to)
{
    for (size_t i = 0; j->course && i < j->set.count; i++) {
        const ku_series *s = &j->set.series[i];
        const ku_outlook *o = &j->outlook[i];
        int n = s->value == NULL ? 0 : s->n, ahead = o->forecast ? j->options.horizon : 0;
        for (int t = 0; t < n + ahead; t++) {
            int k = t - n;
            ku_build_text(to, 0, s->name);
            ku_series_put_date(to, 1, &j->set.period, s->first, t);
            ku_build_text(to, 2, t < n ? "actual" : "forecast");
            ku_build_double(to, 3, t < n ? s->value[t] : ku_outlook_in_range(o->mean[k]));
            if (t < n && o->forecast) ku_build_double(to, 4, o->fitted[t]);
            for (int b = 0; t >= n && b < KU_BOUNDS; b++)
                ku_build_double(to, 5 + b, ku_outlook_in_range(o->bound[b][k]));
            ku_build_row(to);
        }
    }
}

/* The remarks of one series together: those of its dates and those of its forecast. */
static const char *all_remarks(const ku_series *s, const ku_outlook *o, const char *life,
                               const char *stock, const char *drivers, ku_arena *arena)
{
    if (s->value == NULL)
        return s->n == 0 ? "No period has a value yet."
                         : "More than half of the periods are missing; no forecast.";
    const char *gaps = "", *unfinished = s->unfinished ? "An unfinished period was left out." : "";
    if (s->gaps > 0)
        gaps = ku_arena_printf(arena,
                               "%d of %d periods are missing and were filled between their"
                               " neighbours.",
                               s->gaps, s->n);
    const char *part[] = {unfinished, gaps, life, stock, o->remark, drivers};
    const char *text = "";
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (part[i][0] != '\0')
            text = ku_arena_printf(arena, "%s%s%s", text, text[0] ? " " : "", part[i]);
    return text[0] ? text : NULL;
}

/* The forecast in one figure, for lists: its sum, and what that is against the same number
 * of periods before where there are so many. */
static void put_totals(const job *j, const ku_series *s, const ku_outlook *o, int column,
                       ku_frame_builder *to)
{
    double ahead = 0, lo = 0, hi = 0, before = 0;
    int h = j->options.horizon;
    if (!o->forecast) return;
    for (int k = 0; k < h; k++) {
        ahead += o->mean[k];
        lo += o->bound[2][k];
        hi += o->bound[3][k];
        if (h <= s->n) before += s->value[s->n - 1 - k];
    }
    ku_build_double(to, column, ku_outlook_in_range(ahead));
    ku_build_double(to, column + 1, ku_outlook_in_range(lo));
    ku_build_double(to, column + 2, ku_outlook_in_range(hi));
    if (before > 0) ku_build_double(to, column + 3, ku_outlook_in_range(ahead / before - 1));
}

/* What is to be said of the product's own life: its end, its predecessor, its outliers. */
static const char *life_remark(const job *j, size_t i, ku_arena *arena)
{
    const ku_series *s = &j->set.series[i];
    int gone = ku_life_gone(s, j->set.season, GONE);
    const char *text = j->replaced[i] != NULL ? j->replaced[i] : "";
    const char *unusual = j->unusual != NULL ? j->unusual[i] : "";
    if (gone > 0)
        text = ku_arena_printf(arena,
                               "%s%sNothing was asked for in the last %d periods: it may be"
                               " gone%s.",
                               text, text[0] ? " " : "", gone,
                               j->end ? ", and is forecast so" : "");
    return unusual[0] ? ku_arena_printf(arena, "%s%s%s", text, text[0] ? " " : "", unusual) : text;
}

static void put_models(const job *j, ku_frame_builder *to)
{
    char period[KU_SERIES_PERIOD];
    ku_arena *arena = ku_run_arena(j->context);
    ku_series_period_name(&j->set.period, period);
    for (size_t i = 0; i < j->set.count; i++) {
        const ku_series *s = &j->set.series[i];
        const ku_outlook *o = &j->outlook[i];
        ku_build_text(to, 0, s->name);
        ku_build_text(to, 1, o->forecast ? o->model : "none");
        ku_build_text(to, 2, o->why[0] ? o->why : NULL);
        ku_build_text(to, 3, o->estimated ? o->parameters : NULL);
        if (o->likelihood) {
            ku_build_double(to, 4, o->loglik);
            ku_build_double(to, 5, o->aicc);
        }
        if (o->forecast) ku_build_double(to, 6, o->smape);
        ku_build_text(to, 7, period);
        ku_build_int(to, 8, o->forecast ? o->season : 1);
        ku_build_int(to, 9, s->n);
        const char *stock = ku_shelf_remark(j->lost ? &j->lost[i] : NULL, s->n, arena);
        ku_build_text(to, 10,
                      all_remarks(s, o, life_remark(j, i, arena), stock,
                                  driven_remark(&j->driven, i, arena), arena));
        put_totals(j, s, o, 11, to);
        if (o->held_out > 0) {
            ku_build_int(to, 15, o->held_out);
            ku_build_double(to, 16, (double)o->covered / o->held_out);
        }
        ku_build_row(to);
    }
}

static ku_status put_tables(const job *j, ku_frames *out, ku_error *err)
{
    static const struct {
        const char *name;
        void (*put)(const job *j, ku_frame_builder *to);
    } tables[] = {{"forecast", put_forecast},
                  {"models", put_models},
                  {"course", put_course},
                  {"scenarios", put_scenarios},
                  {"effects", put_effects}};
    /* The last two only where there is something to put into them. */
    size_t count = j->driven.drivers.columns == 0 ? 3 : 5;
    for (size_t i = 0; i < count; i++) {
        if (tables[i].put == put_scenarios && j->driven.scenarios.count == 0) continue;
        ku_frame_builder *to = ku_run_output(j->context, tables[i].name);
        ku_frame *frame = NULL;
        tables[i].put(j, to);
        KU_TRY(ku_frame_builder_finish(to, &frame, err));
        KU_TRY(ku_frames_add(out, frame, err));
    }
    return KU_OK;
}

/* ---- remarks on the whole run ------------------------------------------------------------------ */

static void remark_count(ku_run_context *context, ku_severity severity, const char *check,
                         size_t count, size_t of, const char *what)
{
    char some[KU_NUMBER_TEXT], all[KU_NUMBER_TEXT];
    if (count > 0)
        ku_run_remark(context, severity, check, "%s of %s series: %s",
                      ku_format_int(some, (int64_t)count, NULL),
                      ku_format_int(all, (int64_t)of, NULL), what);
}

static void remark_all(const job *j)
{
    size_t none = 0, simple = 0, gaps = 0, unfinished = 0, out = 0, of = j->set.count;
    char period[KU_SERIES_PERIOD];
    for (size_t i = 0; i < of; i++) {
        none += !j->outlook[i].forecast;
        simple += j->outlook[i].forecast && !j->outlook[i].estimated;
        gaps += j->set.series[i].gaps > 0 && j->set.series[i].value != NULL;
        unfinished += j->set.series[i].unfinished;
        out += j->lost != NULL && j->lost[i].lost > 0;
    }
    if (j->driven.without != NULL)
        ku_run_remark(j->context, KU_WARN, "regressors",
                      "Columns of words are not used as regressors: %s.", j->driven.without);
    ku_run_remark(j->context, KU_NOTE, "period", "Period: %s; season: %d.",
                  ku_series_period_name(&j->set.period, period), j->set.season);
    remark_count(j->context, none == of ? KU_FAIL : KU_WARN, "no forecast", none, of,
                 "too short or with too many gaps for a forecast.");
    remark_count(j->context, KU_WARN, "no model", simple, of,
                 "constant or too short for a model; the last value is repeated.");
    remark_count(j->context, KU_WARN, "gaps", gaps, of,
                 "missing periods were filled between their neighbours.");
    remark_count(j->context, KU_NOTE, "stock", out, of,
                 "stock ran out at times; what was not sold then was estimated.");
    remark_count(j->context, KU_NOTE, "unfinished period", unfinished, of,
                 "a period that is not over, or began before the data, was left out.");
}

ku_status ku_demand_forecast_run(const ku_frames *in, const ku_params *params,
                                 ku_run_context *context, ku_frames *out, ku_error *err)
{
    job *j = KU_NEW(ku_run_arena(context), job);
    j->context = context;
    j->options = read_options(params);
    j->course = ku_param_bool(params, "course");
    KU_TRY(ku_series_read(ku_frames_find(in, "series"), ku_param_text_value(params, "period"),
                          ku_run_arena(context), &j->set, err));
    const char *season = ku_param_text_value(params, "season");
    if (season != NULL) KU_TRY(ku_series_seasons(&j->set, season, err));
    KU_TRY(ku_shelf_uncensor(&j->set, ku_run_pool(context), ku_run_arena(context), &j->lost, err));
    j->end = strcmp(ku_param_text_value(params, "gone"), "zero") == 0;
    j->replaced = KU_ARRAY(ku_run_arena(context), j->set.count + 1, const char *);
    KU_TRY(ku_life_replace(ku_frames_find(in, "replacement"), &j->set, j->replaced,
                           ku_run_arena(context), err));
    KU_TRY(driven_init(&j->driven, &j->set, in, params, context, err));
    if (!make_room(j, ku_run_arena(context)) ||
        !make_outlier_room(j, ku_param_text_value(params, "outliers"), ku_run_arena(context)))
        return ku_error_set(err, KU_NO_MEMORY, "series", "these series do not fit into the memory");
    pool_counts(j, ku_run_arena(context));
    ku_pool_each(ku_run_pool(context), j->set.count, 1, forecast_one, j);
    if (ku_run_cancelled(context))
        return ku_error_set(err, KU_CANCELLED, NULL, "the forecast was cancelled");
    remark_all(j);
    return put_tables(j, out, err);
}
