/* negbin.c - the negative binomial by its recursion
 * P(k + 1) = P(k) (size + k) / (k + 1) * mean / (mean + size). */
#include "forecast/counts/negbin.h"

#include <stdbool.h>

#include "kemudi/rng.h"

enum { STEPS = 1000000 };
static const double smallest_log = -700; /* exp of it is still a normal number */
static const double largest_size = 1e9;  /* beyond it rounding would tell Poisson apart */

ku_negbin ku_negbin_of(double mean, double variance)
{
    double excess = variance - mean;
    return (ku_negbin){mean, excess > 0 && mean > 0 ? mean * mean / excess : INFINITY};
}

static double log_zero(ku_negbin d)
{
    return d.size < largest_size ? -d.size * log1p(d.mean / d.size) : -d.mean;
}

/* P(k + 1) / P(k). */
static double ratio(ku_negbin d, double k)
{
    if (d.size >= largest_size) return d.mean / (k + 1);
    return (d.size + k) / (k + 1) * (d.mean / (d.mean + d.size));
}

/* ln((size)(size + 1)...(size + k - 1)): by its factors, for most counts are small. */
static double log_rising(double size, double k)
{
    int sign;
    if (k > 30) return lgamma_r(size + k, &sign) - lgamma_r(size, &sign);
    double sum = 0;
    for (double j = 0; j < k; j++) sum += log(size + j);
    return sum;
}

double ku_negbin_log(ku_negbin d, double k)
{
    int sign;
    if (k == 0) return log_zero(d);
    if (d.mean <= 0) return -INFINITY;
    double power = lgamma_r(k + 1, &sign);
    if (d.size >= largest_size) return k * log(d.mean) - d.mean - power;
    return log_zero(d) + log_rising(d.size, k) - power + k * log(d.mean / (d.mean + d.size));
}

static double by_expansion(ku_negbin d, double share)
{
    double z = ku_normal_quantile(share);
    double variance = d.mean + (d.size < largest_size ? d.mean * d.mean / d.size : 0);
    double third = d.size < largest_size ? (2 * variance - d.mean) * variance / d.mean : d.mean;
    double deviation = sqrt(variance);
    double skewness = third / (variance * deviation);
    return fmax(0, ceil(d.mean + deviation * (z + skewness * (z * z - 1) / 6) - 0.5));
}

double ku_negbin_quantile(ku_negbin d, double share)
{
    if (d.mean <= 0) return 0;
    double start = log_zero(d);
    if (start < smallest_log) return by_expansion(d, share);
    double mass = exp(start), below = mass;
    for (int k = 0; k < STEPS; k++) {
        if (below >= share) return k;
        mass *= ratio(d, k);
        below += mass;
        /* Rounding can leave the sum just short of a share near 1. */
        if (mass < 1e-18 && k > d.mean) return k + 1;
    }
    return by_expansion(d, share);
}

/* What lies above k as all less what lies below. False where that is too small a difference
 * of large numbers, or where P(X = 0) is too small to begin from. */
static bool above_by_rest(ku_negbin d, double k, double *share, double *mean, double *variance)
{
    double start = log_zero(d), mass = exp(start), below = 0, first = 0, second = 0;
    if (start < smallest_log) return false;
    for (double j = 0; j < k; j++) {
        below += mass;
        first += mass * j;
        second += mass * j * j;
        mass *= ratio(d, j);
    }
    if (below > 0.999) return false;
    *share = 1 - below;
    *mean = (d.mean - first) / *share;
    double square = d.mean * d.mean + d.mean +
                    (d.size < largest_size ? d.mean * d.mean / d.size : 0);
    *variance = fmax((square - second) / *share - *mean * *mean, 0);
    return true;
}

/* Sums relative to P(k), so that a hopelessly small tail keeps its moments; brought down
 * again wherever they grow too large on the way to the bulk. */
double ku_negbin_above(ku_negbin d, double k, double *mean, double *variance)
{
    static const double large = 1e200;
    double share;
    if (above_by_rest(d, k, &share, mean, variance)) return share;
    double mass = 1, sum = 0, first = 0, second = 0, log_scale = 0;
    for (int j = 0; j < STEPS; j++) {
        sum += mass;
        first += mass * j;
        second += mass * j * j;
        double next = ratio(d, k + j);
        mass *= next;
        if (next < 1 && mass * (j + 1.0) * (j + 1.0) < 1e-14 * (second + sum)) break;
        if (second < large && mass < large) continue;
        mass /= large, sum /= large, first /= large, second /= large;
        log_scale += log(large);
    }
    *mean = k + first / sum;
    *variance = fmax(second / sum - first / sum * (first / sum), 0);
    return fmin(1, exp(ku_negbin_log(d, k) + log(sum) + log_scale));
}
