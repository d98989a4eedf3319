/* method.c - Theta as a forecasting method: season out, half the trend and smoothing,
 * season back. Values whose squares would overflow or vanish are worked on in another unit
 * (a power of two, so that nothing is rounded). */
#include <math.h>
#include <stdio.h>

#include "forecast/method.h"
#include "forecast/theta/optimised.h"
#include "forecast/theta/season.h"
#include "forecast/theta/theta.h"
#include "num/magnitude.h"

typedef struct work {
    double *y, *room;
    double *variance;
    ku_theta_season season;
} work;

static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    work *w = KU_NEW(arena, work);
    w->y = ku_arena_try(arena, (size_t)observations * sizeof(double));
    w->room = ku_arena_try(arena, 2 * (size_t)observations * sizeof(double));
    w->variance = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    w->season.factor = ku_arena_try(arena, ((size_t)season + 1) * sizeof(double));
    return w->y && w->room && w->variance && w->season.factor ? w : NULL;
}

/* The past in its unit, without the season. Returns the unit. */
static double prepare(work *w, const ku_past *past)
{
    double unit = ku_magnitude(past->y, past->n);
    if (unit > 1e-100 && unit < 1e100) unit = 1;
    for (int t = 0; t < past->n; t++) w->y[t] = past->y[t] / unit;
    ku_theta_season_find(w->y, past->n, past->season, &w->season, w->room);
    for (int t = 0; t < past->n; t++) w->y[t] = ku_theta_season_remove(&w->season, t, w->y[t]);
    return unit;
}

/* Season and unit back into the forecasts. `even`: the bounds are as wide in every period
 * of the season, as R has them; else they are wider where the season multiplies. False
 * where numbers leave their range. */
static bool restore(const work *w, double unit, int n, bool even, ku_ahead *ahead)
{
    bool finite = true;
    for (int t = 0; ahead->fitted != NULL && t < n; t++)
        ahead->fitted[t] = unit * ku_theta_season_restore(&w->season, t, ahead->fitted[t]);
    for (int i = 0; i < ahead->h; i++) {
        double factor = ku_theta_season_restore(&w->season, n + i, 1);
        if (!even && !w->season.adds) w->variance[i] *= factor * factor;
        ahead->mean[i] = ku_theta_season_restore(&w->season, n + i, ahead->mean[i]);
    }
    ku_ahead_normal(ahead, w->variance);
    for (int i = 0; i < ahead->h; i++) {
        ahead->mean[i] *= unit;
        for (int b = 0; b < KU_BOUNDS; b++) {
            ahead->bound[b][i] *= unit;
            finite = finite && isfinite(ahead->bound[b][i]);
        }
    }
    return finite;
}

static void describe(const work *w, const char *name, ku_ahead *ahead)
{
    const char *season = w->season.adds ? ", added season" : ", multiplied season";
    snprintf(ahead->model, sizeof ahead->model, "%s%s", name, w->season.periods > 1 ? season : "");
    ahead->likelihood = false;
    ahead->loglik = ahead->aicc = 0;
}

static bool forecast_classic(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    if (past->n < 3) return false;
    work *w = work_;
    ku_theta_fit fit;
    double unit = prepare(w, past);
    ku_theta_fit_series(w->y, past->n, &fit);
    ku_theta_predict(&fit, ahead->h, ahead->mean, w->variance);
    if (ahead->fitted != NULL) ku_theta_fitted(&fit, w->y, ahead->fitted);
    if (!restore(w, unit, past->n, true, ahead)) return false;
    describe(w, "Theta", ahead);
    ahead->sigma2 = fmin(fit.sigma2 * unit * unit, 1.7e308);
    snprintf(ahead->parameters, sizeof ahead->parameters, "alpha=%.4g; drift=%.6g", fit.alpha,
             fit.drift * unit);
    return true;
}

static bool forecast_optimised(void *work_, const ku_past *past, bool dynamic, const char *name,
                               ku_ahead *ahead)
{
    if (past->n < 6) return false;
    work *w = work_;
    ku_optimised_theta fit;
    double unit = prepare(w, past);
    ku_optimised_theta_fit(w->y, past->n, dynamic, w->room, &fit);
    ku_optimised_theta_predict(&fit, ahead->h, ahead->mean, w->variance);
    if (ahead->fitted != NULL) ku_optimised_theta_fitted(&fit, w->y, ahead->fitted);
    if (!restore(w, unit, past->n, false, ahead)) return false;
    describe(w, name, ahead);
    ahead->sigma2 = fmin(fit.sigma2 * unit * unit, 1.7e308);
    snprintf(ahead->parameters, sizeof ahead->parameters, "alpha=%.4g; weight of trend=%.4g",
             fit.alpha, fit.weight);
    return true;
}

static bool forecast_dynamic(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return forecast_optimised(work_, past, true, "Dynamic Theta", ahead);
}

static bool forecast_static(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return forecast_optimised(work_, past, false, "Optimised Theta", ahead);
}

const ku_method ku_method_theta = {
    .name = "theta",
    .title = "Theta",
    .about = "half the trend of the whole past, and smoothing of what is latest",
    .work_new = work_new,
    .forecast = forecast_classic,
};

const ku_method ku_method_dotm = {
    .name = "dotm",
    .title = "Dynamic optimised Theta",
    .about = "a share of the latest trend, as much as the past asks for, and smoothing",
    .work_new = work_new,
    .forecast = forecast_dynamic,
};

const ku_method ku_method_otm = {
    .name = "otm",
    .title = "Optimised Theta",
    .about = "a share of the whole past's trend, as much as it asks for, and smoothing",
    .work_new = work_new,
    .forecast = forecast_static,
};
