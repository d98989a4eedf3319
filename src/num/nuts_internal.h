/* nuts_internal.h - the parts of the sampler: space, trajectory, warm-up. All memory is carved
 * from blocks that nuts.c takes from the caller's arena before the first draw.
 *
 * A chain runs in a space z in which the unknowns are of the size of one: x = A z (plus a place
 * that never matters). The momentum belongs to z and has the identity for its mass; the
 * gradient by z is A' times that by x. What A is, only the space knows. */
#ifndef KU_NUM_NUTS_INTERNAL_H
#define KU_NUM_NUTS_INTERNAL_H

#include "kemudi/rng.h"
#include "num/nuts.h"

/* Takes `count` doubles from a block, aligned to 64 bytes. */
double *ku_nuts_take(double **block, size_t count);
size_t ku_nuts_padded(size_t count);

/* ---- space: A = S (I + U (Λ^1/2 - I) U'), S diagonal, U's columns orthonormal --------------- */

typedef struct nuts_space {
    int unknowns;
    double *scale;
    int rank;        /* columns of U, at most KU_NUTS_RANK */
    double *column;  /* [rank][unknown] */
    double *stretch; /* [rank] Λ^1/2 - 1 */
} nuts_space;

/* to = A z; to = A' gradient. `to` is not its source. */
void ku_nuts_outward(const nuts_space *space, const double *z, double *to);
void ku_nuts_inward(const nuts_space *space, const double *gradient, double *to);

/* ---- trajectory: one draw -------------------------------------------------------------------- */

typedef struct nuts_point {
    double *x, *gradient; /* by x */
    double log_density;
} nuts_point;

/* An end of the trajectory, from where it is continued. */
typedef struct nuts_end {
    double *x, *gradient, *pull, *momentum; /* pull: the gradient by z */
} nuts_end;

/* A stretch of the trajectory of 2^depth points. */
typedef struct nuts_tree {
    double *sum, *first, *last; /* of momenta over its points; at its two ends, as built */
    nuts_point pick;            /* a draw from its points */
    double pick_energy, log_weight;
} nuts_tree;

typedef struct nuts_walk {
    const ku_density *density;
    nuts_space *space;
    double *work;     /* of the density */
    double *velocity; /* A times the momentum */
    nuts_end end[2];  /* behind, ahead */
    nuts_tree whole;
    nuts_tree *spare; /* one for each depth */
    double step;
    /* of the trajectory under way */
    int direction; /* 0 behind, 1 ahead */
    double energy; /* at its start */
    double accepted;
    int steps;
    bool divergent, at_limit;
} nuts_walk;

size_t ku_nuts_walk_room(const ku_density *density, int max_depth);
void ku_nuts_walk_init(nuts_walk *walk, const ku_density *density, nuts_space *space,
                       nuts_tree *spare, int max_depth, double **block);
/* Moves `at` to the next draw. */
ku_nuts_stat ku_nuts_move(nuts_walk *walk, nuts_point *at, int max_depth, ku_rng *rng);
/* A step size of the right order at `at`: Hoffman & Gelman (2014), algorithm 4; the number of
 * evaluations is added to *evaluations. */
void ku_nuts_first_step(nuts_walk *walk, const nuts_point *at, ku_rng *rng, size_t *evaluations);

/* ---- warm-up -------------------------------------------------------------------------------- */

/* Dual averaging of the logarithm of the step: Hoffman & Gelman (2014), eq. 6. */
typedef struct nuts_tuner {
    double accept, toward, error, mean;
    int turn;
} nuts_tuner;

void ku_nuts_tuner_start(nuts_tuner *tuner, double step, double accept);
/* The step for the next draw, after one with that chance of acceptance. */
double ku_nuts_tuner_turn(nuts_tuner *tuner, double accept);
double ku_nuts_tuner_end(const nuts_tuner *tuner);

/* Running mean and sum of squares of draws and of gradients. */
typedef struct nuts_spread {
    int count;
    double *mean, *square, *gradient_mean, *gradient_square;
} nuts_spread;

enum { KU_NUTS_KEPT = 80, KU_NUTS_RANK = 40 }; /* draws a low rank is learnt from, its limit */

/* What a chain learns of its space: from the draws of the window in use while the next one is
 * being filled. */
typedef struct nuts_lesson {
    ku_nuts_metric metric;
    nuts_spread used, filling;
    int changed; /* turn of the last change of the space */
    /* For the low rank: */
    int seen;
    double *draw, *gradient; /* [KU_NUTS_KEPT][unknown], the latest, in turn */
    double *work;
} nuts_lesson;

size_t ku_nuts_lesson_room(int unknowns, ku_nuts_metric metric);
void ku_nuts_lesson_init(nuts_lesson *lesson, nuts_space *space, ku_nuts_metric metric,
                         double **block);
/* For the low rank alone: memory; the directions, from the latest `count` draws kept and with
 * the space's scales as they are. */
size_t ku_nuts_rank_room(int unknowns);
void ku_nuts_learn_rank(const nuts_lesson *lesson, nuts_space *space, int count);
/* A first guess at the space from one gradient. */
void ku_nuts_guess(nuts_space *space, const double *gradient);
/* Learns from draw number `turn` of the warm-up; true when the space has changed. */
bool ku_nuts_learn(nuts_lesson *lesson, nuts_space *space, const nuts_point *at, int turn,
                   int warmup);
/* From this turn of the warm-up on the space stays as it is. */
int ku_nuts_settled(int warmup);

/* ---- fates -------------------------------------------------------------------------------------- */

/* Sets the fate of every chain from its draws. */
void ku_nuts_judge(ku_nuts_draws *draws);

#endif
