/* impact.h - what an intervention changed in a series: actual values against what a structural
 * time series, taught by the periods before it, expects of those from it on. Owns nothing;
 * results lie in the arena. */
#ifndef KU_RETURNS_IMPACT_H
#define KU_RETURNS_IMPACT_H

#include "returns/impact/structural.h"

/* The series in its own units. Periods [0, first) are those before the intervention, those of
 * [first, n) are with it. At least 3 values, not all the same, before it, and one from it on. */
typedef struct ku_impact_series {
    int n, first;
    const double *value; /* [n] */
    const bool *seen;    /* [n] */
    int columns;
    const double *x; /* column j at x[j * n]: no gaps, each varies (ku_impact_column_varies) */
} ku_impact_series;

/* Whether there is that much to learn from and to look at. */
bool ku_impact_possible(const ku_impact_series *series);
/* Whether the column's values before `first` say how far it usually moves: they are not about
 * the same, and those after do not lie a million times further apart. */
bool ku_impact_column_varies(const double *x, int n, int first);

typedef struct ku_impact_options {
    ku_structural_options structural;
    double confidence; /* of intervals, .95 */
    ku_pool *pool;
    bool (*stop)(void *data); /* or NULL */
    void *stop_data;
} ku_impact_options;

typedef struct ku_impact_estimate {
    double mean, sd, lo, hi;
} ku_impact_estimate;

/* Over the periods from the intervention on that have a value. */
typedef struct ku_impact_total {
    double actual;
    ku_impact_estimate predicted, effect;
    ku_impact_estimate relative; /* effect of what is predicted; NAN where that may be 0 */
} ku_impact_total;

typedef struct ku_impact_period {
    ku_impact_estimate predicted;
    ku_impact_estimate effect;     /* before the intervention: what is left */
    ku_impact_estimate cumulative; /* 0 before the intervention */
} ku_impact_period;

typedef struct ku_impact_column {
    double counts; /* share of the draws in which it does */
    /* Change of the series with one unit of the column, where it counts; NAN where it never
     * does, or where the two are of sizes that cannot be compared. */
    ku_impact_estimate coefficient;
    double share; /* mean change of the series with one sd of the column, in sds of the series */
} ku_impact_column;

typedef struct ku_impact {
    int periods;              /* with a value, from the intervention on */
    ku_impact_total sum;      /* of them */
    ku_impact_total average;  /* a period */
    double tail;              /* chance of a sum at least as far on its side without an effect */
    ku_impact_period *period; /* [n] */
    ku_impact_column *column; /* [columns] */
    double explained;         /* share of the variance before the intervention, one period ahead */
    double off;               /* mean error one period ahead before the intervention, its size */
    double rhat, draws_worth; /* of the sum: agreement of the chains, effective draws */
    double error;             /* of the mean of the sum, for want of draws */
} ku_impact;

/* KU_NO_MEMORY, KU_CANCELLED. */
ku_status ku_impact_estimate_effect(const ku_impact_series *series,
                                    const ku_impact_options *options, ku_arena *arena,
                                    ku_impact *out, ku_error *err);

/* A pretended intervention at `first`, where there was none, over `periods` periods. */
typedef struct ku_impact_placebo {
    int first, periods;
    ku_impact_estimate effect;   /* a period */
    ku_impact_estimate relative; /* NAN where what is predicted may be 0 */
    bool covers;                 /* its interval holds 0 */
    int inside, seen;            /* values inside their intervals, of those with a value */
} ku_impact_placebo;

/* Up to `most` of them spread over the later half of the periods before the intervention; the
 * number of them, 0 where there are too few periods. Each learns from at least half of these. */
ku_status ku_impact_placebos(const ku_impact_series *series, const ku_impact_options *options,
                             int most, ku_arena *arena, ku_impact_placebo *out, int *count,
                             ku_error *err);

/* How far a column moved at the intervention: the mean of its first periods from it on less
 * that of as many before, and how that compares with all other places before. */
typedef struct ku_impact_move {
    double jump;     /* relative to the mean before; NAN where that is 0 */
    double compared; /* its size over the largest one at another place; NAN: no other place */
    int places;
} ku_impact_move;
ku_impact_move ku_impact_moved(const double *x, int n, int first);

#endif
