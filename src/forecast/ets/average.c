/* average.c - exponential smoothing without the choice of one model.
 *
 * The smallest AICc is often smallest by chance: on a series a few values longer another
 * model wins, and the forecast jumps. All models are fitted anyway; their mean, weighted by
 * AICc, forecasts better than the chosen one, and the differences between them are part of
 * what is not known. */
#include "forecast/ets/average.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "forecast/ets/ets.h"

const double ku_ets_temper = 16;

typedef struct work {
    ku_ets_work *ets;
    int observations, horizon;
    double *mean, *variance, *fitted; /* by model */
} work;

void *ku_ets_average_new(ku_arena *arena, int observations, int season, int horizon)
{
    work *w = KU_NEW(arena, work);
    size_t n = (size_t)observations, h = (size_t)horizon;
    int factors = season < KU_ETS_LONGEST_SEASON ? season : KU_ETS_LONGEST_SEASON;
    w->ets = ku_ets_work_new(arena, observations, factors);
    w->observations = observations;
    w->horizon = horizon;
    w->mean = ku_arena_try(arena, KU_ETS_MODELS * h * sizeof(double));
    w->variance = ku_arena_try(arena, KU_ETS_MODELS * h * sizeof(double));
    w->fitted = ku_arena_try(arena, KU_ETS_MODELS * n * sizeof(double));
    return w->ets && w->mean && w->variance && w->fitted ? w : NULL;
}

static bool all_finite(const double *x, int n)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

/* Fits every model; aicc[i] is INFINITY for those that cannot be used. The smallest. */
static double fit_all(work *w, const ku_past *past, int h, bool fitted, double *aicc,
                      double *sigma2)
{
    double smallest = INFINITY;
    for (int i = 0; i < KU_ETS_MODELS; i++) {
        ku_ets_fit fit;
        double *mean = w->mean + (ptrdiff_t)i * w->horizon;
        double *variance = w->variance + (ptrdiff_t)i * w->horizon;
        aicc[i] = INFINITY;
        if (!ku_ets_possible(ku_ets_models[i], past->y, past->n, past->season) ||
            !ku_ets_fit_model(w->ets, ku_ets_models[i], past->y, past->n, past->season, &fit))
            continue;
        ku_ets_predict(&fit, h, mean, variance);
        if (!all_finite(mean, h) || !all_finite(variance, h) || !isfinite(fit.aicc)) continue;
        if (fitted)
            ku_ets_fitted(w->ets, &fit, past->y, w->fitted + (ptrdiff_t)i * w->observations);
        aicc[i] = fit.aicc;
        sigma2[i] = fit.model.error == 'A' ? fit.sigma2 : variance[0];
        smallest = fmin(smallest, fit.aicc);
    }
    return smallest;
}

/* to[k] = sum of weight[i] * from[i * stride + k]. */
static void mix(const double *weight, const double *from, int stride, int n, double *to)
{
    memset(to, 0, (size_t)n * sizeof *to);
    for (int i = 0; i < KU_ETS_MODELS; i++)
        for (int k = 0; weight[i] > 0 && k < n; k++)
            to[k] += weight[i] * from[(ptrdiff_t)i * stride + k];
}

/* The variance of a mixture: that of the models and that between their means. */
static void mix_variance(const work *w, const double *weight, int h, const double *mean, double *to)
{
    mix(weight, w->variance, w->horizon, h, to);
    for (int i = 0; i < KU_ETS_MODELS; i++)
        for (int k = 0; weight[i] > 0 && k < h; k++) {
            double off = w->mean[(ptrdiff_t)i * w->horizon + k] - mean[k];
            to[k] += weight[i] * off * off;
        }
}

/* The three that weigh most, in words. */
static void describe(const double *weight, ku_ahead *ahead)
{
    bool told[KU_ETS_MODELS] = {false};
    size_t length = 0;
    for (int place = 0; place < 3; place++) {
        char name[KU_ETS_NAME];
        int most = -1;
        for (int i = 0; i < KU_ETS_MODELS; i++)
            if (!told[i] && weight[i] > 0 && (most < 0 || weight[i] > weight[most])) most = i;
        if (most < 0) break;
        told[most] = true;
        ku_ets_name(ku_ets_models[most], name);
        length += (size_t)snprintf(ahead->parameters + length, sizeof ahead->parameters - length,
                                   "%s%s=%.2f", place ? "; " : "", name, weight[most]);
    }
}

bool ku_ets_average(void *work_, double temper, const ku_past *past, ku_ahead *ahead)
{
    work *w = work_;
    const int h = ahead->h;
    double aicc[KU_ETS_MODELS], sigma2[KU_ETS_MODELS], weight[KU_ETS_MODELS], sum = 0;
    ku_past seen = *past; /* a season longer than can be seen is none */
    if (past->season > KU_ETS_LONGEST_SEASON) {
        if (past->n >= 2 * past->season) return false;
        seen.season = 1;
    }
    double smallest = fit_all(w, &seen, h, ahead->fitted != NULL, aicc, sigma2);
    if (!isfinite(smallest)) return false;
    int used = 0;
    for (int i = 0; i < KU_ETS_MODELS; i++) {
        weight[i] = isfinite(aicc[i]) ? exp(-(aicc[i] - smallest) / temper) : 0;
        used += weight[i] > 0;
        sum += weight[i];
    }
    ahead->sigma2 = 0;
    for (int i = 0; i < KU_ETS_MODELS; i++) {
        weight[i] /= sum;
        if (weight[i] > 0) ahead->sigma2 += weight[i] * sigma2[i];
    }
    double *variance = ahead->bound[KU_BOUNDS - 1]; /* filled last below */
    mix(weight, w->mean, w->horizon, h, ahead->mean);
    mix_variance(w, weight, h, ahead->mean, variance);
    if (ahead->fitted != NULL) mix(weight, w->fitted, w->observations, past->n, ahead->fitted);
    ku_ahead_normal(ahead, variance);
    ahead->likelihood = false;
    snprintf(ahead->model, sizeof ahead->model, "ETS, mean of %d models", used);
    describe(weight, ahead);
    return all_finite(ahead->mean, h) && all_finite(ahead->bound[2], h) &&
           all_finite(ahead->bound[3], h);
}

static bool forecast(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return ku_ets_average(work_, ku_ets_temper, past, ahead);
}

const ku_method ku_method_ets_mean = {
    .name = "ets_mean",
    .title = "Exponential smoothing, averaged",
    .about = "the mean of all models of level, trend and season, the likelier the more",
    .work_new = ku_ets_average_new,
    .forecast = forecast,
};
