/* test_walks.c - Pareto/NBD under covariates that change: points against the integral at 40
 * digits (mpmath 1.3), constant covariates against the static model, gradients, simulated
 * truth, and walks that are none. */
#include "check.h"

#include <string.h>

#include "customers/pareto/walks.h"

enum { COLUMNS = 2, WEEKS = 78, CUSTOMERS = 2000 };

static const ku_walk_parameters truth = {
    .base = {.8, 6, .7, 20}, .rate = {.5, -1}, .dropout = {-.4, .3}};

/* Four periods, and after t = 15 a fourth that goes on. */
static const double ends[] = {4, 9, 15, 30}, values[] = {1, 0, 0, .5, -1, 1, .3, .2};

static void points_of_the_integral(void **state)
{
    (void)state;
    static const struct {
        double x, t_x, T, bought[4], loglik, alive;
    } known[] = {
        {3, 7.5, 26, {2, 1, 0, 0}, -8.39293066738600402, 0.219163813775829965},
        {0, 0, 26, {0}, -0.930601042968997031, 0.390771131911003999},
        {28, 25.5, 26, {5, 6, 8, 9}, -40.4690788249177197, 0.991591527370089342},
    };
    const size_t first[] = {0, 4};
    const double one = 1;
    for (int i = 0; i < 3; i++) {
        ku_walks walks = {{1, &known[i].x, &known[i].t_x, &known[i].T, &one},
                          COLUMNS,
                          first,
                          ends,
                          known[i].bought,
                          values};
        double alive;
        check_near("loglik", known[i].loglik, ku_walks_loglik(&truth, &walks, 0, 1, NULL), 1e-13);
        ku_walks_alive(&truth, &walks, 0, 1, &alive);
        check_near("alive", known[i].alive, alive, 1e-13);
    }
}

/* ---- a company ----------------------------------------------------------------------------------- */

typedef struct company {
    double x[CUSTOMERS], t_x[CUSTOMERS], T[CUSTOMERS], weight[CUSTOMERS];
    size_t first[CUSTOMERS + 1];
    double end[CUSTOMERS * WEEKS], bought[CUSTOMERS * WEEKS], value[CUSTOMERS * WEEKS * COLUMNS];
    double later[CUSTOMERS]; /* purchases in the 26 weeks after T */
    ku_walks walks;
} company;

/* What a season and a campaign sent to every third customer are worth in a week. */
static void weeks_of(int customer, int arrived, double *value)
{
    for (int k = 0; k < WEEKS; k++) {
        value[2 * k] = sin(2 * M_PI * (arrived + k) / 52);
        value[2 * k + 1] = (customer + k) % 9 < 3;
    }
}

static double factor(const double *effect, const double *value)
{
    return exp(effect[0] * value[0] + effect[1] * value[1]);
}

/* Customers who came over 26 weeks and are seen until week 52, purchase by purchase. */
static void simulate(const ku_walk_parameters *p, company *c, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    for (int i = 0; i < CUSTOMERS; i++) {
        ku_rng rng = ku_rng_make(seed, (uint64_t)i);
        size_t from = (size_t)i * WEEKS;
        int arrived = i % 26;
        double *value = c->value + from * COLUMNS, T = 52 - arrived;
        double rate = ku_rng_gamma(&rng, p->base[0]) / p->base[1];
        double leave = ku_rng_gamma(&rng, p->base[2]) / p->base[3];
        double stays = ku_rng_exponential(&rng) / leave, wait = ku_rng_exponential(&rng) / rate;
        weeks_of(i, arrived, value);
        bool here = true;
        for (int k = 0; k < WEEKS; k++) {
            double a = factor(p->rate, value + 2 * k), b = factor(p->dropout, value + 2 * k);
            double length = fmin(1, stays / b), at = k;
            c->end[from + (size_t)k] = k + 1;
            stays -= b;
            while (here && wait <= a * (k + length - at)) {
                at += wait / a;
                wait = ku_rng_exponential(&rng) / rate;
                if (at <= T) c->x[i]++, c->t_x[i] = at, c->bought[from + (size_t)k]++;
                if (at > T && at <= T + 26) c->later[i]++;
            }
            wait -= a * (k + length - at);
            here = here && stays > 0;
        }
        c->T[i] = T;
        c->weight[i] = 1;
        c->first[i + 1] = from + WEEKS;
    }
    c->walks = (ku_walks){
        {CUSTOMERS, c->x, c->t_x, c->T, c->weight}, COLUMNS, c->first, c->end, c->bought, c->value};
}

static int set_up(void **state)
{
    *state = malloc(sizeof(company));
    return *state == NULL;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void gradients(void **state)
{
    company *c = *state;
    const double h = 1e-5;
    simulate(&truth, c, 1);
    for (size_t i = 0; i < CUSTOMERS; i += 97) {
        double gradient[8] = {0};
        double size = fabs(ku_walks_loglik(&truth, &c->walks, i, i + 1, gradient));
        for (int k = 0; k < 8; k++) {
            ku_walk_parameters up = truth, down = truth;
            if (k < 4) up.base[k] *= exp(h), down.base[k] *= exp(-h);
            if (k >= 4 && k < 6) up.rate[k - 4] += h, down.rate[k - 4] -= h;
            if (k >= 6) up.dropout[k - 6] += h, down.dropout[k - 6] -= h;
            double found = ku_walks_loglik(&up, &c->walks, i, i + 1, NULL) -
                           ku_walks_loglik(&down, &c->walks, i, i + 1, NULL);
            check_near("gradient", found / (2 * h), gradient[k], 1e-7 + 1e-10 * size);
        }
    }
}

/* However finely time is cut, covariates that stay are the static model. */
static void constant_covariates_are_the_static_model(void **state)
{
    company *c = *state;
    simulate(&truth, c, 2);
    for (size_t i = 0; i < CUSTOMERS; i++)
        for (size_t k = 1; k < WEEKS; k++)
            memcpy(c->value + (i * WEEKS + k) * COLUMNS, c->value + i * WEEKS * COLUMNS,
                   COLUMNS * sizeof *c->value);
    for (size_t i = 0; i < CUSTOMERS; i += 13) {
        const double *value = c->value + i * WEEKS * COLUMNS;
        double p[] = {truth.base[0], truth.base[1] / factor(truth.rate, value), truth.base[2],
                      truth.base[3] / factor(truth.dropout, value)};
        double want[2], found[2];
        check_near("loglik", ku_buying_pareto.loglik(p, &c->walks.buyers, i, i + 1, NULL),
                   ku_walks_loglik(&truth, &c->walks, i, i + 1, NULL), 1e-13);
        ku_buying_pareto.alive(p, &c->walks.buyers, i, i + 1, &want[0]);
        ku_walks_alive(&truth, &c->walks, i, i + 1, &found[0]);
        ku_buying_pareto.expected(p, &c->walks.buyers, i, i + 1, 40, &want[1]);
        ku_walks_expected(&truth, &c->walks, i, i + 1, 40, &found[1]);
        check_near("alive", want[0], found[0], 1e-12);
        check_near("expected", want[1], found[1], 1e-12);
    }
}

static void check_within(const char *what, double want, double found, double error)
{
    check_near(what, 0, (found - want) / error, 3.3);
}

static void truth_is_recovered(void **state)
{
    company *c = *state;
    ku_error err;
    ku_arena *arena = ku_arena_new();
    ku_buying_fit fit, still;
    simulate(&truth, c, 3);
    check_ok(ku_walks_estimate(&c->walks, arena, NULL, &fit, &err), &err);
    check_ok(
        ku_buying_estimate(&ku_buying_pareto, &c->walks.buyers, NULL, arena, NULL, &still, &err),
        &err);
    assert_true(fit.converged && !fit.at_edge);
    assert_int_equal(8, fit.unknowns);
    for (int k = 0; k < 4; k++) check_within("base", truth.base[k], fit.parameter[k], fit.se[k]);
    for (int k = 0; k < 2; k++) {
        check_within("rate", truth.rate[k], fit.rate[k], fit.se[4 + k]);
        check_within("dropout", truth.dropout[k], fit.dropout[k], fit.se[6 + k]);
    }
    assert_true(fit.se[4] < 0.1 && fit.se[5] < 0.1);
    assert_true(ku_buying_compare(&still, &fit, 4, NULL) < 1e-9);

    /* The 26 weeks after, with their seasons. */
    ku_walk_parameters p = ku_walks_parameters(&fit);
    double expected[CUSTOMERS], sum = 0, later = 0, square = 0;
    ku_walks_expected(&p, &c->walks, 0, CUSTOMERS, 26, expected);
    for (int i = 0; i < CUSTOMERS; i++)
        sum += expected[i], later += c->later[i], square += c->later[i] * c->later[i];
    check_within("purchases after", later, sum, sqrt(square));
    check_near("loglik", fit.loglik, ku_walks_loglik(&p, &c->walks, 0, CUSTOMERS, NULL), 1e-11);
    ku_arena_free(arena);
}

/* 200 companies; the intervals hold the truth. */
static void intervals_hold_the_truth(void **state)
{
    enum { COMPANIES = 200 };
    company *c = *state;
    int inside[8] = {0};
    if (getenv("KEMUDI_FULL") == NULL) {
        print_message("skipped: make check-full runs it\n");
        skip();
    }
    for (uint64_t k = 0; k < COMPANIES; k++) {
        ku_error err;
        ku_arena *arena = ku_arena_new();
        ku_buying_fit fit;
        simulate(&truth, c, 100 + k);
        check_ok(ku_walks_estimate(&c->walks, arena, NULL, &fit, &err), &err);
        for (int i = 0; i < 8; i++) {
            double found = i < 4   ? log(fit.parameter[i])
                           : i < 6 ? fit.rate[i - 4]
                                   : fit.dropout[i - 6];
            double want = i < 4   ? log(truth.base[i])
                          : i < 6 ? truth.rate[i - 4]
                                  : truth.dropout[i - 6];
            double error = i < 4 ? fit.se[i] / fit.parameter[i] : fit.se[i];
            inside[i] += fabs(found - want) < 1.959963984540054 * error;
        }
        ku_arena_free(arena);
    }
    for (int i = 0; i < 8; i++) {
        print_message("unknown %d: %.1f %%\n", i, 100.0 * inside[i] / COMPANIES);
        assert_true(inside[i] >= 0.9 * COMPANIES && inside[i] <= 0.99 * COMPANIES);
    }
}

static void walks_that_are_none(void **state)
{
    (void)state;
    ku_error err;
    ku_buying_fit fit;
    ku_arena *arena = ku_arena_new();
    const size_t first[] = {0, 2, 4};
    double x[] = {1, 2}, t_x[] = {3, 4}, T[] = {10, 10}, weight[] = {1, 1};
    double end[] = {5, 10, 5, 10}, bought[] = {1, 0, 2, 0}, value[] = {0, 1, 1, 0};
    ku_walks walks = {{2, x, t_x, T, weight}, 1, first, end, bought, value};
    check_ok(ku_walks_estimate(&walks, arena, NULL, &fit, &err), &err);
    bought[3] = 1;
    check_fails(KU_BAD_DATA, "customer 2", ku_walks_estimate(&walks, arena, NULL, &fit, &err),
                &err);
    bought[3] = 0, end[1] = 4;
    check_fails(KU_BAD_DATA, "do not ascend", ku_walks_estimate(&walks, arena, NULL, &fit, &err),
                &err);
    end[1] = 10, value[2] = NAN;
    check_fails(KU_BAD_DATA, "covariate", ku_walks_estimate(&walks, arena, NULL, &fit, &err), &err);
    value[2] = 1, t_x[0] = 11;
    check_fails(KU_BAD_DATA, "last purchase", ku_walks_estimate(&walks, arena, NULL, &fit, &err),
                &err);
    walks.buyers.rows = 0;
    check_fails(KU_BAD_DATA, "no customers", ku_walks_estimate(&walks, arena, NULL, &fit, &err),
                &err);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_the_integral),
        cmocka_unit_test(gradients),
        cmocka_unit_test(constant_covariates_are_the_static_model),
        cmocka_unit_test(truth_is_recovered),
        cmocka_unit_test(intervals_hold_the_truth),
        cmocka_unit_test(walks_that_are_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
