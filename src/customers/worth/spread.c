/* spread.c - how much the number of purchases of customers alike varies.
 *
 * The mean of N (N - 1) has a simple form where customers leave at a time of their own, but
 * not where they leave upon buying, and no model is asked for it. So the simple form
 * (ahead.c) is corrected by what draws from the model say, for customers of each kind: as
 * many purchases, seen about as long. Draws are few and their error is that of a factor near
 * one. */
#include <math.h>
#include <string.h>

#include "customers/worth/worth_internal.h"

enum {
    LENGTHS = 3, /* of time seen */
    COUNTS = 9,  /* of purchases: 0, 1, 2, 3-4, 5-8, ... */
    KINDS = LENGTHS * COUNTS,
    PICKED = 12, /* places among the customers of a kind at which to draw */
    DRAWS = 400, /* for each */
};

static int count_kind(double x)
{
    int kind = x < 3 ? (int)x : 2 + (int)ceil(log2(x / 2) - 1e-9);
    return kind < COUNTS ? kind : COUNTS - 1;
}

static int kind_of(const ku_worth_future *f, const double bound[2])
{
    int length = f->T < bound[0] ? 0 : f->T < bound[1] ? 1 : 2;
    return length * COUNTS + count_kind(f->x);
}

/* Thirds of the span of times seen. */
static void find_bounds(const ku_worth_future *futures, size_t count, double bound[2])
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < count; i++) {
        least = fmin(least, futures[i].T);
        most = fmax(most, futures[i].T);
    }
    bound[0] = least + (most - least) / 3;
    bound[1] = most - (most - least) / 3;
}

/* The share of such customers who are one still times N (N - 1), by draws. */
static double drawn_second(const ku_buying_model *model, const ku_worth_future *f, double horizon,
                           int draws, ku_rng *rng)
{
    double sum = 0, t_x = f->x > 0 ? f->T : 0;
    for (int i = 0; i < draws; i++) {
        double n = model->draw(f->parameter, f->x, t_x, f->T, horizon, rng, NULL, 0);
        sum += n * (n - 1);
    }
    return sum / draws;
}

/* Places of a kind, evenly spread over its customers; a history that many share holds
 * several. */
typedef struct picks {
    double weight, seen; /* of the kind; of those passed */
    int picked;
    double drawn, simple; /* sums over the places */
} picks;

void ku_worth_spread(const ku_buying_model *model, const ku_worth_nodes *nodes,
                     ku_worth_future *futures, const double *weight, size_t count, uint64_t seed,
                     ku_arena *arena)
{
    double bound[2], horizon = nodes->t[nodes->count - 1];
    picks *kind = KU_ARRAY(arena, KINDS, picks);
    find_bounds(futures, count, bound);
    for (size_t i = 0; i < count; i++) kind[kind_of(&futures[i], bound)].weight += weight[i];
    for (size_t i = 0; i < count; i++) {
        int which = kind_of(&futures[i], bound);
        picks *k = &kind[which];
        k->seen += weight[i];
        int places = (int)floor(k->seen / k->weight * PICKED + 0.5) - k->picked;
        if (places <= 0) continue;
        ku_rng rng = ku_rng_make(seed, ku_rng_stream((uint64_t)which, (uint64_t)k->picked));
        k->drawn += places * drawn_second(model, &futures[i], horizon, places * DRAWS, &rng);
        k->simple += places * futures[i].alive_now * futures[i].second;
        k->picked += places;
    }
    for (size_t i = 0; i < count; i++) {
        const picks *k = &kind[kind_of(&futures[i], bound)];
        if (k->simple > 0 && k->drawn > 0) futures[i].second *= k->drawn / k->simple;
    }
}
