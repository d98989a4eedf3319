/* ces.h - complex exponential smoothing of one series: fitting, choice of the kind of
 * season, forecasts with intervals. A ku_ces_work is memory for one thread, taken from an
 * arena and valid as long as it; the states of a fit lie in the work it was made with.
 *
 * Source: Svetunkov, Kourentzes & Ord (2022), Complex exponential smoothing, Naval Research
 * Logistics 69: the model in its state-space form with level and information potential,
 * without season; Svetunkov & Kourentzes (2018), Complex exponential smoothing for seasonal
 * time series, Lancaster working paper: simple, partial and full season. */
#ifndef KU_FORECAST_CES_H
#define KU_FORECAST_CES_H

#include <stdbool.h>

#include "kemudi/arena.h"

typedef enum ku_ces_kind {
    KU_CES_NONE,    /* no season */
    KU_CES_SIMPLE,  /* each period of the season goes on by itself */
    KU_CES_PARTIAL, /* factors that are added */
    KU_CES_FULL,    /* factors with a potential of their own: added, multiplied or between */
    KU_CES_KINDS,
} ku_ces_kind;

/* "none", "simple", "partial", "full" */
const char *ku_ces_kind_name(ku_ces_kind kind);

enum { KU_CES_LONGEST_SEASON = 24 };

typedef struct ku_ces_fit {
    ku_ces_kind kind;
    int n, season;
    int unknowns;    /* smoothing parameters and initial states */
    double alpha[2]; /* real and imaginary part */
    double beta[2];  /* of the season; partial: beta[1] is 0 */
    double squares;  /* sum of the squared one-step errors */
    double loglik;   /* -(n ln squares) / 2, the concentrated Gaussian likelihood without its
                        constants, as ku_ets_fit has it */
    double aicc;     /* with unknowns + 1 parameters */
    double sigma2;   /* squares / (n - unknowns) */
    double *states;  /* after the last observation: level and potential, of one period or of
                        each (simple), then those of each period of the season; that of
                        observation t is t modulo the number of periods */
} ku_ces_fit;

typedef struct ku_ces_work ku_ces_work;
/* For series of up to `observations` values and seasons of up to `season` periods, not more
 * than KU_CES_LONGEST_SEASON; NULL when that is more than the machine has. */
ku_ces_work *ku_ces_work_new(ku_arena *arena, int observations, int season);

/* Fits one kind to y[n], values of moderate size, by least squares. False when the series is
 * too short for it (n < unknowns + 3) or no parameters could be found. */
bool ku_ces_fit_kind(ku_ces_work *work, ku_ces_kind kind, const double *y, int n, int season,
                     ku_ces_fit *fit);
/* All kinds that are possible; keeps the one with the smallest AICc. */
bool ku_ces_choose(ku_ces_work *work, const double *y, int n, int season, ku_ces_fit *fit);

/* Sum of squares with the parameters alpha and beta given; INFINITY where the model does not
 * forget its errors. The fit gets parameters, states and sum. */
double ku_ces_squares(ku_ces_work *work, ku_ces_kind kind, const double *y, int n, int season,
                      const double alpha[2], const double beta[2], ku_ces_fit *fit);

/* Whether errors fade: both roots of the characteristic equation of the discounted model
 * are inside the unit circle (Svetunkov et al. 2022, the stability condition). */
bool ku_ces_forgets(const double alpha[2]);

/* mean[h]; variance[h] of the observation, exact. */
void ku_ces_predict(ku_ces_work *work, const ku_ces_fit *fit, int h, double *mean,
                    double *variance);
/* One-step forecasts of the observations; fitted[n]. */
void ku_ces_fitted(ku_ces_work *work, const ku_ces_fit *fit, const double *y, double *fitted);

#endif
