/* priors.c - numbers through their quantile functions. The share below x and the share above
 * it are kept apart, so that neither tail loses its digits. */
#include "returns/priors.h"

#include <math.h>
#include <string.h>

#include "kemudi/rng.h"
#include "num/cumulative.h"
#include "num/gamma.h"

static const double root_2pi = 2.5066282746310002;

static double below(double u)
{
    return .5 * erfc(-u * M_SQRT1_2);
}

static double bell(double u)
{
    return exp(-.5 * u * u) / root_2pi;
}

/* The standard normal z with the share `under` below and `over` above: from the smaller. */
static double normal_at(double under, double over)
{
    return under < over ? ku_normal_quantile(under) : -ku_normal_quantile(over);
}

/* ---- making ------------------------------------------------------------------------------ */

ku_prior ku_prior_fixed(double value)
{
    return (ku_prior){.kind = KU_PRIOR_FIXED, .a = value};
}

ku_prior ku_prior_normal(double mean, double sd)
{
    return (ku_prior){.kind = KU_PRIOR_NORMAL, .a = mean, .b = sd};
}

ku_prior ku_prior_half_normal(double scale)
{
    return (ku_prior){.kind = KU_PRIOR_HALF_NORMAL, .a = scale};
}

ku_prior ku_prior_truncated_normal(double mean, double sd, double low, double high)
{
    return (ku_prior){KU_PRIOR_TRUNCATED_NORMAL, mean, sd, low, high};
}

ku_prior ku_prior_log_normal(double mu, double sigma)
{
    return (ku_prior){.kind = KU_PRIOR_LOG_NORMAL, .a = mu, .b = sigma};
}

ku_prior ku_prior_uniform(double low, double high)
{
    return (ku_prior){.kind = KU_PRIOR_UNIFORM, .low = low, .high = high};
}

ku_prior ku_prior_beta(double a, double b)
{
    return (ku_prior){.kind = KU_PRIOR_BETA, .a = a, .b = b};
}

ku_prior ku_prior_gamma(double shape, double rate)
{
    return (ku_prior){.kind = KU_PRIOR_GAMMA, .a = shape, .b = rate};
}

ku_prior ku_prior_laplace(double location, double scale)
{
    return (ku_prior){.kind = KU_PRIOR_LAPLACE, .a = location, .b = scale};
}

ku_prior ku_prior_between(double lo, double hi)
{
    static const double both = 2 * 1.959963984540054;
    return ku_prior_log_normal(.5 * (log(lo) + log(hi)), (log(hi) - log(lo)) / both);
}

/* ---- names ------------------------------------------------------------------------------- */

static const char *const names[KU_PRIOR_COUNT] = {
    [KU_PRIOR_FIXED] = "fixed",
    [KU_PRIOR_NORMAL] = "normal",
    [KU_PRIOR_HALF_NORMAL] = "half_normal",
    [KU_PRIOR_TRUNCATED_NORMAL] = "truncated_normal",
    [KU_PRIOR_LOG_NORMAL] = "log_normal",
    [KU_PRIOR_UNIFORM] = "uniform",
    [KU_PRIOR_BETA] = "beta",
    [KU_PRIOR_GAMMA] = "gamma",
    [KU_PRIOR_EXPONENTIAL] = "exponential",
    [KU_PRIOR_LAPLACE] = "laplace",
};

const char *ku_prior_name(ku_prior_kind kind)
{
    return names[kind];
}

ku_prior_kind ku_prior_find(const char *name)
{
    int k = 0;
    while (k < KU_PRIOR_COUNT && strcmp(name, names[k]) != 0) k++;
    return (ku_prior_kind)k;
}

bool ku_prior_valid(const ku_prior *p)
{
    if (!isfinite(p->a) || !isfinite(p->b)) return false;
    switch (p->kind) {
    case KU_PRIOR_FIXED:
        return true;
    case KU_PRIOR_NORMAL:
    case KU_PRIOR_LAPLACE:
        return p->b > 0;
    case KU_PRIOR_LOG_NORMAL:
        return p->b > 0 && isfinite(p->low);
    case KU_PRIOR_HALF_NORMAL:
    case KU_PRIOR_EXPONENTIAL:
        return p->a > 0;
    case KU_PRIOR_TRUNCATED_NORMAL:
        return p->b > 0 && p->low < p->high;
    case KU_PRIOR_UNIFORM:
        return isfinite(p->low) && isfinite(p->high) && p->low < p->high;
    case KU_PRIOR_BETA:
    case KU_PRIOR_GAMMA:
        return p->a > 0 && p->b > 0;
    case KU_PRIOR_COUNT:
        break;
    }
    return false;
}

/* ---- at u --------------------------------------------------------------------------------- */

/* Phi(z) - 1/2 = Phi(u) / 2. */
static double half_normal_at(double u, double *by_u)
{
    double share = below(u);
    double z = share < 1e-6 ? .5 * root_2pi * share : -ku_normal_quantile(.5 * below(-u));
    *by_u = .5 * bell(u) / bell(z);
    return z;
}

static double truncated_at(const ku_prior *p, double u, double *by_u)
{
    double low = (p->low - p->a) / p->b, high = (p->high - p->a) / p->b;
    double inside = low > 0 ? below(-low) - below(-high) : below(high) - below(low);
    double under = below(low) + below(u) * inside, over = below(-high) + below(-u) * inside;
    double z = normal_at(under, over);
    z = z < low ? low : z > high ? high : z;
    *by_u = p->b * bell(u) * inside / bell(z);
    return p->a + p->b * z;
}

/* With a = 1 the quantile has a closed form. */
static double beta_at(double a, double b, double u, double *by_u)
{
    if (a == 1) {
        double over = below(-u), left = log(over) / b;
        *by_u = bell(u) / b * exp(left) / over;
        return -expm1(left);
    }
    bool upper = u > 0;
    double x = upper ? ku_beta_quantile(below(-u), b, a) : ku_beta_quantile(below(u), a, b);
    double p = upper ? b : a, q = upper ? a : b; /* x is the distance from the nearer end */
    double density = exp((p - 1) * log(x) + (q - 1) * log1p(-x) - ku_log_beta(a, b));
    *by_u = bell(u) / density;
    return upper ? 1 - x : x;
}

static double gamma_at(double shape, double rate, double u, double *by_u)
{
    double x = ku_gamma_quantile(below(u), shape);
    double density = exp((shape - 1) * log(x) - x - ku_log_gamma(shape));
    *by_u = bell(u) / density / rate;
    return x / rate;
}

static double laplace_at(const ku_prior *p, double u, double *by_u)
{
    double share = below(-fabs(u)), away = -log(2 * share);
    *by_u = p->b * bell(u) / share;
    return p->a + copysign(p->b * away, u);
}

double ku_prior_at(const ku_prior *p, double u, double *by_u)
{
    double ignored = 0, *by = by_u != NULL ? by_u : &ignored, x;
    switch (p->kind) {
    case KU_PRIOR_NORMAL:
        *by = p->b;
        return p->a + p->b * u;
    case KU_PRIOR_HALF_NORMAL:
        x = half_normal_at(u, by);
        *by *= p->a;
        return p->a * x;
    case KU_PRIOR_TRUNCATED_NORMAL:
        return truncated_at(p, u, by);
    case KU_PRIOR_LOG_NORMAL:
        x = exp(p->a + p->b * u);
        *by = p->b * x;
        return p->low + x;
    case KU_PRIOR_UNIFORM:
        *by = (p->high - p->low) * bell(u);
        return p->low + (p->high - p->low) * below(u);
    case KU_PRIOR_BETA:
        return beta_at(p->a, p->b, u, by);
    case KU_PRIOR_GAMMA:
        return gamma_at(p->a, p->b, u, by);
    case KU_PRIOR_EXPONENTIAL:
        *by = bell(u) / below(-u) / p->a;
        return -log(below(-u)) / p->a;
    case KU_PRIOR_LAPLACE:
        return laplace_at(p, u, by);
    case KU_PRIOR_FIXED:
    case KU_PRIOR_COUNT:
        break;
    }
    *by = 0;
    return p->a;
}

double ku_prior_quantile(const ku_prior *prior, double p)
{
    return ku_prior_at(prior, ku_normal_quantile(p), NULL);
}

double ku_prior_back(const ku_prior *prior, double x)
{
    if (prior->kind == KU_PRIOR_LOG_NORMAL && x > prior->low)
        return fmin(fmax((log(x - prior->low) - prior->a) / prior->b, -8), 8);
    double lo = -8, hi = 8;
    for (int i = 0; i < 60; i++) {
        double middle = .5 * (lo + hi);
        if (ku_prior_at(prior, middle, NULL) < x)
            lo = middle;
        else
            hi = middle;
    }
    return .5 * (lo + hi);
}

/* ---- prior against posterior ---------------------------------------------------------------- */

static double variance(const double *x, size_t n)
{
    double mean = 0, sum = 0;
    for (size_t i = 0; i < n; i++) mean += (x[i] - mean) / (double)(i + 1);
    for (size_t i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sum / (double)(n - 1) : 0;
}

double ku_prior_learnt(const double *prior, size_t before, const double *posterior, size_t after,
                       double *work)
{
    bool positive = true;
    for (size_t i = 0; i < before; i++) positive &= prior[i] > 0;
    for (size_t i = 0; i < after; i++) positive &= posterior[i] > 0;
    for (size_t i = 0; i < before; i++) work[i] = positive ? log(prior[i]) : prior[i];
    for (size_t i = 0; i < after; i++)
        work[before + i] = positive ? log(posterior[i]) : posterior[i];
    double was = variance(work, before), is = variance(work + before, after);
    if (!(was > 0) || !(is < was)) return 0;
    return 1 - is / was;
}
