/* test_cumulative.c - shares and quantiles against mpmath 1.3: gammainc and betainc at 40
 * digits, quadrature of the density where shapes are large, bisection for quantiles. */
#include "check.h"

#include "num/cumulative.h"

static void check_digits(const char *what, double expected, double found, double tolerance)
{
    double size = fabs(expected) > 1e-300 ? fabs(expected) : 1;
    check_near(what, expected / size, found / size, tolerance);
}

static void shares_of_the_gamma(void **state)
{
    (void)state;
    static const double reference[][4] = {
        /* x, shape, below, above */
        {0.5, 0.25, 0.84648640419167753679, 0.15351359580832246321},
        {3, 0.25, 0.99498910405129169191, 0.0050108959487083080856},
        {1e-10, 0.01, 0.79886109143360521278, 0.20113890856639478722},
        {40, 20, 0.99982369710226143172, 0.0001763028977385682789},
        {3, 20, 8.3144235881916988572e-11, 0.99999999991685576412},
        {1000, 1050, 0.059628328768477024935, 0.94037167123152297506},
        {1e8 + 2e4, 1e8, 0.97724446922514479739, 0.022755530774855202606},
        {1e8 - 3e4, 1e8, 0.0013487164491615505918, 0.99865128355083844941},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        const double *r = reference[i];
        check_digits("below", r[2], ku_gamma_below(r[0], r[1]), 2e-13);
        check_digits("above", r[3], ku_gamma_above(r[0], r[1]), 2e-13);
    }
    assert_true(ku_gamma_below(0, 2) == 0 && ku_gamma_above(INFINITY, 2) == 0);
}

static void shares_of_the_beta(void **state)
{
    (void)state;
    static const double reference[][5] = {
        /* x, a, b, below, above */
        {0.3, 0.8, 2.5, 0.67008062962061564732, 0.32991937037938435268},
        {0.9, 0.01, 0.2, 0.9693421090737616823, 0.030657890926238317703},
        {0.2, 50, 30, 6.7469776973649202938e-17, 0.99999999999999993253},
        {0.999, 2, 0.5, 0.95258164648577513087, 0.047418353514224869127},
        {1e-9, 0.5, 1e6, 0.03567058728273965827, 0.96432941271726034173},
        {0.501, 1e6, 1e6, 0.99766115059306849525, 0.0023388494069315047502},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        const double *r = reference[i];
        check_digits("below", r[3], ku_beta_below(r[0], r[1], r[2]), 3e-13);
        check_digits("above", r[4], ku_beta_above(r[0], r[1], r[2]), 3e-13);
    }
}

static void quantiles(void **state)
{
    (void)state;
    static const double gamma[][3] = {
        {0.975, 0.25, 1.7166176499803871865},    {0.025, 0.25, 2.6366012956299968138e-7},
        {0.5, 20, 19.667672423305667331},        {1e-10, 3, 0.00084361056248472744303},
        {0.999999, 1050, 1211.2885142634940388},
    };
    static const double beta[][4] = {
        {0.975, 0.8, 2.5, 0.73968209124434435388},
        {0.025, 0.8, 2.5, 0.0037921900960501083189},
        {0.5, 0.01, 0.2, 7.7909497634654445763e-29},
        {0.9, 50, 30, 0.69350922320806088549},
    };
    for (size_t i = 0; i < sizeof gamma / sizeof *gamma; i++)
        check_digits("gamma", gamma[i][2], ku_gamma_quantile(gamma[i][0], gamma[i][1]), 1e-12);
    for (size_t i = 0; i < sizeof beta / sizeof *beta; i++)
        check_digits("beta", beta[i][3], ku_beta_quantile(beta[i][0], beta[i][1], beta[i][2]),
                     1e-12);
    assert_true(ku_gamma_quantile(0, 3) == 0 && isinf(ku_gamma_quantile(1, 3)));
    assert_true(ku_beta_quantile(0, 3, 4) == 0 && ku_beta_quantile(1, 3, 4) == 1);
}

static void quantiles_invert_shares_at_any_shape(void **state)
{
    (void)state;
    static const double shape[] = {1e-8, 1e-3, 0.3, 1, 17, 4e3, 1e8};
    static const double share[] = {1e-9, 0.025, 0.5, 0.975, 1 - 1e-9};
    for (int i = 0; i < 7; i++)
        for (int p = 0; p < 5; p++) {
            double x = ku_gamma_quantile(share[p], shape[i]);
            assert_true(x >= 0 && isfinite(x));
            if (x > 1e-300) check_near("gamma", share[p], ku_gamma_below(x, shape[i]), 1e-10);
            for (int j = 0; j < 7; j++) {
                x = ku_beta_quantile(share[p], shape[i], shape[j]);
                assert_true(x >= 0 && x <= 1);
                if (x > 1e-300 && x < 1 - 1e-9)
                    check_near("beta", share[p], ku_beta_below(x, shape[i], shape[j]), 1e-7);
            }
        }
}

static void negative_binomial(void **state)
{
    (void)state;
    static const double reference[][4] = {
        {0, 0.25, 0.9, 0.56234132519034904918},
        {10, 0.25, 0.9, 0.94309472671565533947},
        {500, 40, 0.9, 0.9843644604758943723},
        {3, 1e6, 1e-6, 0.98101172049710011227},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        const double *r = reference[i];
        check_digits("negbin", r[3], ku_gamma_poisson_below(r[0], r[1], r[2]), 1e-12);
        double below = ku_gamma_poisson_below(r[0], r[1], r[2]);
        assert_true(ku_gamma_poisson_quantile(below, r[1], r[2]) == r[0]);
        assert_true(ku_gamma_poisson_quantile(below + 1e-9, r[1], r[2]) == r[0] + 1);
    }
    assert_true(ku_gamma_poisson_quantile(0.99, 2, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_of_the_gamma),
        cmocka_unit_test(shares_of_the_beta),
        cmocka_unit_test(quantiles),
        cmocka_unit_test(quantiles_invert_shares_at_any_shape),
        cmocka_unit_test(negative_binomial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
