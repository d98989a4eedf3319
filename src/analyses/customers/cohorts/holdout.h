/* holdout.h - how well each way of completing a triangle would have done. Owns nothing. */
#ifndef KU_COHORTS_HOLDOUT_H
#define KU_COHORTS_HOLDOUT_H

#include "analyses/customers/cohorts/project.h"

typedef struct holdout_score {
    int cells;                 /* 0: the method does not hold, or there is nothing to hold back */
    double miss;               /* sum of |seen - expected| against the sum seen */
    double bias;               /* sum of (expected - seen) against the sum seen */
    double inside80, inside95; /* shares of the cells inside their intervals */
    double score; /* weighted interval score against the sum seen: the less the better */
} holdout_score;

/* Holds back the last diagonals, once a quarter of the periods (12 at most) and once half of
 * these, completes what is left and compares: shares cell by cell, money by what each cohort brought
 * from then to each age. The score is that of Bracher et al. (2021), eq. 1, with the 80 and
 * 95 % intervals. */
void holdout_run(const triangle *t, bool shares, project_method method, ku_arena *arena,
                 holdout_score *out);

/* How many times as wide as the model says the intervals of money must be to have held what was
 * held back, leaning on what is usual while cohorts are few. 1 for the ladders. */
double holdout_width(const triangle *t, project_method method, ku_arena *arena);

#endif
