/* theta.h - the Theta method on one series without season: fitting and forecasts. The
 * caller owns all arrays. Values should be of moderate size (their squares are summed). */
#ifndef KU_FORECAST_THETA_H
#define KU_FORECAST_THETA_H

typedef struct ku_theta_fit {
    double alpha;         /* of the simple exponential smoothing, in [1e-4, .9999] */
    double level0, level; /* before the first and after the last observation */
    double drift;         /* half the slope of the least-squares line, a period */
    double squares;       /* sum of the squared errors of the smoothing */
    double sigma2;        /* squares / (n - 2); n for a series of fewer than 7 */
    int n;
} ku_theta_fit;

/* Simple exponential smoothing with alpha and start found by the search of R forecast's
 * ses() for a small mean squared error, and the drift: Hyndman & Billah (2003), Int. J.
 * Forecasting 19, section 2. n >= 2. Series of fewer than 7 start at their first value,
 * like there, and alpha is in [1e-10, 1]. */
void ku_theta_fit_series(const double *y, int n, ku_theta_fit *fit);

/* The sum of squares for one alpha with the start that is best for it, *level0: what the
 * search can be measured by. */
double ku_theta_squares(const double *y, int n, double alpha, double *level0);

/* mean[h]: level + drift (j - 1 + (1 - (1 - alpha)^n) / alpha) for step j (Hyndman & Billah,
 * eq. 5); variance[h] of the observation: sigma2 (1 + (j - 1) alpha^2). */
void ku_theta_predict(const ku_theta_fit *fit, int h, double *mean, double *variance);
/* The forecast of each observation from those before it, drift included; fitted[n]. */
void ku_theta_fitted(const ku_theta_fit *fit, const double *y, double *fitted);

#endif
