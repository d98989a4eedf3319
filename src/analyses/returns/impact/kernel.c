/* kernel.c - returns.impact: what changed when something was done.
 *
 * The series is read with what it can be compared with (study.c), its course without what was
 * done is drawn many times (returns/impact), and the same is done for earlier days on which
 * nothing was done: a method that finds effects there is not to be believed here. The tables
 * follow; words.c says it in words. */
#include <math.h>
#include <string.h>

#include "analyses/returns/impact/impact.h"
#include "analyses/returns/impact/result.h"

enum { CHAINS = 4, WARMUP = 300, DRAWS = 8000, PLACEBO_DRAWS = 1600 };

/* A draw takes time with the square of the periods in a cycle; from here on there are fewer. */
enum { LONG_SEASON = 25, FEWER = 4 };

static int draws_of(const impact_study *study, const ku_params *params)
{
    if (ku_param_set(params, "draws")) return (int)ku_param_int(params, "draws");
    return study->season < LONG_SEASON ? DRAWS : DRAWS / FEWER;
}

static bool is_cancelled(void *data)
{
    return ku_run_cancelled(data);
}

static ku_impact_options options_of(const impact_study *study, const ku_params *params,
                                    ku_run_context *context)
{
    return (ku_impact_options){
        .structural = {.chains = CHAINS,
                       .warmup = WARMUP,
                       .draws = (draws_of(study, params) + CHAINS - 1) / CHAINS,
                       .seasons = study->season,
                       .duration = 1,
                       .level_sd = ku_param_real(params, "level-step"),
                       .model_size = (double)ku_param_int(params, "columns"),
                       .seed = ku_run_rng(context, 0).seed},
        .confidence = 0.95,
        .pool = ku_run_pool(context),
        .stop = is_cancelled,
        .stop_data = context};
}

static ku_status estimate(impact_result *r, const ku_params *params, ku_run_context *context,
                          ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    const ku_impact_series *s = &r->study->series;
    ku_impact_options options = options_of(r->study, params, context);
    ku_run_progress(context, 0.05, "Working out what would have been");
    KU_TRY(ku_impact_estimate_effect(s, &options, arena, &r->impact, err));
    ku_run_progress(context, 0.4, "Pretending earlier starts");
    options.structural.draws = PLACEBO_DRAWS / CHAINS /
                               (r->study->season < LONG_SEASON ? 1 : FEWER);
    KU_TRY(ku_impact_placebos(s, &options, (int)ku_param_int(params, "placebos"), arena, r->placebo,
                              &r->placebos, err));
    r->move = KU_ARRAY(arena, (size_t)s->columns + 1, ku_impact_move);
    for (int j = 0; j < s->columns; j++)
        r->move[j] = ku_impact_moved(s->x + (size_t)j * (size_t)s->n, s->n, s->first);
    return KU_OK;
}

/* ---- tables ---------------------------------------------------------------------------------------- */

static void put(ku_frame_builder *to, int column, ku_impact_estimate e, bool sd)
{
    ku_build_double(to, column++, e.mean);
    if (sd) ku_build_double(to, column++, e.sd);
    ku_build_double(to, column++, e.lo);
    ku_build_double(to, column, e.hi);
}

static void put_figure(ku_frame_builder *to, const char *measure, const char *unit,
                       ku_impact_estimate e)
{
    if (isnan(e.mean)) return;
    ku_build_text(to, 0, measure);
    ku_build_double(to, 1, e.mean);
    ku_build_text(to, 2, unit);
    ku_build_double(to, 3, e.lo);
    ku_build_double(to, 4, e.hi);
    ku_build_row(to);
}

static ku_impact_estimate scaled(ku_impact_estimate e, double by, double less)
{
    return (ku_impact_estimate){e.mean * by - less, e.sd * by, e.lo * by - less, e.hi * by - less};
}

static void put_figures(const impact_result *r, ku_frame_builder *to)
{
    const ku_impact *i = &r->impact;
    put_figure(to, "Effect in all", "", i->sum.effect);
    put_figure(to, "Effect a period", "", i->average.effect);
    put_figure(to, "Relative effect", "change", i->sum.relative);
    put_figure(to, "Chance that it had an effect", "share",
               (ku_impact_estimate){1 - i->tail, NAN, NAN, NAN});
    if (isnan(r->cost)) return;
    if (r->cost > 0)
        put_figure(to, "Return per unit spent", "", scaled(i->sum.effect, r->worth / r->cost, 0));
    put_figure(to, "Won after its cost", "money", scaled(i->sum.effect, r->worth, r->cost));
}

static void put_total(const impact_result *r, const char *of, const ku_impact_total *total,
                      ku_frame_builder *to)
{
    ku_build_text(to, 0, of);
    ku_build_int(to, 1, r->impact.periods);
    ku_build_double(to, 2, total->actual);
    put(to, 3, total->predicted, true);
    put(to, 7, total->effect, true);
    put(to, 11, total->relative, true);
    ku_build_double(to, 15, r->impact.tail);
    ku_build_row(to);
}

static void put_date(const impact_result *r, ku_frame_builder *to, int place)
{
    ku_series_put_date(to, 0, &r->study->period, r->study->start, place);
}

static void put_course(const impact_result *r, ku_frame_builder *to)
{
    const ku_impact_series *s = &r->study->series;
    for (int t = 0; t < s->n; t++) {
        const ku_impact_period *p = &r->impact.period[t];
        put_date(r, to, t);
        ku_build_bool(to, 1, t >= s->first);
        ku_build_double(to, 2, s->seen[t] ? s->value[t] : NAN);
        put(to, 3, p->predicted, false);
        put(to, 6, p->effect, false);
        put(to, 9, p->cumulative, false);
        ku_build_row(to);
    }
}

static void put_lines(const impact_result *r, ku_frame_builder *to)
{
    const ku_impact_series *s = &r->study->series;
    for (int t = 0; t < s->n; t++) {
        if (!s->seen[t]) continue;
        put_date(r, to, t);
        ku_build_text(to, 1, "Actual");
        ku_build_double(to, 2, s->value[t]);
        ku_build_row(to);
    }
    for (int t = 0; t < s->n; t++) {
        put_date(r, to, t);
        ku_build_text(to, 1, "Expected without it");
        put(to, 2, r->impact.period[t].predicted, false);
        ku_build_row(to);
    }
}

static void put_coefficients(const impact_result *r, ku_frame_builder *to)
{
    for (int j = 0; j < r->study->series.columns; j++) {
        const ku_impact_column *c = &r->impact.column[j];
        ku_build_text(to, 0, r->study->column[j]);
        ku_build_double(to, 1, c->counts);
        put(to, 2, c->coefficient, false);
        ku_build_double(to, 5, c->share);
        ku_build_double(to, 6, r->move[j].jump);
        ku_build_double(to, 7, r->move[j].compared);
        ku_build_row(to);
    }
}

static void put_placebos(const impact_result *r, ku_frame_builder *to)
{
    for (int i = 0; i < r->placebos; i++) {
        const ku_impact_placebo *p = &r->placebo[i];
        put_date(r, to, p->first);
        ku_build_int(to, 1, p->periods);
        put(to, 2, p->effect, false);
        ku_build_double(to, 5, p->relative.mean);
        ku_build_bool(to, 6, p->covers);
        ku_build_double(to, 7, p->seen > 0 ? (double)p->inside / p->seen : NAN);
        ku_build_row(to);
    }
}

/* Where it was done, for the experiments: only regions are places. */
static const char *region_of(const impact_result *r, const ku_params *params)
{
    bool named = ku_param_set(params, "series") &&
                 strcmp(ku_param_text_value(params, "by"), "region") == 0;
    return named ? r->study->name : NULL;
}

static void put_experiment(const impact_result *r, const ku_params *params, ku_run_context *context,
                           ku_frame_builder *to)
{
    const impact_study *s = r->study;
    ku_arena *arena = ku_run_arena(context);
    if (!ku_param_set(params, "channel")) return;
    if (s->period.numbers || isnan(r->cost)) {
        ku_run_remark(context, KU_WARN, "experiment",
                      "A row of the experiments needs dates and --cost.");
        return;
    }
    ku_impact_estimate e = scaled(r->impact.sum.effect, r->worth, 0);
    int64_t behind = ku_series_date(&s->period, s->start, s->series.n);
    ku_build_text(
        to, 0,
        ku_arena_printf(arena, "%s, from %s", s->name, impact_date(s, s->series.first, arena)));
    ku_build_text(to, 1, ku_param_text_value(params, "channel"));
    ku_build_text(to, 2, region_of(r, params));
    ku_build_date(to, 3, ku_param_date(params, "start"));
    ku_build_date(to, 4, (int32_t)behind - 1);
    ku_build_double(to, 5, r->cost);
    put(to, 6, (ku_impact_estimate){e.mean, 0, e.lo, e.hi}, false);
    ku_build_double(to, 9, e.sd);
    ku_build_text(to, 10, "course of the series against others that were not touched");
    ku_build_row(to);
}

enum { FIGURES, REPORT, SUMMARY, COURSE, LINES, COEFFICIENTS, PLACEBO, CHECKS, EXPERIMENT, TABLES };

static void put_tables(const impact_result *r, const ku_params *params, ku_run_context *context,
                       ku_frame_builder *to[TABLES])
{
    const char *words = impact_words(r, ku_run_arena(context));
    ku_run_remark(context, KU_NOTE, "in words", "%s", words);
    put_figures(r, to[FIGURES]);
    ku_build_text(to[REPORT], 0, words);
    ku_build_row(to[REPORT]);
    put_total(r, "a period", &r->impact.average, to[SUMMARY]);
    put_total(r, "in all", &r->impact.sum, to[SUMMARY]);
    put_course(r, to[COURSE]);
    put_lines(r, to[LINES]);
    put_coefficients(r, to[COEFFICIENTS]);
    put_placebos(r, to[PLACEBO]);
    impact_check(r, context, to[CHECKS]);
    put_experiment(r, params, context, to[EXPERIMENT]);
}

static ku_status write(const impact_result *r, const ku_params *params, ku_run_context *context,
                       ku_frames *out, ku_error *err)
{
    static const char *const name[TABLES] = {"figures", "report", "summary",
                                             "course",  "lines",  "coefficients",
                                             "placebo", "checks", "experiment"};
    ku_frame_builder *to[TABLES];
    for (int i = 0; i < TABLES; i++) to[i] = ku_run_output(context, name[i]);
    put_tables(r, params, context, to);
    if (ku_build_rows(to[EXPERIMENT]) > 0) return ku_frames_add_all(out, to, TABLES, err);
    ku_frame_builder_free(to[EXPERIMENT]);
    return ku_frames_add_all(out, to, EXPERIMENT, err);
}

ku_status impact_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                     ku_frames *out, ku_error *err)
{
    impact_study study;
    impact_result r = {.study = &study,
                       .cost = ku_param_set(params, "cost") ? ku_param_real(params, "cost") : NAN,
                       .worth = ku_param_real(params, "worth")};
    KU_TRY(impact_read(ku_frames_find(in, "named"), params, context, &study, err));
    KU_TRY(estimate(&r, params, context, err));
    return write(&r, params, context, out, err);
}
