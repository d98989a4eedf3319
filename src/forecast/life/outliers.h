/* outliers.h - values that do not belong to the course of their series, and the places where
 * its level jumped. The caller owns all arrays; work memory is for one thread. */
#ifndef KU_FORECAST_OUTLIERS_H
#define KU_FORECAST_OUTLIERS_H

#include <stdbool.h>

#include "kemudi/arena.h"

typedef struct ku_outliers_work ku_outliers_work;
/* NULL when the machine has not that much memory. */
ku_outliers_work *ku_outliers_work_new(ku_arena *arena, int longest, int season);

/* Marks in odd[n] the values of y[n] whose remainder lies more than three interquartile ranges
 * outside the quartiles of all remainders (the rule of R forecast's tsoutliers), after a
 * robust STL where there are more than two seasons, else after a running median; and in
 * jump[n] the first periods of a new level. soft[n] is y with the marked values on the course
 * of the others; what lies before a jump stays. Series with more than a third of zeros and
 * fewer than 12 values have none. Returns how many are marked. */
int ku_outliers_find(ku_outliers_work *work, const double *y, int n, int season, bool *odd,
                     bool *jump, double *soft);

#endif
