/* test_ces.c - complex exponential smoothing: identities with simple smoothing and with the
 * published stability condition, variances against the matrix formula, the search against
 * a grid, M3, and series that are no use. */
#include "forecast/m3.h"

#include "forecast/ces/ces.h"
#include "forecast/method.h"
#include "kemudi/rng.h"

enum { H = 30, LONGEST = 1000 };

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

static void wavy(double *y, int n, double season)
{
    ku_rng rng = ku_rng_make(21, 4);
    double level = 50;
    for (int t = 0; t < n; t++) {
        level += 0.3 + 0.5 * ku_rng_normal(&rng);
        y[t] = level + season * (t % 4 - 1.5) + ku_rng_normal(&rng);
    }
}

/* With an imaginary part of 1 the potential no longer reaches the level, and what is left is
 * simple exponential smoothing with alpha = a0 - 1. */
static void imaginary_one_is_simple_smoothing(void **state)
{
    (void)state;
    enum { N = 60 };
    static const double alpha[2] = {1.35, 1}, beta[2] = {0, 0};
    double y[N], fitted[N], mean[H], variance[H];
    ku_ces_work *work = ku_ces_work_new(arena, N, 1);
    ku_ces_fit fit;
    wavy(y, N, 0);
    ku_ces_squares(work, KU_CES_NONE, y, N, 1, alpha, beta, &fit);
    ku_ces_fitted(work, &fit, y, fitted);
    double level = fitted[0];
    for (int t = 0; t < N; t++) {
        check_near("fitted", level, fitted[t], 1e-12);
        level += 0.35 * (y[t] - level);
    }
    ku_ces_predict(work, &fit, H, mean, variance);
    for (int h = 0; h < H; h++) {
        check_near("mean", level, mean[h], 1e-12);
        check_near("variance", fit.sigma2 * (1 + h * 0.35 * 0.35), variance[h], 1e-12);
    }
}

/* Svetunkov et al. (2022) state the region as three circles. */
static void stability_is_the_published_one(void **state)
{
    (void)state;
    int inside = 0;
    for (double a0 = -0.51; a0 < 3; a0 += 0.0317)
        for (double a1 = -1.03; a1 < 3; a1 += 0.0411) {
            double alpha[2] = {a0, a1};
            bool circles = (a0 - 2.5) * (a0 - 2.5) + a1 * a1 > 1.25 &&
                           (a0 - 0.5) * (a0 - 0.5) + (a1 - 1) * (a1 - 1) > 0.25 &&
                           (a0 - 1.5) * (a0 - 1.5) + (a1 - 0.5) * (a1 - 0.5) < 1.5;
            if (circles != ku_ces_forgets(alpha)) print_error("at %g + %gi\n", a0, a1);
            assert_true(circles == ku_ces_forgets(alpha));
            inside += circles;
        }
    assert_true(inside > 100);
}

/* variance = sigma2 (1 + sum of the squares of w' F^(j-1) g), multiplied out. */
static void variance_is_the_matrix_formula(void **state)
{
    (void)state;
    enum { N = 60 };
    static const double alpha[2] = {1.4, 0.98}, beta[2] = {0, 0};
    double y[N], mean[H], variance[H];
    ku_ces_work *work = ku_ces_work_new(arena, N, 1);
    ku_ces_fit fit;
    wavy(y, N, 0);
    ku_ces_squares(work, KU_CES_NONE, y, N, 1, alpha, beta, &fit);
    ku_ces_predict(work, &fit, H, mean, variance);
    double g[2] = {alpha[0] - alpha[1], alpha[0] + alpha[1]}, sum = 1;
    for (int h = 0; h < H; h++) {
        check_near("variance", fit.sigma2 * sum, variance[h], 1e-12);
        sum += g[0] * g[0];
        double next[2] = {g[0] - (1 - alpha[1]) * g[1], g[0] + (1 - alpha[0]) * g[1]};
        memcpy(g, next, sizeof g);
    }
}

/* Seasonal kinds against their own simulated futures; tolerance 5 standard errors. */
static void seasonal_variance_by_simulation(void **state)
{
    (void)state;
    enum { N = 40, AHEAD = 9, PATHS = 20000 };
    static const double alpha[2] = {1.3, 0.99}, beta[2] = {1.2, 1};
    double y[N], mean[AHEAD], variance[AHEAD];
    ku_ces_work *work = ku_ces_work_new(arena, N + AHEAD, 4);
    wavy(y, N, 3);
    for (int kind = KU_CES_SIMPLE; kind < KU_CES_KINDS; kind++) {
        double own[2] = {kind == KU_CES_PARTIAL ? 0.2 : beta[0], beta[1]}, spread[AHEAD] = {0};
        ku_ces_fit fit;
        ku_ces_squares(work, (ku_ces_kind)kind, y, N, 4, alpha, own, &fit);
        ku_ces_predict(work, &fit, AHEAD, mean, variance);
        /* the model written out once more, from zero states */
        for (int k = 0; k < PATHS; k++) {
            ku_rng rng = ku_rng_make(8, (uint64_t)k);
            double l[4][2] = {{0}}, s[4][2] = {{0}};
            for (int h = 0; h < AHEAD; h++) {
                double *a = l[kind == KU_CES_SIMPLE ? h % 4 : 0], *b = s[h % 4];
                double e = sqrt(fit.sigma2) * ku_rng_normal(&rng), value = a[0] + b[0] + e;
                double a0 = a[0], b0 = b[0];
                a[0] = a0 - (1 - alpha[1]) * a[1] + (alpha[0] - alpha[1]) * e;
                a[1] = a0 + (1 - alpha[0]) * a[1] + (alpha[0] + alpha[1]) * e;
                if (kind == KU_CES_PARTIAL) b[0] = b0 + own[0] * e;
                if (kind == KU_CES_FULL) {
                    b[0] = b0 - (1 - beta[1]) * b[1] + (beta[0] - beta[1]) * e;
                    b[1] = b0 + (1 - beta[0]) * b[1] + (beta[0] + beta[1]) * e;
                }
                spread[h] += value * value / PATHS;
            }
        }
        for (int h = 0; h < AHEAD; h++)
            check_near(ku_ces_kind_name((ku_ces_kind)kind), 1, spread[h] / variance[h],
                       5 * sqrt(2.0 / PATHS));
    }
}

static void search_finds_the_smallest(void **state)
{
    (void)state;
    enum { N = 80 };
    double y[N];
    ku_ces_work *work = ku_ces_work_new(arena, N, 4);
    ku_ces_fit best, other;
    static const double beta[2] = {0, 0};
    wavy(y, N, 0);
    assert_true(ku_ces_fit_kind(work, KU_CES_NONE, y, N, 1, &best));
    for (double a0 = 0.05; a0 < 2.5; a0 += 0.05)
        for (double a1 = 0.05; a1 < 2; a1 += 0.05) {
            double alpha[2] = {a0, a1};
            double squares = ku_ces_squares(work, KU_CES_NONE, y, N, 1, alpha, beta, &other);
            assert_true(squares >= best.squares * (1 - 1e-6));
        }
}

static void season_is_chosen_where_there_is_one(void **state)
{
    (void)state;
    enum { N = 60 };
    double y[N], mean[8], variance[8];
    ku_ces_work *work = ku_ces_work_new(arena, N, 4);
    ku_ces_fit fit;
    wavy(y, N, 0);
    assert_true(ku_ces_choose(work, y, N, 4, &fit));
    assert_int_equal(fit.kind, KU_CES_NONE);
    wavy(y, N, 6);
    assert_true(ku_ces_choose(work, y, N, 4, &fit));
    assert_int_not_equal(fit.kind, KU_CES_NONE);
    ku_ces_predict(work, &fit, 8, mean, variance);
    assert_true(mean[3] > mean[0] + 12 && mean[7] > mean[4] + 12); /* the season's 18 */
}

/* ---- as a method ----------------------------------------------------------------------------- */

typedef struct result {
    double mean[H], bound[KU_BOUNDS][H], fitted[LONGEST];
    ku_ahead ahead;
} result;

static bool run(void *work, const double *y, int n, int season, int h, result *r)
{
    ku_past past = {.y = y, .n = n, .season = season};
    r->ahead = (ku_ahead){.h = h, .mean = r->mean, .fitted = r->fitted};
    for (int b = 0; b < KU_BOUNDS; b++) r->ahead.bound[b] = r->bound[b];
    return ku_method_find("ces")->forecast(work, &past, ku_rng_make(1, 1), &r->ahead);
}

static void *work_for(int n, int season)
{
    return ku_method_find("ces")->work_new(arena, n, season, H);
}

static void accuracy_on_m3(void **state)
{
    (void)state;
    static const double most = 13.4; /* sMAPE; R's ets 13.07 */
    m3_series *all = m3_read(arena, NULL);
    void *work = work_for(M3_LONGEST, 12);
    double smape = 0, mase = 0;
    for (int i = 0; i < M3_SERIES; i++) {
        const m3_series *s = &all[i];
        result r;
        assert_true(run(work, s->past, s->n, s->season, s->ahead, &r));
        smape += m3_smape(s, r.mean) / M3_SERIES;
        mase += m3_mase(s, r.mean) / M3_SERIES;
    }
    print_message("# ces: sMAPE %.3f, MASE %.3f\n", smape, mase);
    assert_true(smape < most);
}

/* A week of hours has no states of its own; its pattern is still in the forecast. */
static void long_season(void **state)
{
    (void)state;
    double y[LONGEST];
    result r;
    for (int t = 0; t < LONGEST; t++)
        y[t] = 100 + 0.01 * t + 30 * sin(6.283185307179586 * t / 168) + (t * 37 % 11) * 0.1;
    assert_true(run(work_for(LONGEST, 168), y, LONGEST, 168, H, &r));
    for (int h = 0; h < H; h++) {
        double truth = 110 + 30 * sin(6.283185307179586 * (LONGEST + h) / 168);
        check_near("mean", truth, r.mean[h], 0.05);
    }
}

static void unit_does_not_matter(void **state)
{
    (void)state;
    enum { N = 48 };
    double y[N], scaled[N];
    result a, b;
    wavy(y, N, 5);
    for (int t = 0; t < N; t++) scaled[t] = y[t] * 4096;
    assert_true(run(work_for(N, 4), y, N, 4, H, &a));
    assert_true(run(work_for(N, 4), scaled, N, 4, H, &b));
    for (int h = 0; h < H; h++) assert_true(a.mean[h] * 4096 == b.mean[h]);
    check_near("likelihood", a.ahead.loglik - N * log(4096), b.ahead.loglik, 1e-12);
}

static void bad_input(void **state)
{
    (void)state;
    enum { N = 40 };
    double y[8][N];
    for (int t = 0; t < N; t++) {
        y[0][t] = 0;
        y[1][t] = 7;
        y[2][t] = -50 + 3 * (t % 4) - t;
        y[3][t] = t % 4 ? 1e300 : 9e299;
        y[4][t] = t % 4 == 0 ? 0 : 5 + t % 4 + (t == 9);
        y[5][t] = t == N - 1;
        y[6][t] = 1e-300 * (1 + t % 4);
        y[7][t] = t % 2 ? 1e300 : -1e300;
    }
    void *work = work_for(N, 4), *second = work_for(N, 4);
    for (int s = 0; s < 8; s++)
        for (int n = 1; n <= N; n += n < 9 ? 1 : 31) {
            result r, again;
            bool made = run(work, y[s], n, 4, H, &r);
            assert_true(made || n < 9 || s == 3 || s == 7); /* bounds beyond 1.8e308 */
            if (!made) continue;
            for (int h = 0; h < H; h++)
                for (int b = 0; b < KU_BOUNDS; b++)
                    assert_true(isfinite(r.bound[b][h]) && isfinite(r.mean[h]));
            for (int t = 0; t < n; t++) assert_true(isfinite(r.fitted[t]));
            assert_true(run(second, y[s], n, 4, H, &again));
            assert_memory_equal(r.mean, again.mean, sizeof r.mean);
            assert_memory_equal(r.bound, again.bound, sizeof r.bound);
        }
    result r;
    assert_true(run(work, y[1], N, 4, H, &r));
    for (int h = 0; h < H; h++) check_near("constant", 7, r.mean[h], 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imaginary_one_is_simple_smoothing),
        cmocka_unit_test(stability_is_the_published_one),
        cmocka_unit_test(variance_is_the_matrix_formula),
        cmocka_unit_test(seasonal_variance_by_simulation),
        cmocka_unit_test(search_finds_the_smallest),
        cmocka_unit_test(season_is_chosen_where_there_is_one),
        cmocka_unit_test(accuracy_on_m3),
        cmocka_unit_test(long_season),
        cmocka_unit_test(unit_does_not_matter),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
