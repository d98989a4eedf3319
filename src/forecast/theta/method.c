/* method.c - Theta as a forecasting method: season out, half the trend and smoothing,
 * season back. Values whose squares would overflow or vanish are worked on in another unit
 * (a power of two, so that nothing is rounded). */
#include <math.h>
#include <stdio.h>

#include "forecast/method.h"
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
    w->room = ku_arena_try(arena, (size_t)observations * sizeof(double));
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

/* Season and unit back into the forecasts; the bounds are as wide in every period of the
 * season. False where numbers leave their range. */
static bool restore(const work *w, double unit, int n, ku_ahead *ahead)
{
    bool finite = true;
    for (int t = 0; ahead->fitted != NULL && t < n; t++)
        ahead->fitted[t] = unit * ku_theta_season_restore(&w->season, t, ahead->fitted[t]);
    for (int i = 0; i < ahead->h; i++)
        ahead->mean[i] = ku_theta_season_restore(&w->season, n + i, ahead->mean[i]);
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

static bool forecast(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    if (past->n < 3) return false;
    work *w = work_;
    ku_theta_fit fit;
    double unit = prepare(w, past);
    ku_theta_fit_series(w->y, past->n, &fit);
    ku_theta_predict(&fit, ahead->h, ahead->mean, w->variance);
    if (ahead->fitted != NULL) ku_theta_fitted(&fit, w->y, ahead->fitted);
    if (!restore(w, unit, past->n, ahead)) return false;
    describe(w, "Theta", ahead);
    ahead->sigma2 = fmin(fit.sigma2 * unit * unit, 1.7e308);
    snprintf(ahead->parameters, sizeof ahead->parameters, "alpha=%.4g; drift=%.6g", fit.alpha,
             fit.drift * unit);
    return true;
}

const ku_method ku_method_theta = {
    .name = "theta",
    .title = "Theta",
    .about = "half the trend of the whole past, and smoothing of what is latest",
    .work_new = work_new,
    .forecast = forecast,
};
