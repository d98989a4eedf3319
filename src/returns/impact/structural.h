/* structural.h - a Bayesian structural time series: a level that wanders, seasons, and a
 * regression that chooses its columns, learnt from the first periods of a series and carried
 * on over the ones behind them. Owns nothing; results lie in the arena.
 *
 * Model and priors are those of R's CausalImpact 1.3 over bsts 0.9 (Brodersen, Gallusser,
 * Koehler, Remy & Scott 2015, Inferring causal impact using Bayesian structural time-series
 * models, Annals of Applied Statistics 9(1), section 2). */
#ifndef KU_RETURNS_STRUCTURAL_H
#define KU_RETURNS_STRUCTURAL_H

#include <stdbool.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/pool.h"

/* Periods [0, known) teach the model; what would have been is drawn for [known, n). Values and
 * columns should be of the size of one: mean 0 and standard deviation 1 over those taught. */
typedef struct ku_structural_series {
    int n, known;
    const double *y;  /* [n], looked at where seen and before `known` */
    const bool *seen; /* [n] */
    int columns;
    const double *x; /* column j at x[j * n], no gaps */
} ku_structural_series;

typedef struct ku_structural_options {
    int chains, warmup, draws; /* draws kept of each chain */
    int seasons, duration;     /* seasons in a cycle (1: none) and the periods each lasts */
    double level_sd;           /* what the level's step is thought to be, in sds of y; .01 */
    double model_size;         /* columns expected to count; 3 */
    uint64_t seed, stream;     /* chain c draws from the stream ku_rng_stream(stream, c) */
} ku_structural_options;

/* Draws of chain c come one after the other: draw d = c * draws + i. */
typedef struct ku_structural_draws {
    int total;           /* chains x draws */
    int ahead;           /* n - known */
    double *mean;        /* [total][ahead]: expected of the period, without its noise */
    double *value;       /* [total][ahead]: with it */
    double *noise;       /* [total]: its standard deviation */
    double *level_step;  /* [total]: that of the level's step */
    double *season_step; /* [total]: that of a season's step; 0 without seasons */
    double *coefficient; /* [total][columns]: 0 where the column does not count */
    double *past_mean;   /* [known]: mean over the draws of what is expected of each period */
    double *past_sd;     /* [known]: its standard deviation, noise included */
} ku_structural_draws;

/* KU_NO_MEMORY; `stop` (may be NULL) is asked between draws: then KU_CANCELLED. Same bits
 * whatever the pool's threads. */
ku_status ku_structural_draw(const ku_structural_series *series,
                             const ku_structural_options *options, ku_pool *pool,
                             bool (*stop)(void *data), void *data, ku_arena *arena,
                             ku_structural_draws *out, ku_error *err);

/* What the model expects of each period taught from those before it, at the means of the draws:
 * expected[known]. KU_NO_MEMORY. */
ku_status ku_structural_ahead(const ku_structural_series *series,
                              const ku_structural_options *options,
                              const ku_structural_draws *draws, ku_arena *arena, double *expected,
                              ku_error *err);

#endif
