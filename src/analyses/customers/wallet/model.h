/* model.h - spend in the category from own behaviour, learnt from those who told it. The caller
 * owns the arrays; results lie in the arena given. */
#ifndef KU_WALLET_MODEL_H
#define KU_WALLET_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/arena.h"

enum { WALLET_TERMS = 5 }; /* constant, ln of: spend, purchases, purchases ever, days known */

/* A customer's own behaviour in the months looked at, the latest. */
typedef struct wallet_person {
    int segment;
    double own;       /* spent with us, not below 0 */
    double purchases; /* days with a purchase, at least 1 */
    double ever;      /* the same in all the data */
    double known;     /* days since the first purchase in the data */
} wallet_person;

/* One who told. Answers of one customer share `who`; they come one after the other. */
typedef struct wallet_answer {
    wallet_person person;
    int who;
    double own_then; /* spent with us in the months before the answer */
    double said;     /* spend in the category in them */
    double weight;
} wallet_answer;

typedef struct wallet_model {
    int segments, unknowns;
    double small;       /* added to the own spend before its logarithm */
    double *b;          /* terms, then segments */
    double *covariance; /* unknowns x unknowns */
    double variance;    /* of an answer against its expectation, relative */
    double of_segments; /* variance of the segments' logarithms */
} wallet_model;

/* Expected answer = own_then + exp(x b): what is spent elsewhere is above zero, and goes with
 * the behaviour of today, so that the model holds for all customers of today, also where surveys
 * reach those more often who buy more often: how often they bought is among the terms. Errors are in
 * proportion to the whole spend, so b solves the weighted quasi-score equations with variance
 * ~ mean^2 (McCullagh & Nelder 1989, section 9.2); answers right on average suffice. Segments
 * are held near each other by as much as the data say. The covariance is the sandwich over
 * customers (Liang & Zeger 1986, eq. 3). False when answers do not determine a fit, or no more
 * is spent elsewhere than chance allows. */
bool wallet_fit(const wallet_answer *answer, size_t count, int segments, ku_arena *arena,
                wallet_model *model);
/* What the person spends elsewhere; `slope` (or NULL) gets its derivative by b. */
double wallet_elsewhere(const wallet_model *model, const wallet_person *person, double *slope);

/* How far truths and answers lie from expectations, on the scale of the logarithm. */
typedef struct wallet_spread {
    double center;          /* mean of ln(answer / expected) */
    double quantile[4];     /* of it, at 2.5, 10, 90 and 97.5 % */
    double answer_variance; /* of answers around the truth, from those who told twice; 0 when
                                  nobody did */
    int repeats;            /* answers beyond the first of a customer */
} wallet_spread;

/* The same without its own group of customers, as a check. */
typedef struct wallet_check {
    double miss, bias;         /* of the mean answer */
    double inside80, inside95; /* NaN: no interval */
} wallet_check;

/* Ten groups of customers, each judged by a model without it. `plain`: everybody has the same
 * share of own spend as the others of the segment. */
bool wallet_judge(const wallet_answer *answer, size_t count, int segments, ku_arena *arena,
                  wallet_spread *spread, wallet_check *model, wallet_check *plain);

#endif
