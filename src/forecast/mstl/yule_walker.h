/* yule_walker.h - an autoregression from the autocovariances of a series, its order by AIC.
 * The caller owns all memory. */
#ifndef KU_FORECAST_YULE_WALKER_H
#define KU_FORECAST_YULE_WALKER_H

#include <stdbool.h>

#define KU_AR_ORDER 40 /* at most */

typedef struct ku_ar {
    int order;
    double mean;
    double weight[KU_AR_ORDER]; /* x[t] - mean = sum of weight[i] (x[t - 1 - i] - mean) + error */
    double variance;            /* of the error; 0 for a series that does not vary */
} ku_ar;

/* Fits x[n], n >= 1, of moderate size: the Yule-Walker equations by Durbin's and Levinson's
 * recursion (Brockwell & Davis 1991, Time Series: Theory and Methods, proposition 5.2.1), of
 * the orders up to min(10 log10 n, n / 4, KU_AR_ORDER) that with the smallest AIC,
 * n ln(variance) + 2 order. The result is always stationary. */
void ku_ar_fit(const double *x, int n, ku_ar *ar);

/* The forecast of x[t] from the values before it, t >= 0; where the series is too young for
 * the order, the mean stands in. */
double ku_ar_forecast(const ku_ar *ar, const double *x, int t);

#endif
