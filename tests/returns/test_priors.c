/* test_priors.c - priors through their quantile functions: against closed forms and numbers from
 * R (qnorm, qbeta, qgamma), their derivatives, and how much is learnt from data. */
#include "check.h"

#include <string.h>

#include "kemudi/rng.h"
#include "returns/priors.h"

static const double quantile_tolerance = 1e-9, derivative_tolerance = 1e-6;

typedef struct point {
    const char *what;
    ku_prior prior;
    double share, x;
} point;

static void test_quantiles(void **state)
{
    (void)state;
    const point points[] = {
        {"normal", ku_prior_normal(2, 3), .975, 2 + 3 * 1.959963984540054},
        {"half normal", ku_prior_half_normal(5), .5, 5 * .674489750196082},
        {"truncated normal", ku_prior_truncated_normal(0, .1, -1, 1), .5, 0},
        /* R 4.2: .8 + .8 qnorm(pnorm(-.875) + .5 (pnorm(11.5) - pnorm(-.875))) */
        {"Meridian's half", ku_prior_truncated_normal(.8, .8, .1, 10), .5, 0.993153101337},
        {"log-normal", ku_prior_log_normal(.2, .9), .5, exp(.2)},
        {"uniform", ku_prior_uniform(2, 6), .25, 3},
        {"beta(1, 99)", ku_prior_beta(1, 99), .5, 1 - pow(.5, 1 / 99.)},
        {"beta(2, 2)", ku_prior_beta(2, 2), .5, .5},
        {"beta(2, 1)", ku_prior_beta(2, 1), .36, .6},
        {"gamma(1, 2)", ku_prior_gamma(1, 2), .5, log(2) / 2},
        {"laplace", ku_prior_laplace(1, 2), .75, 1 + 2 * log(2)},
        {"laplace", ku_prior_laplace(1, 2), .25, 1 - 2 * log(2)},
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        const point *p = &points[i];
        double x = ku_prior_quantile(&p->prior, p->share);
        check_near(p->what, p->x, x, quantile_tolerance);
        check_near("and back", ku_normal_quantile(p->share), ku_prior_back(&p->prior, x), 1e-7);
    }
}

static void test_derivatives(void **state)
{
    (void)state;
    const ku_prior priors[] = {
        ku_prior_normal(2, 3),
        ku_prior_half_normal(5),
        ku_prior_truncated_normal(.8, .8, .1, 10),
        ku_prior_log_normal(.2, .9),
        ku_prior_uniform(2, 6),
        ku_prior_beta(1, 99),
        ku_prior_beta(2.5, 7),
        ku_prior_gamma(3, 1),
        ku_prior_laplace(1, 2),
        ku_prior_between(.5, 4),
    };
    for (size_t i = 0; i < sizeof priors / sizeof *priors; i++)
        for (double u = -4.3; u < 5; u += .7) {
            const double h = 1e-5;
            double by, up = ku_prior_at(&priors[i], u + h, NULL);
            ku_prior_at(&priors[i], u, &by);
            double down = ku_prior_at(&priors[i], u - h, NULL);
            check_near(ku_prior_name(priors[i].kind), (up - down) / (2 * h), by,
                       derivative_tolerance);
            assert_true(by > 0);
        }
}

static void test_between(void **state)
{
    (void)state;
    ku_prior p = ku_prior_between(.5, 4);
    check_near("low end", .5, ku_prior_quantile(&p, .025), quantile_tolerance);
    check_near("high end", 4, ku_prior_quantile(&p, .975), quantile_tolerance);
}

static void test_names_and_faults(void **state)
{
    (void)state;
    for (int k = 0; k < KU_PRIOR_COUNT; k++)
        assert_int_equal(k, ku_prior_find(ku_prior_name((ku_prior_kind)k)));
    assert_int_equal(KU_PRIOR_COUNT, ku_prior_find("cauchy"));
    const ku_prior wrong[] = {ku_prior_normal(0, 0),  ku_prior_half_normal(-1),
                              ku_prior_uniform(2, 2), ku_prior_beta(0, 1),
                              ku_prior_gamma(1, NAN), ku_prior_log_normal(INFINITY, 1)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(ku_prior_valid(&wrong[i]));
}

/* A posterior of half the prior's standard deviation keeps a quarter of its variance. */
static void test_learnt(void **state)
{
    (void)state;
    enum { N = 2000 };
    static double prior[N], posterior[N], work[2 * N];
    for (int i = 0; i < N; i++) {
        double z = ku_normal_quantile((i + .5) / N);
        prior[i] = exp(z);
        posterior[i] = exp(3 + z / 2);
    }
    check_near("half the spread", .75, ku_prior_learnt(prior, N, posterior, N, work), 1e-9);
    check_near("nothing new", 0, ku_prior_learnt(prior, N, prior, N, work), 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles), cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_between),   cmocka_unit_test(test_names_and_faults),
        cmocka_unit_test(test_learnt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
