/* project.h - ways of completing a triangle. Owns nothing; projections lie in the caller's
 * arena. */
#ifndef KU_COHORTS_PROJECT_H
#define KU_COHORTS_PROJECT_H

#include "analyses/customers/cohorts/triangle.h"
#include "kemudi/arena.h"

typedef enum project_method {
    PROJECT_SMOOTH,    /* a smooth course over age, with levels of cohorts and of periods */
    PROJECT_GEOMETRIC, /* the same with the beta-geometric course (shares only) */
    PROJECT_AVERAGE,   /* the mean share at each age (shares only) */
    PROJECT_MACK,      /* chain ladder, Mack (1993) (money only) */
    PROJECT_POISSON,   /* chain ladder as an overdispersed Poisson model (money only) */
    PROJECT_METHODS
} project_method;

/* "smooth", "beta-geometric", "average", "chain-ladder", "poisson". */
const char *project_name(project_method method);

/* Completes active customers (`shares`) or money up to `ages` ages. False where the method
 * does not hold for this triangle: too few cells, nothing above zero, or ages that the chain
 * ladder has not seen. */
bool project(const triangle *t, bool shares, project_method method, int ages, ku_arena *arena,
             projection *out);

/* Multiplies all errors of a projection of so many cohorts. */
void projection_widen(projection *p, int cohorts, double width);

/* The active share at ages 1 .. ages - 1 when each customer buys in a period with probability
 * p while still a customer and leaves after each with a probability of his own, beta
 * distributed: p B(gamma, delta + age) / B(gamma, delta), fitted to the sums over cohorts
 * (Fader, Hardie & Shang 2010, eq. 6 averaged). False when nobody came back. */
bool project_geometric_curve(const triangle *t, int ages, double *share);

#endif
