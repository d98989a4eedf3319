/* stock.h - demand where stock ran out: sales are then only the part of demand that could be
 * served. The caller owns all arrays and gives the work memory.
 *
 * How to call it, for one series laid out in periods, before it is forecast:
 *
 *     double *room = ku_arena_try(arena, ku_stock_room(n, season) * sizeof(double));
 *     ku_stock_summary lost;
 *     if (ku_stock_uncensor(y, available, n, season, demand, deviation, room, &lost)) ...
 *
 * available[t] is the share of period t in which the product could be had, 0..1: 1 for a
 * period in stock all the time and for one of which nothing is known; NaN for a period in
 * which it is known to have run out but not for how long (a mere flag). Forecast demand[]
 * in place of y[]; deviation[] is 0 but where demand was estimated. `demand` may be `y`.
 * On false nothing could be estimated: demand is y, deviation 0, summary.reason says why in a
 * sentence for people. */
#ifndef KU_FORECAST_STOCK_H
#define KU_FORECAST_STOCK_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ku_stock_family {
    KU_STOCK_COUNTS, /* negative binomial, the Poisson among them */
    KU_STOCK_NORMAL,
    KU_STOCK_LOGNORMAL,
} ku_stock_family;

typedef struct ku_stock_summary {
    ku_stock_family family;
    int periods;           /* in which stock ran out */
    double sold, demand;   /* sums over all periods */
    double lost;           /* demand - sold */
    double lost_deviation; /* its standard deviation */
    double per_period;     /* mean of the expected demand of all periods */
    double memory;         /* weight of the period next to another, 1: a level that stays */
    double dispersion;     /* size of the negative binomial, variance, or that of ln demand */
    const char *reason;    /* why nothing was estimated; "" otherwise */
} ku_stock_summary;

/* Doubles of work memory for n periods and that season. */
size_t ku_stock_room(int n, int season);

/* Estimates demand by maximum likelihood. Expected demand is a level that moves slowly times
 * the season's factor (season 1 or fewer than two seasons: none). A period in stock for a
 * share a counts as an observation of that share: with a Poisson stream of buyers this is its
 * likelihood even when it is they who empty the shelf. A period that ran out for an unknown
 * time counts as demand of at least what was sold (Conrad 1976, Operational Research Quarterly
 * 27, 123-127; Nahmias 1994, Naval Research Logistics 41, 739-757; Tobin 1958, Econometrica
 * 26, 24-36), by the EM algorithm (Dempster, Laird & Rubin 1977, JRSS B 39, 1-38).
 * Whole sales are counts; others normal or lognormal, whichever is likelier.
 *
 * demand[t]: sales, or their expectation given what was sold; deviation[t]: standard
 * deviation of demand around it, that of the estimated level included. */
bool ku_stock_uncensor(const double *y, const double *available, int n, int season, double *demand,
                       double *deviation, double *room, ku_stock_summary *summary);

#endif
