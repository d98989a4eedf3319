/* method.c - the autoregression on recent and seasonal lags as a forecasting method for
 * long and for several seasons.
 *
 * It stands here in the place of TBATS. On origins inside the training parts of the M4
 * competition's 414 hourly series (two seasons) its error relative to the benchmark
 * Naive2 is .40, that of exponential smoothing with a state for each hour of day and week
 * and an autoregressive error .55, at a tenth of the time; on the 359 weekly series .81
 * against .92. What a season's states learn of each week at one fixed rate, free weights
 * on the lags learn at the rate each lag deserves.
 *
 * Values or logarithms: whichever has the smaller AICc. Levels or steps: with several
 * seasons levels only, as steps lose what ties a value to its hour (.40 against .60 on the
 * same origins) and are taken only where the levels run away; with one season or none the plain mean of both, which beats each (.87 and
 * .81 give .81 with a third less error on the shortest series). In the logarithms' case the
 * forecast is the median, which makes the absolute error least. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "forecast/lags/lags.h"
#include "num/magnitude.h"

typedef struct work {
    ku_lags_work *lags;
    double *y; /* in a unit that makes it moderate */
    double *mean, *variance, *fitted;
} work;

static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    (void)season;
    work *w = KU_NEW(arena, work);
    w->lags = ku_lags_work_new(arena, observations, horizon);
    w->y = ku_arena_try(arena, (size_t)observations * sizeof(double));
    w->fitted = ku_arena_try(arena, (size_t)observations * sizeof(double));
    w->mean = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    w->variance = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    return w->lags && w->y && w->fitted && w->mean && w->variance ? w : NULL;
}

/* The better of values and logarithms. */
static bool choose_scale(work *w, const ku_past *past, bool steps, ku_lags_fit *fit)
{
    bool found = false;
    for (int logs = 0; logs < 2; logs++) {
        ku_lags_fit trial;
        if (!ku_lags_fit_form(w->lags, w->y, past->n, past->seasons, past->season_count, logs,
                              steps, &trial))
            continue;
        if (!found || trial.aicc < fit->aicc) *fit = trial;
        found = true;
    }
    return found;
}

static void clear(ku_ahead *ahead, int n)
{
    size_t h = (size_t)ahead->h * sizeof(double);
    memset(ahead->mean, 0, h);
    for (int b = 0; b < KU_BOUNDS; b++) memset(ahead->bound[b], 0, h);
    if (ahead->fitted != NULL) memset(ahead->fitted, 0, (size_t)n * sizeof(double));
    ahead->sigma2 = 0;
}

/* Adds `share` of one fit's forecast. */
static bool add_form(work *w, const ku_lags_fit *fit, int n, double share, ku_ahead *ahead)
{
    double normal[KU_BOUNDS];
    for (int b = 0; b < KU_BOUNDS; b++) normal[b] = ku_normal_quantile(ku_bound_share[b]);
    if (!ku_lags_predict(w->lags, fit, w->y, n, ahead->h, w->mean, w->variance, w->fitted))
        return false;
    for (int j = 0; j < ahead->h; j++) {
        double m = w->mean[j], s = sqrt(w->variance[j]);
        ahead->mean[j] += share * (fit->logs ? exp(m) : m);
        for (int b = 0; b < KU_BOUNDS; b++) {
            double q = m + normal[b] * s;
            ahead->bound[b][j] += share * (fit->logs ? exp(q) : q);
        }
    }
    for (int t = 0; ahead->fitted != NULL && t < n; t++) ahead->fitted[t] += share * w->fitted[t];
    for (int t = fit->start; t < n; t++) {
        double error = w->y[t] - w->fitted[t];
        ahead->sigma2 += share * error * error / (n - fit->start);
    }
    return true;
}

/* Back from the unit; false where numbers leave their range. */
static bool restore(double unit, int n, ku_ahead *ahead)
{
    bool finite = true;
    for (int j = 0; j < ahead->h; j++) {
        ahead->mean[j] *= unit;
        for (int b = 0; b < KU_BOUNDS; b++) {
            ahead->bound[b][j] *= unit;
            finite = finite && isfinite(ahead->bound[b][j]);
        }
    }
    for (int t = 0; ahead->fitted != NULL && t < n; t++) {
        ahead->fitted[t] *= unit;
        finite = finite && isfinite(ahead->fitted[t]);
    }
    ahead->sigma2 = fmin(ahead->sigma2 * unit * unit, 1.7e308);
    return finite;
}

/* "AR(1,24,25) of logarithms". */
static void describe(const ku_lags_fit *fit, int forms, ku_ahead *ahead)
{
    char *to = ahead->parameters;
    size_t size = sizeof ahead->parameters;
    int length = 0;
    for (int i = 0; i < fit->count && length >= 0 && (size_t)length + 28 < size; i++)
        length += snprintf(to + length, size - (size_t)length, "%slag %d: %.4g", i ? "; " : "",
                           fit->lag[i], fit->weight[i]);
    snprintf(ahead->model, sizeof ahead->model, "AR, %d lag%s, of %s%s", fit->count,
             fit->count == 1 ? "" : "s",
             forms > 1    ? "level and steps"
             : fit->steps ? "steps"
                          : "the level",
             fit->logs ? ", in logs" : "");
    ahead->likelihood = false;
    ahead->loglik = ahead->aicc = 0;
}

static bool forecast(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    work *w = work_;
    double unit = ku_magnitude(past->y, past->n);
    if (!(unit > 0)) return false;
    for (int t = 0; t < past->n; t++) w->y[t] = past->y[t] / unit;
    bool several = ku_lags_seasons(past->n, past->seasons, past->season_count) > 1;
    ku_lags_fit fit[2];
    int forms = 0;
    for (int steps = 0; steps < 2 && !(several && forms > 0); steps++) {
        ku_lags_fit *to = &fit[forms];
        if (choose_scale(w, past, steps, to) &&
            ku_lags_predict(w->lags, to, w->y, past->n, ahead->h, w->mean, w->variance, NULL))
            forms++;
    }
    if (forms == 0) return false;
    clear(ahead, past->n);
    for (int i = 0; i < forms; i++)
        if (!add_form(w, &fit[i], past->n, 1.0 / forms, ahead)) return false;
    describe(&fit[0], forms, ahead);
    return restore(unit, past->n, ahead);
}

const ku_method ku_method_lags = {
    .name = "lags",
    .title = "Own lags",
    .about = "a weighted sum of the last periods and of those a season ago",
    .work_new = work_new,
    .forecast = forecast,
};
