/* predict.c - what a fitted model says of the past one step at a time, and of the future.
 *
 * The filter's state after the last observation holds the forecasts of the differenced
 * series; past its reach they go on by the autoregression, and summing up undoes the
 * differences. The error of a forecast is a sum of the innovations still to come, each
 * carried by its response: after a finite past the first responses are the gains of the
 * filter, which go on changing, and not yet the psi weights. To that comes what is unsure
 * in the regression: the part of a future column that its own past does not forecast,
 * times the coefficients' covariance. */
#include <math.h>
#include <string.h>

#include "forecast/arima/arima_internal.h"

static const double settled_excess = 1e-9; /* of f over 1: responses no longer change */

/* ---- the past ---------------------------------------------------------------------------- */

void ku_arima_residuals(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                        double *residual)
{
    arima_process process;
    arima_filter filter;
    memset(residual, 0, (size_t)data->n * sizeof(double));
    if (!ku_arima_load(work, data, fit, &process, &filter)) return;
    int lost = data->n - work->used;
    for (int t = 0; t < work->used; t++) residual[lost + t] = work->error[0][t] * work->scale[0];
}

void ku_arima_fitted(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                     double *fitted)
{
    arima_process process;
    arima_filter filter;
    int season = fit->order.D > 0 ? fit->order.season : data->n, lost = data->n - fit->used;
    for (int t = 0; t < data->n; t++)
        fitted[t] = data->y[t >= season ? t - season : t > 0 ? t - 1 : 0];
    if (!ku_arima_load(work, data, fit, &process, &filter)) return;
    /* The forecast error is y's less the columns' share, each before standardising. */
    for (int t = 0; t < work->used; t++) {
        double error = work->in[0][t] - work->ahead[0][t];
        for (int k = 0; k < work->kept; k++)
            error -= work->slope[k] * (work->in[k + 1][t] - work->ahead[k + 1][t]);
        fitted[lost + t] = data->y[lost + t] - error * work->scale[0];
    }
}

/* ---- the future -------------------------------------------------------------------------- */

/* Undoes the differences in place; past(-1), past(-2)... before `x` where there is one. */
static void integrate(const arima_terms *terms, const double *past, double *x, int h)
{
    for (int i = 0; i < h; i++)
        for (int k = 0; k < terms->count; k++) {
            int at = i - terms->lag[k];
            if (at >= 0)
                x[i] += terms->value[k] * x[at];
            else if (past != NULL)
                x[i] += terms->value[k] * past[at];
        }
}

/* Forecasts of the differenced series s beyond the filter's reach. */
static void extend(const arima_process *process, double *ahead, int n, int h)
{
    for (int i = process->reach; i < h; i++) {
        ahead[n + i] = 0;
        for (int k = 0; k < process->ar.count; k++)
            ahead[n + i] += process->ar.value[k] * ahead[n + i - process->ar.lag[k]];
    }
}

/* Response of the next h - from values to the innovation of step `from`, added up. */
static void respond(const arima_process *process, const arima_filter *filter,
                    const arima_terms *terms, double *response, int length)
{
    for (int i = 0; i < length; i++) {
        response[i] = i == 0 ? 1 : i <= process->reach ? filter->gain[i - 1] / filter->f : 0;
        for (int k = 0; i > process->reach && k < process->ar.count; k++)
            response[i] += process->ar.value[k] * response[i - process->ar.lag[k]];
    }
    integrate(terms, NULL, response, length);
}

/* Variance of the sum of the innovations to come, in units of sigma squared. */
static void innovation_variance(const arima_process *process, arima_filter *filter,
                                const arima_terms *terms, int h, double *response, double *variance)
{
    memset(variance, 0, (size_t)h * sizeof(double));
    bool settled = false;
    for (int j = 0; j < h && !settled; j++) {
        respond(process, filter, terms, response, h - j);
        settled = filter->f - 1 < settled_excess && j > 0;
        double sum = 0;
        for (int i = 0; i < h - j; i++) {
            double square = filter->f * response[i] * response[i];
            sum += square;
            variance[j + i] += settled ? sum : square;
        }
        ku_arima_filter_next(process, filter);
    }
}

/* Adds |R^-T c|^2, c the part of each future row of the columns that is not forecast. */
static void regression_variance(ku_arima_work *w, const arima_terms *terms, int h, double *variance)
{
    int stride = w->columns + 2, n = w->used;
    for (int k = 0; k < w->kept; k++) {
        double *x = w->ahead[k + 1] + n;
        for (int i = 0; i < h; i++) x[i] = w->in[k + 1][n + i] - x[i];
        integrate(terms, NULL, x, h);
    }
    for (int i = 0; i < h; i++)
        for (int k = 0; k < w->kept; k++) {
            double right = w->ahead[k + 1][n + i], pivot = w->triangle[k * stride + k];
            for (int j = 0; j < k; j++) right -= w->triangle[j * stride + k] * w->beta[j];
            w->beta[k] = pivot == 0 ? 0 : right / pivot;
            variance[i] += w->beta[k] * w->beta[k];
        }
}

void ku_arima_predict(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                      int h, double *mean, double *variance)
{
    ku_arima_work *w = work;
    arima_process process;
    arima_filter filter;
    arima_terms terms;
    for (int i = 0; i < h; i++) mean[i] = variance[i] = NAN;
    if (!ku_arima_load(w, data, fit, &process, &filter)) return;
    ku_arima_integration(&fit->order, &terms);
    int n = w->used;
    for (int s = 0; s <= w->kept; s++) extend(&process, w->ahead[s], n, h);
    for (int i = 0; i < h; i++) {
        mean[i] = w->ahead[0][n + i];
        for (int k = 0; k < w->kept; k++)
            mean[i] += w->slope[k] * (w->in[k + 1][n + i] - w->ahead[k + 1][n + i]);
        mean[i] *= w->scale[0];
    }
    integrate(&terms, data->y + data->n, mean, h);
    innovation_variance(&process, &filter, &terms, h, w->in[0], variance);
    regression_variance(w, &terms, h, variance);
    for (int i = 0; i < h; i++) variance[i] *= fit->sigma2;
}
