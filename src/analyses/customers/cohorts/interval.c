/* interval.c - from a mean and a standard error to an interval of the right shape. */
#include "analyses/customers/cohorts/interval.h"

#include <math.h>

range range_of_share(double mean, double error, double z)
{
    if (mean <= 0 || mean >= 1) return (range){mean, mean};
    double odds = log(mean / (1 - mean)), spread = error / (mean * (1 - mean));
    return (range){1 / (1 + exp(z * spread - odds)), 1 / (1 + exp(-z * spread - odds))};
}

static double log_beta(double a, double b)
{
    int sign;
    return lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
}

static double tail_of(double z)
{
    return 0.5 * erfc(z / sqrt(2.0));
}

/* Runs through the probabilities of 0, 1, 2, ... until both tails are found. */
static range beta_binomial(double n, double a, double b, double tail)
{
    double chance = exp(log_beta(a, b + n) - log_beta(a, b)), below = 0;
    range r = {-1, n};
    for (double k = 0; k <= n; k++) {
        below += chance;
        if (r.lo < 0 && below >= tail) r.lo = k;
        if (below >= 1 - tail) {
            r.hi = k;
            break;
        }
        chance *= (n - k) * (a + k) / ((k + 1) * (b + n - k - 1));
    }
    if (r.lo < 0) r.lo = 0;
    return r;
}

range range_of_count(double n, double mean, double error, double z)
{
    double p = mean / n, chance = n * p * (1 - p);
    if (n <= 0 || p <= 0 || p >= 1) return (range){mean, mean};
    if (mean > 300 || n - mean < 20 || n < 2) {
        range share = range_of_share(p, error / n, z);
        return (range){n * share.lo, n * share.hi};
    }
    double extra = (error * error / chance - 1) / (n - 1);
    extra = fmin(0.99, fmax(1e-9, extra));
    return beta_binomial(n, p * (1 / extra - 1), (1 - p) * (1 / extra - 1), tail_of(z));
}

range range_of_money(double mean, double error, double z)
{
    if (mean <= 0) return (range){mean - z * error, mean + z * error};
    double variance = log1p(error * error / (mean * mean)), middle = log(mean) - variance / 2;
    double reach = z * sqrt(variance);
    return (range){exp(middle - reach), exp(middle + reach)};
}
