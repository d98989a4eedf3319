/* futures.c - drawing, reconciling and counting out futures.
 *
 * A node's forecast comes with four bounds and a mean. Its distribution is taken as a
 * function Q of a standard normal variable, straight between the five and straight on beyond
 * them. The middle value is chosen so that the mean of Q is the mean of the forecast: of a
 * product that sells now and then the mean is not the median, and over thousands of them the
 * difference would add up. */
#include "forecast/reconcile/futures.h"

#include <math.h>
#include <string.h>

/* Of the projection: far below what the quantile of a thousand futures can resolve. */
static const double close_enough = 1e-4;

enum { KNOTS = 5 };
/* The normal quantiles of lo95, lo80, the middle, hi80, hi95. */
static const double knot[KNOTS] = {-1.9599639845400545, -1.2815515655446004, 0, 1.2815515655446004,
                                   1.9599639845400545};
/* Which bound belongs to which knot. */
static const int bound_of[KNOTS] = {2, 0, -1, 1, 3};

typedef struct shape {
    double at[KNOTS];
} shape;

typedef struct lane { /* of one thread */
    double *work, *y, *sum;
    float *gathered;
} lane;

struct ku_futures {
    ku_futures_options o;
    shape *shape; /* nodes */
    uint64_t stream;
    double size;   /* of the largest forecast: samples are kept in this unit */
    float *sample; /* future by future, nodes each */
    lane *lane;
    unsigned lanes;
    double *const *bound; /* while ku_futures_bounds runs */
};

/* ---- one node's distribution ---------------------------------------------------------------- */

static double density(double z)
{
    return exp(-z * z / 2) * 0.3989422804014327;
}

static double below(double z)
{
    return erfc(-z * 0.7071067811865476) / 2;
}

/* The integral of (z - from) times the normal density over [lo, hi]. */
static double ramp(double from, double lo, double hi)
{
    double mass = (isinf(hi) ? 1 : below(hi)) - (isinf(lo) ? 0 : below(lo));
    return (isinf(lo) ? 0 : density(lo)) - (isinf(hi) ? 0 : density(hi)) - from * mass;
}

/* weight[j]: what a unit of the value at knot j adds to the mean of Q. */
static void mean_weights(double weight[KNOTS])
{
    memset(weight, 0, KNOTS * sizeof *weight);
    for (int j = 0; j + 1 < KNOTS; j++) {
        double lo = j == 0 ? -INFINITY : knot[j], hi = j + 2 == KNOTS ? INFINITY : knot[j + 1];
        double width = knot[j + 1] - knot[j];
        weight[j + 1] += ramp(knot[j], lo, hi) / width;
        weight[j] -= ramp(knot[j + 1], lo, hi) / width;
    }
}

static shape shape_of(const ku_futures_base *base, int i, const double weight[KNOTS])
{
    double at[KNOTS], mean = 0;
    shape s;
    for (int j = 0; j < KNOTS; j++) at[j] = bound_of[j] < 0 ? 0 : base->bound[bound_of[j]][i];
    for (int j = 0; j < KNOTS; j++) mean += weight[j] * at[j];
    at[KNOTS / 2] = fmin(fmax((base->mean[i] - mean) / weight[KNOTS / 2], at[1]), at[3]);
    mean += weight[KNOTS / 2] * at[KNOTS / 2];
    /* Where the bounds leave no room for that, the rest is made up by the scale or a shift. */
    double scale = at[0] >= 0 && mean > 0 ? base->mean[i] / mean : 1;
    double shift = at[0] >= 0 && mean > 0 ? 0 : base->mean[i] - mean;
    for (int j = 0; j < KNOTS; j++) s.at[j] = scale * at[j] + shift;
    return s;
}

static double value_at(const shape *s, double z)
{
    int j = z < knot[1] ? 0 : z < 0 ? 1 : z < knot[3] ? 2 : 3;
    double share = (z - knot[j]) / (knot[j + 1] - knot[j]);
    return s->at[j] + share * (s->at[j + 1] - s->at[j]);
}

/* ---- setting up --------------------------------------------------------------------------------- */

ku_futures *ku_futures_new(ku_arena *arena, const ku_futures_options *options, unsigned threads)
{
    ku_futures *f = KU_NEW(arena, ku_futures);
    size_t nodes = (size_t)options->hierarchy->nodes, count = (size_t)options->count;
    f->o = *options;
    f->lanes = threads > 0 ? threads : 1;
    f->lane = KU_ARRAY(arena, f->lanes, lane);
    f->shape = ku_arena_try(arena, (nodes + 1) * sizeof *f->shape);
    f->sample = ku_arena_try(arena, (nodes * count + 1) * sizeof *f->sample);
    if (!f->shape || !f->sample) return NULL;
    for (unsigned t = 0; t < f->lanes; t++) {
        lane *l = &f->lane[t];
        l->work = ku_arena_try(arena, ku_reconciler_room(options->reconciler) * sizeof(double));
        l->y = ku_arena_try(arena, (nodes + 1) * sizeof(double));
        l->sum = ku_arena_try(arena, 2 * (nodes + 1) * sizeof(double));
        l->gathered = ku_arena_try(arena, (count + 1) * sizeof(float));
        if (!l->work || !l->y || !l->sum || !l->gathered) return NULL;
    }
    return f;
}

void ku_futures_set(ku_futures *f, const ku_futures_base *base, uint64_t stream)
{
    double weight[KNOTS];
    mean_weights(weight);
    f->size = 0;
    for (int i = 0; i < f->o.hierarchy->nodes; i++) {
        f->shape[i] = shape_of(base, i, weight);
        for (int j = 0; j < KNOTS; j++) f->size = fmax(f->size, fabs(f->shape[i].at[j]));
    }
    if (!(f->size > 0)) f->size = 1;
    f->stream = stream;
}

/* ---- one future ------------------------------------------------------------------------------------ */

/* The scores of two periods of the past, chosen at random, and how much of each. */
typedef struct blend {
    const float *a, *b;
    double of_a, of_b;
} blend;

static blend two_periods(const ku_futures *f, ku_rng *rng)
{
    uint64_t nodes = (uint64_t)f->o.hierarchy->nodes, periods = (uint64_t)f->o.periods;
    double turn = 2 * 3.141592653589793 * ku_rng_uniform(rng);
    blend p = {.of_a = cos(turn), .of_b = sin(turn)};
    p.a = f->o.score + ku_rng_below(rng, periods) * nodes;
    p.b = f->o.score + ku_rng_below(rng, periods) * nodes;
    return p;
}

/* Erring base forecasts: what went wrong together in the past, and independent parts. */
static void go_wrong(const ku_futures *f, int number, double *y)
{
    ku_rng rng = ku_rng_make(f->o.seed, ku_rng_stream(f->stream, (uint64_t)number));
    int nodes = f->o.hierarchy->nodes;
    double own = sqrt(f->o.shrinkage), common = sqrt(1 - f->o.shrinkage);
    blend past = {0};
    if (f->o.periods > 0) past = two_periods(f, &rng);
    for (int i = 0; i < nodes; i++) {
        double z = ku_rng_normal(&rng);
        if (past.a != NULL && !isnan(past.a[i]) && !isnan(past.b[i]))
            z = own * z + common * (past.of_a * (double)past.a[i] + past.of_b * (double)past.b[i]);
        y[i] = value_at(&f->shape[i], z);
    }
}

/* Negative leaves become zero; the others of the same lowest group of the first chain give
 * in proportion, so that the sums above them stay as far as they are not negative. */
static void cut_negative(const ku_futures *f, double *leaf, double *sum)
{
    const ku_hierarchy *h = f->o.hierarchy;
    const int32_t *up = h->leaf_above;
    double *kept = sum + h->aggregates;
    bool any = false;
    for (int i = 0; i < h->leaves && !any; i++) any = f->o.bounded[i] && leaf[i] < 0;
    if (!any) return;
    memset(sum, 0, 2 * (size_t)h->aggregates * sizeof *sum);
    for (int i = 0; i < h->leaves; i++) {
        double before = leaf[i];
        if (f->o.bounded[i]) leaf[i] = fmax(before, 0);
        if (h->chains == 0 || up[i] < 0) continue;
        sum[up[i]] += leaf[i] - before;               /* what was added by cutting */
        kept[up[i]] += f->o.bounded[i] ? leaf[i] : 0; /* what can give */
    }
    for (int i = 0; i < h->leaves && h->chains > 0; i++)
        if (up[i] >= 0 && f->o.bounded[i] && kept[up[i]] > 0)
            leaf[i] *= fmax(0, 1 - sum[up[i]] / kept[up[i]]);
}

void ku_futures_draw(ku_futures *f, int number, unsigned thread, double *y)
{
    const ku_hierarchy *h = f->o.hierarchy;
    lane *l = &f->lane[thread];
    go_wrong(f, number, y);
    ku_reconcile(f->o.reconciler, y, close_enough, y, l->work);
    if (f->o.bounded) {
        cut_negative(f, y + h->aggregates, l->sum);
        ku_hierarchy_sum(h, y + h->aggregates, y);
    }
}

/* ---- all futures ------------------------------------------------------------------------------------- */

static void draw_one(void *data, size_t item, unsigned thread)
{
    ku_futures *f = data;
    size_t nodes = (size_t)f->o.hierarchy->nodes;
    double *y = f->lane[thread].y;
    ku_futures_draw(f, (int)item, thread, y);
    for (size_t i = 0; i < nodes; i++) f->sample[item * nodes + i] = (float)(y[i] / f->size);
}

/* The k-th smallest of v[from .. to), which is put in place: Hoare's selection. */
static float select_at(float *v, int from, int to, int k)
{
    int lo = from, hi = to - 1;
    while (lo < hi) {
        float pivot = v[lo + (hi - lo) / 2];
        int i = lo, j = hi;
        while (i <= j) {
            while (v[i] < pivot) i++;
            while (v[j] > pivot) j--;
            if (i <= j) {
                float swap = v[i];
                v[i++] = v[j];
                v[j--] = swap;
            }
        }
        if (k <= j)
            hi = j;
        else if (k >= i)
            lo = i;
        else
            break;
    }
    return v[k];
}

/* The quantile between two neighbours: Hyndman & Fan (1996), definition 7. */
static double quantile(float *v, int n, double share)
{
    double place = share * (n - 1);
    int k = (int)place;
    double low = (double)select_at(v, 0, n, k);
    if (k + 1 >= n) return low;
    double high = (double)select_at(v, k, n, k + 1);
    return low + (place - k) * (high - low);
}

static void count_one(void *data, size_t item, unsigned thread)
{
    ku_futures *f = data;
    size_t nodes = (size_t)f->o.hierarchy->nodes;
    float *v = f->lane[thread].gathered;
    for (int s = 0; s < f->o.count; s++) v[s] = f->sample[(size_t)s * nodes + item];
    for (int b = 0; b < KU_BOUNDS; b++)
        f->bound[b][item] = f->size * quantile(v, f->o.count, ku_bound_share[b]);
}

void ku_futures_bounds(ku_futures *f, ku_pool *pool, double *const bound[KU_BOUNDS])
{
    f->bound = bound;
    ku_pool_each(pool, (size_t)f->o.count, 1, draw_one, f);
    ku_pool_each(pool, (size_t)f->o.hierarchy->nodes, 64, count_one, f);
}

/* ---- scores --------------------------------------------------------------------------------------------- */

void ku_normal_scores(const double *error, int n, int *order, double *score)
{
    for (int i = 0; i < n; i++) { /* insertion: n is a few hundred at most */
        int at = i;
        while (at > 0 && error[order[at - 1]] > error[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    for (int from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && error[order[to]] <= error[order[from]];) to++;
        double z = ku_normal_quantile(0.5 * (from + to) / n);
        for (int k = from; k < to; k++) score[order[k]] = z;
    }
}
