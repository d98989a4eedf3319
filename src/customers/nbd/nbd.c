/* nbd.c - the negative binomial model: everyone buys at random at a rate of their own for
 * ever, rates are Gamma(r, alpha) among customers. Ehrenberg (1959), Applied Statistics 8;
 * in the notation of Schmittlein, Morrison & Colombo (1987), Management Science 33, eq. (1)
 * and (2).
 *
 * The likelihood is that of the moments of purchase, not of their number alone: without
 * T^x / x!, so that it compares with those of the models in which customers leave. */
#include <limits.h>
#include <math.h>

#include "customers/model.h"
#include "customers/moments.h"
#include "num/gamma.h"

enum { R, ALPHA, COUNTS = 64 };

/* ln Γ(r + x) - ln Γ(r) and its derivative by ln r: the same for all with x purchases. */
typedef struct by_count {
    bool known;
    double value, slope;
} by_count;

static by_count of_count(double r, double x)
{
    return (by_count){true, ku_log_gamma_step(r, x), r * ku_digamma_step(r, x)};
}

static void nbd_start(const ku_buyers *buyers, int which, double *parameter)
{
    static const double factor[] = {1, 0.4, 2.5, 6};
    ku_buying_moments(buyers, &parameter[R], &parameter[ALPHA]);
    parameter[R] *= factor[which % 4];
    parameter[ALPHA] *= factor[which % 4];
}

static double nbd_loglik(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                         double *gradient)
{
    by_count table[COUNTS] = {{.known = false}};
    double r = parameter[R], alpha = parameter[ALPHA], log_alpha = log(alpha);
    double sum = 0, by_r = 0, by_alpha = 0;
    for (size_t i = from; i < to; i++) {
        double x = buyers->x[i], T = buyers->T[i], weight = buyers->weight[i];
        by_count own = {.known = false}, *count = &own;
        if (x < COUNTS) count = &table[(int)x];
        if (!count->known) *count = of_count(r, x);
        double longer = log1p(T / alpha); /* ln((alpha + T) / alpha) */
        sum += weight * (count->value - (r + x) * longer - x * log_alpha);
        by_r += weight * (count->slope - r * longer);
        by_alpha += weight * ((r * T - x * alpha) / (alpha + T));
    }
    if (gradient != NULL) {
        gradient[R] += by_r;
        gradient[ALPHA] += by_alpha;
    }
    return sum;
}

static void nbd_expected(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                         double t, double *out)
{
    for (size_t i = from; i < to; i++)
        out[i - from] = t * (parameter[R] + buyers->x[i]) / (parameter[ALPHA] + buyers->T[i]);
}

static double nbd_expected_new(const double *parameter, double t)
{
    return t * parameter[R] / parameter[ALPHA];
}

static int nbd_draw(const double *parameter, double x, double t_x, double T, double t, ku_rng *rng,
                    double *times, int most)
{
    (void)t_x;
    double rate = ku_rng_gamma(rng, parameter[R] + x) / (parameter[ALPHA] + T), at = 0;
    int count = 0;
    while (times != NULL && count < most) {
        at += ku_rng_exponential(rng) / rate;
        if (!(at <= t)) return count;
        times[count++] = at;
    }
    double rest = (double)ku_rng_poisson(rng, fmin(rate * (t - at), INT_MAX / 4));
    return (int)fmin(count + rest, INT_MAX);
}

static const char *const names[] = {"r", "alpha", NULL};

const ku_buying_model ku_buying_nbd = {
    .name = "nbd",
    .title = "NBD",
    .about = "buys at a steady rate for ever",
    .parameters = 2,
    .parameter = names,
    .time = {[ALPHA] = 1},
    .effect = {.rate = {[ALPHA] = -1}},
    .start = nbd_start,
    .loglik = nbd_loglik,
    .expected = nbd_expected,
    .expected_new = nbd_expected_new,
    .draw = nbd_draw,
};
