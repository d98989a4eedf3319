/* tables.c - what the draws said, as tables: returns, contributions, course, curves, regions. */
#include <math.h>
#include <string.h>

#include "analyses/returns/mix/internal.h"

/* A row of estimates: mean, low, high into three columns from `column` on. */
static void put_estimate(ku_frame_builder *b, int column, rmix_estimate e)
{
    ku_build_double(b, column, e.mean);
    ku_build_double(b, column + 1, e.lo);
    ku_build_double(b, column + 2, e.hi);
}

static rmix_estimate scaled(rmix_estimate e, double by)
{
    return (rmix_estimate){e.mean * by, e.sd * by, e.lo * by, e.hi * by};
}

static double spend_of(const rmix_run_state *r, int channel, int region)
{
    const double *spend = r->mix.channel[channel].spend;
    size_t regions = (size_t)r->data.regions, first = (size_t)r->data.before * regions;
    double sum = 0;
    for (size_t i = 0; i < (size_t)r->data.periods * regions && spend != NULL; i++)
        if (region < 0 || i % regions == (size_t)region) sum += spend[first + i];
    return sum;
}

static double all_spend(const rmix_run_state *r)
{
    double sum = 0;
    for (int c = 0; c < r->mix.channels; c++) sum += spend_of(r, c, -1);
    return sum;
}

/* [draw]: contributions, or what the next unit brings weighted by spend, of all paid channels. */
static double *all_paid(const rmix_run_state *r, bool next)
{
    const rmix_told *t = &r->told;
    double *sum = KU_ARRAY(r->arena, t->draws, double);
    for (size_t i = 0; i < t->draws; i++)
        for (int c = 0; c < r->mix.channels; c++) {
            double spend = spend_of(r, c, -1);
            size_t at = i * (size_t)r->mix.channels + (size_t)c;
            if (spend > 0) sum[i] += next ? t->marginal[at] * spend : t->channel[at];
        }
    return sum;
}

/* ---- figures ------------------------------------------------------------------------------------ */

static void put_figure(ku_frame_builder *b, const char *measure, const char *unit, rmix_estimate e,
                       bool known)
{
    ku_build_text(b, 0, measure);
    ku_build_double(b, 1, e.mean);
    ku_build_text(b, 2, unit);
    if (!known) ku_build_double(b, 3, e.lo);
    if (!known) ku_build_double(b, 4, e.hi);
    ku_build_row(b);
}

static ku_status put_figures(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(r->context, "figures");
    double *work = KU_ARRAY(r->arena, r->told.draws + 1, double), spend = all_spend(r);
    rmix_estimate brought = rmix_estimate_of(all_paid(r, false), 1, r->told.draws, work);
    rmix_estimate next = rmix_estimate_of(all_paid(r, true), 1, r->told.draws, work);
    put_figure(b, "Outcome", "money", (rmix_estimate){.mean = r->total}, true);
    put_figure(b, "Spent on media", "money", (rmix_estimate){.mean = spend}, true);
    put_figure(b, "Brought by paid media", "money", brought, false);
    put_figure(b, "Share of the outcome", "share", scaled(brought, 1 / r->total), false);
    if (spend > 0) {
        put_figure(b, "Return per unit spent", "", scaled(brought, 1 / spend), false);
        put_figure(b, "Return of the next unit", "", scaled(next, 1 / spend), false);
    }
    return ku_frames_add_built(out, b, err);
}

/* ---- returns ------------------------------------------------------------------------------------ */

static void put_return(rmix_run_state *r, ku_frame_builder *b, int c, double *work)
{
    const rmix_told *t = &r->told;
    size_t step = (size_t)r->mix.channels;
    double spend = spend_of(r, c, -1), hurdle = ku_param_real(r->params, "hurdle");
    rmix_estimate e = rmix_estimate_of(t->channel + c, step, t->draws, work);
    ku_build_text(b, 0, r->mix.channel[c].name);
    put_estimate(b, 3, e);
    put_estimate(b, 14, scaled(e, 1 / r->total));
    if (spend > 0) {
        rmix_belief belief = rmix_belief_of_return(r, c);
        ku_build_double(b, 1, spend);
        ku_build_double(b, 2, spend / all_spend(r));
        put_estimate(b, 6, scaled(e, 1 / spend));
        put_estimate(b, 9, rmix_estimate_of(t->marginal + c, step, t->draws, work));
        ku_build_double(b, 12, rmix_share_above(t->channel + c, step, t->draws, hurdle * spend));
        ku_build_double(b, 13, rmix_share_above(t->marginal + c, step, t->draws, hurdle));
        ku_build_double(b, 17, belief.median);
        ku_build_double(b, 18, belief.lo);
        ku_build_double(b, 19, belief.hi);
        ku_build_double(b, 20, belief.data);
        ku_build_double(b, 21, belief.shift);
    }
    ku_build_row(b);
}

static void put_all_returns(rmix_run_state *r, ku_frame_builder *b, double *work)
{
    double spend = all_spend(r), hurdle = ku_param_real(r->params, "hurdle");
    double *brought = all_paid(r, false), *next = all_paid(r, true);
    rmix_estimate e = rmix_estimate_of(brought, 1, r->told.draws, work);
    if (!(spend > 0)) return;
    ku_build_text(b, 0, "All paid");
    ku_build_double(b, 1, spend);
    ku_build_double(b, 2, 1);
    put_estimate(b, 3, e);
    put_estimate(b, 6, scaled(e, 1 / spend));
    put_estimate(b, 9, scaled(rmix_estimate_of(next, 1, r->told.draws, work), 1 / spend));
    ku_build_double(b, 12, rmix_share_above(brought, 1, r->told.draws, hurdle * spend));
    ku_build_double(b, 13, rmix_share_above(next, 1, r->told.draws, hurdle * spend));
    put_estimate(b, 14, scaled(e, 1 / r->total));
    ku_build_row(b);
}

static ku_status put_returns(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(r->context, "return");
    double *work = KU_ARRAY(r->arena, r->told.draws + 1, double);
    for (int c = 0; c < r->mix.channels; c++) put_return(r, b, c, work);
    put_all_returns(r, b, work);
    return ku_frames_add_built(out, b, err);
}

/* ---- contributions ------------------------------------------------------------------------------ */

static void put_step(const rmix_run_state *r, ku_frame_builder *b, const char *step,
                     const char *kind, rmix_estimate e)
{
    ku_build_text(b, 0, step);
    put_estimate(b, 1, e);
    ku_build_double(b, 4, e.mean / r->total);
    ku_build_text(b, 5, kind);
    ku_build_row(b);
}

/* The steps of a waterfall add up: what the model does not explain is in the baseline's mean, as it
 * is in nobody's doing. */
static ku_status put_contributions(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    const rmix_told *t = &r->told;
    ku_frame_builder *b = ku_run_output(r->context, "contribution");
    double *work = KU_ARRAY(r->arena, t->draws + 1, double);
    double *rest = KU_ARRAY(r->arena, t->draws + 1, double);
    size_t channels = (size_t)r->mix.channels, treatments = (size_t)r->mix.treatments;
    for (size_t i = 0; i < t->draws; i++) {
        rest[i] = r->total;
        for (size_t c = 0; c < channels; c++) rest[i] -= t->channel[i * channels + c];
        for (size_t n = 0; n < treatments; n++) rest[i] -= t->treatment[i * treatments + n];
    }
    put_step(r, b, "Baseline", "baseline", rmix_estimate_of(rest, 1, t->draws, work));
    for (size_t n = 0; n < treatments; n++)
        put_step(r, b, r->mix.treatment[n].name, "treatment",
                 rmix_estimate_of(t->treatment + n, treatments, t->draws, work));
    for (size_t c = 0; c < channels; c++)
        put_step(r, b, r->mix.channel[c].name,
                 r->mix.channel[c].spend != NULL ? "channel" : "organic",
                 rmix_estimate_of(t->channel + c, channels, t->draws, work));
    put_step(r, b, "Outcome", "total", (rmix_estimate){r->total, 0, r->total, r->total});
    return ku_frames_add_built(out, b, err);
}

/* ---- course ------------------------------------------------------------------------------------- */

static bool period_held_out(const rmix_run_state *r, int t)
{
    return r->mix.held_out != NULL && r->mix.held_out[(size_t)t * (size_t)r->data.regions];
}

/* Values of a part: [draw * step + period]. */
static void put_part(rmix_run_state *r, ku_frame_builder *b, const char *part, const double *values,
                     size_t step, double *work)
{
    for (int t = 0; t < r->data.periods; t++) {
        ku_build_date(b, 0, r->data.date[r->data.before + t]);
        ku_build_text(b, 1, part);
        put_estimate(b, 2, rmix_estimate_of(values + t, step, r->told.draws, work));
        ku_build_bool(b, 5, period_held_out(r, t));
        ku_build_row(b);
    }
}

static ku_status put_course(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    const rmix_told *d = &r->told;
    ku_frame_builder *b = ku_run_output(r->context, "course");
    double *work = KU_ARRAY(r->arena, d->draws + 1, double);
    size_t periods = (size_t)r->data.periods;
    for (int t = 0; t < r->data.periods; t++) {
        ku_build_date(b, 0, r->data.date[r->data.before + t]);
        ku_build_text(b, 1, "Actual");
        ku_build_double(b, 2, r->money[t]);
        ku_build_bool(b, 5, period_held_out(r, t));
        ku_build_row(b);
    }
    put_part(r, b, "Expected", d->replicate_period, periods, work);
    put_part(r, b, "Baseline", d->baseline_period, periods, work);
    for (int n = 0; n < r->mix.treatments; n++)
        put_part(r, b, r->mix.treatment[n].name, d->treatment_period + (size_t)n * periods,
                 (size_t)r->mix.treatments * periods, work);
    for (int c = 0; c < r->mix.channels; c++)
        put_part(r, b, r->mix.channel[c].name, d->channel_period + (size_t)c * periods,
                 (size_t)r->mix.channels * periods, work);
    return ku_frames_add_built(out, b, err);
}

/* ---- curves ------------------------------------------------------------------------------------- */

static ku_status put_curves(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    const rmix_told *t = &r->told;
    ku_frame_builder *b = ku_run_output(r->context, "curves");
    double *work = KU_ARRAY(r->arena, t->curve_draws + 1, double);
    size_t step = (size_t)r->mix.channels * RMIX_LEVELS;
    for (int c = 0; c < r->mix.channels; c++) {
        double a_period = spend_of(r, c, -1) / r->data.periods;
        for (int k = 0; k < RMIX_LEVELS && a_period > 0; k++) {
            size_t at = (size_t)c * RMIX_LEVELS + (size_t)k;
            rmix_estimate e = rmix_estimate_of(t->curve + at, step, t->curve_draws, work);
            ku_build_text(b, 0, r->mix.channel[c].name);
            ku_build_double(b, 1, rmix_level(k) * a_period);
            ku_build_double(b, 2, rmix_level(k));
            put_estimate(b, 3, scaled(e, 1.0 / r->data.periods));
            put_estimate(b, 6, rmix_estimate_of(t->curve_next + at, step, t->curve_draws, work));
            ku_build_text(b, 9, fabs(rmix_level(k) - 1) < 1e-9 ? "today" : "level");
            ku_build_row(b);
        }
    }
    return ku_frames_add_built(out, b, err);
}

/* ---- regions ------------------------------------------------------------------------------------ */

static ku_status put_regions(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    const rmix_told *t = &r->told;
    ku_frame_builder *b = ku_run_output(r->context, "regions");
    double *work = KU_ARRAY(r->arena, t->draws + 1, double);
    size_t regions = (size_t)r->data.regions, step = (size_t)r->mix.channels * regions;
    for (int g = 0; g < r->data.regions; g++)
        for (int c = 0; c < r->mix.channels; c++) {
            size_t at = (size_t)c * regions + (size_t)g;
            double spend = spend_of(r, c, g);
            rmix_estimate e = rmix_estimate_of(t->channel_region + at, step, t->draws, work);
            ku_build_text(b, 0, r->data.region[g]);
            ku_build_text(b, 1, r->mix.channel[c].name);
            ku_build_double(b, 2, spend);
            put_estimate(b, 3, e);
            if (spend > 0) put_estimate(b, 6, scaled(e, 1 / spend));
            ku_build_row(b);
        }
    return ku_frames_add_built(out, b, err);
}

ku_status rmix_put_tables(rmix_run_state *r, ku_frames *out, ku_error *err)
{
    KU_TRY(put_figures(r, out, err));
    KU_TRY(put_returns(r, out, err));
    KU_TRY(put_contributions(r, out, err));
    KU_TRY(put_course(r, out, err));
    KU_TRY(put_curves(r, out, err));
    KU_TRY(put_regions(r, out, err));
    KU_TRY(rmix_put_findings(r, "checks", &r->checks, out, err));
    KU_TRY(rmix_put_findings(r, "health", &r->health, out, err));
    KU_TRY(rmix_put_fit(r, out, err));
    KU_TRY(rmix_put_experiments(r, out, err));
    KU_TRY(rmix_put_parameters(r, out, err));
    return rmix_put_response(r, out, err);
}
