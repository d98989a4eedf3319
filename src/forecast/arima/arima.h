/* arima.h - seasonal ARIMA models of one series, also as the errors of a regression:
 * fitting a given order by exact maximum likelihood, choosing the order, forecasts with
 * their variances. A ku_arima_work is memory for one thread, taken from an arena and valid
 * as long as it; a ku_arima_fit is a plain value except for its regression coefficients,
 * which lie in the work until that is used for another fit.
 *
 * The model: y_t = constant part + x_t b + u_t, where u differenced d times, and D times at
 * the season's distance m, is a stationary process
 *     phi(B) Phi(B^m) w_t = theta(B) Theta(B^m) e_t,
 *     phi(B) = 1 - phi_1 B - ...,  theta(B) = 1 + theta_1 B + ...  (Box & Jenkins 1976,
 * Time Series Analysis, section 9.1, with R's sign for theta). The constant is the mean of
 * y when d + D = 0, the drift (change a period) when d + D = 1, and absent beyond. */
#ifndef KU_FORECAST_ARIMA_H
#define KU_FORECAST_ARIMA_H

#include <stdbool.h>

#include "kemudi/arena.h"

#define KU_ARIMA_ORDER    10 /* p, q at most */
#define KU_ARIMA_SEASONAL 3  /* P, Q at most */
#define KU_ARIMA_ARMA     (2 * (KU_ARIMA_ORDER + KU_ARIMA_SEASONAL))

typedef struct ku_arima_order {
    int p, d, q;
    int P, D, Q, season; /* season 1: none, and P = D = Q = 0 */
    bool constant;       /* without effect when d + D > 1 */
} ku_arima_order;

/* "ARIMA(0,1,1)(0,1,1)[12] with drift", "Regression with ARIMA(1,0,0) errors". */
#define KU_ARIMA_NAME 64
void ku_arima_name(const ku_arima_order *order, int columns, char name[KU_ARIMA_NAME]);

/* A series and its regressors, finite. */
typedef struct ku_arima_data {
    const double *y; /* n */
    int n;
    const double *x; /* by column, `rows` rows of each, the first n beside y; NULL: none */
    int columns, rows;
} ku_arima_data;

typedef struct ku_arima_fit {
    ku_arima_order order;
    int n, columns;
    int used;     /* n - d - D m: observations after differencing */
    int unknowns; /* estimated coefficients: ARMA, constant, independent regressors */
    double phi[KU_ARIMA_ORDER], theta[KU_ARIMA_ORDER];
    double Phi[KU_ARIMA_SEASONAL], Theta[KU_ARIMA_SEASONAL];
    double constant;               /* mean or drift; 0 where there is none */
    const double *coefficient;     /* of each regressor; 0 where dependent */
    const bool *dependent;         /* regressor k is constant after differencing, or a sum of
                                  multiples of the constant and those before it */
    double loglik;                 /* exact Gaussian, of the `used` differenced observations */
    double aic, aicc, bic;         /* with k = unknowns + 1; aicc infinite when used <= k + 1 */
    double sigma2;                 /* sum of squared standardised errors / (used - unknowns) */
    bool exact;                    /* the errors are rounding: loglik and the like do not hold */
    double partial[KU_ARIMA_ARMA]; /* the search's own coordinates, a start for others */
} ku_arima_fit;

typedef struct ku_arima_work ku_arima_work;

/* Memory for series of up to `observations` values, seasons of up to `season` periods,
 * `horizon` periods ahead and `columns` regressors; NULL when that is more than the
 * machine has. Work grows with observations times (columns + 30), not with the season. */
ku_arima_work *ku_arima_work_new(ku_arena *arena, int observations, int season, int horizon,
                                 int columns);

/* Whether the order can be estimated: within the limits above, and the differenced series
 * is longer than the reach of each polynomial and has more values than the ARMA part and
 * the constant have coefficients. */
bool ku_arima_possible(const ku_arima_order *order, int n);

/* Fits a possible order by exact maximum likelihood; the regression is concentrated out
 * by generalised least squares. `start`: a fit of a neighbouring order of the same data to
 * begin from, or NULL. False when no parameters give a finite likelihood. */
bool ku_arima_fit_order(ku_arima_work *work, const ku_arima_data *data, const ku_arima_order *order,
                        const ku_arima_fit *start, ku_arima_fit *fit);

/* Chooses the order as R forecast's auto.arima does, with exact likelihoods on the way:
 * differences by a test for a level (KPSS, 5 %) and the strength of the season (.64), the
 * ARMA part by AICc from neighbour to neighbour, p, q <= 5, P, Q <= 2, orders with a root
 * nearer than 1.01 left out. A season longer than the series, or than the work was made
 * for, counts as none. False only when there is nothing to fit. */
bool ku_arima_choose(ku_arima_work *work, const ku_arima_data *data, int season, ku_arima_fit *fit);

/* Standard errors, from the curvature of the likelihood: of phi, theta, Phi, Theta, the
 * constant (if the model has one), then each regressor (0 where dependent);
 * p + q + P + Q + 1 + columns values at most. Not a number where the likelihood has no
 * curvature. */
void ku_arima_errors(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                     double *error);

/* One-step forecasts of the past, fitted[n]. The first d + D m have no forecast by the
 * model: there the value a season before, or the one before, stands in. */
void ku_arima_fitted(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                     double *fitted);

/* Errors of the one-step forecasts over their standard deviations in units of sigma
 * (independent with variance sigma2 under the model), residual[n]; 0 for the first
 * d + D m. */
void ku_arima_residuals(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                        double *residual);

/* Mean and variance of the observation 1..h periods after the last, given data->rows >=
 * n + h where there are regressors; exact for the finite past, with the uncertainty of the
 * constant and of the regression coefficients, without that of the ARMA part. */
void ku_arima_predict(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                      int h, double *mean, double *variance);

#endif
