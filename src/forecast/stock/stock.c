/* stock.c - the level, the season and the spread of a demand that was only seen while there
 * was stock.
 *
 * Sales of a period that ran out say that demand was at least that. Leaving such periods out
 * keeps the quiet ones and forecasts too little; taking their sales as demand does so too.
 * Both errors feed on themselves, for the next order is made by the forecast.
 *
 * Level: at each period the weighted mean of all periods, weights falling by `memory` a
 * period on either side, sums of what was sold over sums of the share it could be bought in.
 * Periods of which only a bound is known enter with their expectation given the bound, again
 * and again until nothing moves (EM). The spread and the memory are those under which each
 * period is likeliest by the level of all others, so that a level that follows every single
 * period gains nothing by it. */
#include "forecast/stock/stock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forecast/stock/stock_internal.h"

enum { ITERATIONS = 200, SEARCH = 14, ROUNDS = 4, FEWEST = 3 };
static const double memories[] = {1, 0.98, 0.95, 0.9, 0.8};
static const double roughly = 1e-4, settled = 1e-9; /* changes that count no more */
static const double bound_only = -1; /* share of a period that ran out for an unknown time */

typedef struct fit {
    const double *y;
    int n, season;
    double scale;           /* mean of the sales of periods in stock */
    double *share, *seen;   /* n: share in stock; sold, or expected given a bound */
    double *level, *others; /* n: level of each period; of all periods but it */
    double *wave;           /* season: factors */
    double *work;           /* 2 n */
    ku_stock_family family;
    double memory, dispersion, likelihood;
} fit;

size_t ku_stock_room(int n, int season)
{
    return 6 * (size_t)n + (size_t)(season > 1 ? season : 1);
}

static double exposure(const fit *f, int t)
{
    return f->share[t] == bound_only ? 1 : f->share[t];
}

static stock_demand demand_at(const fit *f, int t, const double *level)
{
    return (stock_demand){f->family, level[t] * f->wave[t % f->season], f->dispersion};
}

/* ---- level and season ------------------------------------------------------------------------ */

/* Adds to `sum` the weighted sums of what was seen and of its exposure, from one side. */
static void sweep(const fit *f, bool forward, double *seen, double *exposed)
{
    double a = 0, b = 0;
    for (int i = 0; i < f->n; i++) {
        int t = forward ? i : f->n - 1 - i;
        seen[t] += a;
        exposed[t] += b;
        a = f->memory * (a + f->seen[t]);
        b = f->memory * (b + exposure(f, t) * f->wave[t % f->season]);
    }
}

static void update_level(fit *f)
{
    double *seen = f->work, *exposed = f->work + f->n;
    memset(f->work, 0, 2 * (size_t)f->n * sizeof *f->work);
    sweep(f, true, seen, exposed);
    sweep(f, false, seen, exposed);
    double least = 1e-6 * f->scale; /* of nothing sold follows little, not nothing */
    for (int t = 0; t < f->n; t++) {
        double own = exposure(f, t) * f->wave[t % f->season];
        f->others[t] = exposed[t] > 0 ? fmax(seen[t] / exposed[t], least) : f->scale;
        double all = exposed[t] + own;
        f->level[t] = all > 0 ? fmax((seen[t] + f->seen[t]) / all, least) : f->scale;
    }
}

/* Each place in the season against the level, one period of the level thought in. */
static void update_season(fit *f)
{
    if (f->season < 2) return;
    double sum = 0;
    for (int j = 0; j < f->season; j++) {
        double seen = 0, expected = 0;
        for (int t = j; t < f->n; t += f->season) {
            seen += f->seen[t];
            expected += exposure(f, t) * f->level[t];
        }
        f->wave[j] = fmax((seen + f->scale) / (expected + f->scale), 1e-3);
        sum += f->wave[j];
    }
    for (int j = 0; j < f->season; j++) f->wave[j] *= f->season / sum;
}

/* ---- spread ------------------------------------------------------------------------------------ */

static double likelihood(const fit *f)
{
    double sum = 0, mean, variance;
    for (int t = 0; t < f->n; t++) {
        stock_demand d = demand_at(f, t, f->others);
        if (f->share[t] == bound_only)
            sum += ku_stock_log_above(d, f->y[t], &mean, &variance);
        else if (f->share[t] > 0)
            sum += ku_stock_log_sold(d, f->y[t], f->share[t]);
    }
    return sum;
}

static double likelihood_at(fit *f, double log_dispersion)
{
    f->dispersion = exp(log_dispersion);
    return likelihood(f);
}

/* Golden section on its logarithm; counts may also have none beyond chance. */
static void update_dispersion(fit *f)
{
    const double part = 0.61803398874989484820;
    double about = f->family == KU_STOCK_NORMAL ? 2 * log(f->scale) : 0;
    double lo = about - (f->family == KU_STOCK_COUNTS ? 3 : 8),
           hi = about + (f->family == KU_STOCK_LOGNORMAL ? 2 : 8);
    double a = hi - part * (hi - lo), b = lo + part * (hi - lo);
    double at_a = likelihood_at(f, a), at_b = likelihood_at(f, b);
    for (int i = 0; i < SEARCH; i++) {
        if (at_a > at_b) {
            hi = b, b = a, at_b = at_a;
            at_a = likelihood_at(f, a = hi - part * (hi - lo));
        } else {
            lo = a, a = b, at_a = at_b;
            at_b = likelihood_at(f, b = lo + part * (hi - lo));
        }
    }
    f->likelihood = likelihood_at(f, (lo + hi) / 2);
    if (f->family != KU_STOCK_COUNTS) return;
    double kept = f->dispersion, spread = f->likelihood;
    f->dispersion = INFINITY;
    f->likelihood = likelihood(f);
    if (f->likelihood >= spread) return;
    f->dispersion = kept;
    f->likelihood = spread;
}

/* ---- estimation ----------------------------------------------------------------------------------- */

/* The expectations of the bounded periods; returns the largest change. */
static double expect(fit *f)
{
    double change = 0, variance;
    for (int t = 0; t < f->n; t++) {
        if (f->share[t] != bound_only) continue;
        double before = f->seen[t];
        ku_stock_log_above(demand_at(f, t, f->level), f->y[t], &f->seen[t], &variance);
        change = fmax(change, fabs(f->seen[t] - before));
    }
    return change;
}

static void settle(fit *f, double tolerance)
{
    for (int i = 0; i < ITERATIONS; i++) {
        update_level(f);
        update_season(f);
        if (expect(f) <= tolerance * f->scale && i > 0) break;
    }
    update_level(f);
}

/* Everything for one memory and family, from the expectations and season of the one before.
 * The spread decides the expectations and they the spread, so both in turn. */
static void estimate(fit *f, double tolerance)
{
    for (int round = 0; round < ROUNDS; round++) {
        double before = f->dispersion;
        settle(f, tolerance);
        update_dispersion(f);
        if (fabs(log(f->dispersion / before)) < 0.01 || f->dispersion == before) break;
    }
    settle(f, tolerance);
    f->likelihood = likelihood(f);
}

/* A spread as large as the mean, no season and sales as they are: where to begin. */
static void begin(fit *f)
{
    memcpy(f->seen, f->y, (size_t)f->n * sizeof *f->seen);
    for (int j = 0; j < f->season; j++) f->wave[j] = 1;
    f->dispersion = f->family == KU_STOCK_NORMAL ? f->scale * f->scale : 1;
}

/* The likeliest memory and family; estimates them again last. */
static void choose(fit *f, bool counts, bool positive)
{
    ku_stock_family first = counts ? KU_STOCK_COUNTS : KU_STOCK_NORMAL;
    ku_stock_family last = counts     ? KU_STOCK_COUNTS
                           : positive ? KU_STOCK_LOGNORMAL
                                      : KU_STOCK_NORMAL;
    double best = -INFINITY, memory = 1;
    ku_stock_family family = first;
    for (ku_stock_family k = first; k <= last; k++) {
        f->family = k;
        begin(f);
        for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
            f->memory = memories[i];
            estimate(f, roughly);
            if (!(f->likelihood > best)) continue;
            best = f->likelihood, memory = f->memory, family = k;
        }
    }
    f->family = family;
    f->memory = memory;
    begin(f);
    estimate(f, settled);
}

/* ---- results ------------------------------------------------------------------------------------------ */

/* Squared relative error of the level at t: that of one period over the number of periods
 * which the weights amount to. */
static double level_error(const fit *f, int t)
{
    double sum = 0, squares = 0;
    int reach = f->memory < 1 ? (int)ceil(log(1e-6) / log(f->memory)) : f->n;
    int first = t > reach ? t - reach : 0, last = t + reach < f->n ? t + reach : f->n - 1;
    for (int s = first; s <= last; s++) {
        double w = pow(f->memory, abs(t - s));
        double informed = f->share[s] == bound_only ? 0.5 : f->share[s];
        sum += w * informed;
        squares += w * w * informed;
    }
    stock_demand d = demand_at(f, t, f->level);
    return ku_stock_variance(d) / (d.mean * d.mean) * squares / (sum * sum);
}

static void fill(const fit *f, double *demand, double *deviation, ku_stock_summary *out)
{
    double variance_lost = 0, error_lost = 0;
    for (int t = 0; t < f->n; t++) {
        stock_demand d = demand_at(f, t, f->level);
        double sold = f->y[t], mean = 0, variance = 0;
        out->per_period += d.mean / f->n;
        out->sold += sold;
        if (f->share[t] == bound_only) {
            ku_stock_log_above(d, sold, &mean, &variance);
            mean -= sold;
        } else if (f->share[t] < 1) {
            ku_stock_rest(d, sold, f->share[t], &mean, &variance);
        }
        double error = mean > 0 ? mean * sqrt(level_error(f, t)) : 0;
        demand[t] = sold + mean;
        deviation[t] = sqrt(variance + error * error);
        out->lost += mean;
        variance_lost += variance;
        error_lost += error; /* one level errs for all in the same direction */
    }
    out->demand = out->sold + out->lost;
    out->lost_deviation = sqrt(variance_lost + error_lost * error_lost);
}

/* What the estimation is about: how many periods ran out and whether enough did not. */
static const char *survey(fit *f, const double *available, ku_stock_summary *out, bool *counts,
                          bool *positive)
{
    int full = 0;
    double exposed = 0, sold = 0;
    *counts = *positive = true;
    for (int t = 0; t < f->n; t++) {
        double a = available[t], y = f->y[t];
        bool known = a >= 0 && (a > 0 || y == 0);
        f->share[t] = known ? fmin(a, 1) : bound_only;
        if (f->share[t] == bound_only && y <= 0) f->share[t] = 0; /* at least 0: says nothing */
        out->periods += f->share[t] < 1;
        full += f->share[t] >= 1;
        if (y < 0) return "Sales are negative in places, so lost sales were not estimated.";
        *counts = *counts && y == floor(y) && y < 1e5;
        *positive = *positive && (y > 0 || f->share[t] == 0);
        if (f->share[t] > 0) exposed += exposure(f, t), sold += y;
    }
    f->scale = exposed > 0 ? sold / exposed : 0;
    if (out->periods == 0) return "The product was always in stock.";
    if (full < FEWEST)
        return "Fewer than three periods were in stock throughout, so lost sales were not "
               "estimated.";
    return f->scale > 0 ? "" : "Nothing was sold, so lost sales were not estimated.";
}

bool ku_stock_uncensor(const double *y, const double *available, int n, int season, double *demand,
                       double *deviation, double *room, ku_stock_summary *summary)
{
    fit f = {.y = y,
             .n = n,
             .season = season > 1 && n >= 2 * season ? season : 1,
             .share = room,
             .seen = room + n,
             .level = room + 2 * (size_t)n,
             .others = room + 3 * (size_t)n,
             .work = room + 4 * (size_t)n,
             .wave = room + 6 * (size_t)n};
    bool counts, positive;
    memset(summary, 0, sizeof *summary);
    summary->reason = survey(&f, available, summary, &counts, &positive);
    if (summary->reason[0] != '\0') {
        if (demand != y) memcpy(demand, y, (size_t)n * sizeof *demand);
        memset(deviation, 0, (size_t)n * sizeof *deviation);
        return false;
    }
    choose(&f, counts, positive);
    summary->family = f.family;
    summary->memory = f.memory;
    summary->dispersion = f.dispersion;
    fill(&f, demand, deviation, summary);
    return true;
}
