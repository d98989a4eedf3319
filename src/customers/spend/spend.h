/* spend.h - what a purchase of each customer is worth, in money. The caller owns all arrays;
 * results are plain values, nothing is kept.
 *
 * The model is Gamma-Gamma (Fader & Hardie 2013, "The Gamma-Gamma model of monetary value",
 * brucehardie.com/notes/025): purchases of a customer vary around a mean of his own, whatever
 * their number. It does not hold where spend goes with frequency, where purchases bring
 * nothing or a loss, or where its mean does not exist (q <= 1). Then each customer's average
 * is drawn towards that of customers who buy as often (credibility; Buehlmann & Straub 1970),
 * on the money scale, which needs none of this. ku_spend_estimate does the one or the other
 * and says which and why. */
#ifndef KU_CUSTOMERS_SPEND_H
#define KU_CUSTOMERS_SPEND_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"

/* Customers by what is known of their spend. */
typedef struct ku_spenders {
    size_t rows;
    const double *orders; /* purchases averaged, whole, >= 0: repeat purchases in the papers */
    const double *mean;   /* money a purchase; looked at where orders > 0 only; finite */
    const double *weight; /* customers of the row, > 0; NULL: one each */
} ku_spenders;

/* What one should know of the data before any model of spend. Intervals are 95 %. */
typedef struct ku_spend_check {
    double customers;  /* with at least one purchase to average */
    double losses;     /* of them: those whose average is not above 0 */
    double loss_share; /* losses / customers; 0 where there are none */
    double loss_lo, loss_hi;
    /* Between the logarithms of orders and mean, where the mean is above 0 (Fisher's
     * interval). NAN with fewer than 4 customers, or where either does not vary. */
    double correlation, correlation_lo, correlation_hi;
    double doubled; /* spend a purchase of customers who buy twice as often, as a factor */
    double doubled_lo, doubled_hi;
    bool linked; /* the correlation's whole interval is beyond KU_SPEND_LINKED */
} ku_spend_check;

#define KU_SPEND_LINKED 0.2  /* |correlation| from which spend goes with frequency */
#define KU_SPEND_LOSSES 0.01 /* share of averages not above 0 that may be left out */

/* Never fails: what cannot be told is NAN. */
ku_spend_check ku_spend_look(const ku_spenders *spenders);

#define KU_SPEND_UNKNOWNS 3

typedef enum ku_spend_kind {
    KU_SPEND_GAMMA, /* Gamma-Gamma */
    KU_SPEND_DRAWN, /* drawn towards the average of those who buy as often */
} ku_spend_kind;

/* Why Gamma-Gamma was not used. */
typedef enum ku_spend_why {
    KU_SPEND_HOLDS,      /* it was */
    KU_SPEND_FEW,        /* fewer than KU_SPEND_FEWEST customers with an average */
    KU_SPEND_LOSS,       /* too many averages are not above 0 */
    KU_SPEND_CORRELATED, /* check.linked */
    KU_SPEND_NO_MEAN,    /* q <= 1: the mean of a purchase does not exist */
    KU_SPEND_FLAT,       /* averages do not differ, or the search ran to its edge */
} ku_spend_why;

#define KU_SPEND_FEWEST 10

typedef struct ku_spend {
    ku_spend_kind kind;
    ku_spend_why why;
    ku_spend_check check;
    /* Gamma-Gamma as far as it got, also where it is not used; NAN where it was not tried:
     * p, q and gamma of the paper. */
    double p, q, gamma;
    double se_p, se_q, se_gamma;
    double loglik;
    bool converged;
    bool at_edge;       /* ln p, ln q or ln gamma ran to its limit */
    int starts, agreed; /* starts tried; those that ended within 1e-6 of the best, relative */
    /* Drawn: the average of customers with n purchases is level + slope ln(n), their own
     * averages vary by sqrt(between) around it, single purchases by sqrt(within) around
     * their customer's. */
    double level, slope, between, within;
    /* Of what is not known of the above: of ln p, ln q, ln gamma or of level, slope. Rows
     * KU_SPEND_UNKNOWNS apart. */
    double covariance[KU_SPEND_UNKNOWNS * KU_SPEND_UNKNOWNS];
    /* Mean of a purchase over all customers, with its 95 % interval. */
    double mean, mean_lo, mean_hi;
} ku_spend;

/* Customers made ready for the likelihood of Gamma-Gamma: those with orders > 0 and mean > 0,
 * in money of the size of one. From the arena; NULL when there are none. */
typedef struct ku_gamma_gamma ku_gamma_gamma;
ku_gamma_gamma *ku_gamma_gamma_prepare(const ku_spenders *spenders, ku_arena *arena);
/* The log-likelihood in the money of the data, and, unless `gradient` is NULL, its
 * derivatives by ln p, ln q, ln gamma in gradient[3]. Fader & Hardie (2013), eq. (1a) with p
 * free. Finite for parameters between 1e-6 and 1e6 and up to 1e6 orders. */
double ku_gamma_gamma_loglik(const ku_gamma_gamma *data, double p, double q, double gamma,
                             double *gradient);

/* The Gamma-Gamma model whatever check says, into *spend (kind KU_SPEND_GAMMA). KU_BAD_DATA
 * with no customer whose average is above 0. Customers whose average is not are left out.
 * Not converging and q <= 1 are for the caller to see in *spend. */
ku_status ku_gamma_gamma_estimate(const ku_spenders *spenders, ku_arena *arena, ku_spend *spend,
                                  ku_error *err);

/* The model that holds, Gamma-Gamma where it does. KU_BAD_DATA only where no customer has a
 * purchase to average. */
ku_status ku_spend_estimate(const ku_spenders *spenders, ku_arena *arena, ku_spend *spend,
                            ku_error *err);

/* What is expected of a customer's purchases to come. */
typedef struct ku_spend_outlook {
    double mean;                     /* of a purchase, money */
    double lo, hi;                   /* 95 % of what the customer's own mean may be */
    double variance;                 /* of the customer's own mean */
    double within;                   /* of a single purchase around it */
    double slope[KU_SPEND_UNKNOWNS]; /* of `mean` by the unknowns of spend->covariance */
} ku_spend_outlook;

/* The part of what follows that depends on the number of purchases alone and is dear: with
 * many customers keep it for each number. */
typedef struct ku_spend_tail {
    double lo, hi; /* KU_SPEND_GAMMA: ends of the interval over the mean's numerator */
    double log_orders;
} ku_spend_tail;
ku_spend_tail ku_spend_tail_at(const ku_spend *spend, double orders);
ku_spend_outlook ku_spend_expect_at(const ku_spend *spend, const ku_spend_tail *tail, double orders,
                                    double average);

/* For a customer with `orders` purchases of `average` money; orders 0: nothing known of him.
 * Fader & Hardie (2013), eq. (5) for Gamma-Gamma. Finite for every spend of ku_spend_estimate;
 * where a variance does not exist (q + p n <= 2) it is that of the 95 % interval's width. */
ku_spend_outlook ku_spend_expect(const ku_spend *spend, double orders, double average);

#endif
