/* nelder.h - the simplex search of Nelder and Mead for a few unknowns. The caller gives
 * all memory; nothing is allocated here.
 *
 * It stops where the simplex is small in value, which need not be a minimum: prefer
 * levenberg.h or brent.h. It is here for the sake of results that must be those of
 * programs that use it. */
#ifndef KU_NUM_NELDER_H
#define KU_NUM_NELDER_H

#include <stddef.h>

/* INFINITY where x is not allowed. */
typedef double ku_nelder_fn(void *data, const double *x);

/* Number of doubles of work memory for that many unknowns. */
size_t ku_nelder_room(int unknowns);

/* Improves x, where fn must be finite, and returns the value there. The step at the start
 * is a tenth of the largest |x|; the end comes when all corners are within `tolerance`
 * (|first value| + tolerance) of the best or after `evaluations`. Nash (1990), Compact
 * Numerical Methods for Computers, 2nd ed., algorithm 19, with reflection 1, contraction
 * 1/2, expansion 2: corner for corner the search of R's optim(). */
double ku_nelder(ku_nelder_fn *fn, void *data, int unknowns, double tolerance, int evaluations,
                 double *x, double *room);

#endif
