/* match.c - the distribution of the number of purchases, from what is known of it.
 *
 * Given that someone is a customer still, his number of purchases is taken as negative
 * binomial, except that with some probability he is idle: he leaves before buying again. Of
 * the three unknowns one follows from the mean and one from the second moment, and the share
 * of the idle is such that the probability of no purchase is the exact one. */
#include <math.h>

#include "customers/worth/worth_internal.h"

/* Mean and shape of the active for a share of idle. */
static void set_idle(ku_worth_future *f, double second, double idle)
{
    double excess;
    f->idle = idle;
    f->active_mean = f->mean / (1 - idle);
    excess = second / (f->mean * f->active_mean) - 1; /* 1 / shape */
    f->active_shape = excess > 1e-6 ? 1 / excess : (double)INFINITY;
}

static double active_none(const ku_worth_future *f)
{
    if (isinf(f->active_shape)) return exp(-f->active_mean);
    return exp(-f->active_shape * log1p(f->active_mean / f->active_shape));
}

static double none_with(ku_worth_future *f, double second, double idle)
{
    set_idle(f, second, idle);
    return idle + (1 - idle) * active_none(f);
}

void ku_worth_match(ku_worth_future *f, double extra)
{
    double second = f->second * (1 + extra);
    if (!(f->mean > 0)) {
        f->idle = 1;
        f->active_mean = 0;
        f->active_shape = INFINITY;
        return;
    }
    if (none_with(f, second, 0) >= f->none) return;
    double low = 0, high = f->none;
    for (int i = 0; i < 30; i++) {
        double middle = (low + high) / 2;
        if (none_with(f, second, middle) < f->none)
            low = middle;
        else
            high = middle;
    }
    set_idle(f, second, (low + high) / 2);
}

void ku_worth_left_out(double none, double *below, double *above)
{
    bool zero = none >= 0.025;
    *below = zero ? 0 : 0.025;
    *above = zero ? 0.05 : 0.025;
}

enum { LONGEST = 400 };

/* Wilson & Hilferty's cube root for the gamma distribution behind large counts. */
static double large_count(const ku_worth_future *f, double above)
{
    double variance = f->active_mean * (1 + f->active_mean / f->active_shape);
    double shape = f->active_mean * f->active_mean / variance, ninth = 1 / (9 * shape);
    double root = 1 - ninth + ku_normal_quantile(1 - above) * sqrt(ninth);
    return root > 0 ? floor(f->active_mean * root * root * root + 0.5) : 0;
}

double ku_worth_count_above(const ku_worth_future *f, double above)
{
    double mean = f->active_mean, shape = f->active_shape;
    if (above >= 1 || !(mean > 0)) return 0;
    if (mean > LONGEST / 4) return large_count(f, above);
    bool poisson = isinf(shape);
    double share = poisson ? 0 : mean / (shape + mean), term = active_none(f), rest = 1 - term;
    double n = 0;
    while (rest > above && n < 8 * LONGEST) {
        term *= poisson ? mean / (n + 1) : (n + shape) / (n + 1) * share;
        rest -= term;
        n++;
    }
    return n;
}
