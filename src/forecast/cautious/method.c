/* method.c - the level with a cautious season as a forecasting method. */
#include <math.h>
#include <stdio.h>

#include "forecast/cautious/cautious.h"
#include "forecast/method.h"

typedef struct work {
    ku_cautious_work *cautious;
    double *variance;
} work;

static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    work *w = KU_NEW(arena, work);
    w->cautious = ku_cautious_work_new(arena, observations, season, horizon);
    w->variance = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    return w->cautious != NULL && w->variance != NULL ? w : NULL;
}

/* From logarithms: quantiles stay quantiles; the centre is the median. */
static void raise(ku_ahead *ahead, int n)
{
    for (int i = 0; i < ahead->h; i++) {
        ahead->mean[i] = exp(ahead->mean[i]);
        for (int b = 0; b < KU_BOUNDS; b++) ahead->bound[b][i] = exp(ahead->bound[b][i]);
    }
    for (int t = 0; ahead->fitted != NULL && t < n; t++) ahead->fitted[t] = exp(ahead->fitted[t]);
}

static bool forecast(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    work *w = work_;
    ku_cautious_fit fit;
    (void)rng;
    if (!ku_cautious(w->cautious, past->y, past->n, past->season, ahead->h, ahead->mean,
                     w->variance, ahead->fitted, &fit))
        return false;
    ku_ahead_normal(ahead, w->variance);
    if (fit.logarithms) raise(ahead, past->n);
    snprintf(ahead->model, sizeof ahead->model, "Cautious season");
    snprintf(ahead->parameters, sizeof ahead->parameters, "wander=%.3g; season=%.3g%s", fit.wander,
             fit.season, fit.logarithms ? "; logarithms" : "");
    ahead->likelihood = false; /* restricted: not to be compared with the others' */
    ahead->sigma2 = fit.sigma2;
    return ku_ahead_finite(ahead, past->n);
}

const ku_method ku_method_cautious = {
    .name = "cautious",
    .title = "Cautious season",
    .about = "a wandering level and a season believed as far as it has shown itself",
    .work_new = work_new,
    .forecast = forecast,
};
