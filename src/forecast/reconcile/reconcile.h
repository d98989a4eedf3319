/* reconcile.h - forecasts of leaves and of everything they add up to, made to add up. The
 * reconciler lives in the arena it was made in and is read by any number of threads, each
 * with a work memory of its own.
 *
 * Every method is y~ = S P y^ with a P of its own: Hyndman & Athanasopoulos (2021),
 * Forecasting: Principles and Practice, 3rd ed., chapter 11; the best linear unbiased P for
 * errors with covariance W (MinT) is Wickramasuriya, Athanasopoulos & Hyndman (2019), JASA
 * 114, 804-819, theorem 1. W is kept as a diagonal and the errors of the past periods
 * (diagonal + low rank), so that time and memory are linear in the nodes. */
#ifndef KU_FORECAST_RECONCILE_RECONCILE_H
#define KU_FORECAST_RECONCILE_RECONCILE_H

#include "forecast/reconcile/hierarchy.h"

typedef enum ku_reconcile_method {
    KU_BOTTOM_UP,
    KU_TOP_DOWN,          /* the total by the given shares */
    KU_TOP_DOWN_FORECAST, /* by the shares of the forecasts themselves, level by level */
    KU_OLS,               /* W = I */
    KU_WLS_STRUCTURE,     /* W = number of leaves in the node */
    KU_WLS_VARIANCE,      /* W = variances of the errors */
    KU_MINT,              /* W = shrunk covariance of the errors */
} ku_reconcile_method;

/* Errors used for the covariance, at most: the latest. */
enum { KU_RECONCILE_PERIODS = 200 };

typedef struct ku_reconcile_options {
    ku_reconcile_method method;
    /* Top-down: of each leaf in the total, adding up to 1. */
    const double *share;
    /* KU_WLS_VARIANCE, KU_MINT: mean square of each node's one-step errors; a leaf with 0
     * keeps its forecast. */
    const double *variance;
    /* KU_MINT: error[t * nodes + i] scaled as in shrink.h, and the shrinkage. */
    const double *error;
    int periods;
    double shrinkage;
} ku_reconcile_options;

typedef struct ku_reconciler ku_reconciler;

/* NULL when the memory does not suffice. What the options point to is kept, not copied.
 * Top-down methods need a total: ku_hierarchy_total(h) >= 0. */
ku_reconciler *ku_reconciler_new(ku_arena *arena, const ku_hierarchy *h,
                                 const ku_reconcile_options *options);
/* Doubles of work memory for one thread. */
size_t ku_reconciler_room(const ku_reconciler *r);

/* base[nodes] to reconciled[nodes], which may be the same array. The sums are sums of the
 * leaves, so they add up to the last bits. `tolerance`: of ku_projection_solve. */
void ku_reconcile(const ku_reconciler *r, const double *base, double tolerance, double *reconciled,
                  double *work);

/* Whether the reconciler can be used with ku_reconcile_bounded: the least-squares methods. */
bool ku_reconciler_least_squares(const ku_reconciler *r);

/* How a non-negative reconciliation ended. */
typedef struct ku_bounded_end {
    bool optimal; /* all conditions of the optimum hold */
    int rounds;   /* sets of leaves tried */
    int zeros;    /* leaves held at zero */
} ku_bounded_end;

/* The same least squares with x >= 0 for the leaves with bounded[leaf], not thread-safe on
 * one reconciler: Wickramasuriya, Turlach & Hyndman (2020), Statistics and Computing 30,
 * 1167-1182, by block principal pivoting (Kim & Park 2011, SIAM J. Sci. Comput. 33, 3261)
 * with their backup rule. Always ends: after at most 60 rounds what is still negative is
 * set to zero and `optimal` is false. Methods without least squares set it to zero at
 * once. */
ku_bounded_end ku_reconcile_bounded(ku_reconciler *r, const double *base, const bool *bounded,
                                    double *reconciled, double *work);

#endif
