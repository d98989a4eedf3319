/* test_nearest.c - the nearest mixture of points: against all subsets of few points, the
 * conditions of Karush, Kuhn and Tucker for many, points that depend on each other. */
#include "check.h"

#include <string.h>

#include "kemudi/rng.h"
#include "num/linear.h"
#include "num/nearest.h"

enum { MOST = 60, DIMENSIONS = 80 };

/* An exact solution leaves rounding alone. */
static const double kkt_tolerance = 1e-11;

typedef struct cloud {
    int points, dimensions;
    double at[MOST][DIMENSIONS], target[DIMENSIONS];
    double raw[MOST * MOST], cross[MOST], square; /* products of the points and the target */
    double products[MOST * MOST], weight[MOST], work[MOST * MOST + 8 * MOST];
    int room[MOST];
} cloud;

static void draw_points(cloud *c, ku_rng *rng, int points, int dimensions)
{
    c->points = points;
    c->dimensions = dimensions;
    memset(c->weight, 0, sizeof c->weight);
    for (int d = 0; d < dimensions; d++) c->target[d] = 0.5 * ku_rng_normal(rng);
    for (int i = 0; i < points; i++)
        for (int d = 0; d < dimensions; d++)
            c->at[i][d] = ku_rng_normal(rng) + (d == i % 7 ? 2 : 0);
}

static double product(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int d = 0; d < n; d++) sum += a[d] * b[d];
    return sum;
}

static void multiply(cloud *c)
{
    assert_true(ku_nearest_room(c->points) <= sizeof c->work / sizeof *c->work);
    c->square = product(c->target, c->target, c->dimensions);
    for (int i = 0; i < c->points; i++) {
        c->cross[i] = product(c->at[i], c->target, c->dimensions);
        for (int j = 0; j < c->points; j++) {
            double less_i[DIMENSIONS], less_j[DIMENSIONS];
            for (int d = 0; d < c->dimensions; d++) {
                less_i[d] = c->at[i][d] - c->target[d];
                less_j[d] = c->at[j][d] - c->target[d];
            }
            c->raw[i * c->points + j] = product(c->at[i], c->at[j], c->dimensions);
            c->products[i * c->points + j] = product(less_i, less_j, c->dimensions);
        }
    }
}

static double square_of(const cloud *c, const double *weight)
{
    double sum = 0;
    for (int d = 0; d < c->dimensions; d++) {
        double x = -c->target[d];
        for (int i = 0; i < c->points; i++) x += weight[i] * c->at[i][d];
        sum += x * x;
    }
    return sum;
}

static ku_nearest_result solve(cloud *c)
{
    ku_nearest_points of = {c->points, c->raw, c->cross, c->square};
    return ku_nearest(&of, c->weight, c->work, c->room);
}

/* The least square over the planes of all subsets whose nearest point is a mixture. */
static double by_subsets(const cloud *c)
{
    double best = INFINITY;
    for (int set = 1; set < 1 << c->points; set++) {
        int member[8], n = 0;
        double a[64], u[8], weight[MOST] = {0}, sum = 0;
        for (int i = 0; i < c->points; i++)
            if (set >> i & 1) member[n++] = i;
        for (int i = 0; i < n; i++) {
            u[i] = 1;
            for (int j = 0; j < n; j++)
                a[i * n + j] = c->products[member[i] * c->points + member[j]] + 1;
        }
        if (!ku_cholesky(a, n, n)) continue;
        ku_cholesky_solve(a, n, n, u);
        bool inside = true;
        for (int i = 0; i < n; i++) sum += u[i];
        for (int i = 0; i < n; i++) inside = inside && (weight[member[i]] = u[i] / sum) >= 0;
        if (inside) best = fmin(best, square_of(c, weight));
    }
    return best;
}

static void few_points(void **state)
{
    (void)state;
    cloud *c = calloc(1, sizeof *c);
    assert_non_null(c);
    for (uint64_t k = 0; k < 300; k++) {
        ku_rng rng = ku_rng_make(11, k);
        draw_points(c, &rng, 1 + (int)ku_rng_below(&rng, 7), 1 + (int)ku_rng_below(&rng, 6));
        multiply(c);
        ku_nearest_result r = solve(c);
        check_near("square", by_subsets(c), square_of(c, c->weight), 1e-9);
        check_near("square told", square_of(c, c->weight), r.square, 1e-9);
    }
    free(c);
}

static void check_solution(const cloud *c, ku_nearest_result r)
{
    double sum = 0, size = 0;
    for (int i = 0; i < c->points; i++) {
        assert_true(c->weight[i] >= 0);
        sum += c->weight[i];
        size = fmax(size, c->products[i * c->points + i]);
    }
    check_near("weights add up to 1", 1, sum, 1e-12);
    if (!(r.gap <= kkt_tolerance * size))
        fail_msg("gap %.3g of %.3g, tolerance %.3g", r.gap, size, kkt_tolerance);
    for (int i = 0; i < c->points; i++) { /* the condition itself, of each point */
        double with = 0;
        for (int j = 0; j < c->points; j++) with += c->products[i * c->points + j] * c->weight[j];
        assert_true(with - r.square >= -kkt_tolerance * size);
        if (c->weight[i] > 0) assert_true(fabs(with - r.square) <= kkt_tolerance * size);
    }
}

static void many_points(void **state)
{
    (void)state;
    cloud *c = calloc(1, sizeof *c);
    double again[MOST];
    assert_non_null(c);
    for (uint64_t k = 0; k < 200; k++) {
        ku_rng rng = ku_rng_make(12, k);
        draw_points(c, &rng, 2 + (int)ku_rng_below(&rng, MOST - 1),
                    1 + (int)ku_rng_below(&rng, DIMENSIONS));
        multiply(c);
        ku_nearest_result r = solve(c);
        check_solution(c, r);
        memcpy(again, c->weight, sizeof again); /* from the solution it stays there */
        ku_nearest_result same = solve(c);
        check_near("square again", r.square, same.square, 1e-9);
        assert_true(same.steps <= 3);
    }
    free(c);
}

/* Twins, points on a line, the target among the points, all points one. */
static void dependent_points(void **state)
{
    (void)state;
    cloud *c = calloc(1, sizeof *c);
    assert_non_null(c);
    for (uint64_t k = 0; k < 100; k++) {
        ku_rng rng = ku_rng_make(13, k);
        draw_points(c, &rng, 30, 10);
        for (int i = 10; i < 20; i++) memcpy(c->at[i], c->at[i - 10], sizeof c->at[i]);
        for (int i = 20; i < 30; i++)
            for (int d = 0; d < 10; d++)
                c->at[i][d] = 0.3 * c->at[i - 20][d] + 0.7 * c->at[i - 19][d];
        if (k % 3 == 0) memcpy(c->target, c->at[4], sizeof c->target);
        if (k % 5 == 0)
            for (int i = 1; i < 30; i++) memcpy(c->at[i], c->at[0], sizeof c->at[i]);
        multiply(c);
        check_solution(c, solve(c));
    }
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_points),
        cmocka_unit_test(many_points),
        cmocka_unit_test(dependent_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
