/* start.c - where the search for the parameters begins: a long autoregression by Levinson
 * and Durbin gives errors that are nearly those of any good model; then the model's own
 * coefficients follow from one linear regression on lagged values and lagged errors
 * (Hannan & Rissanen 1982, Biometrika 69, their first two steps; products of seasonal and
 * other lags left out). */
#include <math.h>
#include <string.h>

#include "forecast/arima/arima_internal.h"
#include "num/linear.h"

static const double start_limit = 0.9; /* of a partial autocorrelation */

void ku_arima_remove_regression(ku_arima_work *w, int columns)
{
    double shift;
    memcpy(w->rest, w->in[0], (size_t)w->used * sizeof(double));
    for (int k = 1; k <= columns; k++) {
        double *q = w->error[k], norm = 0;
        memcpy(q, w->in[k], (size_t)w->used * sizeof(double));
        for (int j = 1; j < k; j++) {
            shift = 0;
            for (int t = 0; t < w->used; t++) shift += w->error[j][t] * q[t];
            for (int t = 0; t < w->used; t++) q[t] -= shift * w->error[j][t];
        }
        for (int t = 0; t < w->used; t++) norm += q[t] * q[t];
        for (int t = 0; t < w->used && norm > 0; t++) q[t] /= sqrt(norm);
        shift = 0;
        for (int t = 0; t < w->used; t++) shift += q[t] * w->rest[t];
        for (int t = 0; t < w->used; t++) w->rest[t] -= shift * q[t];
    }
}

/* Long enough for the season, short enough for the series. */
static int long_order(const ku_arima_work *w)
{
    int order = (int)(10 * log10(w->used)), season = w->order.season;
    if (season > 1 && order < season + 3) order = season + 3;
    if (order > 2 * season + 30) order = 2 * season + 30;
    return order > w->used / 3 ? w->used / 3 : order;
}

/* Errors of the autoregression; the first few by as many lags as there are. */
static void long_autoregression(ku_arima_work *w)
{
    int n = w->used, order = long_order(w);
    double *g = w->covariance, *a = w->gain, error;
    if (order > w->reach) order = w->reach;
    for (int k = 0; k <= order; k++) {
        g[k] = 0;
        for (int t = k; t < n; t++) g[k] += w->rest[t] * w->rest[t - k];
    }
    error = g[0];
    memcpy(w->innovation, w->rest, (size_t)n * sizeof(double));
    for (int k = 0; k < order && error > 1e-12 * g[0]; k++) {
        double partial = g[k + 1];
        for (int i = 0; i < k; i++) partial -= a[i] * g[k - i];
        partial /= error;
        error *= 1 - partial * partial;
        for (int i = 0, j = k - 1; i <= j; i++, j--) {
            double low = a[i], high = a[j];
            a[i] = low - partial * high;
            a[j] = high - partial * low;
        }
        a[k] = partial;
        if (k + 1 < order && k + 1 < n) { /* period k + 1 has k + 1 lags */
            double sum = w->rest[k + 1];
            for (int i = 0; i <= k; i++) sum -= a[i] * w->rest[k - i];
            w->innovation[k + 1] = sum;
        }
        if (k + 1 == order)
            for (int t = order; t < n; t++) {
                double sum = w->rest[t];
                for (int i = 0; i < order; i++) sum -= a[i] * w->rest[t - 1 - i];
                w->innovation[t] = sum;
            }
    }
}

/* Column of the regression: `series` of `lag` periods ago. */
static void lagged(const double *series, int lag, int from, int rows, double *to)
{
    memcpy(to, series + from - lag, (size_t)rows * sizeof(double));
}

/* The coefficients as partial autocorrelations, drawn in where they are not stationary. */
static void into_box(double *a, int p, double sign)
{
    double kept[KU_ARIMA_ORDER], shrink = 1;
    for (int i = 0; i < p; i++) kept[i] = sign * a[i];
    for (int trial = 0; trial < 40; trial++, shrink *= 0.9) {
        double power = 1;
        for (int i = 0; i < p; i++) a[i] = kept[i] * (power *= shrink);
        if (ku_arima_to_partial(a, p)) break;
    }
    for (int i = 0; i < p; i++) a[i] = fmin(fmax(a[i], -start_limit), start_limit);
}

bool ku_arima_guess(ku_arima_work *w, const ku_arima_order *o, double *partial)
{
    int columns = o->p + o->q + o->P + o->Q, m = o->season;
    int from = o->p > o->q ? o->p : o->q;
    if (from < o->P * m) from = o->P * m;
    if (from < o->Q * m) from = o->Q * m;
    int rows = w->used - from, at = 0;
    if (rows < 2 * columns + 2) return false;
    if (!w->started) {
        ku_arima_remove_regression(w, w->kept);
        long_autoregression(w);
        w->started = true;
    }
    double *a = w->regression, *right = a + (size_t)columns * (size_t)rows;
    for (int i = 1; i <= o->p; i++, at++)
        lagged(w->rest, i, from, rows, a + (size_t)at * (size_t)rows);
    for (int i = 1; i <= o->q; i++, at++)
        lagged(w->innovation, i, from, rows, a + (size_t)at * (size_t)rows);
    for (int i = 1; i <= o->P; i++, at++)
        lagged(w->rest, i * m, from, rows, a + (size_t)at * (size_t)rows);
    for (int i = 1; i <= o->Q; i++, at++)
        lagged(w->innovation, i * m, from, rows, a + (size_t)at * (size_t)rows);
    lagged(w->rest, 0, from, rows, right);
    ku_least_squares(a, rows, columns, right, partial);
    into_box(partial, o->p, 1);
    into_box(partial + o->p, o->q, -1);
    into_box(partial + o->p + o->q, o->P, 1);
    into_box(partial + o->p + o->q + o->P, o->Q, -1);
    return true;
}
