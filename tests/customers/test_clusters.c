/* test_clusters.c - groups of customers: planted ones are found, their number is the stable
 * one, threads and order do not matter; and the index of how alike two sortings are. */
#include <string.h>

#include "check.h"
#include "customers/segments/clusters.h"
#include "kemudi/rng.h"

/* scikit-learn 1.5, sklearn.metrics.adjusted_rand_score, examples of its documentation and
 * one of its own tests. */
static void adjusted_rand(void **state)
{
    (void)state;
    const int32_t a[] = {0, 0, 1, 1}, b[] = {0, 0, 1, 2}, c[] = {0, 1, 0, 1}, d[] = {0, 1, 2, 3},
                  one[] = {0, 0, 0, 0}, turned[] = {5, 5, 2, 2};
    check_near("half", 0.57142857142857140, ku_adjusted_rand(a, b, 4), 1e-15);
    check_near("turned", 0.57142857142857140, ku_adjusted_rand(b, a, 4), 1e-15);
    check_near("renamed", 1, ku_adjusted_rand(a, turned, 4), 0);
    check_near("worse than chance", -0.5, ku_adjusted_rand(a, c, 4), 1e-15);
    check_near("one against each its own", 0, ku_adjusted_rand(one, d, 4), 0);
    check_near("both one", 1, ku_adjusted_rand(one, one, 4), 0);
    check_near("both each its own", 1, ku_adjusted_rand(d, d, 4), 0);
    check_near("one row", 1, ku_adjusted_rand(a, b, 1), 0);
}

/* Groups of equal size around corners `apart` from each other. */
static ku_cluster_data planted(ku_arena *arena, size_t rows, int groups, double apart,
                               int32_t *truth)
{
    const int columns = groups <= 4 ? 2 : 3; /* as many as have corners enough */
    double *value = KU_ARRAY(arena, rows * (size_t)columns, double);
    ku_rng rng = ku_rng_make(11, 3);
    for (size_t i = 0; i < rows; i++) {
        truth[i] = (int32_t)(i % (size_t)groups);
        for (int c = 0; c < columns; c++)
            value[i * (size_t)columns + (size_t)c] = (truth[i] >> c & 1) * apart +
                                                     ku_rng_normal(&rng);
    }
    double mean[3], spread[3];
    ku_cluster_scale(value, rows, columns, 5, mean, spread);
    return (ku_cluster_data){rows, columns, value};
}

static void planted_groups_are_found(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    for (size_t rows = 300; rows <= 90000; rows *= 300) { /* whole, and by a sample */
        int32_t *truth = KU_ARRAY(arena, rows, int32_t), *found = KU_ARRAY(arena, rows, int32_t);
        ku_cluster_data data = planted(arena, rows, 5, 8, truth);
        ku_clusters k;
        ku_clusters_fit(&data, 5, 1, arena, NULL, &k);
        ku_clusters_assign(&data, &k, NULL, found);
        assert_int_equal(k.count, 5);
        assert_true(ku_adjusted_rand(truth, found, rows) > 0.99);
        assert_true(k.explained > 0.85 && k.explained < 1);
    }
    ku_arena_free(arena);
}

static void the_planted_number_is_stable(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    int32_t *truth = KU_ARRAY(arena, 3000, int32_t);
    ku_cluster_data data = planted(arena, 3000, 4, 6, truth);
    ku_cluster_stability at[9];
    for (int k = 2; k <= 8; k++) {
        ku_clusters_stability(&data, k, 20, 1, arena, NULL, &at[k]);
        assert_true(at[k].lo <= at[k].mean && at[k].mean <= at[k].hi && at[k].hi <= 1);
        assert_true(at[k].weakest >= 0 && at[k].weakest <= 1);
        if (k > 2) assert_true(at[k].explained >= at[k - 1].explained - 1e-9);
    }
    assert_true(at[4].mean > 0.98 && at[4].weakest > 0.95);
    for (int k = 5; k <= 8; k++) assert_true(at[k].mean < 0.9);
    ku_arena_free(arena);
}

static void threads_make_no_difference(void **state)
{
    (void)state;
    enum { ROWS = 70000 };
    ku_arena *arena = ku_arena_new();
    ku_pool *pool = ku_pool_new(3);
    int32_t *truth = KU_ARRAY(arena, ROWS, int32_t);
    ku_cluster_data data = planted(arena, ROWS, 3, 2, truth);
    ku_clusters one, three;
    ku_clusters_fit(&data, 6, 5, arena, NULL, &one);
    ku_clusters_fit(&data, 6, 5, arena, pool, &three);
    assert_memory_equal(one.centre, three.centre, sizeof(double) * 6 * 2);
    ku_cluster_stability a, b;
    ku_clusters_stability(&data, 4, 6, 5, arena, NULL, &a);
    ku_clusters_stability(&data, 4, 6, 5, arena, pool, &b);
    check_near("stability", a.mean, b.mean, 0);
    check_near("weakest", a.weakest, b.weakest, 0);
    ku_pool_free(pool);
    ku_arena_free(arena);
}

/* Fewer different rows than groups, rows all alike, a column without spread. */
static void rows_alike(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    double value[] = {1, 7, 1, 7, 3, 7, 3, 7, 1, 7, 3, 7}, mean[2], spread[2];
    ku_cluster_scale(value, 6, 2, 5, mean, spread);
    check_near("mean", 2, mean[0], 0);
    check_near("spread", 1, spread[0], 0);
    check_near("flat", 0, value[1], 0);
    ku_cluster_data data = {6, 2, value};
    ku_clusters k;
    ku_clusters_fit(&data, 4, 1, arena, NULL, &k);
    assert_int_equal(k.count, 2);
    check_near("explained", 1, k.explained, 0);
    const double same[12] = {0};
    data.value = same;
    ku_clusters_fit(&data, 3, 1, arena, NULL, &k);
    assert_int_equal(k.count, 1);
    ku_cluster_stability s;
    ku_clusters_stability(&data, 3, 5, 1, arena, NULL, &s);
    assert_int_equal(s.count, 1);
    check_near("stable", 1, s.mean, 0);
    data.rows = 1;
    ku_clusters_fit(&data, 2, 1, arena, NULL, &k);
    assert_int_equal(k.count, 1);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjusted_rand),
        cmocka_unit_test(planted_groups_are_found),
        cmocka_unit_test(the_planted_number_is_stable),
        cmocka_unit_test(threads_make_no_difference),
        cmocka_unit_test(rows_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
