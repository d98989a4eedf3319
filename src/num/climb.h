/* climb.h - the maximum of a likelihood of a few unknowns whose gradient is known, from
 * several starts, and how sharp it is. Owns nothing and allocates nothing.
 *
 * Each start climbs by the quasi-Newton method of bfgs.h, from the curvature where it begins. */
#ifndef KU_NUM_CLIMB_H
#define KU_NUM_CLIMB_H

#include <stdbool.h>

#define KU_CLIMB_UNKNOWNS 6 /* at most */

typedef struct ku_climb_problem {
    int unknowns;
    const double *lower, *upper; /* finite; an unknown's size should be of the order of 1 */
    double weight;               /* observations, > 0: sets what is close enough */
    /* The log-likelihood at x, -INFINITY where it has none; its derivatives are put
     * into `gradient`. */
    double (*loglik)(void *data, const double *x, double *gradient);
    void *data;
} ku_climb_problem;

typedef struct ku_climb_peak {
    double x[KU_CLIMB_UNKNOWNS];
    double loglik; /* -INFINITY: no start had a likelihood */
    /* The inverse of the curvature for the unknowns that are free, rows `unknowns` apart; 0
     * for those at a bound. */
    double covariance[KU_CLIMB_UNKNOWNS * KU_CLIMB_UNKNOWNS];
    bool edge[KU_CLIMB_UNKNOWNS]; /* ended at a bound */
    bool at_edge;                 /* any of them did */
    bool curved;                  /* it is a peak in all free directions; else covariance is 0 */
    bool converged;
    int starts, agreed; /* starts tried; those that ended within 1e-6 of the best, relative */
} ku_climb_peak;

/* The best end of `count` climbs from starts[count * unknowns], each within the bounds. */
ku_climb_peak ku_climb(const ku_climb_problem *problem, const double *starts, int count);

#endif
