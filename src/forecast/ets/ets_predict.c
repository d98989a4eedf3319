/* ets_predict.c - what a fitted model says about the periods to come.
 *
 * With independent errors the state h steps ahead is a product of independent random
 * matrices, x' = (F + g w' e) x, so the mean and the second moment of every future
 * observation follow exactly from a recursion on a 2 x 2 matrix; only additive errors
 * have the shorter closed form. Intervals are then taken as Gaussian, as HKOS chapter
 * 6 does, or by simulation, which keeps the skewness of the product. */
#include "forecast/ets/ets_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Damped sum phi + phi^2 + ... + phi^j. */
static double damped_sum(double phi, int j)
{
    return phi == 1 ? j : phi * (1 - pow(phi, j)) / (1 - phi);
}

static double trend_ahead(const ku_ets_fit *fit, int j)
{
    return fit->level + (fit->model.trend == 'N' ? 0 : damped_sum(fit->phi, j) * fit->slope);
}

/* How an error j steps earlier moves the observation: c_j of HKOS table 6.1. */
static double influence(const ku_ets_fit *fit, int j)
{
    double c = fit->alpha;
    if (fit->model.trend != 'N') c += fit->beta * damped_sum(fit->phi, j);
    if (fit->model.season == 'A' && j % fit->season == 0) c += fit->gamma;
    return c;
}

/* Additive season or none. Errors additive: HKOS eq. 6.1; multiplicative: eq. 6.2 with
 * theta_h = mu_h^2 + sigma^2 sum c_j^2 theta_{h-j}. variance[] holds theta till the end. */
static void predict_linear(const ku_ets_fit *fit, int h, double *mean, double *variance)
{
    for (int i = 0; i < h; i++) {
        mean[i] = trend_ahead(fit, i + 1);
        if (fit->model.season == 'A') mean[i] += fit->seasonal[i % fit->season];
        double sum = 0;
        for (int j = 1; j <= i; j++) {
            double c = influence(fit, j);
            sum += fit->model.error == 'A' ? c * c : c * c * variance[i - j];
        }
        variance[i] = fit->model.error == 'A' ? fit->sigma2 * (1 + sum)
                                              : mean[i] * mean[i] + fit->sigma2 * sum;
    }
    if (fit->model.error == 'A') return;
    for (int i = 0; i < h; i++)
        variance[i] = fmax((1 + fit->sigma2) * variance[i] - mean[i] * mean[i], 0);
}

/* Moments of (level, slope): mean and E[x x'] as (ll, lb, bb). */
typedef struct moments {
    double l, b, ll, lb, bb;
} moments;

/* One step. `gamma` is not 0 in the steps that also move the season observed at h: its
 * factor is multiplied by (1 + gamma e), and E of the products with (F + g w' e) uses
 * E e = E e^3 = 0, E e^2 = s, E e^4 = 3 s^2. */
static moments advance(const ku_ets_fit *fit, moments m, double gamma)
{
    const double phi = fit->model.trend == 'N' ? 0 : fit->phi;
    const double a = fit->alpha, b = fit->beta, s = fit->sigma2;
    /* F = [1 phi; 0 phi], w = (1 phi), g = (a b). */
    double q = m.l + phi * m.b;
    double qq = m.ll + 2 * phi * m.lb + phi * phi * m.bb;
    double q_slope = phi * (m.lb + phi * m.bb); /* E q (phi slope) */
    double slope2 = phi * phi * m.bb;
    double same = 1 + gamma * gamma * s, cross = 2 * gamma * s;
    double both = s + 3 * gamma * gamma * s * s;
    moments to;
    to.l = q + a * gamma * s * q;
    to.b = phi * m.b + b * gamma * s * q;
    to.ll = same * qq + 2 * cross * a * qq + both * a * a * qq;
    to.lb = same * q_slope + cross * (a * q_slope + b * qq) + both * a * b * qq;
    to.bb = same * slope2 + 2 * cross * b * q_slope + both * b * b * qq;
    if (fit->model.trend == 'N') to.b = to.lb = to.bb = 0;
    return to;
}

/* Multiplicative season and errors: the observation h steps ahead is the trend part
 * times the season's factor, moved one season, two seasons, ... before. */
static void predict_product(const ku_ets_fit *fit, int h, double *mean, double *variance)
{
    const double phi = fit->model.trend == 'N' ? 0 : fit->phi;
    for (int i = 0; i < h; i++) {
        moments m = {fit->level, fit->slope, fit->level * fit->level, fit->level * fit->slope,
                     fit->slope * fit->slope};
        for (int t = 0; t < i; t++)
            m = advance(fit, m, (i - t) % fit->season == 0 ? fit->gamma : 0);
        double factor = fit->seasonal[i % fit->season];
        double first = m.l + phi * m.b;
        double second = m.ll + 2 * phi * m.lb + phi * phi * m.bb;
        mean[i] = first * factor;
        variance[i] = fmax((1 + fit->sigma2) * second * factor * factor - mean[i] * mean[i], 0);
    }
}

void ku_ets_predict(const ku_ets_fit *fit, int h, double *mean, double *variance)
{
    if (fit->model.season == 'M')
        predict_product(fit, h, mean, variance);
    else
        predict_linear(fit, h, mean, variance);
}
