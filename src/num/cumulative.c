/* cumulative.c - incomplete gamma and beta integrals, and their inverses.
 *
 * All shares come as a front factor, the density up to a rational part, times a series or a
 * continued fraction of moderate size. With large shapes the front factor is the exponential
 * of a small difference of large numbers; there it is written around the mean, where the
 * difference is worked out by itself (log1p(u) - u) and Stirling's correction does the rest.
 * Quantiles are found on a scale without ends (ln x, logit x) by Newton's method kept within
 * a bracket, on the logarithm of the smaller share, so that tails are as exact as middles. */
#include "num/cumulative.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "num/gamma.h"

enum { MOST_TERMS = 1000000 };

static const double two_pi = 6.283185307179586476925;
static const double tiny = 1e-300;

/* ln(1 + u) - u, with its digits also where u is small; with s = u / (2 + u),
 * ln(1 + u) = 2 (s + s^3/3 + ...) and u = 2 s / (1 - s). */
static double log1p_less(double u)
{
    if (u < -0.2 || u > 0.25) return log1p(u) - u;
    double s = u / (2 + u), s2 = s * s, sum = 0;
    for (int k = 19; k >= 3; k -= 2) sum = sum * s2 + 1.0 / k;
    return 2 * (s * s2 * sum - s2 / (1 - s));
}

/* ---- gamma ------------------------------------------------------------------------------ */

/* x^a e^-x / Γ(a). */
static double gamma_front(double x, double a)
{
    if (a < 16) return exp(a * log(x) - x - ku_log_gamma(a));
    return exp(a * log1p_less((x - a) / a) - ku_stirling(a)) * sqrt(a / two_pi);
}

/* P(a, x) as a multiple of the front: Abramowitz & Stegun, 6.5.29. */
static double gamma_series(double x, double a)
{
    double term = 1 / a, sum = term;
    for (int n = 1; n < MOST_TERMS && term > 1e-17 * sum; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return sum;
}

/* Q(a, x) likewise: 6.5.31 in its even form, by Lentz's method. */
static double gamma_fraction(double x, double a)
{
    double b = x + 1 - a, c = 1 / tiny, d = 1 / b, value = d;
    for (int n = 1; n < MOST_TERMS; n++) {
        double up = -n * (n - a);
        b += 2;
        d = b + up * d;
        c = b + up / c;
        d = 1 / (fabs(d) > tiny ? d : tiny);
        if (fabs(c) < tiny) c = tiny;
        value *= d * c;
        if (fabs(d * c - 1) < 4e-16) break;
    }
    return value;
}

static double gamma_share(double x, double a, bool above)
{
    assert(a > 0);
    if (!(x > 0)) return above ? 1 : 0;
    if (isinf(x)) return above ? 0 : 1;
    bool series = x < a + 1;
    double part = gamma_front(x, a) * (series ? gamma_series(x, a) : gamma_fraction(x, a));
    part = fmin(part, 1);
    return series == above ? 1 - part : part;
}

double ku_gamma_below(double x, double shape)
{
    return gamma_share(x, shape, false);
}

double ku_gamma_above(double x, double shape)
{
    return gamma_share(x, shape, true);
}

/* ---- beta ------------------------------------------------------------------------------- */

/* x^a y^b / B(a, b) with y = 1 - x. */
static double beta_front(double x, double y, double a, double b)
{
    if (a < 16 || b < 16) {
        double lx = x < y ? log(x) : log1p(-y), ly = x < y ? log1p(-x) : log(y);
        return exp(a * lx + b * ly - ku_log_beta(a, b));
    }
    double n = a + b, off = x < y ? x - a / n : b / n - y; /* x less its mean */
    double exponent = a * log1p_less(off * n / a) + b * log1p_less(-off * n / b);
    double correction = ku_stirling(n) - ku_stirling(a) - ku_stirling(b);
    return exp(exponent + correction) * sqrt(a / n * b / two_pi);
}

/* The continued fraction by Lentz's method: Press, Teukolsky, Vetterling & Flannery (2007),
 * Numerical Recipes, section 6.4, eqs. 6.4.5 and 6.4.6. */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) > tiny ? d : tiny);
    double value = d;
    for (int m = 1; m < MOST_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double change = 1;
        for (int half = 0; half < 2; half++) {
            double term = half == 0 ? even : odd;
            d = 1 + term * d;
            c = 1 + term / c;
            if (fabs(d) < tiny) d = tiny;
            if (fabs(c) < tiny) c = tiny;
            d = 1 / d;
            change = d * c;
            value *= change;
        }
        if (fabs(change - 1) < 4e-16) break;
    }
    return value;
}

/* The share below x, or above it, with y = 1 - x. */
static double beta_share(double x, double y, double a, double b, bool above)
{
    assert(a > 0 && b > 0);
    if (!(x > 0)) return above ? 1 : 0;
    if (!(y > 0)) return above ? 0 : 1;
    double front = beta_front(x, y, a, b);
    bool left = x < (a + 1) / (a + b + 2);
    double part = left ? front * beta_fraction(x, a, b) / a : front * beta_fraction(y, b, a) / b;
    part = fmin(part, 1);
    return left == above ? 1 - part : part;
}

double ku_beta_below(double x, double a, double b)
{
    return beta_share(x, 1 - x, a, b, false);
}

double ku_beta_above(double x, double a, double b)
{
    return beta_share(x, 1 - x, a, b, true);
}

/* Abramowitz & Stegun, 26.5.26. */
double ku_gamma_poisson_below(double n, double r, double p)
{
    assert(r > 0 && p >= 0 && p < 1);
    if (n < 0) return 0;
    return beta_share(1 - p, p, r, floor(n) + 1, false);
}

/* ---- quantiles -------------------------------------------------------------------------- */

typedef struct target {
    double a, b;  /* shapes; b is 0 for a gamma */
    double share; /* the smaller of p and 1 - p */
    bool above;   /* it is the share above */
} target;

static double logistic(double y)
{
    return 1 / (1 + exp(-y));
}

/* The share at y on the scale without ends, and in *density its change with y. */
static double share_at(const target *t, double y, double *density)
{
    if (t->b == 0) {
        double x = exp(y);
        *density = gamma_front(x, t->a);
        return gamma_share(x, t->a, t->above);
    }
    double x = logistic(y), rest = logistic(-y);
    *density = beta_front(x, rest, t->a, t->b);
    return beta_share(x, rest, t->a, t->b, t->above);
}

/* Newton's method on ln share, within a bracket that closes in. */
static double solve(const target *t, double y, double low, double high)
{
    for (int step = 0; step < 200; step++) {
        double density, share = share_at(t, y, &density);
        double off = log(share) - log(t->share), slope = density / share;
        bool left = t->above ? off > 0 : off < 0; /* y is below the quantile */
        if (off == 0) break;
        if (left)
            low = y;
        else
            high = y;
        double to = y - off / (t->above ? -slope : slope);
        if (!(to > low && to < high)) to = low / 2 + high / 2;
        if (fabs(to - y) <= 1e-15 * fmax(fabs(y), 1)) return to;
        y = to;
    }
    return y;
}

double ku_gamma_quantile(double p, double shape)
{
    assert(p >= 0 && p <= 1 && shape > 0);
    if (p == 0) return 0;
    if (p == 1) return INFINITY;
    target t = {.a = shape, .share = fmin(p, 1 - p), .above = p > 0.5};
    /* Where x is small P(a, x) = x^a / Γ(a + 1). */
    double small = (log(p) + ku_log_gamma(shape + 1)) / shape;
    if (small < -700) return exp(small);
    return exp(solve(&t, fmin(small, log(shape)), -745, 709));
}

double ku_beta_quantile(double p, double a, double b)
{
    assert(p >= 0 && p <= 1 && a > 0 && b > 0);
    if (p == 0 || p == 1) return p;
    target t = {.a = a, .b = b, .share = fmin(p, 1 - p), .above = p > 0.5};
    double small = (log(p) + log(a) + ku_log_beta(a, b)) / a; /* P = x^a / (a B(a, b)) */
    if (small < -700) return exp(small);
    return logistic(solve(&t, fmax(fmin(log(a / b), 700), -700), -745, 745));
}

double ku_gamma_poisson_quantile(double share, double r, double p)
{
    assert(share >= 0 && share <= 1);
    if (p == 0 || ku_gamma_poisson_below(0, r, p) >= share) return 0;
    if (share == 1) return INFINITY;
    double low = 0, high = fmax(1, ceil(r * p / (1 - p)));
    while (ku_gamma_poisson_below(high, r, p) < share) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (middle <= low || middle >= high) break;
        if (ku_gamma_poisson_below(middle, r, p) < share)
            low = middle;
        else
            high = middle;
    }
    return high;
}
