/* test_bgbb.c - BG/BB: points and gradients against its sum at 40 digits (mpmath 1.3,
 * differences of 1e-15), and the donors on whom it was published. */
#include "points.h"

#include "customers/fit.h"

enum { DONOR_ROWS = 22 };

static const point points[] = {
    {{1.204, .75, .657, 2.783},
     {0, 0, 6},
     -1.1672624726738937,
     0.11609661329298467,
     {-0.47103956291498785, 0.30832568416660101, 0.56588916930509302, -0.51721487566891084}},
    {{1.204, .75, .657, 2.783},
     {3, 4, 6},
     -5.0593079474111037,
     0.47233625988914279,
     {0.15308482127880735, 0.27252363692778496, -0.16701174708508646, 0.26021781714214932}},
    {{.3, 4, 2, 20},
     {2, 10, 200},
     -8.3278146777490809,
     0.00010180385130346502,
     {0.76062143296067475, -0.23647721361963513, -0.10575994730262729, 0.25538634094699527}},
    {{.3, 4, .01, .02},
     {40, 60, 1000},
     -52.304660740254377,
     2.3942452860346585e-52,
     {1.3077364159094417, -3.606293973716065, 0.62024711847879522, 0.33331746362804572}},
    {{2, 2, 1, 1},
     {5, 5, 5},
     -4.0253516907351492,
     1,
     {1.130952380952381, -1.769047619047619, -1.45, 0.83333333333333333}},
    {{.5, .5, 1, 10},
     {2000, 2500, 4000},
     -1268.2747057725498,
     0,
     {0.58142540412796643, -0.11147188477162147, -4.4769824680636886, 0.99203425259959492}},
    {{1.204, .75, .657, 2.783},
     {1, 3, 3000},
     -4.7449306287042868,
     2.3515627181132846e-8,
     {-0.60753884368066878, 0.7053458733892701, 0.32939240132347397, 0.045567251743126018}},
};

static const ku_buying_model *const model = &ku_buying_bgbb;

static void points_of_the_sum(void **state)
{
    (void)state;
    check_points(model, points, sizeof points / sizeof *points, 5e-13);
}

static void expectations(void **state)
{
    (void)state;
    static const struct {
        double parameter[4], row[3], t, want;
    } known[] = {
        {{1.204, .75, .657, 2.783}, {0, 0, 6}, 5, 0.072802877475043007},
        {{1.204, .75, .657, 2.783}, {3, 4, 6}, 5, 1.0342284984211044},
        {{.5, .5, 1, 10}, {3, 5, 8}, 12, 1.7673658572147336}, /* gamma = 1 */
        {{2, 2, 2, 3}, {0, 0, 0}, 12, 1.125},
    };
    for (int i = 0; i < 4; i++) {
        double x = known[i].row[0], t_x = known[i].row[1], T = known[i].row[2], one = 1, found;
        ku_buyers buyer = {1, &x, &t_x, &T, &one};
        model->expected(known[i].parameter, &buyer, 0, 1, known[i].t, &found);
        check_near("expected", known[i].want, found, 1e-13);
    }
    check_near("a new customer", 1.125, model->expected_new(known[3].parameter, 12), 1e-13);
    const double below[] = {2, 2, 1 - 1e-10, 3}, above[] = {2, 2, 1 + 1e-10, 3};
    check_near("gamma nearly 1", model->expected_new(below, 9), model->expected_new(above, 9),
               1e-9);
}

/* The probabilities of all histories of five opportunities sum to one. */
static void histories_sum_to_one(void **state)
{
    (void)state;
    const double p[] = {1.3, .6, .8, 2.1}, one = 1;
    double sum = 0, x, t_x, T = 5;
    ku_buyers buyer = {1, &x, &t_x, &T, &one};
    for (unsigned history = 0; history < 32; history++) {
        x = t_x = 0;
        for (int i = 0; i < 5; i++)
            if (history >> i & 1) x += 1, t_x = i + 1;
        sum += exp(model->loglik(p, &buyer, 0, 1, NULL));
    }
    check_near("sum", 1, sum, 1e-14);
}

/* 11,104 people who gave to a public radio for the first time in 1995, and each year to 2001:
 * Fader, Hardie & Shang (2010), table 3, and the total expected for 2002 to 2006. */
static void donors(void **state)
{
    (void)state;
    static const double want[] = {1.20352, .74972, .65672, 2.78344};
    char path[512], line[128];
    double column[4][DONOR_ROWS], expected[DONOR_ROWS], sum = 0;
    FILE *file = fopen(data_path("customers/cdnow/donations.csv", path, sizeof path), "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    for (int i = 0; i < DONOR_ROWS; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(4, sscanf(line, "%lf,%lf,%lf,%lf", &column[0][i], &column[1][i],
                                   &column[2][i], &column[3][i]));
    }
    fclose(file);
    ku_error err;
    ku_arena *arena = ku_arena_new();
    ku_buyers buyers = {DONOR_ROWS, column[0], column[1], column[2], column[3]};
    ku_buying_fit fit;
    check_ok(ku_buying_estimate(model, &buyers, NULL, arena, NULL, &fit, &err), &err);
    assert_true(fit.converged && !fit.at_edge);
    assert_int_equal(fit.starts, fit.agreed);
    check_near("loglik", 0, fit.loglik + 33225.5813, 1e-4);
    for (int p = 0; p < 4; p++)
        check_near(model->parameter[p], 1, fit.parameter[p] / want[p], 1e-5);
    model->expected(fit.parameter, &buyers, 0, DONOR_ROWS, 5, expected);
    for (int i = 0; i < DONOR_ROWS; i++) sum += column[3][i] * expected[i];
    check_near("gifts in the five years after", 0, sum - 12884.2, 0.05);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_the_sum),
        cmocka_unit_test(expectations),
        cmocka_unit_test(histories_sum_to_one),
        cmocka_unit_test(donors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
