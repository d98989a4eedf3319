/* reconcile.c - the methods, and MinT by the Woodbury identity turned around.
 *
 * MinT's covariance is W = D + F F' with one column of F for each past period. Then
 *   (y - S b)' W^-1 (y - S b) = min over w of (y - S b - F w)' D^-1 (y - S b - F w) + w'w:
 * the errors common to all nodes are w, what is left is independent. For a given w this is
 * the diagonal projection P of projection.h, so b = P y - (P F) w, and w solves the small
 * system (I + F'E) w = E'y with E = D^-1 (F - S P F). P F and E are found once, a
 * projection a period; then each reconciliation costs one projection and two passes over
 * nodes x periods. Nothing of size nodes x nodes is ever formed. */
#include "forecast/reconcile/reconcile.h"

#include <math.h>
#include <string.h>

#include "forecast/reconcile/projection.h"
#include "num/linear.h"
#include "num/magnitude.h"

/* Of ku_projection_solve for what is kept. */
static const double exact = 1e-13;
/* Least share of the diagonal in W, so that it is never singular. */
static const double least_shrinkage = 1e-3;
/* The variance of a sum, or of a leaf that did err, is at least this share of the mean one. */
static const double least_variance = 1e-10;

struct ku_reconciler {
    const ku_hierarchy *h;
    ku_reconcile_options options;
    ku_projection *projection;
    double *d;      /* nodes */
    int factors;    /* columns of F; 0: W is diagonal */
    double *factor; /* F: column t at t * nodes */
    double *x;      /* P F by leaf: leaf i at i * factors */
    double *e;      /* E: column t at t * nodes */
    double *small;  /* Cholesky factor of I + F'E */
    bool *fixed;    /* leaves held at zero */
    bool any_fixed;
    double *work; /* for setting up */
};

bool ku_reconciler_least_squares(const ku_reconciler *r)
{
    return r->options.method >= KU_OLS;
}

size_t ku_reconciler_room(const ku_reconciler *r)
{
    const ku_hierarchy *h = r->h;
    return ku_projection_room(h) + 4 * (size_t)h->nodes + (size_t)r->factors + 8;
}

/* ---- the covariance -------------------------------------------------------------------- */

/* Only the proportions of the variances count; near one their products cannot overflow. */
static void set_variances(ku_reconciler *r)
{
    const ku_hierarchy *h = r->h;
    const double *variance = r->options.variance;
    bool given = r->options.method == KU_WLS_VARIANCE || r->options.method == KU_MINT;
    double sum = 0, unit = given ? ku_magnitude(variance, h->nodes) : 1;
    for (int i = 0; i < h->leaves; i++) r->work[i] = 1;
    switch (r->options.method) {
    case KU_WLS_STRUCTURE:
        ku_hierarchy_sum(h, r->work, r->d);
        for (int i = h->aggregates; i < h->nodes; i++) r->d[i] = 1;
        return;
    case KU_WLS_VARIANCE:
    case KU_MINT:
        for (int i = 0; i < h->nodes; i++) sum += variance[i] / unit / h->nodes;
        for (int i = 0; i < h->nodes; i++) {
            bool certain = i >= h->aggregates && !(variance[i] > 0);
            r->d[i] = fmax(variance[i] / unit, certain ? 0 : least_variance * sum);
            if (!(sum > 0)) r->d[i] = 1;
        }
        return;
    default:
        for (int i = 0; i < h->nodes; i++) r->d[i] = 1;
    }
}

/* W = shrinkage diag(v) + (1 - shrinkage) sqrt(v) R sqrt(v), R = X X' / T. */
static void set_factors(ku_reconciler *r)
{
    const ku_hierarchy *h = r->h;
    double kept = fmax(r->options.shrinkage, least_shrinkage);
    double scale = sqrt(fmax(1 - kept, 0) / r->options.periods);
    for (int t = 0; t < r->factors; t++) {
        size_t at = (size_t)t * (size_t)h->nodes;
        for (int i = 0; i < h->nodes; i++)
            r->factor[at + (size_t)i] = scale * sqrt(r->d[i]) * r->options.error[at + (size_t)i];
    }
    for (int i = 0; i < h->nodes; i++) r->d[i] *= kept;
}

/* ---- projecting the common errors -------------------------------------------------------- */

/* Four partial sums, always in the same order: one would wait for each addition. */
static double dot(const double *a, const double *b, int n)
{
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        s0 += a[i] * b[i];
        s1 += a[i + 1] * b[i + 1];
        s2 += a[i + 2] * b[i + 2];
        s3 += a[i + 3] * b[i + 3];
    }
    for (; i < n; i++) s0 += a[i] * b[i];
    return (s0 + s1) + (s2 + s3);
}

/* Column t of P F and E. */
static void project_factor(ku_reconciler *r, int t)
{
    const ku_hierarchy *h = r->h;
    const double *f = r->factor + (size_t)t * (size_t)h->nodes;
    double *e = r->e + (size_t)t * (size_t)h->nodes;
    double *x = r->work, *work = r->work + h->leaves;
    ku_projection_solve(r->projection, f, exact, x, e, work);
    for (int i = 0; i < h->leaves; i++) {
        int node = h->aggregates + i;
        e[node] = r->d[node] > 0 ? (f[node] - x[i]) / r->d[node] : 0;
        r->x[(size_t)i * (size_t)r->factors + (size_t)t] = x[i];
    }
}

/* For the leaves now fixed. */
static void prepare(ku_reconciler *r, const bool *fixed)
{
    int k = r->factors;
    r->any_fixed = fixed != NULL;
    ku_projection_set(r->projection, r->d, fixed);
    for (int t = 0; t < k; t++) project_factor(r, t);
    for (int t = 0; t < k; t++)
        for (int u = 0; u <= t; u++)
            r->small[t * k + u] = (t == u) + dot(r->factor + (size_t)t * (size_t)r->h->nodes,
                                                 r->e + (size_t)u * (size_t)r->h->nodes,
                                                 r->h->nodes);
    bool definite = k == 0 || ku_cholesky(r->small, k, k);
    if (!definite) r->factors = 0; /* rounding only: fall back on the diagonal */
}

ku_reconciler *ku_reconciler_new(ku_arena *arena, const ku_hierarchy *h,
                                 const ku_reconcile_options *options)
{
    ku_reconciler *r = KU_NEW(arena, ku_reconciler);
    size_t nodes = (size_t)h->nodes, leaves = (size_t)h->leaves;
    r->h = h;
    r->options = *options;
    size_t k = options->method == KU_MINT ? (size_t)options->periods : 0;
    r->factors = (int)k;
    r->projection = ku_projection_new(arena, h);
    r->d = ku_arena_try(arena, (nodes + 1) * sizeof(double));
    r->factor = ku_arena_try(arena, (nodes * k + 1) * sizeof(double));
    r->e = ku_arena_try(arena, (nodes * k + 1) * sizeof(double));
    r->x = ku_arena_try(arena, (leaves * k + 1) * sizeof(double));
    r->small = ku_arena_try(arena, (k * k + 1) * sizeof(double));
    r->fixed = ku_arena_try(arena, leaves + 1);
    r->work = ku_arena_try(arena, (ku_projection_room(h) + nodes + leaves) * sizeof(double));
    if (!r->projection || !r->d || !r->factor || !r->e || !r->x || !r->small || !r->fixed ||
        !r->work)
        return NULL;
    set_variances(r);
    if (k) set_factors(r);
    if (ku_reconciler_least_squares(r)) prepare(r, NULL);
    return r;
}

/* ---- reconciling ---------------------------------------------------------------------------- */

/* Leaves x by least squares; w[factors] gets the common errors. */
static void least_squares(const ku_reconciler *r, const double *base, double tolerance, double *x,
                          double *lambda, double *w, double *work)
{
    const ku_hierarchy *h = r->h;
    int k = r->factors;
    ku_projection_solve(r->projection, base, tolerance, x, lambda, work);
    if (k == 0) return;
    /* E'S = 0, so with all leaves free E'y = E'(y - S b) for the base forecasts b of the
     * leaves, which is 0 but for the sums: what they and the leaves disagree by. */
    int rows = h->nodes;
    const double *apart = base;
    if (!r->any_fixed) {
        rows = h->aggregates;
        ku_hierarchy_sum(h, base + rows, work);
        for (int g = 0; g < rows; g++) work[g] = base[g] - work[g];
        apart = work;
    }
    for (int t = 0; t < k; t++) w[t] = dot(r->e + (size_t)t * (size_t)h->nodes, apart, rows);
    ku_cholesky_solve(r->small, k, k, w);
    for (int i = 0; i < h->leaves; i++) x[i] -= dot(r->x + (size_t)i * (size_t)k, w, k);
}

/* A node's share of what its parent got: by the forecasts, or equal where they add up to 0. */
static double part_of(double got, double forecast, double sum, double count)
{
    return sum > 0 || sum < 0 ? got * (forecast / sum) : got / count;
}

/* Top-down in the first chain: each node's forecast is divided among its children. */
static void by_forecast_shares(const ku_hierarchy *h, const double *base, double *x, double *work)
{
    double *sum = work, *count = sum + h->aggregates, *got = count + h->aggregates;
    const double *leaf = base + h->aggregates;
    int nodes = h->first[h->chain[1]];
    memset(work, 0, 2 * (size_t)h->aggregates * sizeof *work);
    for (int g = 1; g < nodes; g++) sum[h->above[g]] += base[g], count[h->above[g]]++;
    for (int i = 0; i < h->leaves; i++) sum[h->leaf_above[i]] += leaf[i], count[h->leaf_above[i]]++;
    got[0] = base[0];
    for (int g = 1; g < nodes; g++) {
        int up = h->above[g];
        got[g] = part_of(got[up], base[g], sum[up], count[up]);
    }
    for (int i = 0; i < h->leaves; i++) {
        int up = h->leaf_above[i];
        x[i] = part_of(got[up], leaf[i], sum[up], count[up]);
    }
}

static void find_leaves(const ku_reconciler *r, const double *base, double tolerance, double *x,
                        double *work)
{
    const ku_hierarchy *h = r->h;
    switch (r->options.method) {
    case KU_BOTTOM_UP:
        memcpy(x, base + h->aggregates, (size_t)h->leaves * sizeof *x);
        return;
    case KU_TOP_DOWN: {
        double total = base[ku_hierarchy_total(h)];
        for (int i = 0; i < h->leaves; i++) x[i] = total * r->options.share[i];
        return;
    }
    case KU_TOP_DOWN_FORECAST:
        by_forecast_shares(h, base, x, work);
        return;
    default:
        least_squares(r, base, tolerance, x, work, work + h->aggregates,
                      work + h->aggregates + r->factors);
    }
}

static void add_up(const ku_hierarchy *h, const double *x, double *y)
{
    memmove(y + h->aggregates, x, (size_t)h->leaves * sizeof *x);
    ku_hierarchy_sum(h, y + h->aggregates, y);
}

void ku_reconcile(const ku_reconciler *r, const double *base, double tolerance, double *reconciled,
                  double *work)
{
    double *x = work;
    find_leaves(r, base, tolerance, x, work + r->h->leaves);
    add_up(r->h, x, reconciled);
}

/* ---- without negative leaves ------------------------------------------------------------------ */

enum { MOST_ROUNDS = 60, PATIENCE = 3 };
/* Smaller negative leaves, relative to the mean forecast, are rounding. */
static const double rounding = 1e-9;

/* slope[leaf] = d_i times the fall of the objective per unit of leaf i: what would make a leaf
 * held at zero grow. rho = D^-1 (z - S x - F w) summed over the leaf and the nodes above it. */
static void find_slopes(const ku_reconciler *r, const double *base, const double *x,
                        const double *w, double *rho, double *slope)
{
    const ku_hierarchy *h = r->h;
    ku_hierarchy_sum(h, x, rho);
    memcpy(rho + h->aggregates, x, (size_t)h->leaves * sizeof *x);
    for (int i = 0; i < h->nodes; i++) rho[i] = base[i] - rho[i];
    for (int t = 0; t < r->factors; t++) {
        const double *f = r->factor + (size_t)t * (size_t)h->nodes;
        for (int i = 0; i < h->nodes; i++) rho[i] -= w[t] * f[i];
    }
    for (int i = 0; i < h->nodes; i++) rho[i] = r->d[i] > 0 ? rho[i] / r->d[i] : 0;
    ku_hierarchy_spread(h, rho, slope);
    for (int i = 0; i < h->leaves; i++)
        slope[i] = (slope[i] + rho[h->aggregates + i]) * r->d[h->aggregates + i];
}

/* Leaf i breaks a condition of the optimum. */
static bool breaks(const ku_reconciler *r, const bool *bounded, const double *x,
                   const double *slope, double size, int i)
{
    if (!bounded[i]) return false;
    return r->fixed[i] ? slope[i] > size : x[i] < -size;
}

/* Exchanges the leaves that break a condition, all, or after PATIENCE rounds without
 * progress only the last one, which cannot cycle. Returns how many broke one. */
static int exchange(ku_reconciler *r, const bool *bounded, const double *x, const double *slope,
                    double size, int *fewest, int *patience)
{
    int count = 0, last = -1;
    for (int i = 0; i < r->h->leaves; i++)
        if (breaks(r, bounded, x, slope, size, i)) count++, last = i;
    if (count == 0) return 0;
    bool all = true;
    if (count < *fewest) {
        *fewest = count;
        *patience = PATIENCE;
    } else if (--*patience < 0) {
        all = false;
    }
    for (int i = all ? 0 : last; i <= last; i++)
        if (breaks(r, bounded, x, slope, size, i)) r->fixed[i] = !r->fixed[i];
    return count;
}

static ku_bounded_end pivot(ku_reconciler *r, const double *base, const bool *bounded, double *x,
                            double *work)
{
    const ku_hierarchy *h = r->h;
    double *lambda = work, *w = lambda + h->aggregates, *rho = w + r->factors;
    double *slope = rho + h->nodes, *room = slope + h->leaves, size = 0;
    ku_bounded_end end = {.optimal = false};
    int fewest = h->leaves + 1, patience = PATIENCE;
    memset(r->fixed, 0, (size_t)h->leaves);
    for (int i = h->aggregates; i < h->nodes; i++) size += fabs(base[i]) / h->leaves;
    for (;;) {
        end.rounds++;
        least_squares(r, base, exact, x, lambda, w, room);
        if (end.rounds > 1) find_slopes(r, base, x, w, rho, slope);
        end.optimal = exchange(r, bounded, x, slope, rounding * size, &fewest, &patience) == 0;
        if (end.optimal || end.rounds == MOST_ROUNDS) break;
        prepare(r, r->fixed);
    }
    if (end.rounds > 1) prepare(r, NULL);
    return end;
}

ku_bounded_end ku_reconcile_bounded(ku_reconciler *r, const double *base, const bool *bounded,
                                    double *reconciled, double *work)
{
    const ku_hierarchy *h = r->h;
    double *x = work, *room = work + h->leaves;
    ku_bounded_end end = {.optimal = true, .rounds = 1};
    if (ku_reconciler_least_squares(r))
        end = pivot(r, base, bounded, x, room);
    else
        find_leaves(r, base, exact, x, room);
    for (int i = 0; i < h->leaves; i++)
        if (bounded[i] && (x[i] < 0 || (ku_reconciler_least_squares(r) && r->fixed[i]))) {
            x[i] = 0;
            end.zeros++;
        }
    add_up(h, x, reconciled);
    return end;
}
