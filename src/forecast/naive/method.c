/* method.c - the naive family as forecasting methods. */
#include <math.h>
#include <stdio.h>

#include "forecast/method.h"
#include "forecast/naive/naive.h"
#include "num/student.h"

typedef struct work {
    double *variance;
} work;

static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    (void)observations, (void)season;
    work *w = KU_NEW(arena, work);
    w->variance = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    return w->variance ? w : NULL;
}

/* The bounds around the mean, with the normal's or the t distribution's quantiles. False
 * where they leave the range of numbers. */
static bool finish(const work *w, const ku_naive_fit *fit, double freedom, const char *model,
                   ku_ahead *ahead)
{
    bool finite = true;
    for (int b = 0; b < KU_BOUNDS; b++) {
        double share = ku_bound_share[b];
        double z = freedom > 0 ? ku_student_quantile(share, freedom) : ku_normal_quantile(share);
        for (int i = 0; i < ahead->h; i++) {
            ahead->bound[b][i] = ahead->mean[i] + z * sqrt(w->variance[i]) * fit->unit;
            finite = finite && isfinite(ahead->bound[b][i]);
        }
    }
    snprintf(ahead->model, sizeof ahead->model, "%s", model);
    ahead->parameters[0] = '\0';
    ahead->likelihood = false;
    ahead->loglik = ahead->aicc = 0;
    ahead->sigma2 = fmin(fit->sigma2 * fit->unit * fit->unit, 1.7e308);
    return finite;
}

static bool last(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    work *w = work_;
    ku_naive_fit fit;
    return ku_naive_last(past->y, past->n, ahead->h, ahead->mean, w->variance, ahead->fitted,
                         &fit) &&
           finish(w, &fit, 0, "Last value", ahead);
}

static bool drift(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    work *w = work_;
    ku_naive_fit fit;
    if (!ku_naive_drift(past->y, past->n, ahead->h, ahead->mean, w->variance, ahead->fitted,
                        &fit) ||
        !finish(w, &fit, 0, "Last value with drift", ahead))
        return false;
    snprintf(ahead->parameters, sizeof ahead->parameters, "drift=%.6g", fit.drift);
    return true;
}

static bool season(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    work *w = work_;
    ku_naive_fit fit;
    return ku_naive_season(past->y, past->n, past->season, ahead->h, ahead->mean, w->variance,
                           ahead->fitted, &fit) &&
           finish(w, &fit, 0, "Same period a season ago", ahead);
}

static bool mean(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    work *w = work_;
    ku_naive_fit fit;
    return ku_naive_mean(past->y, past->n, ahead->h, ahead->mean, w->variance, ahead->fitted,
                         &fit) &&
           finish(w, &fit, past->n - 1, "Mean", ahead);
}

const ku_method ku_method_naive = {
    .name = "naive",
    .title = "Last value",
    .about = "as in the last period",
    .work_new = work_new,
    .forecast = last,
};

const ku_method ku_method_drift = {
    .name = "drift",
    .title = "Last value with drift",
    .about = "the last value, moved on by the mean change so far",
    .work_new = work_new,
    .forecast = drift,
};

const ku_method ku_method_snaive = {
    .name = "snaive",
    .title = "Same period a season ago",
    .about = "as in the same period of the last season",
    .work_new = work_new,
    .forecast = season,
};

const ku_method ku_method_mean = {
    .name = "mean",
    .title = "Mean",
    .about = "the mean of all periods",
    .work_new = work_new,
    .forecast = mean,
};
