/* ladder.h - the chain ladder: how running totals grow with age, and how surely. Owns
 * nothing; results lie in the caller's arena. */
#ifndef KU_COHORTS_LADDER_H
#define KU_COHORTS_LADDER_H

#include <stdbool.h>

#include "kemudi/arena.h"

/* Running totals total[cohort * ages + age], known for age < known[cohort]; the others are
 * filled in by ladder_fit. */
typedef struct ladder {
    int cohorts, ages;
    const int *known; /* at least 1, at most ages */
    double *total;
    double *error; /* standard error of the total, 0 where known */
    double *step;  /* what the age adds, from one age to the next; 0 where known */
    double *step_error;
    double reserve, reserve_error; /* of all cohorts together, at the last age */
} ladder;

/* Mack, T. (1993). Distribution-free calculation of the standard error of chain ladder
 * reserve estimates. ASTIN Bulletin 23(2), 213-225: the factors, their variances with the
 * rule for the last, the standard error of each cohort (theorem 3) and of the whole
 * (corollary). False where a factor cannot be formed (no cohort seen so far, or totals that
 * do not stay above zero). */
bool ladder_fit(ladder *l, ku_arena *arena);

#endif
