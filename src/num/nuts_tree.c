/* nuts_tree.c - one draw: a trajectory that doubles, forwards or backwards, until it turns.
 *
 * Each doubling adds a stretch as long as what is there. A stretch of 2^d points is built from
 * two of 2^(d-1); it is given up as soon as a part of it turns back on itself, which the sums of
 * momenta along it show (Betancourt 2017, appendix A.4.2). Joining two halves, the same is asked
 * of each half with the next point of the other, or a trajectory that fits its period exactly
 * would look as if it went on for ever. The draw is taken from all points in proportion to their
 * weight exp(-energy), with a preference for the newer half at the top (appendix A.3.2). */
#include <math.h>
#include <string.h>

#include "num/nuts_internal.h"

/* A trajectory whose energy has risen by this has left the density (as Stan). */
static const double worst_rise = 1000;

/* ---- memory ---------------------------------------------------------------------------------- */

size_t ku_nuts_padded(size_t count)
{
    return (count + 7) / 8 * 8;
}

double *ku_nuts_take(double **block, size_t count)
{
    double *taken = *block;
    *block += ku_nuts_padded(count);
    return taken;
}

size_t ku_nuts_walk_room(const ku_density *density, int max_depth)
{
    size_t n = ku_nuts_padded((size_t)density->unknowns);
    return ku_nuts_padded(density->room) + n * (1 + 2 * 4 + 5 * (1 + (size_t)max_depth));
}

static void init_tree(nuts_tree *tree, size_t n, double **block)
{
    tree->sum = ku_nuts_take(block, n);
    tree->first = ku_nuts_take(block, n);
    tree->last = ku_nuts_take(block, n);
    tree->pick.x = ku_nuts_take(block, n);
    tree->pick.gradient = ku_nuts_take(block, n);
}

void ku_nuts_walk_init(nuts_walk *walk, const ku_density *density, nuts_space *space,
                       nuts_tree *spare, int max_depth, double **block)
{
    size_t n = (size_t)density->unknowns;
    *walk = (nuts_walk){.density = density, .space = space, .spare = spare, .step = 1};
    walk->work = ku_nuts_take(block, density->room);
    walk->velocity = ku_nuts_take(block, n);
    for (int e = 0; e < 2; e++) {
        walk->end[e].x = ku_nuts_take(block, n);
        walk->end[e].gradient = ku_nuts_take(block, n);
        walk->end[e].pull = ku_nuts_take(block, n);
        walk->end[e].momentum = ku_nuts_take(block, n);
    }
    init_tree(&walk->whole, n, block);
    for (int d = 0; d < max_depth; d++) init_tree(&spare[d], n, block);
}

/* ---- space ----------------------------------------------------------------------------------- */

static void stretch(const nuts_space *space, double *v)
{
    int n = space->unknowns;
    for (int k = 0; k < space->rank; k++) {
        const double *u = space->column + (size_t)k * (size_t)n;
        double along = 0;
        for (int i = 0; i < n; i++) along += u[i] * v[i];
        along *= space->stretch[k];
        for (int i = 0; i < n; i++) v[i] += along * u[i];
    }
}

void ku_nuts_outward(const nuts_space *space, const double *restrict z, double *restrict to)
{
    int n = space->unknowns;
    if (space->rank > 0) {
        memcpy(to, z, (size_t)n * sizeof *to);
        stretch(space, to);
        for (int i = 0; i < n; i++) to[i] *= space->scale[i];
    } else {
        for (int i = 0; i < n; i++) to[i] = space->scale[i] * z[i];
    }
}

void ku_nuts_inward(const nuts_space *space, const double *restrict gradient, double *restrict to)
{
    for (int i = 0; i < space->unknowns; i++) to[i] = space->scale[i] * gradient[i];
    stretch(space, to);
}

/* ---- dynamics --------------------------------------------------------------------------------- */

static double half_square(const double *p, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += p[i] * p[i];
    return 0.5 * sum;
}

static void push(double *restrict p, const double *restrict pull, double time, int n)
{
    for (int i = 0; i < n; i++) p[i] += time * pull[i];
}

/* One step of the leapfrog. Returns the energy, INFINITY where there is no density. */
static double leap(nuts_walk *walk, nuts_end *end, double step, double *log_density)
{
    int n = walk->density->unknowns;
    push(end->momentum, end->pull, 0.5 * step, n);
    ku_nuts_outward(walk->space, end->momentum, walk->velocity);
    push(end->x, walk->velocity, step, n);
    *log_density = walk->density->value(walk->density->model, end->x, end->gradient, walk->work);
    if (!isfinite(*log_density)) return INFINITY;
    ku_nuts_inward(walk->space, end->gradient, end->pull);
    push(end->momentum, end->pull, 0.5 * step, n);
    double energy = half_square(end->momentum, n) - *log_density;
    return isfinite(energy) ? energy : INFINITY;
}

/* ---- trees ------------------------------------------------------------------------------------ */

static double log_add(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return isinf(high) ? high : high + log1p(exp(low - high));
}

static bool one_point(nuts_walk *walk, nuts_tree *tree)
{
    size_t bytes = (size_t)walk->density->unknowns * sizeof(double);
    nuts_end *end = &walk->end[walk->direction];
    double step = walk->direction == 1 ? walk->step : -walk->step;
    double energy = leap(walk, end, step, &tree->pick.log_density);
    walk->steps++;
    walk->accepted += energy <= walk->energy ? 1 : exp(walk->energy - energy);
    if (!(energy - walk->energy <= worst_rise)) {
        walk->divergent = true;
        return false;
    }
    memcpy(tree->sum, end->momentum, bytes);
    memcpy(tree->first, end->momentum, bytes);
    memcpy(tree->last, end->momentum, bytes);
    memcpy(tree->pick.x, end->x, bytes);
    memcpy(tree->pick.gradient, end->gradient, bytes);
    tree->pick_energy = energy;
    tree->log_weight = walk->energy - energy;
    return true;
}

/* Whether the two stretches together, `next` following `tree`, still go on: the sum of momenta
 * points along the momenta at both ends; and so for each with the first point of the other. The
 * sum of `tree` becomes that of both. */
static bool goes_on(nuts_tree *tree, const nuts_tree *next, int n)
{
    double all_first = 0, all_last = 0, left_first = 0, left_last = 0, right_first = 0,
           right_last = 0;
    const double *first = tree->first, *last = next->last;
    for (int i = 0; i < n; i++) {
        double sum = tree->sum[i] + next->sum[i];
        double left = tree->sum[i] + next->first[i], right = tree->last[i] + next->sum[i];
        all_first += first[i] * sum;
        all_last += last[i] * sum;
        left_first += first[i] * left;
        left_last += next->first[i] * left;
        right_first += tree->last[i] * right;
        right_last += last[i] * right;
        tree->sum[i] = sum;
    }
    return all_first > 0 && all_last > 0 && left_first > 0 && left_last > 0 && right_first > 0 &&
           right_last > 0;
}

static void swap(double **a, double **b)
{
    double *held = *a;
    *a = *b;
    *b = held;
}

static void take_pick(nuts_tree *tree, nuts_tree *from)
{
    nuts_point held = tree->pick;
    tree->pick = from->pick;
    from->pick = held;
    tree->pick_energy = from->pick_energy;
}

/* False when the stretch must not be used: it left the density or turned back. */
static bool grow(nuts_walk *walk, int depth, nuts_tree *tree, ku_rng *rng)
{
    if (depth == 0) return one_point(walk, tree);
    nuts_tree *next = &walk->spare[depth - 1];
    if (!grow(walk, depth - 1, tree, rng) || !grow(walk, depth - 1, next, rng)) return false;
    double both = log_add(tree->log_weight, next->log_weight);
    if (ku_rng_uniform(rng) < exp(next->log_weight - both)) take_pick(tree, next);
    tree->log_weight = both;
    bool on = goes_on(tree, next, walk->density->unknowns);
    swap(&tree->last, &next->last);
    return on;
}

/* Adds a stretch as long as the whole on the side of walk->direction. The whole's first and
 * last point are those behind and ahead; a stretch that is built backwards starts next to the
 * whole's first. */
static bool extend(nuts_walk *walk, int depth, ku_rng *rng)
{
    nuts_tree *whole = &walk->whole, *next = &walk->spare[depth];
    if (!grow(walk, depth, next, rng)) return false;
    if (ku_rng_uniform(rng) < exp(next->log_weight - whole->log_weight)) take_pick(whole, next);
    whole->log_weight = log_add(whole->log_weight, next->log_weight);
    if (walk->direction == 0) swap(&whole->first, &whole->last);
    bool on = goes_on(whole, next, walk->density->unknowns);
    swap(&whole->last, &next->last);
    if (walk->direction == 0) swap(&whole->first, &whole->last);
    return on;
}

static void set_out(nuts_walk *walk, const nuts_point *at, ku_rng *rng)
{
    int n = walk->density->unknowns;
    size_t bytes = (size_t)n * sizeof(double);
    nuts_end *ahead = &walk->end[1], *behind = &walk->end[0];
    for (int i = 0; i < n; i++) ahead->momentum[i] = ku_rng_normal(rng);
    memcpy(ahead->x, at->x, bytes);
    memcpy(ahead->gradient, at->gradient, bytes);
    ku_nuts_inward(walk->space, at->gradient, ahead->pull);
    memcpy(behind->x, at->x, bytes);
    memcpy(behind->gradient, at->gradient, bytes);
    memcpy(behind->pull, ahead->pull, bytes);
    memcpy(behind->momentum, ahead->momentum, bytes);
    walk->energy = half_square(ahead->momentum, n) - at->log_density;
}

ku_nuts_stat ku_nuts_move(nuts_walk *walk, nuts_point *at, int max_depth, ku_rng *rng)
{
    size_t bytes = (size_t)walk->density->unknowns * sizeof(double);
    nuts_tree *whole = &walk->whole;
    int depth = 0;
    set_out(walk, at, rng);
    const double *momentum = walk->end[1].momentum;
    memcpy(whole->sum, momentum, bytes);
    memcpy(whole->first, momentum, bytes);
    memcpy(whole->last, momentum, bytes);
    memcpy(whole->pick.x, at->x, bytes);
    memcpy(whole->pick.gradient, at->gradient, bytes);
    whole->pick.log_density = at->log_density;
    whole->pick_energy = walk->energy;
    whole->log_weight = 0;
    walk->accepted = 0;
    walk->steps = 0;
    walk->divergent = false;
    walk->at_limit = true;
    for (; walk->at_limit && depth < max_depth; depth++) {
        walk->direction = ku_rng_uniform(rng) < 0.5;
        walk->at_limit = extend(walk, depth, rng);
    }
    memcpy(at->x, whole->pick.x, bytes);
    memcpy(at->gradient, whole->pick.gradient, bytes);
    at->log_density = whole->pick.log_density;
    return (ku_nuts_stat){.log_density = at->log_density,
                          .energy = whole->pick_energy,
                          .accept = walk->accepted / walk->steps,
                          .steps = walk->steps,
                          .depth = depth,
                          .divergent = walk->divergent};
}

void ku_nuts_first_step(nuts_walk *walk, const nuts_point *at, ku_rng *rng, size_t *evaluations)
{
    const double good = log(0.8);
    int up = 0;
    for (int turn = 0; turn < 60; turn++) {
        double log_density;
        set_out(walk, at, rng);
        double rise = leap(walk, &walk->end[1], walk->step, &log_density) - walk->energy;
        int wanted = -rise > good ? 1 : -1;
        ++*evaluations;
        if (up == 0) up = wanted;
        if (wanted != up) return;
        walk->step = up > 0 ? 2 * walk->step : 0.5 * walk->step;
    }
}
