/* test_diffusion.c - Bass curves against published fits and R's nls(), recovery of simulated
 * truth, and launches whose intervals must hold what they promise. */
#include "check.h"

#include <string.h>

#include "forecast/diffusion/launch.h"

enum { MOST = 80, DRAWS = 1000 };

/* Sales in thousands. */
static const double air_conditioners[13] = {96,   195,  238,  380,  1045, 1230, 1267,
                                            1828, 1586, 1673, 1800, 1580, 1500}; /* 1949-61 */
static const double color_television[8] = {747,  1480, 2646, 5118,
                                           5777, 5982, 5962, 4631}; /* 1963-70 */

static double *room_for(ku_arena *arena, int n)
{
    return KU_ARRAY(arena, ku_bass_room(n) + MOST + 4 * DRAWS, double);
}

static void check_fit(const double *y, int n, double m, double p, double q, double squares)
{
    ku_arena *arena = ku_arena_new();
    ku_bass_fit fit;
    assert_true(ku_bass_fit_curve(y, n, false, NULL, NULL, room_for(arena, n), &fit));
    check_near("m", m, exp(fit.bass.theta[0]), 1e-4);
    check_near("p", p, exp(fit.bass.theta[1]), 1e-5);
    check_near("q", q, exp(fit.bass.theta[2]), 1e-4);
    check_near("squares", squares, fit.squares, 1e-6);
    ku_arena_free(arena);
}

/* Srinivasan & Mason (1986) give .0094, .3748, 18,713 and .0185, .6159, 39,659; further digits
 * and the sums of squares from R's nls(). */
static void published_fits(void **state)
{
    (void)state;
    check_fit(air_conditioners, 13, 18712.75382, 0.009442103234, 0.3747623591, 341468.4125);
    check_fit(color_television, 8, 39658.59952, 0.01846639029, 0.6158641879, 955792.0318);
}

/* F(t) solves f / (1 - F) = p + q F, and peaks where Bass (1969), eq. 12, says. */
static void curve_solves_its_equation(void **state)
{
    (void)state;
    ku_bass b = ku_bass_of(1, 0.03, 0.38);
    for (double t = 0.5; t < 30; t += 0.5) {
        double f = (ku_bass_adopted(&b, t + 1e-5) - ku_bass_adopted(&b, t - 1e-5)) / 2e-5;
        double F = ku_bass_adopted(&b, t);
        check_near("hazard", 0.03 + 0.38 * F, f / (1 - F), 1e-7);
    }
    double y[40], best = log(0.38 / 0.03) / 0.41;
    int peak = 0;
    ku_bass_curve(&b, false, 40, y);
    for (int t = 1; t < 40; t++)
        if (y[t] > y[peak]) peak = t;
    assert_true(fabs(peak + 0.5 - best) <= 1);
    check_near("all adopt", 1, ku_bass_adopted(&b, 1000), 1e-12);
    check_near("none before", 0, ku_bass_adopted(&b, 0), 0);
}

static void exact_curves_are_found_again(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    static const double truth[][3] = {
        {1000, 0.03, 0.4}, {5e6, 0.001, 0.2}, {40, 0.2, 0.1}, {300, 0.01, 0.05}};
    for (size_t k = 0; k < 4; k++)
        for (int again = 0; again < 2; again++) {
            double y[60];
            ku_bass b = ku_bass_of(truth[k][0], truth[k][1], truth[k][2]);
            ku_bass_fit fit;
            ku_bass_curve(&b, again, 60, y);
            assert_true(ku_bass_fit_curve(y, 60, again, NULL, NULL, room_for(arena, 60), &fit));
            for (int i = 0; i < 3; i++) check_near("theta", b.theta[i], fit.bass.theta[i], 1e-3);
        }
    ku_arena_free(arena);
}

static void poor_sales_get_no_curve_or_a_finite_one(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_bass_fit fit;
    double zero[10] = {0}, one[10] = {0, 0, 0, 5}, flat[10], huge[10];
    for (int t = 0; t < 10; t++) flat[t] = 3, huge[t] = 1e100 * (t + 1);
    double *work = room_for(arena, 10);
    assert_false(ku_bass_fit_curve(zero, 10, false, NULL, NULL, work, &fit));
    assert_false(ku_bass_fit_curve(flat, 3, false, NULL, NULL, work, &fit));
    const double *some[] = {one, flat, huge};
    for (int k = 0; k < 3; k++)
        if (ku_bass_fit_curve(some[k], 10, false, NULL, NULL, work, &fit))
            for (int i = 0; i < 3; i++) assert_true(isfinite(fit.bass.theta[i]));
    ku_arena_free(arena);
}

/* ---- launches ------------------------------------------------------------------------------ */

/* One of a family: sizes around 1,000, p around .02, q around .3. */
static ku_bass member(ku_rng *rng)
{
    return (ku_bass){{log(1000) + 0.5 * ku_rng_normal(rng), log(0.02) + 0.4 * ku_rng_normal(rng),
                      log(0.3) + 0.25 * ku_rng_normal(rng)}};
}

static void sell(const ku_bass *b, ku_rng *rng, double *y, int n)
{
    double curve[MOST];
    ku_launch_future(b, 0.01, 0, n, false, rng, curve, y);
}

static void make_family(ku_rng *rng, ku_analogue *analogue, int count, double *work)
{
    double y[30];
    for (int i = 0; i < count; i++) {
        ku_bass b = member(rng);
        sell(&b, rng, y, 30);
        analogue[i].weight = 1;
        assert_true(ku_bass_fit_curve(y, 30, false, NULL, NULL, work, &analogue[i].fit));
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantiles of the sales of periods seen + 1 .. 20 together. */
static void total_interval(const ku_launch_prior *prior, const double *y, int seen, uint64_t stream,
                           double *lo, double *hi, double *work)
{
    static ku_bass theta[DRAWS];
    double total[DRAWS], curve[MOST], sales[MOST];
    ku_rng rng = ku_rng_make(77, stream);
    assert_true(ku_launch_draw(prior, y, seen, false, rng, DRAWS, theta, work));
    for (int i = 0; i < DRAWS; i++) {
        ku_launch_future(&theta[i], prior->noise, seen, 20 - seen, false, &rng, curve, sales);
        total[i] = 0;
        for (int k = 0; k < 20 - seen; k++) total[i] += sales[k];
    }
    qsort(total, DRAWS, sizeof *total, compare);
    *lo = total[DRAWS / 40];
    *hi = total[DRAWS - 1 - DRAWS / 40];
}

/* 120 launches, each with six analogues: the 95 % interval of the sales of 20 periods holds
 * the truth about as often as it says, before the launch and after 6 periods, when it must be
 * much narrower. */
static void intervals_hold_and_shrink(void **state)
{
    (void)state;
    enum { LAUNCHES = 120, ANALOGUES = 6 };
    ku_arena *arena = ku_arena_new();
    double *work = room_for(arena, 30), width[2] = {0}, inside[2] = {0};
    for (uint64_t k = 0; k < LAUNCHES; k++) {
        ku_rng rng = ku_rng_make(k, 5);
        ku_analogue analogue[ANALOGUES];
        ku_launch_prior prior;
        double y[20], lo, hi;
        make_family(&rng, analogue, ANALOGUES, work);
        ku_launch_pool(analogue, ANALOGUES, &prior);
        ku_bass truth = member(&rng);
        sell(&truth, &rng, y, 20);
        for (int after = 0; after < 2; after++) {
            double rest = 0;
            for (int t = 6 * after; t < 20; t++) rest += y[t];
            total_interval(&prior, y, 6 * after, k, &lo, &hi, work);
            inside[after] += (rest >= lo && rest <= hi) / (double)LAUNCHES;
            width[after] += log(hi / lo) / LAUNCHES;
        }
    }
    print_message(
        "# 95 %% intervals hold %.3f before and %.3f after 6 periods; hi / lo %.1f, %.1f\n",
        inside[0], inside[1], exp(width[0]), exp(width[1]));
    assert_true(inside[0] > 0.9 && inside[1] > 0.88);
    assert_true(width[1] < 0.75 * width[0]);
    ku_arena_free(arena);
}

/* Many own sales outweigh the analogues. */
static void own_sales_win_in_the_end(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    double *work = room_for(arena, 30), y[25], m = 0;
    static ku_bass theta[DRAWS];
    ku_rng rng = ku_rng_make(8, 8);
    ku_analogue analogue[4];
    ku_launch_prior prior;
    make_family(&rng, analogue, 4, work);
    ku_launch_pool(analogue, 4, &prior);
    ku_bass truth = ku_bass_of(6000, 0.02, 0.3); /* six times as large */
    sell(&truth, &rng, y, 25);
    assert_true(ku_launch_draw(&prior, y, 25, false, rng, DRAWS, theta, work));
    for (int i = 0; i < DRAWS; i++) m += exp(theta[i].theta[0]) / DRAWS;
    check_near("size", 6000, m, 0.1);
    ku_arena_free(arena);
}

static void weights_decide(void **state)
{
    (void)state;
    ku_analogue analogue[3] = {{.weight = 1}, {.weight = 1}, {.weight = 1e-9}};
    ku_launch_prior prior;
    for (int i = 0; i < 3; i++) {
        analogue[i].fit.bass = ku_bass_of(i == 2 ? 1e6 : 100, 0.02, 0.3);
        analogue[i].fit.noise = 0.01;
    }
    ku_launch_pool(analogue, 3, &prior);
    check_near("size", log(100), prior.mean[0], 1e-6);
    check_near("effective", 2, prior.effective, 1e-6);
    ku_launch_pool(analogue, 1, &prior);
    check_near("one analogue has the usual spread", 0.7 * sqrt(2), sqrt(prior.scale[0]), 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_fits),
        cmocka_unit_test(curve_solves_its_equation),
        cmocka_unit_test(exact_curves_are_found_again),
        cmocka_unit_test(poor_sales_get_no_curve_or_a_finite_one),
        cmocka_unit_test(intervals_hold_and_shrink),
        cmocka_unit_test(own_sales_win_in_the_end),
        cmocka_unit_test(weights_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
