/* project.h - sizes and revenue of segments in the periods ahead, as simulated futures: the
 * chain of moves, the new customers, the revenue of a customer, each with its own doubt.
 * Memory from the run's arena. */
#ifndef KU_CUSTOMERS_DYNAMICS_PROJECT_H
#define KU_CUSTOMERS_DYNAMICS_PROJECT_H

#include "analyses/customers/dynamics/chain.h"
#include "analyses/customers/dynamics/states.h"

/* Counts of the states: who was where, who moved, who came. */
typedef struct census {
    chain_counts counts;
    const states *states;
    double *size; /* [period][segment] */
} census;

typedef struct figure {
    double mean, bound[4]; /* lo80, hi80, lo95, hi95 */
} figure;

typedef struct projection {
    int ahead;
    chain chain;
    figure *size, *revenue; /* [ahead][segments + 1]; the last: all together */
} projection;

void census_take(const states *s, ku_arena *arena, census *out);

/* As known at the end of period `known`; KU_NO_MEMORY. stream: of the random numbers. The season
 * of revenue is that of all together, over all periods of the data up to then: a segment's own
 * past is too short for one. */
ku_status project_ahead(const census *c, int known, int ahead, int draws, uint64_t stream,
                        ku_run_context *context, projection *out, ku_error *err);

/* Moves the bounds away from the mean, `size` and `revenue` [segments + 1] times as far; not
 * below 0. `young`: no more than a year of moves is known, so what a forecast misses of sizes
 * is missed again in the period after. */
void project_widen(projection *p, int segments, bool young, const double *size,
                   const double *revenue);

#endif
