/* test_recovery.c - simulated companies whose truth is known: over 200 of them the 95 %
 * intervals must hold it between 90 and 99 % of the time (three standard errors of 200
 * trials), for each parameter of each model. */
#include "check.h"

#include <string.h>

#include "customers/fit.h"

enum { COMPANIES = 200, CUSTOMERS = 1500, MOST = 4096 };

typedef struct truth {
    const char *model;
    double parameter[KU_BUYING_PARAMETERS];
} truth;

static const truth truths[] = {
    {"nbd", {0.8, 12}},
    {"bgnbd", {0.8, 6, 0.8, 2.5}},
    {"mbgnbd", {0.8, 6, 0.8, 2.5}},
    {"pareto", {0.8, 6, 0.8, 25}},
    {"ggompertz", {0.8, 6, 0.05, 0.8, 3}},
    {"bgbb", {1.2, 3, 0.8, 15}},
};

/* Customers who came over half a year, seen until the end of the second. */
static ku_buyers simulate(const truth *t, uint64_t company, ku_arena *arena)
{
    const ku_buying_model *model = ku_buying_find(t->model);
    double *column[4], *times = KU_ARRAY(arena, MOST, double);
    for (int c = 0; c < 4; c++) column[c] = KU_ARRAY(arena, CUSTOMERS, double);
    for (size_t i = 0; i < CUSTOMERS; i++) {
        ku_rng rng = ku_rng_make(company, i);
        double T = 52 + 52 * ku_rng_uniform(&rng);
        if (model->discrete) T = floor(T);
        int n = model->draw(t->parameter, 0, 0, 0, T, &rng, times, MOST);
        assert_true(n <= MOST);
        column[0][i] = n;
        column[1][i] = n > 0 ? times[n - 1] : 0;
        column[2][i] = T;
        column[3][i] = 1;
    }
    return (ku_buyers){CUSTOMERS, column[0], column[1], column[2], column[3]};
}

static void intervals_hold_the_truth(const truth *t)
{
    const ku_buying_model *model = ku_buying_find(t->model);
    int inside[KU_BUYING_PARAMETERS] = {0};
    ku_arena *arena = ku_arena_new();
    for (int company = 0; company < COMPANIES; company++) {
        ku_buying_fit fit;
        ku_error err;
        ku_arena_reset(arena);
        ku_buyers buyers = simulate(t, 100 + (uint64_t)company, arena);
        check_ok(ku_buying_estimate(model, &buyers, NULL, arena, NULL, &fit, &err), &err);
        assert_true(fit.converged);
        for (int p = 0; p < model->parameters; p++) {
            double lo, hi;
            ku_buying_interval(&fit, p, 1.959963984540054, &lo, &hi);
            inside[p] += t->parameter[p] >= lo && t->parameter[p] <= hi;
        }
    }
    for (int p = 0; p < model->parameters; p++) {
        double share = (double)inside[p] / COMPANIES;
        print_message("%s %s: %.1f %%\n", model->title, model->parameter[p], 100 * share);
        assert_true(share >= 0.90 && share <= 0.99);
    }
    ku_arena_free(arena);
}

static void nbd(void **state)
{
    (void)state;
    intervals_hold_the_truth(&truths[0]);
}

static void bgnbd(void **state)
{
    (void)state;
    intervals_hold_the_truth(&truths[1]);
}

static void mbgnbd(void **state)
{
    (void)state;
    intervals_hold_the_truth(&truths[2]);
}

/* These take half a minute and more each: make check-full. */
static void only_in_full(void)
{
    if (getenv("KEMUDI_FULL") != NULL) return;
    print_message("skipped: make check-full runs it\n");
    skip();
}

static void pareto(void **state)
{
    (void)state;
    only_in_full();
    intervals_hold_the_truth(&truths[3]);
}

static void ggompertz(void **state)
{
    (void)state;
    only_in_full();
    intervals_hold_the_truth(&truths[4]);
}

static void bgbb(void **state)
{
    (void)state;
    only_in_full();
    intervals_hold_the_truth(&truths[5]);
}

/* Many more rows than the samples of the search: the maximum is that of all of them. */
static void many_rows_have_their_own_maximum(void **state)
{
    (void)state;
    enum { ROWS = 90 * CUSTOMERS };
    ku_error err;
    ku_arena *arena = ku_arena_new();
    double *column[4];
    for (int c = 0; c < 4; c++) column[c] = KU_ARRAY(arena, ROWS, double);
    for (size_t k = 0; k < ROWS / CUSTOMERS; k++) {
        ku_buyers part = simulate(&truths[1], 1000 + k, arena);
        const double *from[] = {part.x, part.t_x, part.T, part.weight};
        for (int c = 0; c < 4; c++)
            memcpy(column[c] + k * CUSTOMERS, from[c], CUSTOMERS * sizeof(double));
    }
    ku_buyers all = {ROWS, column[0], column[1], column[2], column[3]};
    ku_buying_fit fit, threads;
    ku_pool *pool = ku_pool_new(3);
    const ku_buying_model *model = ku_buying_find("bgnbd");
    check_ok(ku_buying_estimate(model, &all, NULL, arena, NULL, &fit, &err), &err);
    check_ok(ku_buying_estimate(model, &all, NULL, arena, pool, &threads, &err), &err);
    ku_pool_free(pool);
    assert_true(fit.converged && fit.evaluations < 25);
    check_near("the gradient of all rows", 0, fit.gradient, 2e-6);
    double whole = model->loglik(fit.parameter, &all, 0, ROWS, NULL);
    check_near("the likelihood of all rows", whole, fit.loglik, 1e-12);
    for (int p = 0; p < model->parameters; p++) {
        double off = (fit.parameter[p] - truths[1].parameter[p]) / fit.se[p];
        check_near(model->parameter[p], 0, off, 3.5);
        assert_memory_equal(&fit.parameter[p], &threads.parameter[p], sizeof(double));
        assert_memory_equal(&fit.se[p], &threads.se[p], sizeof(double));
    }
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nbd),
        cmocka_unit_test(bgnbd),
        cmocka_unit_test(mbgnbd),
        cmocka_unit_test(pareto),
        cmocka_unit_test(ggompertz),
        cmocka_unit_test(bgbb),
        cmocka_unit_test(many_rows_have_their_own_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
