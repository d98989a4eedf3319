/* worth.h - from a model of repeat buying and one of spend to the money each customer will
 * bring, with intervals, and to totals of any group. Arrays of results come from the caller's
 * arena.
 *
 * There are two kinds of not knowing. CHANCE: what a customer will do even if all parameters
 * were known. KNOWLEDGE: the parameters, known only as well as the data tell. An interval of
 * one customer is of what he will really do: 95 % of customers like him lie within; chance
 * rules, knowledge is added. In the total of many customers chance cancels out and knowledge
 * does not: ku_worth_totals adds the customers' chances as independent and their dependence
 * on the parameters as common.
 *
 * Money is counted at today's worth: a purchase at time t from now counts
 * (1 + discount)^(-t / year). */
#ifndef KU_CUSTOMERS_WORTH_H
#define KU_CUSTOMERS_WORTH_H

#include <stdint.h>

#include "customers/fit.h"
#include "customers/spend/spend.h"

typedef struct ku_worth_terms {
    double horizon;  /* how far to look, in the buyers' unit of time, > 0 */
    double year;     /* the buyers' units of time in a year: 365.25 / 7 for weeks */
    double discount; /* a year: .10 for ten per cent; >= 0 */
    double margin;   /* share of spend that is earned: 1 where spend is margin already */
    uint64_t seed;   /* of the draws that set the spread of BG/NBD and its like */
} ku_worth_terms;

/* Whom to look at. Customers who share a history share a row of `buyers`. */
typedef struct ku_worth_customers {
    const ku_buyers *buyers;                /* as fitted; weight is not looked at and may be NULL */
    const ku_buying_covariates *covariates; /* of the rows, as fitted; NULL: none */
    size_t customers;
    const uint32_t *row;   /* of buyers, for each customer; NULL: customer i is row i */
    const double *orders;  /* as in ku_spenders, for each customer; NULL where spend is */
    const double *average; /* money a purchase */
} ku_worth_customers;

/* Of one customer. Intervals are 95 %. Where not buying at all is likelier than 2.5 %, `_lo`
 * is 0 and `_hi` leaves out the uppermost 5 %; else 2.5 % are left out at either end. */
typedef struct ku_worth_one {
    float alive;                                 /* probability to be a customer still */
    float none;                                  /* probability not to buy within the horizon */
    float purchases, purchases_lo, purchases_hi; /* within the horizon */
    float discounted;                            /* purchases, each counted at today's worth */
    float spend, spend_lo, spend_hi;             /* his mean of a purchase; 0 without spend */
    float value, value_lo, value_hi;             /* money at today's worth x margin */
    float purchases_sd, value_sd;                /* chance alone */
} ku_worth_one;

typedef struct ku_worth {
    size_t customers;
    ku_worth_one *one; /* customers, in their order */
    bool money;        /* spend was given */
    bool knowledge;    /* parameters have a covariance; false: intervals hold chance alone */
    /* For totals: how the rows depend on the unknowns; not for callers. */
    const struct ku_worth_inside *inside;
} ku_worth;

/* `spend` NULL: purchases only. Arrays of `customers` must stay while totals are asked for.
 * Cheapest with rows sorted by x, t_x, T, as ku_buyers_compress leaves them. KU_BAD_DATA for a history that is none (x < 0, t_x > T, not
 * finite), with its place. Same input, same bits, whatever the pool's threads. */
ku_status ku_worth_estimate(const ku_buying_fit *fit, const ku_spend *spend,
                            const ku_worth_customers *customers, const ku_worth_terms *terms,
                            ku_arena *arena, ku_pool *pool, ku_worth *worth, ku_error *err);

/* Of a group of customers, or of all. */
typedef struct ku_worth_total {
    double customers;
    double alive; /* expected number still customers */
    double purchases, purchases_lo, purchases_hi;
    double discounted;
    double value, value_lo, value_hi; /* money */
    double chance, knowledge;         /* of value: standard deviations by kind */
} ku_worth_total;

/* The total of each group: group[i] in [0, groups) for each customer, negative for none;
 * NULL: all customers are group 0. A group without customers is all zeros. Takes work memory
 * from the arena of the estimate. */
void ku_worth_totals(const ku_worth *worth, const int32_t *group, int groups,
                     ku_worth_total *totals);

/* What a customer not yet won will bring, from the day of the first purchase on, that first
 * purchase included. */
typedef struct ku_worth_new {
    double purchases, purchases_lo, purchases_hi; /* expected; how well it is known: knowledge */
    double value, value_lo, value_hi;             /* money; likewise */
} ku_worth_new;
ku_worth_new ku_worth_of_new(const ku_buying_fit *fit, const ku_spend *spend,
                             const ku_worth_terms *terms);

/* When what a new customer brings has earned what it cost to win him. Times are in the
 * buyers' unit since the first purchase; INFINITY: not within the horizon. */
typedef struct ku_worth_payback {
    double time, time_lo, time_hi; /* how well it is known: knowledge */
    double ratio;                  /* value within the horizon over cost */
    double ratio_lo, ratio_hi;
} ku_worth_payback;
ku_worth_payback ku_worth_pays_back(const ku_buying_fit *fit, const ku_spend *spend,
                                    const ku_worth_terms *terms, double cost);

#endif
