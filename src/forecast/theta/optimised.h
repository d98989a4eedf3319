/* optimised.h - the Theta method with the weight of the trend estimated too, on one series
 * without season; the trend line either of the whole past or, dynamic, of the past at each
 * time. The caller owns all arrays. Values should be of moderate size.
 *
 * Source: Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler (2016), Models for optimising
 * the theta method and their relationship to state space models, Int. J. Forecasting 32:
 * section 2 (the static and the dynamic optimised models, OTM and DOTM). */
#ifndef KU_FORECAST_THETA_OPTIMISED_H
#define KU_FORECAST_THETA_OPTIMISED_H

#include <stdbool.h>

typedef struct ku_optimised_theta {
    bool dynamic;
    int n;
    double alpha;  /* of the smoothing, in [.1, .99] */
    double weight; /* of the trend, 1 - 1 / theta, in [0, 1]: .5 is the classic theta of 2 */
    double level0, level;
    double mean, slope; /* of the observations; of their least-squares line, a period */
    double squares;     /* sum of the squared errors; dynamic: without the first */
    double sigma2;      /* squares / (n - 3), dynamic: (n - 4) */
} ku_optimised_theta;

/* Fits by least squares, to the smallest sum there is; room[2 n]. n >= 5. */
void ku_optimised_theta_fit(const double *y, int n, bool dynamic, double *room,
                            ku_optimised_theta *fit);

/* The model with alpha and weight given: what remains is the start of the level. The sum
 * of squares. Same room. */
double ku_optimised_theta_at(const double *y, int n, bool dynamic, double alpha, double weight,
                             double *room, ku_optimised_theta *fit);

/* mean[h], and the variance of the observation; exact for the model with known
 * parameters. */
void ku_optimised_theta_predict(const ku_optimised_theta *fit, int h, double *mean,
                                double *variance);
/* One-step forecasts of the observations; fitted[n]. The dynamic model knows no line before
 * the first observation, whose fit is made with that observation itself for a mean. */
void ku_optimised_theta_fitted(const ku_optimised_theta *fit, const double *y, double *fitted);

#endif
