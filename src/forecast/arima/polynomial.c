/* polynomial.c - the polynomials of a seasonal ARMA process: their products in sparse
 * form, the partial autocorrelations as coordinates in which stationarity is a box, and
 * the autocovariances from which the exact filter starts.
 *
 * A seasonal model of 30 lags has a handful of coefficients. What is linear in the lags
 * is cheap enough; what would be quadratic or cubic in them (solving for the
 * autocovariances, usually a dense system) goes by Levinson's recursion for the product
 * of the autoregressions and by two short convolutions for the moving averages. */
#include <math.h>
#include <string.h>

#include "forecast/arima/arima_internal.h"

/* sign * (the product of 1 + sign a(B) and 1 + sign b(B^m), minus 1), lags ascending. */
static void multiply(const double *a, int p, const double *b, int P, int season, double sign,
                     arima_terms *to)
{
    to->count = 0;
    for (int j = 0; j <= P; j++)
        for (int i = 0; i <= p; i++) {
            if (i + j == 0) continue;
            double value = i == 0 ? b[j - 1] : j == 0 ? a[i - 1] : sign * a[i - 1] * b[j - 1];
            int lag = i + j * season, at = to->count;
            while (at > 0 && to->lag[at - 1] > lag) at--;
            if (at > 0 && to->lag[at - 1] == lag) {
                to->value[at - 1] += value;
                continue;
            }
            for (int k = to->count++; k > at; k--) {
                to->lag[k] = to->lag[k - 1];
                to->value[k] = to->value[k - 1];
            }
            to->lag[at] = lag;
            to->value[at] = value;
        }
}

void ku_arima_process(arima_process *process, const ku_arima_order *order, const double *phi,
                      const double *theta, const double *Phi, const double *Theta)
{
    process->season = order->season;
    process->p = order->p;
    process->q = order->q;
    process->P = order->P;
    process->Q = order->Q;
    process->phi = phi;
    process->theta = theta;
    process->Phi = Phi;
    process->Theta = Theta;
    multiply(phi, order->p, Phi, order->P, order->season, -1, &process->ar);
    multiply(theta, order->q, Theta, order->Q, order->season, 1, &process->ma);
    int ar = order->p + order->P * order->season, ma = order->q + order->Q * order->season;
    process->reach = ar > ma ? ar : ma;
}

/* a_k becomes the last coefficient of order k + 1, the ones before it follow. */
static void step_up(double *a, int k, double partial)
{
    for (int i = 0, j = k - 1; i <= j; i++, j--) {
        double low = a[i], high = a[j];
        a[i] = low - partial * high;
        a[j] = high - partial * low;
    }
    a[k] = partial;
}

void ku_arima_from_partial(const double *partial, int p, double *a)
{
    for (int k = 0; k < p; k++) step_up(a, k, partial[k]);
}

bool ku_arima_to_partial(double *a, int p)
{
    for (int k = p - 1; k >= 0; k--) {
        double partial = a[k], rest = 1 - partial * partial;
        if (!(rest > 0)) return false;
        for (int i = 0, j = k - 1; i <= j; i++, j--) {
            double low = a[i], high = a[j];
            a[i] = (low + partial * high) / rest;
            a[j] = (high + partial * low) / rest;
        }
    }
    return true;
}

/* With z = radius s the question is whether a root has |s| < 1. */
bool ku_arima_root_within(const double *a, int p, int k, double radius)
{
    double scaled[KU_ARIMA_ORDER], power = 1, step = pow(radius, k);
    for (int i = 0; i < p; i++) {
        power *= step;
        scaled[i] = a[i] == 0 ? 0 : a[i] * power;
    }
    return !ku_arima_to_partial(scaled, p);
}

size_t ku_arima_covariance_room(int reach)
{
    return 8 * (size_t)reach + 64;
}

/* Autocovariances g[0..count) of the autoregression alone. room: 2 * order. Levinson's
 * recursion read in both directions: coefficients to partial autocorrelations, these to
 * autocovariances (Brockwell & Davis 1991, Time Series, proposition 5.2.1). */
static bool autoregression(const arima_terms *ar, int order, double *g, int count, double *room)
{
    double *partial = room, *a = room + order, error = 1;
    memset(partial, 0, (size_t)order * sizeof(double));
    for (int i = 0; i < ar->count; i++) partial[ar->lag[i] - 1] = ar->value[i];
    if (!ku_arima_to_partial(partial, order)) return false;
    for (int k = 0; k < order; k++) error /= 1 - partial[k] * partial[k];
    g[0] = error;
    for (int k = 1; k < count; k++) {
        double sum = 0;
        if (k <= order) {
            sum = partial[k - 1] * error;
            for (int i = 1; i < k; i++) sum += a[i - 1] * g[k - i];
            step_up(a, k - 1, partial[k - 1]);
            error *= 1 - partial[k - 1] * partial[k - 1];
        } else {
            for (int i = 0; i < ar->count; i++) sum += ar->value[i] * g[k - ar->lag[i]];
        }
        g[k] = sum;
    }
    return isfinite(error);
}

/* What a moving average 1 + b_1 B^k + ... does to autocovariances: to[0..count) from
 * g[0..count + q k). In place it would read what it wrote. */
static void average(const double *b, int q, int k, const double *g, double *to, int count)
{
    double weight[KU_ARIMA_ORDER + 1] = {0};
    for (int l = 0; l <= q; l++) {
        weight[l] = l == 0 ? 1 : b[l - 1];
        for (int i = 0; i + l < q; i++) weight[l] += b[i] * b[i + l];
    }
    for (int t = 0; t < count; t++) {
        double sum = weight[0] * g[t];
        for (int l = 1; l <= q; l++) {
            int back = t - l * k;
            sum += weight[l] * (g[t + l * k] + g[back < 0 ? -back : back]);
        }
        to[t] = sum;
    }
}

bool ku_arima_covariances(const arima_process *process, double *g, double *room)
{
    int order = process->p + process->P * process->season;
    int inner = process->reach + 1 + process->Q * process->season;
    int outer = inner + process->q;
    double *first = room + 2 * process->reach, *second = first + outer;
    if (!autoregression(&process->ar, order, first, outer, room)) return false;
    average(process->theta, process->q, 1, first, second, inner);
    average(process->Theta, process->Q, process->season, second, g, process->reach + 1);
    return isfinite(g[0]) && g[0] > 0;
}
