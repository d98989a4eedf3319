/* projection.h - weighted least squares onto what adds up, for errors that are independent
 * from node to node. The setup and the work memory live in the arena; one piece of work
 * memory serves one thread.
 *
 * Given targets z for every node, find the leaves x that make
 *   sum over nodes (z - S x)^2 / d          (d: variance of the node's error)
 * smallest. The normal equations of a tree are solved exactly in one pass up and one down,
 * in time linear in the nodes; crossed levels by conjugate gradients whose preconditioner
 * solves each chain of nested levels exactly. */
#ifndef KU_FORECAST_RECONCILE_PROJECTION_H
#define KU_FORECAST_RECONCILE_PROJECTION_H

#include "forecast/reconcile/hierarchy.h"

typedef struct ku_projection ku_projection;

/* A projection; set it before use. NULL when the memory does not suffice. */
ku_projection *ku_projection_new(ku_arena *arena, const ku_hierarchy *h);
/* d[nodes] > 0, or 0 for leaves that must keep their target. fixed[leaves]: those leaves
 * get x = 0 whatever their target; NULL: none. Both
 * are kept, not copied. */
void ku_projection_set(ku_projection *p, const double *d, const bool *fixed);
/* Doubles of work memory. */
size_t ku_projection_room(const ku_hierarchy *h);
/* x[leaves], and lambda[aggregates] = (z - S x) / d at the optimum. `tolerance` is that of
 * the residual relative to its start and matters only for crossed levels. Returns the
 * iterations used (0 for a tree). */
int ku_projection_solve(const ku_projection *p, const double *z, double tolerance, double *x,
                        double *lambda, double *work);

#endif
