/* waves.c - a long season under a wandering level.
 *
 * Plain regression on sines and cosines mistakes the wandering of the level for season.
 * The errors of an exponential smoothing with additive errors are linear in the series,
 * so the same filter that whitens the series is run over every sine and cosine, and the
 * coefficients are the least-squares fit of the filtered series on the filtered waves:
 * generalised least squares for the model's own covariance (HKOS section 9.2 on
 * regressors). Smoothing parameters and waves are found in turn. */
#include "forecast/ets/waves.h"

#include <math.h>
#include <string.h>

#include "forecast/ets/ets_internal.h"
#include "num/linear.h"

struct ku_waves {
    double *scaled; /* the series, or its logarithm */
    double *rest;   /* without the waves found so far */
    double *design; /* filtered columns: level, slope, waves */
    double *column, *fitted, *right;
};

#define COLUMNS (2 + 2 * KU_WAVES)

ku_waves *ku_waves_new(ku_arena *arena, int longest)
{
    ku_waves *w = KU_NEW(arena, ku_waves);
    size_t n = (size_t)longest + 8;
    double **parts[] = {&w->scaled, &w->rest, &w->column, &w->fitted, &w->right};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!(*parts[i] = ku_arena_try(arena, n * sizeof(double)))) return NULL;
    w->design = ku_arena_try(arena, n * COLUMNS * sizeof(double));
    return w->design ? w : NULL;
}

/* Wave number i (cosine if even) of the season in period t. */
static double wave_at(int i, int t, int season)
{
    double angle = 6.283185307179586 * ((double)(i / 2 + 1) * (t % season) / season);
    return i % 2 ? sin(angle) : cos(angle);
}

static double season_at(const ku_wave_fit *wave, int t)
{
    double sum = 0;
    for (int i = 0; i < 2 * wave->waves; i++)
        sum += wave->coefficient[i] * wave_at(i, t, wave->season);
    return sum;
}

double ku_waves_remove(const ku_wave_fit *wave, int t, double value)
{
    double s = season_at(wave, t);
    return wave->multiplies ? value / exp(s) : value - s;
}

double ku_waves_restore(const ku_wave_fit *wave, int t, double value)
{
    double s = season_at(wave, t);
    return wave->multiplies ? value * exp(s) : value + s;
}

/* One-step errors of the smoothing over z from the given states. */
static void filter(ku_waves *w, const ku_ets_fit *fit, const double *z, int n, double level,
                   double slope, double *errors)
{
    ku_ets_model model = {'A', fit->model.trend, 'N'};
    double natural[4] = {fit->alpha, fit->beta, 0, fit->phi};
    ets_states states = {level, slope, NULL};
    ets_sum sum;
    ku_ets_run(model, z, n, 1, natural, &states, &sum, w->fitted);
    for (int t = 0; t < n; t++) errors[t] = z[t] - w->fitted[t];
}

/* Coefficients of the waves given the smoothing. */
static void regress(ku_waves *w, const ku_ets_fit *fit, int n, ku_wave_fit *wave)
{
    int columns = fit->model.trend == 'N' ? 1 : 2, waves = 2 * wave->waves;
    double x[COLUMNS];
    memset(w->column, 0, (size_t)n * sizeof *w->column);
    for (int c = 0; c < columns; c++) {
        double *to = w->design + (size_t)c * (size_t)n;
        filter(w, fit, w->column, n, c == 0, c == 1, to);
        for (int t = 0; t < n; t++) to[t] = -to[t];
    }
    filter(w, fit, w->scaled, n, 0, 0, w->right);
    for (int i = 0; i < waves; i++) {
        for (int t = 0; t < n; t++) w->column[t] = wave_at(i, t, wave->season);
        filter(w, fit, w->column, n, 0, 0, w->design + (size_t)(columns + i) * (size_t)n);
    }
    ku_least_squares(w->design, n, columns + waves, w->right, x);
    memcpy(wave->coefficient, x + columns, (size_t)waves * sizeof *x);
}

/* The waves of one number, starting from the smaller number's. */
static bool fit_waves(ku_waves *w, ku_ets_work *ets, const double *y, int n, ku_wave_fit *wave,
                      ku_ets_fit *fit)
{
    unsigned additive = 0;
    for (int i = 0; i < KU_ETS_MODELS; i++)
        if (ku_ets_models[i].error == 'A' && ku_ets_models[i].season == 'N') additive |= 1U << i;
    for (int t = 0; t < n; t++) w->rest[t] = w->scaled[t] - season_at(wave, t);
    if (!ku_ets_choose(ets, additive, w->rest, n, 1, fit)) return false;
    regress(w, fit, n, wave);
    double shift = 0;
    for (int t = 0; t < n; t++) {
        w->rest[t] = ku_waves_remove(wave, t, y[t]);
        if (wave->multiplies) shift += season_at(wave, t);
    }
    if (!ku_ets_choose(ets, (1U << KU_ETS_MODELS) - 1, w->rest, n, 1, fit)) return false;
    double k = fit->unknowns + 1 + 2 * wave->waves;
    if (n - k - 1 <= 0) return false;
    wave->loglik = fit->loglik - shift; /* back to the density of the observations */
    wave->aicc = -2 * wave->loglik + 2 * k + 2 * k * (k + 1) / (n - k - 1);
    return isfinite(wave->aicc);
}

static bool all_positive(const double *y, int n)
{
    for (int t = 0; t < n; t++)
        if (!(y[t] > 0)) return false;
    return true;
}

bool ku_waves_fit(ku_waves *w, ku_ets_work *ets, const double *y, int n, int season,
                  ku_wave_fit *wave, ku_ets_fit *fit)
{
    wave->aicc = INFINITY;
    for (int scale = 0; scale < (all_positive(y, n) ? 2 : 1); scale++) {
        for (int t = 0; t < n; t++) w->scaled[t] = scale ? log(y[t]) : y[t];
        ku_wave_fit trial = {.season = season, .multiplies = scale == 1};
        for (int number = 1; number <= KU_WAVES && 2 * number < season; number++) {
            ku_ets_fit rest;
            trial.waves = number;
            if (!fit_waves(w, ets, y, n, &trial, &rest)) break;
            if (!(trial.aicc < wave->aicc)) continue;
            *wave = trial;
            *fit = rest;
        }
    }
    return isfinite(wave->aicc);
}
