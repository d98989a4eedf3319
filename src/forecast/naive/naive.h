/* naive.h - the forecasts that need no estimation and that every other has to beat: the
 * last value, the last value with drift, the value a season ago, the mean. The caller owns
 * all arrays.
 *
 * Formulas: Hyndman & Athanasopoulos (2021), Forecasting: principles and practice, 3rd ed.,
 * sections 5.2 and 5.5, as R forecast 8.20 has them. Each returns false when the past is
 * too short for its variance; then nothing was written. mean[h]; variance[h] of the
 * observation; fitted[n], or NULL: the value of its own period where there is no forecast
 * of it yet. Values up to 1e300 are no trouble, whatever their squares are: variances are
 * in units of *unit squared. */
#ifndef KU_FORECAST_NAIVE_H
#define KU_FORECAST_NAIVE_H

#include <stdbool.h>

typedef struct ku_naive_fit {
    double unit;   /* of the variances: a power of two near the largest value */
    double sigma2; /* of the one-step errors, in unit squared */
    double drift;  /* a period; 0 where the method has none */
} ku_naive_fit;

/* Random walk: error variance h times the one-step variance. n >= 2. */
bool ku_naive_last(const double *y, int n, int h, double *mean, double *variance, double *fitted,
                   ku_naive_fit *fit);
/* Random walk whose steps have a mean, estimated with an error of its own. n >= 3. */
bool ku_naive_drift(const double *y, int n, int h, double *mean, double *variance, double *fitted,
                    ku_naive_fit *fit);
/* One random walk for each period of the season. n > season >= 2. */
bool ku_naive_season(const double *y, int n, int season, int h, double *mean, double *variance,
                     double *fitted, ku_naive_fit *fit);
/* Independent values around one mean, whose own error is in the variance. n >= 2. */
bool ku_naive_mean(const double *y, int n, int h, double *mean, double *variance, double *fitted,
                   ku_naive_fit *fit);

#endif
