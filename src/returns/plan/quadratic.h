/* quadratic.h - the best amounts under limits on sums of them, where the gain of each amount is
 * a line bent down by a parabola: what the planner solves at every step. The caller owns all
 * arrays; memory for the work comes from the arena.
 *
 * Method: primal-dual interior points with Mehrotra's corrector (Nocedal & Wright 2006,
 * Numerical Optimization, algorithm 14.3 and section 16.6); each step solves for the prices of
 * the limits alone, as the amounts do not interact otherwise. */
#ifndef KU_RETURNS_PLAN_QUADRATIC_H
#define KU_RETURNS_PLAN_QUADRATIC_H

#include <stdbool.h>

#include "kemudi/arena.h"

/* Maximise sum of gain[i] x[i] - bend[i] / 2 (x[i] - centre[i])^2 with low <= x <= high and, for
 * each row, least <= sum of coefficient x over its members <= most. */
typedef struct ku_quadratic {
    int cells, rows;
    const double *gain, *bend, *centre; /* [cells]; bend > 0 */
    const double *low, *high;           /* [cells]; finite, low <= high */
    const int *start;                   /* [cells + 1]: where a cell's memberships begin */
    const int *row;                     /* its rows */
    const double *coefficient;          /* NULL: all 1 */
    const double *least, *most;         /* [rows]; may be infinite */
} ku_quadratic;

/* Fills x[cells] and the rows' prices[rows] (what one more unit of the limit would bring; NULL:
 * not asked for). False when no x satisfies the limits, or none was found. */
bool ku_quadratic_solve(const ku_quadratic *problem, ku_arena *arena, double *x, double *prices);

#endif
