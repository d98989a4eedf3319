/* test_pareto.c - Pareto/NBD: points and gradients against the closed form at 50 digits
 * (mpmath 1.3, hyp2f1 and hyperu, differences of 1e-16), its limits, CDNOW as published, and
 * the way for many rows against that for one. */
#include "cdnow.h"
#include "points.h"

#include "customers/fit.h"
#include "customers/pareto/pareto.h"
#include "num/gamma.h"

static const point points[] = {
    {{.8, .5, .4, 2000},
     {300, 5, 50},
     887.750954134607965,
     6.07748050718851305e-285,
     {3.4148481735277844, -26.4545466229398096, 0.998997575790196793, -0.996495907892363683}},
    {{.8, .5, .4, 2000},
     {2000, 5, 50},
     9779.02082454306419,
     0,
     {4.93413256285661199, -181.000000174667576, 0.999000698964571062, -0.996506811627589968}},
    {{.55, 10.6, .6, 11.7},
     {2, 30.4, 38.9},
     -9.54965174197035117,
     0.86926384964961315,
     {0.514654961633260569, -0.00394838011280021572, -0.739962498072755483, 0.425823608405913951}},
    {{.55, 10, .6, 10}, /* alpha = beta */
     {26, 30.86, 31},
     -38.8625892755681726,
     0.997854015367013767,
     {1.97178033632229563, -5.92563391807822437, -0.844443963427380742, 0.453133669610041465}},
    {{.3, 200, 3, 2},
     {0, 0, 39},
     -0.00148055102227554347,
     0.000110197321976341068,
     {-0.00147780709739646391, 0.00146526664652429424, 0.00215409717086536873,
      -0.00145987204959072441}},
    {{2, 1.5, .7, 80},
     {40, 5, 50},
     29.5426790841282372,
     1.00667193401197264e-35,
     {3.62457323856670196, -7.4622830150057484, 0.95623166268152214, -0.896963389780477131}},
    {{1e-3, .02, 2, 1e4},
     {1, .5, 300},
     -12.3435388462699399,
     0.714052315412728097,
     {0.991302731457442725, -0.000802335010229683503, 0.241147391422946188, -0.240499742799757459}},
    {{.55, 10.6, .6, 11.7},
     {1000, 2e3, 3e3},
     -1711.04242818083167,
     4.93886129166708722e-173,
     {1.86858719024528798, -4.71969407858030095, -2.08888692769642703, 0.590703718079638416}},
    {{.55, 10.6, .6, 11.7}, /* t_x = T */
     {3, 39, 39},
     -12.6639887110599052,
     1,
     {0.721799726250150089, -0.208669354838709677, -0.879802241276056227, 0.461538461538461538}},
    {{5, 1e-3, .4, 1e5},
     {0, 0, 1000},
     -20.7232658416130778,
     9.96022802411551531e-22,
     {-1.24999999222222242, 0.999999995333333424, 0.999999998666666686, -0.999999995333333424}},
};

static const ku_buying_model *const model = &ku_buying_pareto;

static void points_of_the_closed_form(void **state)
{
    (void)state;
    check_points(model, points, sizeof points / sizeof *points, 2e-13);
}

/* The part of those who left, ln A_0 in Fader & Hardie (2005), where x is large and alpha far
 * below beta: those still there add less than 1e-280. */
static void stress_value(void **state)
{
    (void)state;
    const double r = .8, alpha = .5, s = .4, beta = 2000, x = 300;
    double p[] = {r, alpha, s, beta}, t_x = 5, T = 50, one = 1;
    ku_buyers buyer = {1, &x, &t_x, &T, &one};
    double loglik = model->loglik(p, &buyer, 0, 1, NULL);
    double rest = ku_log_gamma_step(r, x) + r * log(alpha) + s * log(beta) + log(s / (r + s + x));
    check_near("ln A_0", -521.723591070999017, loglik - rest, 1e-12);
}

static void ends(void **state)
{
    (void)state;
    double p[] = {.55, 10.6, .6, 11.7}, x[] = {0, 0, 1e6, 1e6}, t_x[] = {0, 0, 2e6, 3e6};
    double T[] = {0, 1e-300, 3e6, 3e6}, one[] = {1, 1, 1, 1}, alive[4], expected[4];
    ku_buyers buyers = {4, x, t_x, T, one};
    check_near("nothing seen yet", 0, model->loglik(p, &buyers, 0, 1, NULL), 0);
    check_near("hardly anything", 0, model->loglik(p, &buyers, 1, 2, NULL), 1e-15);
    assert_true(isfinite(model->loglik(p, &buyers, 2, 4, NULL)));
    model->alive(p, &buyers, 0, 4, alive);
    check_near("a new customer is one", 1, alive[0], 0);
    check_near("long silent after a million", 0, alive[2], 0);
    check_near("just bought for the millionth time", 1, alive[3], 0);
    model->expected(p, &buyers, 0, 4, 52, expected);
    check_near("a new customer", model->expected_new(p, 52), expected[0], 1e-15);
    check_near("who buys every third day", 52 / 3.0, expected[3], 1e-4);
}

/* Alone each row is integrated, with others of its x it is read from a table. */
static void many_rows_are_as_single_ones(void **state)
{
    (void)state;
    enum { ROWS = 3000 };
    static const double sets[][4] = {
        {.55, 10.6, .6, 11.7}, {.2, .01, .3, 900}, {3, 500, 8, .05}, {.01, 2, .02, 1.9}};
    static double column[4][ROWS];
    ku_buyers buyers = {ROWS, column[0], column[1], column[2], column[3]};
    ku_rng rng = ku_rng_make(4, 4);
    for (int i = 0; i < ROWS; i++) {
        double x = floor(-8 * log(ku_rng_uniform(&rng))), T = 300 * ku_rng_uniform(&rng);
        column[0][i] = x;
        column[1][i] = x > 0 ? T * ku_rng_uniform(&rng) : 0;
        column[2][i] = T;
        column[3][i] = 1 + i % 2;
    }
    for (int set = 0; set < 4; set++) {
        double whole[4] = {0}, parts[4] = {0}, sum = 0, size[4] = {0};
        double all = model->loglik(sets[set], &buyers, 0, ROWS, whole);
        for (size_t i = 0; i < ROWS; i++) {
            double own[4] = {0};
            sum += model->loglik(sets[set], &buyers, i, i + 1, own);
            for (int k = 0; k < 4; k++) parts[k] += own[k], size[k] += fabs(own[k]);
        }
        check_near("loglik", sum, all, 1e-13);
        for (int k = 0; k < 4; k++)
            check_near("gradient", 0, (parts[k] - whole[k]) / size[k], 1e-12);
    }
}

/* Schmittlein, Morrison & Colombo's estimates for CDNOW: Fader, Hardie & Lee (2005) print
 * -9595.0; the further digits and the standard errors were recomputed from the same file with
 * other programs. */
static void cdnow(void **state)
{
    (void)state;
    static const double want[] = {.55328, 10.57769, .60624, 11.66872};
    static const double se[] = {.0476, .843, .187, 6.21}, rounded[] = {.553, 10.578, .606, 11.669};
    ku_error err;
    ku_arena *arena = ku_arena_new();
    double *later, expected[CDNOW_ROWS], sum = 0;
    ku_buyers buyers = cdnow_read(arena, &later);
    ku_buying_fit fit;
    check_ok(ku_buying_estimate(model, &buyers, NULL, arena, NULL, &fit, &err), &err);
    assert_true(fit.converged && !fit.at_edge);
    assert_int_equal(fit.starts, fit.agreed);
    check_near("loglik", 0, fit.loglik + 9594.9762, 1e-4);
    for (int p = 0; p < 4; p++) {
        check_near(model->parameter[p], 1, fit.parameter[p] / want[p], 1e-4);
        check_near("its error", 1, fit.se[p] / se[p], 3e-3);
    }
    model->expected(rounded, &buyers, 0, buyers.rows, 39, expected);
    for (size_t i = 0; i < buyers.rows; i++) sum += expected[i];
    check_near("bought in the 39 weeks after", 0, sum - 1665.69, 0.01);
    ku_arena_free(arena);
}

/* At the rounded estimates of R's BTYD, whose documentation prints 25.458. */
static void expectations(void **state)
{
    (void)state;
    const double rounded[] = {.553, 10.578, .606, 11.669}, one = 1;
    const double even[] = {.55, 10.6, 1, 11.7}, nearly[] = {.55, 10.6, 1 + 1e-9, 11.7};
    double x = 26, t_x = 30.86, T = 31, found, limit;
    ku_buyers buyer = {1, &x, &t_x, &T, &one};
    model->expected(rounded, &buyer, 0, 1, 52, &found);
    check_near("52 weeks", 25.4584729514287681, found, 1e-13);
    model->expected(even, &buyer, 0, 1, 52, &limit);
    model->expected(nearly, &buyer, 0, 1, 52, &found);
    check_near("s = 1", limit, found, 1e-8);
}

/* Against Tricomi's function, Fader, Hardie & Lee (2005), eq. (2). */
static void discounted(void **state)
{
    (void)state;
    const double p[] = {.5533, 10.5777, .6062, 11.6687}, even[] = {.55, 10.6, 1, 11.7};
    check_near("never again", 0.47698699350403729, ku_pareto_residual(p, 0, 0, 38.86, .0027),
               1e-12);
    check_near("twice", 6.48249160284247192, ku_pareto_residual(p, 2, 30.43, 38.86, .0027), 1e-12);
    check_near("often", 86.0331494689644715, ku_pareto_residual(p, 26, 30.86, 31, .0027), 1e-12);
    check_near("s = 1", 0.623322912359913332, ku_pareto_residual(even, 2, 30.43, 38.86, .05),
               1e-12);
}

/* Draws of new customers, seen as they would be; those whose history is like the one asked
 * for have the rates that the posterior draws. */
static void rates_given_a_history(void **state)
{
    (void)state;
    enum { DRAWS = 20000, PRIOR = 2000000 };
    const double p[] = {1.2, 6, .8, 9}, x = 2, T = 20, near = .6, t_x = 8;
    double want[4] = {0}, found[4] = {0}, square[4] = {0}, alike = 0;
    ku_rng rng = ku_rng_make(7, 7);
    for (int i = 0; i < PRIOR; i++) {
        double rate = ku_rng_gamma(&rng, p[0]) / p[1], leave = ku_rng_gamma(&rng, p[2]) / p[3];
        double left = ku_rng_exponential(&rng) / leave, at = 0, last = 0;
        int count = -1;
        for (double end = fmin(left, T); at <= end; count++) {
            last = at;
            at += ku_rng_exponential(&rng) / rate;
        }
        if (count != (int)x || fabs(last - t_x) > near) continue;
        const double value[] = {log(rate), log(leave), left > T, left > T ? 0 : left};
        alike++;
        for (int k = 0; k < 4; k++) want[k] += value[k], square[k] += value[k] * value[k];
    }
    assert_true(alike > 2000);
    for (int i = 0; i < DRAWS; i++) {
        double about = t_x + near * (2 * ku_rng_uniform(&rng) - 1);
        ku_pareto_draw d = ku_pareto_draw_rates(p, x, about, T, &rng);
        bool here = isinf(d.left);
        assert_true(here || (d.left >= about && d.left <= T));
        const double value[] = {log(d.rate), log(d.leave), here, here ? 0 : d.left};
        for (int k = 0; k < 4; k++) found[k] += value[k] / DRAWS;
    }
    static const char *const what[] = {"ln rate", "ln leave", "still here", "left"};
    for (int k = 0; k < 4; k++) {
        double mean = want[k] / alike, error = sqrt((square[k] / alike - mean * mean) / alike);
        check_near(what[k], 0, (found[k] - mean) / error, 4.5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_the_closed_form),
        cmocka_unit_test(stress_value),
        cmocka_unit_test(ends),
        cmocka_unit_test(many_rows_are_as_single_ones),
        cmocka_unit_test(cdnow),
        cmocka_unit_test(expectations),
        cmocka_unit_test(discounted),
        cmocka_unit_test(rates_given_a_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
