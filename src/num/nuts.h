/* nuts.h - draws from a density whose gradient is known, by the No-U-Turn sampler, several
 * chains at a time. Everything returned lives in the caller's arena; the density is the
 * caller's and is called from several threads at once.
 *
 * Method: Hamiltonian dynamics along a trajectory that doubles until it turns back, a draw
 * taken from all its points by their weight (Hoffman & Gelman 2014, JMLR 15; Betancourt 2017,
 * arXiv:1701.02434, appendix A, with the checks between sub-trees that Stan added). Step size
 * by dual averaging; scales of the unknowns from draws and gradients (Seyboldt, Carlson &
 * Carpenter 2026, arXiv:2603.18845).
 *
 * Each chain has its own random stream and learns alone, so the draws are the same bits
 * whatever the number of threads. */
#ifndef KU_NUM_NUTS_H
#define KU_NUM_NUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/pool.h"

/* A log density on R^unknowns, up to a constant. */
typedef struct ku_density {
    int unknowns;
    size_t room; /* doubles of work memory that one evaluation needs; aligned to 64 bytes */
    /* The log density at x, and its derivatives; -INFINITY (or NAN) where x is not allowed,
     * the derivatives are then not read. Called from several threads, each with its `work`,
     * whose content is the evaluation's own from call to call. */
    double (*value)(const void *model, const double *x, double *gradient, double *work);
    const void *model;
} ku_density;

typedef enum ku_nuts_metric {
    KU_NUTS_DIAGONAL, /* a scale for each unknown */
    KU_NUTS_LOW_RANK, /* and the few directions in which unknowns move together */
} ku_nuts_metric;

typedef struct ku_nuts_options {
    int chains;
    int warmup, draws; /* of each chain; those of the warm-up are not kept */
    int max_depth;     /* a trajectory has at most 2^max_depth - 1 steps */
    double accept;     /* mean chance of acceptance to tune the step for, in (0, 1) */
    double jitter;     /* starts are moved by up to this, uniformly, in every unknown */
    ku_nuts_metric metric;
    uint64_t seed, stream; /* chain c uses the stream ku_rng_stream(stream, c) */
} ku_nuts_options;

/* 4 chains, 1,000 + 1,000 draws, depth 10, acceptance 0.8, jitter 2 (as Stan). */
ku_nuts_options ku_nuts_defaults(void);

/* Progress: the share done of all chains; false stops the run with KU_CANCELLED. Called from
 * several threads, after each draw. */
typedef struct ku_nuts_watch {
    bool (*fn)(void *data, double done);
    void *data;
} ku_nuts_watch;

/* Of one draw. */
typedef struct ku_nuts_stat {
    double log_density;
    double energy; /* of the draw with its momentum: E-BFMI (chains.h) */
    double accept; /* mean chance of acceptance along the trajectory */
    int steps;     /* evaluations of the density */
    int depth;
    bool divergent; /* the trajectory left the density: the draws miss a narrow part of it */
} ku_nuts_stat;

typedef enum ku_nuts_fate {
    KU_NUTS_WELL,
    KU_NUTS_STILL, /* its draws hardly move */
    KU_NUTS_APART, /* it stays where the density is far below that of the other chains */
} ku_nuts_fate;

#define KU_NUTS_PLACES 16 /* divergences of a chain whose place is kept */

/* Of one chain. */
typedef struct ku_nuts_chain {
    ku_nuts_fate fate;
    double moved;        /* share of its draws that differ from the one before */
    double height;       /* mean log density of its draws */
    double step;         /* the step size learnt */
    const double *scale; /* [unknown]: and the scales */
    int tries;           /* of a start; 0: none of its own was allowed, it took another chain's */
    int divergent, warmup_divergent;
    int at_limit;                        /* trajectories that ended at max_depth without turning */
    size_t evaluations;                  /* of the density, warm-up included */
    int places;                          /* the first divergent trajectories' starting points */
    const double *place[KU_NUTS_PLACES]; /* [unknown] */
} ku_nuts_chain;

typedef struct ku_nuts_draws {
    int chains, draws, unknowns;
    const double *x;          /* [chain][draw][unknown] */
    const ku_nuts_stat *stat; /* [chain][draw] */
    ku_nuts_chain *chain;     /* [chain] */
} ku_nuts_draws;

/* Samples. `starts` holds [chain][unknown] places to start from, moved by the jitter, or is
 * NULL: then all start from 0. A start with no density is tried again with half the jitter, and
 * so on, then given up for another chain's. `pool` and `watch` may be NULL.
 * KU_BAD_DATA: no start of any chain is allowed; KU_CANCELLED: the watch said so;
 * KU_TOO_LARGE: the draws do not fit into memory. */
ku_status ku_nuts(const ku_density *density, const ku_nuts_options *options, const double *starts,
                  ku_pool *pool, const ku_nuts_watch *watch, ku_arena *arena, ku_nuts_draws *out,
                  ku_error *err);

/* What a chain's fate means and what to do, one sentence or two for people, cut to `size`;
 * empty for one that is well. */
void ku_nuts_explain(const ku_nuts_draws *draws, int chain, char *to, size_t size);

#endif
