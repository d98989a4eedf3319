/* outlook.c - one series from its values to a forecast with intervals.
 *
 * A marketing department's series are short, constant, just begun or ended. Each gets the
 * best that can be said of it, in this order: nothing (too few periods), its one value
 * (constant), the last value (too short for any model), a model. Seasons longer than 24
 * periods are not given one state a period, which no series is long enough to estimate,
 * but a few waves (waves.h) that are taken out before and put back after. */
#include "forecast/outlook.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "forecast/ets/waves.h"

/* Normal quantiles of .9 and .975. */
static const double wide[2] = {1.2815515655446004, 1.9599639845400545};

struct ku_outlook_work {
    ku_ets_work *ets;
    ku_waves *waves;
    double *adjusted; /* the series without its waves */
    double *variance, *room;
};

ku_outlook_work *ku_outlook_work_new(ku_arena *arena, int longest, int season,
                                     const ku_outlook_options *options)
{
    ku_outlook_work *w = KU_NEW(arena, ku_outlook_work);
    bool waves = season > KU_ETS_LONGEST_SEASON && options->model < 0;
    size_t h = (size_t)options->horizon, paths = options->simulate ? (size_t)options->paths : 0;
    w->ets = ku_ets_work_new(arena, longest, waves ? 1 : season);
    w->waves = waves ? ku_waves_new(arena, longest) : NULL;
    w->adjusted = ku_arena_try(arena, ((size_t)longest + 1) * sizeof(double));
    w->variance = ku_arena_try(arena, h * sizeof(double));
    w->room = ku_arena_try(arena, (paths * (h + 1) + (size_t)season + 1) * sizeof(double));
    if (!w->ets || !w->adjusted || !w->variance || !w->room || (waves && !w->waves)) return NULL;
    return w;
}

static void remark(ku_outlook *out, const char *text)
{
    size_t length = strlen(out->remark);
    snprintf(out->remark + length, sizeof out->remark - length, "%s%s", length ? " " : "", text);
}

static bool is_constant(const double *y, int n)
{
    for (int t = 1; t < n; t++)
        if (y[t] != y[0]) return false;
    return true;
}

static void bounds_from_variance(ku_outlook *out, const double *variance, int h)
{
    for (int i = 0; i < h; i++)
        for (int k = 0; k < 2; k++) {
            double half = wide[k] * sqrt(variance[i]);
            out->bound[2 * k][i] = out->mean[i] - half;
            out->bound[2 * k + 1][i] = out->mean[i] + half;
        }
}

/* The last value, and the spread of the steps so far growing with the root of time: a
 * random walk without drift. With `deviation` 0 also the forecast of a constant. */
static void repeat_last(ku_outlook_work *work, const double *y, int n, int h, ku_outlook *out)
{
    double squares = 0;
    for (int t = 0; t < n; t++) {
        double step = t ? y[t] - y[t - 1] : 0;
        squares += step * step;
        out->fitted[t] = t ? y[t - 1] : y[0];
    }
    double variance = n > 1 ? squares / (n - 1) : 0;
    for (int i = 0; i < h; i++) {
        out->mean[i] = y[n - 1];
        work->variance[i] = (i + 1) * variance;
    }
    out->deviation = sqrt(variance);
    bounds_from_variance(out, work->variance, h);
}

static void describe(const ku_ets_fit *fit, ku_outlook *out)
{
    char *to = out->parameters;
    size_t size = sizeof out->parameters;
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
    ku_ets_name(fit->model, out->model);
    out->estimated = true;
    out->loglik = fit->loglik;
    out->aicc = fit->aicc;
    out->deviation = sqrt(fit->sigma2);
    out->season = fit->season;
}

static void bounds_by_simulation(ku_outlook_work *work, const ku_outlook_options *options,
                                 const ku_ets_fit *fit, ku_rng rng, ku_outlook *out)
{
    static const double share[KU_BOUNDS] = {0.1, 0.9, 0.025, 0.975};
    ku_ets_simulate(fit, options->horizon, options->paths, &rng, share, KU_BOUNDS, out->bound[0],
                    work->room);
}

static void from_fit(ku_outlook_work *work, const ku_outlook_options *options,
                     const ku_ets_fit *fit, const double *y, ku_rng rng, ku_outlook *out)
{
    describe(fit, out);
    ku_ets_fitted(work->ets, fit, y, out->fitted);
    ku_ets_predict(fit, options->horizon, out->mean, work->variance);
    bounds_from_variance(out, work->variance, options->horizon);
    if (options->simulate) bounds_by_simulation(work, options, fit, rng, out);
}

/* Season by waves, if that has a better AICc than none. */
static bool try_waves(ku_outlook_work *work, const ku_outlook_options *options, const double *y,
                      int n, int season, double to_beat, ku_rng rng, ku_outlook *out)
{
    ku_ets_fit fit;
    ku_wave_fit wave;
    if (!ku_waves_fit(work->waves, work->ets, y, n, season, &wave, &fit)) return false;
    if (!(wave.aicc < to_beat)) return false;
    for (int t = 0; t < n; t++) work->adjusted[t] = ku_waves_remove(&wave, t, y[t]);
    from_fit(work, options, &fit, work->adjusted, rng, out);
    for (int t = 0; t < n; t++) out->fitted[t] = ku_waves_restore(&wave, t, out->fitted[t]);
    for (int i = 0; i < options->horizon; i++) {
        out->mean[i] = ku_waves_restore(&wave, n + i, out->mean[i]);
        for (int b = 0; b < KU_BOUNDS; b++)
            out->bound[b][i] = ku_waves_restore(&wave, n + i, out->bound[b][i]);
    }
    out->season = season;
    out->loglik = wave.loglik;
    out->aicc = wave.aicc;
    char text[160];
    snprintf(text, sizeof text, "The season of %d periods is drawn as %d wave%s %s the level.",
             season, wave.waves, wave.waves == 1 ? "" : "s",
             wave.multiplies ? "multiplying" : "added to");
    remark(out, text);
    return true;
}

static bool by_model(ku_outlook_work *work, const ku_outlook_options *options, const double *y,
                     int n, int season, ku_rng rng, ku_outlook *out)
{
    ku_ets_fit fit;
    unsigned allowed = (1U << KU_ETS_MODELS) - 1;
    bool forced = options->model >= 0;
    if (forced) {
        ku_ets_model model = ku_ets_models[options->model];
        if (ku_ets_possible(model, y, n, season) &&
            ku_ets_fit_model(work->ets, model, y, n, season, &fit)) {
            from_fit(work, options, &fit, y, rng, out);
            return true;
        }
        remark(out, "The model asked for cannot be estimated here, so another was chosen.");
    }
    bool waves = season > KU_ETS_LONGEST_SEASON;
    bool chosen = ku_ets_choose(work->ets, allowed, y, n, waves ? 1 : season, &fit);
    if (waves && work->waves && n >= 2 * season &&
        try_waves(work, options, y, n, season, chosen ? fit.aicc : INFINITY, rng, out))
        return true;
    if (!chosen) return false;
    from_fit(work, options, &fit, y, rng, out);
    return true;
}

/* Symmetric relative error of the one-step fits, as a share (0..2). */
static double symmetric_error(const double *y, const double *fitted, int n)
{
    double sum = 0;
    for (int t = 0; t < n; t++) {
        double size = fabs(y[t]) + fabs(fitted[t]);
        if (size > 0) sum += 2 * fabs(y[t] - fitted[t]) / size;
    }
    return sum / n;
}

static void keep_above_zero(const double *y, int n, int h, ku_outlook *out)
{
    for (int t = 0; t < n; t++)
        if (y[t] < 0) return;
    bool cut = false;
    for (int i = 0; i < h; i++) {
        cut = cut || out->mean[i] < 0;
        out->mean[i] = fmax(out->mean[i], 0);
        for (int b = 0; b < KU_BOUNDS; b++) out->bound[b][i] = fmax(out->bound[b][i], 0);
    }
    if (cut) remark(out, "The trend leads below zero; the forecast stops there.");
}

static void season_remark(int n, int season, ku_outlook *out)
{
    if (season < 2 || n >= 2 * season) return;
    char text[160];
    snprintf(text, sizeof text,
             "Only %d periods, less than two seasons of %d: a season cannot be told from chance.",
             n, season);
    remark(out, text);
}

void ku_outlook_make(ku_outlook_work *work, const ku_outlook_options *options, const double *y,
                     int n, int season, ku_rng rng, ku_outlook *out)
{
    const int h = options->horizon;
    out->forecast = n >= options->shortest;
    out->season = 1;
    if (!out->forecast) {
        char text[120];
        snprintf(text, sizeof text, "%d period%s only; at least %d are needed for a forecast.", n,
                 n == 1 ? "" : "s", options->shortest);
        remark(out, text);
        return;
    }
    if (is_constant(y, n)) {
        repeat_last(work, y, n, h, out);
        snprintf(out->model, sizeof out->model, "constant");
        remark(out, "The value never changed, so the forecast repeats it; how far it may stray"
                    " cannot be told.");
    } else if (!by_model(work, options, y, n, season, rng, out)) {
        repeat_last(work, y, n, h, out);
        snprintf(out->model, sizeof out->model, "last value");
        remark(out, "Too short for a model: the last value is repeated.");
    } else {
        season_remark(n, season, out);
    }
    out->smape = symmetric_error(y, out->fitted, n);
    if (!options->below_zero) keep_above_zero(y, n, h, out);
}
