/* future.c - what a model of contracts says of times to come, with what is not known of its
 * parameters: every figure is a function of three logarithms, whose derivatives are taken by
 * differences and multiplied with their covariance (delta method). Shares get their interval
 * on the logit scale, times on the logarithm, so that it stays where such figures can be.
 *
 * Sums over tenure run term by term for a while; what is left of a long one is an integral
 * (Euler and Maclaurin) over panels that widen as it goes. */
#include <math.h>

#include "customers/contract/contract_internal.h"
#include "num/gauss.h"

static const double z95 = 1.959963984540054;

/* ---- sums ---------------------------------------------------------------------------------- */

enum { TERMS = 4096, PANELS = 600 };

typedef struct flow {
    double gamma, delta, c, from, log_discount;
} flow;

/* The k-th term of the sum. */
static double term_at(const flow *f, double k)
{
    double log_s = ku_contract_log_survival(f->gamma, f->delta, f->c, f->from, f->from + k);
    return exp(log_s + (k - 1) * f->log_discount);
}

/* The integral of the terms from `low` to `high`. */
static double panel(const flow *f, double low, double high)
{
    double sum = 0;
    for (int i = 0; i < ku_gauss_8.points; i++)
        sum += ku_gauss_8.weight[i] * term_at(f, low + (high - low) * ku_gauss_8.node[i]);
    return sum * (high - low);
}

/* The sum of the terms from `first` to `last`, both whole and `last` perhaps infinite. */
static double far_sum(const flow *f, double first, double last)
{
    double low = first, sum = 0, tail = 0;
    double ends = term_at(f, first) + (isfinite(last) ? term_at(f, last) : 0);
    double slope = term_at(f, first + 0.5) - term_at(f, first - 0.5);
    for (int i = 0; i < PANELS && low < last; i++) {
        double width = fmin(0.5 * low, f->log_discount < 0 ? -2 / f->log_discount : INFINITY);
        double high = fmin(low + width, last), part = panel(f, low, high);
        sum += part;
        low = high;
        if (part < 1e-16 * sum) return sum + ends / 2 - slope / 12;
    }
    /* Without discount terms fall like a power in the end. */
    if (isinf(last)) tail = term_at(f, low) * low / (f->c * f->gamma - 1);
    return sum + tail + ends / 2 - slope / 12;
}

double ku_contract_future(double gamma, double delta, double c, double from, double rate,
                          double horizon)
{
    flow f = {gamma, delta, c, from, -log1p(rate)};
    double term = 1, sum = 0, discount = 1 / (1 + rate);
    if (isinf(horizon) && rate == 0 && c * gamma <= 1) return INFINITY;
    if (isinf(horizon) && rate == 0 && c == 1) return (delta + from) / (gamma - 1);
    double last = floor(horizon);
    for (double k = 1; k <= last; k++) {
        if (k > TERMS && (c != 1 || k > 256 * TERMS)) return sum + far_sum(&f, k, last);
        term *= exp(ku_contract_log_retention(gamma, delta, c, from + k));
        double now = term * pow(discount, k - 1);
        sum += now;
        if (now < 1e-17 * sum) break;
    }
    return sum;
}

/* ---- intervals ----------------------------------------------------------------------------- */

typedef double figure_fn(const double parameter[3], const double *at);

/* Squared standard error of fn, by the logarithms of the parameters. */
static double delta_variance(const ku_contract_fit *fit, figure_fn *fn, const double *at)
{
    double slope[3] = {0}, variance = 0;
    for (int i = 0; i < (fit->weibull ? 3 : 2); i++) {
        double side[2];
        for (int up = 0; up < 2; up++) {
            double parameter[] = {fit->gamma, fit->delta, fit->c};
            parameter[i] *= exp(up ? 1e-4 : -1e-4);
            side[up] = fn(parameter, at);
        }
        slope[i] = (side[1] - side[0]) / 2e-4;
    }
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            if (slope[i] != 0 && slope[j] != 0)
                variance += slope[i] * slope[j] * fit->covariance[i * KU_CONTRACT_UNKNOWNS + j];
    return variance > 0 ? variance : 0;
}

static ku_contract_interval share_interval(double share, double variance)
{
    double odds = share * (1 - share);
    if (!(odds > 0)) return (ku_contract_interval){share, share, share};
    double middle = log(share / (1 - share)), reach = z95 * sqrt(variance) / odds;
    return (ku_contract_interval){share, 1 / (1 + exp(reach - middle)),
                                  1 / (1 + exp(-reach - middle))};
}

static ku_contract_interval time_interval(const ku_contract_fit *fit, figure_fn *fn,
                                          const double *at)
{
    double parameter[] = {fit->gamma, fit->delta, fit->c};
    double mean = fn(parameter, at);
    if (!isfinite(mean) || mean <= 0) return (ku_contract_interval){mean, mean, mean};
    double variance = delta_variance(fit, fn, at);
    double reach = isfinite(variance) ? exp(z95 * sqrt(variance) / mean) : (double)INFINITY;
    return (ku_contract_interval){mean, mean / reach, mean * reach};
}

/* ---- the figures ---------------------------------------------------------------------------- */

/* at: tenure from, tenure to. */
static double survival(const double p[3], const double *at)
{
    return exp(ku_contract_log_survival(p[0], p[1], p[2], at[0], at[1]));
}

static ku_contract_interval survival_between(const ku_contract_fit *fit, double from, double to)
{
    double at[] = {from, to}, parameter[] = {fit->gamma, fit->delta, fit->c};
    return share_interval(survival(parameter, at), delta_variance(fit, survival, at));
}

ku_contract_interval ku_contract_survival(const ku_contract_fit *fit, double t)
{
    return survival_between(fit, 0, t);
}

ku_contract_interval ku_contract_retention(const ku_contract_fit *fit, double t)
{
    return survival_between(fit, t - 1, t);
}

/* Of customers drawn at random each stays with the same probability, so their number is
 * binomial, given the parameters. */
ku_contract_interval ku_contract_alive(const ku_contract_fit *fit, double start, double renewed,
                                       double t)
{
    double at[] = {renewed, t}, parameter[] = {fit->gamma, fit->delta, fit->c};
    double share = survival(parameter, at);
    double variance = delta_variance(fit, survival, at) + share * (1 - share) / fmax(start, 1);
    ku_contract_interval of = share_interval(share, variance);
    return (ku_contract_interval){start * of.mean, start * of.lo, start * of.hi};
}

/* at: renewed, rate, horizon. */
static double future(const double p[3], const double *at)
{
    return ku_contract_future(p[0], p[1], p[2], at[0], at[1], at[2]);
}

/* A first payment for certain, then what a customer without renewals will pay, a period
 * later. */
static double whole_life(const double p[3], const double *at)
{
    if (at[2] < 2) return at[2] >= 1 ? 1 : 0;
    return 1 + ku_contract_future(p[0], p[1], p[2], 0, at[1], at[2] - 1) / (1 + at[1]);
}

ku_contract_interval ku_contract_lifetime(const ku_contract_fit *fit, double renewed,
                                          double horizon)
{
    return time_interval(fit, future, (double[]){renewed, 0, horizon});
}

ku_contract_interval ku_contract_residual(const ku_contract_fit *fit, double renewed, double rate,
                                          double horizon)
{
    return time_interval(fit, future, (double[]){renewed, rate, horizon});
}

ku_contract_interval ku_contract_new(const ku_contract_fit *fit, double rate, double horizon)
{
    return time_interval(fit, whole_life, (double[]){0, rate, horizon});
}
