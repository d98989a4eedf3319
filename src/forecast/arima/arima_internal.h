/* arima_internal.h - what the files of the ARIMA method share: polynomials, the exact
 * filter, the prepared series. The caller owns all memory. */
#ifndef KU_FORECAST_ARIMA_INTERNAL_H
#define KU_FORECAST_ARIMA_INTERNAL_H

#include "forecast/arima/arima.h"
#include "forecast/stl/stl.h"

/* ---- polynomials (polynomial.c) ---------------------------------------------------- */

/* a_1 B^lag_1 + a_2 B^lag_2 + ..., lags ascending. */
#define ARIMA_TERMS ((KU_ARIMA_ORDER + 1) * (KU_ARIMA_SEASONAL + 1))
typedef struct arima_terms {
    int count;
    int lag[ARIMA_TERMS];
    double value[ARIMA_TERMS];
} arima_terms;

/* A stationary, invertible ARMA process with innovations of variance 1. */
typedef struct arima_process {
    int season;
    int p, q, P, Q;
    const double *phi, *theta, *Phi, *Theta;
    arima_terms ar; /* 1 - ar(B) = phi(B) Phi(B^m) */
    arima_terms ma; /* 1 + ma(B) = theta(B) Theta(B^m) */
    int reach;      /* the longest lag of both */
} arima_process;
void ku_arima_process(arima_process *process, const ku_arima_order *order, const double *phi,
                      const double *theta, const double *Phi, const double *Theta);

/* Coefficients of the autoregression with these partial autocorrelations, each within
 * [-1, 1]; inside, the process is stationary, and every stationary one is reached once
 * (Barndorff-Nielsen & Schou 1973, J. Multivariate Analysis 3). In place or apart. */
void ku_arima_from_partial(const double *partial, int p, double *a);
/* The way back, in place; false when the coefficients are not those of a stationary
 * process. */
bool ku_arima_to_partial(double *a, int p);
/* Whether a root of 1 - a_1 z^k - a_2 z^2k - ... lies nearer to zero than `radius`.
 * p <= KU_ARIMA_ORDER. */
bool ku_arima_root_within(const double *a, int p, int k, double radius);

/* Autocovariances g[0..reach] of the process. room: ku_arima_covariance_room doubles.
 * False when they leave the range of numbers. */
size_t ku_arima_covariance_room(int reach);
bool ku_arima_covariances(const arima_process *process, double *g, double *room);

/* ---- the exact filter (filter.c) ---------------------------------------------------- */

/* One-step forecasts of several series by the same process. */
typedef struct arima_filter {
    int n, series;
    double *const *in;    /* series, n values each */
    double *const *error; /* out, n each: forecast error over sqrt(f_t) */
    double logs;          /* out: sum of ln f_t, f_t the variance of the error of step t */
    int steady;           /* step from which the forecasts no longer depend on the start;
                             in: -1 finds it, -2 never. out: the step, n if none */
    /* State after the last step, valid unless steady was found; see filter.c. */
    double *const *ahead;  /* n + reach + 1 each: from [n] the forecasts of what follows */
    double *gain, *change; /* reach + 1; n + reach + 2 */
    double f, scale;
    int at; /* `change` of this step begins here */
} arima_filter;

/* covariance: reach + 1 + ku_arima_covariance_room doubles. False when the process is too
 * near to one that is not stationary for numbers of this size. */
bool ku_arima_filter(const arima_process *process, arima_filter *filter, double *covariance);
/* Moves gain, change, f and scale one step on, without an observation. */
void ku_arima_filter_next(const arima_process *process, arima_filter *filter);

/* ---- the work ------------------------------------------------------------------------ */

struct ku_arima_work {
    int observations, season, horizon, columns, reach;
    /* The prepared series (prepare.c): y and the columns of the regression, differenced
     * and scaled. */
    ku_arima_order order; /* of which d, D, season and constant hold */
    int n, given;         /* observations; regressors */
    int used, total;      /* rows after differencing: of the past, with the future's */
    int kept;             /* columns: the constant, if any, and independent regressors */
    int *column;          /* kept: which regressor, -1 the constant */
    double *scale;        /* 1 + kept: what y and the columns were divided by */
    double **in, **error; /* 1 + kept series: as prepared, filtered */
    double **ahead;       /* their forecasts */
    bool *dependent;      /* columns */
    /* Of the latest evaluation (fit.c). */
    double *triangle, *beta; /* of the least squares with the filtered columns */
    double *slope;           /* 1 + columns: the coefficients, scaled */
    double *coefficient;     /* columns: what a fit points to */
    double *gain, *change, *covariance;
    double *base, *jacobian; /* errors at a point; KU_ARIMA_ARMA columns */
    double *search;          /* of the Levenberg method */
    ku_stl_work *stl;
    /* Starts (start.c). */
    bool started;       /* `innovation` holds */
    double *innovation; /* errors of a long autoregression */
    double *rest;       /* the series without its regression */
    double *regression; /* KU_ARIMA_ARMA + 2 columns */
};

/* Differences and scales the data for orders with these d, D, season and constant, and
 * finds the regressors that are independent; at most `most` columns are kept. False when
 * nothing remains or the series is too long for the work. */
bool ku_arima_prepare(ku_arima_work *work, const ku_arima_data *data, const ku_arima_order *order,
                      int most);
/* Multipliers of y_{t-lag} by which differenced values become values again. */
void ku_arima_integration(const ku_arima_order *order, arima_terms *terms);

/* Fits an order to the prepared series; `start` may be NULL. `thorough`: searches from
 * every start there is, else from the best of them. The search is given up where the AICc
 * cannot be expected to become less than `worth`. */
bool ku_arima_fit_prepared(ku_arima_work *work, const ku_arima_order *order,
                           const ku_arima_fit *start, bool thorough, double worth,
                           ku_arima_fit *fit);
/* The same fit once more, its regression coefficients in the work. */
bool ku_arima_refit(ku_arima_work *work, const ku_arima_fit *known, ku_arima_fit *fit);
/* How many columns leave an order enough of n observations. */
int ku_arima_most_columns(const ku_arima_order *order, int n);
/* Prepares the data and filters them to the end with the fit's parameters: the state after
 * the last observation, the filtered columns' least squares and their coefficients
 * (work->slope) are there; work->error[0] is y's errors without the regression. */
bool ku_arima_load(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                   arima_process *process, arima_filter *filter);

/* A start by two regressions, on lagged values and lagged errors of a long
 * autoregression; false when there are too few observations. */
bool ku_arima_guess(ku_arima_work *work, const ku_arima_order *order, double *partial);
/* work->rest: the prepared y without its least squares on the first `columns` columns. */
void ku_arima_remove_regression(ku_arima_work *work, int columns);

/* ---- tests (differences.c) ------------------------------------------------------------- */

/* Whether y is the same throughout, to eight digits. */
bool ku_arima_constant(const double *y, int n);
/* Differences, at most `most`, until a level is not rejected. room: n. */
int ku_arima_differences(const double *y, int n, int most, double *room);
/* 1 where the season is strong and was seen more than twice, else 0. */
int ku_arima_seasonal_differences(ku_stl_work *work, const double *y, int n, int season);

#endif
