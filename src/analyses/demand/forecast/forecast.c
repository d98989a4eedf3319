/* forecast.c - the run: read the series, forecast each on its own thread's memory, write
 * the tables in the order of the names. A series' random numbers come from a stream of its
 * own, so that neither the threads nor the other series change its result. */
#include "analyses/demand/forecast/forecast.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "analyses/demand/forecast/driven.h"
#include "base/format.h"
#include "forecast/outlook.h"
#include "forecast/series.h"
#include "forecast/stock/shelf.h"

typedef struct job {
    ku_run_context *context;
    ku_outlook_options options;
    ku_series_set set;
    ku_stock_summary *lost; /* one a series; NULL: nothing is known of the stock */
    driven driven;
    ku_outlook_work **work; /* by thread */
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

/* ---- one series ------------------------------------------------------------------------------ */

/* A stream of random numbers for a name: its FNV-1a hash. */
static uint64_t stream_of(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
}

static void forecast_one(void *data, size_t item, unsigned thread)
{
    job *j = data;
    const ku_series *s = &j->set.series[item];
    if (ku_run_cancelled(j->context)) return;
    if (s->value != NULL) {
        ku_past past = {.n = s->n, .season = j->set.season, .season_count = j->set.season_count};
        past.y = driven_past(&j->driven, thread, item);
        memcpy(past.seasons, j->set.seasons, sizeof past.seasons);
        ku_outlook_make(j->work[thread], &past, ku_run_rng(j->context, stream_of(s->name)),
                        &j->outlook[item]);
        driven_restore(&j->driven, thread, item, &j->outlook[item]);
    }
    size_t done = atomic_fetch_add(&j->done, 1) + 1;
    ku_run_progress(j->context, (double)done / (double)j->set.count, "Forecasting each series");
}

/* ---- tables ------------------------------------------------------------------------------------ */

/* Widest intervals may pass what a double holds. */
static double in_range(double value)
{
    return fmin(fmax(value, -1e300), 1e300);
}

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
            ku_build_double(to, 2, in_range(o->mean[k]));
            for (int b = 0; b < KU_BOUNDS; b++)
                ku_build_double(to, 3 + b, in_range(o->bound[b][k]));
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
            ku_build_double(to, 3, t < n ? s->value[t] : in_range(o->mean[k]));
            if (t < n && o->forecast) ku_build_double(to, 4, o->fitted[t]);
            for (int b = 0; t >= n && b < KU_BOUNDS; b++)
                ku_build_double(to, 5 + b, in_range(o->bound[b][k]));
            ku_build_row(to);
        }
    }
}

/* The remarks of one series together: those of its dates and those of its forecast. */
static const char *all_remarks(const ku_series *s, const ku_outlook *o, const char *stock,
                               const char *drivers, ku_arena *arena)
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
    const char *part[] = {unfinished, gaps, stock, o->remark, drivers};
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
    ku_build_double(to, column, in_range(ahead));
    ku_build_double(to, column + 1, in_range(lo));
    ku_build_double(to, column + 2, in_range(hi));
    if (before > 0) ku_build_double(to, column + 3, in_range(ahead / before - 1));
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
        ku_build_text(to, 2, o->estimated ? o->parameters : NULL);
        if (o->likelihood) {
            ku_build_double(to, 3, o->loglik);
            ku_build_double(to, 4, o->aicc);
        }
        if (o->forecast) ku_build_double(to, 5, o->smape);
        ku_build_text(to, 6, period);
        ku_build_int(to, 7, o->forecast ? o->season : 1);
        ku_build_int(to, 8, s->n);
        const char *stock = ku_shelf_remark(j->lost ? &j->lost[i] : NULL, s->n, arena);
        ku_build_text(to, 9, all_remarks(s, o, stock, driven_remark(&j->driven, i, arena), arena));
        put_totals(j, s, o, 10, to);
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
    KU_TRY(driven_init(&j->driven, &j->set, in, params, context, err));
    if (!make_room(j, ku_run_arena(context)))
        return ku_error_set(err, KU_NO_MEMORY, "series", "these series do not fit into the memory");
    ku_pool_each(ku_run_pool(context), j->set.count, 1, forecast_one, j);
    if (ku_run_cancelled(context))
        return ku_error_set(err, KU_CANCELLED, NULL, "the forecast was cancelled");
    remark_all(j);
    return put_tables(j, out, err);
}
