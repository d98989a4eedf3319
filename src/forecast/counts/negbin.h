/* negbin.h - the negative binomial distribution of counts, with the Poisson as its limit:
 * how many units will be asked for when the mean is known and demand is more spread than
 * pure chance. Plain values; nothing is owned. */
#ifndef KU_FORECAST_NEGBIN_H
#define KU_FORECAST_NEGBIN_H

#include <math.h>

/* Variance mean + mean^2 / size; size INFINITY is the Poisson distribution. mean >= 0,
 * size > 0. Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, section 5.1. */
typedef struct ku_negbin {
    double mean, size;
} ku_negbin;

/* The one with that mean and variance; the Poisson where variance <= mean. */
ku_negbin ku_negbin_of(double mean, double variance);
/* ln P(X = k) for a whole k >= 0. */
double ku_negbin_log(ku_negbin d, double k);
/* The smallest whole k with P(X <= k) >= share, 0 < share < 1. Exact while P(X = 0) can be
 * told from 0 and k stays below a million; beyond that by the expansion of Cornish & Fisher
 * (1937) with the skewness, rounded up. */
double ku_negbin_quantile(ku_negbin d, double share);
/* P(X > k - 1) = P(X >= k) for a whole k >= 0, and the mean and variance of X given that:
 * how much was asked for when k were sold and nothing was left. */
double ku_negbin_above(ku_negbin d, double k, double *mean, double *variance);

#endif
