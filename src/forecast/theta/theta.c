/* theta.c - simple exponential smoothing with half the trend.
 *
 * The sum of squares is a smooth function of alpha and the starting level, linear least
 * squares in the latter; but as a function of alpha it can have more than one valley, and
 * it is often flat. Which of several equally plausible answers is given is a convention,
 * and for this method the convention is R forecast's: a simplex search from a small alpha
 * and the mean of the first ten values, in the series' own unit. Planners compare the two
 * programs; the accuracy is the same with the deepest valley. */
#include "forecast/theta/theta.h"

#include <math.h>

#include "num/brent.h"
#include "num/linear.h"
#include "num/nelder.h"

enum { SHORT = 7, FIRST = 10, SCAN = 24, EVALUATIONS = 2000 };
static const double lowest = 1e-4, highest = 0.9999, nothing = 1e-10;
static const double simplex_tolerance = 1.4901161193847656e-8; /* 2^-26 */

typedef struct series {
    const double *y;
    int n;
} series;

/* Sum of squared one-step errors; *level is the start, then the level after the last. */
static double smooth(const series *s, double alpha, double *level)
{
    double squares = 0, at = *level;
    for (int t = 0; t < s->n; t++) {
        double e = s->y[t] - at;
        squares += e * e;
        at += alpha * e;
    }
    *level = at;
    return squares;
}

static double mean_square(void *data, const double *x)
{
    const series *s = data;
    double level = x[1];
    if (!(x[0] >= lowest && x[0] <= highest)) return INFINITY;
    return smooth(s, x[0], &level) / s->n;
}

static double squares_from_first(void *data, double alpha)
{
    const series *s = data;
    double level = s->y[0];
    return smooth(s, alpha, &level);
}

/* With the start y[0] + x the error of observation t is e_t - x (1 - alpha)^t. */
double ku_theta_squares(const double *y, int n, double alpha, double *level0)
{
    double at = y[0], keep = 1, ee = 0, eg = 0, gg = 0;
    for (int t = 0; t < n; t++) {
        double e = y[t] - at;
        ee += e * e;
        eg += e * keep;
        gg += keep * keep;
        at += alpha * e;
        keep *= 1 - alpha;
    }
    *level0 = y[0] + eg / gg;
    return fmax(ee - eg / gg * eg, 0);
}

static void search(series *s, ku_theta_fit *fit)
{
    double x[2] = {lowest + 0.2 * (highest - lowest), 0}, room[16];
    int first = s->n < FIRST ? s->n : FIRST;
    for (int t = 0; t < first; t++) x[1] += s->y[t] / first;
    ku_nelder(mean_square, s, 2, simplex_tolerance, EVALUATIONS, x, room);
    fit->alpha = x[0];
    fit->level0 = x[1];
}

void ku_theta_fit_series(const double *y, int n, ku_theta_fit *fit)
{
    series s = {y, n};
    double intercept, slope;
    ku_line_fit(y, n, &intercept, &slope);
    fit->n = n;
    fit->drift = slope / 2;
    fit->level0 = y[0];
    if (n < SHORT)
        fit->alpha = ku_brent(squares_from_first, &s, nothing, 1, SCAN, 1e-9, NULL);
    else
        search(&s, fit);
    fit->level = fit->level0;
    fit->squares = smooth(&s, fit->alpha, &fit->level);
    fit->sigma2 = fit->squares / (n < SHORT ? n : n - 2);
}

/* How far the drift has come after n observations, in periods. */
static double reach(double alpha, int n)
{
    return (1 - pow(1 - alpha, n)) / alpha;
}

void ku_theta_predict(const ku_theta_fit *fit, int h, double *mean, double *variance)
{
    double base = reach(fit->alpha, fit->n);
    for (int i = 0; i < h; i++) {
        mean[i] = fit->level + fit->drift * (i + base);
        variance[i] = fit->sigma2 * (1 + i * fit->alpha * fit->alpha);
    }
}

void ku_theta_fitted(const ku_theta_fit *fit, const double *y, double *fitted)
{
    double level = fit->level0, keep = 1;
    for (int t = 0; t < fit->n; t++) {
        fitted[t] = level + fit->drift * (1 - keep) / fit->alpha;
        level += fit->alpha * (y[t] - level);
        keep *= 1 - fit->alpha;
    }
}
