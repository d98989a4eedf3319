/* combine.h - the forecast of several methods together, each weighing by what it missed on
 * the held-out end of the series. The work is taken from an arena, for one thread; the
 * arrays of `ahead` are the caller's. */
#ifndef KU_FORECAST_COMBINE_H
#define KU_FORECAST_COMBINE_H

#include "forecast/combine/spread.h"
#include "forecast/method.h"

#define KU_COMBINE_MEMBERS 8

/* What kind of series it is decides which methods are asked. */
typedef enum ku_combine_kind {
    KU_COMBINE_USUAL,
    KU_COMBINE_LONG,   /* a season of more than 24 periods, or several seasons */
    KU_COMBINE_SPARSE, /* mostly zero */
    KU_COMBINE_DRIVEN, /* with regressors */
    KU_COMBINE_ASKED,  /* one method that was asked for */
    KU_COMBINE_KINDS,
} ku_combine_kind;

typedef struct ku_combine_member {
    const ku_method *method;
    double prior;  /* weight before anything was missed, over that of a usual member */
    double weight; /* they sum to 1 */
    double missed; /* mean absolute error over the held-out end */
} ku_combine_member;

typedef struct ku_combine_result {
    ku_combine_kind kind;
    int members;
    ku_combine_member member[KU_COMBINE_MEMBERS];
    ku_misses misses; /* of the plain mean, over the held-out end */
} ku_combine_result;

typedef struct ku_combine_work ku_combine_work;

/* Memory for series of up to `longest` values and seasons of up to `season` periods; NULL
 * when the machine has not that much. `asked`: this method alone, with the same care for the
 * interval; NULL: the automatic choice. */
ku_combine_work *ku_combine_work_new(ku_arena *arena, int longest, int season, int horizon,
                                     const ku_method *asked);

/* False where no method can be used. `plain`: intervals are the mean of the methods' own and
 * nothing is held out; the weights are equal then. */
bool ku_combine(ku_combine_work *work, const ku_past *past, bool plain, ku_rng rng, ku_ahead *ahead,
                ku_combine_result *result);

/* The variance of the latest forecast, `step` periods after its first, as the methods have it:
 * their own and what they differ by. */
double ku_combine_variance(const ku_combine_work *work, int step);

/* Weights from the methods' mean absolute errors: proportional to prior / error^power, to
 * the prior where there are none; power 1 was chosen on held-out ends, see bench/cases/m3.c. */
void ku_combine_weigh(ku_combine_member *member, int members, double power);

/* How many values at the end are held out once for a horizon. */
int ku_combine_held_out(int n, int horizon);

/* Whether a series is mostly zero without a season that says when: then methods for sparse
 * demand are asked. */
bool ku_combine_sparse(const ku_past *past);

#endif
