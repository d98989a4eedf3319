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

#include "forecast/combine/combine.h"
#include "forecast/ets/named.h"

enum { UNKNOWN = KU_OUTLOOK_AUTO - 1 };

struct ku_outlook_work {
    ku_outlook_options options;
    ku_combine_work *asked;   /* of the method or model that was asked for; NULL: none */
    ku_combine_work *chooser; /* the automatic choice */
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

static const ku_method *asked_method(const ku_outlook_options *options)
{
    int named = options->model - ku_method_count;
    if (options->model == KU_OUTLOOK_AUTO) return NULL;
    return named < 0 ? ku_methods[options->model] : &ku_ets_named[named];
}

ku_outlook_work *ku_outlook_work_new(ku_arena *arena, int longest, int season,
                                     const ku_outlook_options *options)
{
    ku_outlook_work *w = KU_NEW(arena, ku_outlook_work);
    const ku_method *asked = asked_method(options);
    int h = options->horizon;
    w->options = *options;
    if (asked) w->asked = ku_combine_work_new(arena, longest, season, h, asked);
    w->chooser = ku_combine_work_new(arena, longest, season, h, NULL);
    w->variance = ku_arena_try(arena, (size_t)h * sizeof(double));
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

/* ---- in words ---------------------------------------------------------------------------- */

static const char *number_word(int n, char to[12])
{
    static const char *const words[] = {"no", "one", "two", "three", "four", "five", "six"};
    snprintf(to, 12, "%d", n);
    return n < (int)(sizeof words / sizeof *words) ? words[n] : to;
}

/* "ets_mean=.31; theta=.33; dotm=.36". */
static void put_weights(const ku_combine_result *r, ku_outlook *out)
{
    size_t length = 0, size = sizeof out->parameters;
    for (int i = 0; i < r->members && length < size; i++)
        length += (size_t)snprintf(out->parameters + length, size - length, "%s%s=%.3f",
                                   i ? "; " : "", r->member[i].method->name, r->member[i].weight);
}

static double least_missed(const ku_combine_result *r)
{
    double least = INFINITY;
    for (int i = 0; i < r->members; i++) least = fmin(least, r->member[i].missed);
    return least;
}

static void why_mean(const ku_past *past, const ku_combine_result *r, ku_outlook *out)
{
    static const char *const cause[KU_COMBINE_KINDS] = {
        [KU_COMBINE_LONG] = "for seasons this long",
        [KU_COMBINE_SPARSE] = "for demand that is mostly none",
        [KU_COMBINE_DRIVEN] = "that know what else moves demand",
    };
    char count[12];
    const char *many = number_word(r->members, count);
    int most = 0, least = 0;
    for (int i = 1; i < r->members; i++) {
        if (r->member[i].weight > r->member[most].weight) most = i;
        if (r->member[i].weight < r->member[least].weight) least = i;
    }
    if (cause[r->kind] != NULL) {
        snprintf(out->why, sizeof out->why, "Plain mean of %s methods %s.", many, cause[r->kind]);
    } else if (r->member[most].weight - r->member[least].weight < 0.005) {
        snprintf(out->why, sizeof out->why,
                 r->misses.count ? "Mean of %s methods; on the held-out end all missed alike."
                                 : "Plain mean of %s methods; too short to hold an end out.",
                 many);
    } else if (r->member[most].missed > least_missed(r)) {
        snprintf(out->why, sizeof out->why,
                 "Mean of %s methods; %s weighs most (%.0f %%), as a season seen only %.1f times"
                 " wants caution.",
                 many, r->member[most].method->title, 100 * r->member[most].weight,
                 (double)past->n / past->season);
    } else {
        snprintf(out->why, sizeof out->why,
                 "Mean of %s methods; %s weighs most (%.0f %%): it missed least when the last %d"
                 " of %d periods were held out.",
                 many, r->member[most].method->title, 100 * r->member[most].weight, r->misses.count,
                 past->n);
    }
}

static void tell(const ku_past *past, const ku_ahead *ahead, const ku_combine_result *r,
                 ku_outlook *out)
{
    out->estimated = true;
    out->likelihood = ahead->likelihood;
    out->loglik = ahead->loglik;
    out->aicc = ahead->aicc;
    out->held_out = r->misses.count;
    out->covered = r->misses.covered;
    if (r->members > 1) {
        char count[12];
        snprintf(out->model, sizeof out->model, "Mean of %s methods",
                 number_word(r->members, count));
        put_weights(r, out);
        why_mean(past, r, out);
        return;
    }
    snprintf(out->model, sizeof out->model, "%s", ahead->model);
    snprintf(out->parameters, sizeof out->parameters, "%s", ahead->parameters);
    snprintf(out->why, sizeof out->why,
             r->kind == KU_COMBINE_ASKED ? "%s, as asked for: %s."
                                         : "%s, the only method that can be used here: %s.",
             r->member[0].method->title, r->member[0].method->about);
}

/* ---- methods ----------------------------------------------------------------------------- */

enum { FEWEST = 5 }; /* values that methods not asked for by name are fitted to */

/* False where no method can be used. */
static bool by_method(ku_outlook_work *work, const ku_past *past, ku_rng rng, ku_ahead *ahead,
                      ku_outlook *out)
{
    bool plain = work->options.plain_intervals;
    ku_combine_result result;
    if (work->asked != NULL) {
        if (ku_combine(work->asked, past, plain, rng, ahead, &result)) {
            tell(past, ahead, &result, out);
            return true;
        }
        remark(out, "The model asked for cannot be estimated here, so another was chosen.");
    }
    if (past->n < FEWEST || !ku_combine(work->chooser, past, plain, rng, ahead, &result))
        return false;
    tell(past, ahead, &result, out);
    return true;
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

/* Small whole numbers are counted things: their bounds are whole too, outward, so that the
 * interval holds no less. */
static void keep_whole(const double *y, int n, int h, ku_outlook *out)
{
    static const double small = 100;
    for (int t = 0; t < n; t++)
        if (y[t] != floor(y[t]) || fabs(y[t]) > small) return;
    for (int i = 0; i < h; i++)
        for (int b = 0; b < KU_BOUNDS; b++)
            out->bound[b][i] = ku_bound_share[b] < 0.5 ? floor(out->bound[b][i])
                                                       : ceil(out->bound[b][i]);
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
        snprintf(out->why, sizeof out->why, "It was the same in all periods.");
        snprintf(out->model, sizeof out->model, "constant");
        remark(out, "The value never changed, so the forecast repeats it; how far it may stray"
                    " cannot be told.");
    } else if (by_method(work, past, rng, &ahead, out)) {
        out->season = past->season;
        season_remark(n, past->season, out);
    } else {
        repeat_last(work, y, n, &ahead);
        snprintf(out->model, sizeof out->model, "last value");
        snprintf(out->why, sizeof out->why, "%d periods are too few for a method.", n);
        remark(out, "Too short for a model: the last value is repeated.");
    }
    out->deviation = sqrt(ahead.sigma2);
    out->smape = symmetric_error(y, out->fitted, n);
    if (!work->options.below_zero) keep_above_zero(y, n, h, out);
    keep_whole(y, n, h, out);
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

double ku_outlook_in_range(double value)
{
    return fmin(fmax(value, -1e300), 1e300);
}
