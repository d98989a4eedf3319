/* method.c - the methods for demand with many periods of none: each says the mean; how often
 * and how much gives the distribution, of whole units where demand was whole.
 *
 * A flat forecast still grows less certain: the chance of demand is a mean of zeros and
 * ones, so its drift leaves the distribution of a period as it is, but the amount's drift
 * widens the amount. */
#include <math.h>
#include <stdio.h>

#include "forecast/intermittent/intermittent.h"
#include "forecast/method.h"

static const double croston_weight = 0.1; /* Croston's own, and R's default */
static const double uneven = 0.49;        /* CV^2 between even and uneven amounts */
enum { LONGEST_BLOCK = 52 };

/* The work memory is one double an observation. */
static void *work_new(ku_arena *arena, int observations, int season, int horizon)
{
    (void)season, (void)horizon;
    return ku_arena_try(arena, ((size_t)observations + 1) * sizeof(double));
}

static bool possible(const ku_past *past)
{
    if (past->n < 1) return false;
    for (int t = 0; t < past->n; t++)
        if (past->y[t] < 0) return false;
    return true;
}

/* Of the amounts; one more of middling unevenness is thought in, for few amounts that
 * happen to be equal do not prove that all are. */
static double size_variance(const ku_demand_pattern *p)
{
    return ((p->demands - 1) * p->size_variance + uneven * p->size * p->size) / p->demands;
}

static double mean_square(const ku_past *past, const double *fitted)
{
    double sum = 0;
    for (int t = 0; t < past->n; t++) sum += (past->y[t] - fitted[t]) * (past->y[t] - fitted[t]);
    return sum / past->n;
}

/* The same mean and distribution for every period ahead, the amount's variance growing by
 * the square of its weight with each demand to be expected. */
static bool fill(const ku_past *past, const ku_demand_pattern *p, ku_occurrence s,
                 const double *fitted, ku_ahead *ahead)
{
    double variance = p->demands > 0 ? size_variance(p) : 0;
    bool finite = isfinite(s.mean);
    for (int i = 0; i < ahead->h; i++) {
        double grown = variance * (1 + s.size_weight * s.size_weight * s.chance * i);
        ku_demand_ahead d = {s.chance, s.size, grown, p->whole};
        ahead->mean[i] = s.mean;
        for (int b = 0; b < KU_BOUNDS; b++) {
            ahead->bound[b][i] = ku_demand_quantile(d, ku_bound_share[b]);
            finite = finite && isfinite(ahead->bound[b][i]);
        }
    }
    ahead->likelihood = false;
    ahead->loglik = ahead->aicc = 0;
    ahead->sigma2 = mean_square(past, fitted);
    return finite;
}

static void describe(const char *model, ku_occurrence s, ku_ahead *ahead)
{
    snprintf(ahead->model, sizeof ahead->model, "%s", model);
    snprintf(ahead->parameters, sizeof ahead->parameters,
             "amount=%.4g; chance=%.4g; weights=%.3g, %.3g", s.size, s.chance, s.size_weight,
             s.interval_weight);
}

/* ---- how often and how much --------------------------------------------------------------- */

typedef enum kind { CROSTON, CROSTON_BEST, SBA, TSB } kind;

static bool by_occurrence(double *room, const ku_past *past, kind how, const char *model,
                          ku_ahead *ahead)
{
    if (!possible(past)) return false;
    double a = croston_weight, *fitted = ahead->fitted != NULL ? ahead->fitted : room;
    ku_demand_pattern p = ku_demand_classify(past->y, past->n);
    ku_occurrence s = how == CROSTON        ? ku_croston(past->y, past->n, a, a, fitted)
                      : how == CROSTON_BEST ? ku_croston_best(past->y, past->n, fitted)
                      : how == SBA          ? ku_sba(past->y, past->n, a, a, fitted)
                                            : ku_tsb_best(past->y, past->n, fitted);
    describe(model, s, ahead);
    return fill(past, &p, s, fitted, ahead);
}

static bool croston(void *work, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return by_occurrence(work, past, CROSTON, "Croston", ahead);
}

static bool croston_best(void *work, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return by_occurrence(work, past, CROSTON_BEST, "Croston, own weights", ahead);
}

static bool sba(void *work, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return by_occurrence(work, past, SBA, "Syntetos-Boylan", ahead);
}

static bool tsb(void *work, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return by_occurrence(work, past, TSB, "Teunter-Syntetos-Babai", ahead);
}

/* ---- aggregated in time ----------------------------------------------------------------------- */

/* The amount is that of the past, the chance what the mean leaves for it. */
static ku_occurrence from_mean(double mean, const ku_demand_pattern *p)
{
    ku_occurrence s = {.mean = mean, .size = p->size};
    if (mean <= 0 || p->demands == 0) return s;
    s.chance = fmin(mean / p->size, 1);
    s.size = mean / s.chance;
    return s;
}

static bool by_blocks(double *room, const ku_past *past, bool several, ku_ahead *ahead)
{
    if (!possible(past)) return false;
    ku_demand_pattern p = ku_demand_classify(past->y, past->n);
    int n = past->n, most = n / 2 < LONGEST_BLOCK ? n / 2 : LONGEST_BLOCK;
    int block = (int)fmax(1, fmin(most, round(p.interval)));
    /* A mean over the past stands for the fits where nobody asks for them. */
    double *fitted = ahead->fitted, total = 0;
    double mean = several ? ku_imapa(past->y, n, block, fitted, room)
                          : ku_adida(past->y, n, block, fitted);
    if (fitted == NULL) {
        fitted = room;
        for (int t = 0; t < n; t++) total += past->y[t];
        for (int t = 0; t < n; t++) fitted[t] = total / n;
    }
    ku_occurrence s = from_mean(mean, &p);
    snprintf(ahead->model, sizeof ahead->model, "%s", several ? "IMAPA" : "ADIDA");
    snprintf(ahead->parameters, sizeof ahead->parameters, "%s %d periods; amount=%.4g; chance=%.4g",
             several ? "up to" : "blocks of", block, s.size, s.chance);
    return fill(past, &p, s, fitted, ahead);
}

static bool adida(void *work, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return by_blocks(work, past, false, ahead);
}

static bool imapa(void *work, const ku_past *past, ku_rng rng, ku_ahead *ahead)
{
    (void)rng;
    return by_blocks(work, past, true, ahead);
}

/* ---- the methods ---------------------------------------------------------------------------------- */

const ku_method ku_method_croston = {
    .name = "croston",
    .title = "Croston",
    .about = "how much is asked for, divided by how long it takes until it is",
    .work_new = work_new,
    .forecast = croston,
};

const ku_method ku_method_croston_best = {
    .name = "croston_best",
    .title = "Croston, own weights",
    .about = "Croston's method with the weights that fit the series",
    .work_new = work_new,
    .forecast = croston_best,
};

const ku_method ku_method_sba = {
    .name = "sba",
    .title = "Syntetos-Boylan",
    .about = "Croston's method without its upward bias",
    .work_new = work_new,
    .forecast = sba,
};

const ku_method ku_method_tsb = {
    .name = "tsb",
    .title = "Teunter-Syntetos-Babai",
    .about = "how much and how likely, falling while nothing is asked for",
    .work_new = work_new,
    .forecast = tsb,
};

const ku_method ku_method_adida = {
    .name = "adida",
    .title = "ADIDA",
    .about = "smoothing of demand added up until zeros are rare",
    .work_new = work_new,
    .forecast = adida,
};

const ku_method ku_method_imapa = {
    .name = "imapa",
    .title = "IMAPA",
    .about = "the mean of smoothing demand added up over longer and longer times",
    .work_new = work_new,
    .forecast = imapa,
};
