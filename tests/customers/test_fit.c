/* test_fit.c - the search where data are poor, under covariates, and the comparison of
 * nested fits. */
#include "check.h"

#include "customers/fit.h"

enum { ROWS = 4000, MOST = 4096 };

typedef struct company {
    ku_arena *arena;
    double *x, *t_x, *T, *weight;
    ku_buyers buyers;
} company;

static company new_company(void)
{
    company c = {.arena = ku_arena_new()};
    c.x = KU_ARRAY(c.arena, ROWS, double), c.t_x = KU_ARRAY(c.arena, ROWS, double);
    c.T = KU_ARRAY(c.arena, ROWS, double), c.weight = KU_ARRAY(c.arena, ROWS, double);
    for (int i = 0; i < ROWS; i++) c.weight[i] = 1;
    c.buyers = (ku_buyers){ROWS, c.x, c.t_x, c.T, c.weight};
    return c;
}

/* One customer of the model with these parameters, seen for T. */
static void simulate(company *c, size_t i, const ku_buying_model *model, const double *parameter,
                     double T)
{
    static double times[MOST];
    ku_rng rng = ku_rng_make(5, i);
    int n = model->draw(parameter, 0, 0, 0, T, &rng, times, MOST);
    assert_true(n <= MOST);
    c->x[i] = n, c->t_x[i] = n > 0 ? times[n - 1] : 0, c->T[i] = T;
}

static void poor_data_end_the_search_in_order(void **state)
{
    (void)state;
    ku_error err;
    company c = new_company();
    static const struct {
        size_t rows;
        double x, t_x, T;
    } poor[] = {
        {1, 0, 0, 10},     /* one customer who never came back */
        {1, 5, 30, 40},    /* one customer who did */
        {ROWS, 0, 0, 10},  /* no repeat buyer */
        {ROWS, 0, 0, 0},   /* all on the last day */
        {ROWS, 1, 10, 10}, /* all alike */
        {3, 1e6, 1e6, 1e6},
    };
    for (int m = 0; m < ku_buying_model_count; m++)
        for (size_t k = 0; k < sizeof poor / sizeof *poor; k++) {
            ku_buying_fit fit;
            for (size_t i = 0; i < poor[k].rows; i++)
                c.x[i] = poor[k].x, c.t_x[i] = poor[k].t_x, c.T[i] = poor[k].T;
            c.buyers.rows = poor[k].rows;
            ku_status status = ku_buying_estimate(ku_buying_models[m], &c.buyers, NULL, c.arena,
                                                  NULL, &fit, &err);
            check_ok(status, &err);
            assert_true(fit.at_edge && isfinite(fit.loglik));
            for (int p = 0; p < fit.model->parameters; p++) {
                double lo, hi, drawn[KU_BUYING_PARAMETERS];
                ku_rng rng = ku_rng_make(1, 1);
                assert_true(fit.parameter[p] > 0 && isfinite(fit.parameter[p]));
                ku_buying_interval(&fit, p, 1.96, &lo, &hi);
                assert_true(lo <= fit.parameter[p] && hi >= fit.parameter[p]);
                ku_buying_draw_parameters(&fit, &rng, drawn);
                assert_true(drawn[p] > 0 && isfinite(drawn[p]));
            }
        }
    ku_arena_free(c.arena);
}

static void nobody_is_refused(void **state)
{
    (void)state;
    ku_error err;
    ku_arena *arena = ku_arena_new();
    ku_buying_fit fit;
    ku_buyers none = {0, NULL, NULL, NULL, NULL};
    check_fails(KU_BAD_DATA, "no customers",
                ku_buying_estimate(ku_buying_find("bgnbd"), &none, NULL, arena, NULL, &fit, &err),
                &err);
    ku_arena_free(arena);
}

/* Two columns: who came by a recommendation (a rate of exp(0.6), leaving less), and a year
 * of birth that changes nothing, far from zero. */
static void effects_of_covariates_are_found(void **state)
{
    (void)state;
    static const double truth[] = {1.2, 8, 0.9, 4}, rate = 0.6, dropout = -0.7;
    ku_error err;
    company c = new_company();
    double *value = KU_ARRAY(c.arena, (size_t)ROWS * 2, double);
    const ku_buying_model *model = ku_buying_find("bgnbd");
    for (size_t i = 0; i < ROWS; i++) {
        bool told = i % 3 == 0;
        double p[] = {truth[0], truth[1] * exp(told ? -rate : 0),
                      truth[2] * exp(told ? dropout : 0), truth[3]};
        value[2 * i] = told;
        value[2 * i + 1] = 1950 + (double)(i * 7919 % 50);
        simulate(&c, i, model, p, 40 + (double)(i % 40));
    }
    ku_buying_covariates covariates = {2, value};
    ku_buying_fit fit, plain;
    check_ok(ku_buying_estimate(model, &c.buyers, &covariates, c.arena, NULL, &fit, &err), &err);
    check_ok(ku_buying_estimate(model, &c.buyers, NULL, c.arena, NULL, &plain, &err), &err);
    assert_true(fit.converged);
    assert_int_equal(8, fit.unknowns);
    check_near("rate", 0, (fit.rate[0] - rate) / fit.se[4], 3);
    check_near("no rate", 0, fit.rate[1] / fit.se[5], 3);
    check_near("dropout", 0, (fit.dropout[0] - dropout) / fit.se[6], 3);
    check_near("no dropout", 0, fit.dropout[1] / fit.se[7], 3);
    assert_true(fit.se[4] < 0.1 && fit.se[6] < 0.3 && fit.se[5] < 0.01);

    /* The sum of the rows' own likelihoods is the fit's. */
    double sum = 0, statistic, own[KU_BUYING_PARAMETERS];
    for (size_t i = 0; i < ROWS; i++) {
        ku_buying_parameters(&fit, value + 2 * i, own);
        sum += model->loglik(own, &c.buyers, i, i + 1, NULL);
    }
    check_near("loglik", sum, fit.loglik, 1e-11);
    assert_true(ku_buying_compare(&plain, &fit, 4, &statistic) < 1e-12);
    check_near("statistic", 2 * (fit.loglik - plain.loglik), statistic, 1e-12);
    ku_arena_free(c.arena);
}

/* Chi-squared's 95 % points (Abramowitz & Stegun 1964, table 26.8). */
static void comparison_is_chi_squared(void **state)
{
    (void)state;
    ku_buying_fit small = {.loglik = -100}, large = {.loglik = -100};
    static const double point[] = {3.84146, 5.99147, 7.81473, 9.48773};
    for (int freedom = 1; freedom <= 4; freedom++) {
        large.loglik = -100 + point[freedom - 1] / 2;
        check_near("p", 0.05, ku_buying_compare(&small, &large, freedom, NULL), 1e-6);
    }
    check_near("nothing gained", 1, ku_buying_compare(&small, &small, 2, NULL), 0);
}

/* The draws of parameters have the covariance that was stated. */
static void drawn_parameters_have_the_covariance(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    ku_error err;
    company c = new_company();
    static const double truth[] = {1.2, 8, 0.9, 4};
    const ku_buying_model *model = ku_buying_find("bgnbd");
    for (size_t i = 0; i < ROWS; i++) simulate(&c, i, model, truth, 60);
    ku_buying_fit fit;
    check_ok(ku_buying_estimate(model, &c.buyers, NULL, c.arena, NULL, &fit, &err), &err);
    double sum[4] = {0}, square[4][4] = {{0}};
    ku_rng rng = ku_rng_make(9, 9);
    for (int d = 0; d < DRAWS; d++) {
        double p[KU_BUYING_PARAMETERS], off[4];
        ku_buying_draw_parameters(&fit, &rng, p);
        for (int i = 0; i < 4; i++) off[i] = log(p[i] / fit.parameter[i]);
        for (int i = 0; i < 4; i++) {
            sum[i] += off[i] / DRAWS;
            for (int j = 0; j < 4; j++) square[i][j] += off[i] * off[j] / DRAWS;
        }
    }
    for (int i = 0; i < 4; i++) {
        double error = fit.se[i] / fit.parameter[i];
        check_near("mean", 0, sum[i] / error, 0.03);
        for (int j = 0; j < 4; j++) {
            double size = error * fit.se[j] / fit.parameter[j];
            check_near("covariance", fit.covariance[i * 4 + j] / size, square[i][j] / size, 0.04);
        }
    }
    ku_arena_free(c.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poor_data_end_the_search_in_order),
        cmocka_unit_test(nobody_is_refused),
        cmocka_unit_test(effects_of_covariates_are_found),
        cmocka_unit_test(comparison_is_chi_squared),
        cmocka_unit_test(drawn_parameters_have_the_covariance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
