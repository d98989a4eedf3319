/* gauss.h - points and weights of Gauss' and Legendre's rules for integrals over [0, 1].
 * Constants; owns nothing. */
#ifndef KU_NUM_GAUSS_H
#define KU_NUM_GAUSS_H

#define KU_GAUSS_POINTS 16 /* at most */

/* The integral of f over [0, 1] is the sum of weight[i] f(node[i]), exactly so for
 * polynomials up to the degree 2 points - 1. Nodes ascend. */
typedef struct ku_gauss {
    int points;
    double node[KU_GAUSS_POINTS], weight[KU_GAUSS_POINTS];
} ku_gauss;

extern const ku_gauss ku_gauss_4, ku_gauss_8, ku_gauss_16;

#endif
