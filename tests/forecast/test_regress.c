/* Effects of regressors: R's figures for the insurance series, recovery of what made
 * simulated series, uncertain futures, and columns that say nothing. */
#include "check.h"
#include "forecast/regress/regress.h"

enum { LONG = 400, MOST = 64, AHEAD = 12 };

typedef struct fixture {
    ku_arena *arena;
    ku_regress_work *work;
    ku_regress_fit fit;
    double y[LONG], x[MOST * (LONG + AHEAD)];
    ku_regress_data data;
} fixture;

static int fixture_new(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = ku_arena_new();
    f->work = ku_regress_work_new(f->arena, LONG, 52, MOST);
    assert_true(ku_regress_room(f->arena, MOST, &f->fit));
    f->data = (ku_regress_data){.y = f->y, .x = f->x, .season = 1};
    *state = f;
    return 0;
}

static int fixture_end(void **state)
{
    fixture *f = *state;
    ku_arena_free(f->arena);
    free(f);
    return 0;
}

static double *column(fixture *f, int j)
{
    return f->x + (size_t)j * (size_t)(f->data.n + f->data.ahead);
}

/* fpp2's insurance: 40 months of quotes by TV advertising. R forecast 8.20,
 * auto.arima(quotes, xreg = advertising): ARIMA(0,1,0) errors, 1.34851 (s.e. 0.06660). The
 * autoregression nearest to one is nearly the same. */
static void agrees_with_r_on_insurance(void **state)
{
    fixture *f = *state;
    char path[512];
    FILE *file = fopen(data_path("demand/fpp2/insurance.csv", path, sizeof path), "re");
    assert_non_null(file);
    f->data.n = 40;
    f->data.columns = 1;
    f->data.season = 1;
    char line[128];
    assert_non_null(fgets(line, sizeof line, file));
    for (int t = 0; t < 40; t++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(sscanf(line, "\"%*[^\"]\",%lf,%lf", &f->y[t], &column(f, 0)[t]), 2);
    }
    fclose(file);
    assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
    check_near("effect of advertising", 1.34850733, f->fit.effect[0].beta, 0.05);
    check_near("its standard error", 0.06659735, f->fit.effect[0].deviation, 0.02);
}

static void recovers_what_made_the_series(void **state)
{
    fixture *f = *state;
    int inside = 0, runs = 200;
    double sum = 0;
    for (int run = 0; run < runs; run++) {
        ku_rng rng = ku_rng_make(11, (uint64_t)run);
        f->data.n = 104;
        f->data.columns = 2;
        f->data.season = 52;
        double error = 0;
        for (int t = 0; t < 104; t++) {
            double price = 10 + ku_rng_normal(&rng), promo = ku_rng_uniform(&rng) < 0.15;
            error = 0.7 * error + ku_rng_normal(&rng);
            column(f, 0)[t] = price;
            column(f, 1)[t] = promo;
            f->y[t] = 100 + 0.1 * t + 8 * sin(t * 0.12083) - 3 * price + 6 * promo + error;
        }
        assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
        assert_int_equal(f->fit.used, 2);
        const ku_regress_effect *price = &f->fit.effect[0];
        inside += fabs(price->beta + 3) < 1.96 * price->deviation;
        sum += f->fit.effect[1].beta;
    }
    check_near("mean uplift", 6, sum / runs, 0.02);
    if (inside < runs * 0.90 || inside > runs * 0.99) {
        print_error("the 95 %% interval of the price held the truth in %d of %d\n", inside, runs);
        fail();
    }
}

static void relative_effects_are_elasticities(void **state)
{
    fixture *f = *state;
    ku_rng rng = ku_rng_make(12, 0);
    f->data.n = 156;
    f->data.columns = 2;
    f->data.ahead = 2;
    f->data.relative = true;
    for (int t = 0; t < 158; t++) {
        double price = 5 * exp(0.1 * ku_rng_normal(&rng));
        column(f, 0)[t] = price;
        column(f, 1)[t] = t % 9 == 0;
        if (t < 156)
            f->y[t] = 1000 * pow(price / 5, -2.2) * (t % 9 == 0 ? 1.5 : 1) *
                      exp(0.05 * ku_rng_normal(&rng));
    }
    assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
    assert_true(f->fit.relative && f->fit.effect[0].logged && !f->fit.effect[1].logged);
    check_near("elasticity", -2.2, f->fit.effect[0].beta, 0.05);
    check_near("uplift", log(1.5), f->fit.effect[1].beta, 0.1);
    double adjusted[156], low = INFINITY, high = 0;
    ku_regress_remove(&f->data, &f->fit, adjusted);
    for (int t = 0; t < 156; t++) {
        low = fmin(low, adjusted[t]);
        high = fmax(high, adjusted[t]);
    }
    assert_true(low > 700 && high < 1500);
    /* A zero makes effects absolute. */
    f->y[3] = 0;
    assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
    assert_false(f->fit.relative);
}

/* Two of the same, one that never moved, one that is a trend, one without values. */
static void columns_that_say_nothing_are_named(void **state)
{
    fixture *f = *state;
    ku_rng rng = ku_rng_make(13, 0);
    f->data.n = 60;
    f->data.columns = 5;
    for (int t = 0; t < 60; t++) {
        double x = ku_rng_normal(&rng);
        column(f, 0)[t] = x;
        column(f, 1)[t] = 3 - 2 * x;
        column(f, 2)[t] = 7.25;
        column(f, 3)[t] = 1e6 + t;
        column(f, 4)[t] = NAN;
        f->y[t] = 50 + 2 * x + 0.1 * ku_rng_normal(&rng);
    }
    column(f, 0)[20] = NAN;
    assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
    static const ku_regress_fate expected[] = {KU_REGRESS_USED, KU_REGRESS_USED,
                                               KU_REGRESS_CONSTANT, KU_REGRESS_COLLINEAR,
                                               KU_REGRESS_EMPTY};
    for (int j = 2; j < 5; j++) assert_int_equal(f->fit.effect[j].fate, expected[j]);
    assert_int_equal(f->fit.filled, 1); /* which makes column 1 differ in that one period */
    column(f, 0)[20] = (3 - column(f, 1)[20]) / 2;
    assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
    assert_int_equal(f->fit.effect[1].fate, KU_REGRESS_COLLINEAR);
    check_near("beta", 2, f->fit.effect[0].beta, 0.03);
    f->data.n = 5;
    assert_false(ku_regress_estimate(f->work, &f->data, &f->fit));
}

static void more_columns_than_points(void **state)
{
    fixture *f = *state;
    ku_rng rng = ku_rng_make(14, 0);
    f->data.n = 30;
    f->data.columns = 50;
    f->data.ahead = 1;
    for (int j = 0; j < 50; j++)
        for (int t = 0; t < 31; t++) column(f, j)[t] = ku_rng_normal(&rng);
    for (int t = 0; t < 30; t++) f->y[t] = 20 + 3 * column(f, 7)[t] + ku_rng_normal(&rng);
    assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
    assert_true(f->fit.shrunk);
    for (int j = 0; j < 50; j++) {
        const ku_regress_effect *e = &f->fit.effect[j];
        assert_true(isfinite(e->beta) && e->deviation > 0 && e->deviation < 10);
        if (j != 7) assert_true(fabs(e->beta) < f->fit.effect[7].beta);
    }
    /* Of noise nothing is believed. */
    for (int t = 0; t < 30; t++) f->y[t] = 20 + ku_rng_normal(&rng);
    assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
    for (int j = 0; j < 50; j++) assert_true(fabs(f->fit.effect[j].beta) < 0.5);
}

/* What is not planned, or planned with a margin, widens the interval; what is planned at the
 * usual level does not. */
static void uncertain_futures_widen_the_interval(void **state)
{
    fixture *f = *state;
    ku_rng rng = ku_rng_make(15, 0);
    bool helper[2];
    int sd[2];
    static const char *const names[] = {"price", "price_sd"};
    ku_regress_pair(names, 2, helper, sd);
    assert_true(helper[1] && !helper[0] && sd[0] == 1);
    f->data.n = 120;
    f->data.columns = 2;
    f->data.ahead = 3;
    f->data.sd = sd;
    f->data.helper = helper;
    for (int t = 0; t < 123; t++) {
        column(f, 0)[t] = t < 121 ? 10 + 2 * ku_rng_normal(&rng) : NAN;
        column(f, 1)[t] = NAN;
        if (t < 120) f->y[t] = 100 - 4 * column(f, 0)[t] + ku_rng_normal(&rng);
    }
    column(f, 0)[121] = 10;
    column(f, 1)[121] = 0.5;
    assert_true(ku_regress_estimate(f->work, &f->data, &f->fit));
    assert_int_equal(f->fit.effect[1].fate, KU_REGRESS_HELPER);
    double room[2000], effect[3], variance[3];
    assert_true(ku_regress_ahead_room(120, 2, 3) <= 2000);
    assert_int_equal(ku_regress_ahead(&f->data, &f->fit, NULL, 3, room, effect, variance), 1);
    double reference = f->fit.effect[0].reference, beta = f->fit.effect[0].beta;
    check_near("planned", beta * (column(f, 0)[120] - reference), effect[0], 1e-9);
    assert_true(variance[0] < 0.2);
    check_near("uncertain plan", 16 * 0.25, variance[1], 0.1);
    check_near("foreseen", 16 * 4, variance[2], 0.3);
    double plan[6] = {reference, 0, NAN, NAN, NAN, NAN};
    plan[1] = reference + 1;
    ku_regress_ahead(&f->data, &f->fit, plan, 3, room, effect, variance);
    check_near("at the usual", 0, effect[0] + 1, 1);
    check_near("one more", beta, effect[1], 1e-9);
    assert_true(variance[0] < 1e-9);
    double mean[3] = {60, 60, 3}, lo80[3] = {58, 58, 2}, hi80[3] = {62, 62, 4},
           lo95[3] = {57, 57, 1}, hi95[3] = {63, 63, 5};
    double *const bound[KU_BOUNDS] = {lo80, hi80, lo95, hi95};
    ku_regress_restore(&f->data, &f->fit, effect, variance, 3, false, mean, bound);
    check_near("restored", 60 + beta, mean[1], 1e-9);
    check_near("bound", hypot(3, 1.959964 * sqrt(variance[1])), hi95[1] - mean[1], 1e-5);
    assert_true(lo95[2] >= 0 && lo95[2] <= lo80[2] && lo80[2] <= mean[2]);
}

/* The largest and the smallest that can be read. */
static void sizes_do_not_matter(void **state)
{
    fixture *f = *state;
    ku_rng rng = ku_rng_make(16, 0);
    static const double size[][2] = {
        {1e119, 1}, {1e-119, 1}, {1, 1e119}, {1, 1e-119}, {1e119, 1e-119}};
    f->data.n = 50;
    f->data.columns = 1;
    for (int i = 0; i < 5; i++) {
        for (int t = 0; t < 50; t++) {
            double x = ku_rng_normal(&rng);
            column(f, 0)[t] = x * size[i][1];
            f->y[t] = (10 + x + 0.1 * ku_rng_normal(&rng)) * size[i][0];
        }
        ku_regress_estimate(f->work, &f->data, &f->fit);
        double beta = f->fit.effect[0].beta, far = f->fit.effect[0].deviation;
        assert_true(isfinite(beta) && isfinite(far));
        if (i < 4) check_near("beta", size[i][0] / size[i][1], beta, 0.05);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_new, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(agrees_with_r_on_insurance),
        TEST(recovers_what_made_the_series),
        TEST(relative_effects_are_elasticities),
        TEST(columns_that_say_nothing_are_named),
        TEST(more_columns_than_points),
        TEST(uncertain_futures_widen_the_interval),
        TEST(sizes_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
