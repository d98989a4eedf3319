/* nodes.h - the past of every node and the forecast of each by itself. All lies in the run's
 * arena. */
#ifndef KU_DEMAND_HIERARCHY_NODES_H
#define KU_DEMAND_HIERARCHY_NODES_H

#include "forecast/outlook.h"
#include "forecast/reconcile/hierarchy.h"
#include "forecast/series.h"

typedef struct nodes_past {
    const ku_hierarchy *h;
    ku_series_period period;
    int64_t first; /* date of the first period */
    int periods;   /* of the longest past */
    double *value; /* value[i * periods + t] of node i */
    int *start;    /* nodes: its first period */
    int ended;     /* leaves that ended before the others, zeros since */
} nodes_past;

/* Counts every period of the set's series without a value as zero, in place of the values
 * between the neighbours, and those with many gaps too: for files that leave out what was not
 * sold. False when the memory does not suffice. */
bool nodes_zero_gaps(const ku_frame *table, ku_series_set *set, ku_arena *arena);

/* leaf[leaves]: series of the same period in the order of the hierarchy's leaves. */
ku_status nodes_add_up(const ku_series *const *leaf, const ku_hierarchy *h,
                       const ku_series_period *period, ku_arena *arena, nodes_past *out,
                       ku_error *err);

/* The errors of the one-step forecasts, for the covariance. */
typedef struct nodes_errors {
    int periods;      /* the latest ones */
    double *variance; /* nodes: mean square */
    double *error;    /* error[t * nodes + i], mean square 1 or all 0 */
    float *score;     /* normal scores, NAN where there is no error */
    double shrinkage;
} nodes_errors;

/* From the fitted values of each node's outlook. False when the memory does not suffice. */
bool nodes_find_errors(const nodes_past *past, const ku_outlook *outlook, ku_arena *arena,
                       nodes_errors *out);

#endif
