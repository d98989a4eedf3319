/* test_several.c - the methods for long and for several seasons, mstl and lags: against
 * series whose future is known, their intervals against simulated futures, bad input. */
#include "check.h"

#include <string.h>
#include <time.h>

#include "forecast/lags/lags.h"
#include "forecast/method.h"
#include "forecast/mstl/yule_walker.h"
#include "kemudi/rng.h"

enum { HORIZON = 48, METHODS = 2, LONGEST = 9000 };

static const ku_method *const methods[METHODS] = {&ku_method_mstl, &ku_method_lags};

static ku_arena *arena;
static ku_ahead ahead;
static double past_y[LONGEST], future[HORIZON];

static int set_up(void **state)
{
    (void)state;
    arena = ku_arena_new();
    ahead = (ku_ahead){.h = HORIZON};
    ahead.mean = KU_ARRAY(arena, HORIZON, double);
    ahead.fitted = KU_ARRAY(arena, LONGEST, double);
    for (int b = 0; b < KU_BOUNDS; b++) ahead.bound[b] = KU_ARRAY(arena, HORIZON, double);
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ku_arena_free(arena);
    return 0;
}

static ku_past past_of(int n, int first, int second)
{
    ku_past past = {.y = past_y, .n = n, .season = first, .seasons = {first, second}};
    past.season_count = second > 0 ? 2 : first > 1;
    return past;
}

static bool run(const ku_method *method, const ku_past *past)
{
    int longest = 1;
    for (int i = 0; i < past->season_count; i++)
        if (past->seasons[i] > longest) longest = past->seasons[i];
    void *work = method->work_new(arena, past->n, longest, ahead.h);
    assert_non_null(work);
    return method->forecast(work, past, ku_rng_make(1, 1), &ahead);
}

/* Lowest to highest at every step, and no number missing. */
static void check_ahead(const ku_method *method, int n)
{
    for (int j = 0; j < ahead.h; j++) {
        bool ordered = ahead.bound[2][j] <= ahead.bound[0][j] &&
                       ahead.bound[0][j] <= ahead.mean[j] && ahead.mean[j] <= ahead.bound[1][j] &&
                       ahead.bound[1][j] <= ahead.bound[3][j];
        if (!ordered || !isfinite(ahead.bound[2][j]) || !isfinite(ahead.bound[3][j]))
            print_error("%s, step %d: %g < %g < %g < %g < %g?\n", method->name, j + 1,
                        ahead.bound[2][j], ahead.bound[0][j], ahead.mean[j], ahead.bound[1][j],
                        ahead.bound[3][j]);
        assert_true(ordered && isfinite(ahead.bound[2][j]) && isfinite(ahead.bound[3][j]));
    }
    for (int t = 0; t < n; t++) assert_true(isfinite(ahead.fitted[t]));
    assert_true(isfinite(ahead.sigma2) && ahead.model[0] != '\0');
}

/* The day and the week of an hourly series on a line. */
static double clockwork(int t)
{
    return 500 + 0.05 * t + 100 * sin(6.283185307179586 * t / 24) +
           30 * cos(12.566370614359172 * t / 24) + (t / 24 % 7 >= 5 ? -80 : 0);
}

static void continues_what_has_no_noise(void **state)
{
    (void)state;
    enum { N = 24 * 7 * 6 };
    static const double share[METHODS] = {0.02, 0.001}; /* of the seasons' size, 200 */
    for (int t = 0; t < N; t++) past_y[t] = clockwork(t);
    ku_past past = past_of(N, 24, 168);
    for (int m = 0; m < METHODS; m++) {
        assert_true(run(methods[m], &past));
        check_ahead(methods[m], N);
        for (int j = 0; j < HORIZON; j++)
            if (fabs(ahead.mean[j] - clockwork(N + j)) > share[m] * 200) {
                print_error("%s, step %d: expected %g, found %g\n", methods[m]->name, j + 1,
                            clockwork(N + j), ahead.mean[j]);
                fail();
            }
    }
}

/* A future of the same law as the past: seasons, and a level that wanders a little. */
static void draw(int n, int first, int second, bool logs, ku_rng *rng)
{
    double level = 0, error = 0;
    for (int t = 0; t < n + HORIZON; t++) {
        level += 0.01 * ku_rng_normal(rng);
        error = 0.5 * error + 0.05 * ku_rng_normal(rng);
        double z = 3 + level + error + 0.3 * sin(6.283185307179586 * t / first) +
                   (second > 0 ? 0.2 * cos(6.283185307179586 * t / second) : 0);
        *(t < n ? &past_y[t] : &future[t - n]) = logs ? exp(z) : 100 * z;
    }
}

static void intervals_cover(void **state)
{
    (void)state;
    static const struct {
        int n, first, second;
    } kind[] = {{800, 24, 168}, {300, 52, 0}, {1200, 7, 365}, {90, 52, 0}};
    enum { SERIES = 60 };
    for (int m = 0; m < METHODS; m++)
        for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
            int inside = 0;
            ku_rng rng = ku_rng_make(5, k);
            for (int i = 0; i < SERIES; i++) {
                draw(kind[k].n, kind[k].first, kind[k].second, i % 2, &rng);
                ku_past past = past_of(kind[k].n, kind[k].first, kind[k].second);
                assert_true(run(methods[m], &past));
                check_ahead(methods[m], kind[k].n);
                for (int j = 0; j < HORIZON; j++)
                    inside += future[j] >= ahead.bound[2][j] && future[j] <= ahead.bound[3][j];
            }
            double share = (double)inside / (SERIES * HORIZON);
            print_message("# %s, n %d: %.3f of the future inside the 95 %% interval\n",
                          methods[m]->name, kind[k].n, share);
            assert_true(share > 0.85 && share < 1);
        }
}

static void same_bits_twice_and_in_any_unit(void **state)
{
    (void)state;
    enum { N = 500 };
    double mean[HORIZON];
    ku_rng rng = ku_rng_make(6, 0);
    draw(N, 24, 168, true, &rng);
    ku_past past = past_of(N, 24, 168);
    for (int m = 0; m < METHODS; m++) {
        assert_true(run(methods[m], &past));
        memcpy(mean, ahead.mean, sizeof mean);
        assert_true(run(methods[m], &past));
        assert_memory_equal(mean, ahead.mean, sizeof mean);
        for (int t = 0; t < N; t++) past_y[t] = ldexp(past_y[t], 900);
        assert_true(run(methods[m], &past));
        for (int j = 0; j < HORIZON; j++) assert_true(ahead.mean[j] == ldexp(mean[j], 900));
        for (int t = 0; t < N; t++) past_y[t] = ldexp(past_y[t], -900);
    }
}

static void fill(int kind, int n)
{
    ku_rng rng = ku_rng_make(9, 0);
    for (int t = 0; t < n; t++) {
        double noise = ku_rng_normal(&rng);
        const double value[] = {0,
                                5,
                                t,
                                t % 2 ? 1e300 : -1e300,
                                t % 24,
                                noise,
                                t == 9,
                                exp(9 * noise),
                                1e-300 * noise,
                                pow(1.2, t % 400),
                                1e300 + t};
        past_y[t] = value[kind];
    }
}

static void bad_input_gives_numbers_or_a_refusal(void **state)
{
    (void)state;
    static const int lengths[] = {1, 2, 3, 7, 8, 20, 47, 49, 200, 400};
    static const int seasons[][2] = {{1, 0}, {2, 0}, {24, 168}, {7, 5000}, {5000, 0}};
    for (int m = 0; m < METHODS; m++)
        for (int kind = 0; kind < 11; kind++)
            for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
                for (size_t s = 0; s < sizeof seasons / sizeof *seasons; s++) {
                    fill(kind, lengths[l]);
                    ku_past past = past_of(lengths[l], seasons[s][0], seasons[s][1]);
                    if (run(methods[m], &past)) check_ahead(methods[m], lengths[l]);
                }
}

static void long_seasons_are_quick(void **state)
{
    (void)state;
    enum { N = 9000 };
    for (int t = 0; t < N; t++) past_y[t] = 10 + sin(6.283185307179586 * t / 5000);
    ku_past past = past_of(N, 24, 5000);
    for (int m = 0; m < METHODS; m++) {
        clock_t began = clock();
        run(methods[m], &past);
        assert_true(clock() - began < 3 * CLOCKS_PER_SEC);
    }
}

/* Electricity of England and Wales by the half hour (Taylor 2003), days and weeks: a day
 * ahead of five origins, against the same half hour a week ago. */
static void electricity_by_the_half_hour(void **state)
{
    (void)state;
    enum { N = 4032, ORIGINS = 5 };
    static const double share[METHODS] = {0.7, 0.9};
    static double y[N];
    char path[512], line[64];
    int n = 0;
    FILE *file = fopen(data_path("demand/r_forecast/taylor.csv", path, sizeof path), "r");
    assert_non_null(file);
    while (n < N && fgets(line, sizeof line, file)) n += sscanf(line, "%*[^,],%lf", &y[n]) == 1;
    fclose(file);
    assert_int_equal(n, N);
    memcpy(past_y, y, sizeof y);
    for (int m = 0; m < METHODS; m++) {
        double miss = 0, week = 0;
        for (int k = 1; k <= ORIGINS; k++) {
            int origin = N - 3 * k * HORIZON;
            ku_past past = past_of(origin, 48, 336);
            assert_true(run(methods[m], &past));
            check_ahead(methods[m], origin);
            for (int j = 0; j < HORIZON; j++) {
                miss += fabs(ahead.mean[j] - y[origin + j]);
                week += fabs(y[origin + j - 336] - y[origin + j]);
            }
        }
        print_message("# %s: %.3f of the error of a week ago\n", methods[m]->name, miss / week);
        assert_true(miss < share[m] * week);
    }
}

/* A stationary autoregression on lag 1 and a season, simulated: the weights come back. */
static void weights_come_back(void **state)
{
    (void)state;
    enum { N = 8000 };
    static const double weight[] = {0.5, 0.4, -0.2}; /* lags 1, 12, 13: (1 - .5B)(1 - .4B^12) */
    static const double tolerance = 0.03;            /* three standard errors */
    static const int seasons[] = {12}, lag[] = {1, 12, 13};
    ku_rng rng = ku_rng_make(11, 0);
    for (int t = 0; t < N; t++)
        past_y[t] = ku_rng_normal(&rng) + (t > 0 ? weight[0] * past_y[t - 1] : 0) +
                    (t > 11 ? weight[1] * past_y[t - 12] : 0) +
                    (t > 12 ? weight[2] * past_y[t - 13] : 0);
    ku_lags_work *work = ku_lags_work_new(arena, N, HORIZON);
    ku_lags_fit fit;
    assert_true(ku_lags_fit_form(work, past_y, N, seasons, 1, false, false, &fit));
    assert_true(fit.count >= 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fit.lag[i], lag[i]);
        check_near("weight", weight[i], fit.weight[i], tolerance);
    }
    check_near("variance of the errors", 1, fit.sigma2, 0.05);
    assert_false(ku_lags_fit_form(work, past_y, N, seasons, 1, true, false, &fit));
}

/* Luteinizing hormone, R's data set lh (Diggle 1990), and R's ar(lh). */
static void autoregression_as_in_r(void **state)
{
    (void)state;
    static const double lh[48] = {2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2,   1.9, 1.7,
                                  2.2, 1.8, 3.2, 3.2, 2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3,
                                  2.3, 2,   2,   2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4, 1.8, 1.7,
                                  1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3,   2.9};
    static const double weight[] = {0.6534016786916391, -0.0636208360874617, -0.2269402016502415};
    ku_ar ar;
    ku_ar_fit(lh, 48, &ar);
    assert_int_equal(ar.order, 3);
    check_near("mean", 2.4, ar.mean, 1e-12);
    for (int i = 0; i < 3; i++) check_near("weight", weight[i], ar.weight[i], 1e-12);
    /* R's var.pred has n / (n - order - 1) in it */
    check_near("variance", 0.195867094108618, ar.variance * 48 / 44, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(continues_what_has_no_noise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(intervals_cover, set_up, tear_down),
        cmocka_unit_test_setup_teardown(same_bits_twice_and_in_any_unit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_input_gives_numbers_or_a_refusal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_seasons_are_quick, set_up, tear_down),
        cmocka_unit_test_setup_teardown(electricity_by_the_half_hour, set_up, tear_down),
        cmocka_unit_test_setup_teardown(weights_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(autoregression_as_in_r, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
