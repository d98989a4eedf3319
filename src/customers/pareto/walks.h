/* walks.h - Pareto/NBD with covariates that change over time: seasons, campaigns, prices that
 * move how often a customer buys and how soon he leaves. The caller owns all arrays; work
 * memory of the fit comes from the caller's arena.
 *
 * Bachmann, Meierer & Naef (2021), The role of time-varying contextual factors in latent
 * attrition models for customer base analysis, Marketing Science 40(4). In each period a
 * customer buys at exp(rate' z) times his own rate, and leaves at exp(dropout' z) times his
 * own. What he lives through of a period is thus a stretch of time longer or shorter by that
 * factor, on a clock of its own for each of the two. Covariates that never change give the
 * model with static covariates, the same effects on alpha and beta. */
#ifndef KU_CUSTOMERS_PARETO_WALKS_H
#define KU_CUSTOMERS_PARETO_WALKS_H

#include "customers/fit.h"

/* Customers, one a row, and their periods. Row i has the periods first[i] .. first[i + 1] - 1,
 * at least one; a period lasts from the end of the one before (the first from 0, the first
 * purchase) to its own end, that moment included; the last goes on for ever. */
typedef struct ku_walks {
    ku_buyers buyers;
    int columns;          /* covariates, 0 .. KU_BUYING_COVARIATES */
    const size_t *first;  /* rows + 1 */
    const double *end;    /* of each period, since the first purchase; ascending in a row */
    const double *bought; /* repeat purchases in each period up to T; they sum to x */
    const double *value;  /* periods x columns */
} ku_walks;

/* What moves with what: r, alpha, s, beta and an effect of each covariate on buying and on
 * leaving. */
typedef struct ku_walk_parameters {
    double base[4];
    double rate[KU_BUYING_COVARIATES], dropout[KU_BUYING_COVARIATES];
} ku_walk_parameters;

/* Sum over rows [from, to) of weight x log-likelihood and, unless `gradient` is NULL, its
 * derivatives by the logarithms of r, alpha, s, beta, then by the effects on buying, then on
 * leaving, ADDED to gradient[4 + 2 columns]. */
double ku_walks_loglik(const ku_walk_parameters *parameters, const ku_walks *walks, size_t from,
                       size_t to, double *gradient);

/* For each row of [from, to), out[row - from]: the probability to be a customer still at T,
 * and the purchases expected in (T, T + t] under the covariates of those periods. */
void ku_walks_alive(const ku_walk_parameters *parameters, const ku_walks *walks, size_t from,
                    size_t to, double *out);
void ku_walks_expected(const ku_walk_parameters *parameters, const ku_walks *walks, size_t from,
                       size_t to, double t, double *out);

/* The maximum of the likelihood, from that without covariates on; the fit is that of
 * ku_buying_pareto with the effects in `rate` and `dropout`. Covariates are best of the size
 * of one. KU_BAD_DATA, with the row, for walks that are none: periods that do not ascend,
 * purchases that do not sum to x, numbers that are not finite. Not converging is a flag. */
ku_status ku_walks_estimate(const ku_walks *walks, ku_arena *arena, ku_pool *pool,
                            ku_buying_fit *fit, ku_error *err);
ku_walk_parameters ku_walks_parameters(const ku_buying_fit *fit);

#endif
