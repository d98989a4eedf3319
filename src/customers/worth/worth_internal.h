/* worth_internal.h - what the files of this folder share. Owns nothing. */
#ifndef KU_CUSTOMERS_WORTH_INTERNAL_H
#define KU_CUSTOMERS_WORTH_INTERNAL_H

#include "customers/worth/worth.h"

enum { KU_WORTH_NODES = 64 };

/* Where the future of a history is looked at, the horizon being the last place, and with what
 * weights its values there make the sums wanted. */
typedef struct ku_worth_nodes {
    int count;
    double t[KU_WORTH_NODES];
    double discounted[KU_WORTH_NODES]; /* of purchases: each at today's worth */
    double twice[KU_WORTH_NODES];      /* each at the square of that */
    double area[KU_WORTH_NODES];       /* the integral of the purchases so far over time */
} ku_worth_nodes;

/* For a discount given as the logarithm of one unit of time's factor (<= 0). */
void ku_worth_place_nodes(double horizon, double log_discount, bool discrete,
                          ku_worth_nodes *nodes);

/* What a customer with x repeat purchases in T will do if he is a customer still. How lately
 * he bought says whether he is, and nothing beyond that: so it is in every model of
 * models.def. */
typedef struct ku_worth_future {
    double x, T;
    const double *parameter;
    double alive_now;                   /* the share alive of such customers who bought at T */
    double mean, discounted;            /* purchases within the horizon, and at today's worth */
    double twice;                       /* at the square of that */
    double none;                        /* probability of none */
    double second;                      /* mean of N (N - 1) */
    double slope[KU_BUYING_PARAMETERS]; /* of ln mean by ln parameters */
    /* N as a negative binomial with this mean and shape (INFINITY: Poisson), but 0 with
     * probability `idle` all the same; knowledge included. */
    double idle, active_mean, active_shape;
    double extra; /* what is not known of the mean: squared relative standard error */
    bool matched;
} ku_worth_future;

/* All but second, idle, active_mean and active_shape. */
void ku_worth_look_ahead(const ku_buying_model *model, const ku_worth_nodes *nodes,
                         ku_worth_future *future);
/* second: that of customers whose leaving does not depend on their buying, times a factor for
 * each kind of customer, found by draws. `weight`: customers of each future. */
void ku_worth_spread(const ku_buying_model *model, const ku_worth_nodes *nodes,
                     ku_worth_future *futures, const double *weight, size_t count, uint64_t seed,
                     ku_arena *arena);
/* idle, active_mean and active_shape from mean, none, and second larger by 1 + extra. */
void ku_worth_match(ku_worth_future *future, double extra);

/* What is left out below and above by the interval of something that is 0 with probability
 * `none`. */
void ku_worth_left_out(double none, double *below, double *above);
/* The least n with P(N > n) <= above for the negative binomial of the future alone. */
double ku_worth_count_above(const ku_worth_future *future, double above);

/* The unknowns of fit->covariance by which a row's figures depend on its parameters: adds
 * scale x slope[parameter] to unknown[fit->unknowns]. */
void ku_worth_chain(const ku_buying_fit *fit, const double *covariate, const double *slope,
                    double scale, double *unknown);
/* unknown' covariance unknown. */
double ku_worth_knowledge(const ku_buying_fit *fit, const double *unknown);
/* The same for the unknowns of spend. */
double ku_worth_spend_knowledge(const ku_spend *spend, const double *unknown);

/* What totals need of the customers' common dependence on the unknowns. */
typedef struct ku_worth_inside {
    ku_arena *arena;
    const ku_buying_fit *fit;
    const ku_spend *spend;
    const ku_worth_customers *customers;
    size_t step;               /* of the rows, one in so many has its own alive_slope */
    const float *alive;        /* rows */
    const float *alive_slope;  /* of alive by ln parameters: rows / step x parameters */
    const uint32_t *future_of; /* row's */
    const ku_worth_future *futures;
    const float *spend_slope; /* customers x KU_SPEND_UNKNOWNS, of spend; NULL without money */
    double margin;
} ku_worth_inside;

#endif
