/* interval.h - intervals of counts and of money to come. Owns nothing. */
#ifndef KU_COHORTS_INTERVAL_H
#define KU_COHORTS_INTERVAL_H

typedef struct range {
    double lo, hi;
} range;

/* The normal quantiles of 80 % and 95 % intervals. */
#define RANGE_80 1.2815515655446004
#define RANGE_95 1.959963984540054

/* Of how many of n do something, when that has this mean and standard error (chance included):
 * the beta-binomial distribution of these two moments; for large means the logarithm of the
 * odds is taken as normal. `z` is the normal quantile of the level. Whole numbers or nearly. */
range range_of_count(double n, double mean, double error, double z);
/* Of a sum to come: lognormal with this mean and standard error (Mack 1993, section 5), normal
 * where the mean is not above zero. */
range range_of_money(double mean, double error, double z);
/* Of a share with a normal logarithm of its odds. */
range range_of_share(double mean, double error, double z);

#endif
