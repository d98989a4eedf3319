/* estimate.c - what many draws say of one number, and how much of it they learnt from the data. */
#include <math.h>
#include <stdlib.h>

#include "analyses/returns/mix/internal.h"

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* R's type 7, of sorted values. */
static double quantile(const double *sorted, size_t count, double p)
{
    double at = p * (double)(count - 1);
    size_t left = (size_t)at;
    size_t right = left + 1 < count ? left + 1 : left;
    return sorted[left] + (at - (double)left) * (sorted[right] - sorted[left]);
}

static rmix_estimate nothing(void)
{
    return (rmix_estimate){NAN, NAN, NAN, NAN};
}

rmix_estimate rmix_estimate_of(const double *values, size_t step, size_t count, double *work)
{
    double mean = 0, squares = 0;
    if (count == 0) return nothing();
    for (size_t i = 0; i < count; i++) {
        work[i] = values[i * step];
        if (!isfinite(work[i])) return nothing();
        mean += work[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) squares += (work[i] - mean) * (work[i] - mean);
    qsort(work, count, sizeof *work, by_size);
    return (rmix_estimate){mean, sqrt(squares / (double)count), quantile(work, count, 0.025),
                           quantile(work, count, 0.975)};
}

double rmix_share_above(const double *values, size_t step, size_t count, double limit)
{
    size_t above = 0;
    for (size_t i = 0; i < count; i++) above += values[i * step] > limit;
    return count > 0 ? (double)above / (double)count : NAN;
}

/* ---- prior and posterior --------------------------------------------------------------------- */

typedef struct moments {
    double mean, sd;
} moments;

/* Of logarithms where all are positive. */
static moments moments_of(const double *x, size_t count, bool logs)
{
    moments m = {0, 0};
    for (size_t i = 0; i < count; i++) m.mean += (logs ? log(x[i]) : x[i]) / (double)count;
    for (size_t i = 0; i < count; i++) {
        double d = (logs ? log(x[i]) : x[i]) - m.mean;
        m.sd += d * d / (double)count;
    }
    m.sd = sqrt(m.sd);
    return m;
}

static bool all_positive(const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(x[i] > 0)) return false;
    return true;
}

/* Of the standard normal unknown behind a number whose prior is known exactly. */
static rmix_belief belief_by_unknown(const rmix_run_state *r, int unknown, double *work)
{
    size_t count = ku_mix_draws(&r->fit);
    for (size_t i = 0; i < count; i++) work[i] = ku_mix_draw(&r->fit, i)[unknown];
    moments m = moments_of(work, count, false);
    const double z = 1.959963984540054;
    return (rmix_belief){.median = ku_mix_natural(r->model, unknown, 0),
                         .lo = ku_mix_natural(r->model, unknown, -z),
                         .hi = ku_mix_natural(r->model, unknown, z),
                         .data = fmax(0, 1 - m.sd * m.sd),
                         .shift = m.mean};
}

rmix_belief rmix_belief_of_unknown(const rmix_run_state *r, int unknown)
{
    double *work = KU_ARRAY(r->arena, ku_mix_draws(&r->fit) + 1, double);
    return belief_by_unknown(r, unknown, work);
}

/* A prior of the return itself is known exactly; else draws from the prior stand for it. */
rmix_belief rmix_belief_of_return(const rmix_run_state *r, int channel)
{
    const rmix_told *t = &r->told;
    size_t channels = (size_t)r->mix.channels, c = (size_t)channel;
    int unknown = ku_mix_find(r->model, channel, KU_MIX_PART_EFFECT);
    if (r->spec->channel[channel].effect == KU_MIX_ROI && unknown >= 0)
        return rmix_belief_of_unknown(r, unknown);
    double *before = KU_ARRAY(r->arena, t->prior_draws + 1, double);
    double *after = KU_ARRAY(r->arena, t->draws + 1, double);
    for (size_t i = 0; i < t->prior_draws; i++) before[i] = t->prior_roi[i * channels + c];
    for (size_t i = 0; i < t->draws; i++) after[i] = t->channel[i * channels + c];
    double spend = 0;
    size_t regions = (size_t)r->data.regions, first = (size_t)r->data.before * regions;
    for (size_t i = 0; i < (size_t)r->data.periods * regions; i++)
        spend += r->mix.channel[channel].spend != NULL ? r->mix.channel[channel].spend[first + i]
                                                       : 0;
    if (!(spend > 0)) return (rmix_belief){NAN, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < t->draws; i++) after[i] /= spend;
    bool logs = all_positive(before, t->prior_draws) && all_positive(after, t->draws);
    moments a = moments_of(before, t->prior_draws, logs), b = moments_of(after, t->draws, logs);
    double ratio = a.sd > 0 ? b.sd / a.sd : 1;
    qsort(before, t->prior_draws, sizeof *before, by_size);
    return (rmix_belief){.median = quantile(before, t->prior_draws, 0.5),
                         .lo = quantile(before, t->prior_draws, 0.025),
                         .hi = quantile(before, t->prior_draws, 0.975),
                         .data = fmax(0, 1 - ratio * ratio),
                         .shift = a.sd > 0 ? (b.mean - a.mean) / a.sd : 0};
}
