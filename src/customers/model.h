/* model.h - what every model of repeat buying has in common: it is told how often, how
 * lately and for how long customers were seen, and says how likely that is, who is still a
 * customer and what they will buy. The caller owns all arrays; nothing is allocated here.
 *
 * The models are the lines of models.def and nothing else: the choices of --model, the
 * holdout and the benches read them from there. A model is a constant `ku_buying_<name>` in
 * a folder of its own below src/customers. Models know nothing of each other, of tables or
 * of remarks. Finding the parameters is fit.c's business, the same for all.
 *
 * Parameters are positive numbers in the order and with the names of the papers; gradients
 * are by their logarithms. */
#ifndef KU_CUSTOMERS_MODEL_H
#define KU_CUSTOMERS_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/rng.h"

#define KU_BUYING_PARAMETERS 8 /* of a model, at most */

/* Customers by what a model knows of them. All who share it are one row with a weight.
 * Time is in one unit throughout (weeks in the papers); for a discrete model it counts
 * opportunities to buy. */
typedef struct ku_buyers {
    size_t rows;
    const double *x;      /* purchases after the first, whole, 0 .. 1e6 */
    const double *t_x;    /* time of the last of them since the first; 0 where x is 0 */
    const double *T;      /* time observed since the first, t_x <= T */
    const double *weight; /* customers of the row, > 0 */
} ku_buyers;

/* What a covariate does to the logarithm of a parameter. */
typedef struct ku_buying_effect {
    signed char rate[KU_BUYING_PARAMETERS];    /* of buying: -1 on alpha where lambda ~ 1/alpha */
    signed char dropout[KU_BUYING_PARAMETERS]; /* of leaving */
} ku_buying_effect;

typedef struct ku_buying_model {
    const char *name;  /* "bgnbd": the value of --model */
    const char *title; /* "BG/NBD": for people, as in models.def */
    const char *about; /* half a sentence: "may leave after each purchase" */
    int parameters;
    const char *const *parameter; /* names: "r", "alpha", "a", "b" */
    bool discrete;                /* buys or not at each of T opportunities */
    bool leaves;                  /* customers may leave */
    ku_buying_effect effect;
    /* The power of the unit of time in each parameter: 1 for an alpha, -1 for a rate. All 0:
     * the search leaves the caller's unit as it is. */
    signed char time[KU_BUYING_PARAMETERS];

    /* The which-th start of the search (0, 1, ..), moments of the buyers at best. */
    void (*start)(const ku_buyers *buyers, int which, double *parameter);
    /* The sum over rows [from, to) of weight x log-likelihood, and, unless `gradient` is
     * NULL, its derivatives by the log parameters ADDED to gradient[parameters]. Finite for
     * all parameters between 1e-8 and 1e8 and all rows as above, x = 2000 among them;
     * nothing is allocated. What depends on the parameters alone is worked out once a call,
     * so long runs of rows are cheap; one row is a valid run. */
    double (*loglik)(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                     double *gradient);
    /* For each row of [from, to), out[row - from]: the probability to be a customer still
     * at T. NULL where nobody leaves. */
    void (*alive)(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                  double *out);
    /* Purchases expected in (T, T + t]. Finite also where a moment does not exist (BG/NBD
     * with a <= 1 included). */
    void (*expected)(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                     double t, double *out);
    /* Purchases expected of a new customer in (0, t]. */
    double (*expected_new)(const double *parameter, double t);
    /* A draw of what a customer with this history does in (T, T + t], from the model: number
     * of purchases; with x = t_x = T = 0 a new customer. When times is not NULL, the moments of the
     * first `most` of them since T are written there, ascending. */
    int (*draw)(const double *parameter, double x, double t_x, double T, double t, ku_rng *rng,
                double *times, int most);
} ku_buying_model;

#define KU_BUYING_MODEL(name, title) extern const ku_buying_model ku_buying_##name;
#include "customers/models.def"
#undef KU_BUYING_MODEL

/* All models in the order of models.def. */
extern const ku_buying_model *const ku_buying_models[];
extern const int ku_buying_model_count;
/* The model of that name, or NULL. */
const ku_buying_model *ku_buying_find(const char *name);

#endif
