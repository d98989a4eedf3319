/* nearest.h - the mixture of given points that lies nearest to a target: weights not below 0
 * that add up to 1. The caller gives all memory; nothing is allocated here.
 *
 * The points are known by their inner products alone, so that thousands of them cost no more
 * than their number squared. Method: Wolfe (1976), Finding the nearest point in a polytope,
 * Mathematical Programming 11, 128-149. It ends after finitely many steps with the exact
 * solution, whichever points depend on each other. */
#ifndef KU_NUM_NEAREST_H
#define KU_NUM_NEAREST_H

#include <stddef.h>

typedef struct ku_nearest_result {
    double square; /* squared distance of the mixture from the target */
    double gap;    /* the square is above the least possible by this at most: the condition of
                      Karush, Kuhn and Tucker, 2 (square - min over j of <mixture, point j>) */
    int steps;
} ku_nearest_result;

/* Number of doubles of work memory for that many points. */
size_t ku_nearest_room(int points);

/* Points by the inner products with each other and with the target. */
typedef struct ku_nearest_points {
    int points;             /* >= 1 */
    const double *products; /* points x points, both triangles */
    const double *cross;    /* points: with the target */
    double square;          /* of the target */
} ku_nearest_points;

/* weight[points] comes in as the place to begin from, as an earlier call left it, or all 0; it
 * leaves as the solution. `room` has space for as many ints. */
ku_nearest_result ku_nearest(const ku_nearest_points *of, double *weight, double *work, int *room);

#endif
