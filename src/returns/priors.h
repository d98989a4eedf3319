/* priors.h - what is believed of one number before the data are seen. A prior is a plain
 * value; nothing here owns or allocates anything.
 *
 * Every prior is sampled through its own quantile function: the number is x = F^-1(Phi(u))
 * and the unknown that a sampler moves is u, whose prior is the standard normal whatever F is.
 * So bounds need no care, no Jacobian appears, and a draw from the prior is a normal number. */
#ifndef KU_RETURNS_PRIORS_H
#define KU_RETURNS_PRIORS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ku_prior_kind {
    KU_PRIOR_FIXED,            /* the number a */
    KU_PRIOR_NORMAL,           /* mean a, standard deviation b */
    KU_PRIOR_HALF_NORMAL,      /* |N(0, a)| */
    KU_PRIOR_TRUNCATED_NORMAL, /* N(a, b) on [low, high] */
    KU_PRIOR_LOG_NORMAL,       /* low + exp(N(a, b)) */
    KU_PRIOR_UNIFORM,          /* on [low, high] */
    KU_PRIOR_BETA,             /* shapes a, b */
    KU_PRIOR_GAMMA,            /* shape a, rate b */
    KU_PRIOR_EXPONENTIAL,      /* rate a */
    KU_PRIOR_LAPLACE,          /* location a, scale b */
    KU_PRIOR_COUNT
} ku_prior_kind;

typedef struct ku_prior {
    ku_prior_kind kind;
    double a, b;
    double low, high; /* bounds, where the kind has them; low is the shift of a log-normal */
} ku_prior;

ku_prior ku_prior_fixed(double value);
ku_prior ku_prior_normal(double mean, double sd);
ku_prior ku_prior_half_normal(double scale);
ku_prior ku_prior_truncated_normal(double mean, double sd, double low, double high);
ku_prior ku_prior_log_normal(double mu, double sigma);
ku_prior ku_prior_uniform(double low, double high);
ku_prior ku_prior_beta(double a, double b);
ku_prior ku_prior_gamma(double shape, double rate);
ku_prior ku_prior_laplace(double location, double scale);

/* "log_normal", ..: what tables and specifications call it. `_find`: COUNT where there is none. */
const char *ku_prior_name(ku_prior_kind kind);
ku_prior_kind ku_prior_find(const char *name);
/* Whether the numbers make a distribution. */
bool ku_prior_valid(const ku_prior *prior);

/* The number at u, and its derivative by u (NULL: not asked for). */
double ku_prior_at(const ku_prior *prior, double u, double *by_u);
/* The u of a number, kept within +-8. */
double ku_prior_back(const ku_prior *prior, double x);
/* The number below which the share p lies. */
double ku_prior_quantile(const ku_prior *prior, double p);

/* The prior of a positive number that lies between lo and hi with 95 %: a log-normal. */
ku_prior ku_prior_between(double lo, double hi);

/* How much of what is known of a number comes from the data: 1 less the ratio of the
 * posterior's to the prior's variance, in logarithms where all draws are positive; 0 where the
 * data say nothing, 1 where the prior did not matter. `work` holds before + after doubles. */
double ku_prior_learnt(const double *prior, size_t before, const double *posterior, size_t after,
                       double *work);

#endif
