/* quantile.c - what a period may bring, when it may bring nothing.
 *
 * The intervals once published for Croston's method came from a model under which demand
 * could be negative, and were withdrawn. Here a period's demand is zero with the chance
 * that it has none, and its amount has a distribution of its own. */
#include "forecast/intermittent/intermittent.h"

#include <math.h>

#include "forecast/counts/negbin.h"
#include "kemudi/rng.h"

static const double many = 10000; /* units, beyond which whole amounts are drawn as others */

static double lognormal_quantile(double mean, double variance, double share)
{
    double s2 = log1p(variance / (mean * mean));
    return mean * exp(sqrt(s2) * ku_normal_quantile(share) - s2 / 2);
}

double ku_demand_quantile(ku_demand_ahead d, double share)
{
    if (d.chance <= 0 || share <= 1 - d.chance) return 0;
    double within = fmin((share - (1 - d.chance)) / d.chance, 1 - 1e-12);
    if (!d.whole) return lognormal_quantile(d.size, d.size_variance, within);
    if (d.size > many) return ceil(lognormal_quantile(d.size, d.size_variance, within) - 0.5);
    return 1 + ku_negbin_quantile(ku_negbin_of(d.size - 1, d.size_variance), within);
}
