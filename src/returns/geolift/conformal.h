/* conformal.h - tests and intervals of an effect by permuting residuals. Owns nothing.
 *
 * Under a hypothesis about the effect all periods are alike, those of the window too: the series
 * less that effect is matched on all of them, and the residuals of the window are set against
 * those of other times. Chernozhukov, Wuethrich & Zhu (2021), An exact and robust conformal
 * inference method for counterfactual and synthetic controls, JASA 116, eqs. (2) and (3). */
#ifndef KU_RETURNS_GEOLIFT_CONFORMAL_H
#define KU_RETURNS_GEOLIFT_CONFORMAL_H

#include "kemudi/rng.h"
#include "returns/geolift/synth.h"

typedef enum ku_lift_test {
    /* |mean of the window's residuals|: is the average effect another one? */
    KU_LIFT_AVERAGE,
    /* sum of |residuals|: was there another effect in any period? (S_1 of eq. (2)) */
    KU_LIFT_ANY,
} ku_lift_test;

/* The share of the `count` cyclic shifts of the residuals (moving blocks, the permutations of
 * eq. (3)) whose last `window` are at least as extreme as those observed, which count too. Valid
 * where neighbouring periods miss alike. */
double ku_conformal_blocks(const double *residual, int count, int window, ku_lift_test test);
/* The same over `draws` random orders: valid where periods miss independently. The observed
 * order is one of draws + 1. Sum of |residuals| only: of an average whose residuals add up to 0
 * over all periods random orders think too well. `room` has space for count ints. */
double ku_conformal_days(const double *residual, int count, int window, int draws, ku_rng *rng,
                         int *room);

typedef struct ku_lift_interval {
    double lo, hi; /* -INFINITY, INFINITY: no limit, the periods are too few to set one */
} ku_lift_interval;

/* The effects, alike in all of the last `window` periods of the fit, that the test by blocks does
 * not reject at 1 - confidence. `synth` is fitted to all periods, the window last; it is fitted
 * anew to other effects. `about` is where to look. */
ku_lift_interval ku_conformal_interval(ku_synth *synth, int window, ku_lift_test test,
                                       double confidence, double about);

#endif
