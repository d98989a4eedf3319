/* test_score.c - measures of accuracy: values worked by hand, identities of the scoring
 * rules (Gneiting & Raftery 2007; Hyndman & Koehler 2006), tests and intervals against R. */
#include "check.h"

#include <string.h>

#include "forecast/score/compare.h"
#include "forecast/score/score.h"
#include "num/student.h"

static const double exact = 1e-12;

static const double actual[4] = {10, 0, 5, 8}, guess[4] = {12, 0, 4, 4};

/* ---- point forecasts ---------------------------------------------------------------------- */

static void points_by_hand(void **state)
{
    (void)state;
    check_near("mae", 7.0 / 4, ku_score_mae(actual, guess, 4), exact);
    check_near("rmse", sqrt(21.0 / 4), ku_score_rmse(actual, guess, 4), exact);
    check_near("bias", -3.0 / 4, ku_score_bias(actual, guess, 4), exact);
    check_near("smape", (4.0 / 22 + 0 + 2.0 / 9 + 8.0 / 12) / 4, ku_score_smape(actual, guess, 4),
               exact);
}

/* A naive forecast has the scaled error 1 within its own sample, whatever the unit:
 * Hyndman & Koehler (2006), section 3. */
static void naive_scales_to_one(void **state)
{
    (void)state;
    static const double y[9] = {3, 7, 4, 8, 2, 9, 4, 4, 6};
    for (int lag = 1; lag <= 4; lag++)
        for (double unit = 1e-3; unit < 1e7; unit *= 1e3) {
            double series[9];
            for (int t = 0; t < 9; t++) series[t] = unit * y[t];
            double mae = ku_score_mae(series + lag, series, 9 - lag);
            double rmse = ku_score_rmse(series + lag, series, 9 - lag);
            check_near("MASE of naive", 1, mae / ku_score_scale(series, 9, lag, KU_SCALE_ABSOLUTE),
                       exact);
            check_near("RMSSE of naive", 1, rmse / ku_score_scale(series, 9, lag, KU_SCALE_SQUARED),
                       exact);
        }
}

static void no_scale_without_change(void **state)
{
    (void)state;
    static const double flat[4] = {2, 2, 2, 2}, week[4] = {1, 2, 1, 2};
    assert_true(isnan(ku_score_scale(flat, 4, 1, KU_SCALE_ABSOLUTE)));
    assert_true(isnan(ku_score_scale(week, 4, 2, KU_SCALE_SQUARED)));
    assert_true(isnan(ku_score_scale(week, 2, 2, KU_SCALE_ABSOLUTE)));
}

/* ---- quantiles and intervals ---------------------------------------------------------------- */

/* The interval score is 2 / alpha times the two pinball losses of its ends. */
static void interval_score_is_two_pinballs(void **state)
{
    (void)state;
    for (double y = -4; y <= 4; y += 0.5)
        for (double level = 0.5; level < 0.99; level += 0.15) {
            double alpha = 1 - level;
            double both = ku_score_pinball(y, -1, alpha / 2) +
                          ku_score_pinball(y, 2, 1 - alpha / 2);
            check_near("interval score", 2 / alpha * both, ku_score_interval(y, -1, 2, level),
                       exact);
        }
}

/* The quantile of the draws makes their mean pinball loss smallest: the score is proper. */
static void pinball_is_least_at_the_quantile(void **state)
{
    (void)state;
    ku_rng rng = ku_rng_make(4, 1);
    double y[2000], best = INFINITY, at = 0;
    for (int i = 0; i < 2000; i++) y[i] = ku_rng_normal(&rng);
    for (double q = -3; q <= 3; q += 0.05) {
        double sum = 0;
        for (int i = 0; i < 2000; i++) sum += ku_score_pinball(y[i], q, 0.9);
        if (sum < best) best = sum, at = q;
    }
    check_near("the 90 % quantile", 1.2816, at, 0.12);
}

/* Gneiting, Raftery, Westveld & Goldman (2005), Monthly Weather Review 133, eq. 5. */
static double normal_crps(double y, double mean, double sd)
{
    double z = (y - mean) / sd;
    double below = erfc(-z / sqrt(2)) / 2, density = exp(-z * z / 2) / sqrt(2 * M_PI);
    return sd * (z * (2 * below - 1) + 2 * density - 1 / sqrt(M_PI));
}

static void crps_of_a_normal_is_exact(void **state)
{
    (void)state;
    static const double share[5] = {0.025, 0.1, 0.5, 0.9, 0.975};
    double q[5];
    check_near("at its middle", 0.23369497725510914, normal_crps(0, 0, 1), exact);
    for (int i = 0; i < 5; i++) q[i] = 20 + 3 * ku_normal_quantile(share[i]);
    for (double y = 0; y <= 40; y += 1.7) {
        check_near("five quantiles", normal_crps(y, 20, 3), ku_score_crps_quantiles(y, share, q, 5),
                   1e-10);
        check_near("two quantiles", normal_crps(y, 20, 3),
                   ku_score_crps_quantiles(y, share + 1, q + 1, 2), 1e-10);
    }
}

/* Against the integral of its definition in small steps, for quantiles of a skewed
 * distribution that ends at zero. */
static void crps_agrees_with_its_integral(void **state)
{
    (void)state;
    static const double share[5] = {0.025, 0.1, 0.5, 0.9, 0.975}, q[5] = {0, 0, 2, 7, 11};
    for (double y = -1; y < 20; y += 2.3) {
        double sum = 0;
        const int steps = 400000;
        const double from = -2, to = 38, wide = (to - from) / steps;
        for (int i = 0; i < steps; i++) {
            double x = from + (i + 0.5) * wide, below = 0;
            if (x >= 0) {
                int k = 1;
                while (k < 3 && x > q[k + 1]) k++;
                double z0 = ku_normal_quantile(share[k]), z1 = ku_normal_quantile(share[k + 1]);
                double z = z0 + (x - q[k]) / (q[k + 1] - q[k]) * (z1 - z0);
                below = erfc(-z / sqrt(2)) / 2;
            }
            double off = below - (x >= y ? 1 : 0);
            sum += off * off * wide;
        }
        check_near("integral", sum, ku_score_crps_quantiles(y, share, q, 5), 2e-4);
    }
}

/* A forecast without any spread is judged by its distance alone. */
static void crps_of_a_point_is_the_distance(void **state)
{
    (void)state;
    static const double share[3] = {0.1, 0.5, 0.9}, five[3] = {5, 5, 5};
    for (double y = 0; y <= 10; y += 2.5) {
        check_near("quantiles", fabs(y - 5), ku_score_crps_quantiles(y, share, five, 3), exact);
        check_near("draws", fabs(y - 5), ku_score_crps_draws(y, five, 3), exact);
    }
}

static void crps_of_draws_by_hand(void **state)
{
    (void)state;
    static const double draw[3] = {1, 2, 4};
    check_near("three draws", 2.0 / 3, ku_score_crps_draws(3, draw, 3), exact);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void crps_of_many_draws_nears_the_normal(void **state)
{
    (void)state;
    enum { N = 20000 };
    static double draw[N];
    ku_rng rng = ku_rng_make(9, 1);
    for (int i = 0; i < N; i++) draw[i] = 50 + 6 * ku_rng_normal(&rng);
    qsort(draw, N, sizeof *draw, ascending);
    for (double y = 35; y < 70; y += 5)
        check_near("draws", normal_crps(y, 50, 6), ku_score_crps_draws(y, draw, N), 0.02);
}

/* ---- money ------------------------------------------------------------------------------------ */

static void cost_is_a_weighted_pinball(void **state)
{
    (void)state;
    const ku_error_cost cost = {.over = 2, .under = 6};
    check_near("too much", 6, ku_score_cost(7, 10, cost), exact);
    check_near("too little", 18, ku_score_cost(10, 7, cost), exact);
    for (double y = -3; y <= 3; y += 0.25)
        check_near("newsvendor", 8 * ku_score_pinball(y, 0.4, 0.75), ku_score_cost(y, 0.4, cost),
                   exact);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void wilson_as_published(void **state)
{
    (void)state;
    ku_interval i = ku_wilson(3, 10, 0.95); /* R: prop.test(3, 10, correct = FALSE) */
    check_near("low", 0.1077912674, i.lo, 1e-9);
    check_near("high", 0.6032218525, i.hi, 1e-9);
    check_near("none", 0, ku_wilson(0, 6, 0.95).lo, exact);
    check_near("all", 1, ku_wilson(6, 6, 0.95).hi, exact);
}

/* R: qt, pt. */
static void student_agrees_with_r(void **state)
{
    (void)state;
    static const double ref[5][3] = {{0.975, 1, 12.706204736175},
                                     {0.975, 5, 2.570581835636},
                                     {0.975, 30, 2.042272456301},
                                     {0.9, 2, 1.885618083164},
                                     {0.01, 3.5, -4.060711359300}};
    for (int i = 0; i < 5; i++)
        check_near("quantile", ref[i][2], ku_student_quantile(ref[i][0], ref[i][1]), 1e-9);
    check_near("below", 0.046326335090, ku_student_below(-2.2, 4), 1e-10);
    check_near("middle", 0.5, ku_student_below(0, 7), exact);
}

/* R forecast 8.20: dm.test(e1, e2, h = 1:3, power = 1). */
static void accuracy_test_agrees_with_r(void **state)
{
    (void)state;
    static const double e1[12] = {1.2, -.4, 2.2, .3, -1.9, .8, 1.1, -2.4, .2, 1.7, -.6, .9};
    static const double e2[12] = {.9, -1.4, 2.9, 1.3, -1.2, 1.8, 2.1, -1.4, 1.2, .7, -1.6, 1.9};
    static const double statistic[3] = {-1.568648535475, -9.448223108703, -3.379633630242},
                        p[3] = {0.145028424977, 0.000001299653, 0.006146550900};
    double d[12];
    for (int i = 0; i < 12; i++) d[i] = fabs(e1[i]) - fabs(e2[i]);
    for (int h = 1; h <= 3; h++) {
        ku_accuracy_test t = ku_compare_accuracy(d, 12, h - 1);
        check_near("statistic", statistic[h - 1], t.difference / t.error, 1e-9);
        check_near("p", p[h - 1], t.p, 1e-9);
        assert_true(t.interval.lo < t.difference && t.difference < t.interval.hi);
    }
}

static void little_evidence_claims_nothing(void **state)
{
    (void)state;
    static const double d[5] = {1, 2, 1, -1, 1};
    assert_true(isnan(ku_compare_accuracy(d, 2, 0).p));
    assert_true(isfinite(ku_compare_accuracy(d, 5, 40).p)); /* more overlap than values */
    static const double same[4] = {1, 1, 1, 1}, none[4] = {0};
    check_near("always better", 0, ku_compare_accuracy(same, 4, 1).p, 0);
    check_near("no difference", 1, ku_compare_accuracy(none, 4, 1).p, 0);
}

/* Two forecasters of equal skill: the interval holds 0 about as often as it says. */
static void interval_of_skill_covers(void **state)
{
    (void)state;
    enum { SERIES = 15, ORIGINS = 8, DRAWS = 200, TIMES = 300 };
    double loss[SERIES * ORIGINS], yard[SERIES * ORIGINS], room[SERIES + ORIGINS + DRAWS];
    int held = 0;
    ku_rng rng = ku_rng_make(3, 1);
    for (int i = 0; i < TIMES; i++) {
        for (int o = 0; o < ORIGINS; o++) {
            double month = ku_rng_normal(&rng) * 0.3; /* what all series have in common */
            for (int s = 0; s < SERIES; s++) {
                loss[s * ORIGINS + o] = 2 + ku_rng_normal(&rng) * 0.3 + month;
                yard[s * ORIGINS + o] = 2 + ku_rng_normal(&rng) * 0.3 - month;
            }
        }
        ku_skill skill = ku_skill_of(loss, yard, SERIES, ORIGINS, DRAWS,
                                     ku_rng_make(3, 100 + (uint64_t)i), room);
        held += skill.interval.lo <= 0 && 0 <= skill.interval.hi;
    }
    if (held < 0.86 * TIMES) print_error("0 was held in %d of %d intervals\n", held, TIMES);
    assert_true(held >= 0.86 * TIMES);
}

static void skill_by_hand(void **state)
{
    (void)state;
    static const double loss[4] = {1, NAN, 2, 1}, yard[4] = {2, NAN, 2, 4};
    double room[64];
    ku_skill s = ku_skill_of(loss, yard, 2, 2, 60, ku_rng_make(1, 1), room);
    check_near("skill", 0.5, s.value, exact);
    assert_true(s.interval.lo <= 0.5 && s.interval.hi >= 0.5);
    s = ku_skill_of(loss, yard, 1, 1, 60, ku_rng_make(1, 1), room);
    check_near("one pair", 0.5, s.value, exact);
    assert_true(isnan(s.interval.lo));
    static const double perfect[2] = {0, 0};
    assert_true(isnan(ku_skill_of(loss, perfect, 1, 1, 60, ku_rng_make(1, 1), room).value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_by_hand),
        cmocka_unit_test(naive_scales_to_one),
        cmocka_unit_test(no_scale_without_change),
        cmocka_unit_test(interval_score_is_two_pinballs),
        cmocka_unit_test(pinball_is_least_at_the_quantile),
        cmocka_unit_test(crps_of_a_normal_is_exact),
        cmocka_unit_test(crps_agrees_with_its_integral),
        cmocka_unit_test(crps_of_a_point_is_the_distance),
        cmocka_unit_test(crps_of_draws_by_hand),
        cmocka_unit_test(crps_of_many_draws_nears_the_normal),
        cmocka_unit_test(cost_is_a_weighted_pinball),
        cmocka_unit_test(wilson_as_published),
        cmocka_unit_test(student_agrees_with_r),
        cmocka_unit_test(accuracy_test_agrees_with_r),
        cmocka_unit_test(little_evidence_claims_nothing),
        cmocka_unit_test(interval_of_skill_covers),
        cmocka_unit_test(skill_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
