/* projection.c - the tree's own elimination, and conjugate gradients around it.
 *
 * Let lambda_g = (z_g - sum of x below g) / d_g for every sum g. The conditions of the
 * optimum then read
 *   x_i = z_i + m_i * (sum of lambda over the nodes above leaf i),   m_i = d_i, 0 if fixed
 *   d_g lambda_g + sum over the leaves i of g of x_i = z_g.
 * In a tree write p for the sum of lambdas from the top down to a node. What a branch adds
 * up to is then a straight line in the p it hangs on, alpha + s p: a leaf has alpha = z_i,
 * s = m_i; a node with alpha, s the sums over its children has
 *   lambda = (z_g - alpha - s p) / (d_g + s), hence
 *   alpha' = (d_g alpha + s z_g) / (d_g + s),   s' = s d_g / (d_g + s).
 * One pass up finds the lines, one pass down the lambdas: Gaussian elimination in the order
 * of the tree. With several chains the same equations, K lambda = right side with
 * K = D + C M C', are solved by preconditioned conjugate gradients (Golub & Van Loan 2013,
 * algorithm 11.5.1), the preconditioner being the elimination of each chain by itself. */
#include "forecast/reconcile/projection.h"

#include <math.h>
#include <string.h>

/* Rounding can keep the residual above what was asked; after so many iterations without a
 * smaller one it stays there. */
enum { MOST_ITERATIONS = 500, PATIENCE = 30 };

struct ku_projection {
    const ku_hierarchy *h;
    const double *d;
    const bool *fixed; /* leaves, or NULL */
    double *mobility;  /* leaves: m_i */
    double *s;         /* aggregates: slope of the sum of the children */
};

ku_projection *ku_projection_new(ku_arena *arena, const ku_hierarchy *h)
{
    ku_projection *p = KU_NEW(arena, ku_projection);
    p->h = h;
    p->mobility = ku_arena_try(arena, ((size_t)h->leaves + 1) * sizeof(double));
    p->s = ku_arena_try(arena, ((size_t)h->aggregates + 1) * sizeof(double));
    return p->mobility && p->s ? p : NULL;
}

/* s' of a node from the slope s of its children. */
static double own_slope(double s, double d)
{
    return s + d > 0 ? s * (d / (d + s)) : 0;
}

void ku_projection_set(ku_projection *p, const double *d, const bool *fixed)
{
    const ku_hierarchy *h = p->h;
    p->d = d;
    p->fixed = fixed;
    for (int i = 0; i < h->leaves; i++)
        p->mobility[i] = fixed && fixed[i] ? 0 : d[h->aggregates + i];
    memset(p->s, 0, (size_t)h->aggregates * sizeof *p->s);
    for (int c = 0; c < h->chains; c++) {
        const int32_t *up = h->leaf_above + (size_t)c * (size_t)h->leaves;
        for (int i = 0; i < h->leaves; i++)
            if (up[i] >= 0) p->s[up[i]] += p->mobility[i];
        for (int g = h->first[h->chain[c + 1]] - 1; g >= h->first[h->chain[c]]; g--)
            if (h->above[g] >= 0) p->s[h->above[g]] += own_slope(p->s[g], d[g]);
    }
}

size_t ku_projection_room(const ku_hierarchy *h)
{
    return 5 * (size_t)h->aggregates + (size_t)h->leaves + 8;
}

/* Solves chain c for the right side z_g of its nodes, alpha[g] already holding what the
 * leaves of g add up to without any lambda; spoils alpha. down[] gets the p of each node. */
static void solve_chain(const ku_projection *p, int c, const double *z, double *alpha,
                        double *lambda, double *down)
{
    const ku_hierarchy *h = p->h;
    int from = h->first[h->chain[c]], to = h->first[h->chain[c + 1]];
    for (int g = to - 1; g >= from; g--) {
        double s = p->s[g], sum = p->d[g] + s;
        if (h->above[g] >= 0)
            alpha[h->above[g]] += sum > 0 ? (p->d[g] * alpha[g] + s * z[g]) / sum : alpha[g];
    }
    for (int g = from; g < to; g++) {
        double above = h->above[g] >= 0 ? down[h->above[g]] : 0, sum = p->d[g] + p->s[g];
        lambda[g] = sum > 0 ? (z[g] - alpha[g] - p->s[g] * above) / sum : 0;
        down[g] = above + lambda[g];
    }
}

/* to = C (M (C' lambda)) + D lambda */
static void apply(const ku_projection *p, const double *lambda, double *to, double *leaf)
{
    const ku_hierarchy *h = p->h;
    ku_hierarchy_spread(h, lambda, leaf);
    for (int i = 0; i < h->leaves; i++) leaf[i] *= p->mobility[i];
    ku_hierarchy_sum(h, leaf, to);
    for (int g = 0; g < h->aggregates; g++) to[g] += p->d[g] * lambda[g];
}

static void precondition(const ku_projection *p, const double *r, double *to, double *alpha,
                         double *down)
{
    const ku_hierarchy *h = p->h;
    memset(alpha, 0, (size_t)h->aggregates * sizeof *alpha);
    for (int c = 0; c < h->chains; c++) solve_chain(p, c, r, alpha, to, down);
}

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* K lambda = r from lambda = 0; r is spoilt. */
static int conjugate_gradients(const ku_projection *p, double *r, double tolerance, double *lambda,
                               double *work)
{
    int n = p->h->aggregates, k = 0;
    double *q = work, *direction = q + n, *alpha = direction + n, *down = alpha + n;
    double *leaf = down + n;
    memset(lambda, 0, (size_t)n * sizeof *lambda);
    precondition(p, r, q, alpha, down);
    memcpy(direction, q, (size_t)n * sizeof *q);
    double rq = dot(r, q, n), enough = tolerance * tolerance * rq;
    double least = rq;
    for (int since = 0; rq > enough && rq > 0 && k < MOST_ITERATIONS && since < PATIENCE; k++) {
        apply(p, direction, q, leaf);
        double curve = dot(direction, q, n);
        if (!(curve > 0)) break;
        double step = rq / curve, before = rq;
        for (int i = 0; i < n; i++) lambda[i] += step * direction[i], r[i] -= step * q[i];
        precondition(p, r, q, alpha, down);
        rq = dot(r, q, n);
        since = rq < least ? 0 : since + 1;
        least = fmin(least, rq);
        for (int i = 0; i < n; i++) direction[i] = q[i] + rq / before * direction[i];
    }
    return k;
}

/* The targets of the leaves as far as they hold: those of fixed leaves do not. */
static double start_of(const ku_projection *p, const double *z, int i)
{
    return p->fixed && p->fixed[i] ? 0 : z[p->h->aggregates + i];
}

static void solve_tree(const ku_projection *p, const double *z, double *x, double *lambda,
                       double *alpha, double *down)
{
    const ku_hierarchy *h = p->h;
    memset(alpha, 0, (size_t)h->aggregates * sizeof *alpha);
    for (int i = 0; i < h->leaves; i++)
        if (h->leaf_above[i] >= 0) alpha[h->leaf_above[i]] += start_of(p, z, i);
    solve_chain(p, 0, z, alpha, lambda, down);
    for (int i = 0; i < h->leaves; i++) {
        double above = h->leaf_above[i] >= 0 ? down[h->leaf_above[i]] : 0;
        x[i] = start_of(p, z, i) + p->mobility[i] * above;
    }
}

int ku_projection_solve(const ku_projection *p, const double *z, double tolerance, double *x,
                        double *lambda, double *work)
{
    const ku_hierarchy *h = p->h;
    int n = h->aggregates;
    double *r = work;
    if (h->chains <= 1) {
        if (h->chains == 1)
            solve_tree(p, z, x, lambda, work, work + n);
        else
            for (int i = 0; i < h->leaves; i++) x[i] = start_of(p, z, i);
        return 0;
    }
    for (int i = 0; i < h->leaves; i++) x[i] = start_of(p, z, i);
    ku_hierarchy_sum(h, x, r);
    for (int g = 0; g < n; g++) r[g] = z[g] - r[g];
    int iterations = conjugate_gradients(p, r, tolerance, lambda, work + n);
    double *leaf = work + 5 * (size_t)n;
    ku_hierarchy_spread(h, lambda, leaf);
    for (int i = 0; i < h->leaves; i++) x[i] += p->mobility[i] * leaf[i];
    return iterations;
}
