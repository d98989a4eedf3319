/* test_counts.c - pooled counts: simulated siblings whose rates, season and spread are known,
 * the arithmetic by hand, the same bits for any threads, and odd series. */
#include "check.h"

#include <string.h>

#include "forecast/counts/counts_internal.h"
#include "kemudi/rng.h"

enum { SERIES = 600, N = 60, H = 12, SEASON = 12 };

typedef struct set {
    double y[SERIES][N + H], rate[SERIES];
    ku_counts_series series[SERIES];
} set;

static ku_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = ku_arena_new();
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ku_arena_free(arena);
    return 0;
}

static double true_wave(int place)
{
    return 1 + 0.5 * cos(2 * M_PI * place / SEASON);
}

/* Rates Gamma(1, .5): of mean .5; variance of a count `spread` times its mean; series start
 * at different places of the calendar and end together. */
static set *simulate(double spread, uint64_t seed)
{
    set *s = ku_arena_zero(arena, sizeof *s);
    for (int i = 0; i < SERIES; i++) {
        ku_rng rng = ku_rng_make(seed, (uint64_t)i);
        int first = i % 7;
        s->rate[i] = 0.5 * ku_rng_gamma(&rng, 1);
        for (int t = first; t < N + H; t++) {
            double mean = s->rate[i] * true_wave(t), shape = mean / (spread - 1);
            double drawn = spread > 1 ? (spread - 1) * ku_rng_gamma(&rng, shape) : mean;
            s->y[i][t] = (double)ku_rng_poisson(&rng, drawn);
        }
        s->series[i] = (ku_counts_series){s->y[i] + first, N - first, first};
    }
    return s;
}

static ku_counts_pool learn(const set *s, ku_pool *threads)
{
    ku_counts_pool pool;
    assert_true(ku_counts_pool_learn(&pool, s->series, SERIES, SEASON, threads, arena));
    return pool;
}

static void pool_is_recovered(void **state)
{
    (void)state;
    set *s = simulate(1.8, 5);
    ku_counts_pool pool = learn(s, NULL);
    check_near("level", 0.5, pool.level, 0.08);
    /* Gamma(1, .5) in counts of spread 1.8 is a prior of level * weight = 1 * 1.8 counts. */
    check_near("counts of the prior", 1.8, pool.level * pool.weight, 0.5);
    check_near("spread", 1.8, pool.spread, 0.25);
    assert_true(pool.memory > 0.985); /* the rates stay, so nothing is forgotten */
    assert_int_equal(pool.series, SERIES);
    for (int j = 0; j < SEASON; j++) {
        if (fabs(pool.wave[j] - true_wave(j)) < 0.15) continue;
        fail_msg("season at %d: expected %.3f, found %.3f", j, true_wave(j), pool.wave[j]);
    }
}

/* What comes lies below each quantile as often as the distribution says, no less; and the
 * means are nearer to the true ones than those of each series by itself. */
static void calibrated_and_closer(void **state)
{
    (void)state;
    set *s = simulate(1.8, 6);
    ku_counts_pool pool = learn(s, NULL);
    double mean[H], bound[KU_BOUNDS][H], inside[2] = {0}, promised = 0, error[2] = {0};
    ku_ahead ahead = {.h = H, .mean = mean};
    for (int b = 0; b < KU_BOUNDS; b++) ahead.bound[b] = bound[b];
    for (int i = 0; i < SERIES; i++) {
        double total = 0;
        for (int t = 0; t < s->series[i].n; t++) total += s->series[i].y[t] / s->series[i].n;
        ku_counts_ahead(&pool, &s->series[i], &ahead);
        for (int k = 0; k < H; k++) {
            double y = s->y[i][N + k], truth = s->rate[i] * true_wave(N + k);
            for (int w = 0; w < 2; w++)
                inside[w] += y >= bound[2 * w][k] && y <= bound[2 * w + 1][k];
            error[0] += pow(mean[k] - truth, 2);
            error[1] += pow(total * true_wave(N + k) - truth, 2);
            ku_negbin d = ku_counts_predict(&pool, &s->series[i], k + 1);
            check_near("mean", d.mean, mean[k], 1e-12);
            for (double j = bound[2][k]; j <= bound[3][k]; j++)
                promised += exp(ku_negbin_log(d, j));
        }
    }
    double n = SERIES * H;
    print_message("in 80 %%: %.3f, in 95 %%: %.4f (promised %.4f); error %.3f of that alone\n",
                  inside[0] / n, inside[1] / n, promised / n, error[0] / error[1]);
    check_near("in the 95 % interval", promised / n, inside[1] / n, 0.006);
    assert_true(inside[0] / n > 0.8 && inside[1] / n > 0.95);
    assert_true(error[0] < error[1]); /* though those were told the true season */
}

/* Prior of 2 counts in 4 periods, no spread, no forgetting: 3 counts in 2 periods more. */
static void rate_by_hand(void **state)
{
    (void)state;
    static const double one[1] = {1}, tide[3] = {1, 1, 1}, y[2] = {1, 2};
    ku_counts_pool pool = {.level = 0.5,
                           .weight = 4,
                           .memory = 1,
                           .spread = 1,
                           .spread_weight = 1e9,
                           .season = 1,
                           .wave = one,
                           .tide = tide,
                           .span = 2};
    ku_counts_series series = {y, 2, 0};
    ku_negbin d = ku_counts_predict(&pool, &series, 1);
    check_near("mean", 5.0 / 6, d.mean, 1e-8);
    check_near("size", 5, d.size, 1e-7);
    counts_state s;
    double fitted[2], found = ku_counts_run(&pool, &series, &s, fitted);
    check_near("first fit", 0.5, fitted[0], 1e-8);
    check_near("second fit", 3.0 / 5, fitted[1], 1e-8);
    check_near("likelihood",
               ku_negbin_log((ku_negbin){0.5, 2}, 1) + ku_negbin_log((ku_negbin){0.6, 3}, 2), found,
               1e-7);
    pool.memory = 0.5; /* the last period counts whole, the one before half */
    d = ku_counts_predict(&pool, &series, 1);
    check_near("forgetful mean", (2 + 0.5 + 2) / (4 + 1.5), d.mean, 1e-8);
    d = ku_counts_predict(&pool, &series, 3);
    check_near("further ahead", (2 + 0.5 + 2) / (4 + 1.5), d.mean, 1e-8);
    check_near("less certain", 2 + 2.5 * 0.25, d.size, 1e-7);
}

/* Without a season in the data none is found worth the name; with few years neither. */
static void no_season_from_chance(void **state)
{
    (void)state;
    double y[200][40], wave[12], tide[41], room[80];
    ku_counts_series series[200];
    for (int i = 0; i < 200; i++) {
        ku_rng rng = ku_rng_make(8, (uint64_t)i);
        for (int t = 0; t < 40; t++) y[i][t] = (double)ku_rng_poisson(&rng, 0.7);
        series[i] = (ku_counts_series){y[i], 40, 3};
    }
    ku_counts_season(series, 200, 12, wave, tide, room);
    for (int j = 0; j < 12; j++) check_near("factor", 1, wave[j], 0.1);
    for (int t = 0; t <= 40; t++) check_near("tide", 1, tide[t], 0.1);
    for (int i = 0; i < 200; i++) series[i].n = 20;
    ku_counts_season(series, 200, 12, wave, tide, room);
    for (int j = 0; j < 12; j++) assert_true(wave[j] == 1);
}

/* All series fall to a third: the tide tells the one that has not been sold for long. */
static void tide_falls(void **state)
{
    (void)state;
    enum { M = 300, T = 48 };
    double(*y)[T] = ku_arena_alloc(arena, sizeof(double[M][T]));
    ku_counts_series series[M];
    for (int i = 0; i < M; i++) {
        ku_rng rng = ku_rng_make(9, (uint64_t)i);
        for (int t = 0; t < T; t++)
            y[i][t] = (double)ku_rng_poisson(&rng, 3 * pow(1.0 / 3, t / 47.0));
        series[i] = (ku_counts_series){y[i], T, -20};
    }
    ku_counts_pool pool;
    assert_true(ku_counts_pool_learn(&pool, series, M, 1, NULL, arena));
    double sum = 0;
    for (int i = 0; i < M; i++) sum += ku_counts_predict(&pool, &series[i], 1).mean / M;
    check_near("mean of what comes", 1, sum, 0.1);
    check_near("from three to one", 1.0 / 3, pool.tide[T] / pool.tide[4], 0.06);
}

static void same_bits_for_any_threads(void **state)
{
    (void)state;
    set *s = simulate(1.3, 7);
    ku_pool *two = ku_pool_new(2);
    ku_counts_pool a = learn(s, NULL), b = learn(s, two);
    ku_pool_free(two);
    assert_true(a.level == b.level && a.weight == b.weight && a.memory == b.memory);
    assert_true(a.spread == b.spread && a.likelihood == b.likelihood);
    assert_memory_equal(a.wave, b.wave, SEASON * sizeof(double));
}

static void only_counts(void **state)
{
    (void)state;
    static const double parts[2] = {1, 0.5}, below[2] = {1, -1}, huge[2] = {0, 1e6};
    static const double nothing[2] = {NAN, 0}, zero[3] = {0}, many[3] = {5000, 6000, 7000};
    assert_false(ku_counts_possible(parts, 2) || ku_counts_possible(below, 2));
    assert_false(ku_counts_possible(huge, 2) || ku_counts_possible(nothing, 2));
    assert_false(ku_counts_possible(zero, 0));
    assert_true(ku_counts_possible(zero, 3));
    ku_counts_series series[3] = {{parts, 2, 0}, {below, 2, 0}, {zero, 3, 5}};
    ku_counts_pool pool;
    assert_false(ku_counts_pool_learn(&pool, series, 2, 12, NULL, arena));
    assert_true(ku_counts_pool_learn(&pool, series, 3, 12, NULL, arena));
    assert_int_equal(pool.series, 1);
    const ku_method *method = ku_method_find("counts");
    void *work = method->work_new(arena, 3, 12, H);
    double mean[H], bound[KU_BOUNDS][H], fitted[3];
    ku_ahead ahead = {.h = H, .mean = mean, .fitted = fitted};
    for (int b = 0; b < KU_BOUNDS; b++) ahead.bound[b] = bound[b];
    ku_past past = {.y = zero, .n = 3, .season = 12};
    assert_true(method->forecast(work, &past, ku_rng_make(1, 1), &ahead));
    for (int k = 0; k < H; k++) {
        /* Nothing in three periods: seldom, not never. */
        assert_true(mean[k] > 0 && mean[k] < 0.3 && bound[2][k] == 0);
        for (int b = 0; b < KU_BOUNDS; b++) assert_true(bound[b][k] == floor(bound[b][k]));
    }
    past.y = many;
    assert_false(method->forecast(work, &past, ku_rng_make(1, 1), &ahead));
    past.y = parts;
    past.n = 2;
    assert_false(method->forecast(work, &past, ku_rng_make(1, 1), &ahead));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_is_recovered), cmocka_unit_test(calibrated_and_closer),
        cmocka_unit_test(rate_by_hand),      cmocka_unit_test(no_season_from_chance),
        cmocka_unit_test(tide_falls),        cmocka_unit_test(same_bits_for_any_threads),
        cmocka_unit_test(only_counts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
