/* test_naive.c - the naive family against R forecast 8.20, by simulation of its own model,
 * and on series that are no use. */
#include <string.h>

#include "check.h"

#include "forecast/method.h"
#include "forecast/naive/naive.h"
#include "num/student.h"

enum { N = 10, H = 6 };
static const double quarters[N] = {5, 9, 4, 12, 7, 11, 6, 15, 8, 14};
static const double printed = 1e-12; /* R's results have 15 digits */

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

typedef struct result {
    double mean[H], bound[KU_BOUNDS][H], fitted[64];
    ku_ahead ahead;
} result;

static bool run(const char *name, const double *y, int n, int season, result *r)
{
    const ku_method *method = ku_method_find(name);
    ku_past past = {.y = y, .n = n, .season = season};
    r->ahead = (ku_ahead){.h = H, .mean = r->mean, .fitted = r->fitted};
    for (int b = 0; b < KU_BOUNDS; b++) r->ahead.bound[b] = r->bound[b];
    void *work = method->work_new(arena, n, season, H);
    return method->forecast(work, &past, ku_rng_make(1, 1), &r->ahead);
}

/* naive(), rwf(drift = TRUE), snaive() and meanf() of the ten quarters: mean, lo80, hi95 of
 * the first, the fifth and the sixth step. */
static void agrees_with_reference(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double mean[3], lo80[3], hi95[3];
    } expected[] = {
        {"naive",
         {14, 14, 14},
         {6.15794685397668, -3.53536391767423, -5.20902874354468},
         {25.9933853184621, 40.8180248524292, 43.3776743188193}},
        {"drift",
         {15, 19, 20},
         {6.350186192039706, -3.885256222875547, -5.949441423880881},
         {28.2287486452994, 53.9999790720448, 59.6862459358981}},
        {"snaive",
         {6, 6, 15},
         {3.08699448250768, 1.88038808989470, 10.88038808989470},
         {10.4550574901176, 12.3004027236762, 21.3004027236762}},
        {"mean",
         {9.1, 9.1, 9.1},
         {3.61050048454485, 3.61050048454485, 3.61050048454485},
         {18.0789245185611, 18.0789245185611, 18.0789245185611}},
    };
    static const int step[3] = {0, 4, 5};
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        result r;
        assert_true(run(expected[k].name, quarters, N, 4, &r));
        for (int i = 0; i < 3; i++) {
            check_near(expected[k].name, expected[k].mean[i], r.mean[step[i]], printed);
            check_near(expected[k].name, expected[k].lo80[i], r.bound[0][step[i]], printed);
            check_near(expected[k].name, expected[k].hi95[i], r.bound[3][step[i]], printed);
        }
    }
}

/* qt() of R 4.2.2. */
static void student_quantiles(void **state)
{
    (void)state;
    static const double digits = 1e-10;
    static const struct {
        double p, freedom, expected;
    } known[] = {
        {0.1, 1, -3.077683537175254},     {0.1, 2, -1.885618083164126},
        {0.1, 3, -1.637744353696209},     {0.1, 9, -1.383028738396632},
        {0.1, 199, -1.285820209259409},   {0.1, 200, -1.285798793994801},
        {0.025, 1, -12.70620473617471},   {0.025, 2, -4.302652729749464},
        {0.025, 9, -2.262157162798205},   {0.025, 50, -2.008559112100762},
        {0.025, 199, -1.971956544251752}, {0.025, 1000, -1.962339080826408},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        check_near("t quantile", known[i].expected,
                   ku_student_quantile(known[i].p, known[i].freedom), digits);
        check_near("its mirror", -known[i].expected,
                   ku_student_quantile(1 - known[i].p, known[i].freedom), digits);
    }
    check_near("the middle", 0, ku_student_quantile(0.5, 7), digits);
}

/* Futures of a random walk with drift estimated from 12 steps: the spread around the
 * forecast is the variance that is claimed for it. Tolerance 5 standard errors. */
static void drift_variance_by_simulation(void **state)
{
    (void)state;
    enum { PATHS = 40000, LENGTH = 13 };
    double claimed[H], spread[H] = {0};
    for (int h = 0; h < H; h++) claimed[h] = (h + 1) + (h + 1.0) * (h + 1) / (LENGTH - 1);
    for (int k = 0; k < PATHS; k++) {
        ku_rng rng = ku_rng_make(5, (uint64_t)k);
        double y[LENGTH] = {0}, mean[H], variance[H], at;
        ku_naive_fit fit;
        for (int t = 1; t < LENGTH; t++) y[t] = y[t - 1] + 0.3 + ku_rng_normal(&rng);
        assert_true(ku_naive_drift(y, LENGTH, H, mean, variance, NULL, &fit));
        at = y[LENGTH - 1];
        for (int h = 0; h < H; h++) {
            at += 0.3 + ku_rng_normal(&rng);
            spread[h] += (at - mean[h]) * (at - mean[h]) / PATHS;
            check_near("variance in units of sigma", claimed[h], variance[h] / fit.sigma2, 1e-12);
        }
    }
    for (int h = 0; h < H; h++) check_near("spread", claimed[h], spread[h], 5 * sqrt(2.0 / PATHS));
}

/* Drift only tilts: without slope between first and last value it is the last value. */
static void identities(void **state)
{
    (void)state;
    static const double level[5] = {3, 8, 1, 9, 3};
    double line[20];
    result a, b;
    assert_true(run("naive", level, 5, 1, &a));
    assert_true(run("drift", level, 5, 1, &b));
    for (int h = 0; h < H; h++) assert_true(a.mean[h] == b.mean[h]);
    for (int t = 0; t < 20; t++) line[t] = 7 + 2 * t;
    assert_true(run("drift", line, 20, 1, &a));
    check_near("a line goes on", 7 + 2 * (19 + H), a.mean[H - 1], 1e-13);
    check_near("without doubt", a.mean[H - 1], a.bound[3][H - 1], 1e-13);
    for (int t = 1; t < 20; t++) check_near("fitted", line[t], a.fitted[t], 1e-13);
}

static void bad_input(void **state)
{
    (void)state;
    static const char *const names[] = {"naive", "drift", "snaive", "mean"};
    static const double series[][6] = {{0, 0, 0, 0, 0, 0},
                                       {4, 4, 4, 4, 4, 4},
                                       {-3, 2, -8, 0, 1, -9},
                                       {1e300, -1e300, 1e300, 2e299, 1e300, 5e299},
                                       {1e-300, 3e-300, 0, 0, 1, 2}};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        result r;
        for (size_t s = 0; s < sizeof series / sizeof *series; s++) {
            assert_true(run(names[k], series[s], 6, 2, &r));
            for (int h = 0; h < H; h++) {
                assert_true(isfinite(r.mean[h]) && isfinite(r.ahead.sigma2));
                assert_true(r.bound[2][h] <= r.bound[0][h] && r.bound[0][h] <= r.mean[h]);
                assert_true(r.mean[h] <= r.bound[1][h] && r.bound[1][h] <= r.bound[3][h]);
            }
        }
        assert_false(run(names[k], quarters, 1, 4, &r));
    }
    result r;
    assert_false(run("drift", quarters, 2, 1, &r));
    assert_false(run("snaive", quarters, 4, 4, &r));
    assert_false(run("snaive", quarters, 10, 1, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_reference),
        cmocka_unit_test(student_quantiles),
        cmocka_unit_test(drift_variance_by_simulation),
        cmocka_unit_test(identities),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
