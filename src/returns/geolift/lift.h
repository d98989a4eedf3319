/* lift.h - what happened in the regions treated against what would have happened without: the
 * estimate, its tests and intervals, and how far it can be trusted. Results live in the caller's
 * arena. */
#ifndef KU_RETURNS_GEOLIFT_LIFT_H
#define KU_RETURNS_GEOLIFT_LIFT_H

#include <stdbool.h>

#include "kemudi/arena.h"
#include "kemudi/pool.h"
#include "returns/geolift/conformal.h"

enum { KU_LIFT_LEAST_BEFORE = 4 }; /* periods before the window without which nothing is said */

typedef struct ku_lift_question {
    int regions, periods;
    const double *value; /* regions x periods */
    const int *treated;  /* the regions treated, alike in all periods of the window */
    int treated_count;
    const int *donor; /* regions that may stand for them */
    int donors;
    int first, last; /* periods of the window; those before it are matched on */
    bool ridge;
    double confidence;
    int draws; /* random orders of the test by days */
    uint64_t seed, stream;
} ku_lift_question;

/* What windows of the same length before the campaign, and regions without it, show where
 * nothing was done. */
typedef struct ku_lift_placebo {
    int windows, found;    /* windows tried; of these, an effect "found" at 1 - confidence */
    double window_error;   /* root mean square of their effects, of the treated's level */
    int regions, as_large; /* donors treated as if; of these, with a rise in error as large */
} ku_lift_placebo;

typedef struct ku_lift {
    /* per treated region and period of the window */
    double effect;                   /* the average effect on the treated */
    ku_lift_interval interval;       /* conformal by blocks, of the average */
    ku_lift_interval jackknife;      /* jackknife+ of the average */
    double p_average, p_any, p_days; /* by blocks: average, any; by days: any */
    double level, expected_level;    /* means in the window: actual, counterfactual */
    /* per period, of the mean treated region */
    double *actual, *expected;        /* periods */
    ku_lift_interval *each;           /* periods: interval of the effect; only in the window */
    ku_lift_interval *each_jackknife; /* the same by jackknife+ */
    /* the match */
    double *weight, *mixture; /* donors */
    double lambda, imbalance, uniform, gap;
    double error_before, level_before; /* root mean square of the misses before; the level */
    double alike;                      /* correlation of neighbouring misses before */
    double share_explained;            /* 1 - misses' / target's sum of squares before */
    ku_lift_placebo placebo;
} ku_lift;

/* window >= 1, periods before it >= KU_LIFT_LEAST_BEFORE, donors >= 1; values finite. Same bits
 * whatever the pool's threads (NULL: none). */
void ku_lift_estimate(const ku_lift_question *question, ku_arena *arena, ku_pool *pool,
                      ku_lift *out);

/* The interval of the total or the average that holds at the confidence asked for: the conformal
 * one, or where periods are too few for one the jackknife's. */
ku_lift_interval ku_lift_best_interval(const ku_lift *lift);

#endif
