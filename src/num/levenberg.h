/* levenberg.h - least squares that are not linear, within bounds. The caller gives
 * the memory (ku_levenberg_room) and the two functions of the problem; nothing is
 * allocated here.
 *
 * Method: Levenberg-Marquardt with Nielsen's damping (Madsen, Nielsen & Tingleff
 * 2004, Methods for Non-Linear Least Squares Problems, section 3.2 and eq. 2.21) on
 * the variables that are free; one that stands at a bound and is pushed outward is
 * held there, and a step that meets a bound is solved again with that variable fixed
 * on it (the projected active set of Bertsekas 1982, SIAM J. Control Optim. 20). */
#ifndef KU_NUM_LEVENBERG_H
#define KU_NUM_LEVENBERG_H

#include <stddef.h>

typedef struct ku_levenberg_problem {
    int unknowns;
    const double *lower, *upper; /* may be infinite */
    /* ln F at x, where F > 0 is the sum of squares to be made small; INFINITY where x
     * is not allowed. */
    double (*value)(void *data, const double *x);
    /* At x, whose value was finite: half the gradient of F and J'J (lower triangle,
     * rows `unknowns` apart), both divided by F. */
    void (*normal)(void *data, const double *x, double *matrix, double *gradient);
    void *data;
} ku_levenberg_problem;

typedef struct ku_levenberg_options {
    int iterations;     /* at most */
    double tolerance;   /* stop once a step promises less than this share of F */
    double good_enough; /* stop early where F cannot be expected below exp(this); INFINITY: never */
} ku_levenberg_options;

typedef struct ku_levenberg_result {
    double value;   /* ln F at the x returned */
    int iterations; /* steps tried */
} ku_levenberg_result;

/* Number of doubles of work memory for that many unknowns. */
size_t ku_levenberg_room(int unknowns);
/* Improves x, which must be within the bounds. With a start that is not allowed x
 * stays and the value is INFINITY. */
ku_levenberg_result ku_levenberg(const ku_levenberg_problem *problem,
                                 const ku_levenberg_options *options, double *x, double *work);

#endif
