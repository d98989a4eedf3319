/* test_contract.c - customers under contract: published values, identities, recovery of a
 * known truth, bad input. */
#include "check.h"

#include "customers/contract/contract_internal.h"
#include "kemudi/rng.h"
#include "num/hyper.h"

/* Fader & Hardie (2007), table 1, per cent of customers alive after each year. */
static const double high_end[] = {100,  86.9, 74.3, 65.3, 59.3, 55.1, 51.7,
                                  49.1, 46.8, 44.5, 42.7, 40.9, 39.4};
static const double regular[] = {100,  63.1, 46.8, 38.2, 32.6, 28.9, 26.2,
                                 24.1, 22.3, 20.7, 19.4, 18.3, 17.3};

static ku_contract_fit fit_of(const double *per_cent, double customers, int periods, bool weibull)
{
    double alive[32];
    ku_cohort cohort = {.periods = periods, .alive = alive};
    ku_arena *arena = ku_arena_new();
    ku_tenure tenure;
    ku_contract_fit fit;
    ku_error err = {0};
    for (int t = 0; t <= periods; t++) alive[t] = per_cent[t] * customers / 100;
    check_ok(ku_tenure_of(&cohort, 1, arena, &tenure, &err), &err);
    check_ok(ku_contract_estimate(&tenure, weibull, &fit, &err), &err);
    assert_true(fit.converged && !fit.at_edge);
    assert_int_equal(fit.starts, fit.agreed);
    ku_arena_free(arena);
    return fit;
}

/* ---- published ---------------------------------------------------------------------------- */

/* Ibid., table 2: .668 3.806 and .704 1.182, log-likelihoods -1611.2 and -1680.3, for seven
 * renewals of 1,000 customers each; more digits from R's optim. */
static void test_geometric_published(void **state)
{
    (void)state;
    ku_contract_fit high = fit_of(high_end, 1000, 7, false),
                    usual = fit_of(regular, 1000, 7, false);
    check_near("high end gamma", 0.668088, high.gamma, 2e-6);
    check_near("high end delta", 3.80609, high.delta, 2e-6);
    check_near("high end loglik", -1611.158147, high.loglik, 1e-9);
    check_near("regular gamma", 0.7041, usual.gamma, 0.00005);
    check_near("regular delta", 1.1820, usual.delta, 0.00006);
    check_near("regular loglik", -1680.2652, usual.loglik, 0.00005 / 1680);
}

/* Years 8 to 12 projected from the first seven: .460 .436 .414 .395 .378 (J. D. Maturen's
 * program on the same figures); observed .468 .445 .427 .409 .394. */
static void test_projection(void **state)
{
    (void)state;
    static const double projected[] = {0.460, 0.436, 0.414, 0.395, 0.378};
    ku_contract_fit fit = fit_of(high_end, 1000, 7, false);
    for (int i = 0; i < 5; i++) {
        ku_contract_interval s = ku_contract_survival(&fit, 8 + i);
        check_near("survival", projected[i], s.mean, 0.0006);
        assert_true(s.lo < s.mean && s.mean < s.hi);
        ku_contract_interval n = ku_contract_alive(&fit, 491, 7, 8 + i);
        assert_true(n.lo <= 10 * high_end[8 + i] && 10 * high_end[8 + i] <= n.hi);
        assert_true(n.hi - n.lo > 491 * (s.hi - s.lo) / s.mean * 0.1);
    }
}

/* Four renewals: .7636650665 1.2958302799 (regular; K. Lu's program). Beta-discrete-Weibull:
 * .2593356 1.7225501 1.5843615, -122.2749318241 for 100 customers (high end; R's optim; the
 * R package foretell stops at .25936 1.72271 1.58427), and projections to year 10. */
static void test_weibull_published(void **state)
{
    (void)state;
    static const double projected[] = {86.91457, 74.19303, 65.47868, 59.29349, 54.66117,
                                       51.03696, 48.10442, 45.66877, 43.60356, 41.82302};
    ku_contract_fit usual = fit_of(regular, 1000, 4, false);
    check_near("regular gamma", 0.76366507, usual.gamma, 2e-5);
    check_near("regular delta", 1.29583028, usual.delta, 2e-5);
    ku_contract_fit high = fit_of(high_end, 100, 4, true);
    check_near("gamma", 0.2593356, high.gamma, 1e-6);
    check_near("delta", 1.7225501, high.delta, 1e-6);
    check_near("c", 1.5843615, high.c, 1e-6);
    check_near("loglik", -122.2749318241, high.loglik, 1e-10);
    for (int t = 1; t <= 10; t++)
        check_near("survival", projected[t - 1] / 100, ku_contract_survival(&high, t).mean, 2e-5);
}

/* The polarization 1 / (gamma + delta + 1) of high end is .099 with c = 1 and .335 with c
 * free (Fader et al. 2018): what looks like loyalty is difference between customers. */
static void test_compare(void **state)
{
    (void)state;
    ku_contract_fit one = fit_of(high_end, 1000, 4, false), two = fit_of(high_end, 1000, 4, true);
    check_near("polarization", 0.099, 1 / (one.gamma + one.delta + 1), 0.0005);
    check_near("polarization, c free", 0.335, 1 / (two.gamma + two.delta + 1), 0.0005);
    ku_contract_test test = ku_contract_compare(&one, &two);
    check_near("ratio", 2 * (two.loglik - one.loglik), test.ratio, 1e-12);
    assert_true(test.ratio > 3.84 && test.p_value < 0.05);
    check_near("chi-squared, 1 degree", 0.05, erfc(sqrt(3.841458820694124 / 2)), 1e-12);
    ku_contract_test none = ku_contract_compare(&one, &one);
    check_near("no gain", 1, none.p_value, 0);
}

/* Fader & Hardie (2010), eqs. (5) and (6), for c = 1 in closed form; the value 7.530 is J. D.
 * Maturen's program for high end after seven renewals at 10 %. */
static void test_residual_lifetime(void **state)
{
    (void)state;
    ku_contract_fit fit = fit_of(high_end, 1000, 7, false);
    double g = fit.gamma, d = fit.delta;
    check_near("printed", 7.530, ku_contract_residual(&fit, 7, 0.1, INFINITY).mean, 0.0005 / 7.5);
    for (int renewed = 0; renewed <= 20; renewed += 5) {
        double first = (d + renewed) / (g + d + renewed);
        double closed = first *
                        exp(ku_log_hyper(1, d + renewed + 1, g + d + renewed + 1, 1 / 1.1, NULL));
        check_near("closed form", closed, ku_contract_residual(&fit, renewed, 0.1, INFINITY).mean,
                   1e-12);
    }
    check_near("new", exp(ku_log_hyper(1, d, g + d, 1 / 1.1, NULL)),
               ku_contract_new(&fit, 0.1, INFINITY).mean, 1e-12);
    check_near("one payment", 1, ku_contract_new(&fit, 0.1, 1).mean, 0);
    check_near("two payments", 1 + d / (g + d) / 1.1, ku_contract_new(&fit, 0.1, 2).mean, 1e-14);
}

/* ---- identities ---------------------------------------------------------------------------- */

/* The long sums against term by term, and against (delta + n) / (gamma - 1). */
static void test_long_sums(void **state)
{
    (void)state;
    double sum = 0, rate = 1e-4;
    for (int k = 400000; k >= 1; k--)
        sum += exp(ku_contract_log_survival(1.2, 3, 0.8, 2, 2 + k) - (k - 1) * log1p(rate));
    check_near("c .8, slow discount", sum, ku_contract_future(1.2, 3, 0.8, 2, rate, INFINITY),
               1e-9);
    sum = 0;
    for (int k = 50000; k >= 1; k--) sum += exp(ku_contract_log_survival(1.2, 3, 1.3, 2, 2 + k));
    check_near("c 1.3, 50,000 terms", sum, ku_contract_future(1.2, 3, 1.3, 2, 0, 50000), 1e-9);
    check_near("no end", 5 / 0.5, ku_contract_future(1.5, 3, 1, 2, 0, INFINITY), 1e-14);
    /* c = 1 + 1e-12 takes the other road. */
    check_near("by integral", 5 / 0.5, ku_contract_future(1.5, 3, 1 + 1e-12, 2, 0, INFINITY), 1e-7);
    assert_true(isinf(ku_contract_future(0.9, 3, 1, 2, 0, INFINITY)));
}

static void check_gradient(const ku_tenure *tenure, double gamma, double delta, double c)
{
    double at[3] = {log(gamma), log(delta), log(c)}, found[3] = {0};
    ku_contract_loglik(gamma, delta, c, tenure, found);
    for (int i = 0; i < 3; i++) {
        double kept = at[i], side[2];
        for (int up = 0; up < 2; up++) {
            at[i] = kept + (up ? 1e-5 : -1e-5);
            side[up] = ku_contract_loglik(exp(at[0]), exp(at[1]), exp(at[2]), tenure, NULL);
        }
        at[i] = kept;
        check_near("gradient", (side[1] - side[0]) / 2e-5, found[i], 1e-6);
    }
}

static void test_gradient(void **state)
{
    (void)state;
    double lost[] = {131, 126, 90, 0, 2}, kept[] = {869, 743, 653, 653, 10};
    ku_tenure tenure = {5, lost, kept, 1000};
    check_gradient(&tenure, 0.7, 3.8, 1);
    check_gradient(&tenure, 0.26, 1.7, 1.6);
    check_gradient(&tenure, 40, 300, 0.4);
}

/* ---- a known truth ------------------------------------------------------------------------- */

/* How many of `customers` drawn one by one are alive after each chance. */
static void draw_cohort(double gamma, double delta, double c, int customers, int periods,
                        ku_rng *rng, double *alive)
{
    for (int t = 0; t <= periods; t++) alive[t] = 0;
    for (int i = 0; i < customers; i++) {
        double stay = log1p(-ku_rng_beta(rng, gamma, delta));
        double patience = -ku_rng_exponential(rng);
        for (int t = 0; t <= periods && pow(t, c) * stay >= patience; t++) alive[t] += 1;
    }
}

static void test_coverage(void **state)
{
    (void)state;
    const double gamma = 0.8, delta = 2.5, c = 1.4;
    int inside[5] = {0};
    ku_arena *arena = ku_arena_new();
    for (int company = 0; company < 200; company++) {
        ku_rng rng = ku_rng_make(21, (uint64_t)company);
        double alive[3][13];
        ku_cohort cohorts[3] = {{8, alive[0]}, {7, alive[1]}, {5, alive[2]}};
        for (int i = 0; i < 3; i++) draw_cohort(gamma, delta, c, 700, 12, &rng, alive[i]);
        ku_tenure tenure;
        ku_contract_fit fit;
        ku_error err = {0};
        ku_arena_reset(arena);
        check_ok(ku_tenure_of(cohorts, 3, arena, &tenure, &err), &err);
        check_ok(ku_contract_estimate(&tenure, true, &fit, &err), &err);
        inside[0] += fabs(log(fit.c / c)) <= 1.96 * fit.se_c / fit.c;
        inside[1] += fabs(log(fit.gamma / gamma)) <= 1.96 * fit.se_gamma / fit.gamma;
        double true_s = exp(ku_contract_log_survival(gamma, delta, c, 0, 12));
        ku_contract_interval s = ku_contract_survival(&fit, 12);
        inside[2] += s.lo <= true_s && true_s <= s.hi;
        ku_contract_interval n = ku_contract_alive(&fit, alive[0][8], 8, 12);
        inside[3] += n.lo <= alive[0][12] && alive[0][12] <= n.hi;
        ku_contract_interval worth = ku_contract_residual(&fit, 8, 0.1, 20);
        double true_worth = ku_contract_future(gamma, delta, c, 8, 0.1, 20);
        inside[4] += worth.lo <= true_worth && true_worth <= worth.hi;
    }
    print_message("of 200 the 95 %% interval holds: c %d, gamma %d, survival %d, number alive %d, "
                  "residual lifetime %d\n",
                  inside[0], inside[1], inside[2], inside[3], inside[4]);
    for (int i = 0; i < 5; i++) assert_in_range(inside[i], 180, 198);
    ku_arena_free(arena);
}

/* ---- at the edge and beyond ---------------------------------------------------------------- */

/* Everybody leaves with the same probability: customers do not differ, and it is said. */
static void test_alike(void **state)
{
    (void)state;
    double alive[] = {1024, 512, 256, 128, 64, 32};
    ku_cohort cohort = {5, alive};
    ku_arena *arena = ku_arena_new();
    ku_tenure tenure;
    ku_contract_fit fit;
    ku_error err = {0};
    check_ok(ku_tenure_of(&cohort, 1, arena, &tenure, &err), &err);
    check_ok(ku_contract_estimate(&tenure, false, &fit, &err), &err);
    assert_true(fit.at_edge);
    ku_contract_interval s = ku_contract_survival(&fit, 10);
    check_near("survival", 1.0 / 1024, s.mean, 1e-4);
    assert_true(isfinite(s.lo) && isfinite(s.hi));
    assert_true(isfinite(ku_contract_residual(&fit, 5, 0.1, INFINITY).hi));
    ku_arena_free(arena);
}

static void test_bad(void **state)
{
    (void)state;
    double rising[] = {100, 90, 91}, negative[] = {100, -1}, empty[] = {0, 0}, start[] = {100};
    ku_cohort bad[] = {{2, rising}, {1, negative}, {1, empty}, {0, start}};
    ku_arena *arena = ku_arena_new();
    ku_tenure tenure;
    ku_contract_fit fit;
    ku_error err = {0};
    check_fails(KU_BAD_DATA, "nobody comes back", ku_tenure_of(&bad[0], 1, arena, &tenure, &err),
                &err);
    assert_string_equal(err.where, "cohort 1, period 2");
    check_fails(KU_BAD_DATA, "expected 0 or more", ku_tenure_of(&bad[1], 1, arena, &tenure, &err),
                &err);
    check_fails(KU_BAD_DATA, "chance to leave", ku_tenure_of(&bad[2], 2, arena, &tenure, &err),
                &err);
    double alive[] = {100, 90, 85};
    ku_cohort brief = {2, alive};
    check_ok(ku_tenure_of(&brief, 1, arena, &tenure, &err), &err);
    check_fails(KU_BAD_DATA, "3 chances to leave", ku_contract_estimate(&tenure, true, &fit, &err),
                &err);
    check_ok(ku_contract_estimate(&tenure, false, &fit, &err), &err);
    /* Nobody left at all: that is still a finite answer, at the edge. */
    double stay[] = {50, 50, 50, 50};
    ku_cohort loyal = {3, stay};
    check_ok(ku_tenure_of(&loyal, 1, arena, &tenure, &err), &err);
    check_ok(ku_contract_estimate(&tenure, false, &fit, &err), &err);
    assert_true(fit.at_edge && ku_contract_survival(&fit, 3).mean > 0.99);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_geometric_published),
        cmocka_unit_test(test_projection),
        cmocka_unit_test(test_weibull_published),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_residual_lifetime),
        cmocka_unit_test(test_long_sums),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
