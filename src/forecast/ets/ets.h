/* ets.h - exponential smoothing models (error, trend, season) of one series: fitting,
 * automatic choice, forecasts with intervals. A ku_ets_work is memory for one thread,
 * taken from an arena and valid as long as it; a ku_ets_fit is a plain value except
 * for its seasonal factors, which lie in the work it was fitted with.
 *
 * Source of the models and their formulas: Hyndman, Koehler, Ord & Snyder (2008),
 * Forecasting with Exponential Smoothing, Springer ("HKOS" below); the automatic
 * choice: Hyndman, Koehler, Snyder & Grose (2002), Int. J. Forecasting 18. */
#ifndef KU_FORECAST_ETS_H
#define KU_FORECAST_ETS_H

#include <stdbool.h>

#include "kemudi/arena.h"
#include "kemudi/rng.h"

typedef struct ku_ets_model {
    char error;  /* 'A' additive, 'M' multiplicative */
    char trend;  /* 'N' none, 'A' additive, 'D' additive damped */
    char season; /* 'N' none, 'A' additive, 'M' multiplicative */
} ku_ets_model;

/* The 15 models with a finite forecast variance in every case, in the order in which
 * the automatic choice tries them (of two equally good the earlier is taken):
 * additive error goes with no multiplicative part (HKOS, section 2.5.2 and 15). */
#define KU_ETS_MODELS 15
extern const ku_ets_model ku_ets_models[KU_ETS_MODELS];

/* "ETS(M,Ad,M)". Short form without brackets and commas ("MAdM"): ku_ets_find. */
#define KU_ETS_NAME 16
void ku_ets_name(ku_ets_model model, char name[KU_ETS_NAME]);
/* Index of the model of that short name, -1 when there is none. */
int ku_ets_find(const char *text);

/* Longest season whose factors are states of the model in the automatic choice. */
#define KU_ETS_LONGEST_SEASON 24

typedef struct ku_ets_fit {
    ku_ets_model model;
    int n, season;                  /* observations; periods in a season (1: none) */
    int unknowns;                   /* smoothing parameters and free initial states */
    double alpha, beta, gamma, phi; /* beta, gamma 0 and phi 1 where the model has none */
    double level0, slope0;          /* states before the first observation */
    double level, slope;            /* states after the last */
    double *seasonal0;              /* seasonal0[j]: factor of observation j, j < season */
    double *seasonal;               /* seasonal[j]: factor of forecast step j + 1, j < season */
    double loglik; /* -(n ln(sum of squared errors) + 2 sum ln|fitted|, the latter for
                      multiplicative errors) / 2: the concentrated Gaussian likelihood
                      without its constants, HKOS eq. 5.3 */
    double aicc;   /* -2 loglik + 2 k + 2 k (k + 1) / (n - k - 1), k = unknowns + 1 */
    double sigma2; /* sum of squared errors / (n - unknowns); relative for 'M' */
} ku_ets_fit;

typedef struct ku_ets_work ku_ets_work;

/* Memory for series of up to `observations` values and seasons of up to `season`
 * periods; NULL when that is more than the machine has. */
ku_ets_work *ku_ets_work_new(ku_arena *arena, int observations, int season);

/* Whether the model can be estimated: enough observations (n >= unknowns + 3, so that
 * the AICc exists), a season that was seen (n > season), and only positive values for
 * multiplicative parts. `y` finite. */
bool ku_ets_possible(ku_ets_model model, const double *y, int n, int season);

/* Fits one possible model by maximum likelihood. False when no parameters give a
 * finite likelihood. `fit` stays valid until the work is used for another series. */
bool ku_ets_fit_model(ku_ets_work *work, ku_ets_model model, const double *y, int n, int season,
                      ku_ets_fit *fit);

/* Fits every possible model of the list (bit i of `allowed` is ku_ets_models[i]) and
 * keeps the one with the smallest AICc. False when there is none. */
bool ku_ets_choose(ku_ets_work *work, unsigned allowed, const double *y, int n, int season,
                   ku_ets_fit *fit);

/* One-step fits of the observations; fitted[n]. */
void ku_ets_fitted(ku_ets_work *work, const ku_ets_fit *fit, const double *y, double *fitted);

/* Mean and variance of the observation 1..h periods after the last; exact for all 15
 * models. Class 1, additive errors: HKOS eq. 6.1 and table 6.1; classes 2 and 3,
 * multiplicative errors: the moments of a product of independent matrices (HKOS
 * sections 6.3 and 6.4, where the second is written with Kronecker products). */
void ku_ets_predict(const ku_ets_fit *fit, int h, double *mean, double *variance);

#endif
