/* futures.h - intervals of forecasts that add up, from simulated futures that add up. The
 * caller owns all arrays; the work memory lives in an arena.
 *
 * One future: every node's base forecast errs at once, as the errors of two periods of the
 * past did, added with random weights that keep their covariance, with an independent part
 * of the share `shrinkage`, and scaled to the node's own interval. The erring forecasts are reconciled like the forecasts themselves, so
 * each future adds up and, where asked, has no negative leaf; the bounds are quantiles over
 * the futures. After Panagiotelis, Gamakumara, Athanasopoulos & Hyndman (2023), European
 * Journal of Operational Research 306, 693-706 (reconciling a sample), and Ben Taieb, Taylor
 * & Hyndman (2021), JASA 116, 27-43 (joining the nodes by the ranks of their errors). */
#ifndef KU_FORECAST_RECONCILE_FUTURES_H
#define KU_FORECAST_RECONCILE_FUTURES_H

#include "forecast/method.h"
#include "forecast/reconcile/reconcile.h"
#include "kemudi/pool.h"

typedef struct ku_futures_options {
    const ku_hierarchy *hierarchy;
    const ku_reconciler *reconciler;
    const float *score;  /* score[t * nodes + i]: normal score of node i's error in period t
                            among its own, NAN where there is none */
    int periods;         /* 0: errors are drawn independently */
    double shrinkage;    /* 0..1 */
    const bool *bounded; /* leaves that must not be negative */
    int count;           /* futures */
    uint64_t seed;
} ku_futures_options;

/* The base forecasts of one period ahead: by node. */
typedef struct ku_futures_base {
    const double *mean, *bound[KU_BOUNDS];
} ku_futures_base;

typedef struct ku_futures ku_futures;

/* NULL when the memory does not suffice: 4 bytes a node and future. The options are copied,
 * what they point to is not. */
ku_futures *ku_futures_new(ku_arena *arena, const ku_futures_options *options, unsigned threads);

/* Sets the base forecasts of a period; `stream` tells the periods' random numbers apart. */
void ku_futures_set(ku_futures *f, const ku_futures_base *base, uint64_t stream);
/* One future of every node into y[nodes], on the memory of `thread`. Same number, same bits. */
void ku_futures_draw(ku_futures *f, int number, unsigned thread, double *y);
/* All futures, and their quantiles of ku_bound_share for every node. */
void ku_futures_bounds(ku_futures *f, ku_pool *pool, double *const bound[KU_BOUNDS]);

/* score of error[n], finite: the normal quantile of (rank - 1/2) / n, equal errors sharing
 * their mean rank. `order` is room for n. */
void ku_normal_scores(const double *error, int n, int *order, double *score);

#endif
