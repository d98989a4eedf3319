/* spread.h - intervals that hold what they promise: the models' own spread, widened by what
 * models of that many values were seen to miss and by what this series' held-out end
 * missed. Plain values; nothing is owned. */
#ifndef KU_FORECAST_SPREAD_H
#define KU_FORECAST_SPREAD_H

#include "forecast/method.h"

/* Deviations count for no more, so that their squares stay finite. */
#define KU_SPREAD_LARGEST 1e150

/* What the held-out end of a series missed. */
typedef struct ku_misses {
    int count;      /* values held out and forecast; 0: none */
    int covered;    /* of these, inside the 95 % interval */
    double squares; /* sum of (error / its standard deviation)^2, each at most 9 */
} ku_misses;

/* The factor on the standard deviation for a bound of ku_bound_share[b]. */
double ku_spread_factor(int b, int n, const ku_misses *misses);
/* ahead->bound from ahead->mean and variance[h]. `positive`: the series has only values
 * above zero; then the bounds are those of a lognormal distribution around the mean, which
 * never reach zero. */
void ku_spread_bounds(ku_ahead *ahead, const double *variance, int n, bool positive,
                      const ku_misses *misses);
/* The variance that the outer bounds of a method stand for. */
double ku_spread_variance(const ku_ahead *ahead, int step);
/* Adds the truth for ahead->mean and bounds, which were made with no misses known. */
void ku_spread_count(const ku_ahead *ahead, const double *variance, const double *truth, int h,
                     ku_misses *misses);

#endif
