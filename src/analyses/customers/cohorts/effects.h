/* effects.h - a generalised linear model with groups of effects that are held near zero by as
 * much as the data say: the levels of cohorts, the ups and downs of periods. The caller owns
 * the model and what it points to; what a fit finds lies in the arena it was given. */
#ifndef KU_COHORTS_EFFECTS_H
#define KU_COHORTS_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/arena.h"

#define EFFECTS_TERMS  10 /* of a row, at most */
#define EFFECTS_BLOCKS 5

/* Coefficients [first, first + count) that share one variance. Their prior is normal with
 * mean 0 and precision (structure / variance), the structure tridiagonal: `diagonal`, and
 * `beside`[i] between i and i + 1. */
typedef struct effects_block {
    int first, count;
    const double *diagonal, *beside;
    double variance; /* a start; replaced by the estimate */
} effects_block;

/* The coefficients a cell depends on, with their factors. */
typedef struct effects_row {
    int terms, at[EFFECTS_TERMS];
    double by[EFFECTS_TERMS];
} effects_row;

typedef struct effects_model {
    bool binomial; /* else a mean on the scale of the logarithm, variance in proportion to it */
    int unknowns;
    const double *ridge; /* precision of each coefficient that is in no block, else 0 */
    int blocks;
    effects_block block[EFFECTS_BLOCKS];
    size_t cells;
    const effects_row *row;
    const double *y;      /* successes, or a sum; sums may be negative here and there */
    const double *n;      /* trials, or the exposure the mean is a multiple of; > 0 */
    const double *offset; /* added to the linear predictor; NULL: 0 */
    /* what effects_fit finds */
    double *b;         /* coefficients */
    double *factor;    /* Cholesky factor of the precision of b, unknowns x unknowns */
    double dispersion; /* variance against that of the family */
    double freedom;    /* coefficients that the data really spent */
} effects_model;

/* Finds b by penalised quasi-likelihood and the variances of the blocks by their fixed point
 * variance = b' structure b / effective coefficients (Breslow & Clayton 1993, section 2;
 * Wood & Fasiolo 2017, eq. 3), each pulled a little towards a change of ten per cent. False
 * when the cells do not determine a fit. */
bool effects_fit(effects_model *model, ku_arena *arena);
/* The linear predictor of a row, without its offset. */
double effects_predictor(const effects_model *model, const effects_row *row);
/* g' V g for the covariance V of the coefficients; `room` holds `unknowns` numbers. */
double effects_variance(const effects_model *model, const double *g, double *room);

#endif
