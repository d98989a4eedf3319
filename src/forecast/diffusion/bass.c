/* bass.c - the curve and its fit.
 *
 * In ln m, ln p, ln q all values are allowed and the errors of estimates are nearer to
 * normal. The sum of squares has flat valleys (a slow start may be a small p or a large m),
 * so the search begins at the best of a grid of p and q, for each of which the best m is a
 * division, and goes on by Levenberg-Marquardt. */
#include "forecast/diffusion/bass.h"

#include <math.h>
#include <string.h>

#include "num/levenberg.h"
#include "num/linear.h"

enum { K = KU_BASS_UNKNOWNS };

/* Faster than all in the first period, slower than a century of days. */
static const double lower[K] = {-300, -18.420680743952367, -18.420680743952367}; /* ln 1e-8 */
static const double upper[K] = {300, 0, 1.6094379124341003};                     /* ln 1, 5 */

ku_bass ku_bass_of(double m, double p, double q)
{
    return (ku_bass){{log(m), log(p), log(q)}};
}

double ku_bass_adopted(const ku_bass *b, double t)
{
    double p = exp(b->theta[1]), q = exp(b->theta[2]);
    if (t <= 0) return 0;
    double decay = exp(-(p + q) * t);
    return -expm1(-(p + q) * t) / (1 + q / p * decay);
}

void ku_bass_curve(const ku_bass *b, bool again, int n, double *y)
{
    double m = exp(b->theta[0]), before = 0;
    for (int t = 1; t <= n; t++) {
        double now = ku_bass_adopted(b, t);
        y[t - 1] = again ? m * (now + before) / 2 : m * (now - before);
        before = now;
    }
}

/* ---- the problem for the search ---------------------------------------------------------- */

typedef struct problem {
    const double *y, *deviation;
    int n;
    bool again;
    const ku_bass_prior *prior;
    double *curve, *up, *down; /* n each */
} problem;

static double weight_of(const problem *p, int t)
{
    return p->deviation ? 1 / p->deviation[t] : 1;
}

/* The prior's square form at theta; its gradient's half into `pull` unless NULL. */
static double prior_form(const ku_bass_prior *prior, const double *theta, double *pull)
{
    double form = 0;
    for (int i = 0; i < K; i++) {
        double sum = 0;
        for (int j = 0; j < K; j++)
            sum += prior->precision[i * K + j] * (theta[j] - prior->mean[j]);
        if (pull) pull[i] = sum;
        form += (theta[i] - prior->mean[i]) * sum;
    }
    return form;
}

static double objective(const problem *p, const double *theta)
{
    ku_bass b;
    double sum = p->prior ? prior_form(p->prior, theta, NULL) : 0;
    memcpy(b.theta, theta, sizeof b.theta);
    ku_bass_curve(&b, p->again, p->n, p->curve);
    for (int t = 0; t < p->n; t++) {
        double e = (p->y[t] - p->curve[t]) * weight_of(p, t);
        sum += e * e;
    }
    return sum;
}

static double log_objective(void *data, const double *theta)
{
    double value = objective(data, theta);
    /* A perfect fit has no logarithm. */
    return isfinite(value) ? log(fmax(value, 1e-280)) : INFINITY;
}

/* Half the gradient and J'J, the derivatives by central differences. */
static void curvature(const problem *p, const double *theta, double *matrix, double *gradient)
{
    static const double step = 1e-6;
    double slope[K];
    ku_bass at[K][2];
    memset(matrix, 0, K * K * sizeof *matrix);
    memset(gradient, 0, K * sizeof *gradient);
    for (int k = 0; k < K; k++)
        for (int side = 0; side < 2; side++) {
            memcpy(at[k][side].theta, theta, sizeof at[k][side].theta);
            at[k][side].theta[k] += side ? step : -step;
        }
    ku_bass middle;
    memcpy(middle.theta, theta, sizeof middle.theta);
    ku_bass_curve(&middle, p->again, p->n, p->curve);
    for (int k = 0; k < K; k++) {
        ku_bass_curve(&at[k][1], p->again, p->n, p->up + (size_t)k * (size_t)p->n);
        ku_bass_curve(&at[k][0], p->again, p->n, p->down + (size_t)k * (size_t)p->n);
    }
    for (int t = 0; t < p->n; t++) {
        double w = weight_of(p, t);
        for (int k = 0; k < K; k++) {
            size_t i = (size_t)k * (size_t)p->n + (size_t)t;
            slope[k] = w * (p->up[i] - p->down[i]) / (2 * step);
        }
        for (int i = 0; i < K; i++) {
            gradient[i] -= slope[i] * (p->y[t] - p->curve[t]) * w;
            for (int j = 0; j <= i; j++) matrix[i * K + j] += slope[i] * slope[j];
        }
    }
    if (p->prior == NULL) return;
    double pull[K];
    prior_form(p->prior, theta, pull);
    for (int i = 0; i < K; i++) {
        gradient[i] += pull[i];
        for (int j = 0; j <= i; j++) matrix[i * K + j] += p->prior->precision[i * K + j];
    }
}

static void log_curvature(void *data, const double *theta, double *matrix, double *gradient)
{
    double value = fmax(objective(data, theta), 1e-280);
    curvature(data, theta, matrix, gradient);
    for (int i = 0; i < K * K; i++) matrix[i] /= value;
    for (int i = 0; i < K; i++) gradient[i] /= value;
}

/* ---- where to begin ---------------------------------------------------------------------- */

/* The best m for a curve of this shape. */
static double best_scale(const problem *p, const ku_bass *shape)
{
    double above = 0, below = 0;
    ku_bass_curve(shape, p->again, p->n, p->curve);
    for (int t = 0; t < p->n; t++) {
        double w = weight_of(p, t) * weight_of(p, t);
        above += w * p->y[t] * p->curve[t];
        below += w * p->curve[t] * p->curve[t];
    }
    return above > 0 && below > 0 ? above / below : 0;
}

static void try_start(const problem *p, ku_bass b, double *least, double *theta)
{
    double value = objective(p, b.theta);
    if (!(value < *least)) return;
    *least = value;
    memcpy(theta, b.theta, sizeof b.theta);
}

/* Speeds between "over in a few periods" and "hardly begun at the end". */
static bool find_start(const problem *p, double *theta)
{
    enum { SPEEDS = 12, SHAPES = 6 };
    double least = INFINITY;
    for (int i = 0; i < SPEEDS; i++)
        for (int j = 0; j < SHAPES; j++) {
            double sum = 12.0 / p->n * pow(0.55, i) * 2, ratio = 0.3 * pow(4.0, j); /* p+q, q/p */
            ku_bass b = ku_bass_of(1, sum / (1 + ratio), sum * ratio / (1 + ratio));
            for (int k = 1; k < K; k++) b.theta[k] = fmin(fmax(b.theta[k], lower[k]), upper[k]);
            double m = best_scale(p, &b);
            if (!(m > 0)) continue;
            b.theta[0] = fmin(fmax(log(m), lower[0]), upper[0]);
            try_start(p, b, &least, theta);
        }
    if (p->prior) {
        ku_bass b;
        for (int k = 0; k < K; k++) b.theta[k] = fmin(fmax(p->prior->mean[k], lower[k]), upper[k]);
        try_start(p, b, &least, theta);
    }
    return isfinite(least);
}

/* ---- the fit --------------------------------------------------------------------------------- */

size_t ku_bass_room(int n)
{
    return 7 * (size_t)(n > 0 ? n : 1) + ku_levenberg_room(K);
}

/* The inverse of J'J, or of J'J with a small ridge where the data leave a direction open. */
static void invert(const double *matrix, double *inverse)
{
    double factor[K * K], ridge = 0;
    for (int attempt = 0; attempt < 20; attempt++) {
        memcpy(factor, matrix, sizeof factor);
        for (int i = 0; i < K; i++) factor[i * K + i] += ridge;
        if (ku_cholesky(factor, K, K)) break;
        ridge = ridge > 0 ? 10 * ridge : 1e-8;
    }
    for (int j = 0; j < K; j++) {
        double unit[K] = {0};
        unit[j] = 1;
        ku_cholesky_solve(factor, K, K, unit);
        for (int i = 0; i < K; i++) inverse[i * K + j] = unit[i];
    }
}

/* Noise: Var y = noise * expected * peak of the expected, so that it is the same for large
 * and small products and largest where most is sold. */
static void measure(const problem *p, ku_bass_fit *out)
{
    double peak = 0;
    ku_bass_curve(&out->bass, p->again, p->n, p->curve);
    for (int t = 0; t < p->n; t++) peak = fmax(peak, p->curve[t]);
    out->squares = out->noise = 0;
    for (int t = 0; t < p->n; t++) {
        double e = p->y[t] - p->curve[t];
        out->squares += e * e;
        out->noise += e * e / fmax(p->curve[t] * peak, 0.01 * peak * peak);
    }
    out->noise /= p->n > 2 * K ? p->n - K : (p->n + 1) / 2.0; /* unknowns fit noise too */
}

bool ku_bass_fit_curve(const double *y, int n, bool again, const double *deviation,
                       const ku_bass_prior *prior, double *work, ku_bass_fit *out)
{
    problem p = {.y = y, .deviation = deviation, .n = n, .again = again, .prior = prior};
    double matrix[K * K], gradient[K], sum = 0;
    p.curve = work;
    p.up = p.curve + n;
    p.down = p.up + K * n;
    for (int t = 0; t < n; t++) sum += y[t];
    if (prior == NULL && (n <= K || !(sum > 0))) return false;
    if (!find_start(&p, out->bass.theta)) return false;
    const ku_levenberg_problem search = {.unknowns = K,
                                         .lower = lower,
                                         .upper = upper,
                                         .value = log_objective,
                                         .normal = log_curvature,
                                         .data = &p};
    const ku_levenberg_options options = {
        .iterations = 300, .tolerance = 1e-14, .good_enough = INFINITY};
    if (!isfinite(ku_levenberg(&search, &options, out->bass.theta, p.down + K * n).value))
        return false;
    curvature(&p, out->bass.theta, matrix, gradient);
    invert(matrix, out->covariance);
    if (n > 0) measure(&p, out);
    if (prior == NULL)
        for (int i = 0; i < K * K; i++) out->covariance[i] *= out->squares / (n - K);
    return true;
}
