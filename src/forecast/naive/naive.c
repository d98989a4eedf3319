/* naive.c - four forecasts without parameters to search for.
 *
 * What they have in common is the past error of a step back of `lag` periods; what differs
 * is how the variance grows. Errors are summed in a unit of the series' own size, so that
 * their squares neither overflow nor vanish. */
#include "forecast/naive/naive.h"

#include <math.h>

#include "num/magnitude.h"

/* Sum of the squared errors of "as `lag` periods ago, and `drift`". */
static double squares(const double *y, int n, int lag, double drift, double unit)
{
    double sum = 0;
    for (int t = lag; t < n; t++) {
        double e = y[t] / unit - y[t - lag] / unit - drift / unit;
        sum += e * e;
    }
    return sum;
}

static void lag_fitted(const double *y, int n, int lag, double drift, double *fitted)
{
    if (fitted == NULL) return;
    for (int t = 0; t < n; t++) fitted[t] = t < lag ? y[t] : y[t - lag] + drift;
}

bool ku_naive_last(const double *y, int n, int h, double *mean, double *variance, double *fitted,
                   ku_naive_fit *fit)
{
    if (n < 2) return false;
    double unit = ku_magnitude(y, n), sigma2 = squares(y, n, 1, 0, unit) / (n - 1);
    *fit = (ku_naive_fit){unit, sigma2, 0};
    for (int i = 0; i < h; i++) {
        mean[i] = y[n - 1];
        variance[i] = sigma2 * (i + 1);
    }
    lag_fitted(y, n, 1, 0, fitted);
    return true;
}

bool ku_naive_drift(const double *y, int n, int h, double *mean, double *variance, double *fitted,
                    ku_naive_fit *fit)
{
    if (n < 3) return false;
    double unit = ku_magnitude(y, n), drift = y[n - 1] / (n - 1) - y[0] / (n - 1);
    double sigma2 = squares(y, n, 1, drift, unit) / (n - 2);
    *fit = (ku_naive_fit){unit, sigma2, drift};
    for (int i = 0; i < h; i++) {
        double steps = i + 1;
        mean[i] = y[n - 1] + steps * drift;
        variance[i] = sigma2 * (steps + steps * steps / (n - 1));
    }
    lag_fitted(y, n, 1, drift, fitted);
    return true;
}

bool ku_naive_season(const double *y, int n, int season, int h, double *mean, double *variance,
                     double *fitted, ku_naive_fit *fit)
{
    if (season < 2 || n <= season) return false;
    double unit = ku_magnitude(y, n), sigma2 = squares(y, n, season, 0, unit) / (n - season);
    *fit = (ku_naive_fit){unit, sigma2, 0};
    for (int i = 0; i < h; i++) {
        mean[i] = y[n - season + i % season];
        variance[i] = sigma2 * (i / season + 1);
    }
    lag_fitted(y, n, season, 0, fitted);
    return true;
}

bool ku_naive_mean(const double *y, int n, int h, double *mean, double *variance, double *fitted,
                   ku_naive_fit *fit)
{
    if (n < 2) return false;
    double unit = ku_magnitude(y, n), middle = 0, sum = 0;
    for (int t = 0; t < n; t++) middle += y[t] / unit / n;
    for (int t = 0; t < n; t++) sum += (y[t] / unit - middle) * (y[t] / unit - middle);
    *fit = (ku_naive_fit){unit, sum / (n - 1), 0};
    for (int i = 0; i < h; i++) {
        mean[i] = middle * unit;
        variance[i] = fit->sigma2 * (1 + 1.0 / n);
    }
    for (int t = 0; fitted != NULL && t < n; t++) fitted[t] = middle * unit;
    return true;
}
