/* geometric.c - state and future of customers who may leave after each purchase. Their
 * likelihood, and what `odds` means, is in geometric_likelihood.c. */
#include "customers/geometric.h"

#include <assert.h>
#include <limits.h>
#include <math.h>

#include "customers/moments.h"

enum {
    R = KU_GEOMETRIC_R,
    ALPHA = KU_GEOMETRIC_ALPHA,
    A = KU_GEOMETRIC_A,
    B = KU_GEOMETRIC_B,
};

void ku_geometric_start(const ku_buyers *buyers, int which, double *parameter)
{
    /* Few leave; many leave soon; all about alike; hardly anybody leaves. */
    static const double shape[][3] = {
        {0.8, 2.5, 0.5}, {1, 1, 0.2}, {5, 20, 0.5}, {0.1, 5, 1}, {0.3, 0.5, 1},
    };
    const double *s = shape[which % 5];
    ku_buying_moments(buyers, &parameter[R], &parameter[ALPHA]);
    parameter[ALPHA] *= s[2];
    parameter[A] = s[0];
    parameter[B] = s[1];
}

/* ---- who is still a customer ---------------------------------------------------------------- */

static double alive_at(const double *p, double x, double k, double t_x, double T)
{
    if (k == 0) return 1;
    double wait = log1p((T - t_x) / (p[ALPHA] + t_x));
    return 1 / (1 + exp(log(p[A] / (p[B] + (k - 1))) + (p[R] + x) * wait));
}

void ku_geometric_alive(int first, const double *parameter, const ku_buyers *buyers, size_t from,
                        size_t to, double *out)
{
    for (size_t i = from; i < to; i++)
        out[i - from] = alive_at(parameter, buyers->x[i], buyers->x[i] + first, buyers->t_x[i],
                                 buyers->T[i]);
}

/* ---- the future ----------------------------------------------------------------------------- */

/* With z = t / (alpha + t) and c = a + b - 1 the integral is
 *     c/(a-1) [1 - (1-z)^(a-1) 2F1(a-1, c-r; c; z)],
 * Fader, Hardie & Lee (2005), eq. (10), after Euler's transformation, which takes out the
 * power that makes it 0 times infinity for large r. The 1 of the series is joined with the
 * other, so that nothing is divided by a - 1 or by c:
 *     c [1 - (1-z)^(a-1)] / (a-1) - (1-z)^(a-1) sum of (a)_(n-1) (c-r)_n z^n / ((c+1)_(n-1) n!)
 * False where too much cancels or the series is too long; *future is then not to be used. */
static bool by_series(double r, double a, double b, double z, double power, double *future)
{
    enum { LONGEST = 400 };
    static const double most_lost = 1e3;
    double c = (a - 1) + b, term = (c - r) * z, sum = term, size = fabs(term);
    int n = 1;
    for (; n < LONGEST && fabs(term) > 1e-17 * size; n++) {
        term *= (a - 1 + n) * (c - r + n) / ((c + n) * (n + 1)) * z;
        sum += term;
        size += fabs(term);
    }
    double exponent = -(a - 1) * power, shrink = exp(exponent);
    double head = a == 1 ? power : -expm1(exponent) / (a - 1);
    *future = c * head - shrink * sum;
    return n < LONGEST && fmax(fabs(c * head), shrink * size) < most_lost * *future;
}

/* The integral itself over s = ln p/(1-p), where it is smooth and dies away at both ends, by
 * the trapezoidal rule: its error falls exponentially with the step (Trefethen & Weideman
 * 2014, SIAM Review 56). Beyond `low` and `high` the integrand is a constant times e^(as) or
 * e^(-bs), whose sums are known however slowly they fall. */
typedef struct integral {
    double r, u, a, b; /* u = t / alpha */
    double middle, log_weight;
    double low, high, step;
    double mass, value;
} integral;

static double add_point(integral *q, double s)
{
    double p = 1 / (1 + exp(-s));
    double log_weight = -q->a * log1p(exp(-s)) - q->b * log1p(exp(s)) - q->log_weight;
    double weight = exp(log_weight), bought = -expm1(-q->r * log1p(p * q->u)) / p;
    q->mass += weight;
    q->value += weight * bought;
    return weight * bought;
}

/* From the middle outward, `sign` -1 or 1, to where the rest is known or nothing. */
static void add_side(integral *q, double sign)
{
    double fall = sign < 0 ? q->a : q->b, end = sign < 0 ? q->low : q->high;
    for (int k = 1;; k++) {
        double s = q->middle + sign * k * q->step, mass = q->mass, value = q->value;
        double term = add_point(q, s);
        if (sign * (s - end) < 0) {
            if (term < 1e-18 * q->value && fall * k * q->step > 40) return;
            continue;
        }
        double rest = 1 / expm1(fall * q->step);
        q->mass += (q->mass - mass) * rest;
        q->value += (q->value - value) * rest;
        return;
    }
}

static double by_integral(double r, double u, double a, double b)
{
    integral q = {.r = r, .u = u, .a = a, .b = b};
    q.low = -40 - log(fmax(1, fmax(r * u, u)));
    q.high = 40 + log(fmax(1, r));
    q.middle = fmin(fmax(log(a / b), q.low), q.high);
    q.log_weight = -a * log1p(exp(-q.middle)) - b * log1p(exp(q.middle));
    q.step = fmin(0.25, 0.7 * sqrt(1 / a + 1 / b));
    add_point(&q, q.middle);
    add_side(&q, -1);
    add_side(&q, 1);
    return q.value / q.mass;
}

double ku_geometric_future(double r, double alpha, double a, double b, double t)
{
    assert(r > 0 && alpha > 0 && a > 0 && b > 0 && t >= 0);
    double u = t / alpha, future;
    if (u == 0) return 0;
    if (by_series(r, a, b, t / (alpha + t), log1p(u), &future)) return future;
    return by_integral(r, u, a, b);
}

void ku_geometric_expected(int first, const double *parameter, const ku_buyers *buyers, size_t from,
                           size_t to, double t, double *out)
{
    const double *p = parameter;
    for (size_t i = from; i < to; i++) {
        double x = buyers->x[i], k = x + first, T = buyers->T[i];
        out[i - from] = alive_at(p, x, k, buyers->t_x[i], T) *
                        ku_geometric_future(p[R] + x, p[ALPHA] + T, p[A], p[B] + k, t);
    }
}

double ku_geometric_expected_new(int first, const double *parameter, double t)
{
    const double *p = parameter;
    double stay = first ? p[B] / (p[A] + p[B]) : 1;
    return stay * ku_geometric_future(p[R], p[ALPHA], p[A], p[B] + first, t);
}

/* ---- a draw of it --------------------------------------------------------------------------- */

/* Occasions until the customer leaves, the last one included: geometric, by inversion. */
static double occasions(double leave, ku_rng *rng)
{
    double u = ku_rng_uniform(rng);
    if (leave >= 1) return 1;
    return leave > 0 ? fmax(ceil(log(u) / log1p(-leave)), 1) : INFINITY;
}

int ku_geometric_draw(int first, const double *parameter, double x, double t_x, double T, double t,
                      ku_rng *rng, double *times, int most)
{
    const double *p = parameter;
    double k = x + first, alive = alive_at(p, x, k, t_x, T);
    bool stayed = ku_rng_uniform(rng) < alive;
    double rate = ku_rng_gamma(rng, p[R] + x) / (p[ALPHA] + T);
    double last = occasions(ku_rng_beta(rng, p[A], p[B] + k), rng), at = 0;
    int count = 0;
    if (!stayed) return 0;
    while (times != NULL && count < most && count < last) {
        at += ku_rng_exponential(rng) / rate;
        if (!(at <= t)) return count;
        times[count++] = at;
    }
    if (!(count < last)) return count;
    double rest = (double)ku_rng_poisson(rng, fmin(rate * (t - at), INT_MAX / 4));
    return (int)fmin(fmin(count + rest, last), INT_MAX);
}
