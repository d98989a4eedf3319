/* test_reconcile.c - reconciliation: identities that every method must keep, small cases
 * against the textbook's dense matrices and against a search over all sets of zeros, and
 * sizes at which a dense matrix could not exist. */
#include "check.h"

#include <string.h>

#include "forecast/reconcile/projection.h"
#include "forecast/reconcile/reconcile.h"
#include "forecast/reconcile/shrink.h"
#include "kemudi/rng.h"
#include "num/linear.h"

enum { LEAVES = 12, LEVELS = 4, PERIODS = 9, MOST_NODES = 40 };

static const double rounding = 1e-9; /* of two exact ways to the same number */

/* A total, three groups, six subgroups of two, and four regions that cross both; some leaves
 * have no region. */
typedef struct small_case {
    ku_arena *arena;
    int32_t group[LEVELS][LEAVES];
    ku_level level[LEVELS];
    ku_hierarchy *h;
    double base[MOST_NODES], variance[MOST_NODES], share[LEAVES];
    double error[PERIODS * MOST_NODES], shrinkage;
} small_case;

static void scale_errors(small_case *c, int nodes)
{
    double gram[PERIODS * PERIODS];
    for (int i = 0; i < nodes; i++) {
        double sum = 0;
        for (int t = 0; t < PERIODS; t++)
            sum += c->error[t * nodes + i] * c->error[t * nodes + i] / PERIODS;
        c->variance[i] = sum;
        for (int t = 0; t < PERIODS; t++) c->error[t * nodes + i] /= sqrt(sum);
    }
    c->shrinkage = ku_shrink_intensity(c->error, nodes, PERIODS, gram);
}

static small_case *new_case(int levels, uint64_t seed)
{
    ku_arena *arena = ku_arena_new();
    small_case *c = KU_NEW(arena, small_case);
    ku_rng rng = ku_rng_make(seed, 1);
    c->arena = arena;
    for (int i = 0; i < LEAVES; i++) {
        c->group[0][i] = 0;
        c->group[1][i] = i / 4;
        c->group[2][i] = i / 2;
        c->group[3][i] = i == 5 ? -1 : i % 4;
        c->share[i] = 1.0 / LEAVES;
    }
    static const int groups[LEVELS] = {1, 3, 6, 4};
    for (int l = 0; l < LEVELS; l++) c->level[l] = (ku_level){c->group[l], groups[l]};
    c->h = ku_hierarchy_new(arena, LEAVES, c->level, levels);
    assert_non_null(c->h);
    for (int i = 0; i < c->h->nodes; i++) c->base[i] = 20 * ku_rng_normal(&rng) + 30;
    for (int i = 0; i < PERIODS * c->h->nodes; i++) c->error[i] = ku_rng_normal(&rng);
    for (int t = 0; t < PERIODS; t++) { /* something common, and different sizes */
        double common = ku_rng_normal(&rng);
        for (int i = 0; i < c->h->nodes; i++)
            c->error[t * c->h->nodes + i] = (c->error[t * c->h->nodes + i] + 1.5 * common) *
                                            (1 + i % 5);
    }
    scale_errors(c, c->h->nodes);
    return c;
}

static ku_reconciler *make(small_case *c, ku_reconcile_method method)
{
    ku_reconcile_options options = {.method = method,
                                    .share = c->share,
                                    .variance = c->variance,
                                    .error = c->error,
                                    .periods = PERIODS,
                                    .shrinkage = c->shrinkage};
    ku_reconciler *r = ku_reconciler_new(c->arena, c->h, &options);
    assert_non_null(r);
    return r;
}

static double *room_for(small_case *c, const ku_reconciler *r)
{
    return KU_ARRAY(c->arena, ku_reconciler_room(r), double);
}

/* ---- the dense textbook solution -------------------------------------------------------------- */

typedef struct dense {
    int n, m;
    double s[MOST_NODES][LEAVES];     /* summing matrix */
    double w[MOST_NODES][MOST_NODES]; /* covariance */
    double inverse[MOST_NODES][MOST_NODES];
} dense;

static void fill_summing(dense *d, const ku_hierarchy *h)
{
    d->n = h->nodes;
    d->m = h->leaves;
    memset(d->s, 0, sizeof d->s);
    for (int l = 0; l < h->levels; l++)
        for (int i = 0; i < h->leaves; i++) {
            int32_t node = h->member[l * h->leaves + i];
            if (node >= 0) d->s[node][i] = 1;
        }
    for (int i = 0; i < h->leaves; i++) d->s[h->aggregates + i][i] = 1;
}

static void fill_covariance(dense *d, const small_case *c, ku_reconcile_method method)
{
    memset(d->w, 0, sizeof d->w);
    for (int i = 0; i < d->n; i++) {
        double leaves = 0;
        for (int j = 0; j < d->m; j++) leaves += d->s[i][j];
        d->w[i][i] = method == KU_OLS ? 1 : method == KU_WLS_STRUCTURE ? leaves : c->variance[i];
        for (int j = 0; method == KU_MINT && j < d->n; j++) {
            double r = 0;
            for (int t = 0; t < PERIODS; t++)
                r += c->error[t * d->n + i] * c->error[t * d->n + j] / PERIODS;
            if (i != j) d->w[i][j] = (1 - c->shrinkage) * r * sqrt(c->variance[i] * c->variance[j]);
        }
    }
}

static void invert(dense *d)
{
    static double factor[MOST_NODES * MOST_NODES];
    for (int i = 0; i < d->n; i++)
        for (int j = 0; j < d->n; j++) factor[i * d->n + j] = d->w[i][j];
    assert_true(ku_cholesky(factor, d->n, d->n));
    for (int j = 0; j < d->n; j++) {
        double unit[MOST_NODES] = {0};
        unit[j] = 1;
        ku_cholesky_solve(factor, d->n, d->n, unit);
        for (int i = 0; i < d->n; i++) d->inverse[i][j] = unit[i];
    }
}

/* b = (S_F' W^-1 S_F)^-1 S_F' W^-1 y over the leaves of `free`, 0 elsewhere; returns the
 * objective (y - S b)' W^-1 (y - S b). */
static double dense_solve(const dense *d, const double *y, unsigned free_set, double *b)
{
    double a[LEAVES * LEAVES] = {0}, right[LEAVES] = {0}, rest[MOST_NODES], value = 0;
    int leaf[LEAVES], k = 0;
    for (int i = 0; i < d->m; i++)
        if (free_set >> i & 1) leaf[k++] = i;
    for (int p = 0; p < k; p++)
        for (int u = 0; u < d->n; u++) {
            if (d->s[u][leaf[p]] == 0) continue;
            for (int v = 0; v < d->n; v++) {
                right[p] += d->inverse[u][v] * y[v];
                for (int q = 0; q < k; q++) a[p * k + q] += d->inverse[u][v] * d->s[v][leaf[q]];
            }
        }
    if (k > 0) {
        assert_true(ku_cholesky(a, k, k));
        ku_cholesky_solve(a, k, k, right);
    }
    memset(b, 0, (size_t)d->m * sizeof *b);
    for (int p = 0; p < k; p++) b[leaf[p]] = right[p];
    for (int u = 0; u < d->n; u++) {
        rest[u] = y[u];
        for (int i = 0; i < d->m; i++) rest[u] -= d->s[u][i] * b[i];
    }
    for (int u = 0; u < d->n; u++)
        for (int v = 0; v < d->n; v++) value += rest[u] * d->inverse[u][v] * rest[v];
    return value;
}

/* ---- identities ---------------------------------------------------------------------------------- */

static const ku_reconcile_method every_method[] = {
    KU_BOTTOM_UP,    KU_TOP_DOWN, KU_TOP_DOWN_FORECAST, KU_OLS, KU_WLS_STRUCTURE,
    KU_WLS_VARIANCE, KU_MINT,
};

static void check_coherent(const ku_hierarchy *h, const double *y)
{
    double sum[MOST_NODES];
    ku_hierarchy_sum(h, y + h->aggregates, sum);
    for (int g = 0; g < h->aggregates; g++) check_near("adds up", sum[g], y[g], rounding);
}

static void every_result_adds_up(void **state)
{
    (void)state;
    for (int levels = 1; levels <= LEVELS; levels++)
        for (size_t k = 0; k < sizeof every_method / sizeof *every_method; k++) {
            small_case *c = new_case(levels, 7);
            ku_reconciler *r = make(c, every_method[k]);
            double y[MOST_NODES];
            ku_reconcile(r, c->base, 1e-12, y, room_for(c, r));
            check_coherent(c->h, y);
            ku_arena_free(c->arena);
        }
}

/* S P S = S: what adds up already is left alone (not so for fixed shares). */
static void what_adds_up_is_left_alone(void **state)
{
    (void)state;
    for (int levels = 1; levels <= LEVELS; levels++)
        for (size_t k = 0; k < sizeof every_method / sizeof *every_method; k++) {
            if (every_method[k] == KU_TOP_DOWN) continue;
            small_case *c = new_case(levels, 8);
            ku_reconciler *r = make(c, every_method[k]);
            double y[MOST_NODES];
            ku_hierarchy_sum(c->h, c->base + c->h->aggregates, c->base);
            ku_reconcile(r, c->base, 1e-12, y, room_for(c, r));
            for (int i = 0; i < c->h->nodes; i++)
                check_near("unchanged", c->base[i], y[i], rounding);
            ku_arena_free(c->arena);
        }
}

static void bottom_up_keeps_the_leaves(void **state)
{
    (void)state;
    small_case *c = new_case(LEVELS, 9);
    ku_reconciler *r = make(c, KU_BOTTOM_UP);
    double y[MOST_NODES];
    ku_reconcile(r, c->base, 1e-12, y, room_for(c, r));
    assert_memory_equal(y + c->h->aggregates, c->base + c->h->aggregates, sizeof(double) * LEAVES);
    ku_arena_free(c->arena);
}

static void top_down_keeps_the_total(void **state)
{
    (void)state;
    static const ku_reconcile_method method[] = {KU_TOP_DOWN, KU_TOP_DOWN_FORECAST};
    for (int k = 0; k < 2; k++) {
        small_case *c = new_case(3, 10);
        ku_reconciler *r = make(c, method[k]);
        double y[MOST_NODES];
        ku_reconcile(r, c->base, 1e-12, y, room_for(c, r));
        check_near("total", c->base[0], y[0], rounding);
        if (k == 0) check_near("equal shares", c->base[0] / LEAVES, y[c->h->aggregates], rounding);
        /* Within a subgroup the leaves keep their proportion. */
        int a = c->h->aggregates;
        if (k == 1)
            check_near("proportion", c->base[a] / c->base[a + 1], y[a] / y[a + 1], rounding);
        ku_arena_free(c->arena);
    }
}

static void least_squares_agree_with_dense_matrices(void **state)
{
    (void)state;
    static dense d;
    for (int levels = 1; levels <= LEVELS; levels++)
        for (ku_reconcile_method k = KU_OLS; k <= KU_MINT; k++) {
            small_case *c = new_case(levels, 11);
            ku_reconciler *r = make(c, k);
            double y[MOST_NODES], b[LEAVES];
            ku_reconcile(r, c->base, 1e-13, y, room_for(c, r));
            fill_summing(&d, c->h);
            fill_covariance(&d, c, k);
            invert(&d);
            dense_solve(&d, c->base, (1U << LEAVES) - 1, b);
            for (int i = 0; i < LEAVES; i++)
                check_near("leaf", b[i], y[c->h->aggregates + i], 1e-8);
            ku_arena_free(c->arena);
        }
}

/* With all correlations shrunk away, MinT is least squares weighted by the variances. */
static void mint_without_correlations_is_wls(void **state)
{
    (void)state;
    small_case *c = new_case(LEVELS, 12);
    double mint[MOST_NODES], wls[MOST_NODES];
    c->shrinkage = 1;
    ku_reconciler *a = make(c, KU_MINT), *b = make(c, KU_WLS_VARIANCE);
    ku_reconcile(a, c->base, 1e-13, mint, room_for(c, a));
    ku_reconcile(b, c->base, 1e-13, wls, room_for(c, b));
    for (int i = 0; i < c->h->nodes; i++) check_near("node", wls[i], mint[i], rounding);
    ku_arena_free(c->arena);
}

/* A leaf that never erred keeps its forecast. */
static void certain_leaf_stays(void **state)
{
    (void)state;
    for (ku_reconcile_method k = KU_WLS_VARIANCE; k <= KU_MINT; k++) {
        small_case *c = new_case(LEVELS, 13);
        int n = c->h->nodes, node = c->h->aggregates + 3;
        double y[MOST_NODES];
        c->variance[node] = 0;
        for (int t = 0; t < PERIODS; t++) c->error[t * n + node] = 0;
        ku_reconciler *r = make(c, k);
        ku_reconcile(r, c->base, 1e-13, y, room_for(c, r));
        check_near("certain", c->base[node], y[node], 1e-14);
        check_coherent(c->h, y);
        for (int i = 0; i < n; i++) assert_true(isfinite(y[i]));
        ku_arena_free(c->arena);
    }
}

/* ---- shrinkage -------------------------------------------------------------------------------------- */

/* Schaefer & Strimmer's estimate pair by pair, as the paper writes it. */
static void shrinkage_agrees_with_all_pairs(void **state)
{
    (void)state;
    small_case *c = new_case(LEVELS, 14);
    int n = c->h->nodes;
    double T = PERIODS, above = 0, below = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double product[PERIODS], mean = 0, spread = 0;
            if (i == j) continue;
            for (int t = 0; t < PERIODS; t++) {
                product[t] = c->error[t * n + i] * c->error[t * n + j];
                mean += product[t] / T;
            }
            for (int t = 0; t < PERIODS; t++) spread += (product[t] - mean) * (product[t] - mean);
            above += spread / (T * (T - 1));
            below += mean * mean;
        }
    assert_true(above > 0 && above < below);
    check_near("shrinkage", above / below, c->shrinkage, 1e-12);
    ku_arena_free(c->arena);
}

static void independent_errors_are_shrunk_away(void **state)
{
    (void)state;
    enum { N = 200, T = 10 };
    static double error[N * T];
    double gram[T * T];
    ku_rng rng = ku_rng_make(3, 3);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int t = 0; t < T; t++) {
            error[t * N + i] = ku_rng_normal(&rng);
            sum += error[t * N + i] * error[t * N + i] / T;
        }
        for (int t = 0; t < T; t++) error[t * N + i] /= sqrt(sum);
    }
    assert_true(ku_shrink_intensity(error, N, T, gram) > 0.9);
}

/* ---- without negative leaves ------------------------------------------------------------------------- */

/* The best of all 2^12 sets of zeros whose solution is not negative. */
static double best_of_all_sets(const dense *d, const double *y, double *best)
{
    double least = INFINITY, b[LEAVES];
    for (unsigned set = 0; set < 1U << LEAVES; set++) {
        double value = dense_solve(d, y, set, b);
        bool good = value < least;
        for (int i = 0; i < LEAVES; i++) good = good && b[i] >= -1e-12;
        if (!good) continue;
        least = value;
        memcpy(best, b, sizeof b);
    }
    return least;
}

static void bounded_agrees_with_all_sets_of_zeros(void **state)
{
    (void)state;
    static dense d;
    int zeros = 0;
    for (uint64_t seed = 20; seed < 26; seed++) {
        ku_reconcile_method method = seed % 2 ? KU_MINT : KU_WLS_VARIANCE;
        small_case *c = new_case(seed % 3 ? LEVELS : 3, seed);
        bool bounded[LEAVES];
        double y[MOST_NODES], b[LEAVES];
        for (int i = 0; i < LEAVES; i++) bounded[i] = true;
        for (int i = 0; i < c->h->nodes; i++) c->base[i] -= 22;
        ku_reconciler *r = make(c, method);
        ku_bounded_end end = ku_reconcile_bounded(r, c->base, bounded, y, room_for(c, r));
        assert_true(end.optimal);
        zeros += end.zeros;
        fill_summing(&d, c->h);
        fill_covariance(&d, c, method);
        invert(&d);
        best_of_all_sets(&d, c->base, b);
        for (int i = 0; i < LEAVES; i++) check_near("leaf", b[i], y[c->h->aggregates + i], 1e-7);
        check_coherent(c->h, y);
        ku_arena_free(c->arena);
    }
    assert_true(zeros > 5); /* or nothing was tried */
}

/* After a bounded reconciliation the reconciler is as before. */
static void bounded_leaves_no_trace(void **state)
{
    (void)state;
    small_case *c = new_case(LEVELS, 30);
    bool bounded[LEAVES];
    double before[MOST_NODES], between[MOST_NODES], after[MOST_NODES];
    for (int i = 0; i < LEAVES; i++) bounded[i] = i != 2;
    ku_reconciler *r = make(c, KU_MINT);
    double *work = room_for(c, r);
    for (int i = 0; i < c->h->nodes; i++) c->base[i] -= 25;
    ku_reconcile(r, c->base, 1e-13, before, work);
    ku_bounded_end end = ku_reconcile_bounded(r, c->base, bounded, between, work);
    assert_true(end.rounds > 1);
    for (int i = 0; i < LEAVES; i++) assert_true(!bounded[i] || between[c->h->aggregates + i] >= 0);
    ku_reconcile(r, c->base, 1e-13, after, work);
    for (int i = 0; i < c->h->nodes; i++) check_near("node", before[i], after[i], rounding);
    ku_arena_free(c->arena);
}

/* ---- sizes ----------------------------------------------------------------------------------------------- */

/* 20,000 leaves, groups of 10, groups of those, 200 crossing: the optimum's own conditions
 * S'W^-1 (y - S b) = 0 must hold. A dense W would take 4 GB. */
static void large_case_meets_its_conditions(void **state)
{
    (void)state;
    enum { M = 20000 };
    ku_arena *arena = ku_arena_new();
    int32_t *group = KU_ARRAY(arena, 4 * M, int32_t);
    ku_rng rng = ku_rng_make(4, 4);
    for (int i = 0; i < M; i++) {
        group[i] = 0;
        group[M + i] = i / 100;
        group[2 * M + i] = i / 10;
        group[3 * M + i] = (int32_t)(i < 200 ? (uint64_t)i : ku_rng_below(&rng, 200));
    }
    const ku_level level[] = {
        {group, 1}, {group + M, 200}, {group + 2 * M, 2000}, {group + 3 * M, 200}};
    ku_hierarchy *h = ku_hierarchy_new(arena, M, level, 4);
    assert_non_null(h);
    assert_int_equal(h->chains, 2);
    size_t n = (size_t)h->nodes;
    double *d = KU_ARRAY(arena, n, double), *z = KU_ARRAY(arena, n, double);
    double *x = KU_ARRAY(arena, M, double), *lambda = KU_ARRAY(arena, n, double);
    double *sum = KU_ARRAY(arena, n, double), *back = KU_ARRAY(arena, M, double);
    double *work = KU_ARRAY(arena, ku_projection_room(h), double);
    for (size_t i = 0; i < n; i++) {
        d[i] = exp(ku_rng_normal(&rng));
        z[i] = 100 * ku_rng_normal(&rng);
    }
    ku_projection *p = ku_projection_new(arena, h);
    ku_projection_set(p, d, NULL);
    int iterations = ku_projection_solve(p, z, 1e-12, x, lambda, work);
    assert_true(iterations > 0 && iterations < 60);
    ku_hierarchy_sum(h, x, sum);
    for (int g = 0; g < h->aggregates; g++) sum[g] = (z[g] - sum[g]) / d[g];
    ku_hierarchy_spread(h, sum, back);
    for (int i = 0; i < M; i++) {
        double own = (z[h->aggregates + i] - x[i]) / d[h->aggregates + i];
        check_near("condition", 0, back[i] + own, 1e-6);
    }
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_result_adds_up),
        cmocka_unit_test(what_adds_up_is_left_alone),
        cmocka_unit_test(bottom_up_keeps_the_leaves),
        cmocka_unit_test(top_down_keeps_the_total),
        cmocka_unit_test(least_squares_agree_with_dense_matrices),
        cmocka_unit_test(mint_without_correlations_is_wls),
        cmocka_unit_test(certain_leaf_stays),
        cmocka_unit_test(shrinkage_agrees_with_all_pairs),
        cmocka_unit_test(independent_errors_are_shrunk_away),
        cmocka_unit_test(bounded_agrees_with_all_sets_of_zeros),
        cmocka_unit_test(bounded_leaves_no_trace),
        cmocka_unit_test(large_case_meets_its_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
