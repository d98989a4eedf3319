/* linear.h - small dense linear algebra for kernels: symmetric positive definite
 * systems and least squares with a handful of unknowns. Owns nothing; the caller
 * gives all memory. Large matrices belong to LAPACK, not here. */
#ifndef KU_NUM_LINEAR_H
#define KU_NUM_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

/* Factors the symmetric n x n matrix a = L L' in place: rows `stride` apart, only the
 * lower triangle is read, L replaces it. False when a is not positive definite in
 * floating point; a is then spoilt. Golub & Van Loan (2013), Matrix Computations,
 * algorithm 4.2.1. */
bool ku_cholesky(double *a, int n, int stride);
/* Solves L L' x = b with the factor from ku_cholesky; x replaces b. */
void ku_cholesky_solve(const double *l, int n, int stride, double *b);

enum { KU_INVERT_MOST = 64 };

/* The inverse of a Hessian over the unknowns that it tells apart, rows n apart; 0 for the others
 * and for all whose own second derivative is not above 0 or drowns in what the unknowns before
 * tell. known[i] says which they are. n <= KU_INVERT_MOST; room: n (n + 1)
 * doubles. */
void ku_invert_known(const double *hessian, int n, bool *known, double *inverse, double *room);

/* Least squares by Householder reflections (Golub & Van Loan, section 5.3.2): finds x
 * that minimises |a x - b| for a of `rows` x `columns`, stored by columns, spoiling a
 * and b. A column that depends on those before it gets the coefficient 0. Returns the
 * residual sum of squares. `rows` must be at least `columns`. */
double ku_least_squares(double *a, int rows, int columns, double *b, double *x);

/* Intercept and slope of the least-squares line through (1, y[0]), (2, y[1]), ...;
 * with one point the slope is 0. n >= 1. */
void ku_line_fit(const double *y, int n, double *intercept, double *slope);

#endif
