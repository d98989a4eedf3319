/* family.c - what a period may ask for, and what follows when only a part of it was seen. */
#include <math.h>

#include "forecast/counts/negbin.h"
#include "forecast/stock/stock_internal.h"

static const double log_root_2pi = 0.91893853320467274178;

/* ---- the normal tail ------------------------------------------------------------------------ */

/* P(Z > z). */
static double tail(double z)
{
    return 0.5 * erfc(z * M_SQRT1_2);
}

/* ln P(Z > z) and the hazard, density over tail; far out by the series of Mills' ratio. */
static double log_tail(double z, double *hazard)
{
    double log_density = -z * z / 2 - log_root_2pi;
    if (z < 25) {
        double q = tail(z);
        *hazard = exp(log_density) / q;
        return log(q);
    }
    *hazard = z + 1 / z - 2 / (z * z * z);
    return log_density - log(*hazard);
}

static double log_normal(double x, double mean, double variance)
{
    double z = (x - mean) / sqrt(variance);
    return -z * z / 2 - log_root_2pi - log(variance) / 2;
}

/* ---- counts ---------------------------------------------------------------------------------- */

static ku_negbin counts(stock_demand d, double share)
{
    return (ku_negbin){share * d.mean, d.dispersion};
}

/* The rate of the period is gamma with shape `size`; y sold in a share of it make that
 * size + y, and what is still to come is negative binomial again. */
static void counts_rest(stock_demand d, double y, double share, double *mean, double *variance)
{
    *mean = *variance = (1 - share) * d.mean;
    if (!isfinite(d.dispersion) || d.mean <= 0) return;
    double shape = d.dispersion + y;
    *mean = (1 - share) * shape / (d.dispersion / d.mean + share);
    *variance = *mean + *mean * *mean / shape;
}

/* ---- lognormal ------------------------------------------------------------------------------- */

static double lognormal_above(stock_demand d, double y, double *mean, double *variance)
{
    double s2 = d.dispersion, s = sqrt(s2), m = log(d.mean) - s2 / 2, hazard;
    double z = y > 0 ? (log(y) - m) / s : -INFINITY;
    if (z > 25) { /* hopelessly far above: barely more than what was sold */
        double over = y * s / z;
        *mean = y + over;
        *variance = over * over;
        return log_tail(z, &hazard);
    }
    double q = tail(z);
    *mean = d.mean * tail(z - s) / q;
    *variance = fmax(d.mean * d.mean * exp(s2) * tail(z - 2 * s) / q - *mean * *mean, 0);
    return log(q);
}

/* ---- all ---------------------------------------------------------------------------------------- */

double ku_stock_log_sold(stock_demand d, double y, double share)
{
    if (d.family == KU_STOCK_COUNTS) return ku_negbin_log(counts(d, share), y);
    if (d.family == KU_STOCK_NORMAL) return log_normal(y, share * d.mean, share * d.dispersion);
    double s2 = d.dispersion / share;
    return log_normal(log(y), log(share * d.mean) - s2 / 2, s2) - log(y);
}

double ku_stock_log_above(stock_demand d, double y, double *mean, double *variance)
{
    if (d.family == KU_STOCK_LOGNORMAL) return lognormal_above(d, y, mean, variance);
    if (d.family == KU_STOCK_COUNTS)
        return log(fmax(ku_negbin_above(counts(d, 1), y, mean, variance), 1e-300));
    double deviation = sqrt(d.dispersion), z = (y - d.mean) / deviation, hazard;
    double log_share = log_tail(z, &hazard);
    *mean = d.mean + deviation * hazard;
    *variance = fmax(d.dispersion * (1 + z * hazard - hazard * hazard), 0);
    return log_share;
}

void ku_stock_rest(stock_demand d, double y, double share, double *mean, double *variance)
{
    if (d.family == KU_STOCK_COUNTS) {
        counts_rest(d, y, share, mean, variance);
        return;
    }
    *mean = (1 - share) * d.mean;
    *variance = (1 - share) * ku_stock_variance(d);
}

double ku_stock_variance(stock_demand d)
{
    if (d.family == KU_STOCK_NORMAL) return d.dispersion;
    if (d.family == KU_STOCK_LOGNORMAL) return d.mean * d.mean * expm1(d.dispersion);
    return d.mean + (isfinite(d.dispersion) ? d.mean * d.mean / d.dispersion : 0);
}
