/* score.h - how good a forecast was, once the actual values are known. Owns nothing: all
 * arrays are the caller's, nothing is allocated.
 *
 * Values are pairs of an actual y and what was forecast for it; n of them, n >= 1, all
 * finite. Measures in the unit of the series are comparable within a series only; those
 * divided by a scale (ku_score_scale) or as a share also between series. */
#ifndef KU_FORECAST_SCORE_H
#define KU_FORECAST_SCORE_H

#include <stdbool.h>

/* ---- point forecasts -------------------------------------------------------------------- */

/* Mean absolute error, in the series' unit. */
double ku_score_mae(const double *y, const double *f, int n);
/* Root of the mean squared error, in the series' unit. */
double ku_score_rmse(const double *y, const double *f, int n);
/* Mean of forecast less actual: above zero when too much was expected. */
double ku_score_bias(const double *y, const double *f, int n);
/* Mean of 2 |y - f| / (|y| + |f|), a share of 0 to 2; 0 where both are 0. Makridakis &
 * Hibon (2000), The M3-Competition, International Journal of Forecasting 16, appendix A. */
double ku_score_smape(const double *y, const double *f, int n);

typedef enum ku_scale_kind {
    KU_SCALE_ABSOLUTE, /* mean |y[t] - y[t-lag]|: makes MASE, and the scaled interval score */
    KU_SCALE_SQUARED,  /* root of the mean of (y[t] - y[t-lag])^2: makes RMSSE */
} ku_scale_kind;

/* What errors are divided by to be free of the unit: the in-sample error of the naive
 * forecast of `lag` periods before. Hyndman & Koehler (2006), Another look at measures of
 * forecast accuracy, International Journal of Forecasting 22, section 3, with the lag of
 * the season as in the M4 competition; squared: Makridakis, Spiliotis & Assimakopoulos
 * (2022), M5 accuracy competition, International Journal of Forecasting 38, eq. 1. NaN
 * for a past of `lag` values or fewer, or one that repeats itself without any change: no
 * scaled measure exists then. */
double ku_score_scale(const double *past, int n, int lag, ku_scale_kind kind);

/* ---- quantiles and intervals ------------------------------------------------------------- */

/* The loss of the quantile forecast q at `share`: (share - [y < q]) (y - q). Koenker &
 * Bassett (1978), Regression quantiles, Econometrica 46, section 3. */
double ku_score_pinball(double y, double q, double share);

/* The interval's width and 2 / alpha times what y lies outside, alpha = 1 - level: Gneiting
 * & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of
 * the American Statistical Association 102, eq. 43. Its mean over the periods divided by
 * the absolute scale is the MSIS of the M4 competition. */
double ku_score_interval(double y, double lo, double hi, double level);

/* The continuous ranked probability score of a forecast known by `count` >= 2 of its
 * quantiles q at the ascending shares in (0, 1), in the series' unit: the integral of
 * (F(x) - [x >= y])^2 over x (Gneiting & Raftery 2007, eq. 20), worked out exactly for the
 * distribution that joins the quantiles by pieces of normal distributions and runs on
 * beyond the outermost as their last piece does. Exact for a normal forecast, any
 * quantiles. Equal quantiles are a point mass there. */
double ku_score_crps_quantiles(double y, const double *share, const double *q, int count);
/* The same for a forecast given as draws, sorted ascending: that of the distribution with
 * the mass 1/count on each; the mean distance to y less half the mean distance between two
 * draws (Gneiting & Raftery 2007, eq. 21). */
double ku_score_crps_draws(double y, const double *draw, int count);

/* ---- money -------------------------------------------------------------------------------- */

/* What a unit forecast too much costs (stored, written off) and a unit forecast too little
 * (a sale lost). Both at least 0. */
typedef struct ku_error_cost {
    double over, under;
} ku_error_cost;

/* What forecasting f cost where y came: the newsvendor's loss, `over` times what was too
 * much or `under` times what was too little. Arrow, Harris & Marschak (1951), Optimal
 * inventory policy, Econometrica 19. It equals (over + under) times the pinball loss at
 * the share under / (over + under). */
double ku_score_cost(double y, double f, ku_error_cost cost);

#endif
