/* association.c - Fisher's test, and lift with what it may be off by.
 *
 * The tail of the hypergeometric distribution is summed from its largest term outward, each
 * term from the one before, so that only the first needs logarithms of factorials. The other
 * side is summed and taken off from 1 where it has fewer terms that matter. */
#include "customers/baskets/association.h"

#include <math.h>

#include "num/gamma.h"

static const double normal_975 = 1.959963984540054;

static double log_choose(double n, double k)
{
    return ku_log_gamma_step(n - k + 1, k) - ku_log_gamma(k + 1);
}

static double log_term(const ku_together *t, double k)
{
    return log_choose((double)t->a, k) + log_choose((double)(t->all - t->a), (double)t->b - k) -
           log_choose((double)t->all, (double)t->b);
}

/* The terms k, k + step, .. relative to the first, until they no longer matter. */
static double sum_from(const ku_together *t, double k, int step)
{
    double a = (double)t->a, b = (double)t->b, rest = (double)t->all - a - b;
    double lowest = fmax(0, -rest), highest = fmin(a, b), term = 1, sum = 1;
    while (step > 0 ? k < highest : k > lowest) {
        term *= step > 0 ? (a - k) * (b - k) / ((k + 1) * (rest + k + 1))
                         : k * (rest + k) / ((a - k + 1) * (b - k + 1));
        sum += term;
        k += step;
        if (term < 1e-17 * sum) break;
    }
    return sum;
}

double ku_together_luck(const ku_together *t)
{
    double both = (double)t->both, expected = (double)t->a * (double)t->b / (double)t->all;
    double lowest = fmax(0, (double)t->a + (double)t->b - (double)t->all);
    if (both <= lowest) return 0;
    if (both > expected) return fmin(log_term(t, both) + log(sum_from(t, both, 1)), 0);
    double below = log_term(t, both - 1) + log(sum_from(t, both - 1, -1));
    return below < 0 ? log1p(-exp(below)) : -INFINITY;
}

ku_lift ku_together_lift(const ku_together *t)
{
    double all = (double)t->all, p = (double)t->both / all, a = (double)t->a / all,
           b = (double)t->b / all;
    if (!(p > 0)) return (ku_lift){NAN, NAN, NAN};
    double lift = p / (a * b);
    double variance = (1 / p - 1 / a - 1 / b + 2 * p / (a * b) - 1) / all;
    double reach = exp(normal_975 * sqrt(fmax(variance, 0)));
    return (ku_lift){lift, lift / reach, lift * reach};
}
