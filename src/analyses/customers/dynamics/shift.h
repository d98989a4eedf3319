/* shift.h - whether a measure of behaviour changed against its own past and season, when it
 * began, and by how much. Owns nothing; the caller gives all memory.
 *
 * The model of a measure y at period t of season g(t):
 *
 *     y(t) = a(g(t)) + size * shape(t) + noise,  variance  within / count(t) + between
 *
 * where shape is a step (all at once) or a ramp (a little more each period) from an unknown
 * period on. */
#ifndef KU_CUSTOMERS_DYNAMICS_SHIFT_H
#define KU_CUSTOMERS_DYNAMICS_SHIFT_H

#include <stdbool.h>

enum { SHIFT_LONGEST = 600, SHIFT_SEASONS = 12 };

/* What the courses of one measure say together of how much a month differs from its like: a
 * course of two years alone hardly tells. */
typedef struct shift_family {
    double between; /* variance between periods beyond chance, in variances of one observation */
    double freedom; /* of a variance, what the others say of it is worth so many degrees */
    double scale;   /* and says: so many times that of the model */
    double follow;  /* first autocorrelation of what is left */
} shift_family;

typedef struct shift_series {
    int periods;         /* at most SHIFT_LONGEST */
    const double *y;     /* mean of the period; anything where count is 0 */
    const double *count; /* observations it is the mean of; 0: nothing is known of the period */
    double within;       /* variance of one observation around the mean of its period */
    int season;          /* periods in a year: 12, 4; 1: no season is taken out */
    int start;           /* place of the first period in the year, 0 .. season - 1 */
    const shift_family *family; /* NULL: the course stands alone */
} shift_series;

typedef struct shift {
    double p;            /* chance of so large a change, anywhere, where there is none */
    bool gradual;        /* a ramp fits better than a step */
    int at;              /* first period of the change, */
    int at_low, at_high; /* with 95 % between these */
    double size;         /* of the change by the last period */
    double error;        /* its standard error, */
    double freedom;      /* with so many degrees of freedom */
} shift;

/* False where too little is known: fewer than `before` known periods before or `after` from every
 * possible beginning on, or nothing left once the season is taken out.
 *
 * The statistic is the largest |t| over beginnings and both shapes. Seen as directions in the
 * space of residuals the shapes lie on two curves, and under no change the residuals point in
 * any direction alike, so p is at most the share of the sphere that the tube around the curves
 * takes: Knowles & Siegmund (1989), On Hotelling's approach to testing for a nonlinear
 * parameter in regression, International Statistical Review 57, eq. 2.2 and 3.4 (the bound is
 * Naiman's, 1986). Half of the chance of error goes to this search, half to one beginning that
 * is known without searching, a year before the end. Residuals that follow their predecessors widen the error by
 * (1 + r) / (1 - r), r the first autocorrelation. */
bool shift_find(const shift_series *series, int before, int after, shift *found);
/* The same, and for each period the value without the change (NAN where nothing is known) and
 * the standard error of the period's value around it. */
bool shift_trace(const shift_series *series, int before, int after, shift *found, double *expected,
                 double *doubt);

/* From courses of one measure, which it moves about; `room` has 2 * count places. Season, a step a year before the end
 * and a drift over all periods are taken out of each, whether they are there or not. `between`
 * makes the courses' mean variance that of the model; how much the variances differ from it
 * beyond their own doubt gives freedom and scale: Smyth (2004), Statistical Applications in
 * Genetics and Molecular Biology 3(1), article 3, section 6.2. False for too few courses. */
bool shift_family_learn(shift_series *course, int count, double *room, shift_family *out);

/* Of the p-values p[n] those (held[i] = true) among which at most the share `wrong` is expected
 * to be false: Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, eq. 1. order[n] is work
 * memory. Returns how many. */
int shift_hold(const double *p, int n, double wrong, bool *held, int *order);

#endif
