/* test_futures.c - simulated futures that add up: their spread against the covariance that
 * theory gives, their sums, their signs, and means that skewness must not move. */
#include "check.h"

#include <string.h>

#include "forecast/reconcile/futures.h"

enum { LEAVES = 6, NODES = 9, PERIODS = 6, COUNT = 20000 };

typedef struct scene {
    ku_arena *arena;
    int32_t group[2][LEAVES];
    ku_hierarchy *h;
    double mean[NODES], bound[KU_BOUNDS][NODES], variance[NODES], share[LEAVES];
    float score[PERIODS * NODES];
    bool bounded[LEAVES];
    ku_reconciler *r;
    ku_futures *f;
} scene;

static int scene_new(void **state)
{
    ku_arena *arena = ku_arena_new();
    scene *s = KU_NEW(arena, scene);
    s->arena = arena;
    for (int i = 0; i < LEAVES; i++) s->group[1][i] = i / 3;
    const ku_level level[] = {{s->group[0], 1}, {s->group[1], 2}};
    s->h = ku_hierarchy_new(arena, LEAVES, level, 2);
    *state = s;
    return 0;
}

static int scene_end(void **state)
{
    ku_arena_free(((scene *)*state)->arena);
    return 0;
}

/* Normal intervals of the given deviation around 100 times the leaves of the node. */
static void normal_base(scene *s, double deviation)
{
    static const double leaves[NODES] = {6, 3, 3, 1, 1, 1, 1, 1, 1};
    for (int i = 0; i < NODES; i++) {
        s->mean[i] = 100 * leaves[i];
        s->variance[i] = deviation * deviation * leaves[i];
        for (int b = 0; b < KU_BOUNDS; b++)
            s->bound[b][i] = s->mean[i] +
                             ku_normal_quantile(ku_bound_share[b]) * sqrt(s->variance[i]);
    }
}

static void make(scene *s, ku_reconcile_method method, int periods, double shrinkage, int count)
{
    ku_reconcile_options options = {.method = method, .share = s->share, .variance = s->variance};
    s->r = ku_reconciler_new(s->arena, s->h, &options);
    ku_futures_options futures = {.hierarchy = s->h,
                                  .reconciler = s->r,
                                  .score = s->score,
                                  .periods = periods,
                                  .shrinkage = shrinkage,
                                  .bounded = s->bounded,
                                  .count = count,
                                  .seed = 9};
    s->f = ku_futures_new(s->arena, &futures, 2);
    ku_futures_base base = {s->mean, {s->bound[0], s->bound[1], s->bound[2], s->bound[3]}};
    assert_non_null(s->r);
    assert_non_null(s->f);
    ku_futures_set(s->f, &base, 1);
}

static void moments(scene *s, int node, double *mean, double *deviation)
{
    double y[NODES], sum = 0, squares = 0;
    for (int k = 0; k < COUNT; k++) {
        ku_futures_draw(s->f, k, 0, y);
        sum += y[node];
        squares += y[node] * y[node];
    }
    *mean = sum / COUNT;
    *deviation = sqrt(squares / COUNT - *mean * *mean);
}

/* Independent leaves and sums whose errors are as large as those of their leaves together:
 * weighted least squares halves the total's variance or better. The exact variance of the
 * total: with d of a leaf 1, of a group 3, of the total 6, a group's leaves and its own
 * forecast combine to 3/2, both groups to 3, with the total's own to 2. */
static void spread_is_that_of_theory(void **state)
{
    scene *s = *state;
    double mean, deviation;
    normal_base(s, 5);
    make(s, KU_WLS_VARIANCE, 0, 1, COUNT);
    moments(s, 0, &mean, &deviation);
    check_near("mean of the total", 600, mean, 3 * 5 * sqrt(2.0 / COUNT) / 600);
    check_near("deviation of the total", 5 * sqrt(2), deviation, 0.03);
    make(s, KU_BOTTOM_UP, 0, 1, COUNT);
    moments(s, 0, &mean, &deviation);
    check_near("bottom-up", 5 * sqrt(6), deviation, 0.03);
}

/* Leaves that always erred together err together: bottom-up then has no averaging out. */
static void errors_that_went_together_go_together(void **state)
{
    scene *s = *state;
    double mean, deviation, error[PERIODS] = {3, -1, 4, -1.5, -5, 0.2}, score[PERIODS];
    int order[PERIODS];
    ku_normal_scores(error, PERIODS, order, score);
    double size = 0;
    for (int t = 0; t < PERIODS; t++) {
        size += score[t] * score[t] / PERIODS;
        for (int i = 0; i < NODES; i++) s->score[t * NODES + i] = (float)score[t];
    }
    normal_base(s, 5);
    make(s, KU_BOTTOM_UP, PERIODS, 0, COUNT);
    moments(s, 0, &mean, &deviation);
    check_near("together", 6 * 5 * sqrt(size), deviation, 0.03);
}

static void bounds_are_quantiles(void **state)
{
    scene *s = *state;
    double room[KU_BOUNDS][NODES];
    double *bound[KU_BOUNDS] = {room[0], room[1], room[2], room[3]};
    normal_base(s, 5);
    make(s, KU_WLS_VARIANCE, 0, 1, COUNT);
    ku_pool *pool = ku_pool_new(2);
    ku_futures_bounds(s->f, pool, bound);
    ku_pool_free(pool);
    for (int b = 0; b < KU_BOUNDS; b++)
        check_near("bound of the total", 600 + 5 * sqrt(2) * ku_normal_quantile(ku_bound_share[b]),
                   bound[b][0], 1e-3);
}

/* Forecasts near zero: every future adds up, none has a negative leaf, and cutting the
 * negative ones has not blown up the total. */
static void futures_add_up_without_negative_leaves(void **state)
{
    scene *s = *state;
    double mean = 0;
    normal_base(s, 80);
    for (int i = 0; i < LEAVES; i++) s->bounded[i] = true;
    make(s, KU_WLS_VARIANCE, 0, 1, 100);
    for (int k = 0; k < 2000; k++) {
        double y[NODES], sum[3];
        ku_futures_draw(s->f, k, 0, y);
        for (int i = 3; i < NODES; i++) assert_true(y[i] >= 0);
        ku_hierarchy_sum(s->h, y + 3, sum);
        for (int g = 0; g < 3; g++) check_near("adds up", sum[g], y[g], 1e-9);
        mean += y[0] / 2000;
    }
    check_near("mean of the total", 600, mean, 0.02);
}

/* A product that sells now and then: bounds 0, 0, 1, 3 and a mean of 0.4. The mean of its
 * futures must be 0.4, or thousands of them would add up to another total. */
static void skewness_keeps_the_mean(void **state)
{
    scene *s = *state;
    static const double bounds[KU_BOUNDS] = {0, 1, 0, 3};
    double mean, deviation;
    for (int i = 0; i < NODES; i++) {
        s->mean[i] = 0.4;
        for (int b = 0; b < KU_BOUNDS; b++) s->bound[b][i] = bounds[b];
    }
    for (int i = 0; i < LEAVES; i++) s->bounded[i] = true;
    make(s, KU_BOTTOM_UP, 0, 1, COUNT);
    moments(s, 3, &mean, &deviation);
    check_near("mean", 0.4, mean, 4 * deviation / sqrt(COUNT));
}

static void huge_and_constant_forecasts_stay_finite(void **state)
{
    scene *s = *state;
    double room[KU_BOUNDS][NODES];
    double *bound[KU_BOUNDS] = {room[0], room[1], room[2], room[3]};
    normal_base(s, 5);
    for (int i = 0; i < NODES; i++) {
        s->mean[i] *= 1e110;
        for (int b = 0; b < KU_BOUNDS; b++)
            s->bound[b][i] = i % 2 ? s->mean[i] : 1e110 * s->bound[b][i];
    }
    make(s, KU_WLS_STRUCTURE, 0, 1, 200);
    ku_futures_bounds(s->f, NULL, bound);
    for (int i = 0; i < NODES; i++)
        for (int b = 0; b < KU_BOUNDS; b++) assert_true(isfinite(bound[b][i]));
}

static void scores_share_ranks(void **state)
{
    (void)state;
    const double error[5] = {2, 7, 2, -1, 2};
    double score[5];
    int order[5];
    ku_normal_scores(error, 5, order, score);
    check_near("lowest", ku_normal_quantile(0.1), score[3], 1e-15);
    check_near("equal", ku_normal_quantile(0.5), score[0], 1e-15);
    check_near("equal", score[0], score[4], 0);
    check_near("highest", ku_normal_quantile(0.9), score[1], 1e-15);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_new, scene_end)
    const struct CMUnitTest tests[] = {
        TEST(spread_is_that_of_theory), TEST(errors_that_went_together_go_together),
        TEST(bounds_are_quantiles),     TEST(futures_add_up_without_negative_leaves),
        TEST(skewness_keeps_the_mean),  TEST(huge_and_constant_forecasts_stay_finite),
        TEST(scores_share_ranks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
