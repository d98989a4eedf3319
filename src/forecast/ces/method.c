/* method.c - complex exponential smoothing as a forecasting method. A season of more periods
 * than can have states of their own is taken out by moving averages first and put back
 * after. */
#include <math.h>
#include <stdio.h>

#include "forecast/ces/ces.h"
#include "forecast/method.h"
#include "forecast/theta/season.h"
#include "num/magnitude.h"

typedef struct work {
    ku_ces_work *ces;
    double *y, *room, *variance;
    ku_theta_season season; /* periods 1: nothing was taken out */
} work;

static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    work *w = KU_NEW(arena, work);
    w->ces = ku_ces_work_new(arena, observations,
                             season > KU_CES_LONGEST_SEASON ? KU_CES_LONGEST_SEASON : season);
    w->y = ku_arena_try(arena, (size_t)observations * sizeof(double));
    w->room = ku_arena_try(arena, (size_t)observations * sizeof(double));
    w->variance = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    w->season.factor = ku_arena_try(arena, ((size_t)season + 1) * sizeof(double));
    return w->ces && w->y && w->room && w->variance && w->season.factor ? w : NULL;
}

static void describe(const work *w, const ku_ces_fit *fit, double unit, ku_ahead *ahead)
{
    char beta[64] = "";
    if (fit->kind == KU_CES_PARTIAL) snprintf(beta, sizeof beta, "; beta=%.4g", fit->beta[0]);
    if (fit->kind == KU_CES_FULL)
        snprintf(beta, sizeof beta, "; beta=%.4g+%.4gi", fit->beta[0], fit->beta[1]);
    snprintf(ahead->parameters, sizeof ahead->parameters, "alpha=%.4g+%.4gi%s", fit->alpha[0],
             fit->alpha[1], beta);
    snprintf(ahead->model, sizeof ahead->model, "CES(%s)", ku_ces_kind_name(fit->kind));
    ahead->likelihood = w->season.periods == 1;
    ahead->loglik = fit->loglik - fit->n * log(unit);
    ahead->aicc = fit->aicc + 2 * fit->n * log(unit);
    ahead->sigma2 = fmin(fit->sigma2 * unit * unit, 1.7e308);
}

/* Season and unit back. False where numbers leave their range. */
static bool restore(const work *w, double unit, int n, ku_ahead *ahead)
{
    bool finite = true;
    for (int i = 0; i < ahead->h; i++) {
        ahead->mean[i] = unit * ku_theta_season_restore(&w->season, n + i, ahead->mean[i]);
        for (int b = 0; b < KU_BOUNDS; b++) {
            double *bound = &ahead->bound[b][i];
            *bound = unit * ku_theta_season_restore(&w->season, n + i, *bound);
            finite = finite && isfinite(*bound);
        }
    }
    for (int t = 0; ahead->fitted != NULL && t < n; t++) {
        ahead->fitted[t] = unit * ku_theta_season_restore(&w->season, t, ahead->fitted[t]);
        finite = finite && isfinite(ahead->fitted[t]);
    }
    return finite;
}

static bool forecast(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    work *w = work_;
    ku_ces_fit fit;
    double unit = ku_magnitude(past->y, past->n);
    bool takes_out = past->season > KU_CES_LONGEST_SEASON;
    for (int t = 0; t < past->n; t++) w->y[t] = past->y[t] / unit;
    ku_theta_season_find(w->y, past->n, takes_out ? past->season : 1, &w->season, w->room);
    for (int t = 0; t < past->n; t++) w->y[t] = ku_theta_season_remove(&w->season, t, w->y[t]);
    if (!ku_ces_choose(w->ces, w->y, past->n, takes_out ? 1 : past->season, &fit)) return false;
    ku_ces_predict(w->ces, &fit, ahead->h, ahead->mean, w->variance);
    ku_ahead_normal(ahead, w->variance);
    if (ahead->fitted != NULL) ku_ces_fitted(w->ces, &fit, w->y, ahead->fitted);
    describe(w, &fit, unit, ahead);
    return restore(w, unit, past->n, ahead);
}

const ku_method ku_method_ces = {
    .name = "ces",
    .title = "Complex exponential smoothing",
    .about = "level and trend in one, with weights that swing as well as fade",
    .work_new = work_new,
    .forecast = forecast,
};
