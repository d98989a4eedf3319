/* synth.h - a series matched by a mixture of others, period by period: the synthetic control.
 * A ku_synth and all it points to live in the arena it was made in; it belongs to one thread.
 *
 * Series are compared after each has lost its mean over the periods matched on (fixed effects),
 * so that donors need to move like the target, not to be of its size. Weights are not below 0
 * and add up to 1: Abadie, Diamond & Hainmueller (2010), JASA 105, eq. (2); Doudchenko & Imbens
 * (2016) for the constant. With a ridge, what the mixture leaves over is made up by a regression
 * on the periods before, which may take weights a little below 0: Ben-Michael, Feller &
 * Rothstein (2021), The augmented synthetic control method, JASA 116, eq. (12) and lemma 1. */
#ifndef KU_RETURNS_GEOLIFT_SYNTH_H
#define KU_RETURNS_GEOLIFT_SYNTH_H

#include <math.h>

#include "kemudi/arena.h"

/* The target and those it may be matched by. */
typedef struct ku_synth_case {
    int donors, periods;
    const double *target; /* periods */
    const double *donor;  /* donors x periods */
} ku_synth_case;

#define KU_NO_RIDGE INFINITY

typedef struct ku_synth {
    const ku_synth_case *of;
    double lambda;         /* KU_NO_RIDGE: the mixture alone */
    double *weight;        /* donors: what the counterfactual is made of */
    double *mixture;       /* donors: before the ridge */
    double mixture_square; /* the mixture's sum of squares left over */
    double imbalance;      /* root of the sum of squares left over in the periods matched on */
    double uniform;        /* the same with all weights alike */
    double gap;            /* the mixture's imbalance squared is above the least by this at most */
    double *residual;      /* of the periods matched on, in their order */

    /* private */
    int *period, count;
    double *level, target_level;  /* means */
    double *lost, moved;          /* of each period matched on; their mean */
    double *gram, *cross, square; /* inner products of the series less their means */
    double gram_sum;
    double *centred;       /* donors x periods matched on: room */
    double *factor, *work; /* of the ridge; of the solver */
    int *room;
} ku_synth;

ku_synth *ku_synth_new(ku_arena *arena, const ku_synth_case *of);

/* Matches on period[count], count >= 2. */
void ku_synth_fit(ku_synth *synth, const int *period, int count, double lambda);
/* Matches on the periods of `base`, a fit of the same case, without period t, or with it as the
 * last: one pass over the products in place of one over all periods. */
void ku_synth_fit_without(ku_synth *synth, const ku_synth *base, int t, double lambda);
void ku_synth_fit_with(ku_synth *synth, const ku_synth *base, int t, double lambda);
/* The fit again as if the target were lower by `by` times shape[last] (NULL: 1 each) in the last
 * `last` of its periods. Each call starts from the target as it was observed. */
void ku_synth_lower(ku_synth *synth, int last, double by, const double *shape);
/* The target less the counterfactual in period t, as observed. */
double ku_synth_gap(const ku_synth *synth, int t);
/* The counterfactual of period t. */
double ku_synth_expected(const ku_synth *synth, int t);

/* Inner products of all regions, less their means, over the first `count` periods: what many
 * choices of target and donors among them share. */
typedef struct ku_synth_products {
    int regions, count;
    double *level; /* regions */
    double *gram;  /* regions x regions */
} ku_synth_products;

/* `centred` is room for regions x count. */
void ku_synth_multiply(const double *value, int periods, ku_synth_products *of, double *centred);
/* Matches the mean of the regions treated[treated_count] by donor[synth->of->donors], whose series
 * the synth's case holds, on the periods of the products; without a ridge. */
void ku_synth_fit_shared(ku_synth *synth, const ku_synth_products *all, const int *donor,
                         const int *treated, int treated_count);

/* The ridge's penalty for period[count], count >= 3: of 21 from the largest eigenvalue of the
 * donors' products (about the donors' mean) down to 1e-8 of it the largest whose squared error of
 * periods left out one by one is within a standard error of the least. The rule and grid of
 * augsynth 0.2 (ebenmichael/augsynth, R/ridge.R), whose results this reproduces. */
double ku_synth_lambda(ku_synth *synth, const int *period, int count, ku_arena *arena);

#endif
