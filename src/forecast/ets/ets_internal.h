/* ets_internal.h - the recursion of one ETS model and its derivatives, shared by the
 * fit and its tests. The caller owns all memory.
 *
 * With q = level + phi slope the one-step forecast is f = q, q + s or q s, and the
 * states move by the error e = y - f (HKOS tables 2.2 and 2.3). In this form additive
 * and multiplicative errors share one recursion and differ only in what is summed:
 * e, or the relative error e / f together with ln f. */
#ifndef KU_FORECAST_ETS_INTERNAL_H
#define KU_FORECAST_ETS_INTERNAL_H

#include "forecast/ets/ets.h"
#include "num/levenberg.h"

/* The natural parameters by column of the Jacobian: alpha, beta, gamma, phi at 0..3
 * (there even if the model has none), the initial level at 4, then the slope and all
 * seasonal factors but the last, which the others determine. -1: the model has none. */
enum { ETS_ALPHA, ETS_BETA, ETS_GAMMA, ETS_PHI, ETS_LEVEL };
typedef struct ets_layout {
    int smoothing;       /* how many of alpha, beta, gamma, phi */
    int unknowns;        /* smoothing parameters and free initial states */
    int slope, seasonal; /* columns */
    int lanes;           /* columns, rounded up to a multiple of ETS_LANES */
} ets_layout;
ets_layout ku_ets_layout(ku_ets_model model, int season);

#define ETS_LANES 4 /* derivatives are carried four at a time */

typedef struct ets_sum {
    double squares; /* of the errors, or of the relative errors */
    double logs;    /* of the fits, multiplicative errors only */
} ets_sum;

typedef struct ets_states {
    double level, slope;
    double *seasonal; /* ring: seasonal[t % season] */
} ets_states;

/* Runs the model over y from `states` (changed to the final ones). False where the
 * model breaks down: a fit that must be positive is not, or numbers leave the range. */
bool ku_ets_run(ku_ets_model model, const double *y, int n, int season, const double natural[4],
                ets_states *states, ets_sum *sum, double *fitted /* or NULL */);

/* The same with derivatives by all natural parameters: row t of `jacobian`
 * (layout->lanes wide) gets d r_t, `residual` r_t, and `drift` the mean of d ln f_t
 * (multiplicative errors). `carried` is memory for (2 + season) * lanes doubles. */
void ku_ets_run_derivatives(ku_ets_model model, const double *y, int n, int season,
                            const double natural[4], const ets_layout *layout, ets_states *states,
                            double *jacobian, double *residual, double *drift, double *carried);

/* Lower triangle of J'J (rows `stride` apart) and J'r. */
void ku_ets_normal(const double *jacobian, const double *residual, int n, int lanes, double *matrix,
                   int stride, double *gradient);

/* Whether the forecasts forget the past: no root of the characteristic equation of the
 * discounted model is outside the unit circle (HKOS section 10.2, eqs. 10.5, 10.7). */
bool ku_ets_forgets(double alpha, double beta, double gamma, double phi, int season,
                    double *room /* 2 * season + 4 */);

/* Initial states by classical decomposition; seasonal[season] is filled for models
 * with a season. `room`: 8 n + 4 doubles. */
void ku_ets_start(ku_ets_model model, const double *y, int n, int season, double *level,
                  double *slope, double *seasonal, double *room);

#endif
