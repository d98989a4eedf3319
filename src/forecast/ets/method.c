/* method.c - exponential smoothing as a forecasting method: the model with the smallest
 * AICc; a season too long for a factor a period is drawn as waves (waves.h) if that has
 * the better AICc. */
#include <math.h>
#include <stdio.h>

#include "forecast/ets/named.h"
#include "forecast/ets/waves.h"

typedef struct work {
    ku_ets_work *ets;
    int factors;      /* longest season that can have one factor a period */
    ku_waves *waves;  /* NULL: no long season */
    double *adjusted; /* the series without its waves */
    double *variance;
} work;

/* Memory for factors of a season of up to `factors` periods; longer ones by waves. */
static void *make_work(ku_arena *arena, int observations, int season, int factors, int horizon)
{
    work *w = KU_NEW(arena, work);
    bool waves = season > factors;
    w->factors = season < factors ? season : factors;
    w->ets = ku_ets_work_new(arena, observations, w->factors);
    w->waves = waves ? ku_waves_new(arena, observations) : NULL;
    w->adjusted = ku_arena_try(arena, ((size_t)observations + 1) * sizeof(double));
    w->variance = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    bool whole = w->ets && w->adjusted && w->variance && (!waves || w->waves);
    return whole ? w : NULL;
}

static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    return make_work(arena, observations, season, KU_ETS_LONGEST_SEASON, horizon);
}

static void *named_work_new(ku_arena *arena, int observations, int season, int horizon)
{
    return make_work(arena, observations, season, KU_ETS_NAMED_SEASON, horizon);
}

static void describe(const ku_ets_fit *fit, ku_ahead *ahead)
{
    char *to = ahead->parameters;
    size_t size = sizeof ahead->parameters;
    int length = snprintf(to, size, "alpha=%.4g", fit->alpha);
    const struct {
        const char *name;
        double value;
        bool has;
    } more[] = {
        {"beta", fit->beta, fit->model.trend != 'N'},
        {"gamma", fit->gamma, fit->model.season != 'N'},
        {"phi", fit->phi, fit->model.trend == 'D'},
        {"level", fit->level, true},
        {"slope", fit->slope, fit->model.trend != 'N'},
    };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i].has && length > 0 && (size_t)length < size)
            length += snprintf(to + length, size - (size_t)length, "; %s=%.6g", more[i].name,
                               more[i].value);
    ku_ets_name(fit->model, ahead->model);
    ahead->likelihood = true;
    ahead->loglik = fit->loglik;
    ahead->aicc = fit->aicc;
    ahead->sigma2 = fit->sigma2;
}

static bool from_fit(work *w, const ku_ets_fit *fit, const double *y, ku_ahead *ahead)
{
    describe(fit, ahead);
    if (ahead->fitted != NULL) ku_ets_fitted(w->ets, fit, y, ahead->fitted);
    ku_ets_predict(fit, ahead->h, ahead->mean, w->variance);
    ku_ahead_normal(ahead, w->variance);
    return ku_ahead_finite(ahead, fit->n);
}

/* Season by waves, if that has a better AICc than none. */
static bool try_waves(work *w, const ku_past *past, double to_beat, ku_ahead *ahead)
{
    ku_ets_fit fit;
    ku_wave_fit wave;
    if (!ku_waves_fit(w->waves, w->ets, past->y, past->n, past->season, &wave, &fit)) return false;
    if (!(wave.aicc < to_beat)) return false;
    for (int t = 0; t < past->n; t++) w->adjusted[t] = ku_waves_remove(&wave, t, past->y[t]);
    if (!from_fit(w, &fit, w->adjusted, ahead)) return false;
    for (int t = 0; ahead->fitted != NULL && t < past->n; t++)
        ahead->fitted[t] = ku_waves_restore(&wave, t, ahead->fitted[t]);
    for (int i = 0; i < ahead->h; i++) {
        ahead->mean[i] = ku_waves_restore(&wave, past->n + i, ahead->mean[i]);
        for (int b = 0; b < KU_BOUNDS; b++)
            ahead->bound[b][i] = ku_waves_restore(&wave, past->n + i, ahead->bound[b][i]);
    }
    ahead->loglik = wave.loglik;
    ahead->aicc = wave.aicc;
    size_t length = 0;
    while (ahead->parameters[length] != '\0') length++;
    snprintf(ahead->parameters + length, sizeof ahead->parameters - length, "; %d wave%s %s",
             wave.waves, wave.waves == 1 ? "" : "s", wave.multiplies ? "multiplied" : "added");
    return true;
}

static bool forecast(void *work_, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    work *w = work_;
    ku_ets_fit fit;
    unsigned all = (1U << KU_ETS_MODELS) - 1;
    bool waves = past->season > KU_ETS_LONGEST_SEASON;
    bool chosen = ku_ets_choose(w->ets, all, past->y, past->n, waves ? 1 : past->season, &fit);
    if (waves && past->n >= 2 * past->season &&
        try_waves(w, past, chosen ? fit.aicc : INFINITY, ahead))
        return true;
    return chosen && from_fit(w, &fit, past->y, ahead);
}

const ku_method ku_method_ets = {
    .name = "ets",
    .title = "Exponential smoothing",
    .about = "level, trend and season that follow the latest errors",
    .work_new = work_new,
    .forecast = forecast,
};

/* ---- one by one ---------------------------------------------------------------------------- */

static bool forecast_named(work *w, int model, const ku_past *past, ku_ahead *ahead)
{
    ku_ets_fit fit;
    const ku_ets_model asked = ku_ets_models[model];
    return past->season <= w->factors && ku_ets_possible(asked, past->y, past->n, past->season) &&
           ku_ets_fit_model(w->ets, asked, past->y, past->n, past->season, &fit) &&
           from_fit(w, &fit, past->y, ahead);
}

#define KU_ETS_MODEL(error, trend, season, tag, words) INDEX_##tag,
enum {
#include "forecast/ets/models.def"
};
#undef KU_ETS_MODEL

#define KU_ETS_MODEL(error, trend, season, tag, words)                                             \
    static bool forecast_##tag(void *w, const ku_past *past, ku_rng rng, ku_ahead *ahead)          \
    {                                                                                              \
        (void)rng;                                                                                 \
        return forecast_named(w, INDEX_##tag, past, ahead);                                        \
    }
#include "forecast/ets/models.def"
#undef KU_ETS_MODEL

#define KU_ETS_MODEL(error, trend, season, tag, words)                                             \
    {.name = #tag,                                                                                 \
     .title = "Exponential smoothing " #tag,                                                       \
     .about = words,                                                                               \
     .work_new = named_work_new,                                                                   \
     .forecast = forecast_##tag},
const ku_method ku_ets_named[KU_ETS_MODELS] = {
#include "forecast/ets/models.def"
};
#undef KU_ETS_MODEL
