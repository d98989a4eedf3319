/* triangle.h - what cohorts did at each age, and what may be expected of them. The tables lie
 * in the arena of whoever made them; nothing is owned here. */
#ifndef KU_COHORTS_TRIANGLE_H
#define KU_COHORTS_TRIANGLE_H

#include <stdbool.h>
#include <stddef.h>

/* Cohort c was won in period c, so that it is known at the ages 0 .. periods - 1 - c. Cells
 * are cell[c * periods + age]. A cohort without customers has size 0. */
typedef struct triangle {
    int periods;
    int season; /* periods of a year: 12, 4 or 1 */
    int phase;  /* which of them period 0 is */
    const double *size;
    const double *cell; /* active customers, or money */
} triangle;

/* Expectations with standard errors, at the ages 0 .. ages - 1: known cells have error 0. The
 * tables are [periods][ages]. */
typedef struct projection {
    int ages;
    double *cell, *cell_error;
    double *ahead, *ahead_error; /* sum of the unseen cells up to this age */
    double *curve, *curve_error; /* [ages], shares: of a new cohort of usual level; the error
                                    is that of the level of one cohort */
    double *sum, *sum_error;     /* [ages]: all cohorts together, h + 1 periods after the last */
} projection;

static inline double triangle_at(const triangle *t, int cohort, int age)
{
    return t->cell[(size_t)cohort * (size_t)t->periods + (size_t)age];
}

/* Ages at which the cohort has been seen. */
static inline int triangle_known(const triangle *t, int cohort)
{
    return t->periods - cohort;
}

#endif
