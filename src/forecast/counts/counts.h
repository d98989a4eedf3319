/* counts.h - counts that are too few for a model of their own: the rate of each series from
 * its own past and from what its siblings are like. A pool lies in the arena it was learned
 * in; the caller owns all other arrays.
 *
 * For a set of series: ku_counts_pool_learn once, then ku_counts_ahead for each, from any
 * thread, or the method `counts` with ku_past.pool. Without a pool that learns from its one
 * series. */
#ifndef KU_FORECAST_COUNTS_H
#define KU_FORECAST_COUNTS_H

#include "forecast/counts/negbin.h"
#include "forecast/method.h"
#include "kemudi/pool.h"

/* Whole numbers, 0 or above, the oldest first. */
typedef struct ku_counts_series {
    const double *y;
    int n;
    int first; /* place of y[0] on a calendar that all series share: periods since any date */
} ku_counts_series;

/* True for 1 and more whole numbers of 0 to 100,000: what the functions below are for. */
bool ku_counts_possible(const double *y, int n);

/* What a set of series has in common. Rates are gamma distributed over the series; a count has its rate times the factors of season
 * and tide as mean, and `spread` times that as variance, more or less from series to series. */
typedef struct ku_counts_pool {
    double level;         /* mean rate of the series, a period */
    double weight;        /* periods of own past that the others count for */
    double memory;        /* weight of a period next to the one after it */
    double spread;        /* variance over mean; 1: pure chance */
    double spread_weight; /* periods of own past that this counts for */
    int season;           /* 1: none */
    const double *wave;   /* season factors, by place on the calendar; their mean is 1 */
    int begin, span;      /* the periods of the calendar that the series cover */
    const double *tide;   /* span + 1: factor of all series together, the last from there on */
    size_t series;        /* that were learned from */
    double likelihood;    /* ln, a period, one step ahead, over what was learned from */
} ku_counts_pool;

/* Learns from all series that are possible; needs one. Season factors are those of all series
 * together, against a moving mean, drawn towards 1 by as much as they differ from year to
 * year (James & Stein); the tide is their sum without season, smoothed; the rest maximises the likelihood of each count given those before it.
 * From more than 60,000 periods every second, third, ... series is taken. Same series, same
 * bits for any number of threads (`threads` may be NULL). False when no series is possible or
 * there is no memory. Gamma-Poisson rates: Robbins (1956), Proc. Third Berkeley Symposium 1,
 * 157-163; forgetting: Harvey & Fernandes (1989), JBES 7, 407-417, eqs. 2.5-2.8. */
bool ku_counts_pool_learn(ku_counts_pool *pool, const ku_counts_series *series, size_t count,
                          int season, ku_pool *threads, ku_arena *arena);

/* The distribution of what comes `step` >= 1 periods after the past. */
ku_negbin ku_counts_predict(const ku_counts_pool *pool, const ku_counts_series *series, int step);
/* Fills `ahead`: means, whole bounds, fits. The series must be possible. */
void ku_counts_ahead(const ku_counts_pool *pool, const ku_counts_series *series, ku_ahead *ahead);

#endif
