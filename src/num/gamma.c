/* gamma.c - the gamma function's logarithm, its derivatives and their differences.
 *
 * A likelihood is full of ln Γ(x + a) - ln Γ(x) with x of any size. Subtracting two values
 * of lgamma loses as many digits as they share: at x = 1e8 nothing is left of the ninth
 * decimal. Here both sides are first moved up to x >= HIGH by the recurrence
 * Γ(x + 1) = x Γ(x), whose difference is a product of 1 + a / (x + k), and then Stirling's
 * series is subtracted term by term: 1/(x + a) - 1/x = -a / (x (x + a)) loses nothing. */
#include "num/gamma.h"

#include <assert.h>
#include <math.h>

/* From here on the series below give 16 digits. */
static const double high = 16;

enum { TERMS = 7 };
/* B_2k / (2k (2k - 1)), B_2k / 2k and B_2k: Abramowitz & Stegun, 6.1.41, 6.3.18, 6.4.12. */
static const double stirling[TERMS] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                                       1.0 / 1188, -691.0 / 360360, 1.0 / 156};
static const double psi_terms[TERMS] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                        1.0 / 132, -691.0 / 32760, 1.0 / 12};
static const double psi1_terms[TERMS] = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                         5.0 / 66, -691.0 / 2730, 7.0 / 6};

double ku_log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* sum of c[k] w^k. */
static double polynomial(const double c[TERMS], double w)
{
    double sum = c[TERMS - 1];
    for (int k = TERMS - 2; k >= 0; k--) sum = sum * w + c[k];
    return sum;
}

double ku_digamma(double x)
{
    assert(x > 0);
    double below = 0;
    for (; x < high; x++) below += 1 / x;
    double w = 1 / x;
    return log(x) - 0.5 * w - w * w * polynomial(psi_terms, w * w) - below;
}

double ku_trigamma(double x)
{
    assert(x > 0);
    double below = 0;
    for (; x < high; x++) below += 1 / (x * x);
    double w = 1 / x;
    return w + 0.5 * w * w + w * w * w * polynomial(psi1_terms, w * w) + below;
}

/* sum over k of c[k] (v^(2k + first) - w^(2k + first)), where v - w = difference. With
 * D_n = v^n - w^n each step is D_(n+1) = v D_n + difference w^n. */
static double series_step(const double c[TERMS], int first, double v, double w, double difference)
{
    double d = difference, power = w, sum = 0;
    for (int n = 1; n < first; n++) {
        d = v * d + difference * power;
        power *= w;
    }
    for (int k = 0; k < TERMS; k++) {
        sum += c[k] * d;
        for (int twice = 0; twice < 2; twice++) {
            d = v * d + difference * power;
            power *= w;
        }
    }
    return sum;
}

double ku_log_gamma_step(double x, double a)
{
    assert(x > 0 && x + a > 0);
    if (a < 0) return -ku_log_gamma_step(x + a, -a);
    double product = 0; /* of 1 + a / (x + k), less one */
    for (; x < high; x++) {
        double e = a / x;
        product += e + product * e;
    }
    double w = 1 / x, v = 1 / (x + a), ratio = log1p(a * w);
    double main = a * log(x) + ((x - 0.5) * ratio - a) + a * ratio;
    return main + series_step(stirling, 1, v, w, -a * v * w) - log1p(product);
}

double ku_digamma_step(double x, double a)
{
    assert(x > 0 && x + a > 0);
    if (a < 0) return -ku_digamma_step(x + a, -a);
    double below = 0;
    for (; x < high; x++) below += a / (x * (x + a));
    double w = 1 / x, v = 1 / (x + a), difference = -a * v * w;
    return log1p(a * w) - 0.5 * difference - series_step(psi_terms, 2, v, w, difference) + below;
}

double ku_trigamma_step(double x, double a)
{
    assert(x > 0 && x + a > 0);
    if (a < 0) return -ku_trigamma_step(x + a, -a);
    double below = 0;
    for (; x < high; x++) below -= a * (1 / x + 1 / (x + a)) / (x * (x + a));
    double w = 1 / x, v = 1 / (x + a), difference = -a * v * w;
    return difference * (1 + 0.5 * (v + w)) + series_step(psi1_terms, 3, v, w, difference) + below;
}

double ku_stirling(double x)
{
    assert(x >= high);
    double w = 1 / x;
    return w * polynomial(stirling, w * w);
}

double ku_log_beta(double a, double b)
{
    double small = fmin(a, b), large = fmax(a, b);
    return ku_log_gamma(small) - ku_log_gamma_step(large, small);
}
