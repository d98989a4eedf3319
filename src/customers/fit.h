/* fit.h - finds the parameters of a model of repeat buying and says how sure they are.
 * The result is a plain value; work memory comes from the caller's arena. */
#ifndef KU_CUSTOMERS_FIT_H
#define KU_CUSTOMERS_FIT_H

#include "customers/model.h"
#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/pool.h"

#define KU_BUYING_COVARIATES 16 /* at most */
#define KU_BUYING_UNKNOWNS   (KU_BUYING_PARAMETERS + 2 * KU_BUYING_COVARIATES)

/* Covariates that do not change: columns of a row each, `columns` apart; those in `rate`
 * move the rate of buying, those in `dropout` that of leaving. NULL: none. */
typedef struct ku_buying_covariates {
    int columns;
    const double *value; /* rows x columns */
} ku_buying_covariates;

typedef struct ku_buying_fit {
    const ku_buying_model *model;
    double parameter[KU_BUYING_PARAMETERS];
    double se[KU_BUYING_UNKNOWNS]; /* of the parameters as they are, then of the effects; NAN
                                      where the likelihood has no curvature */
    double rate[KU_BUYING_COVARIATES], dropout[KU_BUYING_COVARIATES]; /* effects of covariates */
    int covariates;
    int unknowns;
    double covariance[KU_BUYING_UNKNOWNS * KU_BUYING_UNKNOWNS]; /* of log parameters, then of
                                                                   effects; rows `unknowns` apart */
    double loglik, aic, bic;
    double gradient; /* the largest |derivative| per customer at the end */
    bool converged;
    bool at_edge;       /* a log parameter ran to its limit: the model is more than the data tell */
    int starts, agreed; /* starts tried; those that ended within 1e-6 of the best, relative */
    int evaluations;
} ku_buying_fit;

/* The maximum of the likelihood: several starts, analytic gradients, first on a part of the
 * rows where there are many. Time is rescaled inside. KU_BAD_DATA when no start has a finite
 * likelihood; not converging is a flag, not an error. Same input, same bits, whatever the
 * pool's threads. `pool` may be NULL. */
ku_status ku_buying_estimate(const ku_buying_model *model, const ku_buyers *buyers,
                             const ku_buying_covariates *covariates, ku_arena *arena, ku_pool *pool,
                             ku_buying_fit *fit, ku_error *err);

/* The parameters of a row under its covariates; without covariates the fit's own. */
void ku_buying_parameters(const ku_buying_fit *fit, const double *covariate, double *parameter);

/* A draw of the parameters from the normal distribution around the fit's log parameters. */
void ku_buying_draw_parameters(const ku_buying_fit *fit, ku_rng *rng, double *parameter);

#endif
