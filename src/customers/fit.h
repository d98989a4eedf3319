/* fit.h - finds the parameters of a model of repeat buying and says how sure they are.
 * The result is a plain value; work memory comes from the caller's arena. */
#ifndef KU_CUSTOMERS_FIT_H
#define KU_CUSTOMERS_FIT_H

#include "customers/model.h"
#include "customers/rows.h"
#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/pool.h"

#define KU_BUYING_COVARIATES 16 /* at most */
#define KU_BUYING_UNKNOWNS   (KU_BUYING_PARAMETERS + 2 * KU_BUYING_COVARIATES)

/* Covariates that do not change, `columns` of them for each row. Each moves the rate of
 * buying and, where the model has one, the dropout: the logarithm of the parameters that
 * model->effect names rises by effect x value. Rows that share their values are cheapest
 * when they follow each other. NULL: none. */
typedef struct ku_buying_covariates {
    int columns;
    const double *value; /* rows x columns */
} ku_buying_covariates;

typedef struct ku_buying_fit {
    const ku_buying_model *model;
    double parameter[KU_BUYING_PARAMETERS];
    double se[KU_BUYING_UNKNOWNS]; /* of the parameters as they are, then of the effects on the
                                      rate, then on the dropout if the model has it; NAN where
                                      the likelihood has no curvature */
    double rate[KU_BUYING_COVARIATES], dropout[KU_BUYING_COVARIATES]; /* effects of covariates */
    int covariates;
    int unknowns;
    double covariance[KU_BUYING_UNKNOWNS * KU_BUYING_UNKNOWNS]; /* of log parameters, then of
                                                                   effects; rows `unknowns` apart;
                                                                   0 where se is NAN */
    double loglik, aic, bic;                                    /* bic by the number of customers */
    double gradient; /* the largest |derivative| per customer at the end */
    bool converged;
    bool at_edge;       /* a parameter ran to its limit or may be anything over some orders of
                     magnitude: the model is more than the data tell */
    int starts, agreed; /* starts tried; those that ended within 1e-6 of the best, relative */
    int evaluations;    /* of the likelihood of all rows */
} ku_buying_fit;

/* The maximum of the likelihood over all rows: several starts, analytic gradients, first on
 * cells of customers like each other (under covariates on a fixed part of the rows). Time is
 * rescaled inside. The standard errors come from the Hessian at the maximum; with more than
 * 8,192 different rows from that of a fine grid of cells, to about a hundredth of
 * themselves. KU_BAD_DATA when there is no row or no start has a finite likelihood;
 * not converging is a flag, not an error. Same input, same bits, whatever the pool's
 * threads. `pool` may be NULL. */
ku_status ku_buying_estimate(const ku_buying_model *model, const ku_buyers *buyers,
                             const ku_buying_covariates *covariates, ku_arena *arena, ku_pool *pool,
                             ku_buying_fit *fit, ku_error *err);

/* The parameters of a row under its covariates; without covariates the fit's own. */
void ku_buying_parameters(const ku_buying_fit *fit, const double *covariate, double *parameter);

/* An interval of parameter `which`, with as many standard errors of its logarithm on each
 * side (1.96: 95 %); 0 to INFINITY where there is none. */
void ku_buying_interval(const ku_buying_fit *fit, int which, double errors, double *lo, double *hi);

/* A draw from the normal distribution around the fit's log parameters and effects: the fit
 * with others in their place, for ku_buying_parameters; or the parameters alone. */
void ku_buying_draw_fit(const ku_buying_fit *fit, ku_rng *rng, ku_buying_fit *drawn);
void ku_buying_draw_parameters(const ku_buying_fit *fit, ku_rng *rng, double *parameter);

/* The probability that the larger of two nested fits of the same customers gains as much by
 * chance: the likelihood-ratio test (Wilks 1938), chi-squared with `freedom` parameters
 * more. Unless NULL, *statistic becomes twice the gain. With parameters at the edge of what
 * they may be it errs on the side of the smaller model. */
double ku_buying_compare(const ku_buying_fit *small, const ku_buying_fit *large, int freedom,
                         double *statistic);

#endif
