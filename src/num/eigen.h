/* eigen.h - eigenvalues and eigenvectors of a symmetric matrix of up to a few hundred rows. Owns
 * nothing; the caller gives all memory. */
#ifndef KU_NUM_EIGEN_H
#define KU_NUM_EIGEN_H

#include <stdbool.h>
#include <stddef.h>

/* Of the symmetric n x n matrix a (rows n apart, read whole): values ascend, and row k of a
 * becomes the k-th eigenvector, of length 1. `work` has
 * ku_eigen_room(n) doubles. Reflections to three
 * diagonals, then implicit QL steps (Golub & Van Loan 2013, Matrix Computations, algorithms
 * 8.3.1 and 8.3.2 with Wilkinson's shift). False when a is not finite or a value takes more than
 * 50 steps, which is not known to happen. */
size_t ku_eigen_room(int n);
bool ku_symmetric_eigen(double *a, int n, double *values, double *work);

#endif
