/* cautious.h - a level that wanders and a season that is believed only as far as it has shown
 * itself. A ku_cautious_work is memory for one thread, taken from an arena; arrays of the
 * result are the caller's.
 *
 * With one or two years of months a season can be seen but not measured: one factor a month
 * repeats the noise of that month, no season leaves out what everyone sees. Here the
 * seasonal effects are random: z_t = mu + w_t + s_(t mod m) + e_t, with w a random walk, the
 * s_j independent with variance k sigma^2, e with variance sigma^2. Their prediction (BLUP)
 * draws each month's effect towards none, the more the less often and the less clearly it
 * was seen. Structural model: Harvey (1989), Forecasting, Structural Time Series Models and
 * the Kalman Filter, section 2.3; random effects: Robinson (1991), That BLUP is a good
 * thing, Statistical Science 6, eq. 1.2; shrunken seasonal factors: Miller & Williams (2003),
 * International Journal of Forecasting 19. */
#ifndef KU_FORECAST_CAUTIOUS_CAUTIOUS_H
#define KU_FORECAST_CAUTIOUS_CAUTIOUS_H

#include <stdbool.h>

#include "kemudi/arena.h"

/* Longest season: the work grows with its square. */
#define KU_CAUTIOUS_SEASON 60

typedef struct ku_cautious_work ku_cautious_work;

/* NULL when the machine has not that much memory. */
ku_cautious_work *ku_cautious_work_new(ku_arena *arena, int observations, int season, int horizon);

typedef struct ku_cautious_fit {
    bool logarithms; /* the model is of ln y */
    double wander;   /* q: variance of a step of the level over that of the noise */
    double season;   /* k: variance of the seasonal effects over that of the noise */
    double sigma2;   /* of the noise */
    double loglik;   /* restricted, of y, at these */
} ku_cautious_fit;

/* Fits y[n], n > season >= 2, and predicts h values: mean and variance of z (of ln y where
 * fit->logarithms), averaged over the values of q and k by their restricted likelihood.
 * `fitted` (n, or NULL): one-step forecasts of z. False for a season longer than
 * KU_CAUTIOUS_SEASON or values that leave the range of numbers. */
bool ku_cautious(ku_cautious_work *work, const double *y, int n, int season, int h, double *mean,
                 double *variance, double *fitted, ku_cautious_fit *fit);

#endif
