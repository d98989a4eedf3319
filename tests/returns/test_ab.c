/* test_ab.c - comparing arms: intervals and tests against published figures, corrections and
 * intervals for every look against what they promise, by simulation. */
#include "check.h"

#include <string.h>

#include "returns/ab/effect.h"
#include "returns/ab/ratio.h"

static const ku_ab_plan plan = {.confidence = 0.95, .units = 2000};

static ku_ab_arm counted(double hits, double units)
{
    return (ku_ab_arm){.units = units, .sum = {hits}, .cross = {hits}};
}

/* Newcombe (1998), table II, example a: 56 of 70 and 48 of 80, method 10: .0524 to .3339. */
static void difference_of_shares(void **state)
{
    (void)state;
    ku_ab_metric share = {.kind = KU_AB_SHARE};
    ku_ab_arm arm[2] = {counted(48, 80), counted(56, 70)};
    ku_ab_value value[2];
    ku_ab_values how = ku_ab_work_out(&share, arm, 2, value);
    ku_ab_effect e = ku_ab_compare(&share, how.adjusted, &value[0], &value[1], &plan);
    check_near("effect", 0.2, e.effect, 1e-12);
    check_near("lo", 0.0524, e.lo, 5e-5);
    check_near("hi", 0.3339, e.hi, 5e-5);
    /* z = .2 / sqrt(.6933 .3067 (1/70 + 1/80)) = 2.6502, p = .00804. */
    check_near("p", 0.00804, e.p, 1e-5);
}

/* The lady tasting tea (Fisher 1935): 3 of 4 against 1 of 4, two-sided .4857; and R's
 * fisher.test(matrix(c(10, 2, 3, 15), 2)), p-value = 0.0005367. */
static void exact_test(void **state)
{
    (void)state;
    check_near("tea", 34.0 / 70, ku_ab_fisher(3, 4, 1, 4), 1e-10);
    check_near("R", 0.0005367, ku_ab_fisher(10, 12, 3, 18), 5e-8);
    check_near("nothing", 1, ku_ab_fisher(0, 50, 0, 60), 1e-10);
}

/* R: p.adjust(c(.03, .01, .04, .005, .5), "holm"), and "BH". */
static void several_tests(void **state)
{
    (void)state;
    const double p[] = {0.03, 0.01, NAN, 0.04, 0.005, 0.5};
    const double holm[] = {0.09, 0.04, NAN, 0.09, 0.025, 0.5};
    const double bh[] = {0.05, 0.025, NAN, 0.05, 0.025, 0.5};
    double found[6];
    int order[6];
    ku_ab_holm(p, 6, found, order);
    for (int i = 0; i < 6; i++)
        if (i != 2) check_near("Holm", holm[i], found[i], 1e-12);
    assert_true(isnan(found[2]));
    ku_ab_benjamini(p, 6, found, order);
    for (int i = 0; i < 6; i++)
        if (i != 2) check_near("Benjamini-Hochberg", bh[i], found[i], 1e-12);
}

/* Fabijan et al. (2019), Diagnosing sample ratio mismatch, KDD 19, section 1: 821,588 and
 * 815,482 units of a test of halves, p = 1.8e-6. */
static void ratio_of_samples(void **state)
{
    (void)state;
    const double units[] = {821588, 815482}, half[] = {0.5, 0.5};
    check_near("p", 1.8, 1e6 * ku_ab_ratio_p(units, half, 2), 0.03);
    assert_true(ku_ab_ratio_evidence(units, half, 2, 100) > 0);
    const double three[] = {100, 100, 100}, third[] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
    check_near("even", 1, ku_ab_ratio_p(three, third, 3), 1e-12);
    assert_true(ku_ab_ratio_evidence(three, third, 3, 100) < 0);
    const double none[] = {10, 10}, one[] = {1, 0};
    check_near("units where none should be", 0, ku_ab_ratio_p(none, one, 2), 0);
}

/* False alarms of right assignment: about 1 in 20 at one look, at most 1 in 20 in all of 2,000
 * looks; and a small fault is found. */
static void ratio_alarms_at_its_level(void **state)
{
    (void)state;
    enum { TESTS = 2000, UNITS = 2000 };
    const double share[] = {0.5, 0.3, 0.2};
    int once = 0, ever = 0, found = 0;
    for (int i = 0; i < TESTS; i++) {
        ku_rng rng = ku_rng_make(21, (uint64_t)i);
        double units[3] = {0}, most = -INFINITY, faulty[3] = {0};
        for (int n = 0; n < UNITS; n++) {
            double u = ku_rng_uniform(&rng);
            int g = u < 0.5 ? 0 : u < 0.8 ? 1 : 2;
            units[g]++;
            if (g != 1 || ku_rng_uniform(&rng) < 0.7) faulty[g]++;
            most = fmax(most, ku_ab_ratio_evidence(units, share, 3, 100));
        }
        once += ku_ab_ratio_p(units, share, 3) < 0.05;
        ever += most > log(20);
        found += ku_ab_ratio_evidence(faulty, share, 3, 100) > log(20);
    }
    print_message("one look %.4f, every look %.4f, fault found %.3f\n", once / (double)TESTS,
                  ever / (double)TESTS, found / (double)TESTS);
    check_near("one look", 0.05, once / (double)TESTS, 0.015);
    assert_true(ever <= 0.05 * TESTS);
    assert_true(found > 0.95 * TESTS);
}

/* ---- ratios and corrections ------------------------------------------------------------------------- */

/* The error of a ratio as the jackknife has it. */
static void error_of_a_ratio(void **state)
{
    (void)state;
    enum { N = 400 };
    ku_ab_metric ratio = {.kind = KU_AB_RATIO, .shift = {3, 5}};
    ku_rng rng = ku_rng_make(22, 0);
    double y[N], d[N], sy = 0, sd = 0, mean = 0, squares = 0;
    ku_ab_arm arm = {0};
    ku_ab_value value;
    for (int i = 0; i < N; i++) {
        d[i] = 1 + (double)ku_rng_poisson(&rng, 4);
        y[i] = (double)ku_rng_poisson(&rng, 0.6 * d[i]);
        sy += y[i];
        sd += d[i];
        ku_ab_add(&ratio, &arm, (double[]){y[i], d[i]}, 1);
    }
    ku_ab_add(&ratio, &arm, (double[]){1e3, 7}, 1); /* a unit that comes and goes */
    ku_ab_add(&ratio, &arm, (double[]){1e3, 7}, -1);
    ku_ab_work_out(&ratio, &arm, 1, &value);
    for (int i = 0; i < N; i++) mean += (sy - y[i]) / (sd - d[i]) / N;
    for (int i = 0; i < N; i++) squares += pow((sy - y[i]) / (sd - d[i]) - mean, 2);
    check_near("ratio", sy / sd, value.plain, 1e-12);
    check_near("error", 1, value.error / sqrt(squares * (N - 1) / N), 0.01);
}

/* A test with what was known before: outcome and two columns, r of each given. */
static ku_ab_effect correct(ku_rng *rng, int units, double effect, double *saved)
{
    ku_ab_metric metric = {.kind = KU_AB_MEAN, .before = 2, .shift = {1, 1, 0, 10}};
    ku_ab_arm arm[2] = {0};
    ku_ab_value value[2];
    for (int i = 0; i < units; i++) {
        int g = ku_rng_uniform(rng) < 0.4;
        double a = ku_rng_exponential(rng) - 1, b = ku_rng_normal(rng);
        double y = 1 + 0.8 * a + 0.3 * b + 0.6 * ku_rng_normal(rng) + (g ? effect : 0);
        ku_ab_add(&metric, &arm[g], (double[]){y, 1, a, 10 + 3 * b}, 1);
    }
    ku_ab_values how = ku_ab_work_out(&metric, arm, 2, value);
    *saved = how.saved;
    return ku_ab_compare(&metric, how.adjusted, &value[0], &value[1], &plan);
}

/* Var y = .64 + .09 + .36 = 1.09, of which .73 goes: the correction saves .67 of the variance,
 * its effects are right on average and its 95 % intervals hold them. */
static void correction_keeps_its_promise(void **state)
{
    (void)state;
    enum { TESTS = 1000, UNITS = 500 };
    double sum = 0, squares = 0, errors = 0, all = 0;
    int inside = 0;
    for (int i = 0; i < TESTS; i++) {
        ku_rng rng = ku_rng_make(23, (uint64_t)i);
        double saved;
        ku_ab_effect e = correct(&rng, UNITS, 0.1, &saved);
        sum += e.effect / TESTS;
        squares += (e.effect - 0.1) * (e.effect - 0.1) / TESTS;
        errors += e.error * e.error / TESTS;
        all += saved / TESTS;
        inside += e.lo <= 0.1 && 0.1 <= e.hi;
    }
    double plain = 1.09 / (0.6 * UNITS) + 1.09 / (0.4 * UNITS);
    print_message("mean %.4f, variance %.3f of plain, said %.3f, saved %.3f, inside %.3f\n", sum,
                  squares / plain, errors / plain, all, inside / (double)TESTS);
    check_near("unbiased", 0.1, sum, 4 * sqrt(plain * 0.33 / TESTS));
    check_near("saved", 0.73 / 1.09, all, 0.02);
    check_near("variance", 0.36 / 1.09, squares / plain, 0.06);
    check_near("variance said", 0.36 / 1.09, errors / plain, 0.02);
    check_near("inside", 0.95, inside / (double)TESTS, 0.021);
}

/* Columns that say the same thing twice, or nothing, do no harm. */
static void correction_without_use(void **state)
{
    (void)state;
    ku_ab_metric metric = {.kind = KU_AB_MEAN, .before = 3};
    ku_ab_arm arm[2] = {0};
    ku_ab_value value[2];
    ku_rng rng = ku_rng_make(24, 0);
    for (int i = 0; i < 200; i++) {
        double a = ku_rng_normal(&rng), y = a + ku_rng_normal(&rng);
        ku_ab_add(&metric, &arm[i % 2], (double[]){y, 1, a, 2 * a, 5}, 1);
    }
    ku_ab_values how = ku_ab_work_out(&metric, arm, 2, value);
    assert_true(how.adjusted);
    check_near("weights", 1, how.weight[0] + 2 * how.weight[1], 0.15);
    check_near("constant", 0, how.weight[2], 0);
    assert_true(how.saved > 0.35 && how.saved < 0.65);
    assert_true(isnan(ku_ab_uneven(&metric, &arm[0], &arm[1], 2)));
    assert_true(ku_ab_uneven(&metric, &arm[0], &arm[1], 0) > 0.001);
}

/* ---- looking every day ------------------------------------------------------------------------------- */

static void widest_where_not_planned(void **state)
{
    (void)state;
    double best = ku_ab_reach(1000, 1, ku_ab_rho(1000, 0.05), 0.05);
    for (double n = 100; n < 10000; n *= 1.3)
        assert_true(ku_ab_reach(1000, 1, ku_ab_rho(n, 0.05), 0.05) >= best * 0.999);
    print_message("reach where planned: %.3f standard errors\n", best);
    double p = ku_ab_always_p(1000, best, 1, ku_ab_rho(1000, 0.05));
    check_near("p at the edge", 0.05, p, 1e-12);
}

/* Tests without an effect on skewed numbers, looked at every 10 units from 100 to 4,000: the
 * interval for every look leaves 0 in at most 1 of 20, the usual one far more often. */
static void looking_every_day(void **state)
{
    (void)state;
    enum { TESTS = 1000, UNITS = 4000 };
    ku_ab_metric metric = {.kind = KU_AB_MEAN, .shift = {2, 1}};
    int usual = 0, always = 0, anew = 0;
    for (int i = 0; i < TESTS; i++) {
        ku_rng rng = ku_rng_make(25, (uint64_t)i);
        ku_ab_arm arm[2] = {0};
        bool out = false, always_out = false, anew_out = false;
        for (int n = 1; n <= UNITS; n++) {
            double y = ku_rng_gamma(&rng, 1.5) + 0.5;
            ku_ab_add(&metric, &arm[ku_rng_uniform(&rng) < 0.5], (double[]){y, 1}, 1);
            if (n < 100 || n % 10 != 0) continue;
            ku_ab_value value[2];
            ku_ab_work_out(&metric, arm, 2, value);
            ku_ab_effect e = ku_ab_compare(&metric, false, &value[0], &value[1], &plan);
            out |= e.lo > 0 || e.hi < 0;
            always_out |= e.always_lo > 0 || e.always_hi < 0;
            /* planned anew at each look, as where no plan is given */
            double reach = ku_ab_reach(n, e.error, ku_ab_rho(n, 0.05), 0.05);
            anew_out |= fabs(e.effect) > reach;
        }
        usual += out;
        always += always_out;
        anew += anew_out;
    }
    print_message("left 0 at some look: usual %.3f, for every look %.3f, planned anew %.3f\n",
                  usual / (double)TESTS, always / (double)TESTS, anew / (double)TESTS);
    assert_true(always <= 0.05 * TESTS && anew <= 0.05 * TESTS);
    assert_true(usual > 0.25 * TESTS);
}

/* One look: the usual interval of a difference of shares, and of relative effects, by simulation. */
static void one_look(void **state)
{
    (void)state;
    enum { TESTS = 4000 };
    ku_ab_metric share = {.kind = KU_AB_SHARE};
    int inside = 0, relative = 0, known = 0, found = 0;
    for (int i = 0; i < TESTS; i++) {
        ku_rng rng = ku_rng_make(26, (uint64_t)i);
        double hits[2] = {0};
        ku_ab_value value[2];
        for (int n = 0; n < 600; n++) hits[n % 2] += ku_rng_uniform(&rng) < (n % 2 ? 0.09 : 0.06);
        ku_ab_arm arm[2] = {counted(hits[0], 300), counted(hits[1], 300)};
        ku_ab_work_out(&share, arm, 2, value);
        ku_ab_effect e = ku_ab_compare(&share, false, &value[0], &value[1], &plan);
        inside += e.lo <= 0.03 && 0.03 <= e.hi;
        found += e.p < 0.05;
        if (isnan(e.relative)) continue;
        known++;
        relative += e.relative_lo <= 0.5 && 0.5 <= e.relative_hi;
        assert_true(e.relative_lo < e.relative && e.relative < e.relative_hi);
    }
    print_message("inside %.4f, relative %.4f of %d, found %.3f\n", inside / (double)TESTS,
                  relative / (double)known, known, found / (double)TESTS);
    check_near("inside", 0.95, inside / (double)TESTS, 0.012);
    check_near("relative", 0.95, relative / (double)known, 0.02);
}

/* ---- deciding ---------------------------------------------------------------------------------------- */

/* Two normal arms: the chance is Φ(d / s), what is lost s φ(d/s) - d (1 - Φ(d/s)). */
static void which_is_best(void **state)
{
    (void)state;
    ku_ab_metric metric = {.kind = KU_AB_MEAN};
    const ku_ab_value value[2] = {{.units = 10, .mean = 5, .error = 0.3},
                                  {.units = 10, .mean = 5.4, .error = 0.4}};
    ku_ab_chance chance[2];
    double z = 0.4 / 0.5, below = 0.5 * erfc(-z / sqrt(2));
    double density = exp(-z * z / 2) / sqrt(2 * 3.14159265358979323846);
    ku_ab_best(&metric, false, value, 2, 0, 200000, ku_rng_make(27, 0), chance);
    check_near("best", below, chance[1].best, 0.004);
    check_near("better", below, chance[1].better, 0.004);
    check_near("loss", 0.5 * density - 0.4 * (1 - below), chance[1].loss, 0.002);
    check_near("loss of the other", chance[1].loss + 0.4, chance[0].loss, 0.005);
    /* 9 of 10 against 6 of 10 with Jeffreys' prior, by R: integrate(dbeta(p, 9.5, 1.5) pbeta(p, 6.5, 4.5)). */
    ku_ab_metric share = {.kind = KU_AB_SHARE};
    ku_ab_arm arm[2] = {counted(6, 10), counted(9, 10)};
    ku_ab_value hits[2];
    ku_ab_work_out(&share, arm, 2, hits);
    ku_ab_best(&share, false, hits, 2, 0, 200000, ku_rng_make(28, 0), chance);
    check_near("best share", 0.9412829, chance[1].best, 0.004);
    check_near("2.8", 2.8016, ku_ab_seen(0.95, 0.8), 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(difference_of_shares),
        cmocka_unit_test(exact_test),
        cmocka_unit_test(several_tests),
        cmocka_unit_test(ratio_of_samples),
        cmocka_unit_test(ratio_alarms_at_its_level),
        cmocka_unit_test(error_of_a_ratio),
        cmocka_unit_test(correction_keeps_its_promise),
        cmocka_unit_test(correction_without_use),
        cmocka_unit_test(widest_where_not_planned),
        cmocka_unit_test(looking_every_day),
        cmocka_unit_test(one_look),
        cmocka_unit_test(which_is_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
