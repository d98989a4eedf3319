/* glm.h - regression of a probability, of a rate or of a mean on many columns, with a ridge
 * penalty and errors that allow for rows that belong together. The caller gives the rows, the
 * results live in the caller's arena.
 *
 * Rows are a few dense columns and some factors (channel, region), of which each row has one
 * level: the zeros of the other levels are never touched. Column 0 is the constant, then come
 * the dense columns, then the levels of all factors. */
#ifndef KU_NUM_GLM_H
#define KU_NUM_GLM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/pool.h"

typedef enum ku_glm_link {
    KU_GLM_LOGIT, /* y in 0 .. 1, log odds */
    KU_GLM_LOG,   /* mean of y > 0, by Poisson's score equations: whatever y's distribution */
    KU_GLM_LINE,  /* mean of y, least squares */
} ku_glm_link;

#define KU_GLM_FACTORS 8 /* at most */

typedef struct ku_glm_rows {
    size_t rows;
    int dense;       /* dense columns */
    const double *x; /* rows x dense */
    int factors, levels;
    const int32_t *level;  /* rows x factors: a column of the model >= 1 + dense, or -1 for none;
                              the levels of a factor lie above those of the factors before it */
    const double *y;       /* not looked at where weight is 0 */
    const double *weight;  /* >= 0; NULL: 1 each */
    const int64_t *belong; /* neighbouring rows of the same number belong together (one
                              customer at several dates); NULL: none do */
} ku_glm_rows;

static inline int ku_glm_columns(const ku_glm_rows *rows)
{
    return 1 + rows->dense + rows->levels;
}

typedef struct ku_glm {
    ku_glm_link link;
    int columns;
    double *beta;       /* columns */
    double *covariance; /* columns x columns, robust: the sandwich by groups of rows that belong
                           together; Liang & Zeger (1986), Biometrika 73, eq. (6) */
    double loglik;      /* without the penalty; without constants */
    double weight;      /* sum of weights */
    int steps;
    bool converged;
} ku_glm;

/* Maximises the log-likelihood less sum penalty[j] beta[j]^2 / 2 by Newton's method with
 * halved steps (iteratively reweighted least squares: McCullagh & Nelder 1989, section 2.5).
 * KU_BAD_DATA when no row has weight or a positive penalty is missing where the columns
 * depend on each other; KU_NO_MEMORY. Same bits whatever the pool's threads; `pool` may be
 * NULL. */
ku_status ku_glm_fit(ku_glm_link link, const ku_glm_rows *rows, const double *penalty,
                     ku_arena *arena, ku_pool *pool, ku_glm *out, ku_error *err);

/* The linear predictor of a row. */
double ku_glm_predictor(const ku_glm_rows *rows, size_t row, const double *beta);
/* Its variance for a symmetric columns x columns matrix. */
double ku_glm_variance(const ku_glm_rows *rows, size_t row, const double *covariance);
/* to[columns] += factor x the row's columns. */
void ku_glm_add(const ku_glm_rows *rows, size_t row, double factor, double *to);
/* v' covariance v. */
double ku_quadratic(const double *covariance, const double *v, int columns);

/* 1 / (1 + exp(-eta)) without overflow. */
double ku_logistic(double eta);

#endif
