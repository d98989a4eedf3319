/* select.h - a regression that chooses its columns: draws of which columns count, of their
 * coefficients and of the noise. Owns nothing; the caller gives all memory.
 *
 * Prior: each column counts with its own probability; the coefficients of those that count
 * are normal with mean 0 and variance σ² (weight (X'X + diag X'X) / 2n)⁻¹, and 1/σ² is
 * Gamma(freedom / 2, freedom guess² / 2), σ below `most` (George & McCulloch 1997, Approaches
 * for Bayesian variable selection, Statistica Sinica 7; with the settings of Scott & Varian
 * 2014, Predicting the present with Bayesian structural time series, section 3.2). */
#ifndef KU_RETURNS_SELECT_H
#define KU_RETURNS_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/rng.h"

typedef struct ku_select_prior {
    const double *chance;    /* of each column to count, 0..1; 1: always */
    const double *precision; /* columns x columns, to be divided by σ² */
    double freedom, guess;   /* of the noise's standard deviation */
    double most;             /* it is no larger than that */
    int flips;               /* columns looked at in a draw, at most */
} ku_select_prior;

/* The rows, as sums over those that count. */
typedef struct ku_select_rows {
    int columns;
    double rows;
    const double *xx; /* columns x columns: X'X */
    const double *xr; /* X'r */
    double rr;        /* r'r */
} ku_select_rows;

/* Doubles of work memory, and whole numbers. */
size_t ku_select_room(int columns);
size_t ku_select_places(int columns);

/* The precision of the prior from X'X over n rows with the weight of so many of them. */
void ku_select_precision(const double *xx, int columns, double n, double weight, double *precision);

/* One step of the Gibbs sampler: goes through the columns in a random order and draws whether
 * each counts given the others, coefficients and noise integrated out (`counts` is improved in
 * place), then the noise's standard deviation (returned), then coefficient[columns], 0 for
 * those that do not count. */
double ku_select_draw(const ku_select_prior *prior, const ku_select_rows *rows, ku_rng *rng,
                      bool *counts, double *coefficient, double *work, int *places);

/* A standard deviation of at most `most` whose inverse square is Gamma(shape) / rate. */
double ku_draw_deviation(ku_rng *rng, double shape, double rate, double most);

#endif
