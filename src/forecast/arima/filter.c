/* filter.c - the exact one-step forecasts of a stationary ARMA process, and with them its
 * likelihood, in time linear in the number of its lags.
 *
 * State: the forecasts x_t of y_t, ..., y_{t+r-1} from what came before t. An observation
 * moves them by K_t / f_t times its error and the last is carried on by the
 * autoregression; K_t and f_t, the gain and the variance of the error, would follow from
 * the r x r covariance of x_t. The Kalman filter carries that matrix, at a cost of r^2 a
 * step. From a stationary start it changes by a matrix of rank one only,
 *     P_{t+1} - P_t = Y_t M_t Y_t',
 * and vectors suffice (Morf, Sidhu & Kailath 1974, IEEE Trans. Automatic Control 19;
 * Pearlman 1980, Biometrika 67, for ARMA processes). With Y_1 = K_1, M_1 = -1 / f_1 and u
 * the first entry of Y_t:
 *     f_{t+1} = f_t + M_t u^2,   K_{t+1} = K_t + T Y_t M_t u,
 *     Y_{t+1} = T Y_t - K_{t+1} u / f_{t+1},   M_{t+1} = M_t f_{t+1} / f_t
 * where T shifts by one and continues by the autoregression. x and Y are kept at the
 * place of the period that they speak of, so that nothing is shifted. K_1 and f_1 are the
 * autocovariances.
 *
 * Once f_t is 1 to rounding, the forecasts no longer depend on the start, and the errors
 * follow from the difference equation alone. */
#include <math.h>
#include <string.h>

#include "forecast/arima/arima_internal.h"

static const double steady_excess = 1e-11; /* of f over its limit 1 */

/* The forecast at place `to` from those before it. */
static double carry(const arima_terms *ar, const double *x, int to)
{
    double sum = 0;
    for (int i = 0; i < ar->count; i++) sum += ar->value[i] * x[to - ar->lag[i]];
    return sum;
}

void ku_arima_filter_next(const arima_process *process, arima_filter *filter)
{
    int r = process->reach;
    double *restrict gain = filter->gain, *restrict change = filter->change + filter->at;
    double u = r > 0 ? change[0] : 0, f = filter->f + filter->scale * u * u;
    double up = filter->scale * u, down = u / f;
    change[r] = carry(&process->ar, change, r);
    for (int i = 0; i < r; i++) {
        double k = gain[i] + up * change[i + 1];
        gain[i] = k;
        change[i + 1] -= k * down;
    }
    filter->scale *= f / filter->f;
    filter->f = f;
    filter->at++;
}

/* Forecasts of one series after the error of period t. */
static void correct(const arima_process *process, const double *restrict gain, double *x, int t,
                    double error)
{
    int r = process->reach;
    double *restrict next = x + t + 1;
    x[t + r] = carry(&process->ar, x, t + r);
    for (int i = 0; i < r; i++) next[i] += gain[i] * error;
}

static void run_steady(const arima_process *process, const arima_filter *filter)
{
    const arima_terms *ar = &process->ar, *ma = &process->ma;
    for (int s = 0; s < filter->series; s++) {
        const double *y = filter->in[s];
        double *e = filter->error[s];
        for (int t = filter->steady; t < filter->n; t++) {
            double error = y[t];
            for (int i = 0; i < ar->count; i++) error -= ar->value[i] * y[t - ar->lag[i]];
            for (int i = 0; i < ma->count; i++) error -= ma->value[i] * e[t - ma->lag[i]];
            e[t] = error;
        }
    }
}

static bool start(const arima_process *process, arima_filter *filter, double *covariance)
{
    int r = process->reach;
    double *g = covariance;
    if (!ku_arima_covariances(process, g, covariance + r + 1)) return false;
    for (int s = 0; s < filter->series; s++)
        memset(filter->ahead[s], 0, (size_t)(filter->n + r + 1) * sizeof(double));
    memcpy(filter->gain, g + 1, (size_t)r * sizeof(double));
    memcpy(filter->change, g + 1, (size_t)r * sizeof(double));
    filter->f = g[0];
    filter->scale = -1 / g[0];
    filter->at = 0;
    filter->logs = 0;
    return true;
}

/* Whether the forecasts have settled before step t: `settled` steps in a row had f = 1,
 * as many as the moving average looks back on. */
static bool is_steady(const arima_process *process, const arima_filter *filter, int t, int settled)
{
    if (filter->steady != -1) return t == filter->steady;
    return t >= process->reach && settled > process->q + process->Q * process->season;
}

bool ku_arima_filter(const arima_process *process, arima_filter *filter, double *covariance)
{
    double product = 1;
    int settled = 0, t = 0;
    if (!start(process, filter, covariance)) return false;
    for (; t < filter->n && !is_steady(process, filter, t, settled); t++) {
        double root = 1 / sqrt(filter->f), share = 1 / filter->f;
        for (int s = 0; s < filter->series; s++) {
            double error = filter->in[s][t] - filter->ahead[s][t];
            filter->error[s][t] = error * root;
            correct(process, filter->gain, filter->ahead[s], t, error * share);
        }
        settled = filter->f - 1 < steady_excess ? settled + 1 : 0;
        product *= filter->f;
        if (product > 1e100) {
            filter->logs += log(product);
            product = 1;
        }
        ku_arima_filter_next(process, filter);
        if (!(filter->f > 0.5)) return false; /* below its limit: rounding has won */
    }
    filter->logs += log(product);
    filter->steady = t;
    run_steady(process, filter);
    return isfinite(filter->logs);
}
