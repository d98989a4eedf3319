/* run.c - the rate of one series as its counts come in.
 *
 * A count of mean r s (rate times the factor of season and tide) and variance D r s is, in
 * units of D, about a Poisson number; so the rate's gamma distribution stays one: shape
 * a + sum(y) / D and inverse scale b + sum(s) / D, where the prior (a, b) is the pool's. Older
 * periods count for less by `memory` a period, which lets the rate move; the pool's share
 * never fades, so a series that falls silent is drawn to what its siblings do. The next count
 * is negative binomial: D r s of chance and the uncertainty of r. D itself is estimated from
 * the errors so far, with the pool's spread as so many periods of them. */
#include <stdio.h>

#include "forecast/counts/counts_internal.h"

double ku_counts_wave(const ku_counts_pool *pool, int place)
{
    int at = place - pool->begin;
    double tide = pool->tide[at < 0 ? 0 : at > pool->span ? pool->span : at];
    if (pool->season < 2) return tide;
    int turn = place % pool->season;
    return tide * pool->wave[turn < 0 ? turn + pool->season : turn];
}

static double spread(const ku_counts_pool *pool, const counts_state *s)
{
    double d = (pool->spread_weight * pool->spread + s->squares) /
               (pool->spread_weight + s->periods);
    return fmax(d, 1);
}

double ku_counts_mean(const ku_counts_pool *pool, const counts_state *s, double wave,
                      double *variance, double *shape)
{
    double d = spread(pool, s), counted = pool->level * pool->weight + s->seen;
    double mean = counted / (pool->weight + s->exposed) * wave;
    *shape = counted / d;
    *variance = d * mean + mean * mean / *shape;
    return mean;
}

void ku_counts_update(const ku_counts_pool *pool, counts_state *s, double wave, double y)
{
    double variance, shape, mean = ku_counts_mean(pool, s, wave, &variance, &shape);
    s->squares += (y - mean) * (y - mean) / variance * spread(pool, s);
    s->periods++;
    s->seen = pool->memory * s->seen + y;
    s->exposed = pool->memory * s->exposed + wave;
}

double ku_counts_run(const ku_counts_pool *pool, const ku_counts_series *series, counts_state *s,
                     double *fitted)
{
    double sum = 0, variance, shape;
    *s = (counts_state){0};
    for (int t = 0; t < series->n; t++) {
        double wave = ku_counts_wave(pool, series->first + t);
        double mean = ku_counts_mean(pool, s, wave, &variance, &shape);
        sum += ku_negbin_log(ku_negbin_of(mean, variance), series->y[t]);
        if (fitted != NULL) fitted[t] = mean;
        ku_counts_update(pool, s, wave, series->y[t]);
    }
    return sum;
}

/* Further ahead the rate has had time to move: what the past knows of it fades by `memory` a
 * period, the mean stays. */
static ku_negbin predict(const ku_counts_pool *pool, const counts_state *s, int place, int step)
{
    double variance, shape;
    double mean = ku_counts_mean(pool, s, ku_counts_wave(pool, place), &variance, &shape);
    double d = spread(pool, s), lasting = pool->level * pool->weight / d;
    double kept = lasting + (shape - lasting) * pow(pool->memory, step - 1);
    return ku_negbin_of(mean, d * mean + mean * mean / kept);
}

ku_negbin ku_counts_predict(const ku_counts_pool *pool, const ku_counts_series *series, int step)
{
    counts_state s;
    ku_counts_run(pool, series, &s, NULL);
    return predict(pool, &s, series->first + series->n + step - 1, step);
}

void ku_counts_ahead(const ku_counts_pool *pool, const ku_counts_series *series, ku_ahead *ahead)
{
    counts_state s = {0};
    double squares = 0, wave, variance, shape, end = 1;
    for (int t = 0; t < series->n; t++) {
        wave = ku_counts_wave(pool, series->first + t);
        double mean = ku_counts_mean(pool, &s, wave, &variance, &shape);
        squares += (series->y[t] - mean) * (series->y[t] - mean);
        if (ahead->fitted != NULL) ahead->fitted[t] = mean;
        ku_counts_update(pool, &s, wave, series->y[t]);
    }
    for (int i = 0; i < ahead->h; i++) {
        ku_negbin d = predict(pool, &s, series->first + series->n + i, i + 1);
        ahead->mean[i] = d.mean;
        for (int b = 0; b < KU_BOUNDS; b++)
            ahead->bound[b][i] = ku_negbin_quantile(d, ku_bound_share[b]);
    }
    if (ahead->h > 0) end = pool->tide[pool->span];
    double rate = ku_counts_mean(pool, &s, end, &variance, &shape);
    snprintf(ahead->model, sizeof ahead->model, pool->series > 1 ? "Counts, pooled" : "Counts");
    snprintf(ahead->parameters, sizeof ahead->parameters,
             "rate=%.4g; spread=%.3g; memory=%.3g; siblings' rate=%.3g for %.3g periods", rate,
             spread(pool, &s), pool->memory, pool->level, pool->weight);
    ahead->likelihood = false;
    ahead->loglik = ahead->aicc = 0;
    ahead->sigma2 = squares / series->n;
}
