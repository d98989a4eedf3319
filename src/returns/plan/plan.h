/* plan.h - where the money should go: what a plan of spending brings by the draws of a mix
 * model, and the plan that brings the most under limits. Inputs stay the caller's and must
 * outlive what is made from them; the rest lives in the arena given. Knows no tables.
 *
 * Grids of money: what channel c spends in period t in region g stands at
 * [(c * periods + t) * regions + g]. A plan's amounts are by cell (a channel in a region or
 * group of regions in a month or week); `cell` and `weight` of the same grid say which cell's
 * money it is and what share of it is spent there and then. */
#ifndef KU_RETURNS_PLAN_PLAN_H
#define KU_RETURNS_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/pool.h"
#include "returns/response.h"

/* ---- what the draws say ---------------------------------------------------------------- */

typedef struct ku_plan_media {
    int channels, regions, draws;
    int before, periods, tail;    /* periods of history, of the plan, and after it, when what was
                                  spent still works and nothing is spent */
    const ku_response_form *form; /* [channel] */
    /* Of draw d, channel c and region g at [(d * channels + c) * regions + g]: */
    const ku_response_values *values;
    const double *coefficient; /* money per period of a full response */
    const double *unit;        /* scaled exposure that a unit of money buys */
    const double *history;     /* money, [(c * before + t) * regions + g] */
} ku_plan_media;

typedef struct ku_plan_cells {
    int cells;
    const int *cell;      /* grid; -1: no cell, no money */
    const double *weight; /* grid; those of a cell sum to 1 */
} ku_plan_cells;

typedef struct ku_plan_model ku_plan_model;

ku_plan_model *ku_plan_model_new(const ku_plan_media *media, const ku_plan_cells *cells,
                                 ku_pool *pool, ku_arena *arena);
/* What the amounts [cell] bring over what the history brings by itself: by[d * channels + c]. */
void ku_plan_outcomes(ku_plan_model *model, const double *amount, double *by);
/* The mean over every `every`-th draw, and what one more unit of money in each cell would
 * bring. */
double ku_plan_gradient(ku_plan_model *model, const double *amount, int every, double *gradient);
/* That of each draw: by[cell * draws + d]. */
void ku_plan_marginals(ku_plan_model *model, const double *amount, double *by);

/* ---- the best plan ----------------------------------------------------------------------- */

typedef struct ku_plan_limits {
    const double *low, *high;   /* [cell] */
    int rows;                   /* limits on sums */
    const double *least, *most; /* [row]; may be infinite */
    const int *start, *row; /* the rows that cell i is in: row[start[i]] .. row[start[i+1] - 1] */
} ku_plan_limits;

typedef struct ku_plan_best {
    double value; /* mean outcome of the amounts found */
    double gap;   /* no plan within the limits brings this much more, where all curves bend
                          down; NAN where some do not */
    int steps;
    bool converged;
} ku_plan_best;

/* Whether more always brings less for each further unit, in every channel. */
bool ku_plan_concave(const ku_plan_media *media);
/* Improves the amounts [cell], from which it starts (they need not satisfy the limits): equal
 * marginal returns wherever no limit stands in the way. `prices` [row]: what one more unit of a
 * limit would bring (NULL: not asked for). False when nothing satisfies the limits. */
bool ku_plan_improve(ku_plan_model *model, const ku_plan_limits *limits, int every,
                     double tolerance, double *amount, double *prices, ku_plan_best *best);

/* The limits that cannot all hold, loosened as little as is needed, dear ones last: `weight`
 * [row] says how dear. Sets least and most of such rows (given in `least` and `most`) to what
 * can be had, rounded outward to whole units, and returns how many were changed; `amount`
 * [cell] then satisfies them. */
int ku_plan_loosen(const ku_plan_limits *limits, int cells, const double *weight, ku_arena *arena,
                   double *least, double *most, double *amount);

/* ---- whole units ---------------------------------------------------------------------------- */

/* Whole amounts near `amount` that satisfy the limits (whole numbers too) exactly. False when
 * they do not all hold; what is then left open is as little as was found. */
bool ku_plan_whole(const ku_plan_limits *limits, int cells, const double *amount, ku_arena *arena,
                   int64_t *whole);

#endif
