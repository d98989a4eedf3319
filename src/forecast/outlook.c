/* outlook.c - one series from its values to a forecast with intervals.
 *
 * A marketing department's series are short, constant, just begun or ended. Each gets the
 * best that can be said of it, in this order: nothing (too few periods), its one value
 * (constant), the method or model that was asked for, the automatic choice, the last value
 * (too short for any method). Whatever came out is then kept in the range that the series
 * itself keeps. */
#include "forecast/outlook.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "forecast/ets/named.h"

enum { UNKNOWN = KU_OUTLOOK_AUTO - 1 };

struct ku_outlook_work {
    ku_outlook_options options;
    void *asked;   /* of the method or named model, NULL for the automatic choice */
    void *chooser; /* of the automatic choice */
    double *variance;
};

/* Models of the options: the methods in their order, then the named ones. */
int ku_outlook_model(const char *name)
{
    if (strcmp(name, "auto") == 0) return KU_OUTLOOK_AUTO;
    for (int i = 0; i < ku_method_count; i++)
        if (strcmp(ku_methods[i]->name, name) == 0) return i;
    int named = ku_ets_find(name);
    return named >= 0 ? ku_method_count + named : UNKNOWN;
}

static void *asked_work(ku_arena *arena, int longest, int season, const ku_outlook_options *options)
{
    return options->model < ku_method_count
               ? ku_methods[options->model]->work_new(arena, longest, season, options->horizon)
               : ku_ets_named_work_new(arena, longest, season, options->horizon);
}

ku_outlook_work *ku_outlook_work_new(ku_arena *arena, int longest, int season,
                                     const ku_outlook_options *options)
{
    ku_outlook_work *w = KU_NEW(arena, ku_outlook_work);
    bool asked = options->model != KU_OUTLOOK_AUTO;
    w->options = *options;
    if (asked) w->asked = asked_work(arena, longest, season, options);
    w->chooser = ku_method_ets.work_new(arena, longest, season, options->horizon);
    w->variance = ku_arena_try(arena, (size_t)options->horizon * sizeof(double));
    return (asked && !w->asked) || !w->chooser || !w->variance ? NULL : w;
}

bool ku_outlook_room(ku_arena *arena, int horizon, int n, ku_outlook *out)
{
    size_t h = (size_t)horizon;
    double *room = ku_arena_try(arena, ((1 + KU_BOUNDS) * h + (size_t)n) * sizeof *room);
    if (room == NULL) return false;
    out->mean = room;
    for (size_t b = 0; b < KU_BOUNDS; b++) out->bound[b] = room + (1 + b) * h;
    out->fitted = room + (1 + KU_BOUNDS) * h;
    return true;
}

static void remark(ku_outlook *out, const char *text)
{
    size_t length = strlen(out->remark);
    snprintf(out->remark + length, sizeof out->remark - length, "%s%s", length ? " " : "", text);
}

/* ---- plain rules ------------------------------------------------------------------------- */

static bool is_constant(const double *y, int n)
{
    for (int t = 1; t < n; t++)
        if (y[t] != y[0]) return false;
    return true;
}

/* The last value, and the spread of the steps so far growing with the root of time: a
 * random walk without drift. For a constant there is no spread. */
static void repeat_last(ku_outlook_work *work, const double *y, int n, ku_ahead *ahead)
{
    double squares = 0;
    for (int t = 0; t < n; t++) {
        double step = t ? y[t] - y[t - 1] : 0;
        squares += step * step;
        ahead->fitted[t] = t ? y[t - 1] : y[0];
    }
    ahead->sigma2 = n > 1 ? squares / (n - 1) : 0;
    for (int i = 0; i < ahead->h; i++) {
        ahead->mean[i] = y[n - 1];
        work->variance[i] = (i + 1) * ahead->sigma2;
    }
    ku_ahead_normal(ahead, work->variance);
}

/* ---- methods ----------------------------------------------------------------------------- */

static bool by_asked(ku_outlook_work *work, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    int model = work->options.model;
    return model < ku_method_count
               ? ku_methods[model]->forecast(work->asked, past, rng, ahead)
               : ku_ets_named(work->asked, model - ku_method_count, past, ahead);
}

static bool by_method(ku_outlook_work *work, const ku_past *past, ku_rng rng, ku_ahead *ahead,
                      ku_outlook *out)
{
    if (work->options.model != KU_OUTLOOK_AUTO) {
        if (by_asked(work, past, rng, ahead)) return true;
        remark(out, "The model asked for cannot be estimated here, so another was chosen.");
    }
    return ku_method_ets.forecast(work->chooser, past, rng, ahead);
}

static void take(const ku_ahead *ahead, ku_outlook *out)
{
    out->estimated = true;
    out->likelihood = ahead->likelihood;
    out->loglik = ahead->loglik;
    out->aicc = ahead->aicc;
    snprintf(out->model, sizeof out->model, "%s", ahead->model);
    snprintf(out->parameters, sizeof out->parameters, "%s", ahead->parameters);
}

/* ---- what holds for every result --------------------------------------------------------- */

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

static void too_short(int n, int shortest, ku_outlook *out)
{
    char text[120];
    snprintf(text, sizeof text, "%d period%s only; at least %d are needed for a forecast.", n,
             n == 1 ? "" : "s", shortest);
    remark(out, text);
}

void ku_outlook_make(ku_outlook_work *work, const ku_past *past, ku_rng rng, ku_outlook *out)
{
    const int h = work->options.horizon, n = past->n;
    const double *y = past->y;
    ku_ahead ahead = {.h = h, .mean = out->mean, .fitted = out->fitted};
    for (int b = 0; b < KU_BOUNDS; b++) ahead.bound[b] = out->bound[b];
    out->forecast = n >= work->options.shortest;
    out->season = 1;
    if (!out->forecast) {
        too_short(n, work->options.shortest, out);
        return;
    }
    if (is_constant(y, n)) {
        repeat_last(work, y, n, &ahead);
        snprintf(out->model, sizeof out->model, "constant");
        remark(out, "The value never changed, so the forecast repeats it; how far it may stray"
                    " cannot be told.");
    } else if (by_method(work, past, rng, &ahead, out)) {
        take(&ahead, out);
        out->season = past->season;
        season_remark(n, past->season, out);
    } else {
        repeat_last(work, y, n, &ahead);
        snprintf(out->model, sizeof out->model, "last value");
        remark(out, "Too short for a model: the last value is repeated.");
    }
    out->deviation = sqrt(ahead.sigma2);
    out->smape = symmetric_error(y, out->fitted, n);
    if (!work->options.below_zero) keep_above_zero(y, n, h, out);
}

double ku_outlook_quantile(const ku_outlook *out, int step, double share)
{
    /* The knots, ascending: lo95, lo80, middle, hi80, hi95. */
    const double at[] = {
        ku_normal_quantile(ku_bound_share[2]), ku_normal_quantile(ku_bound_share[0]), 0,
        ku_normal_quantile(ku_bound_share[1]), ku_normal_quantile(ku_bound_share[3])};
    const double value[] = {out->bound[2][step], out->bound[0][step], out->mean[step],
                            out->bound[1][step], out->bound[3][step]};
    double z = ku_normal_quantile(share);
    int k = 0;
    while (k < 3 && z > at[k + 1]) k++;
    return value[k] + (z - at[k]) / (at[k + 1] - at[k]) * (value[k + 1] - value[k]);
}
