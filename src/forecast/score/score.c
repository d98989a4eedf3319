/* score.c - measures of forecast accuracy.
 *
 * No single number says how good a forecast is: relative errors explode at small values,
 * squared ones follow a single peak, and none of them sees the intervals. So there are
 * several, each as its source defines it, and each averaged by whoever calls. */
#include "forecast/score/score.h"

#include <assert.h>
#include <math.h>

#include "kemudi/rng.h"

/* ---- point forecasts -------------------------------------------------------------------- */

double ku_score_mae(const double *y, const double *f, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += fabs(f[i] - y[i]);
    return sum / n;
}

double ku_score_rmse(const double *y, const double *f, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (f[i] - y[i]) * (f[i] - y[i]);
    return sqrt(sum / n);
}

double ku_score_bias(const double *y, const double *f, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += f[i] - y[i];
    return sum / n;
}

double ku_score_smape(const double *y, const double *f, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double size = fabs(y[i]) + fabs(f[i]);
        if (size > 0) sum += 2 * fabs(y[i] - f[i]) / size;
    }
    return sum / n;
}

double ku_score_scale(const double *past, int n, int lag, ku_scale_kind kind)
{
    double sum = 0;
    assert(lag >= 1);
    if (n <= lag) return NAN;
    for (int t = lag; t < n; t++) {
        double step = past[t] - past[t - lag];
        sum += kind == KU_SCALE_ABSOLUTE ? fabs(step) : step * step;
    }
    double scale = kind == KU_SCALE_ABSOLUTE ? sum / (n - lag) : sqrt(sum / (n - lag));
    return scale > 0 ? scale : NAN;
}

/* ---- quantiles and intervals ------------------------------------------------------------- */

double ku_score_pinball(double y, double q, double share)
{
    return y < q ? (1 - share) * (q - y) : share * (y - q);
}

double ku_score_interval(double y, double lo, double hi, double level)
{
    double outside = fmax(lo - y, 0) + fmax(y - hi, 0);
    return hi - lo + 2 / (1 - level) * outside;
}

static double normal_density(double z)
{
    return 0.3989422804014327 * exp(-z * z / 2);
}

static double normal_below(double z)
{
    return erfc(-z * 0.7071067811865476) / 2;
}

/* The integral of the squared normal distribution function from minus infinity to z:
 * z P(z)^2 + 2 p(z) P(z) - P(z sqrt 2) / sqrt(pi), whose derivative is P(z)^2. */
static double squared_below(double z)
{
    if (isinf(z)) return z < 0 ? 0 : INFINITY;
    double p = normal_below(z);
    return z * p * p + 2 * normal_density(z) * p -
           normal_below(z * 1.4142135623730951) * 0.5641895835477563;
}

/* The piece of the distribution on which x = at + width * z, for z of [from, to]: its part
 * of the integral. Below y the squared distribution function counts, above y the squared
 * rest to one. */
static double piece(double y, double at, double width, double from, double to)
{
    if (!(width > 0)) return 0;
    double z = fmin(fmax((y - at) / width, from), to);
    double below = z > from ? squared_below(z) - squared_below(from) : 0;
    double above = z < to ? squared_below(-z) - squared_below(-to) : 0;
    return width * (below + above);
}

double ku_score_crps_quantiles(double y, const double *share, const double *q, int count)
{
    double sum = 0;
    assert(count >= 2);
    for (int i = 0; i + 1 < count; i++) {
        double z0 = ku_normal_quantile(share[i]), z1 = ku_normal_quantile(share[i + 1]);
        double width = (q[i + 1] - q[i]) / (z1 - z0), at = q[i] - width * z0;
        double from = i == 0 ? -INFINITY : z0, to = i + 2 == count ? INFINITY : z1;
        sum += piece(y, at, width, from, to);
        /* Where the outermost piece has no width, the distribution ends there. */
        if (i == 0 && !(width > 0)) sum += fmax(q[0] - y, 0);
        if (i + 2 == count && !(width > 0)) sum += fmax(y - q[count - 1], 0);
    }
    return sum;
}

/* Sorted, the distances between all pairs add up to the sum of (2 i + 1 - count) draw[i]. */
double ku_score_crps_draws(double y, const double *draw, int count)
{
    double away = 0, apart = 0;
    assert(count >= 1);
    for (int i = 0; i < count; i++) {
        away += fabs(draw[i] - y);
        apart += (2.0 * i + 1 - count) * draw[i];
    }
    return away / count - apart / count / count;
}

/* ---- money -------------------------------------------------------------------------------- */

double ku_score_cost(double y, double f, ku_error_cost cost)
{
    return f > y ? cost.over * (f - y) : cost.under * (y - f);
}
