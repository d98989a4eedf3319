/* spread.c - intervals that hold what they promise.
 *
 * A model takes itself for true and its parameters for known. Its 95 % interval therefore
 * holds 92 % of what comes, and of short series less. Split conformal intervals would need
 * more held-out values than a series of 14 has; so the shape comes from the models, and only
 * one factor from what was missed, in two steps:
 *
 * 1. by the number of values n, from the held-out ends of the M3 competition's 3,003
 *    training parts (bench/cases/m3.c prints the table): the standardised errors' quantile
 *    over the normal one is near 1 + 2.5 / n at 80 % and 1.1 + 5 / n at 95 %; errors have
 *    longer tails than the normal distribution;
 * 2. by the series' own held-out end: its mean squared standardised error, drawn to 1 as if
 *    16 further values had behaved as expected.
 *
 * For a series of positive values the spread multiplies: over the held-out ends such
 * intervals were shorter for the same coverage, and missed as often below as above. */
#include "forecast/combine/spread.h"

#include <math.h>

static const double normal[KU_BOUNDS] = {-1.2815515655446004, 1.2815515655446004,
                                         -1.9599639845400545, 1.9599639845400545};
static const struct {
    double base, by_length;
} widening[KU_BOUNDS] = {{1, 2.5}, {1, 2.5}, {1.1, 5}, {1.1, 5}};

static const double trust = 16;       /* values' worth of "as expected" */
static const double largest_miss = 9; /* squared: one outlier says little about the spread */
static const double widest_ratio = 3; /* standard deviation over mean, for logarithms */

double ku_spread_factor(int b, int n, const ku_misses *misses)
{
    double own = sqrt((trust + misses->squares) / (trust + misses->count));
    return own * (widening[b].base + widening[b].by_length / n);
}

void ku_spread_bounds(ku_ahead *ahead, const double *variance, int n, bool positive,
                      const ku_misses *misses)
{
    for (int b = 0; b < KU_BOUNDS; b++) {
        double reach = normal[b] * ku_spread_factor(b, n, misses);
        for (int i = 0; i < ahead->h; i++) {
            double mean = ahead->mean[i], deviation = sqrt(variance[i]);
            double ratio = fmin(deviation / mean, widest_ratio);
            ahead->bound[b][i] = positive && mean > 0
                                     ? mean * exp(reach * sqrt(log1p(ratio * ratio)))
                                     : mean + reach * deviation;
        }
    }
}

double ku_spread_variance(const ku_ahead *ahead, int step)
{
    double deviation = (ahead->bound[3][step] - ahead->bound[2][step]) / (normal[3] - normal[2]);
    deviation = fmin(deviation, KU_SPREAD_LARGEST);
    return deviation * deviation;
}

void ku_spread_count(const ku_ahead *ahead, const double *variance, const double *truth, int h,
                     ku_misses *misses)
{
    for (int i = 0; i < h; i++) {
        double error = truth[i] - ahead->mean[i];
        misses->count++;
        misses->covered += truth[i] >= ahead->bound[2][i] && truth[i] <= ahead->bound[3][i];
        if (variance[i] > 0)
            misses->squares += fmin(error * error / variance[i], largest_miss);
        else if (error != 0)
            misses->squares += largest_miss;
    }
}
