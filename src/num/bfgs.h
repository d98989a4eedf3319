/* bfgs.h - the minimum of a smooth function whose gradient is known, within bounds, for a
 * handful of unknowns. The caller gives the memory (ku_bfgs_room) and the function; nothing
 * is allocated here.
 *
 * Method: quasi-Newton with the update of Broyden, Fletcher, Goldfarb and Shanno, damped as
 * by Powell (Nocedal & Wright 2006, Numerical Optimization, procedure 18.2), backtracking
 * along the step; a variable that stands at a bound and is pushed outward is held there
 * (Bertsekas 1982, SIAM J. Control Optim. 20). */
#ifndef KU_NUM_BFGS_H
#define KU_NUM_BFGS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ku_bfgs_problem {
    int unknowns;
    const double *lower, *upper; /* may be infinite */
    /* The value at x and its gradient; a value that is not finite where x is not allowed. */
    double (*value)(void *data, const double *x, double *gradient);
    void *data;
} ku_bfgs_problem;

typedef struct ku_bfgs_options {
    int evaluations;      /* at most */
    double tolerance;     /* stop once a step promises to lower the value by less than this */
    double longest;       /* no variable moves further in a step */
    const double *enough; /* stop at a value below this; NULL: never */
} ku_bfgs_options;

typedef struct ku_bfgs_result {
    double value; /* at the x returned; INFINITY when the start is not allowed */
    int evaluations;
    bool converged; /* a step promised less than the tolerance */
} ku_bfgs_result;

/* Number of doubles of work memory for that many unknowns. */
size_t ku_bfgs_room(int unknowns);
/* Improves x, which must be within the bounds, and leaves its gradient in `gradient`.
 * `hessian` (unknowns x unknowns) is the curvature to begin with, positive definite, or all
 * zero where nothing is known of it; it comes back as the search sees it in the end. With a
 * Hessian from elsewhere a few evaluations do. */
ku_bfgs_result ku_bfgs(const ku_bfgs_problem *problem, const ku_bfgs_options *options, double *x,
                       double *gradient, double *hessian, double *work);

/* The Hessian at x by differences of the gradient, 1e-4 max(1, |x|) to either side as far as the
 * bounds allow: about eight digits. With `rough` to one side: half the evaluations, three or four
 * digits. `work` as above. */
void ku_bfgs_hessian(const ku_bfgs_problem *problem, const double *x, bool rough, double *hessian,
                     double *work);

#endif
