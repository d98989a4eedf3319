/* contract.h - customers under contract, whose leaving is seen: how long they stay and what
 * that is worth. The caller owns all arrays; results are plain values.
 *
 * Shifted-beta-geometric (Fader & Hardie 2007, "How to project customer retention", Journal
 * of Interactive Marketing 21(1)): each customer renews or not with a probability of his own
 * that never changes. Beta-discrete-Weibull (Fader, Hardie, Liu, Davin & Steenburgh 2018,
 * "How to project customer retention revisited", ibid. 43): the probability moreover rises or
 * falls with his own tenure, by the exponent c; c = 1 is the former. Survival after t
 * renewals: S(t) = B(gamma, delta + t^c) / B(gamma, delta). */
#ifndef KU_CUSTOMERS_CONTRACT_H
#define KU_CUSTOMERS_CONTRACT_H

#include <stdbool.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"

/* A cohort that began together: alive[0] customers at the start, alive[t] after the t-th
 * chance to leave. Whole numbers in the usual case; shares of a hundred will do, but then
 * standard errors are those of a hundred customers. */
typedef struct ku_cohort {
    int periods;         /* chances to leave seen, 1 .. KU_CONTRACT_PERIODS */
    const double *alive; /* periods + 1, not rising, >= 0, alive[0] > 0 */
} ku_cohort;

#define KU_CONTRACT_PERIODS  4000
#define KU_CONTRACT_UNKNOWNS 3

/* All cohorts by tenure, which is all the models need of them: how many left at their t-th
 * chance (lost[t - 1]) and how many did not. */
typedef struct ku_tenure {
    int periods;
    double *lost, *kept;
    double customers; /* who had a first chance */
} ku_tenure;

/* Arrays come from the arena. KU_BAD_DATA, with cohort and period, for numbers alive that
 * rise, are negative or not finite, and where nobody has had a chance to leave. */
ku_status ku_tenure_of(const ku_cohort *cohorts, int count, ku_arena *arena, ku_tenure *tenure,
                       ku_error *err);

typedef struct ku_contract_fit {
    bool weibull; /* c was estimated; else c = 1 */
    double gamma, delta, c;
    double se_gamma, se_delta, se_c; /* NAN where the likelihood has no curvature; se_c 0 where
                                        c is given */
    double covariance[KU_CONTRACT_UNKNOWNS * KU_CONTRACT_UNKNOWNS]; /* of the logarithms; rows
                                                                       KU_CONTRACT_UNKNOWNS apart */
    double loglik, aic, bic;
    bool converged;
    bool at_edge; /* a logarithm ran to its limit: customers do not differ, or none left */
    int starts, agreed;
} ku_contract_fit;

/* The log-likelihood, and, unless `gradient` is NULL, its derivatives by ln gamma, ln delta,
 * ln c ADDED to gradient[3]. Fader & Hardie (2007), eq. (7); Fader et al. (2018), eq. (4). */
double ku_contract_loglik(double gamma, double delta, double c, const ku_tenure *tenure,
                          double *gradient);

/* Several starts, standard errors from the curvature. `weibull` needs 3 chances to leave to
 * tell c: else KU_BAD_DATA. */
ku_status ku_contract_estimate(const ku_tenure *tenure, bool weibull, ku_contract_fit *fit,
                               ku_error *err);

/* Does tenure change a customer's own will to leave? Likelihood ratio of the two fits to the
 * same cohorts, 1 degree of freedom. */
typedef struct ku_contract_test {
    double ratio, p_value;
} ku_contract_test;
ku_contract_test ku_contract_compare(const ku_contract_fit *geometric,
                                     const ku_contract_fit *weibull);

/* 95 % intervals of what is known of the parameters (delta method; logit scale for shares,
 * logarithm for times). */
typedef struct ku_contract_interval {
    double mean, lo, hi;
} ku_contract_interval;

/* Share of customers left after t >= 0 renewals, and of those left after t - 1 >= 0 who renew
 * the t-th time. */
ku_contract_interval ku_contract_survival(const ku_contract_fit *fit, double t);
ku_contract_interval ku_contract_retention(const ku_contract_fit *fit, double t);

/* Number alive of `start` customers after t chances, with chance added: an interval for the
 * count that will be seen. `renewed` < t: given that many renewals of all of them already. */
ku_contract_interval ku_contract_alive(const ku_contract_fit *fit, double start, double renewed,
                                       double t);

/* Renewals to come, expected of a customer who has renewed `renewed` times and is about to
 * decide again, within `horizon` decisions (INFINITY: for ever; infinite where gamma <= 1
 * and c = 1). */
ku_contract_interval ku_contract_lifetime(const ku_contract_fit *fit, double renewed,
                                          double horizon);

/* Discounted expected residual lifetime: payments to come of a customer who has renewed
 * `renewed` times, the next one (at once, if he renews) counted in full, each later one
 * at 1 / (1 + rate) of the one before; Fader & Hardie (2010), "Customer-base valuation in a
 * contractual setting", Marketing Science 29(1), eq. (6), where renewed = n - 1. rate > 0 a
 * period, horizon in payments (INFINITY: for ever). */
ku_contract_interval ku_contract_residual(const ku_contract_fit *fit, double renewed, double rate,
                                          double horizon);
/* Discounted expected lifetime of a new customer, first payment at once and certain; ibid.,
 * eq. (5). */
ku_contract_interval ku_contract_new(const ku_contract_fit *fit, double rate, double horizon);

#endif
