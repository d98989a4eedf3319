/* lags.h - a value as a weighted sum of the values just before it and of those one season
 * before: an autoregression on chosen lags. A ku_lags_work is memory for one thread, taken
 * from an arena and valid as long as it; a ku_lags_fit is a plain value. */
#ifndef KU_FORECAST_LAGS_H
#define KU_FORECAST_LAGS_H

#include "forecast/method.h"

#define KU_LAGS 24 /* at most */

typedef struct ku_lags_fit {
    bool logs;              /* of the logarithms of the values */
    bool steps;             /* of the differences from period to period */
    int count;              /* of the lags that were chosen */
    int lag[KU_LAGS];       /* periods back, in order of choice */
    double weight[KU_LAGS]; /* of the value that many periods back, less `mean` */
    double mean, constant;  /* value - mean = constant + sum of weight * (lagged value - mean) */
    int start;              /* the first period that has all its lags */
    double sigma2;          /* variance of the errors; of the logarithms if `logs` */
    double aicc;            /* of the values themselves, comparable between logs and not */
} ku_lags_fit;

typedef struct ku_lags_work ku_lags_work;

/* Memory for series of up to `observations` values and `horizon` periods ahead; NULL when
 * that is more than the machine has. */
ku_lags_work *ku_lags_work_new(ku_arena *arena, int observations, int horizon);

/* How many of the ascending seasons a series of n periods shows at least twice. */
int ku_lags_seasons(int n, const int *seasons, int count);

/* Fits y[n], finite and of moderate size, by least squares, the lags chosen by AICc. False
 * when there are too few values, they do not vary, or logs are asked of values that are not
 * all positive. Time grows with n, not with the seasons. */
bool ku_lags_fit_form(ku_lags_work *work, const double *y, int n, const int *seasons, int count,
                      bool logs, bool steps, ku_lags_fit *fit);

/* Mean and variance of the values (their logarithms if `logs`) 1..h periods after the last,
 * and, unless `fitted` is NULL, the n one-step forecasts of the values; before fit->start
 * they are the value of the period before. False where the forecasts leave three times the
 * range of the past: the weights then describe an explosion and not a series. */
bool ku_lags_predict(ku_lags_work *work, const ku_lags_fit *fit, const double *y, int n, int h,
                     double *mean, double *variance, double *fitted);

#endif
