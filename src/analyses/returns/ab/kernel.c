/* kernel.c - returns.ab: which variant does better, and is it worth it.
 *
 * Before any effect comes the ratio of samples: where units were not divided as planned, those
 * that are missing are not missing by chance, and every comparison is between unlike groups.
 * Then effects, corrected for how units differed before and for how many comparisons there are;
 * then what they are worth, which is what is decided by. */
#include <math.h>
#include <string.h>

#include "analyses/returns/ab/ab.h"
#include "analyses/returns/ab/result.h"
#include "returns/ab/ratio.h"

enum { DRAWS = 20000 };

void ab_estimate(const ab_data *data, const ku_ab_metric *metric, const ku_ab_arm *arm,
                 const ku_ab_plan *plan, ab_found *out)
{
    out->how = ku_ab_work_out(metric, arm, data->variants, out->value);
    for (int g = 0; g < data->variants; g++) {
        out->effect[g] = (ku_ab_effect){0};
        if (g != data->control)
            out->effect[g] = ku_ab_compare(metric, out->how.adjusted, &out->value[data->control],
                                           &out->value[g], plan);
    }
}

static double other_control(const ab_data *data)
{
    return 2 * data->total / data->variants;
}

/* ---- the course of the test -------------------------------------------------------------------------- */

typedef struct course {
    const ku_params *params;
    ku_frame_builder *to;
    ab_found *found;
} course;

static ku_ab_plan plan_of(const ab_data *data, const ku_params *params)
{
    double units = ku_param_set(params, "planned") ? (double)ku_param_int(params, "planned")
                                                   : other_control(data);
    return (ku_ab_plan){.confidence = 0.95, .units = fmax(units, 2)};
}

static void put_look(void *to, const ab_data *data, int32_t day)
{
    course *c = to;
    ku_ab_plan plan = plan_of(data, c->params);
    for (int m = 0; m < data->metrics; m++) {
        ab_estimate(data, &data->metric[m].record, ab_arms(data, m), &plan, c->found);
        for (int g = 0; g < data->variants; g++) {
            const ku_ab_effect *e = &c->found->effect[g];
            if (g == data->control || !isfinite(e->effect) || !(e->error > 0)) continue;
            ku_build_date(c->to, 0, day);
            ku_build_text(c->to, 1, data->metric[m].name);
            ku_build_text(c->to, 2, data->variant[g]);
            ku_build_int(
                c->to, 3,
                (int64_t)(c->found->value[g].units + c->found->value[data->control].units));
            ku_build_double(c->to, 4, e->effect);
            ku_build_double(c->to, 5, e->lo);
            ku_build_double(c->to, 6, e->hi);
            ku_build_double(c->to, 7, e->always_lo);
            ku_build_double(c->to, 8, e->always_hi);
            ku_build_row(c->to);
        }
    }
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

static void correct_for_many(ab_result *r, ku_arena *arena)
{
    const ab_data *d = r->data;
    int count = d->metrics * d->variants;
    double *p = KU_ARRAY(arena, (size_t)count, double),
           *out = KU_ARRAY(arena, (size_t)count, double);
    int *order = KU_ARRAY(arena, (size_t)count, int);
    for (int i = 0; i < count; i++) {
        int g = i % d->variants;
        p[i] = g == d->control ? NAN : r->found[i / d->variants].effect[g].p;
    }
    ku_ab_holm(p, count, out, order);
    for (int i = 0; i < count; i++) r->found[i / d->variants].holm[i % d->variants] = out[i];
    ku_ab_benjamini(p, count, out, order);
    for (int i = 0; i < count; i++) r->found[i / d->variants].benjamini[i % d->variants] = out[i];
}

static bool is_known(const ab_result *r, int metric)
{
    const ab_data *d = r->data;
    for (int g = 0; g < d->variants; g++)
        if (!isfinite(r->found[metric].value[g].error)) return false;
    return true;
}

static void estimate_all(ab_result *r, ku_run_context *context)
{
    const ab_data *d = r->data;
    double units[KU_AB_ARMS];
    for (int m = 0; m < d->metrics; m++)
        ab_estimate(d, &d->metric[m].record, ab_arms(d, m), &r->plan, &r->found[m]);
    correct_for_many(r, ku_run_arena(context));
    for (int g = 0; g < d->variants; g++) units[g] = d->arm[g].units;
    r->ratio_p = ku_ab_ratio_p(units, d->share, d->variants);
    r->ratio_always = fmin(1, exp(-d->evidence));
    const ab_found *money = &r->found[d->money];
    r->best = d->control;
    for (int g = 0; g < d->variants; g++) r->chance[g] = (ku_ab_chance){NAN, NAN, NAN};
    if (!is_known(r, d->money)) return;
    ku_ab_best(&d->metric[d->money].record, money->how.adjusted, money->value, d->variants,
               d->control, DRAWS, ku_run_rng(context, 1), r->chance);
    for (int g = 0; g < d->variants; g++)
        if (r->chance[g].best > r->chance[r->best].best) r->best = g;
}

/* ---- tables -------------------------------------------------------------------------------------------- */

static void put_ratio(const ab_result *r, ku_frame_builder *to)
{
    const ab_data *d = r->data;
    double all = 0;
    for (int g = 0; g < d->variants; g++) all += d->arm[g].units;
    for (int g = 0; g < d->variants; g++) {
        ku_build_text(to, 0, d->variant[g]);
        ku_build_int(to, 1, (int64_t)d->arm[g].units);
        ku_build_double(to, 2, d->arm[g].units / all);
        ku_build_double(to, 3, d->share[g]);
        ku_build_double(to, 4, r->ratio_p);
        ku_build_double(to, 5, r->ratio_always);
        ku_build_row(to);
    }
}

static void put_metrics(const ab_result *r, ku_frame_builder *to)
{
    static const char *const kind[] = {[KU_AB_SHARE] = "share of units",
                                       [KU_AB_MEAN] = "mean a unit",
                                       [KU_AB_RATIO] = "ratio of sums"};
    const ab_data *d = r->data;
    for (int m = 0; m < d->metrics; m++)
        for (int g = 0; g < d->variants; g++) {
            const ku_ab_metric *metric = &d->metric[m].record;
            const ku_ab_value *v = &r->found[m].value[g];
            ku_interval i = ku_ab_interval(metric, r->found[m].how.adjusted, v, 0.95);
            ku_build_text(to, 0, d->metric[m].name);
            ku_build_text(to, 1, kind[metric->kind]);
            ku_build_text(to, 2, d->variant[g]);
            ku_build_int(to, 3, (int64_t)v->units);
            ku_build_double(to, 4, v->plain);
            ku_build_double(to, 5, v->mean);
            ku_build_double(to, 6, i.lo);
            ku_build_double(to, 7, i.hi);
            ku_build_row(to);
        }
}

static const char *verdict_of(const ab_result *r, int metric, int variant)
{
    const ab_found *f = &r->found[metric];
    if (ab_ratio_wrong(r)) return "not to be trusted";
    if (!(f->holm[variant] < 0.05)) return "not known";
    return f->effect[variant].effect > 0 ? "higher" : "lower";
}

static void put_effect(const ab_result *r, int m, int g, ku_frame_builder *to)
{
    const ab_found *f = &r->found[m];
    const ku_ab_effect *e = &f->effect[g];
    const double value[] = {e->effect,
                            e->lo,
                            e->hi,
                            e->relative,
                            e->relative_lo,
                            e->relative_hi,
                            e->p,
                            f->holm[g],
                            f->benjamini[g],
                            e->always_lo,
                            e->always_hi,
                            e->always_p,
                            f->how.adjusted ? f->how.saved : NAN};
    ku_build_text(to, 0, r->data->metric[m].name);
    ku_build_text(to, 1, r->data->variant[g]);
    for (int i = 0; i < (int)(sizeof value / sizeof *value); i++)
        ku_build_double(to, 2 + i, value[i]);
    ku_build_text(to, 15, verdict_of(r, m, g));
    ku_build_row(to);
}

static void put_decision(const ab_result *r, ku_frame_builder *to)
{
    const ab_data *d = r->data;
    const ab_found *f = &r->found[d->money];
    for (int g = 0; g < d->variants; g++) {
        const ku_ab_effect *e = &f->effect[g];
        ku_interval i = ku_ab_interval(&d->metric[d->money].record, f->how.adjusted, &f->value[g],
                                       0.95);
        const double value[] = {f->value[g].mean, i.lo, i.hi, e->effect, e->lo, e->hi};
        ku_build_text(to, 0, d->variant[g]);
        for (int k = 0; k < 6; k++) ku_build_double(to, 1 + k, r->worth * value[k]);
        for (int k = 3; k < 6; k++) ku_build_double(to, 4 + k, r->audience * r->worth * value[k]);
        ku_build_double(to, 10, r->chance[g].best);
        if (g != d->control) ku_build_double(to, 11, r->chance[g].better);
        ku_build_double(to, 12, r->audience * r->worth * r->chance[g].loss);
        ku_build_row(to);
    }
}

double ab_needed(const ab_result *r, int metric, int variant)
{
    const ab_found *f = &r->found[metric];
    const ku_ab_value *a = &f->value[r->data->control], *b = &f->value[variant];
    double spread = a->error * a->error * a->units + b->error * b->error * b->units;
    double change = r->aim * fabs(a->plain), seen = ku_ab_seen(0.95, 0.8);
    return change > 0 && spread > 0 ? ceil(2 * seen * seen * spread / (change * change)) : NAN;
}

static void put_power(const ab_result *r, int m, int g, ku_frame_builder *to)
{
    const ab_found *f = &r->found[m];
    const ku_ab_value *a = &f->value[r->data->control];
    double seen = ku_ab_seen(0.95, 0.8) * f->effect[g].error;
    ku_build_text(to, 0, r->data->metric[m].name);
    ku_build_text(to, 1, r->data->variant[g]);
    ku_build_int(to, 2, (int64_t)(a->units + f->value[g].units));
    ku_build_double(to, 3, seen > 0 ? seen : NAN);
    ku_build_double(to, 4, seen > 0 && a->plain != 0 ? seen / fabs(a->plain) : NAN);
    ku_build_double(to, 5, ab_needed(r, m, g));
    ku_build_row(to);
}

static void put_figure(ku_frame_builder *to, const char *measure, const char *unit, double value,
                       double lo, double hi)
{
    if (!isfinite(value)) return;
    ku_build_text(to, 0, measure);
    ku_build_double(to, 1, value);
    ku_build_text(to, 2, unit);
    ku_build_double(to, 3, lo);
    ku_build_double(to, 4, hi);
    ku_build_row(to);
}

/* Of the variant most likely to be best, or where that is the control the next. */
static int shown_variant(const ab_result *r)
{
    const ab_data *d = r->data;
    int shown = -1;
    if (r->best != d->control) return r->best;
    for (int g = 0; g < d->variants; g++)
        if (g != d->control && (shown < 0 || r->chance[g].best > r->chance[shown].best)) shown = g;
    return shown;
}

static void put_figures(const ab_result *r, ku_frame_builder *to, ku_arena *arena)
{
    const ab_data *d = r->data;
    int g = shown_variant(r);
    const ku_ab_effect *e = &r->found[0].effect[g], *money = &r->found[d->money].effect[g];
    double all = r->worth * r->audience;
    put_figure(to,
               ku_arena_printf(arena, "%.60s, \"%.40s\" against \"%.40s\"", d->metric[0].name,
                               d->variant[g], d->variant[d->control]),
               "change", e->relative, e->relative_lo, e->relative_hi);
    put_figure(to, "Gain in all", "money", all * money->effect, all * money->lo, all * money->hi);
    put_figure(to, "Chance to be better", "share", r->chance[g].better, NAN, NAN);
    put_figure(to, "At risk", "money", all * r->chance[g].loss, NAN, NAN);
    put_figure(to, "Division as planned: by chance", "share", r->ratio_p, NAN, NAN);
}

static void put_experiment(const ab_result *r, const ku_params *params, ku_run_context *context,
                           ku_frame_builder *to)
{
    const ab_data *d = r->data;
    if (!ku_param_set(params, "channel")) return;
    if (d->variants != 2 || !d->dated || !ku_param_set(params, "spend")) {
        ku_run_remark(context, KU_WARN, "experiment",
                      "A row of the experiments needs two variants, dates, and --spend.");
        return;
    }
    int g = 1 - d->control;
    const ku_ab_effect *e = &r->found[d->money].effect[g];
    double all = r->worth * r->found[d->money].value[g].units;
    const double value[] = {ku_param_real(params, "spend"), all * e->effect, all * e->lo,
                            all * e->hi, all * e->error};
    ku_build_text(
        to, 0, ku_param_set(params, "test") ? ku_param_text_value(params, "test") : d->variant[g]);
    ku_build_text(to, 1, ku_param_text_value(params, "channel"));
    ku_build_date(to, 2, d->first);
    ku_build_date(to, 3, d->last);
    for (int i = 0; i < 5; i++) ku_build_double(to, 4 + i, value[i]);
    ku_build_text(to, 9, "people chosen at random");
    ku_build_row(to);
}

enum {
    FIGURES,
    REPORT,
    RATIO,
    EFFECTS,
    DECISION,
    METRICS,
    COURSE,
    SEGMENTS,
    POWER,
    EXPERIMENT,
    TABLES
};

static void write(const ab_result *r, const ku_params *params, ku_run_context *context,
                  ku_frame_builder *to[TABLES])
{
    const ab_data *d = r->data;
    const char *words = ab_words(r, ku_run_arena(context));
    ku_run_remark(context, KU_NOTE, "in words", "%s", words);
    put_figures(r, to[FIGURES], ku_run_arena(context));
    ku_build_text(to[REPORT], 0, words);
    ku_build_row(to[REPORT]);
    put_ratio(r, to[RATIO]);
    put_metrics(r, to[METRICS]);
    for (int m = 0; m < d->metrics; m++)
        for (int g = 0; g < d->variants; g++) {
            if (g == d->control) continue;
            put_effect(r, m, g, to[EFFECTS]);
            put_power(r, m, g, to[POWER]);
        }
    put_decision(r, to[DECISION]);
    ab_put_segments(r, context, to[SEGMENTS]);
    put_experiment(r, params, context, to[EXPERIMENT]);
}

ku_status ab_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                 ku_frames *out, ku_error *err)
{
    static const char *const name[TABLES] = {"figures",  "report",    "ratio",  "effects",
                                             "decision", "metrics",   "course", "segments",
                                             "power",    "experiment"};
    ku_arena *arena = ku_run_arena(context);
    ku_frame_builder *to[TABLES];
    ab_data *data = KU_NEW(arena, ab_data);
    ab_result *r = KU_NEW(arena, ab_result);
    for (int i = 0; i < TABLES; i++) to[i] = ku_run_output(context, name[i]);
    course c = {params, to[COURSE], KU_NEW(arena, ab_found)};
    ku_status status = ab_read(in, params, context, data, put_look, &c, err);
    if (status == KU_OK) {
        *r = (ab_result){.data = data,
                         .found = KU_ARRAY(arena, (size_t)data->metrics, ab_found),
                         .plan = plan_of(data, params),
                         .worth = ku_param_real(params, "worth"),
                         .audience = ku_param_set(params, "audience")
                                         ? ku_param_real(params, "audience")
                                         : data->total,
                         .aim = ku_param_real(params, "aim")};
        estimate_all(r, context);
        ab_check(r, context);
        write(r, params, context, to);
    }
    for (int i = 0; i < TABLES; i++) {
        bool optional = i == COURSE || i == SEGMENTS || i == EXPERIMENT;
        if (status == KU_OK && !(optional && ku_build_rows(to[i]) == 0))
            status = ku_frames_add_built(out, to[i], err);
        else
            ku_frame_builder_free(to[i]);
    }
    return status;
}
