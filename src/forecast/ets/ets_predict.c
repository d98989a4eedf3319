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

/* One future into path[h]; ring is a copy of the seasonal factors. */
static void simulate_path(const ku_ets_fit *fit, int h, ku_rng *rng, double *ring, double *path)
{
    double level = fit->level, slope = fit->slope, deviation = sqrt(fit->sigma2);
    char season = fit->model.season;
    for (int i = 0; i < h; i++) {
        double carried = fit->model.trend == 'N' ? 0 : fit->phi * slope, q = level + carried;
        double *s = ring + i % fit->season;
        double f = season == 'N' ? q : season == 'A' ? q + *s : q * *s;
        double e = deviation * ku_rng_normal(rng);
        /* A relative error below -1 would turn demand negative; the model excludes it. */
        if (fit->model.error == 'M') e = fmax(e, -1) * f;
        double pull = season == 'M' ? (*s != 0 ? e / *s : 0) : e;
        path[i] = f + e;
        level = q + fit->alpha * pull;
        slope = carried + fit->beta * pull;
        if (season == 'A') *s += fit->gamma * e;
        if (season == 'M') *s += q != 0 ? fit->gamma * e / q : 0;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Linear between order statistics: definition 7 of Hyndman & Fan (1996). */
static double sample_quantile(const double *sorted, int count, double share)
{
    double place = share * (count - 1);
    int at = (int)place;
    if (at >= count - 1) return sorted[count - 1];
    return sorted[at] + (place - at) * (sorted[at + 1] - sorted[at]);
}

void ku_ets_simulate(const ku_ets_fit *fit, int h, int paths, ku_rng *rng, const double *share,
                     int shares, double *quantile, double *room)
{
    double *path = room, *column = room + (size_t)paths * (size_t)h, *ring = column + paths;
    for (int k = 0; k < paths; k++) {
        if (fit->model.season != 'N')
            memcpy(ring, fit->seasonal, (size_t)fit->season * sizeof *ring);
        simulate_path(fit, h, rng, ring, path + (size_t)k * (size_t)h);
    }
    for (int i = 0; i < h; i++) {
        for (int k = 0; k < paths; k++) column[k] = path[(size_t)k * (size_t)h + (size_t)i];
        qsort(column, (size_t)paths, sizeof *column, by_value);
        for (int q = 0; q < shares; q++)
            quantile[(size_t)q * (size_t)h + (size_t)i] = sample_quantile(column, paths, share[q]);
    }
}
